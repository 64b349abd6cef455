"""What an answer changes, rule by rule, without a database."""

from __future__ import annotations

from decimal import Decimal

from tests.hub.books import Module, counted, june, rows

from icb.hub.book import Book
from icb.hub.change_points import ABSENCE, Entry, left_out
from icb.hub.inputs import Answer
from icb.hub.judging import DECIMAL, WHOLE, TypeRule
from icb.hub.receiving import ACCEPTED, REFUSED, Receiver, read_early
from icb.kernel.quantity import MICRO


def seven(units: object) -> dict[str, dict[str, object]]:
    return {"7": {"devices": units}}


def test_absent_is_not_zero() -> None:
    module = Module()
    module.say(1, {"7": {"devices": 10}, "8": {"devices": 5}})
    module.say(2, {"8": {"devices": 5}})
    module.say(3, {"7": {"devices": 0}, "8": {"devices": 5}})
    assert module.points() == [(1, counted(10)), (2, ABSENCE), (3, counted(0))]


def test_a_type_missing_for_a_present_organization_is_absent() -> None:
    module = Module()
    module.say(1, {"7": {"devices": 10, "users": 3}})
    module.say(2, {"7": {"devices": 10}})
    assert module.entry(2, billing_type="users") == ABSENCE


def test_where_absent_means_zero_it_does_so_for_present_organizations_only() -> None:
    module = Module(devices=TypeRule("whole"), users=TypeRule("whole", is_zero_when_absent=True))
    module.say(1, {"7": {"devices": 10, "users": 3}, "8": {"devices": 1}})
    module.say(2, {"7": {"devices": 10}})
    assert module.entry(2, billing_type="users") == counted(0)
    assert module.entry(1, organization="8", billing_type="users") == counted(0)
    assert module.entry(2, organization="8", billing_type="users") == ABSENCE


def test_only_keys_that_were_seen_can_be_absent() -> None:
    module = Module()
    module.say(1, seven(10))
    module.say(2, {"8": {"devices": 1}})
    assert module.points(organization="8") == [(2, counted(1))]


def test_a_late_count_before_an_answer_that_lacked_the_key() -> None:
    """The answer of the 5th lacked organization 8, which nobody knew then."""
    module = Module()
    module.say(5, seven(10))
    module.say(3, {"7": {"devices": 10}, "8": {"devices": 4}})
    assert module.points(organization="8") == [(3, counted(4)), (5, ABSENCE)]


def test_an_empty_answer_is_normal_only_before_the_first_rows() -> None:
    module = Module()
    assert module.say(1, {}).state == "accepted"
    module.say(2, seven(1))
    receipt = module.say(3, {})
    assert (receipt.state, receipt.problems[0].code) == ("quarantined", "empty")


def test_more_than_half_of_at_least_five_fall_to_zero() -> None:
    module = Module()
    module.say(1, {str(number): {"devices": 3} for number in range(5)})
    falling = {str(number): {"devices": 0 if number < 3 else 3} for number in range(5)}
    assert module.say(2, falling).problems[0].code == "whole_fall"
    falling["2"] = {"devices": 3}
    assert module.say(2, falling).state == "accepted"


def test_the_whole_fall_counts_keys_that_are_missing_among_those_above_zero() -> None:
    module = Module()
    module.say(1, {str(number): {"devices": 3} for number in range(8)})
    assert module.say(2, {str(number): {"devices": 0} for number in range(4)}).state == "accepted"


def test_a_held_count_leaves_the_rest_accepted() -> None:
    module = Module()
    module.say(1, {"7": {"devices": 100}, "8": {"devices": 5}})
    receipt = module.say(2, {"7": {"devices": 10}, "8": {"devices": 6}})
    assert (receipt.state, receipt.stored) == ("accepted", 2)
    assert module.entry(2) == Entry("held", 10 * MICRO, "fall")
    assert module.entry(2, organization="8") == counted(6)


def test_a_count_is_judged_across_a_gap_and_across_held_ones() -> None:
    module = Module()
    module.say(1, seven(100))
    module.say(9, seven(10))
    module.say(10, seven(90))
    module.say(11, seven(10))
    assert [module.entry(day).state for day in (9, 10, 11)] == ["held", "counted", "held"]


def test_a_correction_is_judged_against_the_accepted_count_of_its_own_day() -> None:
    module = Module()
    module.say(1, seven(100))
    module.say(2, seven(60))
    module.say(2, seven(25))
    assert module.entry(2) == Entry("held", 25 * MICRO, "fall", kept=60 * MICRO)
    module.say(2, seven(35))
    assert module.entry(2) == counted(35)


