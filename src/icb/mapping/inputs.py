"""What the actions of this app take: modules, organizations and services by their keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from icb.contracts.inputs import Number


class Dated(TypedDict, total=False):
    """The days of a mapping (`until` is its last one), and why it is made."""

    from_day: date | None
    until: date | None
    reason: str


class Ending(TypedDict, total=False):
    """Which service's mapping ends (empty: every one of the billing type), and why."""

    service: str
    reason: str


class Whose(TypedDict, total=False):
    """Whose counts: a module organization by module and id, or all of an organization.

    `billing_type` narrows it to one; empty means all.
    """

    module: str | None
    id: str | None
    organization: str | None
    billing_type: str | None


@dataclass(frozen=True, slots=True)
class NewOrganizationMapping:
    """Whose a module organization is, or that it is ignored.

    Without `from_day` from the first day it was seen on; without `until` for good.
    """

    module: str
    id: str
    organization: str = ""
    ignore: bool = False
    from_day: date | None = None
    until: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MappingChange:
    """Whose a module organization is from a day on, as somebody says who saw what stands.

    Without an organization nobody has it from then on. Without `from_day` it is mapped from the
    first day it was seen on. `seen`: the state in which its mappings were seen (see `versions`);
    empty where that does not matter.
    """

    module: str
    id: str
    organization: str = ""
    ignore: bool = False
    from_day: date | None = None
    seen: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HoldDecision:
    """A hold that is decided from a day on. Without an `id` a module's whole quarantined answers;
    without a `billing_type` every one of the module organization."""

    module: str
    from_day: date
    id: str = ""
    billing_type: str = ""


@dataclass(frozen=True, slots=True)
class NewServiceMapping:
    """Which service of a contract a billing type drives, or that it is ignored there.

    Without `from_day` from the contract's start; without `until` for good. `also`: besides another
    service of the contract. Without `unit_changes` the service's choice, or its shape's, holds.
    """

    module: str
    billing_type: str
    service: str = ""
    ignore: bool = False
    unit_changes: str = ""
    from_day: date | None = None
    until: date | None = None
    also: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WantedType:
    """What a billing type is to drive on a contract; neither service nor ignore: nothing."""

    billing_type: str
    service: str = ""
    ignore: bool = False
    unit_changes: str = ""


@dataclass(frozen=True, slots=True)
class SectionChange:
    """What is wanted of a module's billing types on a contract, over which version of them."""

    wanted: Sequence[WantedType]
    from_day: date | None = None
    reason: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class AddedService:
    """A service that is added to a contract for a billing type, which then drives it."""

    module: str
    billing_type: str
    key: str
    name: str
    price: Number
    unit_changes: str = ""
    from_day: date | None = None


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """What a billing type drives by a template: a contract's service by its key; empty: ignored."""

    module: str
    billing_type: str
    service: str = ""
    unit_changes: str = ""
