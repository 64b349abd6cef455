"""Connect modules to what brings their counts, with settings and secrets that were checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from icb.foundation import audit
from icb.foundation.actor import require
from icb.foundation.permissions import Permission
from icb.foundation.providers import local_today
from icb.foundation.secrets import remove_secret, store_secret
from icb.foundation.transactions import transaction
from icb.foundation.versions import check_version, version_of
from icb.hub.adapter_settings import Entered, check_settings
from icb.hub.catalogue_queries import catalogue_types
from icb.hub.connecting_queries import GUARDS, details_of, secret_name, stored_secrets
from icb.hub.inputs import NewBillingType, NewConnection
from icb.hub.models import FileSource, ModuleConnection
from icb.hub.module_actions import add_billing_types, check_guard, connect_modules
from icb.hub.module_queries import connection_named
from icb.hub.ports import SettingField
from icb.hub.registry import FILES, MANUAL, PUSH, adapter
from icb.kernel.errors import InvalidInput, Refused

_LONGEST_NAME = 200
_WITHOUT_ADAPTER = (MANUAL, PUSH, FILES)
# It names the connection in addresses, commands and the names of its secrets.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnected:
    """A module to connect. `adapter` is an adapter's key, or push or files; empty: only people and
    bundles bring its counts.

    `settings` are what the adapter asks for, secrets among them. `module` is the module's key in
    the catalogue: an adapter of one vendor knows it, for the other ways it may be left out. A guard
    that is not given is the usual one.
    """

    key: str
    adapter: str
    name: str = ""
    module: str = ""
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    expected_from: date | None = None
    guards: Mapping[str, int] = field(default_factory=dict)


def connect_module(new: NewConnected) -> int:
    """Connect a module and make known what it counts, from the catalogue; the connection's id.

    A connection that came with a bundle has no way in yet: it gets this one, and keeps its name,
    guards and types. With an adapter, counts are expected from today on where no other day is
    given. Raises InvalidInput for settings that cannot be right and for a key that is taken,
    NotFound for an adapter that is not there.
    """
    _check_key(new.key)
    fields, module, told, name = _way_in(new)
    entered = check_settings(fields, given=new.settings)
    with transaction():
        require(Permission.MANAGE_MODULES)
        types = _types(module, told=told)
        id = _reconnected(new, module=module, types=types)
        if id is None:
            news = NewConnection(
                key=new.key,
                name=new.name or name,
                module=module,
                billing_types=types,
                **_guards(new.guards),
            )
            id = connect_modules([news])[new.key]
        by_itself = new.adapter not in _WITHOUT_ADAPTER
        expected = new.expected_from or (local_today() if by_itself else None)
        row = ModuleConnection.objects.get(pk=id)
        row.adapter, row.settings, row.expected_from = new.adapter, entered.plain, expected
        row.save(update_fields=["adapter", "settings", "expected_from"])
        if new.adapter == FILES:
            FileSource.objects.create(connection=row)
        _keep_secrets(row, entered)
        audit.record(
            "connect_module",
            subject=new.key,
            data={"adapter": new.adapter, "module": row.module, "settings": sorted(new.settings)},
        )
    return id


def _reconnected(new: NewConnected, *, module: str, types: Sequence[NewBillingType]) -> int | None:
    """The connection with that key which nobody brings counts of; None where there is none."""
    row: ModuleConnection | None
    row = ModuleConnection.objects.filter(key=new.key, adapter=MANUAL).first()
    if row is None or new.adapter == MANUAL:
        return None
    if module and row.module not in (module, row.key):
        raise InvalidInput(
            field="key",
            value=new.key,
            message=f"key: {new.key} counts {row.module}, not {module}. Nothing was stored. Give "
            "another key, or connect it to its own module.",
        )
    if module and row.module != module:
        row.module = module
        row.save(update_fields=["module"])
    known = set(row.billing_types.values_list("key", flat=True))
    if missing := [one for one in types if one.key not in known]:
        add_billing_types(row.key, news=missing)
    return int(row.pk)


def change_settings(connection: str, *, settings: Mapping[str, str], seen: str = "") -> None:
    """Change settings and secrets of a connection; what is not named stays as it is.

    An empty text brings a setting's default back, or forgets a secret that is not required. `seen`
    is the version (foundation.versions) of the settings that the person saw; empty: not asked.
    """
    row = connection_named(connection)
    if row.adapter in _WITHOUT_ADAPTER:
        raise Refused(
            "no_settings",
            f"{row.key} has no adapter and therefore no settings. Nothing was changed.",
        )
    fields = adapter(row.adapter).description.settings
    with transaction(lock=f"hub:{row.pk}"):
        require(Permission.MANAGE_MODULES)
        row.refresh_from_db(fields=["settings"])
        check_version(seen, version=version_of(row.settings), subject=row.key)
        entered = check_settings(
            fields,
            given=settings,
            kept=row.settings,
            kept_secrets=stored_secrets(row.key),
        )
        row.settings = entered.plain
        row.save(update_fields=["settings"])
        _keep_secrets(row, entered)
        audit.record("change_settings", subject=row.key, data={"settings": sorted(settings)})


def change_details(
    connection: str, *, name: str, guards: Mapping[str, int], seen: str = ""
) -> None:
    """Call a connection otherwise, and say when its counts are not believed without a decision.

    Guards that are not named stay. `seen` is the version of `details_of` that the person saw.
    """
    row = connection_named(connection)
    chosen = name.strip()
    if not chosen or len(chosen) > _LONGEST_NAME:
        raise InvalidInput(
            field="name",
            value=name,
            message=f"name: give 1 to {_LONGEST_NAME} characters. Nothing was stored.",
        )
    with transaction(lock=f"hub:{row.pk}"):
        require(Permission.MANAGE_MODULES)
        row.refresh_from_db(fields=["name", *GUARDS])
        check_version(seen, version=version_of(details_of(row)), subject=row.key)
        for field_name, value in _guards(guards).items():
            check_guard(field_name, value=value)
            setattr(row, field_name, value)
        row.name = chosen
        row.save(update_fields=["name", *GUARDS])
        audit.record("change_details", subject=row.key, data={"name": chosen, **guards})


def change_expectation(connection: str, *, expected_from: date | None) -> None:
    """Say from which day on counts are expected; None: of no day."""
    row = connection_named(connection)
    with transaction(lock=f"hub:{row.pk}"):
        require(Permission.MANAGE_MODULES)
        row.expected_from = expected_from
        row.save(update_fields=["expected_from"])
        data = {"expected_from": expected_from.isoformat() if expected_from else None}
        audit.record("change_expectation", subject=row.key, data=data)


def set_enabled(connection: str, *, is_enabled: bool) -> None:
    """Begin or stop asking a module for counts. What was counted and mapped stays."""
    row = connection_named(connection)
    with transaction(lock=f"hub:{row.pk}"):
        require(Permission.MANAGE_MODULES)
        if row.is_enabled == is_enabled:
            return
        row.is_enabled = is_enabled
        row.save(update_fields=["is_enabled"])
        action = "enable_module" if is_enabled else "disable_module"
        audit.record(action, subject=row.key, data={})


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            field="key",
            value=key,
            message=f"key: {key!r} is none. Nothing was stored. Take 1 to 60 letters, digits, "
            "hyphens and underlines, such as datto-rmm.",
        )


def _way_in(new: NewConnected) -> tuple[Sequence[SettingField], str, Sequence[str], str]:
    """Fields of the settings, key of the module, types that are told for sure, and its name."""
    if new.adapter in _WITHOUT_ADAPTER:
        return (), new.module, (), ""
    description = adapter(new.adapter).description
    if not description.is_for_any and new.module not in ("", description.module):
        raise InvalidInput(
            field="module",
            value=new.module,
            message=f"module: {new.adapter} counts {description.module}, not {new.module}. "
            "Nothing was stored. Leave the module out.",
        )
    module = new.module or description.module
    return description.settings, module, description.billing_types, description.name


def _types(module: str, *, told: Sequence[str]) -> list[NewBillingType]:
    """What the catalogue knows of the module, and what its adapter tells beyond that."""
    types = catalogue_types(module) if module else []
    known = {one.key for one in types}
    strange = [NewBillingType(key=key, is_known=False) for key in told if key not in known]
    return [*types, *strange]


def _guards(given: Mapping[str, int]) -> dict[str, Any]:
    if strange := sorted(set(given) - set(GUARDS)):
        raise InvalidInput(
            field="guards",
            message=f"guards: {', '.join(strange)} is none. Nothing was stored. "
            f"There are {', '.join(GUARDS)}.",
        )
    return dict(given)


def _keep_secrets(row: ModuleConnection, entered: Entered) -> None:
    stored = stored_secrets(row.key)
    for name, text in entered.secrets.items():
        if text:
            store_secret(secret_name(row.key, field=name), text=text)
        elif name in stored:
            remove_secret(secret_name(row.key, field=name))
