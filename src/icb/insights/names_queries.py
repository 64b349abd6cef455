"""Names of what insights are about, read with one statement for each kind of thing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from icb.foundation.bulk import fetch
from icb.foundation.scope import provider_id
from icb.insights.naming import Names

_ORGANIZATIONS = "SELECT o.key, o.name FROM organization o WHERE o.provider_id = %s AND "
_CONTRACTS = "SELECT c.key, c.name FROM contract c WHERE c.provider_id = %s AND "
_MODULES = "SELECT n.key, n.name FROM module_connection n WHERE n.provider_id = %s AND "
_BILLING_TYPES = """
SELECT n.key, t.key, t.name FROM billing_type t JOIN module_connection n ON n.id = t.connection_id
WHERE t.provider_id = %s AND """
_SERVICES = """
SELECT c.key, s.key, v.name FROM contract_service s JOIN contract c ON c.id = s.contract_id
JOIN service v ON v.id = s.service_id WHERE s.provider_id = %s AND """


def names_in(facts: Iterable[Mapping[str, Any]]) -> Names:
    """The names of all organizations, contracts, modules and what they count in these facts."""
    found = list(facts)
    modules = _said(found, "module") | {key for one in found for key in one.get("modules", ())}
    priced = [one for one in found if "service" in one]
    return Names(
        organizations=_pairs(_ORGANIZATIONS, "o.key", _said(found, "organization")),
        contracts=_pairs(_CONTRACTS, "c.key", _said(found, "contract")),
        modules=_pairs(_MODULES, "n.key", modules),
        billing_types=_triples(_BILLING_TYPES, "n.key", modules),
        services=_triples(_SERVICES, "c.key", _said(priced, "contract")),
    )


def _said(facts: list[Mapping[str, Any]], name: str) -> set[str]:
    return {one[name] for one in facts if one.get(name)}


def _pairs(sql: str, column: str, keys: set[str]) -> dict[str, str]:
    return {key: name for key, name in _rows(sql, column, keys) if name}


def _triples(sql: str, column: str, keys: set[str]) -> dict[tuple[str, str], str]:
    return {(of, key): name for of, key, name in _rows(sql, column, keys) if name}


def _rows(sql: str, column: str, keys: set[str]) -> list[tuple[Any, ...]]:
    if not keys:
        return []
    wanted = sorted(keys)
    if connection.vendor == "postgresql":
        return fetch(f"{sql}{column} = ANY(%s::text[])", [provider_id(), wanted])
    among = f"{column} IN (SELECT value FROM json_each(%s))"
    return fetch(sql + among, [provider_id(), json.dumps(wanted)])
