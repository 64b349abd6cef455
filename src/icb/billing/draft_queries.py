"""Drafts and posted items as people look through them: with names, state and what is different.

What an item is compared with is what is posted of the same line for the period before, with its
corrections. A service's module is the first that was mapped to it, so that no item counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Abs, Coalesce, NullIf

from icb.billing.models import BillingItem, DraftItem, ItemToInvoice
from icb.billing.stamp import item_stamp
from icb.billing.variance import Measure, Variance, variance
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.fields import AMOUNT_SCALE, MICRO_SCALE, AmountField
from icb.foundation.listing import (
    Asked,
    Kind,
    Page,
    Wanted,
    check_choices,
    narrowed,
    page_of,
    page_of_rows,
)
from icb.foundation.providers import local_today
from icb.foundation.remembered import Memory
from icb.kernel.days import ONE_DAY
from icb.kernel.errors import NotFound
from icb.mapping.models import ServiceMapping

STATES = ("ready", "estimated", "held", "deferred")


class ShownItem(NamedTuple):
    """A draft or posted item. `state` is ready, estimated (ready, with estimated days), held,
    deferred or posted; `service` and `module` are blank for what has none. `last_day` is the
    period's. `variance` is None where there is no period before to compare with."""

    id: int
    organization: str
    organization_name: str
    contract: str
    service: str
    service_name: str
    module: str
    module_name: str
    kind: str
    line: str
    period_start: date
    last_day: date
    effective_on: date
    units: Decimal
    unit_days: Decimal
    unit_price: Decimal | None
    days_in_period: int
    estimated_days: int
    amount: Decimal
    currency: str
    state: str
    held: str
    deferred_until: date | None
    reason: str
    actor: str
    working: str
    contract_service: int | None
    variance: Variance | None = None


class Total(NamedTuple):
    """How many items are in a state and what they come to, in one currency; `without_sign` is the
    sum of charges and credits alike, which is what limits are compared with."""

    state: str
    currency: str
    items: int
    amount: Decimal
    without_sign: Decimal


class OrganizationTotal(NamedTuple):
    """What waits for one organization in one currency, by state."""

    organization: str
    organization_name: str
    currency: str
    items: int
    ready: Decimal
    estimated: Decimal
    held: Decimal
    deferred: Decimal
    amount: Decimal


_FIELDS = (
    "id",
    "organization__key",
    "organization__name",
    "contract__key",
    "contract_service__key",
    "contract_service__service__name",
    "module",
    "module_name",
    "kind",
    "line",
    "period_start",
    "period_end",
    "effective_on",
    "units",
    "unit_days",
    "unit_price",
    "days_in_period",
    "estimated_days",
    "amount",
    "currency",
    "state",
    "held_for",
    "deferred_to",
    "reason",
    "actor",
    "working",
    "contract_service_id",
)
_END = _FIELDS.index("period_end")
_SERVICE = tuple(
    place for place, name in enumerate(_FIELDS) if name.startswith("contract_service__")
)
ASKED = {
    "organization": Asked("organization__name", is_searched=True),
    "organization_key": Asked("organization__key", Kind.CHOICE),
    "contract": Asked("contract__key", is_searched=True),
    "service": Asked("contract_service__service__name", is_searched=True),
    "module": Asked("module", Kind.CHOICE),
    "kind": Asked("kind", Kind.CHOICE),
    "period": Asked("period_start", Kind.DAY),
    "units": Asked("units", Kind.NUMBER),
    "unit_price": Asked("unit_price", Kind.NUMBER),
    "amount": Asked("amount", Kind.NUMBER),
    "currency": Asked("currency", Kind.CHOICE),
    "state": Asked("state", Kind.CHOICE),
    "estimated": Asked("estimated_days", Kind.NUMBER),
    "variance": Asked("difference", Kind.NUMBER),
    "percent": Asked("percent", Kind.NUMBER),
}
_COMPARED = ("variance", "percent")


def draft_page(wanted: Wanted) -> Page[ShownItem]:
    """One page of the drafts, by organization, contract and period."""
    page = page_of(_drafts(wanted), wanted=wanted, columns=ASKED, fields=_FIELDS, make=_shown)
    return page._replace(rows=_compared(page.rows))


def posted_page(wanted: Wanted) -> Page[ShownItem]:
    """One page of the posted items that are on no document, the newest first."""
    found = _named(BillingItem.objects.filter(pk__in=_waiting()), wanted)
    found = found.annotate(
        state=Value("posted"), held_for=Value(""), deferred_to=Value(None, output_field=_DATE)
    ).order_by("-pk")
    page = page_of(found, wanted=wanted, columns=ASKED, fields=_FIELDS, make=_shown)
    return page._replace(rows=_compared(page.rows))


