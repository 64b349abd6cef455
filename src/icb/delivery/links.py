"""Making a link: a random token, of which only a digest is kept."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import NamedTuple

from icb.delivery.link_queries import digest_of
from icb.delivery.models import SharedLink
from icb.foundation.actor import current_actor
from icb.kernel import clock

_BYTES = 32


class MadeLink(NamedTuple):
    """A link that was just stored, with its token, which nobody can find out again."""

    id: int
    token: str


def new_link(document: int, *, until: datetime, delivery: int | None = None) -> MadeLink:
    """Store a link to a document, in the transaction of whoever asks for it."""
    token = secrets.token_urlsafe(_BYTES)
    row = SharedLink.objects.create(
        document_id=document,
        token_hash=digest_of(token),
        delivery_id=delivery,
        expires_at=until,
        actor=current_actor(),
        created_at=clock.now(),
    )
    return MadeLink(row.pk, token)
