"""From Pax8's companies and subscriptions to counts: quantity by company and product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from icb.hub.ports import IncompleteAnswer, Seen, UsageCount
from icb.modules.reading import Record

# A subscription that waits for its cancellation runs, and is charged, until that is carried out;
# one that needs activation is charged once it is activated.
RUNNING = frozenset({"Active", "Activated", "PendingCancel"})
TRIAL, DELETED = "trial", "deleted company"
_REASONS = {
    "Trial": TRIAL,
    "Converted": "trial that was converted",
    "Cancelled": "cancelled",
    "PendingManual": "not provisioned yet",
    "PendingAutomated": "not provisioned yet",
    "WaitingForDetails": "not provisioned yet",
    "PendingActivation": "not activated yet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One company. A deleted one without subscriptions is no client any more."""

    seen: Seen
    is_deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription. `reason` says why it is not counted; empty for those that are.

    `unknown` is a status that the table does not hold: not counted, and named.
    """

    company: str
    product: str
    name: str
    quantity: int | Decimal
    reason: str
    unknown: str


def read_company(row: Record) -> Company:
    """A row of the list of companies."""
    seen = Seen(
        id=row.key("id"),
        name=row.text("name"),
        domain=domain_of(row.text_or("website")),
        hint=row.key_or("externalId"),
    )
    return Company(seen=seen, is_deleted=row.text_or("status") == "Deleted")


def domain_of(website: str) -> str:
    """The domain of a website's address; empty where the text is no address."""
    try:
        host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.") if "." in host else ""


def read_subscription(row: Record) -> Subscription:
    """A row of the list of subscriptions. What is counted must have a quantity."""
    status = row.text("status")
    is_running = status in RUNNING
    reason = "" if is_running else _REASONS.get(status, "")
    if is_running and row.text_or("billingTerm") == "Trial":
        reason = TRIAL
    is_counted = is_running and not reason
    return Subscription(
        company=row.key("companyId"),
        product=row.key("productId"),
        name=row.text_or("productName"),
        quantity=row.amount("quantity") if is_counted else 0,
        reason=reason,
        unknown="" if is_running or reason else status,
    )


def check_companies(subscriptions: Iterable[Subscription], *, companies: Iterable[Company]) -> None:
    """Raises IncompleteAnswer where a counted subscription's company is not in the list."""
    known = {company.seen.id for company in companies}
    missing = [one.company for one in subscriptions if is_counted(one) and one.company not in known]
    if missing:
        raise IncompleteAnswer(
            "The list of companies is not whole: there are subscriptions of company "
            f"{missing[0]}, which it does not hold. Nothing was stored; it is read again later."
        )


def is_counted(subscription: Subscription) -> bool:
    """Whether the subscription's quantity is billed."""
    return not subscription.reason and not subscription.unknown


def clients(companies: Iterable[Company], *, subscriptions: Iterable[Subscription]) -> list[Seen]:
    """The companies that can have counts: all but deleted ones that never had a subscription."""
    holders = {one.company for one in subscriptions}
    return [
        company.seen
        for company in companies
        if not company.is_deleted or company.seen.id in holders
    ]


def billing_types(subscriptions: Iterable[Subscription]) -> tuple[str, ...]:
    """A type for each product that was ever subscribed: when the last one ends, it is a zero.

    Its key is the product's id. Names change, several products share one, and the SKU of the vendor
    behind Pax8 comes late or never.
    """
    return tuple(sorted({one.product for one in subscriptions}))


def names(subscriptions: Iterable[Subscription]) -> dict[str, str]:
    """What each product is called in its newest subscription that has a name."""
    return {one.product: one.name for one in subscriptions if one.name}


def counts(
    subscriptions: Sequence[Subscription], *, organizations: Iterable[Seen]
) -> Iterator[UsageCount]:
    """The quantity of each product at each company, zeros too."""
    found: dict[tuple[str, str], int | Decimal] = {}
    for one in filter(is_counted, subscriptions):
        key = one.company, one.product
        found[key] = found.get(key, 0) + one.quantity
    types = billing_types(subscriptions)
    for seen in organizations:
        for billing_type in types:
            count = found.get((seen.id, billing_type), 0)
            yield UsageCount(organization=seen.id, billing_type=billing_type, count=count)
