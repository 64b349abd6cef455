"""The adapter of Microsoft 365: licences by tenant, purchased and assigned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from icb.hub.ports import (
    AccessRefused,
    ConnectionTest,
    CredentialsRefused,
    DaySnapshot,
    Description,
    IncompleteAnswer,
    Item,
    Manifest,
    Reach,
    Seen,
    Session,
    SettingField,
    SyncProblem,
)
from icb.modules.microsoft_365.graph import (
    HOST,
    LOGIN_HOST,
    TOKEN_PATH,
    Listing,
    read_list,
    tenant_account,
)
from icb.modules.microsoft_365.licences import Licences, billing_types, counts, read_licences
from icb.modules.microsoft_365.tenants import (
    LEFT_OUT,
    Customers,
    chosen,
    read_customer,
    refuse_gaps,
)

CUSTOMERS_PATH = "/v1.0/tenantRelationships/delegatedAdminCustomers"
LICENCES_PATH = "/v1.0/subscribedSkus"
_GUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

DESCRIPTION = Description(
    key="microsoft_365",
    module="microsoft_365",
    name="Microsoft 365",
    version="1",
    settings=(
        SettingField(
            name="tenant_id",
            label="Your own tenant's ID",
            help="The directory (tenant) ID of the partner's tenant, where the application lives.",
            pattern=_GUID,
        ),
        SettingField(
            name="client_id",
            label="Application (client) ID",
            pattern=_GUID,
        ),
        SettingField(name="client_secret", label="Client secret", is_secret=True),
        SettingField(
            name="left_out_tenants",
            label="Tenants that are left out",
            help="IDs or whole names of customers that are not counted, apart by commas. A tenant "
            "that is not named here and refuses makes the whole day incomplete.",
            is_required=False,
        ),
        SettingField(
            name="grace_period",
            label="Count units in the grace period as purchased",
            help="Units of a subscription that has run out and can still be renewed.",
            choices=("no", "yes"),
            default="no",
        ),
    ),
    reach=(
        Reach(method="POST", host=LOGIN_HOST, path=TOKEN_PATH.format(tenant="{*}")),
        Reach(method="GET", host=HOST, path=CUSTOMERS_PATH),
        Reach(method="GET", host=HOST, path=LICENCES_PATH),
    ),
)


class Microsoft365Adapter:
    """Reads the customers of the partner, and in each customer's tenant its licences."""

    description = DESCRIPTION

    def test(self, session: Session) -> ConnectionTest:
        """Read the customers, and the licences of the first, which proves the permission."""
        customers = _customers(session)[1]
        for seen in customers.asked[:1]:
            _licences(session, tenant=seen)
        left_out = f", {customers.left_out} left out" if customers.left_out else ""
        return ConnectionTest(
            message=f"Microsoft 365 answers: {len(customers.asked)} tenants{left_out}.",
            organizations=len(customers.asked),
        )

    def organizations(self, session: Session) -> Iterable[Seen]:
        """Every customer's tenant that is not left out."""
        return _customers(session)[1].asked

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        """The tenants as they are now, for `day`; every one of them, or IncompleteAnswer."""
        listing, customers = _customers(session)
        found, pages = _all_licences(session, tenants=customers.asked)
        return DaySnapshot(
            day=day,
            counts=tuple(counts(found, organizations=customers.asked)),
            organizations=tuple(customers.asked),
            manifest=_manifest(found, pages=listing.pages + pages, left_out=customers.left_out),
            as_of=session.now,
        )

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        """None: who has a licence stands in lists of people, which this adapter does not read."""
        return ()


ADAPTER = Microsoft365Adapter()


def _customers(session: Session) -> tuple[Listing, Customers]:
    account = tenant_account(
        session, tenant=session.settings["tenant_id"], name="The partner's own tenant"
    )
    listing = read_list(account, path=CUSTOMERS_PATH, name="customers")
    customers = [read_customer(row) for row in listing.rows]
    return listing, chosen(customers, left_out=session.settings.get("left_out_tenants", ""))


def _licences(session: Session, *, tenant: Seen) -> tuple[Licences, int]:
    """A tenant's licences and how many pages; read twice, because Graph names no total.

    A licence that is missing by mistake would look like one that was given up: a zero.
    """
    account = tenant_account(session, tenant=tenant.id, name=f"The tenant {tenant.name}")
    has_warning = session.settings.get("grace_period") == "yes"
    name = f"licences of {tenant.name}"
    readings = [read_list(account, path=LICENCES_PATH, name=name) for _ in range(2)]
    first, again = (read_licences(each.rows, has_warning=has_warning) for each in readings)
    if first != again:
        raise IncompleteAnswer(
            f"The list of {name} is not whole: two readings of it differ. Nothing was stored; it "
            "is read again later."
        )
    return again, sum(listing.pages for listing in readings)


def _all_licences(session: Session, *, tenants: Sequence[Seen]) -> tuple[dict[str, Licences], int]:
    """The licences of every tenant by its id, and how many pages; raises where one refuses."""
    found: dict[str, Licences] = {}
    refused: dict[str, SyncProblem] = {}
    pages = 0
    for number, tenant in enumerate(tenants, 1):
        try:
            found[tenant.id], read = _licences(session, tenant=tenant)
            pages += read
        except (AccessRefused, CredentialsRefused) as problem:
            # The rest is still asked: a person wants to see all that refuse, not the first.
            refused[tenant.id] = problem
        session.progress(f"{number} of {len(tenants)} tenants read")
    refuse_gaps(refused, customers=tenants)
    return found, pages


def _manifest(found: Mapping[str, Licences], *, pages: int, left_out: int) -> Manifest:
    excluded: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    names: dict[str, str] = {}
    for licences in found.values():
        excluded.update(licences.excluded)
        unknown.update(licences.unknown)
        names |= licences.names
    if left_out:
        excluded[LEFT_OUT] = left_out
    return Manifest(
        is_complete=True,
        billing_types=billing_types(found),
        pages=pages,
        items=sum(licences.rows for licences in found.values()),
        excluded=dict(excluded),
        unknown=dict(unknown),
        names=names,
    )
