"""Wanted less posted and waived is what to draft (rules, section 4)."""

import pytest
from tests.billing.facts import SERVICE, contract, day, days, run, service

from icb.billing.diff import Draft, drafts_for
from icb.billing.facts import ContractFacts, LineKey, Posted, Settled
from icb.billing.periods import periods_to_rate, want_period
from icb.kernel.days import DayRange
from icb.kernel.quantity import MICRO
from icb.rating.terms import Billing, Price, PriceFrom

MAY = days("05-01", "05-31")
BASE = LineKey(SERVICE, MAY.start, "recurring", MAY.start)


def drafts(agreed: ContractFacts, *, period: DayRange = MAY, through: str = "06-01") -> list[Draft]:
    return drafts_for(agreed, wanted=want_period(agreed, period=period, through=day(through)))


def posted(amount: int, *, times: int = 1, revision: int = 1, unit_days: int = 0) -> Posted:
    return Posted(amount, 0, unit_days * MICRO, times, revision)


def test_what_was_never_posted_is_drafted_as_what_it_is() -> None:
    (draft,) = drafts(contract(service(run("05-01", None, 3))))
    assert (draft.kind, draft.amount, draft.revision, draft.key) == ("recurring", 600, 1, BASE)
    assert draft.unit_days == 93 * MICRO


def test_a_recurring_line_of_nothing_shows_that_the_period_is_billed() -> None:
    (draft,) = drafts(contract(service(run("05-01", None, 0))))
    assert (draft.kind, draft.amount) == ("recurring", 0)


def test_what_is_posted_in_full_needs_no_draft() -> None:
    agreed = contract(service(run("05-01", None, 3)))
    agreed.posted[BASE] = posted(600, unit_days=93)
    assert drafts(agreed) == []


@pytest.mark.parametrize(("before", "difference"), [(500, 100), (700, -100)])
def test_a_posted_key_gets_a_correction_of_the_difference(before: int, difference: int) -> None:
    agreed = contract(service(run("05-01", None, 3)))
    agreed.posted[BASE] = posted(before, times=2, revision=4, unit_days=90)
    (draft,) = drafts(agreed)
    assert (draft.kind, draft.amount, draft.revision) == ("correction", difference, 5)
    assert draft.unit_days == 3 * MICRO
    assert (draft.working["wanted"], draft.working["posted"]) == (600, before)


def test_a_key_whose_items_were_all_taken_back_is_no_correction() -> None:
    agreed = contract(service(run("05-01", None, 3)))
    agreed.posted[BASE] = posted(0, times=0, revision=2)
    (draft,) = drafts(agreed)
    assert (draft.kind, draft.amount, draft.revision) == ("recurring", 600, 3)


def test_a_posted_key_that_is_wanted_no_longer_is_taken_back_whole() -> None:
    agreed = contract(service())
    agreed.posted[BASE] = posted(600)
    (draft,) = drafts(agreed)
    assert (draft.kind, draft.amount, draft.working["working"]) == ("correction", -600, None)


def test_posted_keys_of_other_periods_and_manual_items_are_left_alone() -> None:
    agreed = contract(service())
    agreed.posted[BASE._replace(period_start=day("04-01"))] = posted(600)
    agreed.posted[BASE._replace(line="manual")] = posted(600)
    assert drafts(agreed) == []


def test_posted_keys_of_a_service_that_is_not_due_are_left_alone() -> None:
    agreed = contract(service(run("05-01", None, 3)))
    agreed.posted[BASE._replace(effective_on=day("05-09"))] = posted(600)
    agreed.posted[LineKey(None, MAY.start, "minimum", MAY.start)] = posted(100)
    assert drafts(agreed, through="05-31") == []


def test_a_back_dated_price_takes_from_the_old_key_and_makes_a_new_one() -> None:
    facts = service(run("05-01", None, 31))
    agreed = contract(facts)
    agreed.posted[BASE] = posted(6200)
    facts.prices += (PriceFrom(day("05-11"), Price(3 * MICRO)),)
    found = {draft.key.effective_on: (draft.kind, draft.amount) for draft in drafts(agreed)}
    assert found == {day("05-01"): ("correction", -4200), day("05-11"): ("recurring", 6300)}


def test_a_waived_amount_is_not_asked_for_again_but_a_difference_is() -> None:
    agreed = contract(service(run("05-01", None, 3)))
    agreed.settled[BASE] = Settled(waived=600)
    assert drafts(agreed) == []
    agreed.settled[BASE] = Settled(waived=500)
    (draft,) = drafts(agreed)
    assert (draft.kind, draft.amount, draft.working["waived"]) == ("recurring", 100, 500)


def test_a_deferral_goes_with_the_draft() -> None:
    agreed = contract(service(run("05-01", None, 3)))
    agreed.settled[BASE] = Settled(deferred_until=day("08-01"))
    assert drafts(agreed)[0].deferred_until == day("08-01")


