"""Requests as programs send them. Every answer is compared with the promised form of answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from django.test import Client
from jsonschema import Draft202012Validator

URL = "/api/v1/usage"
JSON = "application/json"
EVENT = "application/cloudevents+json"
EVENTS = "application/cloudevents-batch+json"
ROW = {"organization": {"id": "7", "name": "Acme"}, "billing_type": "devices", "count": "12"}
DAY = {"day": "2025-12-31", "complete": True, "counts": [ROW]}
PROMISED = yaml.safe_load(
    (Path(__file__).parents[2] / "docs" / "reference" / "usage-api.yaml").read_text("utf-8")
)
_RESPONSES = PROMISED["paths"][URL]["post"]["responses"]


def push(said: object, *, token: str, form: str = JSON) -> Any:
    """Push with a token; the answer, checked."""
    return send(said, headers={"Authorization": f"Bearer {token}"}, form=form)


def send(
    said: object, *, headers: dict[str, str], form: str = JSON, at: str = URL, method: str = "post"
) -> Any:
    """Send a request; the answer, checked."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    call = getattr(Client(), method)
    return checked(call(at, data=body, content_type=form, headers=headers))


def checked(answer: Any) -> Any:
    """The answer, once its status, body and headers are what is promised."""
    assert str(answer.status_code) in _RESPONSES, answer.status_code
    response = _found(_RESPONSES[str(answer.status_code)])
    assert answer.headers["Content-Type"] == JSON
    for name, header in response.get("headers", {}).items():
        _check(answer.headers[name], header["schema"])
    _check(answer.json(), response["content"][JSON]["schema"])
    return answer


def event(**changed: Any) -> dict[str, Any]:
    """One CloudEvent; what belongs to its data may be given by name too."""
    data = {"billing_type": "devices", "count": "3", "day": "2025-12-31"}
    data |= {name: changed.pop(name) for name in list(changed) if name in data}
    basis = {"specversion": "1.0", "type": "icb.usage.count.v1", "source": "/rmm", "id": "1"}
    return {**basis, "subject": "7", "data": data, **changed}


def problem(answer: Any) -> tuple[int, str, str]:
    """Row, field and code of the first problem."""
    first = answer.json()["problems"][0]
    return first["row"], first["field"], first["code"]


def _found(said: dict[str, Any]) -> Any:
    if "$ref" not in said:
        return said
    found: Any = PROMISED
    for step in said["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def _check(value: object, schema: dict[str, Any]) -> None:
    Draft202012Validator({**schema, "components": PROMISED["components"]}).validate(value)
