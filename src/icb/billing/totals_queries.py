"""How many drafts wait and what they come to, each currency by itself; in the database."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Case, CharField, Count, Q, Sum, Value, When

from icb.billing.models import BillingItem, DraftItem
from icb.billing.stamp import item_stamp
from icb.foundation.providers import local_today
from icb.foundation.remembered import Memory
from icb.kernel.money import format_minor, to_minor


class DraftTotals(NamedTuple):
    """How many drafts are ready to be posted and how many are held, and what each come to as plain
    amount and currency; `ever` counts drafts and posted items, of which 0 means a new book."""

    ready: int
    held: int
    ready_amounts: list[tuple[str, str]]
    held_amounts: list[tuple[str, str]]
    ever: int


_memory: Memory[DraftTotals] = Memory()


def draft_totals() -> DraftTotals:
    """What waits to be approved and posted; drafts that are deferred to a later day do not.

    Remembered until a draft changes.
    """
    return _memory.answer("all", stamp=item_stamp(), make=_draft_totals)


def _draft_totals() -> DraftTotals:
    later = Q(deferred_until__gt=local_today())
    state = Case(
        When(held="", then=Value("ready")), default=Value("held"), output_field=CharField()
    )
    found = DraftItem.objects.exclude(later).annotate(state=state).order_by("currency")
    counts = {"ready": 0, "held": 0}
    amounts: dict[str, list[tuple[str, str]]] = {"ready": [], "held": []}
    for word, currency, number, total in found.values_list("state", "currency").annotate(
        number=Count("pk"), total=Sum("amount")
    ):
        counts[word] += number
        amounts[word].append((format_minor(to_minor(total, currency), currency), currency))
    ever = sum(counts.values()) or int(BillingItem.objects.exists())
    return DraftTotals(counts["ready"], counts["held"], amounts["ready"], amounts["held"], ever)
