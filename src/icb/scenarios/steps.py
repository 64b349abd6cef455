"""The steps of a timeline: one class a verb, and the reader that finds the verb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from icb.contracts.inputs import NewContract
from icb.kernel.days import DayRange
from icb.rating.terms import UnitChanges
from icb.scenarios import fields as kinds
from icb.scenarios.fields import Field
from icb.scenarios.header import ENTRIES, contract, tax_part, tier
from icb.scenarios.payment_steps import Pay, Reverse
from icb.scenarios.places import Place, closest
from icb.scenarios.tax_steps import Exempt, SetTax


class RawRow(NamedTuple):
    """A row of a module's answer, as it came."""

    organization: str
    billing_type: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive:
    """A module's answer, one snapshot for each day."""

    module: str
    days: DayRange
    rows: tuple[RawRow, ...]
    complete: bool = True
    revision: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    created: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveEvent:
    """One pushed count."""

    module: str
    id: str
    billing_type: str
    count: Any
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncFailed:
    """Days whose sync gave nothing."""

    module: str
    days: DayRange
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The bill run."""

    through: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Approve and post."""

    organization: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """Consolidate and issue."""

    organization: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Bill, post and invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpost:
    """Take a posted item back: `last`, or its number in the list of items, from 1."""

    item: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """Declare a document void."""

    invoice: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Credit an invoice: in full, some of its lines, or a net amount."""

    invoice: str
    lines: tuple[int, ...] | None = None
    net: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrice:
    """A dated price, with tiers where the pricing has them."""

    contract: str
    service: str
    from_day: date
    price: Decimal | None = None
    tiers: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUnits:
    """Dated units of a service that no count drives."""

    contract: str
    service: str
    units: Decimal
    from_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUnitChanges:
    """How unit changes are billed from the next period on."""

    contract: str
    module: str
    billing_type: str
    unit_changes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOrganization:
    """A module organization belongs to an organization; without one it is ignored."""

    module: str
    id: str
    organization: str = ""
    from_day: date | None = None
    until: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmapOrganization:
    """A module organization belongs to nobody from a day on."""

    module: str
    id: str
    from_day: date
    organization: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapService:
    """A billing type drives a contract service."""

    contract: str
    module: str
    billing_type: str
    service: str
    unit_changes: str = ""
    from_day: date | None = None
    until: date | None = None
    also: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """A billing type makes no item on a contract; with `id`, a module organization makes none."""

    module: str
    contract: str = ""
    billing_type: str = ""
    id: str = ""
    from_day: date | None = None
    until: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmapService:
    """A billing type drives nothing on a contract from a day on."""

    contract: str
    module: str
    billing_type: str
    from_day: date
    service: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddContract:
    """A contract signed while the story runs."""

    contract: NewContract


@dataclass(frozen=True, slots=True, kw_only=True)
class EndContract:
    """The last day of a contract."""

    contract: str
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimezone:
    """The provider's zone from a local date on."""

    timezone: str
    from_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """The answer to a hold."""

    decision: str
    from_day: date
    organization: str | None = None
    module: str | None = None
    id: str | None = None
    billing_type: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the timeline: what is done, when (None: the verb's own time) and where."""

    verb: str
    does: Any
    on: date | datetime | None
    line: int
    path: str


class Verb(NamedTuple):
    """How the fields of a verb are read and what they make."""

    makes: type[Any]
    fields: Mapping[str, Field]
    required: tuple[str, ...] = ()


_OWN_TIME = ("receive", "receive_event", "sync_failed")
_RENAMED = {"from": "from_day", "amount": "net"}
_PAIR = {"module": kinds.key, "id": kinds.key}
_DRIVES = {"contract": kinds.key, "module": kinds.key, "billing_type": kinds.key}
_DATED = {"from": kinds.day, "until": kinds.day, "reason": kinds.text}
_SINCE = {"from": kinds.day, "reason": kinds.text}
_SERVICE = {"contract": kinds.key, "service": kinds.key, "from": kinds.day}
_POLICY = {"unit_changes": kinds.choice(UnitChanges)}
_DECISIONS = ("accept", "reject", "departed", "carry")


def _row(place: Place) -> RawRow:
    values = list(place.items())
    if len(values) != 3:
        place.fail("a row has three values: module organization id, billing type, count")
    return RawRow(values[0].text(), values[1].text(), kinds.raw_count(values[2]))


def _counts(place: Place) -> tuple[RawRow, ...]:
    return tuple(
        RawRow(organization, billing_type, kinds.raw_count(value))
        for organization, counts in place.fields().items()
        for billing_type, value in counts.fields().items()
    )


VERBS: Mapping[str, Verb] = {
    "receive": Verb(
        Receive,
        {
            "module": kinds.key,
            "days": kinds.days,
            "counts": _counts,
            "rows": kinds.many(_row),
            "complete": kinds.flag,
            "revision": kinds.integer,
            "names": kinds.named(kinds.text),
            "created": kinds.named(kinds.day),
        },
        ("module", "days"),
    ),
    "receive_event": Verb(
        ReceiveEvent,
        {**_PAIR, "billing_type": kinds.key, "count": kinds.raw_count, "at": kinds.instant},
        ("module", "id", "billing_type", "at"),
    ),
    "sync_failed": Verb(
        SyncFailed,
        {"module": kinds.key, "days": kinds.days, "reason": kinds.text},
        ("module", "days"),
    ),
    "bill": Verb(Bill, {"through": kinds.day}),
    "post": Verb(Post, {"organization": kinds.key}),
    "invoice": Verb(Invoice, {"organization": kinds.key}),
    "close": Verb(Close, {}),
    "unpost": Verb(Unpost, {"item": kinds.key, "reason": kinds.text}, ("item",)),
    "void": Verb(Void, {"invoice": kinds.key, "reason": kinds.text}, ("invoice",)),
    "pay": Verb(
        Pay,
        {
            "organization": kinds.key,
            "received": kinds.number,
            "received_on": kinds.day,
            "currency": kinds.key,
            "invoice": kinds.key,
        },
        ("organization", "received"),
    ),
    "reverse": Verb(Reverse, {"payment": kinds.key, "reason": kinds.text}, ("payment",)),
    "credit": Verb(
        Credit,
        {
            "invoice": kinds.key,
            "lines": kinds.many(kinds.integer),
            "net": kinds.number,
            "amount": kinds.number,
            "reason": kinds.text,
        },
        ("invoice",),
    ),
    "set_price": Verb(
        SetPrice,
        {**_SERVICE, "price": kinds.number, "tiers": kinds.many(tier)},
        ("contract", "service", "from"),
    ),
    "set_units": Verb(
        SetUnits, {**_SERVICE, "units": kinds.number}, ("contract", "service", "units", "from")
    ),
    "set_unit_changes": Verb(
        SetUnitChanges,
        {**_DRIVES, **_POLICY},
        ("contract", "module", "billing_type", "unit_changes"),
    ),
    "map_organization": Verb(
        MapOrganization,
        {**_PAIR, "organization": kinds.key, **_DATED},
        ("module", "id", "organization"),
    ),
    "unmap_organization": Verb(
        UnmapOrganization,
        {**_PAIR, "organization": kinds.key, **_SINCE},
        ("module", "id", "from"),
    ),
    "map_service": Verb(
        MapService,
        {**_DRIVES, "service": kinds.key, **_POLICY, **_DATED, "also": kinds.flag},
        ("contract", "module", "billing_type", "service"),
    ),
    "ignore": Verb(Ignore, {**_DRIVES, "id": kinds.key, **_DATED}, ("module",)),
    "unmap_service": Verb(
        UnmapService,
        {**_DRIVES, "service": kinds.key, **_SINCE},
        ("contract", "module", "billing_type", "from"),
    ),
    "add_contract": Verb(AddContract, ENTRIES["contracts"].fields, ENTRIES["contracts"].required),
    "end_contract": Verb(
        EndContract, {"contract": kinds.key, "ends_on": kinds.day}, ("contract", "ends_on")
    ),
    "set_timezone": Verb(
        SetTimezone, {"timezone": kinds.text, "from": kinds.day}, ("timezone", "from")
    ),
    "set_tax": Verb(
        SetTax,
        {
            "tax": kinds.key,
            "from": kinds.day,
            "region": kinds.text,
            "percent": kinds.number,
            "parts": kinds.many(tax_part),
        },
        ("tax",),
    ),
    "exempt": Verb(
        Exempt,
        {"organization": kinds.key, **_DATED, "tax": kinds.key, "certificate": kinds.text},
        ("organization", "from"),
    ),
    "decide": Verb(
        Decide,
        {
            "organization": kinds.key,
            **_PAIR,
            "billing_type": kinds.key,
            **_SINCE,
            "decision": kinds.choice(_DECISIONS),
        },
        ("from", "decision"),
    ),
}


def read_step(place: Place) -> Step:
    """One entry of the timeline: `on` and exactly one verb."""
    given = place.fields()
    verbs = [name for name in given if name != "on"]
    for name in verbs:
        if name not in VERBS:
            given[name].fail(
                f"unknown verb.{closest(name, known=VERBS)} Allowed: {', '.join(VERBS)}"
            )
    if len(verbs) != 1:
        place.fail(f"a step has one verb, this one has {len(verbs)}")
    name = verbs[0]
    when = given.get("on")
    if (when is None or when.is_null) and name not in _OWN_TIME:
        place.fail(f"{name} needs `on`: the date it happens")
    on = kinds.day_or_instant(when) if when is not None and not when.is_null else None
    return Step(name, _read_verb(name, given[name]), on, place.line, place.path)


def _read_verb(name: str, place: Place) -> Any:
    verb = VERBS[name]
    if verb.makes is AddContract:
        return AddContract(contract=contract(place))
    given = kinds.record(place, fields=verb.fields, required=verb.required)
    if name in _CHECKS:
        _CHECKS[name](place, given)
    return verb.makes(**{_RENAMED.get(key, key): value for key, value in given.items()})


def _check_receive(place: Place, given: dict[str, Any]) -> None:
    _exactly_one(place, given, ("counts", "rows"))
    if "counts" in given:
        given["rows"] = given.pop("counts")


def _check_event(place: Place, given: dict[str, Any]) -> None:
    if "count" not in place.fields():
        place.fail("the field count is missing")
    given.setdefault("count", None)


def _check_credit(place: Place, given: dict[str, Any]) -> None:
    if len({"lines", "net", "amount"} & set(given)) > 1:
        place.fail("give either lines or net, not both")


def _check_price(place: Place, given: dict[str, Any]) -> None:
    if "price" not in given and "tiers" not in given:
        place.fail("the field price is missing")


def _check_ignore(place: Place, given: dict[str, Any]) -> None:
    _exactly_one(place, given, ("contract", "id"))
    if "contract" in given and "billing_type" not in given:
        place.fail("the field billing_type is missing")
    if "id" in given and "billing_type" in given:
        place.fail("a module organization is ignored as a whole; leave billing_type out")


def _check_decide(place: Place, given: dict[str, Any]) -> None:
    _exactly_one(place, given, ("organization", "module"))
    if "id" in given and "module" not in given:
        place.fail("id needs its module")


def _exactly_one(place: Place, given: dict[str, Any], names: tuple[str, ...]) -> None:
    if sum(name in given for name in names) != 1:
        place.fail(f"give exactly one of {', '.join(names)}")


_CHECKS = {
    "receive": _check_receive,
    "receive_event": _check_event,
    "credit": _check_credit,
    "set_price": _check_price,
    "ignore": _check_ignore,
    "decide": _check_decide,
}
