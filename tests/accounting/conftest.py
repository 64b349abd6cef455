"""A provider with posted items, and a fake accounting application that it is connected to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from tests.accounting import fake
from tests.invoicing.factory import Books

from icb.accounting import registry
from icb.accounting.inputs import NewMapping, NewTarget
from icb.accounting.mapping_actions import set_mappings
from icb.accounting.models import Transfer
from icb.accounting.target_actions import connect_target
from icb.accounting.transfer_jobs import due_jobs
from icb.foundation.jobs import enqueue_all
from icb.foundation.models import Provider
from icb.kernel import clock
from icb.operations.worker import Worker

BEGIN = datetime(2026, 7, 1, 12, tzinfo=UTC)


@dataclass
class Place:
    """Our books, theirs, and the work between them."""

    ours: Books
    theirs: fake.Books
    address: str
    states: dict[str, str] = field(default_factory=dict)

    def connect(self, *, is_automatic: bool = True, creates_customers: bool = False) -> None:
        """Connect the fake, with what is needed mapped."""
        connect_target(
            NewTarget(
                key="fake",
                kind="fake",
                settings={"address": self.address},
                is_automatic=is_automatic,
                creates_customers=creates_customers,
            )
        )
        self.map()

    def map(self) -> None:
        """Map the client acme, every service, and no tax."""
        set_mappings(
            "fake",
            news=[
                NewMapping(kind="customers", ours="acme", theirs="C9"),
                NewMapping(kind="items", ours="", theirs="I1"),
            ],
        )

    def work(self) -> None:
        """Let the worker do what is due, as its tick would find it."""
        enqueue_all(due_jobs())
        Worker().work_off()

    def later(self, **delta: float) -> None:
        """Let time pass, and the worker do what is due then."""
        clock.set_frozen(clock.now() + timedelta(**delta))
        self.work()

    def state(self, number: str, *, act: str = "send") -> str:
        """The state of a document's newest transfer."""
        return self.transfer(number, act=act).state

    def transfer(self, number: str, *, act: str = "send") -> Transfer:
        """A document's newest transfer."""
        rows = Transfer.objects.filter(document__number=number, act=act).order_by("-round")
        found: Transfer = rows[0]
        return found


@pytest.fixture
def still() -> Iterator[None]:
    with clock.frozen(BEGIN):
        yield


@pytest.fixture
def place(provider: Provider, still: None) -> Iterator[Place]:
    theirs = fake.Books()
    ours = Books()
    ours.organization("acme")
    with fake.serving(theirs) as address, registry.registered(fake.FakeTarget()):
        yield Place(ours, theirs, address)
