"""Users and their roles: added, changed and stopped by an owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.inputs import NewUser
from icb.foundation.listing import Asked, Kind, Page, Wanted, page_of
from icb.foundation.members import membership_here
from icb.foundation.models import Membership, OneTimeLink, Role, User
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, Refused


class UserRow(NamedTuple):
    """One member of the provider in scope, for lists."""

    username: str
    name: str
    email: str
    role: str
    is_active: bool


class MemberRow(NamedTuple):
    """One member of the provider in scope, and how the member signs in."""

    username: str
    name: str
    email: str
    role: str
    last_sign_in: datetime | None
    has_second_factor: bool
    has_password: bool


_MEMBER = (
    "user__username",
    "user__name",
    "user__email",
    "role",
    "user__last_login",
    "has_second_factor",
    "has_password",
)
_ASKED = {
    "username": Asked("user__username", is_searched=True),
    "name": Asked("user__name", is_searched=True),
    "email": Asked("user__email", is_searched=True),
    "role": Asked("role", Kind.CHOICE),
    "last_sign_in": Asked("user__last_login", Kind.MOMENT),
    "has_second_factor": Asked("has_second_factor", Kind.YES_NO),
    "has_password": Asked("has_password", Kind.YES_NO),
}


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
                username=new.username, defaults={"name": new.name, "email": new.email.lower()}
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
        membership = membership_here(username)
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
        membership = membership_here(username)
        if membership.role == Role.OWNER:
            _check_other_owner(username)
        role = membership.role
        OneTimeLink.objects.filter(
            user=membership.user_id, provider=provider_id(), used_at=None
        ).update(expires_at=clock.now())
        membership.delete()
        audit.record("remove_user", subject=username, data={"role": role})


def users() -> list[UserRow]:
    """The members of the provider in scope, in order of entry."""
    rows = Membership.objects.order_by("pk").values_list(
        "user__username", "user__name", "user__email", "role", "user__is_active"
    )
    return [UserRow(*row) for row in rows]


def member_page(wanted: Wanted) -> Page[MemberRow]:
    """The members of the provider in scope as a list asks for them."""
    apps = Authenticator.objects.filter(user=OuterRef("user"), type=Authenticator.Type.TOTP)
    found = Membership.objects.order_by("pk").annotate(
        has_second_factor=Exists(apps),
        has_password=ExpressionWrapper(
            ~Q(user__password="") & ~Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX),
            output_field=BooleanField(),
        ),
    )
    return page_of(
        found, wanted=wanted, columns=_ASKED, fields=_MEMBER, make=lambda row: MemberRow(*row)
    )


def member_named(username: str) -> MemberRow:
    """One member of the provider in scope; NotFound where there is none of the name."""
    membership_here(username)
    wanted = Wanted(conditions={"username": username}, size=0)
    return next(row for row in member_page(wanted).rows if row.username == username)


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


def _check_other_owner(username: str) -> None:
    owners = Membership.objects.filter(role=Role.OWNER, user__is_active=True)
    if not owners.exclude(user__username=username).exists():
        raise Refused(
            "last_owner",
            f"{username} is the only owner of this provider. Nothing was changed. Make another "
            "user an owner first.",
            user=username,
        )
