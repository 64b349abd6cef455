"""Two transactions that cannot see each other's rows: one of them is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from threading import Thread
from time import sleep
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.db.transaction import atomic
from tests.support import ledger

from icb.billing.models import Unposting
from icb.foundation.models import Provider
from icb.foundation.scope import in_provider
from icb.invoicing.models import DocumentLine
from icb.mapping.models import OrganizationMapping, ServiceMapping

REFUSALS = (IntegrityError, OperationalError)
# Long enough for the second to arrive while the first holds its transaction open.
OPEN_SECONDS = 0.3


def race(provider: Provider, *acts: Callable[[], object]) -> list[str]:
    """Run the acts at once, each in its transaction; the refusals, in any order."""
    refusals: list[str] = []

    def run(act: Callable[[], object]) -> None:
        try:
            with in_provider(provider.pk), atomic():
                act()
                sleep(OPEN_SECONDS)
        except REFUSALS as error:
            refusals.append(str(error))
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


@pytest.mark.parametrize("round_number", range(3))
def test_two_mappings_of_one_day(committed_provider: Provider, round_number: int) -> None:
    module, agreed = ledger.module(), ledger.agreement()
    entered: dict[str, Any] = {"actor": "o", "recorded_at": ledger.AT}

    def map_organization() -> None:
        OrganizationMapping.objects.create(
            module_organization=module.organization, starts_on=date(2026, 1, 1), **entered
        )

    def map_service() -> None:
        ServiceMapping.objects.create(
            contract=agreed.contract, billing_type=module.billing_type, **entered
        )

    assert len(race(committed_provider, map_organization, map_organization)) == 1
    assert len(race(committed_provider, map_service, map_service)) == 1
    assert OrganizationMapping.objects.count() == ServiceMapping.objects.count() == 1


@pytest.mark.parametrize("round_number", range(3))
def test_an_item_taken_back_while_it_is_put_on_a_document(
    committed_provider: Provider, round_number: int
) -> None:
    kept = ledger.books()

    def take_back() -> None:
        Unposting.objects.create(item=kept.waiting, actor="o", unposted_at=ledger.AT)

    def put_on_document() -> None:
        DocumentLine.objects.create(
            document=kept.document, position=2, item=kept.waiting, amount=1, tax=0
        )

    refusals = race(committed_provider, take_back, put_on_document)
    assert len(refusals) == 1
    assert "guard_" in refusals[0]
    on_document = DocumentLine.objects.filter(item=kept.waiting).exists()
    assert on_document != Unposting.objects.exists()
