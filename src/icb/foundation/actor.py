"""Who acts: entered once where a command, a request or a job begins, and asked by every action."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from icb.foundation.models import Membership, Role, User
from icb.foundation.permissions import BY_ROLE, EVERYTHING, Permission
from icb.foundation.scope import provider_id
from icb.kernel.errors import NotPermitted

__all__ = [
    "Permission",
    "acting_as",
    "acting_as_member",
    "acting_as_system",
    "allowed",
    "current_actor",
    "is_system",
    "require",
]


@dataclass(frozen=True)
class _Actor:
    name: str
    is_system: bool
    # Read at most once per provider in the block, so that bulk work does not ask again and again.
    permissions: dict[int, frozenset[Permission]] = field(default_factory=dict)


_actor: ContextVar[_Actor | None] = ContextVar("icb_actor", default=None)


@contextmanager
def acting_as(username: str) -> Iterator[None]:
    """Run the block as this user, with what the user's role at the provider in scope allows.

    Raises NotPermitted where no active user has the name.
    """
    if not User.objects.filter(username=username, is_active=True).exists():
        raise NotPermitted(
            "unknown_user",
            f"There is no active user {username}. Nothing was done. Name a user that an owner "
            "has added.",
            user=username,
        )
    with _acting(_Actor(username, is_system=False)):
        yield


@contextmanager
def acting_as_member(username: str, *, role: str) -> Iterator[None]:
    """As `acting_as`, for a caller that has just read that the user is active and a member of the
    provider in scope with this role: nothing is read again."""
    granted = {provider_id(): BY_ROLE[Role(role)]}
    with _acting(_Actor(username, is_system=False, permissions=granted)):
        yield


@contextmanager
def acting_as_system(name: str) -> Iterator[None]:
    """Run the block as a part of the program, with all permissions, recorded under `name`.

    For set-up, scenarios, the demo and jobs that the program starts itself.
    """
    with _acting(_Actor(name, is_system=True)):
        yield


@contextmanager
def _acting(actor: _Actor) -> Iterator[None]:
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def current_actor() -> str:
    """The name that changes are recorded under; NotPermitted where nobody acts."""
    return _current().name


def is_system() -> bool:
    """Whether the program itself acts, and not a person."""
    return _current().is_system


def allowed() -> frozenset[Permission]:
    """What whoever acts may do for the provider in scope: to show no button that would refuse."""
    return _permissions(_current())


def require(permission: Permission) -> None:
    """Raise NotPermitted unless whoever acts may do this for the provider in scope."""
    actor = _current()
    if permission in _permissions(actor):
        return
    raise NotPermitted(
        "not_permitted",
        f"{actor.name} has no permission to {permission.value.replace('_', ' ')}. Nothing was "
        "changed. Ask an owner for a role that has it.",
        user=actor.name,
        permission=permission.value,
    )


def _current() -> _Actor:
    actor = _actor.get()
    if actor is None:
        raise NotPermitted(
            "no_actor", "Nobody acts here. Nothing was changed. Enter acting_as(...) first."
        )
    return actor


def _permissions(actor: _Actor) -> frozenset[Permission]:
    if actor.is_system:
        return EVERYTHING
    provider = provider_id()
    if provider not in actor.permissions:
        roles = Membership.objects.filter(user__username=actor.name, user__is_active=True)
        granted = [BY_ROLE[Role(role)] for role in roles.values_list("role", flat=True)]
        actor.permissions[provider] = frozenset().union(*granted)
    return actor.permissions[provider]
