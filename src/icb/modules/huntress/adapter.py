"""The adapter of Huntress: agents, identities, learners and log sources by organization."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from urllib.parse import quote

from icb.hub.ports import (
    Capability,
    ConnectionTest,
    DaySnapshot,
    Description,
    Item,
    Manifest,
    Reach,
    Seen,
    Session,
    SettingField,
    UsageCount,
)
from icb.modules.huntress.listing import HOST, Listing, ask, read_both_ways, read_list
from icb.modules.huntress.usage import (
    AGENTS,
    DETAILS,
    IDENTITIES,
    SUMMARY,
    details,
    read_organization,
    summary,
)
from icb.modules.reading import Record

ORGANIZATIONS_PATH = "/v1/organizations"
ORGANIZATION_PATH = "/v1/organizations/{id}"
AGENTS_PATH = "/v1/agents"
IDENTITIES_PATH = "/v1/identities"

DESCRIPTION = Description(
    key="huntress",
    module="huntress",
    name="Huntress",
    version="1",
    settings=(
        SettingField(name="api_key", label="API key", help="The public one of the pair."),
        SettingField(name="api_secret", label="API secret key", is_secret=True),
        SettingField(
            name="per_product",
            label="Ask for billable figures of each product",
            help="One more request for each organization, at most 60 in a minute.",
            choices=("no", "yes"),
            default="no",
        ),
    ),
    reach=tuple(
        Reach(method="GET", host=HOST, path=path)
        for path in (
            ORGANIZATIONS_PATH,
            ORGANIZATION_PATH.format(id="{*}"),
            AGENTS_PATH,
            IDENTITIES_PATH,
        )
    ),
    capabilities=frozenset({Capability.EVIDENCE}),
    billing_types=tuple(SUMMARY),
    per_minute=60,
)


class HuntressAdapter:
    """Reads the list of organizations, and on request each organization's own page."""

    description = DESCRIPTION

    def test(self, session: Session) -> ConnectionTest:
        """Read the list of organizations."""
        found = len(_organizations(session).rows)
        return ConnectionTest(
            message=f"Huntress answers: {found} organizations.", organizations=found
        )

    def organizations(self, session: Session) -> Iterable[Seen]:
        """Every organization of the account."""
        listing = _organizations(session)
        return [read_organization(row) for row in listing.rows]

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        """The account as it is now, for `day`."""
        listing = _organizations(session)
        organizations = [read_organization(row) for row in listing.rows]
        counts: list[UsageCount] = []
        for seen, row in zip(organizations, listing.rows, strict=True):
            counts += summary(row).rows(seen.id)
        types, pages = tuple(SUMMARY), listing.pages
        unknown: Counter[str] = Counter()
        if session.settings.get("per_product") == "yes":
            types, pages = (*types, *DETAILS), pages + len(organizations)
            for seen in organizations:
                usage = details(_own_page(session, organization=seen.id))
                counts += usage.rows(seen.id)
                unknown.update(usage.unknown)
        manifest = Manifest(
            is_complete=True,
            billing_types=types,
            pages=pages,
            items=len(organizations),
            unknown=dict(unknown),
        )
        return DaySnapshot(
            day=day,
            counts=tuple(counts),
            organizations=tuple(organizations),
            manifest=manifest,
            as_of=session.now,
        )

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        """The agents or identities of an organization; Huntress lists nothing for other types."""
        params = {"organization_id": organization}
        if billing_type == AGENTS:
            listing = read_list(session, path=AGENTS_PATH, name="agents", params=params)
            yield from _agents(listing.rows)
        elif billing_type == IDENTITIES:
            listing = read_list(session, path=IDENTITIES_PATH, name="identities", params=params)
            yield from _identities(listing.rows)


ADAPTER = HuntressAdapter()


def _organizations(session: Session) -> Listing:
    return read_both_ways(session, path=ORGANIZATIONS_PATH, name="organizations")


def _own_page(session: Session, *, organization: str) -> Record:
    path = ORGANIZATION_PATH.format(id=quote(organization, safe=""))
    return ask(session, path=path).record("organization")


def _agents(rows: Iterable[Record]) -> Iterator[Item]:
    for row in rows:
        seen = row.instant_or_none("last_callback_at")
        words = [row.text_or("os"), f"last seen {seen.date()}" if seen else ""]
        identity = row.key("id")
        yield Item(
            id=identity,
            name=row.text_or("hostname") or identity,
            kind=", ".join(filter(None, words)),
            is_counted=True,
        )


def _identities(rows: Iterable[Record]) -> Iterator[Item]:
    for row in rows:
        is_billable = row.flag("billable")
        identity = row.key("id")
        yield Item(
            id=identity,
            name=row.text_or("username") or identity,
            kind="guest" if row.flag("external") else "identity",
            is_counted=is_billable,
            reason="" if is_billable else "not billable at Huntress",
        )
