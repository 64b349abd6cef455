"""What people change about themselves, and what is kept of their coming and going."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.links import check_only_ours
from icb.foundation.members import membership_here, record_of, user_named
from icb.foundation.models import OneTimeLink, User
from icb.foundation.second_factor import end_sessions_of
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.errors import InvalidInput

_LONGEST_NAME = 200
_KEPT = timedelta(days=90)


class OwnAccount(NamedTuple):
    """What a person sees of the own account."""

    username: str
    name: str
    email: str
    has_password: bool


def own_account(username: str) -> OwnAccount:
    """One's own account; NotFound where nobody has the name."""
    user = user_named(username)
    return OwnAccount(user.username, user.name, user.email, user.has_usable_password())


def change_account(username: str, *, name: str, email: str) -> None:
    """Change one's own name and e-mail address; open links, which went to the old one, end.

    Raises InvalidInput for a name that is too long and an address that is none.
    """
    with transaction():
        user = user_named(username)
        _check_account(name=name, email=email)
        before = {"name": user.name, "email": user.email}
        user.name, user.email = name.strip(), email.strip().lower()
        after = {"name": user.name, "email": user.email}
        if after == before:
            return
        user.save(update_fields=["name", "email"])
        if before["email"] != user.email:
            OneTimeLink.objects.filter(user=user, used_at=None).update(expires_at=clock.now())
        record_of(user, action="change_account", data={"before": before, "after": after})


def end_own_sessions(username: str) -> User:
    """End all of one's own sessions; the user, for the one session that is to go on."""
    with transaction():
        user = user_named(username)
        end_sessions_of(user)
        record_of(user, action="end_sessions", data={})
    return user


def end_sessions(username: str) -> None:
    """End all sessions of a member. Raises Refused for a member of another provider too."""
    with transaction(lock="users"):
        require(Permission.MANAGE_USERS)
        user = membership_here(username).user
        check_only_ours(user)
        end_sessions_of(user)
        audit.record("end_sessions", subject=username, data={})


def end_every_session() -> None:
    """End the sessions of all users, and every open link: after a restore, which would bring back
    what was ended since."""
    with transaction():
        Session.objects.all().delete()
        OneTimeLink.objects.filter(used_at=None).update(expires_at=clock.now())


def record_sign_in(username: str, *, means: str, address: str) -> None:
    """Tell the audit that a user signed in, by which means and from where; and tidy up."""
    with transaction():
        record_of(user_named(username), action="sign_in", data={"means": means, "address": address})
        _tidy_up()


def record_failed_sign_in(login: str, *, means: str, address: str) -> None:
    """Tell the audit that somebody tried to sign in as a user and failed.

    A name that nobody has is not kept: a password typed into the wrong field would be.
    """
    with transaction():
        named = User.objects.filter(Q(username__iexact=login) | Q(email__iexact=login))
        for user in named.order_by("pk") if login else ():
            data = {"means": means, "address": address}
            record_of(user, action="sign_in_failed", data=data, is_proven=False)


def record_sign_out(username: str) -> None:
    """Tell the audit that a user signed out."""
    with transaction():
        record_of(user_named(username), action="sign_out", data={})


def _check_account(*, name: str, email: str) -> None:
    if len(name) > _LONGEST_NAME:
        raise InvalidInput(
            field="name",
            message=f"name: longer than {_LONGEST_NAME} characters. Nothing was stored. Shorten "
            "it.",
        )
    try:
        if email.strip():
            validate_email(email.strip())
    except ValidationError:
        raise InvalidInput(
            field="email",
            value=email,
            message=f"email: {email} is no e-mail address. Nothing was stored. Check it.",
        ) from None


def _tidy_up() -> None:
    """Forget sessions that ran out, and links that have been of no use for long."""
    now = clock.now()
    Session.objects.filter(expire_date__lt=now).delete()
    OneTimeLink.objects.filter(expires_at__lt=now - _KEPT).delete()
