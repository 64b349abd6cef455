"""Which providers a person belongs to, and who belongs to the one in scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from icb.foundation import audit
from icb.foundation.actor import acting_as, acting_as_system
from icb.foundation.models import Membership, User
from icb.foundation.scope import every_provider, in_provider
from icb.kernel.errors import NotFound

BEFORE_SIGNING_IN = "sign-in"  # who is recorded where nobody has proven who it is


class MemberOf(NamedTuple):
    """What somebody is to a provider, and whether that asks its members for a second factor."""

    name: str
    role: str
    asks_second_factor: bool


def memberships_of(username: str) -> dict[int, MemberOf]:
    """The providers that an active user is a member of, by id, as entered."""
    columns = ("provider_id", "provider__name", "role", "provider__second_factor_required")
    with every_provider():
        rows = Membership.objects.filter(user__username=username, user__is_active=True)
        found = rows.order_by("pk").values_list(*columns)
        return {provider: MemberOf(*values) for provider, *values in found}


def membership_here(username: str) -> Membership:
    """The user's membership of the provider in scope; NotFound where there is none."""
    rows = Membership.objects.filter(user__username=username).select_related("user")
    found: Membership | None = rows.first()
    if found is None:
        raise NotFound(
            "unknown_user",
            f"{username} is not a member of this provider. Nothing was changed. Add the user "
            "first.",
            user=username,
        )
    return found


def user_named(username: str) -> User:
    """The user of this name; NotFound where there is none."""
    found = User.objects.filter(username=username).first()
    if found is None:
        raise NotFound(
            "unknown_user", f"There is no user {username}. Nothing was changed.", user=username
        )
    return found


def record_of(user: User, *, action: str, data: Mapping[str, Any], is_proven: bool = True) -> None:
    """Tell the audit of each provider that a user belongs to what was done to its account.

    `is_proven`: the user did it; else somebody who only gave the name. A user of no provider has
    no record.
    """
    for provider in list(_providers_of(user)):
        actor = acting_as(user.username) if is_proven else acting_as_system(BEFORE_SIGNING_IN)
        with in_provider(provider), actor:
            audit.record(action, subject=user.username, data=data)


def _providers_of(user: User) -> Iterator[int]:
    with every_provider():
        rows = Membership.objects.filter(user=user).order_by("provider_id")
        yield from rows.values_list("provider_id", flat=True)
