"""The adapter of Datto RMM: devices by site."""

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
    WrongSettings,
)
from icb.modules.datto_rmm.account import RATE_PATH, TOKEN_PATH, Account
from icb.modules.datto_rmm.fleet import (
    Device,
    Rules,
    Site,
    check_devices,
    counts,
    read_device,
    read_site,
)
from icb.modules.datto_rmm.kinds import BILLING_TYPES, own_categories
from icb.modules.datto_rmm.listing import Listing, read_list
from icb.modules.reading import Record

ACCOUNT_PATH = "/api/v2/account"
SITES_PATH = "/api/v2/account/sites"
DEVICES_PATH = "/api/v2/account/devices"
FILTERS_PATH = "/api/v2/filter/custom-filters"
SITE_PATH = "/api/v2/site/{site}/devices"
HOST = "{platform}-api.centrastage.net"
PLATFORMS = ("concord", "merlot", "pinotage", "syrah", "vidal", "zinfandel")
NO_FILTER = "none"

DESCRIPTION = Description(
    key="datto_rmm",
    module="datto_rmm",
    name="Datto RMM",
    version="1",
    settings=(
        SettingField(
            name="platform",
            label="Platform",
            help="The first word of the address under which you work: https://PLATFORM.centrastage.net",
            choices=PLATFORMS,
        ),
        SettingField(name="api_key", label="API key", help="Of a user who may only read."),
        SettingField(name="api_secret", label="API secret key", is_secret=True),
        SettingField(
            name="not_billable_filter",
            label="Saved filter of what is not billed",
            help="Name or id of a saved filter that finds the devices to leave out; 'none' if "
            "every device is billed.",
            default="_NotBillable_",
        ),
        SettingField(
            name="unapproved_filter",
            label="Saved filter of unapproved devices",
            help="Name or id. Only needed where devices wait for approval.",
            is_required=False,
        ),
        SettingField(
            name="categories",
            label="Categories of your own",
            help="Category = Billing type; Other category = leave out",
            is_required=False,
        ),
    ),
    reach=(
        Reach(method="POST", host=HOST, path=TOKEN_PATH),
        *(
            Reach(method="GET", host=HOST, path=path)
            for path in (ACCOUNT_PATH, SITES_PATH, DEVICES_PATH, FILTERS_PATH, RATE_PATH)
        ),
        Reach(method="GET", host=HOST, path=SITE_PATH.format(site="{*}")),
    ),
    capabilities=frozenset({Capability.EVIDENCE, Capability.MAPPING_HINTS}),
    billing_types=BILLING_TYPES,
    per_minute=600,
)


class DattoRmmAdapter:
    """Reads the whole account's devices, once, and counts them by site."""

    description = DESCRIPTION

    def test(self, session: Session) -> ConnectionTest:
        """Read the sites, and look up the saved filters that the settings name."""
        account = Account(session)
        own_categories(session.settings.get("categories", ""))
        clients = [site for site in _sites(account)[1] if site.is_client]
        _filter_ids(account, session=session)
        return ConnectionTest(
            message=f"Datto RMM answers: {len(clients)} sites.", organizations=len(clients)
        )

    def organizations(self, session: Session) -> Iterable[Seen]:
        """Every site but the one where deleted devices lie."""
        return [site.seen for site in _sites(Account(session))[1] if site.is_client]

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        """The account as it is now, for `day`."""
        account = Account(session)
        rules, filter_pages = _rules(account, session=session)
        total = _account_total(account)
        site_list, sites = _sites(account)
        listing = read_list(account, path=DEVICES_PATH, name="devices", progress=session.progress)
        devices = list(_devices(listing, sites=sites, rules=rules))
        check_devices(devices, sites=sites, account_total=total)
        clients = [site for site in sites if site.is_client]
        return DaySnapshot(
            day=day,
            counts=tuple(counts(devices, sites=clients)),
            organizations=tuple(site.seen for site in clients),
            manifest=_manifest(devices, pages=site_list.pages + listing.pages + filter_pages),
            as_of=session.now,
        )

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        """The devices of a site that are, or would be, of the billing type."""
        account = Account(session)
        rules, _ = _rules(account, session=session)
        _, sites = _sites(account)
        listing = read_list(
            account, path=SITE_PATH.format(site=quote(organization, safe="")), name="devices"
        )
        for row, device in zip(
            listing.rows, _devices(listing, sites=sites, rules=rules), strict=True
        ):
            if billing_type in device.kind.billing_types:
                yield _item(row, device=device)


