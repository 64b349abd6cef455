"""Each status, with the words and headers that are promised for it."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory
from tests.api.conftest import connected
from tests.api.pushing import (
    DAY,
    EVENT,
    EVENTS,
    JSON,
    ROW,
    URL,
    checked,
    event,
    problem,
    push,
    send,
)

from icb.api.v1 import usage, usage_bodies
from icb.api.v1.pace import Pace
from icb.foundation.models import Provider
from icb.hub.models import ConnectionToken, Count, ModuleOrganization, Snapshot
from icb.hub.push_actions import create_token
from icb.hub.push_queries import tokens
from icb.kernel.errors import InvalidInput, Refused

pytestmark = pytest.mark.usefixtures("provider", "clock")


def test_the_example_of_the_promise(token: str) -> None:
    answer = push(
        b'{"day": "2025-11-21", "complete": true, "counts": [{"organization": {"id": "7", "name": '
        b'"Acme"}, "billing_type": "devices", "count": "12"}]}',
        token=token,
    )
    assert answer.json() == {"status": "accepted", "stored": 1, "problems": []}
    known = ModuleOrganization.objects.get()
    assert (known.external_id, known.name) == ("7", "Acme")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"day": "31.12.2025"}, (0, "day", "not_a_day")),
        ({"day": "2026-01-02"}, (0, "day", "in_the_future")),
        ({"day": "2015-12-31"}, (0, "day", "too_long_ago")),
        ({"day": "0001-01-01"}, (0, "day", "too_long_ago")),
        ({"complete": "yes"}, (0, "complete", "not_true_or_false")),
        ({"counts": {}}, (0, "counts", "not_a_list")),
        ({"count": []}, (0, "count", "unknown_field")),
        ({"snapshot": "a"}, (0, "part", "not_a_number")),
        ({"snapshot": "a", "part": 3, "parts": 2}, (0, "part", "too_large")),
        ({"snapshot": "a", "part": 1, "parts": 51}, (0, "parts", "not_a_number")),
        ({"counts": [ROW, 7]}, (2, "", "not_an_object")),
        ({"counts": [ROW, {**ROW, "count": None}]}, (2, "count", "missing")),
        ({"counts": [ROW, {**ROW, "count": "a dozen"}]}, (2, "count", "not_a_number")),
        ({"counts": [ROW, {**ROW, "count": 10**39}]}, (2, "count", "too_large")),
        ({"counts": [ROW, {**ROW, "count": "-1"}]}, (2, "count", "negative")),
        ({"counts": [{**ROW, "organization": {"id": ""}}]}, (1, "organization.id", "not_a_text")),
        ({"counts": [{**ROW, "organization": "a\nb"}]}, (1, "organization", "not_a_text")),
        ({"counts": [{**ROW, "billing_type": "x" * 201}]}, (1, "billing_type", "not_a_text")),
    ],
)
def test_what_is_wrong_is_named_by_row_and_field(
    token: str, changed: dict[str, Any], said: tuple[int, str, str]
) -> None:
    answer = push({**DAY, **changed}, token=token)
    assert (answer.status_code, problem(answer)) == (422, said)
    assert not Count.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b"\xff",
        b'{"day": "2025-12-31", "day": "2025-12-30"}',
        b'{"count": Infinity}',
        b'{"count": 1e400}',
        b'{"counts": [{"organization": "\\ud800"}]}',
        b"[" * 100 + b"]" * 100,
    ],
)
def test_a_body_without_one_meaning_is_not_read(token: str, body: bytes) -> None:
    answer = push(body, token=token)
    assert (answer.status_code, problem(answer)) == (400, (0, "body", "not_json"))


def test_a_batch_is_a_list(token: str) -> None:
    assert problem(push(event(), token=token, form=EVENTS)) == (0, "body", "not_a_batch")
    assert problem(push([], token=token, form=EVENTS)) == (0, "events", "missing")


@pytest.mark.parametrize("method", ["get", "options", "put", "delete", "patch"])
def test_other_methods_are_told_which_one_it_is(method: str) -> None:
    answer = send(b"", headers={}, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_the_head_of_the_address_has_no_body() -> None:
    answer = Client().head(URL)
    assert (answer.status_code, answer.headers["Allow"], answer.content) == (405, "POST", b"")


@pytest.mark.parametrize("address", ["/api", "/api/v1/usage/", "/api/v2/usage", "/api/v1/x/y/z/"])
def test_there_is_nothing_else(address: str) -> None:
    answer = Client().post(address if address != "/api" else "/api/", b"{}", content_type=JSON)
    assert (answer.status_code, problem(answer)) == (404, (0, "path", "not_found"))


def test_other_forms_and_packed_ones_are_refused(token: str) -> None:
    for form in ("text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"):
        assert problem(push(DAY, token=token, form=form)) == (0, "content-type", "unknown_form")
    packed = {"Authorization": f"Bearer {token}", "Content-Encoding": "gzip"}
    body = gzip.compress(json.dumps(DAY).encode())
    assert send(body, headers=packed).status_code == 415
    assert push(DAY, token=token, form="Application/JSON; charset=utf-8").status_code == 200


def test_too_much_for_one_request(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "MOST_BYTES", 1024 * 1024)
    monkeypatch.setattr(usage_bodies, "MOST_ROWS", 2)
    answer = push(json.dumps(DAY).encode() + b" " * 1024 * 1024, token=token)
    assert (answer.status_code, problem(answer)) == (413, (0, "body", "too_large"))
    answer = push({**DAY, "counts": [ROW] * 3}, token=token)
    assert (answer.status_code, problem(answer)) == (413, (0, "counts", "too_many_rows"))
    events = [event(id=str(number)) for number in range(3)]
    assert push(events, token=token, form=EVENTS).status_code == 413
    assert not Snapshot.objects.exists()


def test_a_sender_that_goes_on_too_fast_waits(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "PACE", Pace(at_once=2, per_second=0.01))
    answers = [push(DAY, token=token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 100
    other = connected("other")
    assert push(DAY, token=other).status_code == 200


def test_a_database_that_is_busy_is_tried_again_later(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise Refused("database_busy", "Something else is writing. Nothing was stored.")

    monkeypatch.setattr(usage, "take_pushed_snapshot", busy)
    answer = push(DAY, token=token)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_sender_that_hangs_up_stores_nothing(token: str) -> None:
    class Line:
        def read(self, *_: object) -> bytes:
            raise ConnectionResetError

        readline = read

    made = RequestFactory().post(URL, json.dumps(DAY), content_type=JSON).environ
    environ = {**made, "HTTP_AUTHORIZATION": f"Bearer {token}", "wsgi.input": Line()}
    answer: Any = usage.push_usage(WSGIRequest(environ))
    assert (answer.status_code, json.loads(answer.content)["problems"][0]["code"]) == (
        400,
        "cut_off",
    )


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer icb_",
        "Basic TOKEN",
        "TOKEN",
        "Bearer \u00e9",
        "Bearer TOKENx",
    ],
)
def test_no_token_that_is_good(token: str, said: str) -> None:
    answer = send(DAY, headers={"Authorization": said.replace("TOKEN", token)})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert token not in answer.content.decode()
    assert not Snapshot.objects.exists()


def test_a_token_is_good_for_its_own_connection_and_provider(
    token: str, provider: Provider
) -> None:
    other = connected("other")
    assert push(DAY, token=other).status_code == 200
    assert {row.connection.key for row in Snapshot.objects.select_related("connection")} == {
        "other"
    }
    # At the address for signed messages no token is good, not even its own.
    headers = {"Authorization": f"Bearer {token}"}
    assert send(DAY, headers=headers, at=f"{URL}/{provider.key}/rmm").status_code == 401


def test_only_a_digest_of_a_token_is_kept_and_its_last_use(token: str, clock: Any) -> None:
    assert tokens()[0].last_used_at is None
    push(DAY, token=token)
    first = tokens()[0].last_used_at
    assert first is not None
    row = ConnectionToken.objects.values().get()
    assert token not in str(row) and row["ending"] == token[-4:]


def test_a_token_needs_a_name_of_whom_it_is_for(token: str) -> None:
    for name in ("", "  ", "x" * 121, "a\nb"):
        with pytest.raises(InvalidInput) as found:
            create_token("rmm", name=name)
        assert found.value.field == "name"


def test_names_follow_and_new_organizations_wait(token: str) -> None:
    push(DAY, token=token)
    renamed = {**ROW, "organization": {"id": "7", "name": "Acme Ltd"}}
    push({**DAY, "day": "2026-01-01", "counts": [renamed]}, token=token)
    assert ModuleOrganization.objects.get().name == "Acme Ltd"
    new = {"organization": "8", "billing_type": "never seen", "count": True}
    push({**DAY, "day": "2026-01-01", "complete": False, "counts": [new]}, token=token)
    assert set(ModuleOrganization.objects.values_list("external_id", flat=True)) == {"7", "8"}
    assert Count.objects.count() == 2


def test_an_answer_that_is_hard_to_believe_waits(token: str) -> None:
    push(DAY, token=token)
    answer = push({**DAY, "day": "2026-01-01", "counts": []}, token=token)
    assert (answer.status_code, answer.json()["status"]) == (200, "quarantined")
    assert problem(answer) == (0, "counts", "empty")
    twice = {**DAY, "counts": [ROW, {**ROW, "count": "13"}]}
    answer = push(twice, token=token)
    assert (answer.json()["status"], problem(answer)) == (
        "quarantined",
        (2, "count", "contradiction"),
    )


def test_a_first_answer_without_counts_is_one(token: str) -> None:
    answer = push({**DAY, "counts": []}, token=token)
    assert answer.json() == {"status": "accepted", "stored": 0, "problems": []}


def test_what_is_not_complete_counts_for_its_own_keys(token: str) -> None:
    other = {**ROW, "organization": "8"}
    push({**DAY, "counts": [ROW, other]}, token=token)
    partial = {"day": "2026-01-01", "counts": [{**ROW, "count": 14}]}
    assert push(partial, token=token).json()["stored"] == 1
    assert Count.objects.filter(state="absent").count() == 0
    push({**DAY, "day": "2026-01-01", "counts": [ROW]}, token=token)
    assert Count.objects.filter(state="absent").count() == 1


def test_events_of_several_days_are_stored_together_or_not_at_all(token: str) -> None:
    good = [event(id="1"), event(id="2", day="2025-12-30"), event(id="3", subject="8", count="0")]
    bad = event(id="4", day="2025-12-29", count="-4")
    answer = push([*good, bad], token=token, form=EVENTS)
    assert (answer.status_code, problem(answer)) == (422, (4, "count", "negative"))
    assert not Count.objects.exists() and not Snapshot.objects.exists()
    assert push(good, token=token, form=EVENTS).json()["stored"] == 3
    # Put right, with the ids that they had; what was taken is not taken again.
    assert push([*good, {**bad, **event(id="4")}], token=token, form=EVENTS).status_code == 200


def test_a_used_id_of_a_batch_refuses_all_of_it(token: str) -> None:
    assert push(event(), token=token, form=EVENT).json()["status"] == "accepted"
    reused = [event(id="2", subject="8"), event(id="1", count="4")]
    answer = push(reused, token=token, form=EVENTS)
    assert (answer.status_code, problem(answer)) == (409, (2, "id", "id_reused"))
    twice = [event(id="5", subject="8"), event(id="5", subject="9")]
    assert push(twice, token=token, form=EVENTS).status_code == 409
    assert Count.objects.count() == 1
    assert push(event(source="/other", count="3"), token=token, form=EVENT).status_code == 200


def test_parts_come_in_any_order_and_again(token: str) -> None:
    def part(number: int, *, organization: str = "", **changed: Any) -> Any:
        row = {**ROW, "organization": organization or str(number)}
        said = {**DAY, "snapshot": "s", "part": number, "parts": 3, "counts": [row], **changed}
        return push(said, token=token)

    assert part(3).json()["waiting_for"] == [1, 2]
    assert part(3).json() == {
        "status": "duplicate",
        "stored": 0,
        "problems": [],
        "waiting_for": [1, 2],
    }
    assert problem(part(3, organization="9")) == (0, "part", "part_reused")
    assert problem(part(2, day="2025-12-30")) == (0, "snapshot", "parts_differ")
    assert problem(part(2, parts=4)) == (0, "snapshot", "parts_differ")
    assert problem(part(2, complete=False)) == (0, "snapshot", "parts_differ")
    assert part(1).json()["waiting_for"] == [2]
    assert not Count.objects.exists()
    assert part(2).json() == {"status": "accepted", "stored": 3, "problems": []}
    assert part(1).json()["status"] == "duplicate"
    assert Count.objects.count() == 3


def test_a_name_of_parts_is_free_again_when_they_were_refused(token: str) -> None:
    def parts(count: str) -> Any:
        for number in (1, 2):
            row = {**ROW, "organization": str(number), "count": count}
            said = {**DAY, "snapshot": "s", "part": number, "parts": 2, "counts": [row]}
            answer = push(said, token=token)
        return answer

    refused = parts("-1")
    assert (refused.status_code, refused.json()["status"]) == (422, "refused")
    assert parts("1").json()["stored"] == 2


def test_every_answer_can_be_read_by_programs(token: str) -> None:
    for said in (DAY, event()):
        for form in (JSON, EVENT, EVENTS):
            checked(push(said, token=token, form=form))
