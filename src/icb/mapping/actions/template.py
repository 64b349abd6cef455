"""Sets of service mappings: kept from a contract under a name, applied to many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from icb.contracts.queries import contract_named
from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.transactions import transaction
from icb.hub.models import BillingType
from icb.kernel import clock
from icb.kernel.checks import check_choice, check_text
from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.problems import Problems, unknown
from icb.mapping.actions.service_mapping import NewOnContract, check_services, map_services
from icb.mapping.actions.storing import LOCK
from icb.mapping.inputs import NewServiceMapping, TemplateLine
from icb.mapping.models import MappingTemplate, MappingTemplateLine
from icb.mapping.template_queries import lines_of_contract, template_lines, template_named
from icb.rating.terms import UnitChanges

_LONGEST = 120


class Applied(NamedTuple):
    """What applying a template does: contracts that take all of it, and why others take nothing."""

    taken: list[str]
    skipped: dict[str, str]


def save_template(name: str, *, contract: str) -> int:
    """Keep what is mapped on a contract today under a name; one of the same name is replaced.

    Gives the number of lines. Raises NotFound, InvalidInput for a name that is missing or too
    long, and Refused where nothing is mapped on the contract.
    """
    with transaction(lock=LOCK):
        require(Permission.MAP)
        check_text(name, field="name", longest=_LONGEST, required=True)
        lines = lines_of_contract(contract_named(contract))
        if not lines:
            raise Refused(
                "nothing_mapped",
                f"Nothing is mapped on contract {contract} today, so there is nothing to keep. "
                "Nothing was stored. Map its billing types first.",
                contract=contract,
            )
        template, _is_new = MappingTemplate.objects.update_or_create(
            name=name.strip(), defaults={"actor": current_actor(), "recorded_at": clock.now()}
        )
        MappingTemplateLine.objects.filter(template=template).delete()
        MappingTemplateLine.objects.bulk_create(_rows(template, lines, _type_ids()))
        audit.record(
            "save_template", subject=name.strip(), data={"contract": contract, "lines": len(lines)}
        )
        return len(lines)


def write_templates(templates: Mapping[str, Sequence[TemplateLine]]) -> None:
    """Keep sets of lines under names; templates of the same names are replaced.

    Raises InvalidInput for names that are missing or too long, words that are none, and lines that
    stand twice; NotFound for a billing type that is not there. Then nothing is stored.
    """
    with transaction(lock=LOCK):
        require(Permission.MAP)
        ids, problems = _type_ids(), Problems()
        for name, lines in templates.items():
            with problems.noting(f"template {name}"):
                check_text(name, field="template", longest=_LONGEST, required=True)
                _check_lines(lines, ids)
        problems.raise_if_any()
        said = {"actor": current_actor(), "recorded_at": clock.now()}
        MappingTemplate.objects.bulk_create(
            [MappingTemplate(name=name, **said) for name in templates],
            update_conflicts=True,
            unique_fields=["provider", "name"],
            update_fields=["actor", "recorded_at"],
        )
        found = {row.name: row for row in MappingTemplate.objects.all() if row.name in templates}
        MappingTemplateLine.objects.filter(template__in=found.values()).delete()
        rows = [row for name, lines in templates.items() for row in _rows(found[name], lines, ids)]
        MappingTemplateLine.objects.bulk_create(rows)
        told = {name: len(lines) for name, lines in templates.items()}
        audit.record("write_templates", subject=", ".join(told)[:200], data={"lines": told})


def delete_template(name: str) -> None:
    """Forget a template. What was mapped by it stays. Raises NotFound."""
    with transaction(lock=LOCK):
        require(Permission.MAP)
        id_ = template_named(name).id
        MappingTemplateLine.objects.filter(template_id=id_).delete()
        MappingTemplate.objects.filter(pk=id_).delete()
        audit.record("delete_template", subject=name, data={})


def preview_template(
    name: str, *, contracts: Sequence[str], from_day: date | None = None
) -> Applied:
    """What `apply_template` would do to these contracts; nothing is stored. Raises NotFound."""
    require(Permission.MAP)
    return _looked_at(_news(name, contracts, from_day))


def apply_template(
    name: str, *, contracts: Sequence[str], from_day: date | None = None, all_or_nothing: bool
) -> Applied:
    """Map on each contract all that a template says, from a day on (default: its start).

    A contract takes all of it or nothing. With `all_or_nothing` one that cannot take it refuses
    the whole; else it is skipped, with the reason. Raises NotFound, and Refused.
    """
    with transaction(lock=LOCK):
        require(Permission.MAP)
        news = _news(name, contracts, from_day)
        found = _looked_at(news)
        if all_or_nothing and found.skipped:
            told = "\n".join(found.skipped.values())
            raise Refused(
                "template_does_not_fit",
                f"{len(found.skipped)} of {len(contracts)} contracts cannot take it. Nothing was "
                f"stored. Leave them out, or let them be skipped.\n{told}",
            )
        map_services([new for contract in found.taken for new in news[contract]])
        audit.record(
            "apply_template",
            subject=name,
            data={"taken": len(found.taken), "skipped": len(found.skipped)},
        )
        return found


def _news(
    name: str, contracts: Sequence[str], from_day: date | None
) -> dict[str, list[NewOnContract]]:
    lines = template_lines(template_named(name))
    return {
        contract: [
            (
                contract,
                NewServiceMapping(
                    line.module,
                    line.billing_type,
                    service=line.service,
                    ignore=not line.service,
                    unit_changes=line.unit_changes,
                    from_day=from_day,
                    also=_is_second(lines, number),
                ),
            )
            for number, line in enumerate(lines)
        ]
        for contract in dict.fromkeys(contracts)
    }


def _is_second(lines: Sequence[TemplateLine], number: int) -> bool:
    line = lines[number]
    before = [(one.module, one.billing_type) for one in lines[:number]]
    return (line.module, line.billing_type) in before


def _looked_at(news: Mapping[str, Sequence[NewOnContract]]) -> Applied:
    """Which contracts take everything, asked in their order, and why the others take nothing."""
    skipped = check_services([new for each in news.values() for new in each])
    return Applied([contract for contract in news if contract not in skipped], skipped)


def _type_ids() -> dict[tuple[str, str], int]:
    found = BillingType.objects.values_list("connection__key", "key", "pk")
    return {(module, key): id_ for module, key, id_ in found}


def _check_lines(lines: Sequence[TemplateLine], ids: Mapping[tuple[str, str], int]) -> None:
    for line in lines:
        if (line.module, line.billing_type) not in ids:
            known = [key for module, key in ids if module == line.module]
            raise unknown("billing type", key=line.billing_type, known=known)
        check_text(line.service, field="service", longest=_LONGEST)
        if line.unit_changes:
            allowed = [word.value for word in UnitChanges]
            check_choice(line.unit_changes, field="unit_changes", allowed=allowed)
    said = Counter((line.module, line.billing_type, line.service) for line in lines)
    twice = next((place for place, count in said.items() if count > 1), None)
    if twice:
        raise InvalidInput(
            field="service",
            value=twice[2],
            message=f"service: {twice[0]} {twice[1]} drives {twice[2] or 'nothing'} twice. Nothing "
            "was stored. Keep one of the two.",
        )


def _rows(
    template: MappingTemplate,
    lines: Sequence[TemplateLine],
    ids: Mapping[tuple[str, str], int],
) -> list[MappingTemplateLine]:
    return [
        MappingTemplateLine(
            template=template,
            billing_type_id=ids[line.module, line.billing_type],
            service=line.service,
            unit_changes=line.unit_changes,
        )
        for line in lines
    ]