def draft_ids(wanted: Wanted) -> list[int]:
    """The drafts that fit the words and conditions, whatever the page."""
    found = narrowed(_drafts(wanted), wanted=wanted, columns=ASKED)
    return list(found.order_by("pk").values_list("pk", flat=True))


def totals_of(wanted: Wanted) -> Sequence[Total]:
    """What the drafts that fit come to, by state and currency; remembered until one changes."""
    asked = (wanted.search, *sorted(wanted.conditions.items()))
    return _totals.answer(asked, stamp=item_stamp(), make=lambda: _totals_of(wanted))


def _totals_of(wanted: Wanted) -> list[Total]:
    found = narrowed(_drafts(wanted), wanted=wanted, columns=ASKED).order_by("currency", "state")
    rows = found.values_list("state", "currency").annotate(
        items=Count("pk"), sum=Sum("amount"), without_sign=Sum(Abs("amount"))
    )
    return [Total(*row) for row in rows]


def totals_of_drafts(ids: Iterable[int]) -> list[Total]:
    """What these drafts come to, by state and currency."""
    condition, params = ids_in("id", ids=ids)
    rows = fetch(
        f"SELECT {_STATE_SQL} AS state, currency, COUNT(*), SUM(amount), SUM(ABS(amount)) "
        "FROM draft_item "
        f"WHERE {condition} GROUP BY 1, 2 ORDER BY 2, 1",
        [local_today(), *params],
    )
    return [
        Total(state, code, count, _money(total), _money(without_sign))
        for state, code, count, total, without_sign in rows
    ]


def drafts_version(ids: Iterable[int]) -> str:
    """Another text as soon as one of these drafts is gone, or would be posted otherwise."""
    condition, params = ids_in("id", ids=ids)
    rows = fetch(
        f"SELECT id, amount, held, deferred_until FROM draft_item WHERE {condition} ORDER BY id",
        params,
    )
    return digest(canonical_json([[*row] for row in rows]))


def organization_count(ids: Iterable[int]) -> int:
    """Of how many organizations these drafts are."""
    condition, params = ids_in("id", ids=ids)
    sql = f"SELECT COUNT(DISTINCT organization_id) FROM draft_item WHERE {condition}"
    return int(fetch(sql, params)[0][0])


_STATE_SQL = (
    "CASE WHEN held <> '' THEN 'held' WHEN deferred_until > %s THEN 'deferred' "
    "WHEN estimated_days > 0 THEN 'estimated' ELSE 'ready' END"
)
_GROUPED = {
    "organization": Asked("organization_name", is_searched=True),
    "currency": Asked("currency", Kind.CHOICE),
    "items": Asked("items", Kind.NUMBER),
    "amount": Asked("amount", Kind.NUMBER),
}
_totals: Memory[Sequence[Total]] = Memory()
_by_organization: Memory[Sequence[OrganizationTotal]] = Memory(most=8)


def organization_totals(wanted: Wanted) -> Page[OrganizationTotal]:
    """What waits for each organization, each currency by itself; remembered until a draft changes.

    There are as many rows as organizations, and all of them are added up for any page.
    """
    rows = _by_organization.answer("all", stamp=item_stamp(), make=_organization_totals)
    return page_of_rows(rows, wanted=wanted, columns=_GROUPED)


def _organization_totals() -> list[OrganizationTotal]:
    sums = {
        f"{state}_sum": Coalesce(Sum("amount", filter=Q(state=state)), _ZERO) for state in STATES
    }
    found = (
        _with_state(DraftItem.objects.all())
        .order_by("organization__name", "currency")
        .values("organization__key", "organization__name", "currency")
        .annotate(items=Count("pk"), sum=Sum("amount"), **sums)
    )
    names = ("organization__key", "organization__name", "currency", "items", *sums, "sum")
    return [OrganizationTotal(*row) for row in found.values_list(*names)]


def shown_item(id: int) -> ShownItem:
    """One draft or posted item; NotFound where there is none."""
    drafts = _drafts(Wanted()).filter(pk=id)
    posted = _named(BillingItem.objects.filter(pk=id, unposting__isnull=True), Wanted()).annotate(
        state=Case(
            When(pk__in=_waiting(), then=Value("posted")),
            default=Value("invoiced"),
            output_field=CharField(),
        ),
        held_for=Value(""),
        deferred_to=Value(None, output_field=_DATE),
    )
    for found in (drafts, posted):
        rows = [_shown(row) for row in found.values_list(*_FIELDS)]
        if rows:
            return _compared(rows)[0]
    raise NotFound(
        "unknown_item",
        f"There is no item {id}. It may have been replaced by a newer run, or taken back.",
        item=str(id),
    )


_DATE: Any = DateField()
_ZERO = Value(Decimal(0), output_field=AmountField())


