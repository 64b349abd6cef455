"""Users and their roles: added, changed and stopped by an owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.inputs import NewUser
from icb.foundation.models import Membership, Role, User
from icb.foundation.transactions import transaction
from icb.kernel.errors import InvalidInput, NotFound, Refused


class UserRow(NamedTuple):
    """One member of the provider in scope, for lists."""

    username: str
    name: str
    email: str
    role: str
    is_active: bool


def add_users(news: Sequence[NewUser]) -> dict[str, int]:
    """Give users a role at the provider in scope, adding those who are not known; ids by name.

    They have no password until they set one. Raises InvalidInput for an unknown role, a name given
    twice, and a user who is a member already.
    """
    with transaction():
        require(Permission.MANAGE_USERS)
        roles = {new.username: _role(new.role) for new in news}
        _check_new(news)
        ids = {}
        for new in news:
            user, is_new = User.objects.get_or_create(
                username=new.username, defaults={"name": new.name, "email": new.email}
            )
            if is_new:
                user.set_unusable_password()
                user.save(update_fields=["password"])
            Membership.objects.create(user=user, role=roles[new.username])
            ids[new.username] = user.pk
        said = {name: role.value for name, role in roles.items()}
        audit.record("add_users", subject=", ".join(said)[:200], data={"roles": said})
    return ids


def change_role(username: str, *, role: Role | str) -> None:
    """Give a member another role. Refused where the provider would be left without an owner."""
    with transaction(lock="users"):
        require(Permission.MANAGE_USERS)
        membership = _membership(username)
        before, membership.role = membership.role, _role(role)
        if before == Role.OWNER and membership.role != Role.OWNER:
            _check_other_owner(username)
        membership.save(update_fields=["role"])
        audit.record(
            "change_role", subject=username, data={"before": before, "after": membership.role}
        )


def remove_user(username: str) -> None:
    """End a user's membership; the name stays for what was done under it.

    Refused where the provider would be left without an owner.
    """
    with transaction(lock="users"):
        require(Permission.MANAGE_USERS)
        membership = _membership(username)
        if membership.role == Role.OWNER:
            _check_other_owner(username)
        role = membership.role
        membership.delete()
        audit.record("remove_user", subject=username, data={"role": role})


def users() -> list[UserRow]:
    """The members of the provider in scope, in order of entry."""
    rows = Membership.objects.order_by("pk").values_list(
        "user__username", "user__name", "user__email", "role", "user__is_active"
    )
    return [UserRow(*row) for row in rows]


def _role(role: Role | str) -> Role:
    if role in Role.values:
        return Role(role)
    raise InvalidInput(
        field="role",
        value=role,
        message=f"role: {role} is no role. Nothing was stored. Give one of "
        f"{', '.join(Role.values)}.",
    )


def _check_new(news: Sequence[NewUser]) -> None:
    names = [new.username for new in news]
    members = set(
        Membership.objects.filter(user__username__in=names).values_list("user__username", flat=True)
    )
    for name in names:
        if not name or names.count(name) > 1 or name in members:
            raise InvalidInput(
                field="username",
                value=name,
                message=f"username: {name or 'nothing'} is empty, given twice or a member "
                "already. Nothing was stored. Give each new member once.",
            )


def _membership(username: str) -> Membership:
    found: Membership | None = Membership.objects.filter(user__username=username).first()
    if found is None:
        raise NotFound(
            "unknown_user",
            f"{username} is not a member of this provider. Nothing was changed. Add the user "
            "first.",
            user=username,
        )
    return found


def _check_other_owner(username: str) -> None:
    owners = Membership.objects.filter(role=Role.OWNER, user__is_active=True)
    if not owners.exclude(user__username=username).exists():
        raise Refused(
            "last_owner",
            f"{username} is the only owner of this provider. Nothing was changed. Make another "
            "user an owner first.",
            user=username,
        )
