"""A quarantined answer as text and back: exactly what the module said, until a person decides."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from icb.hub.inputs import Answer, CountRow


def as_text(answer: Answer) -> str:
    """The answer as JSON. Decimals keep their digits; the stamp is kept with the snapshot."""
    said = {
        "rows": [[row[0], row[1], _plain(row[2])] for row in answer.rows],
        "names": dict(answer.names),
        "created": {id: day.isoformat() for id, day in answer.created.items()},
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_text(text: str, *, day: date, is_complete: bool, stamp: int | None) -> Answer:
    """The answer as it was given."""
    said = json.loads(text)
    return Answer(
        day=day,
        rows=[CountRow(row[0], row[1], _exact(row[2])) for row in said["rows"]],
        is_complete=is_complete,
        stamp=stamp,
        names=said["names"],
        created={id: date.fromisoformat(iso) for id, iso in said["created"].items()},
    )


def _plain(value: object) -> object:
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def _exact(value: Any) -> object:
    return Decimal(value["decimal"]) if isinstance(value, dict) else value
