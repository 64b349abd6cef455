"""From Huntress' figures for one organization to counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from icb.hub.ports import Seen, UsageCount
from icb.modules.reading import Record

AGENTS = "agents"
IDENTITIES = "billable_identities"
# Billing type and the field of the list of organizations that holds it.
SUMMARY = {
    AGENTS: "agents_count",
    IDENTITIES: "billable_identity_count",
    "sat_learners": "sat_learner_count",
    "siem_sources": "logs_sources_count",
}
EDR, ITDR, ISPM = "edr_billable_agents", "itdr_billable_identities", "ispm_billable_identities"
DETAILS = (EDR, ITDR, ISPM)
# The products that the fields above speak of; any other is named as unknown.
PRODUCTS = ("edr", "itdr", "ispm", "sat", "siem")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The counts of one organization, and the products that no billing type speaks of."""

    counts: Mapping[str, int]
    unknown: tuple[str, ...] = ()

    def rows(self, organization: str) -> Iterator[UsageCount]:
        """The counts as the port wants them."""
        for billing_type, count in self.counts.items():
            yield UsageCount(organization=organization, billing_type=billing_type, count=count)


def read_organization(row: Record) -> Seen:
    """A row of the list of organizations."""
    created = row.instant_or_none("created_at")
    return Seen(
        id=row.key("id"), name=row.text("name"), created_on=created.date() if created else None
    )


def summary(row: Record) -> Usage:
    """What the list of organizations says; each figure must be there."""
    return Usage(counts={name: row.whole(field) for name, field in SUMMARY.items()})


def details(organization: Record) -> Usage:
    """What an organization's own page says of the products that are active there.

    A product that is not active is not listed, which is a zero. Identities add up over the
    identity providers of the organization.
    """
    usages = organization.record("actual_usages")
    edr = usages.record_or_none("edr")
    counts = {EDR: edr.whole("billable_agents_count") if edr else 0}
    for billing_type, product in ((ITDR, "itdr"), (ISPM, "ispm")):
        providers = usages.records(product) if usages.holds(product) else []
        counts[billing_type] = sum(each.whole("billable_identities_count") for each in providers)
    unknown = tuple(name for name in usages.names() if name not in PRODUCTS)
    return Usage(counts=counts, unknown=unknown)
