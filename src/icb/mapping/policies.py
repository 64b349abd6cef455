"""Which choice of unit changes fits what is counted (rules, sections 3 and 8). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from icb.kernel.checks import check_choice
from icb.kernel.errors import Refused
from icb.rating.terms import Billing, CountingRule, UnitChanges, check_policy


class Choice(NamedTuple):
    """A choice for periods that start on or after a day."""

    from_day: date
    unit_changes: str


class Driven(NamedTuple):
    """What drives a contract service, and how its contract is billed."""

    service: str  # its key, for messages
    counting: CountingRule
    billing: Billing
    is_mapped: bool  # something else drives it already, by the default where nobody chose


def default_unit_changes(counting: CountingRule) -> UnitChanges:
    """What holds where nobody chose."""
    if counting is CountingRule.PERIOD_VALUE:
        return UnitChanges.ADJUST_AT_PERIOD_END
    return UnitChanges.PRORATE_DAILY


def settle(wanted: str, *, driven: Driven, choices: Sequence[Choice], start: date) -> Choice | None:
    """The choice that a mapping adds to its service, None where none is needed.

    `choices` are those that stand, in order, of one day the newest last; `start` is the first day
    of the period in which the mapping begins. Raises Refused for a second, different choice
    (`other_unit_changes`) and for one that does not fit what is counted.
    """
    if wanted:
        check_choice(wanted, field="unit_changes", allowed=UnitChanges)
    before = [choice.unit_changes for choice in choices if choice.from_day <= start]
    later = [choice.unit_changes for choice in choices if choice.from_day > start]
    default = default_unit_changes(driven.counting).value
    in_force = before[-1] if before else default if driven.is_mapped else ""
    standing = [word for word in (in_force, *later) if word]
    if wanted and standing and wanted not in (standing[0], standing[-1]):
        raise Refused(
            "other_unit_changes",
            f"{driven.service} is billed by {standing[-1]}, and a service has one choice: "
            f"{wanted} cannot be a second one. Nothing was stored. Leave unit_changes out, change "
            "the service's choice for all that drives it, or map to another service.",
            service=driven.service,
        )
    for word in (in_force or wanted or default, *later):
        check_fit(word, driven=driven)
    return Choice(start, wanted) if wanted and not in_force else None


def check_same_counting(driven: Driven, *, others: Sequence[CountingRule]) -> None:
    """Refuse to add up what is counted in different ways."""
    if any(other is not driven.counting for other in others):
        raise Refused(
            "counting_mixed",
            f"{driven.service} is driven by counts of another kind: a daily level, a figure of "
            "the whole month and a single event do not add up. Nothing was stored. Map to a "
            "service of its own.",
            service=driven.service,
        )


def check_fit(word: str, *, driven: Driven) -> None:
    """Refuse a choice that does not fit what is counted, or when the contract is billed."""
    check_policy(counting=driven.counting, billing=driven.billing, unit_changes=UnitChanges(word))
