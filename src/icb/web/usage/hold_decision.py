"""One decision about picked holds: what each option does to the bill, then the choice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from icb.billing.hold_effect_queries import Effect, Money, decision_effect, standing_money
from icb.billing.hold_queries import HeldRow, held_rows
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.kernel.errors import IcbError, InvalidInput
from icb.mapping.actions import decide_each
from icb.mapping.inputs import HoldDecision
from icb.web.errors import add_error, status_of
from icb.web.shell.going_back import back_address
from icb.web.usage.explorer import reason_words
from icb.web.usage.holds import DECISIONS

_MOST = 50
_GUARDS = ("fall", "rise", "identity")
_OPTIONS = {
    "fall": ("accept", "reject", "departed"),
    "rise": ("accept", "reject", "departed"),
    "identity": ("accept", "reject", "departed"),
    "absent": ("carry", "departed", "accept", "reject"),
    "gap": ("carry", "departed"),
    "quarantined": ("accept", "reject"),
}
_ABOUT = {
    "accept": gettext_lazy(
        "What the module said counts, from that day on. What it left out was never there."
    ),
    "reject": gettext_lazy("What the module said is dropped: the last accepted count stands."),
    "departed": gettext_lazy("The client is gone: nothing is billed from that day on."),
    "carry": gettext_lazy(
        "The last accepted count stands until the next one arrives, and is billed as an estimate."
    ),
}


class Change(NamedTuple):
    """What the lines come to afterwards, against now."""

    currency: str
    amount: Decimal
    difference: Decimal
    held: Decimal


class Option(NamedTuple):
    """A decision with what it does."""

    key: str
    label: str
    about: str
    units: str
    holds: int
    changes: list[Change]
    refusal: str


class Shown(NamedTuple):
    """A hold with its reason in words."""

    row: HeldRow
    words: str


class HoldForm(forms.Form):
    """Which decision, from which day on, and why."""

    decision = forms.ChoiceField(choices=DECISIONS, error_messages={"required": gettext_lazy(
        "Choose one. Nothing was changed."
    )})  # fmt: skip
    day = forms.DateField(
        label=gettext_lazy("From another day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy(
            "Empty: from the first day of each hold. The numbers above are for that."
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("It stays readable beside the decision."),
    )


@page(Permission.DECIDE)
def hold_decision(request: HttpRequest) -> HttpResponseBase:
    """Show what each option does to the bill in numbers, and store the one that is chosen."""
    sent = request.POST if request.method == "POST" else request.GET
    ids = sent.getlist("row")
    if len(ids) > _MOST:
        raise InvalidInput(
            field="row",
            message=_("row: %(most)s can be decided at once. Nothing was changed. Pick fewer.")
            % {"most": _MOST},
        )
    rows = held_rows(set(ids))
    is_sent = request.method == "POST" and "sure" in request.POST
    form = HoldForm(request.POST if is_sent else None)
    status = 200
    if is_sent and form.is_valid():
        try:
            return _stored(request, form, rows)
        except IcbError as error:
            add_error(form, error=error)
            status = status_of(error)
    elif is_sent:
        status = 422
    now = standing_money(_picked(rows))
    context = {
        "rows": [Shown(row, reason_words(row.reason)) for row in rows],
        "gone": len(set(ids)) - len(rows),
        "form": form,
        "now": now,
        "options": _options(rows, now),
        "total": len(_picked(rows)),
        "is_double": any(row.reason == "double_mapping" for row in rows),
        "next": back_address(request, usual=reverse("holds")),
        "chosen": form["decision"].value() or "",
    }
    return render(request, "usage/hold_decision.html", context, status=status)


def _stored(request: HttpRequest, form: HoldForm, rows: Sequence[HeldRow]) -> HttpResponseBase:
    """Decide those for which it can be done, and say how many were left."""
    decision, day = form.cleaned_data["decision"], form.cleaned_data["day"]
    fitting = _picked(_fitting(rows, decision), day)
    effect = decision_effect(fitting, decision=decision, among=fitting)
    if not effect.possible:
        raise InvalidInput(
            field="decision",
            message=effect.refusal
            or _("decision: it fits none of the holds that still stand. Nothing was changed."),
        )
    count = decide_each(effect.possible, decision=decision, reason=form.cleaned_data["reason"])
    said = ngettext("%(count)s hold decided.", "%(count)s holds decided.", count)
    messages.success(request, said % {"count": count})
    if left := len(_picked(rows)) - count:
        messages.warning(
            request,
            ngettext(
                "%(count)s waits still: this decision does not fit it.",
                "%(count)s wait still: this decision does not fit them.",
                left,
            )
            % {"count": left},
        )
    return redirect(back_address(request, usual=reverse("holds")))


def _picked(rows: Sequence[HeldRow], day: date | None = None) -> list[HoldDecision]:
    """What is decided: each key once, from its first held day or the one that was given."""
    found: dict[tuple[str, str, str], HoldDecision] = {}
    for row in rows:
        if row.reason not in _OPTIONS:
            continue
        place = (row.module, row.module_organization, row.billing_type)
        found.setdefault(place, HoldDecision(row.module, day or row.from_day, *place[1:]))
    return list(found.values())


def _fitting(rows: Sequence[HeldRow], decision: str) -> list[HeldRow]:
    return [row for row in rows if decision in _OPTIONS.get(row.reason, ())]


def _options(rows: Sequence[HeldRow], now: Sequence[Money]) -> list[Option]:
    """Every option that fits some of the holds, with what it does to what lines come to now."""
    among, found = _picked(rows), []
    for key, label in DECISIONS:
        fitting = _fitting(rows, key)
        if not fitting:
            continue
        effect = decision_effect(_picked(fitting), decision=key, among=among)
        found.append(
            Option(
                key,
                str(label),
                str(_ABOUT[key]),
                _units(fitting, key) if effect.possible else "",
                len(effect.possible),
                _changes(now, effect),
                effect.refusal,
            )
        )
    return found


def _changes(now: Sequence[Money], effect: Effect) -> list[Change]:
    """Each currency afterwards against now; one that is gone comes to nothing."""
    before = {money.currency: money.amount for money in now}
    after = {money.currency: money for money in effect.money}
    nothing = Decimal(0)
    return [
        Change(
            currency,
            after[currency].amount if currency in after else nothing,
            (after[currency].amount if currency in after else nothing)
            - before.get(currency, nothing),
            after[currency].held if currency in after else nothing,
        )
        for currency in sorted({*before, *after})
        if effect.possible
    ]


def _units(rows: Sequence[HeldRow], decision: str) -> str:
    """The units that count afterwards, where it is about one hold."""
    if len(rows) != 1:
        return ""
    row = rows[0]
    if decision == "departed":
        return _("%(before)s → none") % {"before": row.carried}
    if decision == "accept":
        said = row.said or ("" if row.reason in _GUARDS else _("none"))
        return f"{row.carried} → {said}" if row.carried and said else said
    return _("%(units)s stay") % {"units": row.carried} if row.carried else ""
