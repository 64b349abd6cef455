"""What the hub is given, and what it answers: plain values, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBillingType:
    """A countable thing of a module; the texts are those of `models.Shape` and its neighbours.

    An empty `shape` means boolean for true/false values and gauge for all others.
    """

    key: str
    unit: str = ""
    name: str = ""
    value: str = "whole"
    shape: str = ""
    merge: str = "sum"
    absent_is_zero: bool = False
    overlaps: Sequence[str] = ()
    retired_on: date | None = None
    is_known: bool = True  # False: reported by the module, but in no catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModuleOrganization:
    """The vendor's own record of a client, known by its id."""

    id: str
    name: str = ""
    parent: str = ""
    domain: str = ""
    created_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """One vendor product to connect, with what it is known to count and its trust settings."""

    key: str
    name: str = ""
    module: str = ""
    billing_types: Sequence[NewBillingType] = ()
    organizations: Sequence[NewModuleOrganization] = ()
    gap_days: int = 3
    fall_percent: int = 50
    fall_units: int = 20
    rise_percent: int = 100
    rise_units: int = 50


class CountRow(NamedTuple):
    """One row of an answer as it came: `value` is judged, not trusted."""

    organization: str
    billing_type: str
    value: object


class Settled(NamedTuple):
    """What a person, or a guard, has said to a count already, where it was taken before.

    `state` is counted, held (with its reason) or rejected; `kept` as in `change_points.Entry`, in
    millionths.
    """

    state: str
    reason: str = ""
    kept: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a module said about one day.

    Complete: a key that is not among the rows was not there. Otherwise the answer counts for its
    own keys only. `stamp` is the vendor's own revision. `names` and `created` tell, by id, what
    the vendor calls an organization and when it created it.

    `settled` belongs to an answer that comes out of another installation of the books: no guard
    judges it as a whole, nor the counts that are named in it by (organization, billing type).
    """

    day: date
    rows: Sequence[CountRow]
    is_complete: bool = True
    stamp: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    created: Mapping[str, date] = field(default_factory=dict)
    settled: Mapping[tuple[str, str], Settled] | None = None


class Problem(NamedTuple):
    """What is wrong with an answer: the row (from 1; 0 is the whole answer) and its field."""

    row: int
    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of an answer. `stored` is how many counts it brought into force, or held."""

    state: str
    revision: int | None
    stored: int = 0
    problems: Sequence[Problem] = ()
