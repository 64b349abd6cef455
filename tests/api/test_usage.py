"""`POST /api/v1/usage`: what is taken, what is refused and with which words, who may push."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from standardwebhooks.webhooks import Webhook
from tests.api.pushing import DAY, EVENTS, ROW, URL, event, problem, push, send

from icb.foundation.models import Provider
from icb.hub.actions import set_enabled
from icb.hub.models import Count, PushedPart, Snapshot
from icb.hub.push_actions import create_token, revoke_token, set_signing_secret

pytestmark = pytest.mark.usefixtures("provider", "clock")


def test_a_day_is_stored_once(token: str) -> None:
    first = push(DAY, token=token)
    assert (first.status_code, first.json()) == (
        200,
        {"status": "accepted", "stored": 1, "problems": []},
    )
    assert push(DAY, token=token).json()["status"] == "duplicate"
    assert Count.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"day": 1, "day": 2}', 400),
        (b'{"count": NaN}', 400),
        (b"\xff", 400),
        (b"[]", 422),
        (json.dumps({**DAY, "day": "2999-01-01"}).encode(), 422),
        (json.dumps({**DAY, "counts": [{**ROW, "count": "-1"}]}).encode(), 422),
        (json.dumps({**DAY, "counts": [{**ROW, "count": [1.5]}]}).encode(), 422),
        (json.dumps({**DAY, "counts": [{**ROW, "organization": "\0"}]}).encode(), 422),
    ],
)
def test_a_wrong_body_stores_nothing(token: str, body: bytes, status: int) -> None:
    answer = push(body, token=token)
    assert answer.status_code == status
    assert answer.json()["status"] == "refused"
    assert set(answer.json()["problems"][0]) == {"row", "field", "code", "message"}
    assert not Count.objects.exists()


def test_other_forms_methods_and_addresses_are_answered_in_json(token: str) -> None:
    assert push(DAY, token=token, form="text/plain").status_code == 415
    answer = Client().get(URL)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert Client().get("/api/else").json()["problems"][0]["code"] == "not_found"


def test_a_token_that_is_revoked_is_answered_as_one_that_never_was(token: str) -> None:
    other = create_token("rmm", name="other")
    revoke_token(other.id)
    revoked, unknown = push(DAY, token=other.token), push(DAY, token="icb_nothing")
    assert revoked.status_code == unknown.status_code == 401
    assert revoked.content == unknown.content
    assert not Snapshot.objects.exists()


def test_a_disabled_connection_says_so(token: str) -> None:
    set_enabled("rmm", is_enabled=False)
    answer = push(DAY, token=token)
    assert answer.status_code == 409
    assert answer.json()["problems"][0]["code"] == "module_disabled"


def test_an_event_is_taken_once_and_its_id_never_for_another(token: str) -> None:
    assert push([event()], token=token, form=EVENTS).json()["stored"] == 1
    assert push([event()], token=token, form=EVENTS).json()["status"] == "duplicate"
    other = event(data={**event()["data"], "count": "4"})
    assert push([other], token=token, form=EVENTS).status_code == 409


def test_a_day_in_parts_is_stored_when_all_are_in(token: str) -> None:
    second = {**DAY, "counts": [{**ROW, "organization": "8"}]}
    parts = [{**DAY, "snapshot": "s", "part": 1, "parts": 2}]
    parts.append({**second, "snapshot": "s", "part": 2, "parts": 2})
    assert push(parts[1], token=token).json()["waiting_for"] == [1]
    assert not Count.objects.exists()
    assert push({**parts[1], "counts": []}, token=token).status_code == 409
    assert push(parts[0], token=token).json()["stored"] == 2
    assert push(parts[0], token=token).json()["status"] == "duplicate"
    assert PushedPart.objects.count() == 2


def signed(secret: str, *, at: datetime, id: str = "m1", body: str = "") -> dict[str, str]:
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, at, body),
    }


def test_forgeries_are_refused_and_an_honest_late_retry_is_taken(
    token: str, provider: Provider
) -> None:
    secret = set_signing_secret("rmm")
    address, body = f"{URL}/{provider.key}/rmm", json.dumps(DAY)
    now = datetime.now(UTC)
    good = signed(secret, at=now, body=body)
    forgeries = [signed("whsec_" + "QUJD" * 8, at=now, id=f"f{n}", body=body) for n in range(10)]
    forgeries += [signed(secret, at=now - timedelta(minutes=6 + n), body=body) for n in range(10)]
    forgeries += [signed(secret, at=now + timedelta(minutes=6 + n), body=body) for n in range(5)]
    forgeries += [{**good, "webhook-id": f"other{n}"} for n in range(5)]
    forgeries += [{k: v for k, v in good.items() if k != left} for left in good]
    forgeries += [{**good, name: ""} for name in good]
    forgeries += [signed(secret, at=now, body=body + " " * n) for n in range(1, 5)]
    assert len(forgeries) == 40
    for headers in forgeries:
        answer = send(body.encode(), headers=headers, at=address)
        assert answer.status_code == 401, headers
    assert not Snapshot.objects.exists()
    assert send(body.encode(), headers=good, at=address).json()["status"] == "accepted"
    # Sent again by the hour of its day, with the id that it had and a stamp of that moment.
    late = signed(secret, at=now + timedelta(seconds=2), body=body)
    assert send(body.encode(), headers=late, at=address).json()["status"] == "duplicate"
    other = json.dumps({**DAY, "counts": []})
    again = signed(secret, at=now, body=other)
    assert problem(send(other.encode(), headers=again, at=address)) == (
        0,
        "webhook-id",
        "id_reused",
    )
    assert Count.objects.count() == 1
