"""The adapter of Pax8: subscribed quantities by company and product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from icb.hub.ports import (
    Body,
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
)
from icb.modules.bearer import Bearer, fetch_token
from icb.modules.pax8.listing import Listing, read_list
from icb.modules.pax8.subscriptions import (
    DELETED,
    Subscription,
    billing_types,
    check_companies,
    clients,
    counts,
    names,
    read_company,
    read_subscription,
)

HOST = "api.pax8.com"
TOKEN_PATH = "/v1/token"
COMPANIES_PATH = "/v1/companies"
SUBSCRIPTIONS_PATH = "/v1/subscriptions"

DESCRIPTION = Description(
    key="pax8",
    module="pax8",
    name="Pax8",
    version="1",
    settings=(
        SettingField(name="client_id", label="Client ID"),
        SettingField(name="client_secret", label="Client secret", is_secret=True),
    ),
    reach=(
        Reach(method="POST", host=HOST, path=TOKEN_PATH),
        Reach(method="GET", host=HOST, path=COMPANIES_PATH),
        Reach(method="GET", host=HOST, path=SUBSCRIPTIONS_PATH),
    ),
    capabilities=frozenset({Capability.MAPPING_HINTS}),
)


class Pax8Adapter:
    """Reads all companies and all subscriptions. The billing types are the account's products."""

    description = DESCRIPTION

    def test(self, session: Session) -> ConnectionTest:
        """Read everything that a sync reads: both lists are short."""
        account = _account(session)
        subscriptions = _subscriptions(account, session=session)[1]
        companies = _companies(account, session=session)
        found = clients(map(read_company, companies.rows), subscriptions=subscriptions)
        return ConnectionTest(
            message=f"Pax8 answers: {len(found)} companies, {len(subscriptions)} subscriptions.",
            organizations=len(found),
        )

    def organizations(self, session: Session) -> Iterable[Seen]:
        """Every company, but for deleted ones that never had a subscription."""
        account = _account(session)
        subscriptions = _subscriptions(account, session=session)[1]
        rows = _companies(account, session=session).rows
        return clients(map(read_company, rows), subscriptions=subscriptions)

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        """The account as it is now, for `day`."""
        account = _account(session)
        listing, subscriptions = _subscriptions(account, session=session)
        listed = _companies(account, session=session)
        companies = [read_company(row) for row in listed.rows]
        check_companies(subscriptions, companies=companies)
        organizations = clients(companies, subscriptions=subscriptions)
        return DaySnapshot(
            day=day,
            counts=tuple(counts(subscriptions, organizations=organizations)),
            organizations=tuple(organizations),
            manifest=_manifest(
                subscriptions,
                pages=listing.pages + listed.pages,
                deleted=len(companies) - len(organizations),
            ),
            as_of=session.now,
        )

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        """None: Pax8 knows quantities, and not who uses them."""
        return ()


ADAPTER = Pax8Adapter()


def _account(session: Session) -> Bearer:
    wanted = {
        "client_id": session.settings["client_id"],
        "client_secret": session.settings["client_secret"],
        "audience": f"https://{HOST}",
        "grant_type": "client_credentials",
    }
    refused = (
        "Pax8 does not accept the client ID and secret. Nothing was stored. Look at the API "
        "application among Pax8's integrations, and enter both anew."
    )
    return Bearer(
        session.http,
        new_token=lambda: fetch_token(
            session.http, url=f"https://{HOST}{TOKEN_PATH}", body=Body(json=wanted), refused=refused
        ),
        name="Pax8",
    )


def _companies(account: Bearer, *, session: Session) -> Listing:
    url = f"https://{HOST}{COMPANIES_PATH}"
    return read_list(account, url=url, sort="name", name="companies", session=session)


def _subscriptions(account: Bearer, *, session: Session) -> tuple[Listing, list[Subscription]]:
    """Those of every status: a product whose last subscription ended counts zero."""
    url = f"https://{HOST}{SUBSCRIPTIONS_PATH}"
    listing = read_list(
        account, url=url, sort="createdDate,asc", name="subscriptions", session=session
    )
    return listing, [read_subscription(row) for row in listing.rows]


def _manifest(subscriptions: Sequence[Subscription], *, pages: int, deleted: int) -> Manifest:
    excluded = Counter(one.reason for one in subscriptions if one.reason)
    if deleted:
        excluded[DELETED] = deleted
    return Manifest(
        is_complete=True,
        billing_types=billing_types(subscriptions),
        names=names(subscriptions),
        pages=pages,
        items=len(subscriptions),
        excluded=dict(excluded),
        unknown=dict(Counter(one.unknown for one in subscriptions if one.unknown)),
    )
