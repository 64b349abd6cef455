"""Everything a provider's books say, as text that does not depend on who wrote which row when.

Ids are replaced by what they stand for. Left out is what rightly tells of an interruption: the
notes of runs, the answers that a module gave twice and the number of times it answered, and the
audit events of what was begun again (the chain itself is checked by `verify`).
"""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.db import models

from icb.foundation.bulk import fetch
from icb.foundation.canonical import digest
from icb.foundation.scope import ScopedModel

_LEFT_OUT_TABLES = ("run", "audit_event")
# A document names its items by their ids; that its hash is that of its data, `verify` checks.
_LEFT_OUT_COLUMNS = {"snapshot": ("revision",), "document": ("data_hash",)}
_NAMES_ITEMS = ("document", "data")
_LEFT_OUT_ROWS = {"snapshot": ("state", ("duplicate",))}
# Of these, each may have happened exactly as often as in a history without interruption.
_ONCE = "SELECT action, data FROM audit_event WHERE action IN ('post', 'issue') ORDER BY sequence"
_OF_IDS = ("digest",)  # a digest over ids


class _Books:
    def __init__(self) -> None:
        self.models = {
            model._meta.db_table: model
            for model in apps.get_models()
            if issubclass(model, ScopedModel) and model._meta.db_table not in _LEFT_OUT_TABLES
        }
        self.rows = {table: _rows(model) for table, model in self.models.items()}
        self.said: dict[tuple[str, int], str] = {}

    def text(self, table: str, id: int) -> str:
        """What a row says, with every row that it refers to."""
        if (table, id) not in self.said:
            model, row = self.models[table], self.rows[table][id]
            self.said[table, id] = json.dumps(
                [
                    self._value(field, row[field.attname])
                    for field in model._meta.concrete_fields
                    if not _is_left_out(table, field)
                ],
                default=str,
            )
        return self.said[table, id]

    def _value(self, field: models.Field[Any, Any], value: Any) -> Any:
        target = field.related_model
        if (field.model._meta.db_table, field.name) == _NAMES_ITEMS:
            return _without_items(value)
        if value is None or target is None or isinstance(target, str):
            return value
        table = target._meta.db_table
        return digest(self.text(table, value)) if table in self.rows else value

    def dump(self) -> dict[str, list[str]]:
        """The sorted texts of each table's rows."""
        found = {}
        for table, rows in self.rows.items():
            column, states = _LEFT_OUT_ROWS.get(table, ("", ()))
            chosen = [id for id, row in rows.items() if row.get(column) not in states]
            found[table] = sorted(self.text(table, id) for id in chosen)
        return found


def _without_items(data: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(data)
    said["lines"] = [{**line, "item": ""} for line in said["lines"]]
    return said


def _is_left_out(table: str, field: models.Field[Any, Any]) -> bool:
    return field.primary_key or field.name in _LEFT_OUT_COLUMNS.get(table, ())


def _rows(model: type[models.Model]) -> dict[int, dict[str, Any]]:
    names = [field.attname for field in model._meta.concrete_fields]
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    found = {}
    for values in fetch(f"SELECT {columns} FROM {model._meta.db_table}"):
        row = dict(zip(names, values, strict=True))
        found[row["id"]] = row
    return found


def canonical_dump() -> dict[str, list[str]]:
    """The rows of every table as sorted texts, and the events that may have happened only once."""
    once = []
    for action, data in fetch(_ONCE):
        loaded = json.loads(data) if isinstance(data, str) else dict(data)
        once.append(json.dumps([action, {n: v for n, v in loaded.items() if n not in _OF_IDS}]))
    return {**_Books().dump(), "posted and issued": sorted(once)}