def test_a_discount_has_a_key_of_its_own() -> None:
    agreed = contract(service(run("05-01", None, 3), discount=15 * MICRO))
    found = [(draft.key.line, draft.kind, draft.amount) for draft in drafts(agreed)]
    assert found == [("recurring", "recurring", 600), ("discount_recurring", "discount", -90)]


def test_a_service_minimum_tops_up_after_the_discount() -> None:
    facts = service(run("05-01", None, 3), discount=15 * MICRO, minimum_amount=20 * MICRO)
    assert [(d.kind, d.amount) for d in drafts(contract(facts))] == [
        ("recurring", 600),
        ("discount", -90),
        ("minimum", 1490),
    ]


def test_a_service_minimum_that_is_reached_makes_no_line() -> None:
    facts = service(run("05-01", None, 30), minimum_amount=20 * MICRO)
    assert [draft.kind for draft in drafts(contract(facts))] == ["recurring"]


def test_a_contract_minimum_counts_all_services_and_is_held_with_them() -> None:
    first = service(run("05-01", None, 3))
    second = service(run("05-01", None, 4, held="gap"))
    agreed = contract(first, second, minimum_amount=31 * MICRO)
    found = [(d.key.service, d.kind, d.amount, d.held) for d in drafts(agreed)]
    assert found == [
        (SERVICE, "recurring", 600, ""),
        (SERVICE + 1, "recurring", 800, "gap"),
        (None, "minimum", 1700, "gap"),
    ]


def test_a_contract_minimum_is_prorated_by_the_contracts_days_and_may_be_reached() -> None:
    agreed = contract(service(run("05-01", None, 3)), starts="05-17", minimum_amount=62 * MICRO)
    assert [(d.kind, d.amount) for d in drafts(agreed)] == [
        ("recurring", 290),  # 3 x 2.00 x 15 / 31
        ("minimum", 2710),  # 62.00 x 15 / 31 - 2.90
    ]
    rich = contract(service(run("05-01", None, 50)), minimum_amount=62 * MICRO)
    assert [d.kind for d in drafts(rich)] == ["recurring"]


def test_a_contract_minimum_waits_for_every_service_of_the_period() -> None:
    waits = service(run("05-01", "05-31", 4, waiting=True))
    agreed = contract(service(run("05-01", None, 3)), waits, minimum_amount=31 * MICRO)
    wanted = want_period(agreed, period=MAY, through=day("06-01"))
    assert wanted.open_services == {SERVICE + 1}
    assert [key.line for key in wanted.lines] == ["recurring"]


def test_a_contract_minimum_that_is_owed_no_longer_is_taken_back() -> None:
    agreed = contract(service(run("05-01", None, 50)))
    agreed.posted[LineKey(None, MAY.start, "minimum", MAY.start)] = posted(700)
    assert [(d.key.service, d.amount) for d in drafts(agreed)] == [(SERVICE, 10000), (None, -700)]


def settled(agreed: ContractFacts, *, period: DayRange = MAY, through: str = "06-01") -> bool:
    return want_period(agreed, period=period, through=day(through)).settled


def test_a_period_is_settled_when_nothing_in_it_can_change_without_a_mark() -> None:
    assert settled(contract(service(run("05-01", None, 3))))
    assert not settled(contract(service(run("05-01", None, 3))), through="05-31")
    assert not settled(contract(service(run("05-01", None, 3, held="gap"))))
    assert not settled(contract(service(run("05-01", "05-31", 3, waiting=True))))


def test_in_advance_a_period_stays_open_until_its_days_are_known() -> None:
    known = service(run("04-01", None, 3))
    assert settled(contract(known, billing=Billing.IN_ADVANCE))
    late = service(run("04-01", "05-30", 3), run("05-31", "05-31", 3, waiting=True))
    assert not settled(contract(late, billing=Billing.IN_ADVANCE))
    ahead = service(run("04-01", "05-30", 3), run("05-31", None, 3, known=False))
    assert not settled(contract(ahead, billing=Billing.IN_ADVANCE))


def months(agreed: ContractFacts, *, first: str, through: str) -> list[int]:
    return [p.start.month for p in periods_to_rate(agreed, first=day(first), through=day(through))]


def test_periods_to_rate_reach_from_the_first_day_to_the_last_that_can_be_due() -> None:
    assert months(contract(), first="03-15", through="06-01") == [3, 4, 5]
    ahead = contract(billing=Billing.IN_ADVANCE)
    assert months(ahead, first="03-15", through="06-01") == [3, 4, 5, 6]
    assert months(contract(starts="04-20"), first="03-15", through="06-01") == [4, 5]


def test_periods_after_the_end_are_looked_at_where_something_stands_posted() -> None:
    ended = contract(ends="04-10")
    assert months(ended, first="04-01", through="08-01") == [4]
    ended.posted[BASE._replace(period_start=day("06-01"))] = posted(600)
    assert months(ended, first="04-01", through="08-01") == [4, 5, 6]
