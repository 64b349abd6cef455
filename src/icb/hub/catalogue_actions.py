"""What a provider says of modules and billing types, beside the catalogue or in its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from icb.foundation import audit
from icb.foundation.actor import current_actor, require
from icb.foundation.bulk import fetch, insert_rows
from icb.foundation.permissions import Permission
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.hub.catalogue import Change, catalogue_modules, with_changes
from icb.hub.catalogue_checks import Words, module_problems, property_problems
from icb.hub.catalogue_queries import changes
from icb.hub.follow_actions import ToFollow, mark_to_follow
from icb.hub.inputs import NewBillingType
from icb.hub.models import (
    BillingType,
    CatalogueChange,
    CountMark,
    Merge,
    ModuleConnection,
    Shape,
    ValueKind,
)
from icb.hub.module_actions import add_billing_types, shape_of
from icb.hub.module_queries import connection_named
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, Refused
from icb.kernel.quantity import MICRO

WORDS = Words(value=ValueKind.values, shape=Shape.values, merge=Merge.values)
# What may be said anew of a type that is described already: nothing that a sum rests on.
_HARMLESS = ("name", "unit", "overlaps", "retired_on")


def change_catalogue(
    module: str,
    *,
    billing_type: str = "",
    properties: Mapping[str, Any],
    from_day: date | None = None,
) -> None:
    """Say something of a module, or of one of its types, from a day on (None: ever since).

    What is not named stays as the catalogue has it; a module or type that it does not have is new.
    Connections that stand already keep what they were connected with (`describe_billing_type`).
    """
    wrong = property_problems(properties, of_type=bool(billing_type))
    _raise(wrong)
    told: dict[str, Any] = {"confidence": "own", **properties}
    change = Change(module, billing_type, told, from_day)
    with transaction(lock="catalogue"):
        require(Permission.MANAGE_MODULES)
        for day in _days_to_check(change):
            after = with_changes(catalogue_modules(), changes=[*changes(), change], on=day)
            found = [one for one in after if one.key == module]
            _raise([text for one in found for text in module_problems(one, words=WORDS)])
        _record(change)
        audit.record(
            "change_catalogue",
            subject=module,
            data={
                "billing_type": billing_type,
                "from_day": from_day.isoformat() if from_day else None,
                "properties": dict(properties),
            },
        )


def describe_billing_type(connection: str, *, new: NewBillingType, counting_rule: str = "") -> None:
    """Say what a billing type is that the module reported and the catalogue does not know.

    It is known from then on, here and in the catalogue for what is connected later. Of a known
    type only name, unit, overlaps and the last day can change. Raises Refused where counts that
    stand already cannot be of that kind.
    """
    row = connection_named(connection)
    with transaction(lock=f"hub:{row.pk}"):
        require(Permission.MANAGE_MODULES)
        stored = BillingType.objects.filter(connection=row, key=new.key).first()
        if stored is not None and stored.is_known:
            _change_known(stored, new)
        else:
            if stored is not None:
                _check_counts(stored, new)
            add_billing_types(connection, news=[new])
            if stored is not None:
                _mark(row, stored)
        properties = _properties(new)
        properties["counting_rule"] = counting_rule
        change_catalogue(row.module, billing_type=new.key, properties=properties)


def _change_known(stored: BillingType, new: NewBillingType) -> None:
    for name in ("value", "merge", "absent_is_zero"):
        _check_same(stored, name=name, given=getattr(new, name))
    _check_same(stored, name="shape", given=shape_of(new))
    for name in _HARMLESS:
        value = getattr(new, name)
        setattr(stored, name, list(value) if name == "overlaps" else value)
    stored.name = new.name or new.key
    stored.save(update_fields=list(_HARMLESS))


def _check_same(stored: BillingType, *, name: str, given: object) -> None:
    if getattr(stored, name) != given:
        raise Refused(
            "type_described",
            f"billing_type: {name} of {stored.key} is {getattr(stored, name)}, and counts were "
            f"added up by it. Nothing was changed. Leave {name} as it is.",
        )


def _check_counts(stored: BillingType, new: NewBillingType) -> None:
    """Counts that stand must be possible for the kind of value."""
    bad = {
        ValueKind.WHOLE: f"c.value %% {MICRO} <> 0",
        ValueKind.BOOLEAN: f"c.value NOT IN (0, {MICRO})",
    }.get(ValueKind(new.value) if new.value in ValueKind.values else ValueKind.DECIMAL)
    if bad is None:
        return
    found = fetch(
        "SELECT c.day FROM usage_count c JOIN count_key k ON k.id = c.count_key_id "
        f"WHERE k.billing_type_id = %s AND c.replaced_at IS NULL AND {bad} ORDER BY c.day LIMIT 1",
        [stored.pk],
    )
    if found:
        raise Refused(
            "counts_of_other_kind",
            f"billing_type: {stored.key} has a count on {found[0][0]} that is not {new.value}. "
            "Nothing was changed. Describe it as decimal, or correct the count first.",
        )


def _mark(connection: ModuleConnection, stored: BillingType) -> None:
    """How clients' counts become one number may have changed since the first of them."""
    keys = fetch(
        "SELECT id, first_counted_on FROM count_key "
        "WHERE billing_type_id = %s AND first_counted_on IS NOT NULL",
        [stored.pk],
    )
    marks = [(None, key, _as_day(day)) for key, day in keys]
    insert_rows(CountMark, columns=("snapshot_id", "count_key_id", "from_day"), rows=marks)
    mark_to_follow(ToFollow(connection.pk, day, count_key=key) for _, key, day in marks)


def _as_day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _properties(new: NewBillingType) -> dict[str, Any]:
    return {
        "name": new.name or new.key,
        "unit": new.unit,
        "value": new.value,
        "shape": shape_of(new),
        "merge": new.merge,
        "absent_is_zero": new.absent_is_zero,
        "overlaps": list(new.overlaps),
        "valid_to": new.retired_on.isoformat() if new.retired_on else None,
    }


def _record(change: Change) -> None:
    CatalogueChange.objects.create(
        module=change.module,
        billing_type=change.billing_type,
        properties=dict(change.properties),
        from_day=change.from_day,
        recorded_at=clock.now(),
        recorded_by=current_actor(),
    )


def _days_to_check(change: Change) -> list[date]:
    """Today and every later day on which what is said takes effect or meets something else."""
    first = change.from_day or local_today()
    later = [other.from_day for other in changes(change.module)]
    return sorted({first, *(day for day in later if day is not None and day > first)})


def _raise(problems: list[str]) -> None:
    if problems:
        raise InvalidInput(
            field="catalogue",
            message=f"catalogue: {'; '.join(problems)}. Nothing was stored. Correct the entry.",
        )
