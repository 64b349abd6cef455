"""Refuses to write over what somebody else changed meanwhile, and says who and when."""

from __future__ import annotations

from operator import itemgetter

from icb.foundation.models import AuditEvent
from icb.foundation.providers import provider_days
from icb.kernel.errors import Refused
from icb.mapping.models import OrganizationMapping

_ACTIONS = ("map_organizations", "unmap_organization", "change_organization_mappings")


def changed_meanwhile(module_organization: int, *, name: str, stands: str) -> Refused:
    """The refusal of a change to a module organization whose mappings are not as they were seen.

    `name` is its module and id, `stands` who has it now, empty where nobody has.
    """
    now = f"mapped to {stands}" if stands else "not mapped"
    return Refused(
        "changed_since",
        f"{_who_and_when(module_organization, name)} since you opened the page; it is {now}. "
        "Nothing was stored, and what you chose is still here. Load the page again to see it, or "
        "take your change back and save the others.",
        subject=name,
    )


def _who_and_when(module_organization: int, name: str) -> str:
    """The newest change, by the mapping itself or, where one was ended, by the audit log."""
    events = AuditEvent.objects.filter(action__in=_ACTIONS, subject__contains=name)
    found = list(events.order_by("-sequence").values_list("at", "actor")[:1])
    changes = OrganizationMapping.objects.filter(module_organization=module_organization)
    found += changes.order_by("-id").values_list("recorded_at", "actor")[:1]
    if not found:
        return "it was changed"
    at, actor = max(found, key=itemgetter(0))
    return f"{actor} changed it on {provider_days().local(at):%Y-%m-%d at %H:%M}"
