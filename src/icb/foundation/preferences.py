"""What a user wants remembered: columns of a list, saved views, theme, locale, ticked boxes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.models import Preference, User
from icb.foundation.scope import forget, kept_while_reading
from icb.kernel.errors import InvalidInput

_MOST_BYTES = 20_000


def preferences(names: Iterable[str]) -> dict[str, Any]:
    """What the user who acts has stored under these names at the provider in scope."""
    actor = current_actor()
    mine = kept_while_reading(_kept_as(actor), make=lambda: _all_of(actor))
    return {name: mine[name] for name in names if name in mine}


def _all_of(actor: str) -> dict[str, Any]:
    """All at once: a page asks for some at its head and for others beside its list."""
    rows = Preference.objects.filter(user__username=actor)
    return dict(rows.values_list("name", "value"))


def _kept_as(actor: str) -> str:
    return f"preferences of {actor}"


def preference(name: str, *, default: Any = None) -> Any:
    """What the user who acts has stored under this name; `default` where nothing."""
    return preferences([name]).get(name, default)


def remember(name: str, *, value: Any) -> None:
    """Store a preference of the user who acts, JSON of moderate size; None forgets it.

    Raises NotPermitted where nobody acts, and InvalidInput for a value that is too large.
    """
    require(Permission.READ)
    forget(_kept_as(current_actor()))
    mine = Preference.objects.filter(user__username=current_actor(), name=name)
    if value is None:
        mine.delete()
        return
    _check_size(name, value=value)
    user = User.objects.get(username=current_actor())
    Preference.objects.update_or_create(user=user, name=name, defaults={"value": value})


def _check_size(name: str, *, value: Any) -> None:
    """Raise InvalidInput for a value that is larger than what anybody would choose by hand."""
    if len(json.dumps(value)) > _MOST_BYTES:
        raise InvalidInput(
            field=name,
            message=f"{name}: this is too much to remember. Nothing was stored. Choose less.",
        )
