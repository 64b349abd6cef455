"""Providers: made, looked up, and the calendar that decides which day it is for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from icb.foundation import audit
from icb.foundation.actor import Permission, is_system, require
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.models import Provider, ProviderTimezone, Role
from icb.foundation.provider_details import LONGEST, checked
from icb.foundation.scope import forget, in_provider, kept, provider_id
from icb.foundation.transactions import transaction
from icb.foundation.users import add_users
from icb.kernel import clock
from icb.kernel.currency import check_currency
from icb.kernel.days import ProviderDays, zone_named
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted

FROM_EVER = date(1, 1, 1)
_STANDING = "provider"
CHANGEABLE = tuple(LONGEST)
"""What `change_provider` changes, by field."""


class ProviderRow(NamedTuple):
    """One provider of the installation, for lists."""

    id: int
    key: str
    name: str
    currency: str


class _Standing(NamedTuple):
    """What is known of the provider in scope."""

    provider: Provider
    days: ProviderDays


def create_provider(new: NewProvider) -> int:
    """Add a provider, its time zone and its first owner; its id. Only the program itself may.

    Raises NotPermitted, and InvalidInput for a key that is taken or not fit, an unknown currency
    or time zone.
    """
    if not is_system():
        raise NotPermitted(
            "not_permitted",
            "Only setting up the installation adds a provider. Nothing was stored.",
        )
    _check(new)
    details = {field: checked(field, value=getattr(new, field)) for field in CHANGEABLE}
    details["legal_name"] = details["legal_name"] or details["name"]
    with transaction():
        provider = Provider.objects.create(key=new.key, currency=new.currency, **details)
        with in_provider(provider.pk):
            ProviderTimezone.objects.create(from_day=FROM_EVER, zone=new.timezone)
            if new.owner:
                add_users([NewUser(new.owner, role=Role.OWNER)])
            audit.record(
                "create_provider",
                subject=new.key,
                data={"name": new.name, "currency": new.currency, "timezone": new.timezone},
            )
    return provider.pk


def change_provider(changes: Mapping[str, str]) -> None:
    """Change what stands on documents from the next one on; issued ones keep what they say.

    `changes` holds texts by the fields of CHANGEABLE. The currency and the key never change.
    Raises InvalidInput for another field and for what a field does not take (`provider_details`).
    """
    with transaction(lock="provider"):
        require(Permission.MANAGE_PROVIDER)
        provider = Provider.objects.get(pk=provider_id())
        before = details_of(provider)
        for field, value in changes.items():
            setattr(provider, field, _changed(field, value=value))
        provider.legal_name = provider.legal_name or provider.name
        provider.save(update_fields=[*changes, "legal_name"])
        after = details_of(provider)
        told = {field: [before[field], after[field]] for field in changes}
        audit.record(
            "change_provider",
            subject=provider.key,
            data={field: both for field, both in told.items() if both[0] != both[1]},
        )
    forget(_STANDING)


def set_timezone(zone: str, *, from_day: date) -> None:
    """Let another zone's calendar decide the provider's days, from local midnight of a day on.

    Raises InvalidInput for an unknown zone, a day that is not after the last change, and a change
    that would leave out a day.
    """
    with transaction():
        require(Permission.MANAGE_PROVIDER)
        zone_named(zone)
        zones = _shown(_zones())
        newest = zones[-1][0]
        if newest is not None and from_day <= newest:
            raise InvalidInput(
                field="from_day",
                value=from_day,
                message=f"from_day: {from_day} is not after the change of {newest}. Nothing was "
                "stored. Give a later day.",
            )
        ProviderDays((*zones, (from_day, zone)))  # refuses a change that would lose a day
        ProviderTimezone.objects.create(from_day=from_day, zone=zone)
        audit.record("set_timezone", subject=zone, data={"from_day": from_day})
    forget(_STANDING)


def current_provider() -> Provider:
    """The provider in scope, read once per scope."""
    return _standing().provider


def details_of(provider: Provider) -> dict[str, str]:
    """What stands on documents about a provider, as texts by the fields of CHANGEABLE."""
    return {field: str(getattr(provider, field)) for field in CHANGEABLE}


def provider_days() -> ProviderDays:
    """The calendar of the provider in scope, read once per scope."""
    return _standing().days


def local_today() -> date:
    """Which day it is now for the provider in scope."""
    return provider_days().day_of(clock.now())


def providers() -> list[ProviderRow]:
    """All providers of the installation, in order of entry."""
    rows = Provider.objects.order_by("pk").values_list("pk", "key", "name", "currency")
    return [ProviderRow(*row) for row in rows]


def provider_named(key: str = "") -> int:
    """The id of the provider with this key; without a key, of the only one there is.

    Raises NotFound where there is none, and where the key is needed to choose.
    """
    known = providers()
    found = [row for row in known if row.key == key] if key else known
    if len(found) == 1:
        return found[0].id
    keys = ", ".join(row.key for row in known) or "none yet"
    raise NotFound(
        "unknown_provider",
        (f"There is no provider {key}." if key else "It must be said for which provider.")
        + f" Nothing was done. The providers are: {keys}.",
        provider=key,
    )


def _changed(field: str, *, value: str) -> str:
    if field not in CHANGEABLE:
        raise InvalidInput(
            field=field,
            message=f"{field}: this cannot be changed. Nothing was stored. Change one of "
            f"{', '.join(CHANGEABLE)}.",
        )
    return checked(field, value=value.strip())


def _standing() -> _Standing:
    """Both are asked for on nearly every occasion, so they are read together."""
    return kept(_STANDING, make=_read)


def _read() -> _Standing:
    rows = _zones()
    return _Standing(rows[0].provider, ProviderDays(_shown(rows)))


def _zones() -> list[ProviderTimezone]:
    return list(ProviderTimezone.objects.select_related("provider").order_by("from_day"))


def _shown(rows: Iterable[ProviderTimezone]) -> tuple[tuple[date | None, str], ...]:
    return tuple((None if row.from_day == FROM_EVER else row.from_day, row.zone) for row in rows)


def _check(new: NewProvider) -> None:
    zone_named(new.timezone)
    check_currency(new.currency)
    if not new.key or not new.name:
        raise InvalidInput(
            field="key" if not new.key else "name",
            message="A provider needs a key and a name. Nothing was stored. Give both.",
        )
    if Provider.objects.filter(key=new.key).exists():
        raise InvalidInput(
            field="key",
            value=new.key,
            message=f"key: there is a provider {new.key} already. Nothing was stored. Choose "
            "another key.",
        )
