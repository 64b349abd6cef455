"""Any JSON list is counted as configured: whole, or with a problem that names what to correct."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.support.raw_server import RawServer, answer, serving

from icb.hub.ports import (
    CredentialsRefused,
    DaySnapshot,
    IncompleteAnswer,
    ReachRefused,
    Session,
    SyncProblem,
    UnexpectedAnswer,
    WrongSettings,
)
from icb.modules.generic_http.adapter import ADAPTER
from icb.modules.generic_http.configuration import read_configuration
from icb.operations.syncing.http import open_http

HOST = "rmm.example.com"
URL = f"https://{HOST}/api/devices"
TODAY = date(2026, 1, 2)
NOW = datetime(2026, 1, 2, 1, tzinfo=UTC)

Query = dict[str, str]
Vendor = Callable[[Query], Any]

ACME = {"id": 1, "client": {"id": "7", "name": "Acme"}, "kind": "server", "seats": 3}
BOLT = {"id": 2, "client": {"id": 8, "name": "Bolt"}, "kind": "desktop", "seats": "2.5"}
ACME_TOO = {"id": 3, "client": {"id": "7", "name": "Acme"}, "kind": "desktop", "seats": 1}
STRAY = {"id": 4, "client": None, "kind": "server", "seats": 1}
ALL = [ACME, BOLT, ACME_TOO]

DEVICES = {
    "url": URL,
    "organization_path": "client.id",
    "name_path": "client.name",
    "billing_types": "devices",
}


def vendor_server(vendor: Vendor) -> Any:
    """A server whose answer to a query is what `vendor` says: a value, or an answer in bytes."""

    def script(connection: Any, head: bytes) -> None:
        query = dict(parse_qsl(urlsplit(head.split(b" ")[1].decode()).query))
        said = vendor(query)
        connection.sendall(said if isinstance(said, bytes) else answer(json.dumps(said).encode()))

    return serving(script)


def session(server: RawServer, settings: dict[str, str]) -> Session:
    """What a sync gives the adapter."""
    http = open_http(ADAPTER.description, settings=settings, reroute={HOST: server.url})
    return Session(settings=settings, http=http, now=NOW, today=TODAY)


def snapshot(vendor: Vendor, **settings: str) -> DaySnapshot:
    """The snapshot of a vendor under these settings beside the usual ones."""
    with vendor_server(vendor) as server:
        return ADAPTER.snapshot(session(server, {**DEVICES, **settings}), day=TODAY)


def counts(vendor: Vendor, **settings: str) -> dict[tuple[str, str], object]:
    """Its counts by organization and billing type."""
    found = snapshot(vendor, **settings)
    return {(row.organization, row.billing_type): row.count for row in found.counts}


def test_items_are_counted_by_organization() -> None:
    found = snapshot(lambda query: [*ALL, STRAY])
    assert {(row.organization, row.count) for row in found.counts} == {("7", 2), ("8", 1)}
    assert {(seen.id, seen.name) for seen in found.organizations} == {("7", "Acme"), ("8", "Bolt")}
    assert found.manifest.is_complete
    assert (found.manifest.pages, found.manifest.items) == (1, 4)
    assert found.manifest.excluded == {"no organization": 1}


def test_items_are_counted_by_type_too() -> None:
    assert counts(lambda query: ALL, type_path="kind", billing_types="") == {
        ("7", "server"): 1,
        ("7", "desktop"): 1,
        ("8", "server"): 0,
        ("8", "desktop"): 1,
    }


def test_types_that_are_not_named_are_told_and_named_ones_without_items_are_zero() -> None:
    found = snapshot(lambda query: ALL, type_path="kind", billing_types="server, printer")
    assert found.manifest.unknown == {"desktop": 2}
    assert set(found.manifest.billing_types) == {"server", "printer"}
    assert {(c.organization, c.billing_type, c.count) for c in found.counts} == {
        ("7", "server", 1),
        ("7", "printer", 0),
        ("8", "server", 0),
        ("8", "printer", 0),
    }


def test_counts_are_taken_as_they_stand() -> None:
    found = counts(lambda query: ALL, type_path="kind", billing_types="", count_path="seats")
    assert found["7", "server"] == 3
    assert found["8", "desktop"] == Decimal("2.5")


def test_a_second_count_is_refused_or_added_as_configured() -> None:
    with pytest.raises(UnexpectedAnswer, match="Item 3 is a second count of devices at Acme"):
        counts(lambda query: ALL, count_path="seats")
    assert counts(lambda query: ALL, count_path="seats", repeated="add")["7", "devices"] == 4


@pytest.mark.parametrize("bad", [None, -1, "many", True, [], "1e3", "", "٣"])
def test_a_count_that_is_none_is_refused(bad: object) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"Item 1 has no number.*count_path"):
        counts(lambda query: [{**ACME, "seats": bad}], count_path="seats")


@pytest.mark.parametrize(
    ("list_path", "said"),
    [
        ("data.items", {"data": {"items": ALL}}),
        ("0.items", [{"items": ALL}]),
        ("odata.value", {"odata.value": ALL}),
    ],
)
def test_the_list_is_found_by_its_path(list_path: str, said: object) -> None:
    assert counts(lambda query: said, list_path=list_path)["7", "devices"] == 2


def numbered(query: Query) -> object:
    """Pages of two from page 1, and nothing after the last."""
    start = (int(query["page"]) - 1) * 2
    return {"items": ALL[start : start + 2], "total": 3}


def by_offset(query: Query) -> object:
    """At most two items from an offset."""
    return {"items": ALL[int(query["skip"]) :][:2], "total": 3}


def linked(query: Query) -> object:
    """One item for each page, with the address of the next one."""
    at = int(query.get("at", 0))
    return {"items": [ALL[at]], "next": f"?at={at + 1}" if at < 2 else None, "total": 3}


def by_cursor(query: Query) -> object:
    """One item for each page, with a word that leads to the next one."""
    at = int(query.get("cursor", 0))
    last: dict[str, object] = {"items": [ALL[at]], "total": 3}
    return last if at == 2 else {**last, "next": str(at + 1)}


PAGED: list[tuple[Vendor, dict[str, str], int]] = [
    (numbered, {"paging": "page"}, 2),
    (by_offset, {"paging": "offset", "page_parameter": "skip"}, 2),
    (linked, {"paging": "next_link", "next_path": "next"}, 3),
    (by_cursor, {"paging": "cursor", "next_path": "next"}, 3),
]


@pytest.mark.parametrize(("vendor", "settings", "pages"), PAGED)
def test_lists_are_read_to_their_end(vendor: Vendor, settings: dict[str, str], pages: int) -> None:
    found = snapshot(vendor, list_path="items", total_path="total", item_path="id", **settings)
    assert (found.manifest.items, found.manifest.pages) == (3, pages)
    assert {(row.organization, row.count) for row in found.counts} == {("7", 2), ("8", 1)}


@pytest.mark.parametrize(("vendor", "settings", "pages"), PAGED)
def test_a_list_short_of_its_total_is_refused(
    vendor: Vendor, settings: dict[str, str], pages: int
) -> None:
    def short(query: Query) -> object:
        return {**vendor(query), "total": 4}

    with pytest.raises(IncompleteAnswer, match="has 4 items, and 3 came"):
        snapshot(short, list_path="items", total_path="total", **settings)


@pytest.mark.parametrize(
    ("vendor", "settings"),
    [
        (lambda query: ALL, {"paging": "page"}),
        (lambda query: ALL, {"paging": "offset"}),
        (lambda q: {"i": ALL, "n": URL}, {"paging": "next_link", "next_path": "n"}),
        (lambda q: {"i": ALL, "n": 5}, {"paging": "cursor", "next_path": "n"}),
    ],
)
def test_pages_that_repeat_are_refused(vendor: Vendor, settings: dict[str, str]) -> None:
    path = "i" if "next_path" in settings else ""
    with pytest.raises(IncompleteAnswer, match="pages of the list repeat"):
        snapshot(vendor, list_path=path, **settings)


def test_an_item_that_comes_twice_shows_that_the_list_moved() -> None:
    def moving(query: Query) -> object:
        return {"1": [ACME, BOLT], "2": [BOLT, ACME_TOO]}.get(query["page"], [])

    with pytest.raises(IncompleteAnswer, match="Item 3 has the id of an item before it"):
        snapshot(moving, paging="page", item_path="id")


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/api/devices",
        f"https://{HOST}/api/users",
        "http://169.254.169.254/latest/meta-data/",
        "//evil.example/api/devices",
        f"https://x:y@{HOST}/api/devices",
    ],
)
def test_a_next_address_leads_nowhere_else(there: str) -> None:
    with pytest.raises(ReachRefused, match="Nothing was asked"):
        snapshot(
            lambda query: {"items": ALL, "next": there},
            list_path="items",
            paging="next_link",
            next_path="next",
        )


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({"authentication": "bearer", "secret": "s3cret"}, b"authorization: Bearer s3cret"),
        (
            {"authentication": "basic", "user_name": "ann", "secret": "s3:cret"},
            b"authorization: Basic " + base64.b64encode(b"ann:s3:cret"),
        ),
        ({"authentication": "header", "secret": "s3cret"}, b"x-api-key: s3cret"),
        ({"authentication": "header", "secret": "s", "header": "Token"}, b"token: s"),
    ],
)
def test_the_secret_is_sent_as_configured(settings: dict[str, str], header: bytes) -> None:
    with vendor_server(lambda query: ALL) as server:
        ADAPTER.snapshot(session(server, {**DEVICES, **settings}), day=TODAY)
        assert header in server.heads[0].split(b"\r\n")


def test_an_address_keeps_its_own_query() -> None:
    seen: list[Query] = []

    def vendor(query: Query) -> object:
        seen.append(query)
        return ALL if query["page"] == "0" else []

    snapshot(vendor, url=f"{URL}?state=active", paging="page", first_page="0")
    assert seen == [{"state": "active", "page": "0"}, {"state": "active", "page": "1"}]


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"organization_path": ""}, "organization_path"),
        ({"billing_types": ""}, "billing_types"),
        ({"billing_types": "a,b"}, "billing_types"),
        ({"authentication": "bearer"}, "secret"),
        ({"authentication": "basic", "secret": "x"}, "user_name"),
        ({"authentication": "digest"}, "authentication"),
        ({"paging": "cursor"}, "next_path"),
        ({"paging": "next_link"}, "next_path"),
        ({"paging": "forever"}, "paging"),
        ({"repeated": "forget"}, "repeated"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings: dict[str, str], name: str) -> None:
    with pytest.raises(WrongSettings, match=f"^{name}: "):
        read_configuration({**DEVICES, **settings})


@pytest.mark.parametrize(
    ("said", "settings", "kind", "name"),
    [
        ({"items": ALL}, {}, UnexpectedAnswer, "list_path"),
        ({"items": ALL}, {"list_path": "data"}, UnexpectedAnswer, "list_path"),
        (ALL, {"organization_path": "organization"}, UnexpectedAnswer, "organization_path"),
        (ALL, {"type_path": "type", "billing_types": ""}, UnexpectedAnswer, "type_path"),
        (ALL, {"item_path": "uid"}, UnexpectedAnswer, "item_path"),
        (ALL, {"total_path": "total"}, UnexpectedAnswer, "total_path"),
        (answer(status="401 No"), {}, CredentialsRefused, "Enter them anew"),
    ],
)
def test_what_to_correct_is_named(
    said: object, settings: dict[str, str], kind: type[SyncProblem], name: str
) -> None:
    with pytest.raises(kind, match=name) as error:
        snapshot(lambda query: said, **settings)
    assert "Nothing was stored" in error.value.message


def test_a_test_tells_what_would_be_stored() -> None:
    with vendor_server(lambda query: [*ALL, STRAY]) as server:
        found = ADAPTER.test(session(server, DEVICES))
    assert found.organizations == 2
    assert found.message == (
        "4 items on 1 pages give 2 counts (Acme: devices 2; Bolt: devices 1). "
        "1 items are not counted."
    )


def test_an_empty_list_is_a_list() -> None:
    found = snapshot(lambda query: [])
    assert (found.counts, found.manifest.billing_types) == ([], ("devices",))
