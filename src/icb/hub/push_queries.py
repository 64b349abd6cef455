"""Whose a token is, which tokens there are, and which uploads are not finished."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import NamedTuple

from icb.foundation.models import Provider
from icb.foundation.scope import every_provider
from icb.foundation.secrets import secret
from icb.hub.connecting_queries import secret_name, stored_secrets
from icb.hub.models import ConnectionToken, ModuleConnection, PushedPart

SIGNING = "signing_secret"


class TokenRow(NamedTuple):
    """A token for a list; the token itself is not kept."""

    id: int
    connection: str
    name: str
    ending: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None


class Sender(NamedTuple):
    """Who pushes: a connection of one provider. `token` is None where the message is signed."""

    provider: int
    connection: str
    is_enabled: bool
    token: int | None = None
    last_used_at: datetime | None = None


class UnfinishedRow(NamedTuple):
    """A pushed snapshot of which parts are missing."""

    connection: str
    snapshot: str
    day: date
    received: int
    parts: int
    last_received_at: datetime


def token_hash(token: str) -> str:
    """What is kept of a token. It has 256 random bits, so that a plain digest hides it."""
    return hashlib.sha256(token.encode()).hexdigest()


def tokens(connection: str = "") -> list[TokenRow]:
    """The tokens of one connection, or of all, as made."""
    rows = ConnectionToken.objects.order_by("id")
    if connection:
        rows = rows.filter(connection__key=connection)
    columns = ("id", "connection__key", *TokenRow._fields[2:])
    return [TokenRow(*row) for row in rows.values_list(*columns)]


def sender_of_token(token: str) -> Sender | None:
    """Whose the token is, of all providers; None for one that is unknown or was revoked."""
    with every_provider():
        found = ConnectionToken.objects.filter(hash=token_hash(token), revoked_at=None)
        row = found.values_list(
            "provider_id", "connection__key", "connection__is_enabled", "id", "last_used_at"
        ).first()
    return Sender(*row) if row else None


def sender_at(provider: str, *, connection: str) -> Sender | None:
    """The connection at an address for signed messages; None where there is none."""
    with every_provider():
        owner = Provider.objects.filter(key=provider).values_list("pk", flat=True).first()
        found = ModuleConnection.objects.filter(provider_id=owner, key=connection)
        row = found.values_list("provider_id", "key", "is_enabled").first()
    return Sender(*row) if row else None


def signing_secret(connection: str) -> str:
    """The secret that signs a connection's messages, in clear; empty where none was made."""
    if SIGNING not in stored_secrets(connection):
        return ""
    return secret(secret_name(connection, field=SIGNING))


def unfinished_uploads() -> list[UnfinishedRow]:
    """The pushed snapshots of which parts are missing, oldest first."""
    found: dict[tuple[str, str], list[PushedPart]] = {}
    rows = PushedPart.objects.exclude(rows="").select_related("connection").order_by("id")
    for row in rows.defer("rows"):
        found.setdefault((row.connection.key, row.snapshot_id), []).append(row)
    return [
        UnfinishedRow(
            connection,
            snapshot,
            parts[0].day,
            len(parts),
            parts[0].parts,
            max(part.received_at for part in parts),
        )
        for (connection, snapshot), parts in found.items()
    ]
