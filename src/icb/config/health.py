"""/health: whether this process can do its work, for monitors and load balancers."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from icb.config.database import durability_problems
from icb.foundation.access import public
from icb.foundation.guards import guard_differences

_OK, _UNAVAILABLE = 200, 503


@public
@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """The state of the database and its guards: 200 where all is well, 503 where it is not.

    It names no guard, path or error: whoever may read more asks `icb doctor`.
    """
    states = _states()
    is_well = all(state == "ok" for state in states.values())
    return JsonResponse(
        {"status": "ok" if is_well else "failing", **states},
        status=_OK if is_well else _UNAVAILABLE,
    )


def _states() -> dict[str, str]:
    try:
        connection.ensure_connection()
        return {
            "database": "not durable" if durability_problems() else "ok",
            "guards": "not as declared" if guard_differences() else "ok",
        }
    except DatabaseError:
        return {"database": "no answer", "guards": "unknown"}
