"""What tells whether drafts and posted items are still those that were read."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from icb.foundation.bulk import fetch
from icb.foundation.providers import local_today
from icb.foundation.scope import provider_id

# A bill run writes its audit event when it ends, and drafts before: they are told by themselves.
_STAMP = """
SELECT (SELECT COALESCE(MAX(sequence), 0) FROM audit_event WHERE provider_id = %s),
       COUNT(*), COALESCE(MAX(id), 0) FROM draft_item WHERE provider_id = %s
"""


class ItemStamp(NamedTuple):
    """Another as soon as any item, mapping, name or rule changed, and on another day.

    Drafts are made and removed, never changed but by an action that the audit log tells of, as
    everything else is.
    """

    event: int
    drafts: int
    newest_draft: int
    today: date


def item_stamp() -> ItemStamp:
    """The stamp of the provider's items now; one statement."""
    provider = provider_id()
    event, drafts, newest = fetch(_STAMP, [provider, provider])[0]
    return ItemStamp(event, drafts, newest, local_today())