ADAPTER = DattoRmmAdapter()


def _sites(account: Account) -> tuple[Listing, list[Site]]:
    listing = read_list(account, path=SITES_PATH, name="sites")
    return listing, [read_site(row) for row in listing.rows]


def _account_total(account: Account) -> int | None:
    status = account.get(ACCOUNT_PATH).record_or_none("devicesStatus")
    return status.whole_or_none("numberOfDevices") if status else None


def _devices(listing: Listing, *, sites: list[Site], rules: Rules) -> Iterator[Device]:
    on_demand = {site.seen.id for site in sites if site.is_on_demand}
    for row in listing.rows:
        yield read_device(row, on_demand=on_demand, rules=rules)


def _manifest(devices: list[Device], *, pages: int) -> Manifest:
    unknown = Counter(device.kind.unknown for device in devices if not device.reason)
    unknown.pop("", None)
    return Manifest(
        is_complete=True,
        billing_types=BILLING_TYPES,
        pages=pages,
        items=len(devices),
        excluded=dict(Counter(device.reason for device in devices if device.reason)),
        unknown=dict(unknown),
    )


def _rules(account: Account, *, session: Session) -> tuple[Rules, int]:
    """The rules of the settings, and how many pages were read to know them."""
    own = own_categories(session.settings.get("categories", ""))
    found: dict[str, frozenset[str]] = {}
    pages = 0
    for setting, identity in _filter_ids(account, session=session).items():
        listing = read_list(
            account, path=DEVICES_PATH, name="devices", params={"filterId": identity}
        )
        found[setting] = frozenset(row.key("id") for row in listing.rows)
        pages += listing.pages
    rules = Rules(
        own=own,
        not_billable=found.get("not_billable_filter", frozenset()),
        unapproved=found.get("unapproved_filter", frozenset()),
    )
    return rules, pages


def _filter_ids(account: Account, *, session: Session) -> dict[str, str]:
    """The ids of the saved filters that the settings name, by setting."""
    wanted = {
        setting: session.settings.get(setting, "")
        for setting in ("not_billable_filter", "unapproved_filter")
    }
    wanted = {setting: name for setting, name in wanted.items() if name not in ("", NO_FILTER)}
    if not wanted:
        return {}
    rows = read_list(account, path=FILTERS_PATH, name="filters").rows
    return {
        setting: _filter_id(name, rows=rows, setting=setting) for setting, name in wanted.items()
    }


def _filter_id(name: str, *, rows: Iterable[Record], setting: str) -> str:
    found = [row.key("id") for row in rows if name in (row.key("id"), row.text_or("name"))]
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongSettings(
            f"{setting}: {len(found)} saved filters are called '{name}'. Nothing was stored. Enter "
            f"the id of the right one: {', '.join(found)}."
        )
    raise WrongSettings(
        f"{setting}: the account has no saved filter '{name}'. Nothing was stored. Save a filter "
        f"that finds these devices and share it with the API user, or enter '{NO_FILTER}'."
    )


def _item(row: Record, *, device: Device) -> Item:
    seen = row.instant_or_none("lastSeen")
    words = [device.word, f"last seen {seen.date()}" if seen else ""]
    return Item(
        id=device.id,
        name=device.name,
        kind=", ".join(filter(None, words)),
        is_counted=not device.reason,
        reason=device.reason,
    )
