"""Holds over HTTP: what waits, what each decision would do to the bill, and the decision itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from tests.support import story
from tests.web.conftest import ClientOf, words

from icb.billing.actions import bill
from icb.billing.hold_queries import held_rows, hold_page
from icb.billing.queries import items
from icb.foundation.listing import Wanted
from icb.foundation.models import AuditEvent, Provider
from icb.hub.actions import add_module_organizations
from icb.hub.inputs import NewModuleOrganization
from icb.hub.models import CountDecision, Snapshot
from icb.hub.queries import holds

PAGE = reverse("holds")
DECIDE = reverse("hold-decision")


@pytest.fixture(autouse=True)
def held(provider: Provider, clock: object) -> Iterator[None]:
    """31 days of May at 2.00 a seat: 100 seats, said to be 20 from the 16th on, which is held."""
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-15", {"7": 100})
    story.receive("05-16", "05-31", {"7": 20})
    story.at("06-01")
    bill()
    yield


def the_hold() -> str:
    [row] = hold_page(Wanted()).rows
    return str(row.id)


def decide(client: Client, decision: str, **fields: str) -> tuple[int, str]:
    sent = {"row": [the_hold()], "sure": "yes", "decision": decision, "reason": "asked", **fields}
    answer = client.post(DECIDE, sent)
    return answer.status_code, words(answer.content)


def test_a_hold_says_why_since_when_and_how_much_it_holds_back(owner: Client) -> None:
    page = words(owner.get(PAGE).content)
    assert "fell too far" in page
    assert "100 → 20" in page
    assert "2025-05-16" in page
    assert "200.00 USD" in page


def test_each_decision_says_in_numbers_what_it_does_and_stores_nothing(owner: Client) -> None:
    before = (holds(), items(), AuditEvent.objects.count())
    page = words(owner.get(DECIDE, {"row": the_hold()}).content)
    # 100 seats for 15 days and 20 for 16 of 31, at 2.00: 96.77 + 20.65.
    assert "100 → 20 117.42 USD -82.58 USD 0.00 USD" in page
    assert "100 stay 200.00 USD 0.00 USD 0.00 USD" in page
    assert "100 → none 96.77 USD -103.23 USD 0.00 USD" in page
    assert (holds(), items(), AuditEvent.objects.count()) == before


def test_what_was_said_is_what_the_next_run_bills(owner: Client) -> None:
    assert decide(owner, "accept")[0] == 302
    bill()
    assert sum(row.amount for row in items()) == 11742
    assert "Nothing waits" in words(owner.get(PAGE).content)


def test_a_rejected_count_leaves_what_stood(owner: Client) -> None:
    decide(owner, "reject")
    bill()
    assert [(row.amount, row.status) for row in items()] == [(20000, "draft")]


def test_a_decision_from_another_day(owner: Client) -> None:
    assert decide(owner, "departed", day="2025-05-21")[0] == 302
    [decision] = CountDecision.objects.all()
    assert (decision.from_day, decision.reason) == (story.day("05-21"), "asked")


def test_a_departure_is_taken_back_and_waits_again(owner: Client) -> None:
    decide(owner, "departed")
    assert hold_page(Wanted()).total == 0
    bill()
    assert [(row.amount, row.status) for row in items()] == [(9677, "draft")]
    [decision] = CountDecision.objects.all()
    page = words(owner.get(reverse("holds-decided")).content)
    assert "Take back" in page
    back = reverse("hold-take-back", kwargs={"id": decision.pk})
    assert owner.post(back).status_code == 302
    assert hold_page(Wanted()).total == 1
    assert owner.post(back).status_code == 409
    bill()
    assert [(row.amount, row.status) for row in items()] == [(20000, "held")]


def test_what_changed_what_stands_is_not_taken_back(owner: Client) -> None:
    decide(owner, "reject")
    [decision] = CountDecision.objects.all()
    answer = owner.post(reverse("hold-take-back", kwargs={"id": decision.pk}))
    assert answer.status_code == 409
    assert "Sync the day again" in words(answer.content)


def test_a_decision_needs_one_that_fits_and_a_reason(owner: Client) -> None:
    assert decide(owner, "carry")[0] == 422
    assert decide(owner, "perhaps")[0] == 422
    assert decide(owner, "accept", reason="")[0] == 422
    assert CountDecision.objects.count() == 0


def test_what_somebody_else_decided_is_gone(owner: Client) -> None:
    hold = the_hold()
    decide(owner, "reject")
    assert "Nothing of it waits any more" in words(owner.get(DECIDE, {"row": hold}).content)
    assert held_rows({hold}) == []


def test_a_gap_can_be_carried_or_be_a_departure(owner: Client) -> None:
    decide(owner, "accept")
    story.at("06-20")
    [row] = hold_page(Wanted()).rows
    assert (row.reason, row.carried) == ("gap", "20")
    page = words(owner.get(DECIDE, {"row": row.id}).content)
    assert "Carry" in page
    assert "Reject" not in page
    assert decide(owner, "carry")[0] == 302
    assert hold_page(Wanted()).total == 0


def test_a_whole_answer_in_quarantine_is_accepted_or_rejected(owner: Client) -> None:
    decide(owner, "accept")
    story.receive("06-01", "06-01", {})
    story.at("06-02")
    rows = hold_page(Wanted(conditions={"reason": "quarantined"})).rows
    assert [row.reason for row in rows] == ["quarantined"]
    page = words(owner.get(DECIDE, {"row": rows[0].id}).content)
    assert "Departed" not in page
    sent = {"row": [rows[0].id], "sure": "yes", "decision": "reject", "reason": "outage"}
    assert owner.post(DECIDE, sent).status_code == 302
    assert Snapshot.objects.get(day=story.day("06-01")).state == "rejected"


def test_too_many_at_once_are_refused_in_words(owner: Client) -> None:
    answer = owner.post(DECIDE, {"row": [str(number) for number in range(51)]})
    assert answer.status_code == 422
    assert "50 can be decided at once" in words(answer.content)


def test_who_may_not_decide_sees_the_list_alone(client_of: ClientOf) -> None:
    reader = client_of("read_only")
    assert "fell too far" in words(reader.get(PAGE).content)
    assert reader.get(DECIDE, {"row": the_hold()}).status_code == 403
    assert decide(reader, "accept")[0] == 403
    assert decide(client_of("mapper"), "accept")[0] == 302


def test_an_empty_list_says_what_would_stand_there(owner: Client) -> None:
    decide(owner, "accept")
    assert "Nothing waits for a decision" in words(owner.get(PAGE).content)


def test_the_list_takes_the_same_few_statements_however_much_waits(
    owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    add_module_organizations("rmm", news=[NewModuleOrganization(id=f"n{i}") for i in range(200)])
    story.receive("06-01", "06-02", {"7": 20, **{f"n{i}": 900 for i in range(200)}})
    story.receive("06-03", "06-04", {"7": 20, **{f"n{i}": 9 for i in range(200)}})
    story.at("06-05")
    assert hold_page(Wanted()).total > 200
    with django_assert_max_num_queries(30):
        owner.get(PAGE + "?size=250")


def test_what_each_decision_does_asks_no_more_for_many_holds(owner: Client) -> None:
    add_module_organizations("rmm", news=[NewModuleOrganization(id=f"n{i}") for i in range(49)])
    story.receive("06-01", "06-02", {"7": 20, **{f"n{i}": 900 for i in range(49)}})
    story.receive("06-03", "06-04", {"7": 20, **{f"n{i}": 9 for i in range(49)}})
    story.at("06-05")
    ids = [row.id for row in hold_page(Wanted(size=100)).rows if row.reason == "fall"]
    assert len(ids) == 50
    owner.get(DECIDE, {"row": ids})

    def asked(rows: list[str]) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(DECIDE, {"row": rows}).status_code == 200
        return len(queries)

    assert asked(ids) == asked(ids[:2])
