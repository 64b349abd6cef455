"""Reads of mapping templates: the sets of service mappings that are kept under a name."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count

from icb.contracts.queries import ContractRow
from icb.kernel.problems import unknown
from icb.mapping.inputs import TemplateLine
from icb.mapping.models import MappingTemplate, MappingTemplateLine
from icb.mapping.section_queries import mapping_sections


class TemplateRow(NamedTuple):
    """A template for a list."""

    id: int
    name: str
    actor: str
    recorded_at: datetime
    lines: int


def templates() -> list[TemplateRow]:
    """All templates, by name."""
    found = MappingTemplate.objects.order_by("name").annotate(many=Count("lines"))
    rows = found.values_list("pk", "name", "actor", "recorded_at", "many")
    return [TemplateRow._make(row) for row in rows]


def template_named(name: str) -> TemplateRow:
    """The template with this name; NotFound, naming what exists, where there is none."""
    rows = templates()
    for row in rows:
        if row.name == name:
            return row
    raise unknown("mapping template", key=name, known=[row.name for row in rows])


def template_lines(template: TemplateRow) -> list[TemplateLine]:
    """What a template maps, by module and billing type as entered."""
    found = MappingTemplateLine.objects.filter(template_id=template.id).order_by("pk")
    rows = found.values_list(
        "billing_type__connection__key", "billing_type__key", "service", "unit_changes"
    )
    return [TemplateLine(*row) for row in rows]


def lines_of_contract(contract: ContractRow) -> list[TemplateLine]:
    """What is mapped and ignored on a contract today, as the lines of a template."""
    return [
        TemplateLine(section.module, row.billing_type, service, row.unit_changes)
        for section in mapping_sections(contract)
        for row in section.rows
        if row.service or row.is_ignored
        for service in [row.service, *row.also]
    ]
