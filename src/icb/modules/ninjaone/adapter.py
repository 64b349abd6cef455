"""The adapter of NinjaOne: approved devices by organization and node class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from icb.hub.ports import (
    Body,
    Capability,
    ConnectionTest,
    DaySnapshot,
    Description,
    IncompleteAnswer,
    Item,
    Manifest,
    Reach,
    Seen,
    Session,
    SettingField,
    UsageCount,
)
from icb.modules.bearer import Bearer, fetch_token
from icb.modules.ninjaone.kinds import BILLING_TYPES, types_of, unknown_word
from icb.modules.ninjaone.listing import Listing, read_list
from icb.modules.reading import Record

HOST = "{region}.ninjarmm.com"
TOKEN_PATH = "/ws/oauth/token"
ORGANIZATIONS_PATH = "/v2/organizations"
DEVICES_PATH = "/v2/devices"
OWN_DEVICES_PATH = "/v2/organization/{id}/devices"
REGIONS = ("app", "us2", "ca", "eu", "oc")
APPROVED = "APPROVED"
_REASONS = {"PENDING": "waits for approval"}

DESCRIPTION = Description(
    key="ninjaone",
    module="ninjaone",
    name="NinjaOne",
    version="1",
    settings=(
        SettingField(
            name="region",
            label="Region",
            help="The first word of the address under which you work: https://REGION.ninjarmm.com",
            choices=REGIONS,
        ),
        SettingField(name="client_id", label="Client ID"),
        SettingField(name="client_secret", label="Client secret", is_secret=True),
    ),
    reach=(
        Reach(method="POST", host=HOST, path=TOKEN_PATH),
        Reach(method="GET", host=HOST, path=ORGANIZATIONS_PATH),
        Reach(method="GET", host=HOST, path=DEVICES_PATH),
        Reach(method="GET", host=HOST, path=OWN_DEVICES_PATH.format(id="{*}")),
    ),
    capabilities=frozenset({Capability.EVIDENCE}),
    billing_types=BILLING_TYPES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device. `reason` says why it is not counted; empty for those that are."""

    organization: str
    node_class: str
    reason: str


class NinjaOneAdapter:
    """Reads the whole account's devices and counts them by organization."""

    description = DESCRIPTION

    def test(self, session: Session) -> ConnectionTest:
        """Read the organizations, and the devices of the first."""
        account = _account(session)
        found = read_organizations(_read(account, session=session, path=ORGANIZATIONS_PATH).rows)
        for seen in found[:1]:
            _read(account, session=session, path=_own_devices(seen.id))
        return ConnectionTest(
            message=f"NinjaOne answers: {len(found)} organizations.", organizations=len(found)
        )

    def organizations(self, session: Session) -> Iterable[Seen]:
        """Every organization of the account."""
        listing = _read(_account(session), session=session, path=ORGANIZATIONS_PATH)
        return read_organizations(listing.rows)

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        """The account as it is now, for `day`."""
        account = _account(session)
        listed = _read(account, session=session, path=ORGANIZATIONS_PATH)
        organizations = read_organizations(listed.rows)
        fleet = _read(account, session=session, path=DEVICES_PATH)
        devices = [read_device(row) for row in fleet.rows]
        _check(devices, organizations=organizations)
        return DaySnapshot(
            day=day,
            counts=tuple(counts(devices, organizations=organizations)),
            organizations=tuple(organizations),
            manifest=_manifest(devices, pages=listed.pages + fleet.pages),
            as_of=session.now,
        )

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        """The devices of an organization that are, or would be, of the billing type."""
        listing = _read(_account(session), session=session, path=_own_devices(organization))
        for row in listing.rows:
            device = read_device(row)
            if billing_type in types_of(device.node_class):
                yield _item(row, device=device)


ADAPTER = NinjaOneAdapter()


def read_organizations(rows: Iterable[Record]) -> list[Seen]:
    """The rows of the list of organizations."""
    return [Seen(id=row.key("id"), name=row.text("name")) for row in rows]


def read_device(row: Record) -> Device:
    """A row of a list of devices. Without an approval status nothing is guessed."""
    status = row.text("approvalStatus")
    return Device(
        organization=row.key("organizationId"),
        node_class=row.text_or("nodeClass"),
        reason="" if status == APPROVED else _REASONS.get(status, f"approval status {status}"),
    )


def counts(devices: Iterable[Device], *, organizations: Sequence[Seen]) -> Iterator[UsageCount]:
    """How many of each billing type at each organization, zeros too."""
    found = Counter(
        (device.organization, billing_type)
        for device in devices
        if not device.reason
        for billing_type in types_of(device.node_class)
    )
    for seen in organizations:
        for billing_type in BILLING_TYPES:
            yield UsageCount(
                organization=seen.id, billing_type=billing_type, count=found[seen.id, billing_type]
            )


def _account(session: Session) -> Bearer:
    settings = session.settings
    form = {
        "grant_type": "client_credentials",
        "client_id": settings["client_id"],
        "client_secret": settings["client_secret"],
        "scope": "monitoring",
    }
    url = f"https://{HOST.format(region=settings['region'])}{TOKEN_PATH}"
    refused = (
        "NinjaOne does not accept the client ID and secret. Nothing was stored. Check the region, "
        "that the client may use client credentials with the scope monitoring, and enter both anew."
    )
    return Bearer(
        session.http,
        new_token=lambda: fetch_token(session.http, url=url, body=Body(form=form), refused=refused),
        name="NinjaOne",
    )


def _read(account: Bearer, *, session: Session, path: str) -> Listing:
    url = f"https://{HOST.format(region=session.settings['region'])}{path}"
    name = "organizations" if path == ORGANIZATIONS_PATH else "devices"
    return read_list(account, url=url, name=name, session=session)


def _own_devices(organization: str) -> str:
    return OWN_DEVICES_PATH.format(id=quote(organization, safe=""))


def _check(devices: Sequence[Device], *, organizations: Sequence[Seen]) -> None:
    known = {seen.id for seen in organizations}
    if not known:
        raise IncompleteAnswer(
            "NinjaOne names no organization, and every account has one. Nothing was stored; it is "
            "read again later. If it stays so, see whether the API client may read organizations."
        )
    strange = sorted({device.organization for device in devices} - known)
    if strange:
        raise IncompleteAnswer(
            "The list of organizations is not whole: there are devices of organization "
            f"{strange[0]}, which it does not hold. Nothing was stored; it is read again later. "
            "If it stays so, see whether the API client may read all organizations."
        )


def _manifest(devices: Sequence[Device], *, pages: int) -> Manifest:
    unknown = Counter(unknown_word(device.node_class) for device in devices if not device.reason)
    unknown.pop("", None)
    return Manifest(
        is_complete=True,
        billing_types=BILLING_TYPES,
        pages=pages,
        items=len(devices),
        excluded=dict(Counter(device.reason for device in devices if device.reason)),
        unknown=dict(unknown),
    )


def _item(row: Record, *, device: Device) -> Item:
    seen = row.instant_of_seconds_or_none("lastContact")
    words = [device.node_class, f"last contact {seen.date()}" if seen else ""]
    identity = row.key("id")
    return Item(
        id=identity,
        name=row.text_or("displayName") or row.text_or("systemName") or f"device {identity}",
        kind=", ".join(filter(None, words)),
        is_counted=not device.reason,
        reason=device.reason,
    )
