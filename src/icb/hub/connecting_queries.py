"""How connections are set up, and the settings in clear for the sync that needs them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Max

from icb.foundation.models import StoredSecret
from icb.foundation.secret_queries import stored_at
from icb.foundation.secrets import secret
from icb.hub.models import ModuleConnection, Snapshot, Sync
from icb.hub.module_queries import connection_named
from icb.hub.ports import WrongSettings
from icb.hub.registry import MANUAL, adapter, adapters

GUARDS = ("gap_days", "fall_percent", "fall_units", "rise_percent", "rise_units")
"""What says when a count is not believed without a decision."""


class ConnectedRow(NamedTuple):
    """How a connection gets its counts. `secrets` names those that are kept, never shows one."""

    key: str
    name: str
    module: str
    adapter: str
    is_enabled: bool
    expected_from: date | None
    settings: dict[str, str]
    secrets: tuple[str, ...]

    @property
    def way(self) -> str:
        """`connected`, or `not connected` where counts come with bundles and people alone."""
        return "connected" if self.adapter != MANUAL else "not connected"


class LastSync(NamedTuple):
    """How the newest attempt of a connection went."""

    day: date
    state: str
    message: str
    started_at: datetime


def details_of(row: ModuleConnection) -> dict[str, str | int]:
    """Name and guards of a connection: what is edited together, and has a version together."""
    return {name: getattr(row, name) for name in ("name", *GUARDS)}


def secrets_stored_at(connection: str) -> dict[str, datetime]:
    """When each secret of a connection was stored, by its field; only those that are stored."""
    names = _names(secret_name(connection, field=""))
    prefix = len(secret_name(connection, field=""))
    return {name[prefix:]: at for name, at in stored_at(names).items()}


def secret_name(connection: str, *, field: str) -> str:
    """The name under which a connection's secret is stored."""
    return f"module:{connection}:{field}"


def stored_secrets(connection: str) -> frozenset[str]:
    """Which of a connection's fields have a secret stored."""
    prefix = secret_name(connection, field="")
    return frozenset(name.removeprefix(prefix) for name in _names(prefix))


def connection_settings(connection: str) -> dict[str, str]:
    """All settings of a connection with its secrets in clear: for the sync alone.

    Raises WrongSettings where a secret that the adapter requires is not stored.
    """
    row = connection_named(connection)
    settings: dict[str, str] = dict(row.settings)
    stored = stored_secrets(row.key)
    for one in adapter(row.adapter).description.settings:
        if not one.is_secret:
            continue
        if one.name in stored:
            settings[one.name] = secret(secret_name(row.key, field=one.name))
        elif one.is_required:
            raise WrongSettings(
                f"{one.label} is not stored. Enter it (`icb modules change {row.key} "
                f"--secret {one.name}=-`)."
            )
        else:
            settings[one.name] = ""
    return settings


def connected_modules() -> list[ConnectedRow]:
    """All connections, as entered, with how each gets its counts."""
    secrets: dict[str, list[str]] = {}
    for name in _names("module:"):
        _, key, field = name.split(":", 2)
        secrets.setdefault(key, []).append(field)
    rows = ModuleConnection.objects.order_by("id")
    return [_connected(row, secrets=secrets.get(row.key, [])) for row in rows]


def unconnected() -> list[tuple[str, str]]:
    """Enabled connections that nobody brings counts of, as after a bundle was taken in.

    Each with the adapter that could, empty where none is for its module.
    """
    by_module: dict[str, str] = {}
    for key, one in adapters().items():
        if not one.description.is_for_any:
            by_module.setdefault(one.description.module, key)
    rows = ModuleConnection.objects.filter(is_enabled=True, adapter=MANUAL).order_by("id")
    return [(key, by_module.get(module, "")) for key, module in rows.values_list("key", "module")]


def how_to_connect(connection: str, *, adapter: str) -> str:
    """What to do about a connection that nobody brings counts of, in a sentence or two."""
    return (
        f"{connection} is not connected: its counts came with a bundle, which holds no address and "
        "no secret, and no more come by themselves. Connect it (`icb modules connect "
        f"{adapter or 'push'} --key {connection}`)."
    )


def connected_module(connection: str) -> ConnectedRow:
    """The connection with this key; NotFound where the provider has none."""
    row = connection_named(connection)
    return _connected(row, secrets=sorted(stored_secrets(row.key)))


def newest_syncs() -> dict[str, LastSync]:
    """The newest attempt of each connection, by its key; none for those that were never asked."""
    newest = Sync.objects.values("connection_id").annotate(id=Max("id")).values_list("id")
    rows = Sync.objects.filter(pk__in=newest)
    columns = ("connection__key", *LastSync._fields)
    return {key: LastSync(*row) for key, *row in rows.values_list(*columns)}


def last_answers() -> dict[str, datetime]:
    """When the newest answer of each connection came, by its key, whichever way it came."""
    rows = Snapshot.objects.values("connection__key").annotate(at=Max("received_at"))
    return dict(rows.values_list("connection__key", "at"))


def _connected(row: ModuleConnection, *, secrets: Sequence[str]) -> ConnectedRow:
    plain = {name: getattr(row, name) for name in ConnectedRow._fields if name != "secrets"}
    return ConnectedRow(**plain, secrets=tuple(secrets))


def _names(prefix: str) -> list[str]:
    found = StoredSecret.objects.filter(name__startswith=prefix).order_by("name")
    return list(found.values_list("name", flat=True))
