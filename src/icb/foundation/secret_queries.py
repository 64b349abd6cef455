"""When secrets were stored: all that can be shown of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max

from icb.foundation.models import AuditEvent


def stored_at(names: Iterable[str]) -> dict[str, datetime]:
    """When the secret of each name was stored last, as the audit trail has it."""
    stored = AuditEvent.objects.filter(action="store_secret", subject__in=list(names))
    return dict(stored.values("subject").annotate(last=Max("at")).values_list("subject", "last"))
