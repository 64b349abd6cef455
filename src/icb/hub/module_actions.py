"""Connect modules, and make known what they count and whose usage they report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from icb.foundation import audit
from icb.foundation.actor import require
from icb.foundation.permissions import Permission
from icb.foundation.transactions import transaction
from icb.hub.inputs import NewBillingType, NewConnection, NewModuleOrganization
from icb.hub.judging import check_ids
from icb.hub.models import (
    BillingType,
    Merge,
    ModuleConnection,
    ModuleOrganization,
    Shape,
    ValueKind,
)
from icb.hub.module_queries import connection_named
from icb.kernel.errors import InvalidInput

_LARGEST_SETTING = 32767


def connect_modules(news: Sequence[NewConnection]) -> dict[str, int]:
    """Connect modules with their billing types and organizations; ids by connection key."""
    with transaction():
        require(Permission.MANAGE_MODULES)
        known = set(ModuleConnection.objects.values_list("key", flat=True))
        problems = _key_problems("module", [new.key for new in news], known=known)
        for new in news:
            problems += _connection_problems(new)
        _raise(problems, field="modules")
        for new in news:
            _connect(new)
        keys = [new.key for new in news]
        audit.record("connect_modules", subject="modules", data={"modules": keys})
        return dict(ModuleConnection.objects.filter(key__in=keys).values_list("key", "id"))


def add_module_organizations(
    connection: str, *, news: Sequence[NewModuleOrganization]
) -> dict[str, int]:
    """Make module organizations known before they are counted; ids by the vendor's id."""
    module = connection_named(connection)
    with transaction(lock=f"hub:{module.pk}"):
        require(Permission.MANAGE_MODULES)
        found = ModuleOrganization.objects.filter(connection=module)
        known = set(found.values_list("external_id", flat=True))
        ids = [new.id for new in news]
        _raise(_key_problems("organization", ids, known=known), field="organizations")
        _add_organizations(module, news)
        data = {"count": len(ids), "ids": ids[:100]}
        audit.record("add_module_organizations", subject=module.key, data=data)
        return dict(found.values_list("external_id", "id"))


def add_billing_types(connection: str, *, news: Sequence[NewBillingType]) -> dict[str, int]:
    """Make billing types known, or describe ones that were reported unknown; ids by key."""
    module = connection_named(connection)
    with transaction(lock=f"hub:{module.pk}"):
        require(Permission.MANAGE_MODULES)
        found = BillingType.objects.filter(connection=module)
        known = set(found.filter(is_known=True).values_list("key", flat=True))
        problems = _key_problems("billing_type", [new.key for new in news], known=known)
        problems += [problem for new in news for problem in _type_problems(new)]
        _raise(problems, field="billing_types")
        _add_types(module, news)
        keys = [new.key for new in news]
        audit.record("add_billing_types", subject=module.key, data={"billing_types": keys})
        return dict(found.values_list("key", "id"))


def _connect(new: NewConnection) -> None:
    module = ModuleConnection.objects.create(
        key=new.key,
        name=new.name or new.key,
        module=new.module or new.key,
        gap_days=new.gap_days,
        fall_percent=new.fall_percent,
        fall_units=new.fall_units,
        rise_percent=new.rise_percent,
        rise_units=new.rise_units,
    )
    _add_types(module, new.billing_types)
    _add_organizations(module, new.organizations)


def _add_organizations(module: ModuleConnection, news: Sequence[NewModuleOrganization]) -> None:
    ModuleOrganization.objects.bulk_create(
        [
            ModuleOrganization(
                connection=module,
                external_id=new.id,
                name=new.name or new.id,
                parent_external_id=new.parent,
                domain=new.domain,
                vendor_created_on=new.created_on,
            )
            for new in news
        ],
        batch_size=80,
    )


def _add_types(module: ModuleConnection, news: Sequence[NewBillingType]) -> None:
    for new in news:
        BillingType.objects.update_or_create(
            connection=module,
            key=new.key,
            defaults={
                "name": new.name or new.key,
                "unit": new.unit,
                "value": new.value,
                "shape": shape_of(new),
                "merge": new.merge,
                "absent_is_zero": new.absent_is_zero,
                "overlaps": list(new.overlaps),
                "is_known": new.is_known,
                "retired_on": new.retired_on,
            },
        )


def shape_of(new: NewBillingType) -> str:
    """The shape given, else boolean for true/false values and gauge for all others."""
    return new.shape or (Shape.BOOLEAN if new.value == ValueKind.BOOLEAN else Shape.GAUGE)


def check_guard(name: str, *, value: int) -> None:
    """Raise InvalidInput for a guard's number that none can be."""
    if not 0 <= value <= _LARGEST_SETTING:
        raise InvalidInput(
            field=name,
            value=value,
            message=f"{name}: {value} is none. Nothing was stored. Give a whole number from 0 to "
            f"{_LARGEST_SETTING}.",
        )


def _connection_problems(new: NewConnection) -> list[str]:
    place = f"module {new.key}"
    problems = [
        f"{place}: {name} is {value}; give a whole number from 0 to {_LARGEST_SETTING}"
        for name, value in (
            ("gap_days", new.gap_days),
            ("fall_percent", new.fall_percent),
            ("fall_units", new.fall_units),
            ("rise_percent", new.rise_percent),
            ("rise_units", new.rise_units),
        )
        if not 0 <= value <= _LARGEST_SETTING
    ]
    types = [kind.key for kind in new.billing_types]
    problems += _key_problems(f"{place}: billing_type", types, known=set())
    ids = [organization.id for organization in new.organizations]
    problems += _key_problems(f"{place}: organization", ids, known=set())
    for kind in new.billing_types:
        problems += [f"{place}: {problem}" for problem in _type_problems(kind)]
    return problems


def _type_problems(new: NewBillingType) -> list[str]:
    problems = [
        f"billing_type {new.key}: {name} is {value}; give one of {', '.join(allowed)}"
        for name, value, allowed in (
            ("value", new.value, ValueKind.values),
            ("shape", shape_of(new), Shape.values),
            ("merge", new.merge, Merge.values),
        )
        if value not in allowed
    ]
    if new.shape == Shape.BOOLEAN and new.value != ValueKind.BOOLEAN:
        problems.append(f"billing_type {new.key}: shape boolean takes value boolean")
    return problems


def _key_problems(field: str, keys: Sequence[str], *, known: Iterable[str]) -> list[str]:
    """Keys that are impossible, stand twice, or are there already."""
    taken, seen, problems = set(known), set(), []
    for number, key in enumerate(keys, 1):
        if check_ids(key, billing_type="any", row=number):
            problems.append(f"{field}: entry {number} has no usable key")
        elif key in seen:
            problems.append(f"{field}: {key} stands twice")
        elif key in taken:
            problems.append(f"{field}: {key} is there already")
        seen.add(key)
    return problems


def _raise(problems: Sequence[str], *, field: str) -> None:
    if problems:
        text = "; ".join(problems)
        raise InvalidInput(field=field, message=f"{text}. Nothing was stored. Correct the input.")
