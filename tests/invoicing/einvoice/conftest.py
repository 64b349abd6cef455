"""Documents issued on the real road, by and to parties that say all that an e-invoice needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.invoicing.einvoice.made import BUYER, SELLER
from tests.invoicing.factory import Books

from icb.foundation.models import Provider
from icb.foundation.providers import current_provider
from icb.foundation.scope import forget
from icb.kernel import clock


@pytest.fixture
def books(provider: Provider, settings: Any, tmp_path: Path) -> Iterator[Books]:
    """Books of a German provider and a German client, whose items are taxed at 19 %."""
    settings.DATA_DIR = tmp_path
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        yield complete_books()


def complete_books() -> Books:
    """Books of the provider in scope, made German, and of a German client `acme`."""
    named = {name: value for name, value in SELLER.items() if name != "key"}
    Provider.objects.filter(pk=current_provider().pk).update(**named)
    forget("provider")
    client = {name: value for name, value in BUYER.items() if name not in ("key", "name")}
    books = Books()
    books.organization("acme", **client, buyer_reference="04011000-12345-34")
    return books


def item(books: Books, amount: str, *, key: str = "acme", **values: Any) -> None:
    """A posted item of a client in euros, taxed at 19 %."""
    books.item(key, amount, **({"currency": "EUR", "tax_percent": Decimal(19)} | values))
