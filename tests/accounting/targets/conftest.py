"""Both targets with their fakes, at one instant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.accounting.targets.examples import NOW, QuickBooksSide, Side, XeroSide

from icb.demo.vendors.quickbooks_online import FakeQuickBooks
from icb.demo.vendors.xero import FakeXero
from icb.kernel import clock


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
def quickbooks() -> Iterator[QuickBooksSide]:
    with FakeQuickBooks() as fake:
        yield QuickBooksSide(fake)


@pytest.fixture
def xero() -> Iterator[XeroSide]:
    with FakeXero() as fake:
        yield XeroSide(fake)


@pytest.fixture(params=["quickbooks", "xero"])
def side(request: pytest.FixtureRequest) -> Side:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Side)
    return found
