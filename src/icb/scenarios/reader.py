"""From the text of a scenario file to a story, or to the line and field that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from icb.contracts.inputs import NewContract, NewService
from icb.hub.inputs import NewConnection
from icb.mapping.inputs import NewOrganizationMapping, NewServiceMapping
from icb.organizations.inputs import NewOrganization, NewTaxRate
from icb.scenarios import fields as kinds
from icb.scenarios import header
from icb.scenarios.fields import Field, record
from icb.scenarios.malformed import MalformedScenario
from icb.scenarios.places import Place, load, plain_value
from icb.scenarios.shape import FIELDS, OBJECTS
from icb.scenarios.steps import Step, read_step

Expectation = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A scenario file: the header's entries in order, the steps, and what should come out."""

    name: str = ""
    provider: header.ProviderHeader = field(default_factory=header.ProviderHeader)
    taxes: tuple[NewTaxRate, ...] = ()
    organizations: tuple[NewOrganization, ...] = ()
    services: tuple[NewService, ...] = ()
    contracts: tuple[NewContract, ...] = ()
    modules: tuple[NewConnection, ...] = ()
    organization_mappings: tuple[NewOrganizationMapping, ...] = ()
    service_mappings: tuple[tuple[str, NewServiceMapping], ...] = ()
    timeline: tuple[Step, ...] = ()
    expect: Expectation | None = None


def read_story(content: bytes | str) -> Story:
    """The story in a file's content (UTF-8). Raises MalformedScenario with line and field."""
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise MalformedScenario(f"the file is not UTF-8 (byte {error.start})") from error
    place = load(content)
    if not place.is_mapping():
        place.fail("a scenario is a mapping of name, provider, organizations, … timeline")
    return Story(**record(place, fields=_STORY))


def _expect(place: Place) -> Expectation:
    for name, rows in place.fields().items():
        if name not in FIELDS:
            rows.fail(f"no such list in the output. Allowed: {', '.join(FIELDS)}")
        for row in rows.items():
            _check_known(row, FIELDS[name])
    return {
        name: [plain_value(row) for row in rows.items()] for name, rows in place.fields().items()
    }


def _check_known(place: Place, allowed: tuple[str, ...]) -> None:
    for name, value in place.fields().items():
        if name not in allowed:
            value.fail(f"no such field in the output. Allowed: {', '.join(allowed)}")
        if name in OBJECTS and not value.is_null:
            entries = value.items() if value.is_list() else [value]
            for entry in entries:
                _check_known(entry, OBJECTS[name])


_STORY: Mapping[str, Field] = {
    "name": kinds.text,
    "provider": header.provider,
    "taxes": kinds.many(header.tax),
    "organizations": kinds.many(header.organization),
    "services": kinds.many(header.service),
    "contracts": kinds.many(header.contract),
    "modules": kinds.many(header.module),
    "organization_mappings": kinds.many(header.organization_mapping),
    "service_mappings": kinds.many(header.service_mapping),
    "timeline": kinds.many(read_step),
    "expect": _expect,
}
