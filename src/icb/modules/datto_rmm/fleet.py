"""From the rows of sites and devices to counts: who is counted where, and who is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from icb.hub.ports import IncompleteAnswer, Seen, UsageCount
from icb.modules.datto_rmm.kinds import BILLING_TYPES, Kind, kind_of
from icb.modules.reading import Record

# Where the account keeps what was deleted: a site of this name that is no client.
DELETED_SITE = "Deleted Devices"
NOT_BILLABLE, UNAPPROVED = "not billable", "unapproved"
ON_DEMAND, DELETED = "on demand", "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site. `devices` is how many the vendor says it has; None where it does not."""

    seen: Seen
    is_on_demand: bool
    devices: int | None

    @property
    def is_client(self) -> bool:
        """Whether it is a place of somebody, and not where deleted devices lie."""
        return self.seen.name != DELETED_SITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device. `reason` says why it is not counted; empty for those that are."""

    id: str
    name: str
    site: str
    word: str
    kind: Kind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the account's settings say: its own table, and the ids that saved filters found."""

    own: Mapping[str, str]
    not_billable: Set[str] = frozenset()
    unapproved: Set[str] = frozenset()


def read_site(row: Record) -> Site:
    """A row of the list of sites."""
    status = row.record_or_none("devicesStatus")
    hint = row.key_or("autotaskCompanyId")
    seen = Seen(
        id=row.key("uid"),
        name=row.text("name"),
        hint="" if hint in ("0", "-1") else hint,
    )
    return Site(
        seen=seen,
        is_on_demand=row.flag("onDemand"),
        devices=status.whole_or_none("numberOfDevices") if status else None,
    )


def read_device(row: Record, *, on_demand: Set[str], rules: Rules) -> Device:
    """A row of a list of devices. `on_demand` holds the sites whose devices are not managed."""
    told = row.record_or_none("deviceType")
    category = told.text_or("category") if told else ""
    type = told.text_or("type") if told else ""
    device_class = row.text_or("deviceClass")
    kind = kind_of(category, type=type, device_class=device_class, own=rules.own)
    identity, site = row.key("id"), row.key("siteUid")
    reasons = (
        (row.flag("deleted") or row.text_or("siteName") == DELETED_SITE, DELETED),
        (site in on_demand, ON_DEMAND),
        (bool(kind.left_out), kind.left_out),
        (identity in rules.unapproved, UNAPPROVED),
        (identity in rules.not_billable, NOT_BILLABLE),
    )
    return Device(
        id=identity,
        name=row.text_or("hostname", otherwise=identity),
        site=site,
        word=" / ".join(filter(None, (category, type))) or device_class,
        kind=kind,
        reason=next((reason for applies, reason in reasons if applies), ""),
    )


def check_devices(
    devices: Sequence[Device], *, sites: Sequence[Site], account_total: int | None
) -> None:
    """Compare what was listed with what the account says of itself.

    Raises IncompleteAnswer where a device stands at a site that is not listed, where fewer devices
    came for a site than it has, or where the sites together have fewer than the account. More is
    no loss: the vendor does not say which figure holds what was deleted or is on demand.
    """
    listed = Counter(device.site for device in devices)
    known = {site.seen.id for site in sites}
    strange = [device for device in devices if device.site not in known and not device.reason]
    if strange:
        raise _incomplete(f"{strange[0].name} is at a site that the list of sites does not hold")
    for site in sites:
        if site.devices is not None and listed[site.seen.id] < site.devices:
            raise _incomplete(
                f"{site.seen.name} has {site.devices} devices and {listed[site.seen.id]} came"
            )
    told = [site.devices for site in sites if site.devices is not None]
    if account_total is not None and len(told) == len(sites) and sum(told) < account_total:
        raise _incomplete(f"the sites have {sum(told)} devices, the account {account_total}")


def counts(devices: Sequence[Device], *, sites: Sequence[Site]) -> Iterator[UsageCount]:
    """How many of each billing type at each site, zeros too."""
    found = Counter(
        (device.site, billing_type)
        for device in devices
        if not device.reason
        for billing_type in device.kind.billing_types
    )
    for site in sites:
        for billing_type in BILLING_TYPES:
            yield UsageCount(
                organization=site.seen.id,
                billing_type=billing_type,
                count=found[site.seen.id, billing_type],
            )


def _incomplete(why: str) -> IncompleteAnswer:
    return IncompleteAnswer(
        f"The devices do not fit the account: {why}. Nothing was stored; it is read again later."
    )