def _drafts(wanted: Wanted) -> Any:
    check_choices(wanted, column="state", among=STATES)
    found = _with_state(_named(DraftItem.objects.all(), wanted))
    return found.order_by("organization__name", "contract__key", "period_start", "pk")


def _with_state(drafts: Any) -> Any:
    state = Case(
        When(~Q(held=""), then=Value("held")),
        When(deferred_until__gt=local_today(), then=Value("deferred")),
        When(estimated_days__gt=0, then=Value("estimated")),
        default=Value("ready"),
        output_field=CharField(),
    )
    return drafts.annotate(state=state, held_for=F("held"), deferred_to=F("deferred_until"))


def _waiting() -> Any:
    return ItemToInvoice.objects.values("item_id")


def _named(items: Any, wanted: Wanted) -> Any:
    first = ServiceMapping.objects.filter(contract_service=OuterRef("contract_service"))
    connection = first.order_by("pk").values("billing_type__connection__key")[:1]
    name = first.order_by("pk").values("billing_type__connection__name")[:1]
    blank = Value("")
    items = items.annotate(
        module=Coalesce(Subquery(connection), blank),
        module_name=Coalesce(Subquery(name), blank),
    )
    asked = {*wanted.conditions, wanted.sort.lstrip("-")}
    return _with_difference(items) if asked.intersection(_COMPARED) else items


def _with_difference(items: Any) -> Any:
    """Only where somebody asks for it: it looks for each item's period before."""
    before = (
        BillingItem.objects.filter(
            contract_service=OuterRef("contract_service"),
            line=OuterRef("line"),
            period_end=OuterRef("period_start"),
            unposting__isnull=True,
        )
        .order_by()
        .values("line")
        .annotate(sum=Sum("amount"))
        .values("sum")
    )
    whole = BigIntegerField()
    # In per cent, towards zero: a filter, not an amount.
    per_cent = Abs(_whole("difference") * 100) / NullIf(Abs(_whole("before")), Value(0))
    money = AmountField()
    recurring = When(kind="recurring", then=Subquery(before, output_field=money))
    compared = items.annotate(before=Case(recurring, output_field=money))
    compared = compared.annotate(
        difference=ExpressionWrapper(F("amount") - F("before"), output_field=money)
    )
    return compared.annotate(
        percent=Case(When(before__isnull=False, then=per_cent), output_field=whole)
    )


def _whole(name: str) -> Any:
    """A column of amounts as the whole number that it is stored as."""
    return ExpressionWrapper(F(name) * 1, output_field=BigIntegerField())


def _shown(row: tuple[Any, ...]) -> ShownItem:
    values = list(row)
    values[_END] -= ONE_DAY
    for place in _SERVICE:
        values[place] = values[place] or ""  # an item of the contract itself has none
    return ShownItem(*values)


def _compared(rows: Iterable[ShownItem]) -> list[ShownItem]:
    """The rows with what is different from the period before."""
    found = list(rows)
    asked = {
        (row.contract_service, row.line, row.period_start)
        for row in found
        if row.contract_service is not None and row.kind == "recurring"
    }
    before = _measures_before(asked) if asked else {}
    compared = []
    for row in found:
        earlier = before.get((row.contract_service, row.line, row.period_start))
        if earlier is None or row.kind != "recurring":
            compared.append(row)
            continue
        now = Measure(row.amount, row.units, row.unit_days, row.unit_price, row.days_in_period)
        compared.append(row._replace(variance=variance(now, before=earlier)))
    return compared


def _measures_before(asked: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], Measure]:
    wanted = set(asked)
    condition, params = ids_in("i.contract_service_id", ids={service for service, _, _ in wanted})
    days = sorted({start for _, _, start in wanted})
    marks = ", ".join(["%s"] * len(days))
    rows = fetch(
        f"""
        SELECT i.contract_service_id, i.line, i.period_end, SUM(i.amount), SUM(i.units),
               SUM(i.unit_days), MAX(CASE WHEN i.kind = 'recurring' THEN i.unit_price END),
               MAX(i.days_in_period)
        FROM billing_item i
        WHERE {condition} AND i.period_end IN ({marks})
          AND NOT EXISTS (SELECT 1 FROM unposting u WHERE u.item_id = i.id)
        GROUP BY i.contract_service_id, i.line, i.period_end
        """,
        [*params, *days],
    )
    return {
        (service, line, end): Measure(
            _money(amount), _units(units), _units(unit_days), _units(price), days
        )
        for service, line, end, amount, units, unit_days, price, days in rows
    }


def _money(stored: int) -> Decimal:
    return Decimal(stored).scaleb(-AMOUNT_SCALE)


def _units(stored: int | None) -> Any:
    return None if stored is None else Decimal(stored).scaleb(-MICRO_SCALE)
