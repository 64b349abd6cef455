"""JSON with exact decimals, which the usual encoder would make inexact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

from icb.foundation.canonical import exact_text

Json = Mapping[str, "Json"] | list["Json"] | str | int | bool | Decimal | None


def json_text(value: Json) -> str:
    """`value` as JSON in ASCII; decimals are numbers in their shortest plain notation."""
    if isinstance(value, Decimal):
        return exact_text(value)
    if isinstance(value, Mapping):
        fields = (f"{json.dumps(name)}:{json_text(inner)}" for name, inner in value.items())
        return f"{{{','.join(fields)}}}"
    if isinstance(value, list):
        return f"[{','.join(json_text(inner) for inner in value)}]"
    return json.dumps(value)
