"""Templates of documents: those of the product and one's own, and which of them draws what."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from django.db.models import Count, Max

from icb.foundation.bulk import fetch
from icb.foundation.scope import provider_id
from icb.invoicing.design import Design, design_of
from icb.invoicing.models import Document, DocumentTemplate, Logo, TemplateChoice
from icb.invoicing.system_templates import SYSTEM_TEMPLATES, USUAL
from icb.kernel.errors import NotFound, Refused


class TemplateRow(NamedTuple):
    """A template as it stands. `version` is 0 for those of the product, which never change;
    `organizations` is how many have chosen it."""

    key: str
    name: str
    about: str
    version: int
    design: Design
    is_default: bool
    organizations: int

    @property
    def is_system(self) -> bool:
        """Whether it came with the product, so that it is copied and not edited."""
        return self.key in SYSTEM_TEMPLATES


def templates() -> list[TemplateRow]:
    """All templates that can be chosen: those of the product, then one's own by name."""
    default, numbers = default_template(), _organizations_by_template()
    own = sorted(_newest(), key=lambda row: (row.name.casefold(), row.key))
    shipped = [
        TemplateRow(one.key, one.name, one.about, 0, one.design, False, 0)
        for one in SYSTEM_TEMPLATES.values()
    ]
    return [
        row._replace(is_default=row.key == default, organizations=numbers.get(row.key, 0))
        for row in (*shipped, *own)
    ]


def template_names() -> list[tuple[str, str]]:
    """Keys and names of the templates that can be chosen, in the order of `templates`."""
    own = sorted(_newest(), key=lambda row: (row.name.casefold(), row.key))
    shipped = [(one.key, one.name) for one in SYSTEM_TEMPLATES.values()]
    return [*shipped, *((row.key, row.name) for row in own)]


def template_named(key: str) -> TemplateRow:
    """The template with this key; NotFound, naming what there is, where there is none."""
    rows = templates()
    for row in rows:
        if row.key == key:
            return row
    known = ", ".join(row.key for row in rows)
    raise NotFound(
        "unknown_template",
        f"There is no template {key}. Nothing was done. The templates are: {known}.",
        template=key,
    )


def default_template() -> str:
    """The key of the template of documents for which nothing else is chosen."""
    chosen = TemplateChoice.objects.filter(organization=None).values_list("template", flat=True)
    return chosen.first() or USUAL


def template_of(organization: str) -> str:
    """The key of the template that an organization's documents have by its own choice; or blank."""
    chosen = TemplateChoice.objects.filter(organization__key=organization)
    return chosen.values_list("template", flat=True).first() or ""


def designs_for(organization_ids: Collection[int], *, template: str = "") -> dict[int, Design]:
    """The design of each organization's next document.

    The template named, where one is chosen for now; else the organization's own; else the
    provider's default. Raises NotFound for an unknown template.
    """
    by_key = {row.key: row.design for row in templates()}
    if template:
        return dict.fromkeys(organization_ids, template_named(template).design)
    choices = TemplateChoice.objects.filter(organization__in=organization_ids)
    chosen = dict(choices.values_list("organization_id", "template"))
    usual = by_key[default_template()]
    return {one: by_key.get(chosen.get(one, ""), usual) for one in organization_ids}


def design_for(organization_id: int) -> Design:
    """The design of an organization's statements, and of its next document."""
    return designs_for([organization_id])[organization_id]


def last_numbers(*, most: int) -> list[str]:
    """The numbers of the documents issued last, newest first: to look at a design with."""
    return list(Document.objects.order_by("-pk").values_list("number", flat=True)[:most])


def logo_drawing(sha256: str) -> str:
    """The drawing (SVG) of a stored logo; blank for a blank hash. Refused where none is stored."""
    if not sha256:
        return ""
    found = Logo.objects.filter(sha256=sha256).values_list("drawing", flat=True).first()
    if found is None:
        raise Refused(
            "cannot_render",
            f"The logo {sha256[:12]} is not stored here. What is issued is safe. Restore it from "
            "a backup.",
            logo=sha256,
        )
    return str(found)


def logo_drawings(hashes: Collection[str]) -> dict[str, str]:
    """The drawings of stored logos by their hashes."""
    found = Logo.objects.filter(sha256__in={one for one in hashes if one})
    return dict(found.values_list("sha256", "drawing"))


def _newest() -> list[TemplateRow]:
    rows = fetch(
        "SELECT t.key, t.name, t.version, t.settings FROM document_template t "
        "WHERE t.provider_id = %s AND NOT t.is_retired AND t.version = (SELECT MAX(n.version) "
        "FROM document_template n WHERE n.provider_id = t.provider_id AND n.key = t.key)",
        [provider_id()],
    )
    return [
        TemplateRow(key, name, "", version, _design(settings, key, version), False, 0)
        for key, name, version, settings in rows
    ]


def _design(settings: str, key: str, version: int) -> Design:
    return replace(design_of(json.loads(settings)), template=f"{key}/{version}")


def _organizations_by_template() -> Mapping[str, int]:
    chosen = TemplateChoice.objects.exclude(organization=None).order_by().values("template")
    return dict(chosen.annotate(number=Count("pk")).values_list("template", "number"))


def last_version(key: str) -> int:
    """The newest version that a key ever had, retired ones as well; 0 where it had none."""
    rows = DocumentTemplate.objects.filter(key=key)
    found: int | None = rows.aggregate(last=Max("version"))["last"]
    return found or 0
