"""What kinds, states and changes of documents are called on every page."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from icb.invoicing.line_changes import LineChange, Measure
from icb.web.shell import formats

KINDS = (("invoice", lazy("Invoice")), ("credit_note", lazy("Credit note")))
STATES = (
    ("open", lazy("Open")),
    ("part_paid", lazy("Part paid")),
    ("overdue", lazy("Overdue")),
    ("paid", lazy("Paid")),
    ("credited", lazy("Credited")),
    ("settled", lazy("Settled")),
    ("void", lazy("Void")),
)
_TONES = {"open": "accent", "part_paid": "accent", "overdue": "warn", "paid": "good", "void": "bad"}


def kind_word(kind: str) -> str:
    """The name of a kind of document."""
    return str(dict(KINDS).get(kind, kind))


def state_word(state: str) -> str:
    """The name of a state of a document."""
    return str(dict(STATES).get(state, state))


def tone_of_state(state: str) -> str:
    """How much the state wants to be looked at."""
    return _TONES.get(state, "")


def item_kind_word(kind: str) -> str:
    """The name of a kind of line."""
    return {
        "recurring": _("Recurring"),
        "adjustment": _("Change of units or price"),
        "correction": _("Correction"),
        "discount": _("Discount"),
        "minimum": _("Minimum"),
        "manual": _("Added by hand"),
        "credit": _("Credit"),
    }.get(kind, kind)


def reason_of(change: LineChange) -> str:
    """Why a line comes to another amount than on the last invoice, in words."""
    if change.now is None or change.last is None:
        return _without_counterpart(change)
    now, last = change.now, change.last
    told = []
    for cause in change.what:
        if cause == "units":
            moved = formats.micro(abs(now.units - last.units))
            words = (
                _("units up by %(units)s")
                if now.units > last.units
                else _("units down by %(units)s")
            )
            told.append(words % {"units": moved})
        elif cause == "price":
            told.append(_price_words(now, last))
        elif cause == "days":
            told.append(_days_words(now, last))
        else:
            told.append(_("counts on single days, or what is agreed, differ"))
    if told and change.difference == 0:
        told.append(_("the amount is the same"))
    return ", ".join(told) or _("Nothing changed")


def _price_words(now: Measure, last: Measure) -> str:
    if now.price is None or last.price is None:
        return _("price")
    prices = {"last": formats.micro(last.price), "now": formats.micro(now.price)}
    return _("price %(now)s, was %(last)s") % prices


def _days_words(now: Measure, last: Measure) -> str:
    numbers = (now.days, now.days_in_period, last.days, last.days_in_period)
    words = _("%(now)s of %(in_now)s days charged, were %(last)s of %(in_last)s")
    return words % dict(zip(("now", "in_now", "last", "in_last"), numbers, strict=True))


def _without_counterpart(change: LineChange) -> str:
    is_here = change.now is not None
    if "once" in change.what:
        kind = item_kind_word(change.line["kind"])
        words = _("%(kind)s, billed once") if is_here else _("%(kind)s, on the last invoice alone")
        return words % {"kind": kind}
    return _("New on this invoice") if is_here else _("Not on this invoice any more")
