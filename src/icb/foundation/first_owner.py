"""The first owner: whoever holds the link that the program printed where nobody could sign in."""

from __future__ import annotations

from dataclasses import replace

from icb.foundation import audit
from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.links import check_nobody_can_sign_in, use_link
from icb.foundation.models import LinkKind, Membership, Role, User
from icb.foundation.passwords import store_password
from icb.foundation.providers import create_provider, providers
from icb.foundation.scope import every_provider, in_provider
from icb.foundation.transactions import transaction
from icb.kernel.errors import InvalidInput

_ACTOR = "set-up"


def set_up(
    token_hash: str, *, owner: NewUser, password: str, provider: NewProvider | None = None
) -> User:
    """Make the first owner with a password, and the provider where there is none; the owner.

    Where there are providers, the user becomes an owner of each: whoever got the link could do
    anything on the machine anyway. Raises Refused for a link that does not work and where somebody
    can sign in already, InvalidInput for what cannot be taken. Nothing is stored then.
    """
    with transaction(), acting_as_system(_ACTOR):
        use_link(token_hash, kinds=(LinkKind.SET_UP,))
        check_nobody_can_sign_in()
        _check(owner)
        user = _user(owner)
        store_password(user, password=password)
        if not providers():
            _create(provider, owner)
        for row in providers():
            with in_provider(row.id):
                _make_owner(user)
    return user


def suggested_owner() -> str:
    """The name of an owner who is there without a password, as `icb init` leaves; empty if none."""
    with every_provider():
        rows = Membership.objects.filter(role=Role.OWNER, user__is_active=True).order_by("pk")
        found: str | None = rows.values_list("user__username", flat=True).first()
    return found or ""


def _check(owner: NewUser) -> None:
    if not owner.username.strip():
        raise InvalidInput(
            field="username", message="username: nothing is given. Nothing was stored. Give a name."
        )


def _create(provider: NewProvider | None, owner: NewUser) -> None:
    if provider is None:
        raise InvalidInput(
            field="provider",
            message="provider: there is none yet. Nothing was stored. Give its name, currency and "
            "time zone.",
        )
    create_provider(replace(provider, owner=owner.username))


def _user(owner: NewUser) -> User:
    """The user of that name, made or brought to what was given."""
    user, _is_new = User.objects.get_or_create(username=owner.username)
    user.name, user.email = owner.name or user.name, owner.email.lower() or user.email
    user.is_active = True
    user.save(update_fields=["name", "email", "is_active"])
    return user


def _make_owner(user: User) -> None:
    membership: Membership | None = Membership.objects.filter(user=user).first()
    if membership is None:
        Membership.objects.create(user=user, role=Role.OWNER)
    elif membership.role != Role.OWNER:
        membership.role = Role.OWNER
        membership.save(update_fields=["role"])
    audit.record("set_up_owner", subject=user.username, data={"role": Role.OWNER.value})
