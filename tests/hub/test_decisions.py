"""What people decide about counts that cannot be trusted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.hub.books import june
from tests.hub.stored import at_night_after, connect, organization_id, reads, say, stand_at

from icb.foundation.models import Provider
from icb.hub.actions import decide, decide_quarantined, take_snapshots
from icb.hub.inputs import Answer, CountRow
from icb.hub.models import CountDecision, CountKey, CountMark, ModuleOrganization, Snapshot
from icb.hub.queries import holds, readings
from icb.hub.reading import Reading
from icb.kernel.errors import InvalidInput, NotFound, Refused


@pytest.fixture(autouse=True)
def module(provider: Provider, clock: object) -> Iterator[None]:
    stand_at(june(30), hour=13)
    connect()
    yield


def seven(units: object, other: int = 1) -> dict[str, dict[str, object]]:
    return {"7": {"devices": units}, "8": {"devices": other}}


def held_fall() -> None:
    """100 on the 1st and 2nd; 10 on the 3rd and 4th, 12 on the 5th: held."""
    for day, units in ((1, 100), (2, 100), (3, 10), (4, 10), (5, 12)):
        say(day, seven(units))


def answer(decision: str, from_day: int, billing_type: str | None = None) -> None:
    decide(
        [organization_id()],
        billing_type=billing_type,
        from_day=june(from_day),
        decision=decision,
        reason="asked the client",
    )


def test_a_hold_is_listed_with_what_carries_and_what_was_said() -> None:
    held_fall()
    [hold] = [hold for hold in holds() if hold.reason != "gap"]
    assert (hold.reason, hold.connection, hold.module_organization) == ("fall", "rmm", "7")
    assert (hold.from_day, hold.carried, hold.said) == (june(3), "100", "12")


def test_accept_takes_every_held_count_from_the_day_on() -> None:
    held_fall()
    answer("accept", 3)
    assert reads(1, 5) == [
        (1, 2, 100, "counted", ""),
        (3, 4, 10, "counted", ""),
        (5, 5, 12, "counted", ""),
    ]
    say(6, seven(14))
    assert reads(6, 6) == [(6, 6, 14, "counted", "")]


def test_accept_from_the_middle_leaves_the_days_before_held() -> None:
    held_fall()
    answer("accept", 4, "devices")
    assert reads(3, 5) == [
        (3, 3, 100, "held", "fall"),
        (4, 4, 10, "counted", ""),
        (5, 5, 12, "counted", ""),
    ]


def test_accept_judges_nothing_else_again() -> None:
    held_fall()
    say(6, seven(90))
    answer("accept", 3)
    assert reads(6, 6) == [(6, 6, 90, "counted", "")]


def test_reject_drops_the_held_counts_and_the_last_accepted_one_carries() -> None:
    held_fall()
    answer("reject", 3)
    assert reads(1, 5) == [(1, 2, 100, "counted", ""), (3, 5, 100, "carried", "")]
    assert {hold.reason for hold in holds()} == {"gap"}  # since the 6th nothing came


def test_rejecting_a_correction_gives_the_day_its_own_count_back() -> None:
    say(1, seven(100))
    say(2, seven(90))
    say(2, seven(5))
    assert reads(2, 2) == [(2, 2, 90, "held", "fall")]
    answer("reject", 2)
    assert reads(2, 2) == [(2, 2, 90, "counted", "")]


def test_departed_ends_with_the_first_accepted_count_that_arrives_later() -> None:
    say(1, seven(10))
    for day in range(2, 9):
        say(day, {"8": {"devices": 1}})
    assert reads(1, 8)[1] == (2, 8, 10, "held", "absent")
    answer("departed", 4)
    assert reads(1, 8) == [(1, 1, 10, "counted", ""), (2, 3, 10, "carried", "")]
    say(10, seven(10))
    assert CountDecision.objects.get().until_day == june(10)
    say(7, seven(10))
    assert CountDecision.objects.get().until_day == june(7)
    assert reads(6, 7) == [(7, 7, 10, "counted", "")]


def test_a_count_after_the_gap_ends_a_departure_whenever_it_was_said() -> None:
    say(1, seven(10))
    say(5, seven(10))
    answer("departed", 3)
    assert CountDecision.objects.get().until_day == june(5)
    assert reads(1, 5) == [
        (1, 1, 10, "counted", ""),
        (2, 2, 10, "carried", ""),
        (5, 5, 10, "counted", ""),
    ]


def test_counts_without_a_gap_do_not_end_a_departure_but_can_be_asked_for() -> None:
    for day in range(1, 6):
        say(day, seven(10))
    answer("departed", 3)
    assert reads(1, 5) == [(1, 2, 10, "counted", "")]
    key = CountKey.objects.get(module_organization__external_id="7")
    runs = readings([key.pk], start=june(1), end=june(6), with_departed=True)[key.pk]
    assert [(run.start, run.end, run.status) for run in runs] == [
        (june(1), june(3), Reading.COUNTED),
        (june(3), june(6), Reading.DEPARTED),
    ]


def test_carry_does_not_reach_over_the_count_that_ended_its_gap() -> None:
    say(1, seven(10))
    say(8, seven(12))
    say(16, seven(12))
    answer("carry", 2)
    assert CountDecision.objects.get(until_day__isnull=False).until_day == june(8)
    assert {hold.from_day for hold in holds() if hold.reason == "gap"} >= {june(9)}


def test_a_held_count_does_not_end_a_departure_until_it_is_accepted() -> None:
    say(1, seven(10))
    answer("departed", 3)
    say(6, seven(200))
    assert CountDecision.objects.get().until_day is None
    answer("accept", 6)
    assert CountDecision.objects.get(decision="departed").until_day == june(6)
    assert reads(6, 6) == [(6, 6, 200, "counted", "")]


def test_carry_ends_type_by_type() -> None:
    say(1, {"7": {"devices": 10, "users": 3}, "8": {"devices": 1}})
    for day in range(2, 9):
        say(day, {"8": {"devices": 1}})
    answer("carry", 2)
    assert reads(2, 8) == [(2, 8, 10, "carried", "")]
    say(9, seven(10))
    until = dict(CountDecision.objects.values_list("billing_type__key", "until_day"))
    assert until == {"devices": june(9), "users": None}
    for day in range(10, 15):
        say(day, {"8": {"devices": 1}})
    assert reads(10, 14) == [(10, 14, 10, "held", "absent")]
    assert reads(2, 14, billing_type="users") == [(2, 14, 3, "carried", "")]


def test_an_accepted_identity_is_the_organizations_from_then_on() -> None:
    say(1, seven(10), names={"7": "Acme"}, created={"7": june(1)})
    say(2, seven(10), names={"7": "Beta"}, created={"7": june(2)})
    answer("accept", 2)
    assert ModuleOrganization.objects.get(external_id="7").name == "Beta"
    say(3, seven(10), names={"7": "Beta"}, created={"7": june(2)})
    assert reads(1, 3) == [(1, 3, 10, "counted", "")]


def test_a_decision_marks_its_keys_from_where_their_readings_may_change() -> None:
    say(1, seven(10))
    say(6, {"8": {"devices": 1}})
    CountMark.objects.all().delete()
    answer("departed", 5)
    assert [mark.from_day for mark in CountMark.objects.all()] == [june(2)]


def test_there_must_be_something_to_accept() -> None:
    say(1, seven(10))
    with pytest.raises(Refused) as refused:
        answer("accept", 1)
    assert refused.value.code == "nothing_held"
    assert not CountDecision.objects.exists()


def test_a_decision_is_one_of_four_about_something_known() -> None:
    say(1, seven(10))
    with pytest.raises(InvalidInput):
        answer("maybe", 1)
    with pytest.raises(NotFound):
        answer("carry", 1, "tablets")
    with pytest.raises(NotFound):
        decide([999_999], from_day=june(1), decision="carry")


def whole_fall() -> None:
    say(1, {str(number): {"devices": 30} for number in range(4, 10)})
    say(2, {str(number): {"devices": 0} for number in range(4, 10)})


def test_a_whole_fall_is_one_decision() -> None:
    whole_fall()
    hold = next(hold for hold in holds() if hold.reason == "quarantined")
    assert (hold.from_day, hold.to_day) == (june(2), june(2))
    assert decide_quarantined("rmm", from_day=june(2), decision="accept") == ["accepted"]
    assert reads(1, 2) == [(1, 1, 30, "counted", ""), (2, 2, 0, "counted", "")]
    assert Snapshot.objects.get(day=june(2)).state == "accepted"


def test_a_rejected_answer_stays_a_gap() -> None:
    whole_fall()
    say(3, {str(number): {"devices": 30} for number in range(4, 10)})
    assert decide_quarantined("rmm", from_day=june(1), decision="reject") == ["rejected"]
    assert reads(2, 2) == [(2, 2, 30, "carried", "")]
    with pytest.raises(Refused):
        decide_quarantined("rmm", from_day=june(1), decision="accept")


def test_an_answer_that_was_overtaken_while_it_waited_is_superseded() -> None:
    whole_fall()
    say(2, {str(number): {"devices": 29} for number in range(4, 10)})
    assert decide_quarantined("rmm", from_day=june(2), decision="accept") == ["superseded"]
    assert reads(2, 2) == [(2, 2, 29, "counted", "")]


def test_a_contradictory_answer_cannot_be_accepted() -> None:
    twice = [CountRow("7", "devices", 1), CountRow("7", "devices", 2)]
    take_snapshots("rmm", answers=[Answer(day=june(1), rows=twice)])
    with pytest.raises(Refused) as refused:
        decide_quarantined("rmm", from_day=june(1), decision="accept")
    assert refused.value.code == "contradictory_answer"


def test_an_answer_that_waits_is_no_hold_once_a_newer_one_holds() -> None:
    say(1, {"7": {"devices": 10}})
    say(2, {})  # nothing at all: it waits
    assert "quarantined" in {hold.reason for hold in holds()}
    say(2, {"7": {"devices": 11}})
    assert "quarantined" not in {hold.reason for hold in holds()}


def left_out_on_the_1st(following: int = 0) -> None:
    """An event says 10 on the 1st; the whole answers of it and of later days lack that."""
    at_night_after(1 + following)
    say(1, {"7": {"devices": 10}}, is_complete=False)
    for day in range(1, 2 + following):
        say(day, {"8": {"devices": 1}})


def test_what_a_newer_answer_leaves_out_is_held_and_not_lost() -> None:
    left_out_on_the_1st()
    assert reads(1, 1) == [(1, 1, 10, "held", "absent")]
    [hold] = [hold for hold in holds() if hold.module_organization == "7"]
    assert (hold.reason, hold.from_day, hold.carried, hold.said) == ("absent", june(1), "10", "")


def test_the_same_holds_for_an_older_whole_answer_and_for_stamped_ones() -> None:
    say(1, {"7": {"devices": 10}, "8": {"devices": 1}}, stamp=1)
    say(1, {"8": {"devices": 1}}, stamp=2)
    assert reads(1, 1) == [(1, 1, 10, "held", "absent")]


def test_days_after_it_are_a_gap_that_it_leads_into() -> None:
    left_out_on_the_1st(following=3)
    assert reads(1, 4) == [(1, 1, 10, "held", "absent"), (2, 4, 10, "carried", "")]
    at_night_after(5)
    say(5, {"8": {"devices": 1}})
    assert reads(1, 5) == [(1, 5, 10, "held", "absent")]


def test_accept_says_that_it_was_never_there() -> None:
    left_out_on_the_1st(following=5)
    answer("accept", 1)
    assert reads(1, 6) == []
    assert CountKey.objects.order_by("id")[0].first_counted_on is None
    say(1, {"8": {"devices": 2}})  # nothing is asked again
    assert reads(1, 6) == []
    at_night_after(7)
    say(7, seven(10))
    assert reads(1, 7) == [(7, 7, 10, "counted", "")]


def test_reject_gives_the_day_its_count_back_and_later_answers_are_judged_anew() -> None:
    left_out_on_the_1st(following=1)
    answer("reject", 1)
    assert reads(1, 2) == [(1, 1, 10, "counted", ""), (2, 2, 10, "carried", "")]
    assert say(1, {"8": {"devices": 1}}).state == "duplicate"
    say(1, {"8": {"devices": 2}})
    assert reads(1, 1) == [(1, 1, 10, "held", "absent")]


def test_departed_ends_cover_with_the_day_that_left_it_out() -> None:
    left_out_on_the_1st(following=5)
    answer("departed", 1)
    assert reads(1, 6) == []
    assert not [hold for hold in holds() if hold.module_organization == "7"]


def test_carry_releases_the_day_and_the_gap_behind_it_until_counts_come() -> None:
    left_out_on_the_1st(following=5)
    answer("carry", 1)
    assert reads(1, 6) == [(1, 6, 10, "carried", "")]
    at_night_after(7)
    say(7, seven(12))
    assert reads(1, 7) == [(1, 6, 10, "carried", ""), (7, 7, 12, "counted", "")]


def test_a_count_that_comes_after_all_needs_no_decision() -> None:
    left_out_on_the_1st()
    say(1, seven(11))
    assert reads(1, 1) == [(1, 1, 11, "counted", "")]


def test_an_accepted_answer_from_quarantine_leaves_out_what_it_leaves_out() -> None:
    say(1, {"7": {"devices": 10}}, is_complete=False)
    assert say(1, {}).state == "quarantined"
    decide_quarantined("rmm", from_day=june(1), decision="accept")
    assert reads(1, 1) == []


def test_where_an_earlier_day_carries_what_is_left_out_is_a_gap() -> None:
    at_night_after(2)
    say(1, seven(9))
    say(2, {"7": {"devices": 10}}, is_complete=False)
    say(2, {"8": {"devices": 1}})
    assert reads(1, 2) == [(1, 1, 9, "counted", ""), (2, 2, 9, "carried", "")]