def test_a_newer_revision_replaces_the_whole_day() -> None:
    module = Module()
    module.say(1, {"7": {"devices": 10}, "8": {"devices": 5}})
    module.say(1, seven(11))
    assert module.points() == [(1, counted(11))]
    # That 8 was counted by the older one is not taken back without being asked about.
    assert module.points(organization="8") == [(1, left_out(5 * MICRO))]


def test_a_correction_splices_and_leaves_the_next_proven_day_alone() -> None:
    module = Module()
    for day in (1, 2, 5, 6):
        module.say(day, seven(10))
    module.say(2, seven(12))
    assert module.points() == [(1, counted(10)), (2, counted(12)), (5, counted(10))]
    module.say(2, seven(10))
    assert module.points() == [(1, counted(10))]


def test_stamps_order_revisions_before_receipt_does() -> None:
    module = Module()
    assert module.say(1, seven(10), stamp=2).state == "accepted"
    assert module.say(1, seven(11), stamp=1).state == "superseded"
    assert module.say(1, seven(12)).state == "superseded"
    assert module.say(1, seven(13), stamp=3).state == "accepted"
    assert module.entry(1) == counted(13)


def test_a_stamped_revision_beats_an_unstamped_one() -> None:
    module = Module()
    module.say(1, seven(10))
    assert module.say(1, seven(11), stamp=1).state == "accepted"


def test_the_same_content_again_is_a_duplicate_whose_higher_stamp_counts() -> None:
    module = Module()
    module.say(1, seven(10), stamp=1)
    assert module.say(1, seven(10), stamp=5).state == "duplicate"
    assert module.say(1, seven(11), stamp=4).state == "superseded"
    assert module.say(1, seven(11), stamp=6).state == "accepted"


def test_going_back_to_an_older_content_is_a_revision() -> None:
    module = Module()
    module.say(1, seven(10))
    module.say(1, seven(11))
    assert module.say(1, seven(10)).state == "accepted"
    assert module.entry(1) == counted(10)


def test_a_partial_answer_is_about_its_own_keys() -> None:
    module = Module()
    module.say(1, {"7": {"devices": 10}, "8": {"devices": 5}})
    module.say(2, seven(11), is_complete=False)
    key = module.book.keys["8", "devices"]
    assert module.book.next_proven(key, after=module.book.proven_days[0]) is None
    assert module.entry(2) == counted(11)


def test_a_partial_answer_holds_against_an_older_complete_one() -> None:
    module = Module()
    module.say(1, {"7": {"devices": 10}, "8": {"devices": 5}}, stamp=5, is_complete=False)
    module.say(1, {"7": {"devices": 9}, "9": {"devices": 1}}, stamp=4)
    assert module.entry(1) == counted(10)
    assert module.entry(1, organization="9") == counted(1)
    module.say(1, seven(8), stamp=6)
    assert module.entry(1) == counted(8)
    assert module.points(organization="8") == [(1, left_out(5 * MICRO))]


RESETTING = TypeRule("whole", is_resetting=True)


def test_a_resetting_counter_may_fall_with_the_month_but_not_inside_it() -> None:
    module = Module(devices=RESETTING)
    module.say(29, seven(900))
    module.say(30, seven(1000))
    module.say(31, seven(10))  # 1 July
    assert module.entry(31) == counted(10)
    module.say(32, seven(300))
    assert module.entry(32) == counted(300)
    module.say(33, seven(40))
    assert module.entry(33).reason == "fall"


def test_resetting_counters_are_no_whole_fall_at_the_turn_of_the_month() -> None:
    module = Module(devices=RESETTING)
    above = {str(number): {"devices": 30} for number in range(6)}
    zeros = {str(number): {"devices": 0} for number in range(6)}
    module.say(30, above)
    assert module.say(31, zeros).state == "accepted"
    module.say(32, above)
    assert module.say(33, zeros).state == "quarantined"


def test_a_resetting_counter_falls_across_a_gap_at_the_turn() -> None:
    module = Module(devices=RESETTING)
    module.say(1, seven(900))
    module.say(20, seven(1000))
    module.say(35, seven(5))
    assert module.entry(35) == counted(5)


def test_an_answer_read_before_the_lock_is_read_again_where_a_type_changed_meanwhile() -> None:
    answer = Answer(day=june(1), rows=rows({"7": {"devices": Decimal("1.5")}}))
    early = read_early(answer, types={"devices": TypeRule(DECIMAL)})
    assert early.fits({"devices": TypeRule(DECIMAL), "seats": TypeRule()})
    book = Book(types={"devices": TypeRule(WHOLE)})
    assert Receiver(book, answer=answer, snapshot=1, early=early).receive().state == REFUSED
    book = Book(types={"devices": TypeRule(DECIMAL)})
    assert Receiver(book, answer=answer, snapshot=1, early=early).receive().state == ACCEPTED
