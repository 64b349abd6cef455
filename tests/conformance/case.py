"""What the suite needs to know of an adapter: one small class for each, in `cases/`."""

from __future__ import annotations

import importlib
import os
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from tests.conformance import cases
from tests.conformance.contract import Contract, read_contract
from tests.conformance.documents import Patch
from tests.conformance.opening import open_to

from icb.demo.vendors.server import Fake
from icb.hub.ports import Adapter, Session

NOW = datetime(2026, 3, 10, 0, 20, tzinfo=UTC)
TODAY = date(2026, 3, 10)
DAY = date(2026, 3, 9)
MORE = "ICB_TEST_CASES"


@dataclass(frozen=True)
class Strange:
    """Something at the vendor that no billing type covers: its word, and how many there are."""

    word: str
    count: int


class Case(ABC):
    """One adapter with its fake vendor.

    `contract` is the path of the contract file. `patches` are those that the vendor's own
    document needs. `fake` gives a new account in which every list that the adapter reads has
    several pages, at least one organization has nothing, and something is left out.
    """

    adapter: Adapter
    contract_file: Path
    settings: Mapping[str, str]
    patches: Sequence[Patch] = ()
    # Calls whose answer may come on more than one page.
    lists: Sequence[str] = ()
    # Billing types for which the vendor lists nothing, so that there are no items.
    without_items: Sequence[str] = ()
    # Calls that give a token: the only ones that may be anything but GET.
    tokens: Sequence[str] = ()

    @abstractmethod
    def fake(self) -> Fake:
        """A new account, the same each time."""

    @abstractmethod
    def counted(self, fake: Fake) -> dict[tuple[str, str], int]:
        """What is in that account, counted here in the plainest way: by organization and type."""

    def excluded(self, fake: Fake) -> int:
        """How many items of that account are left out."""
        return 0

    def add_strange(self, fake: Fake) -> Strange | None:
        """Put something into the account that no billing type covers; None where none can be."""
        return None

    @property
    def name(self) -> str:
        """The adapter's key."""
        return self.adapter.description.key

    @property
    def contract(self) -> Contract:
        """The contract file, read."""
        return read_contract(self.contract_file)

    def session(self, fake: Fake, *, settings: Mapping[str, str] | None = None) -> Session:
        """What the adapter works with against `fake`, as a sync gives it."""
        given = {field.name: field.default for field in self.adapter.description.settings}
        given |= {**self.settings, **(settings or {})}
        http = open_to(fake, description=self.adapter.description, settings=given)
        return Session(settings=given, http=http, now=NOW, today=TODAY)


def all_cases() -> list[Case]:
    """Every case of `cases/`, and those that ICB_TEST_CASES names (`package.module`, by commas)."""
    return list(_found())


def _found() -> Iterator[Case]:
    names = [f"{cases.__name__}.{module.name}" for module in pkgutil.iter_modules(cases.__path__)]
    names += filter(None, os.environ.get(MORE, "").split(","))
    for name in names:
        yield importlib.import_module(name).CASE
