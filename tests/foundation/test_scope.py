"""A query without a provider in scope fails, and one within it stays inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from tests.support import ledger

from icb.contracts.models import Contract
from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.models import Provider
from icb.foundation.providers import create_provider
from icb.foundation.scope import (
    ScopedModel,
    UnscopedQuery,
    every_provider,
    forget,
    in_provider,
    kept,
    kept_while_reading,
    provider_id,
)
from icb.organizations.models import Organization, TaxRate

WITHOUT_PROVIDER = {"Installation", "OneTimeLink", "Provider", "User"}
TENANT_MODELS = [
    model
    for model in apps.get_models()
    if model.__module__.startswith("icb.") and model.__name__ not in WITHOUT_PROVIDER
]
QUERIES: dict[str, Callable[[Any], object]] = {
    "all": lambda rows: list(rows.all()),
    "first": lambda rows: rows.first(),
    "get": lambda rows: rows.get(pk=1),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.filter(pk=1).exists(),
    "aggregate": lambda rows: rows.aggregate(models.Max("pk")),
    "values": lambda rows: list(rows.values_list("pk")),
    "update": lambda rows: rows.update(provider_id=1),
    "delete": lambda rows: rows.all().delete(),
    "create": lambda rows: rows.create(),
    "in_bulk": lambda rows: rows.in_bulk(),
    "none": lambda rows: rows.none(),
}


@dataclass
class Two:
    """Two providers, the rows of each, and the ids to reach them by."""

    mine: int
    theirs: int
    my_agreement: ledger.Agreement
    their_agreement: ledger.Agreement


@pytest.fixture
def two(provider: Provider) -> Iterator[Two]:
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="EUR"))
    with in_provider(other):
        theirs = ledger.agreement("theirs")
    yield Two(provider.pk, other, ledger.agreement("mine"), theirs)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_an_unscoped_query_fails(db: None, model: type[models.Model], query: str) -> None:
    for manager in (model._default_manager, model._base_manager):
        with pytest.raises(UnscopedQuery):
            QUERIES[query](manager)


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_every_tenant_model_is_scoped(model: type[models.Model]) -> None:
    assert issubclass(model, ScopedModel)
    with pytest.raises(UnscopedQuery):
        model()


def test_the_models_were_found() -> None:
    assert len(TENANT_MODELS) > 30


def test_one_provider_sees_nothing_of_another(two: Two) -> None:
    assert [row.key for row in Organization.objects.all()] == ["mine"]
    with pytest.raises(Organization.DoesNotExist):
        Organization.objects.get(pk=two.their_agreement.organization.pk)
    assert Organization.objects.filter(pk=two.their_agreement.organization.pk).update(name="x") == 0
    assert Organization.objects.filter(key="theirs").delete() == (0, {})
    with in_provider(two.theirs):
        assert [row.key for row in Organization.objects.all()] == ["theirs"]
    with every_provider():
        assert Organization.objects.count() == 2


def test_related_rows_stay_inside(two: Two) -> None:
    """A row of another provider that is held in memory leads to nothing of that provider."""
    theirs = two.their_agreement.organization
    assert list(theirs.contracts.all()) == []
    contract = two.their_agreement.contract
    assert list(contract.services.all()) == []
    del contract._state.fields_cache["organization"]
    with pytest.raises(Organization.DoesNotExist):
        _ = contract.organization


def test_saving_does_not_reach_another_providers_row(two: Two) -> None:
    theirs = two.their_agreement.organization
    theirs.name = "taken over"
    with pytest.raises(UnscopedQuery):
        theirs.save()
    with pytest.raises(UnscopedQuery):
        theirs.save(update_fields=["name"])
    with pytest.raises(UnscopedQuery):
        theirs.delete()
    with pytest.raises(Organization.DoesNotExist):
        theirs.refresh_from_db()
    with in_provider(two.theirs):
        assert Organization.objects.get().name == "Theirs"


def test_a_row_is_not_made_for_another_provider(two: Two) -> None:
    with pytest.raises(UnscopedQuery):
        TaxRate.objects.create(provider_id=two.theirs, key="a", name="A")
    with pytest.raises(UnscopedQuery):
        TaxRate.objects.bulk_create([TaxRate(provider_id=two.theirs, key="a", name="A")])
    made = TaxRate.objects.create(key="a", name="A")
    made.provider_id = two.theirs
    with pytest.raises(UnscopedQuery):
        made.save()
    with pytest.raises(UnscopedQuery):
        TaxRate.objects.update(provider_id=two.theirs)
    with every_provider():
        assert {rate.provider_id for rate in TaxRate.objects.all()} == {two.mine}


def test_joins_and_subqueries_stay_inside(two: Two) -> None:
    contracts: Any = Contract.objects.filter(organization__key__in=["mine", "theirs"])
    assert [row.key for row in contracts] == ["mine"]
    inner = Organization.objects.values("pk")
    assert [row.key for row in Contract.objects.filter(organization__in=inner)] == ["mine"]


def test_scopes_nest_and_end(two: Two) -> None:
    assert provider_id() == two.mine
    with in_provider(two.theirs):
        assert provider_id() == two.theirs
        with every_provider(), pytest.raises(UnscopedQuery):
            provider_id()
        assert provider_id() == two.theirs
    assert provider_id() == two.mine


def test_what_is_kept_is_kept_for_one_scope(two: Two) -> None:
    reads = iter(range(10))
    assert kept("x", make=lambda: next(reads)) == 0
    assert kept("x", make=lambda: next(reads)) == 0
    with in_provider(two.theirs):
        assert kept("x", make=lambda: next(reads)) == 1
    forget("x")
    assert kept("x", make=lambda: next(reads)) == 2


def test_what_is_final_is_kept_only_where_nothing_is_made(two: Two) -> None:
    reads = iter(range(10))
    assert kept_while_reading("x", make=lambda: next(reads)) == 0
    assert kept_while_reading("x", make=lambda: next(reads)) == 1
    with in_provider(two.mine, is_reading=True):
        assert kept_while_reading("x", make=lambda: next(reads)) == 2
        assert kept_while_reading("x", make=lambda: next(reads)) == 2
