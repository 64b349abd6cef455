"""Decisions on counts that cannot be trusted, for those who know organizations and not ids."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Unpack

from django.db.models import Q

from icb.foundation.actor import Permission, require
from icb.foundation.transactions import transaction
from icb.hub import actions as hub
from icb.hub.models import ModuleConnection, ModuleOrganization
from icb.kernel.errors import IcbError, InvalidInput, Refused
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
        problems = Problems()
        for hold, refused in decide_possible(holds, decision=decision, reason=reason).items():
            with problems.noting(f"{hold.module} {hold.id} {hold.billing_type}".strip()):
                if refused:
                    raise refused
        problems.raise_if_any()
        return len(holds)


def decide_possible(
    holds: Sequence[HoldDecision], *, decision: str, reason: str = ""
) -> dict[HoldDecision, IcbError | None]:
    """Answer those of the holds that it can be done for; of each what refused it, if something did.

    As `decide_each`, but for that. Those of single billing types are answered together, in a fixed
    number of statements for each module.
    """
    with transaction():
        require(Permission.DECIDE)
        first: dict[tuple[str, str, str], HoldDecision] = {}
        for hold in sorted(holds, key=lambda hold: hold.from_day):
            first.setdefault((hold.module, hold.id, hold.billing_type), hold)
        refused = _decide_together(
            [hold for hold in first.values() if hold.id and hold.billing_type], decision, reason
        )
        for hold in first.values():
            if not hold.id or not hold.billing_type:
                refused[hold] = _decide_alone(hold, decision, reason)
        return refused


def _decide_together(
    holds: Sequence[HoldDecision], decision: str, reason: str
) -> dict[HoldDecision, IcbError | None]:
    known = _known({hold.module for hold in holds}, {hold.id for hold in holds})
    places = {
        hold: hub.HeldPlace(known[hold.module, hold.id], hold.billing_type, hold.from_day)
        for hold in holds
        if (hold.module, hold.id) in known
    }
    answers = hub.decide_holds(list(places.values()), decision=decision, reason=reason)
    found = dict(zip(places, answers, strict=True))
    return {
        hold: found[hold] if hold in found else _unknown(hold.module, hold.id) for hold in holds
    }


def _known(modules: Collection[str], ids: Collection[str]) -> dict[tuple[str, str], int]:
    """The module organizations with these ids, by the module's key and the id."""
    rows = ModuleOrganization.objects.filter(connection__key__in=modules, external_id__in=ids)
    return {
        (module, id): row
        for row, module, id in rows.values_list("pk", "connection__key", "external_id")
    }


def _decide_alone(hold: HoldDecision, decision: str, reason: str) -> IcbError | None:
    try:
        decide(
            from_day=hold.from_day,
            decision=decision,
            reason=reason,
            module=hold.module,
            id=hold.id,
            billing_type=hold.billing_type,
        )
    except IcbError as error:
        return error
    return None


def _one(module: str, id_: str) -> int:
    found = _known({module}, {id_}).get((module, id_))
    if found is None:
        raise _unknown(module, id_)
    return found


def _unknown(module: str, id_: str) -> IcbError:
    modules = list(ModuleConnection.objects.values_list("key", flat=True))
    if module not in modules:
        return unknown("module", key=module, known=modules)
    of_module = ModuleOrganization.objects.filter(connection__key=module)
    known = list(of_module.values_list("external_id", flat=True))
    return unknown("module organization", key=id_, known=known, where=f"in module {module}")


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
