"""Answers and refusals of the API, all of them JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from icb.foundation.access import public
from icb.hub.inputs import Problem
from icb.hub.push_inputs import Pushed
from icb.kernel.errors import Refused

# What the hub calls by these names stands in fields of other names here.
_FIELDS = {"value": "count", "rows": "counts"}
# A conflict that can pass by itself, and after how many seconds to try again.
_BUSY, _BUSY_SECONDS = "database_busy", 5


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
    status: int, *, code: str, field: str, message: str, headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """A request that was not taken as a whole; `field` is the part of it that says why."""
    problem = Problem(0, field, code, message)
    return _refusal(status, [problem], headers=headers or {})


def not_taken(error: Refused) -> JsonResponse:
    """What contradicts something that stands: 409, or 503 where it only came at a bad moment."""
    if error.code == _BUSY:
        later = {"Retry-After": str(_BUSY_SECONDS)}
        return refused(503, code=_BUSY, field="requests", message=error.message, headers=later)
    row, field = error.details.get("row", 0), str(error.details.get("field", "connection"))
    problem = Problem(int(str(row)), field, error.code, error.message)
    return _refusal(409, [problem], headers={})


def invalid(problems: Sequence[Problem]) -> JsonResponse:
    """A body whose fields are not as documented: 422, all problems at once."""
    return _refusal(422, problems, headers={})


@public
@csrf_exempt
def no_such_address(_request: HttpRequest) -> JsonResponse:
    """Anything else under /api/."""
    return refused(404, code="not_found", field="path", message="There is nothing here.")


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
