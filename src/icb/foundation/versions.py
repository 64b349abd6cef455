"""Versions of what two people may edit at once: the later one must have seen the earlier change."""

from __future__ import annotations

from icb.foundation.audit import newest_change
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.providers import provider_days
from icb.kernel.errors import Refused

CHANGED_SINCE = "changed_since"
"""The code of the refusal, for pages that then show both sides."""
_LENGTH = 24


def version_of(values: object) -> str:
    """A short text that is another one as soon as any of the values is."""
    return digest(canonical_json(values))[:_LENGTH]


def check_version(seen: str, *, version: str, subject: str, is_prefix: bool = False) -> None:
    """Refuse a change by somebody who saw another version than the one that stands; empty: not
    asked.

    To be called inside the lock of the change. `subject` names in the audit trail what is changed,
    or with `is_prefix` how its subject begins, so that the
    refusal can say who was faster, and when.
    """
    if not seen or seen == version:
        return
    change = newest_change(subject, is_prefix=is_prefix)
    when = provider_days().local(change.at) if change else None
    told = f" by {change.actor} at {when:%Y-%m-%d %H:%M}" if change else ""
    raise Refused(
        CHANGED_SINCE,
        f"{subject} was changed{told} since you opened it. Nothing was stored. Look at both, and "
        "save again what you still want.",
        subject=subject,
        actor=change.actor if change else "",
    )
