"""The checkers themselves: what a contract, a document or a patch has to say no to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.contract import Call, Contract, Shape, read_contract
from tests.conformance.documents import (
    SPECS,
    Document,
    Patch,
    StalePatch,
    folder,
    is_demanded,
    read_document,
)

from icb.demo.vendors.server import Answer, Exchange, Request

CLIENTS: dict[str, Any] = {
    "name": "clients",
    "method": "GET",
    "path": "/v1/{region}/clients",
    "document": {"file": "doc.json", "path": "/{region}/clients"},
    "auth": "bearer",
    "query": {"page": "integer", "sort": "string?"},
    "answer": {"rows[].id": "integer", "rows[].name": "string?", "next.url": "string?"},
}
ORDERS: dict[str, Any] = {
    "name": "token",
    "method": "POST",
    "path": "/v1/token",
    "document": {"file": "doc.json", "path": "/token"},
    "json": {"key": "string", "note": "string?"},
    "answer": {"token": "string"},
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.0",
    "paths": {
        "/{region}/clients": {
            "get": {
                "parameters": [
                    {"in": "query", "name": "page", "schema": {"type": "integer"}},
                    {"$ref": "#/components/parameters/sort"},
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Page"}}
                        }
                    }
                },
            }
        },
        "/token": {
            "post": {
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}
                },
                "responses": {
                    "default": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Out"}}
                        }
                    }
                },
            }
        },
    },
    "components": {
        "parameters": {"sort": {"in": "query", "name": "sort", "schema": {"enum": ["up"]}}},
        "schemas": {
            "Page": {
                "type": "object",
                "required": ["rows"],
                "properties": {
                    "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Client"}},
                    "next": {"type": "object", "properties": {"url": {"type": "string"}}},
                },
            },
            "Named": {"type": "object", "properties": {"name": {"type": "string"}}},
            "Client": {
                "allOf": [
                    {"$ref": "#/components/schemas/Named"},
                    {"required": ["id"], "properties": {"id": {"type": "integer"}}},
                ]
            },
            "In": {
                "required": ["key"],
                "properties": {"key": {"type": "string"}, "note": {"type": "string"}},
            },
            "Out": {"type": "object", "properties": {"token": {"type": "string"}}},
        },
    },
}


def read(tmp_path: Path, *requests: Mapping[str, Any], **other: object) -> Contract:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps({"vendor": "V", "requests": requests, **other}))
    return read_contract(path)


@pytest.fixture
def clients(tmp_path: Path) -> Call:
    return read(tmp_path, CLIENTS).calls[0]


@pytest.fixture
def token(tmp_path: Path) -> Call:
    return read(tmp_path, ORDERS).calls[0]


def asked(
    path: str = "/v1/eu/clients",
    *,
    method: str = "GET",
    query: Mapping[str, str] | None = None,
    authorization: str = "Bearer t",
    body: object = None,
) -> Request:
    return Request(
        number=0,
        method=method,
        host="h",
        path=path,
        query={"page": "1"} if query is None else query,
        headers={"authorization": authorization} if authorization else {},
        body=b"" if body is None else json.dumps(body).encode(),
    )


PAGE = {"rows": [{"id": 7, "name": "A"}, {"id": 8, "name": None}], "next": {"url": None}}


@pytest.mark.parametrize("text", ["text", "integer??", "string (open", "", "integer|", "null"])
def test_a_shape_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not 'type'"):
        Shape.of(text)


def test_a_shape_says_types_absence_and_a_note() -> None:
    assert Shape.of("integer|string? (an id)") == Shape(("integer", "string"), True, "an id")


def test_a_contract_has_no_other_parts(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing else"):
        read(tmp_path, CLIENTS, more=1)
    with pytest.raises(ValueError, match="answers is no part"):
        read(tmp_path, {**CLIENTS, "answers": {}})


def test_a_request_belongs_to_the_call_with_the_fewest_open_segments(tmp_path: Path) -> None:
    one = {**CLIENTS, "name": "one", "path": "/v1/eu/clients"}
    contract = read(tmp_path, CLIENTS, one)
    found = [contract.call_of(asked(path)) for path in ("/v1/eu/clients", "/v1/us/clients")]
    assert [call and call.name for call in found] == ["one", "clients"]
    assert contract.call_of(asked("/v1/eu/us/clients")) is None
    assert contract.call_of(asked(method="DELETE")) is None


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (asked(query={}), "query page is missing"),
        (asked(query={"page": "x"}), "query page is not integer"),
        (asked(query={"page": "1", "size": "9"}), "query size is not declared"),
        (asked(authorization=""), "authorization is none, not bearer"),
        (asked(body={"a": 1}), "it carries a body"),
    ],
)
def test_a_request_outside_of_the_contract_is_named(
    clients: Call, request_: Request, words: str
) -> None:
    assert clients.request_problems(asked()) == []
    assert clients.request_problems(request_) == [words]


def test_a_body_is_taken_strictly(token: Call) -> None:
    def problems(body: object) -> list[str]:
        request = asked("/v1/token", method="POST", query={}, authorization="", body=body)
        return token.request_problems(request)

    assert problems({"key": "a"}) == []
    assert problems({"key": "a", "note": None}) and problems({}) and problems({"key": 1})
    assert problems({"key": "a", "kee": "b"})


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"next": {}},
        {"rows": None, "next": {}},
        {"rows": [{"id": "7"}], "next": {}},
        {"rows": [{"name": "A"}], "next": {}},
        {"rows": [{"id": None}], "next": {}},
        {"rows": [{"id": 7, "name": 5}], "next": {}},
        {"rows": []},
    ],
)
def test_an_answer_outside_of_the_contract_is_named(clients: Call, body: object) -> None:
    assert clients.answer_problems(PAGE) == []
    assert clients.answer_problems({**PAGE, "more": 1}) == []
    assert clients.answer_problems(body)


def changed(**schemas: Any) -> Document:
    """The document with other schemas; None takes one away."""
    copy = json.loads(json.dumps(DOCUMENT))
    copy["components"]["schemas"] |= schemas
    return Document(copy)


def test_a_contract_like_its_document_has_not_drifted(clients: Call, token: Call) -> None:
    assert [*Document(DOCUMENT).drift(clients), *Document(DOCUMENT).drift(token)] == []


def test_each_drift_is_named(clients: Call, tmp_path: Path) -> None:
    renamed = {"properties": {"id": {"type": "integer"}, "title": {"type": "string"}}}
    retyped = {"properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
    assert list(changed(Client=renamed).drift(clients)) == [
        "clients: answer rows[].name: the document does not know it"
    ]
    (line,) = changed(Client=retyped).drift(clients)
    assert "rows[].id: the document says ['string']" in line
    gone = Document({**DOCUMENT, "paths": {}})
    assert list(gone.drift(clients)) == ["clients: the document knows no GET /{region}/clients"]
    posted = read(tmp_path, {**CLIENTS, "method": "POST"}).calls[0]
    assert list(Document(DOCUMENT).drift(posted))
    sized = read(tmp_path, {**CLIENTS, "query": {"size": "integer"}}).calls[0]
    assert list(Document(DOCUMENT).drift(sized)) == [
        "clients: query size: the document does not know it"
    ]


def test_an_undocumented_field_that_is_documented_by_now_is_named(tmp_path: Path) -> None:
    shapes = {"rows[].colour": "string (undocumented)", "rows[].id": "integer (undocumented)"}
    call = read(tmp_path, {**CLIENTS, "answer": shapes}).calls[0]
    assert list(Document(DOCUMENT).drift(call)) == [
        "clients: answer rows[].id: the document knows it by now"
    ]


def document_problems(call: Call, request: Request, *, body: object) -> list[str]:
    exchange = Exchange(request=request, answer=Answer(body=body))
    return list(Document(DOCUMENT).exchange_problems(call, exchange))


def test_an_answer_may_hold_null_where_nothing_is_required(clients: Call) -> None:
    assert document_problems(clients, asked(), body=PAGE) == []
    assert document_problems(clients, asked(), body={"rows": [{"id": None}]})
    assert document_problems(clients, asked(), body={"rows": [{"id": 1, "name": 2}]})
    assert document_problems(clients, asked(), body={"rows": None})


@pytest.mark.parametrize("query", [{"page": "x"}, {"pages": "1"}, {"sort": "down"}])
def test_a_parameter_that_the_document_does_not_allow_is_named(
    clients: Call, query: Mapping[str, str]
) -> None:
    assert document_problems(clients, asked(query=query), body=PAGE)


def test_a_body_that_the_document_does_not_allow_is_named(token: Call) -> None:
    def problems(body: object) -> list[str]:
        request = asked("/v1/token", method="POST", query={}, body=body)
        return document_problems(token, request, body={"token": None})

    assert problems({"key": "a"}) == []
    assert problems({"key": "a", "note": None}) and problems({"key": "a", "kee": "b"})


def test_a_patch_that_finds_nothing_is_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "doc.json"
    path.write_text(json.dumps(DOCUMENT))

    def patch(root: dict[str, Any]) -> bool:
        return root["components"]["schemas"].pop("Out", None) is not None

    named = Patch("the answer of a token is open", "doc.json", patch)
    assert "Out" not in read_document(path, patches=[named]).root["components"]["schemas"]
    with pytest.raises(StalePatch, match="'the answer of a token is open' no longer applies"):
        read_document(path, patches=[named, named])


def test_a_machine_without_documents_may_be_told_to_have_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CI", "ICB_TEST_STRICT", SPECS):
        monkeypatch.delenv(name, raising=False)
    assert folder() is None and not is_demanded()
    monkeypatch.setenv("CI", "true")
    assert is_demanded()
    monkeypatch.delenv("CI")
    monkeypatch.setenv("ICB_TEST_STRICT", "1")
    assert is_demanded()
    monkeypatch.setenv(SPECS, str(tmp_path))
    assert folder() == tmp_path
    monkeypatch.setenv(SPECS, str(tmp_path / "nothing"))
    assert folder() is None
