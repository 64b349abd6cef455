"""Decisions on counts that cannot be trusted, for those who know organizations and not ids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Unpack

from django.db.models import Q

from icb.foundation.actor import Permission, require
from icb.foundation.transactions import transaction
from icb.hub import actions as hub
from icb.hub.models import ModuleConnection, ModuleOrganization
from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.problems import Problems, unknown
from icb.mapping.inputs import HoldDecision, Whose
from icb.mapping.models import OrganizationMapping
from icb.organizations.queries import organization_named


def decide(*, from_day: date, decision: str, reason: str = "", **whose: Unpack[Whose]) -> None:
    """Answer holds and gaps of a module organization, of an organization, or of a whole module.

    `module` and `id` name one module organization; `organization` all that are mapped to it on
    the day; `module` alone the module's quarantined answers. `decision` is accept, reject,
    departed or carry, from that day on. Raises NotFound, InvalidInput for a choice that is
    missing or double, and Refused where nothing is mapped to the organization.
    """
    module, id_ = whose.get("module") or "", whose.get("id") or ""
    organization = whose.get("organization") or ""
    if bool(module) == bool(organization):
        raise InvalidInput(
            field="module",
            message="Give either an organization, or a module with the id of its organization. "
            "Nothing was changed.",
        )
    with transaction():
        require(Permission.DECIDE)
        if module and not id_:
            hub.decide_quarantined(module, from_day=from_day, decision=decision, reason=reason)
            return
        chosen = _mapped_to(organization, from_day) if organization else [_one(module, id_)]
        hub.decide(
            chosen,
            billing_type=whose.get("billing_type") or None,
            from_day=from_day,
            decision=decision,
            reason=reason,
        )


def decide_each(holds: Sequence[HoldDecision], *, decision: str, reason: str = "") -> int:
    """Answer several holds alike; how many. All or nothing, with every problem raised at once.

    Holds of one module organization's type from several days are answered from the first of them,
    because a decision reaches all later ones. Raises as `decide`.
    """
    with transaction():
        require(Permission.DECIDE)
        problems = Problems()
        first: dict[tuple[str, str, str], HoldDecision] = {}
        for hold in sorted(holds, key=lambda hold: hold.from_day):
            first.setdefault((hold.module, hold.id, hold.billing_type), hold)
        for hold in first.values():
            with problems.noting(f"{hold.module} {hold.id} {hold.billing_type}".strip()):
                decide(
                    from_day=hold.from_day,
                    decision=decision,
                    reason=reason,
                    module=hold.module,
                    id=hold.id,
                    billing_type=hold.billing_type,
                )
        problems.raise_if_any()
        return len(holds)


def _one(module: str, id_: str) -> int:
    modules = list(ModuleConnection.objects.values_list("key", flat=True))
    if module not in modules:
        raise unknown("module", key=module, known=modules)
    found = ModuleOrganization.objects.filter(connection__key=module)
    rows: dict[str, int] = dict(found.values_list("external_id", "pk"))
    if id_ not in rows:
        raise unknown("module organization", key=id_, known=rows, where=f"in module {module}")
    return rows[id_]


def _mapped_to(organization: str, day: date) -> Sequence[int]:
    row = organization_named(organization)
    on_the_day = Q(starts_on__isnull=True) | Q(starts_on__lte=day)
    not_over = Q(ends_on__isnull=True) | Q(ends_on__gte=day)
    found = OrganizationMapping.objects.filter(on_the_day, not_over, organization_id=row.id)
    ids = list(found.order_by("pk").values_list("module_organization_id", flat=True))
    if not ids:
        raise Refused(
            "not_mapped",
            f"Nothing is mapped to {organization} on {day}, so there is nothing to decide. Nothing "
            "was changed. Name a module and the id of its organization instead.",
            organization=organization,
        )
    return ids
