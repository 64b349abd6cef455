"""The shape of the data: references point downward, and every tenant row knows its tenant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models
from tests.architecture.rules import layer_heights

from icb.foundation.fields import ExactDecimalField
from icb.foundation.scope import ScopedManager, ScopedModel, UnscopedQuery, in_provider

pytestmark = pytest.mark.architecture

# Rows about the installation itself: there is no provider yet, or they stand above all.
WITHOUT_PROVIDER = {
    "foundation.Installation",
    "foundation.OneTimeLink",
    "foundation.Provider",
    "foundation.User",
}


def our_models() -> list[type[models.Model]]:
    """The models of this project, without those of the framework."""
    return [model for model in apps.get_models() if model.__module__.startswith("icb.")]


def upward(model: type[models.Model]) -> Iterator[str]:
    """The references of a model that point to a higher or a neighbouring app."""
    height = layer_heights()
    own = model._meta.app_label
    for name, related in references(model):
        target = related._meta.app_label
        if target != own and height[target] >= height[own]:
            yield f"{model._meta.label}.{name} -> {target}: let {target} point here instead"


def references(model: type[models.Model]) -> Iterator[tuple[str, type[models.Model]]]:
    """The names of the fields that point to a model of ours, each with that model."""
    for field in model._meta.get_fields():
        target = field.related_model
        if not isinstance(field, models.Field) or not isinstance(target, type):
            continue
        if target.__module__.startswith("icb."):
            yield field.name, target


def is_tenant_model(model: type[models.Model]) -> bool:
    """Whether rows of the model belong to a provider."""
    return model._meta.label not in WITHOUT_PROVIDER


MODELS = our_models()
TENANT_MODELS = [model for model in MODELS if is_tenant_model(model)]


def label(model: type[models.Model]) -> str:
    """The name that a test case shows."""
    return model._meta.label


def test_the_models_were_found() -> None:
    assert len(TENANT_MODELS) > 20
    assert {model._meta.label for model in MODELS} >= WITHOUT_PROVIDER


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_references_point_downward(model: type[models.Model]) -> None:
    assert list(upward(model)) == []


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_nothing_is_deleted_by_accident(model: type[models.Model]) -> None:
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey):
            on_delete = field.remote_field.on_delete
            is_mark = model.__name__.endswith("Mark")
            assert on_delete is models.PROTECT or is_mark, (
                f"{model._meta.label}.{field.name}: use PROTECT; only marks may go with their row"
            )


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_every_tenant_row_knows_its_provider(model: type[models.Model]) -> None:
    assert issubclass(model, ScopedModel), f"{model._meta.label}: derive it from ScopedModel"
    provider = model._meta.get_field("provider")
    assert isinstance(provider, models.ForeignKey)
    assert provider.related_model is apps.get_model("foundation", "Provider")
    assert not provider.null
    assert isinstance(model._default_manager, ScopedManager)
    assert isinstance(model._base_manager, ScopedManager), (
        f"{model._meta.label}: derive its Meta from ScopedModel.Meta"
    )
    unscoped = [m for m in model._meta.managers if not isinstance(m, ScopedManager)]
    assert not unscoped, f"{model._meta.label}: {unscoped} would see every provider"


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_an_unscoped_query_is_an_error(model: type[models.Model]) -> None:
    with pytest.raises(UnscopedQuery):
        model._default_manager.all()
    with pytest.raises(UnscopedQuery):
        model._base_manager.all()
    with in_provider(7):
        assert '"provider_id" = 7' in str(model._default_manager.all().query)


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_no_number_is_stored_inexactly(model: type[models.Model]) -> None:
    for field in model._meta.get_fields():
        assert not isinstance(field, models.DecimalField | models.FloatField), (
            f"{model._meta.label}.{field.name}: use QuantityField or AmountField"
        )


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_what_is_unique_is_unique_within_a_provider(model: type[models.Model]) -> None:
    for field in model._meta.get_fields():
        is_key = isinstance(field, models.Field) and field.primary_key
        if isinstance(field, models.Field) and field.unique and not is_key:
            assert isinstance(field, models.OneToOneField), (
                f"{model._meta.label}.{field.name}: use a UniqueConstraint with the provider"
            )


def test_a_scaled_number_is_whole_in_the_database() -> None:
    exact = [f for m in MODELS for f in m._meta.get_fields() if isinstance(f, ExactDecimalField)]
    assert exact
    assert {field.get_internal_type() for field in exact} == {"BigIntegerField"}
