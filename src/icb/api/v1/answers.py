"""Answers and refusals of the API, all of them JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, JsonResponse

from icb.hub.inputs import Problem
from icb.hub.push_inputs import Pushed

# What the hub calls a count's value stands in a field of another name here.
_FIELDS = {"value": "count"}


def pushed(result: Pushed) -> JsonResponse:
    """What became of a push: 200, or 422 where its counts cannot be taken."""
    body: dict[str, object] = {
        "status": result.state,
        "stored": result.stored,
        "problems": [_problem(problem) for problem in result.problems],
    }
    if result.waiting_for:
        body["waiting_for"] = list(result.waiting_for)
    return JsonResponse(body, status=422 if result.state == "refused" else 200)


def refused(
    status: int, *, code: str, message: str, headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """A request that was not taken as a whole."""
    problem = Problem(0, "", code, message)
    return _refusal(status, [problem], headers=headers or {})


def invalid(problems: Sequence[Problem]) -> JsonResponse:
    """A body whose fields are not as documented: 422, all problems at once."""
    return _refusal(422, problems, headers={})


def no_such_address(_request: HttpRequest) -> JsonResponse:
    """Anything else under /api/."""
    return refused(404, code="not_found", message="There is nothing at this address.")


def _refusal(
    status: int, problems: Sequence[Problem], *, headers: Mapping[str, str]
) -> JsonResponse:
    body = {
        "status": "refused",
        "stored": 0,
        "problems": [_problem(problem) for problem in problems],
    }
    return JsonResponse(body, status=status, headers=dict(headers))


def _problem(problem: Problem) -> dict[str, object]:
    return {**problem._asdict(), "field": _FIELDS.get(problem.field, problem.field)}
