"""Reads of links that lead to documents without signing in."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Max

from icb.delivery.models import SharedLink
from icb.foundation.scope import every_provider
from icb.invoicing.queries import document_named
from icb.kernel import clock

PATH = "/d/"


class LinkRow(NamedTuple):
    """A link to a document; `views` counts how often a person looked, `seen_at` is the last time.

    `state` is open, expired or revoked.
    """

    id: int
    state: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    actor: str
    is_mailed: bool
    views: int
    seen_at: datetime | None


class OpenLink(NamedTuple):
    """What an open link leads to, and for which provider."""

    id: int
    provider_id: int
    number: str
    expires_at: datetime


def links_of(number: str) -> list[LinkRow]:
    """The links to a document, the newest first. Raises NotFound for an unknown number."""
    now = clock.now()
    rows = SharedLink.objects.filter(document_id=document_named(number).pk).order_by("-pk")
    counted = rows.annotate(views_count=Count("views"), seen_at=Max("views__at"))
    return [
        LinkRow(
            row.pk,
            "revoked" if row.revoked_at else "open" if row.expires_at > now else "expired",
            row.created_at,
            row.expires_at,
            row.revoked_at,
            row.actor,
            row.delivery_id is not None,
            row.views_count,
            row.seen_at,
        )
        for row in counted
    ]


def open_link(token: str) -> OpenLink | None:
    """What a token leads to, of any provider; None where it is wrong, over or revoked, alike."""
    with every_provider():
        found = SharedLink.objects.filter(
            token_hash=digest_of(token),
            revoked_at=None,
            expires_at__gt=clock.now(),
            document__voided=None,
        )
        row = found.values_list("pk", "provider_id", "document__number", "expires_at").first()
    return OpenLink(*row) if row else None


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
