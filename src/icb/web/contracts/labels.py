"""The words of contracts as people read them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = tuple[tuple[str, Promise], ...]

PERIODS: Words = (
    ("monthly", _("Monthly")),
    ("quarterly", _("Quarterly")),
    ("semi_annual", _("Half-yearly")),
    ("yearly", _("Yearly")),
)
ANCHORS: Words = (
    ("calendar", _("Calendar: periods begin on the 1st")),
    ("anniversary", _("Anniversary: periods begin on the day of the start")),
)
BILLINGS: Words = (
    ("in_arrears", _("In arrears: after each period")),
    ("in_advance", _("In advance: before each period")),
)
BILLED: Words = (("in_arrears", _("In arrears")), ("in_advance", _("In advance")))
UNIT_CHANGES: Words = (
    ("prorate_daily", _("Prorated daily")),
    ("adjust_at_period_end", _("Adjusted at period end")),
    ("peak", _("Peak of the period")),
)
PRICINGS: Words = (
    ("per_unit", _("Per unit")),
    ("graduated", _("Graduated tiers")),
    ("volume", _("Volume tiers")),
    ("flat", _("Flat fee")),
    ("package", _("Per started package")),
)


def word(words: Words, *, key: str) -> str:
    """The label of a stored word; the word itself where it is none of them."""
    return str(dict(words).get(key, key))
