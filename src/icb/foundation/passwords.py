"""Passwords: set by a one-time link, or changed by whoever knows the old one."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from icb.foundation.links import use_link, void_links
from icb.foundation.members import record_of, user_named
from icb.foundation.models import LinkKind, User
from icb.foundation.transactions import transaction
from icb.kernel.errors import Broken, InvalidInput


def set_password_by_link(token_hash: str, *, password: str) -> User:
    """Use an invitation or a reset up and set the user's password; the user, who may now sign in.

    All sessions of the user end. Raises Refused for a link that does not work, InvalidInput for a
    password that is too easy; the link is then as good as before.
    """
    with transaction():
        user = use_link(token_hash, kinds=(LinkKind.INVITATION, LinkKind.RESET))
        if user is None:
            raise Broken("link_without_user", "This link names no user. Nothing was changed.")
        store_password(user, password=password)
        record_of(user, action="set_password", data={})
    return user


def sign_in_by_link(token_hash: str) -> User:
    """Use a link for signing in up; its user. Raises Refused for one that does not work."""
    with transaction():
        user = use_link(token_hash, kinds=(LinkKind.SIGN_IN,))
        if user is None:
            raise Broken("link_without_user", "This link names no user. Nothing was changed.")
    return user


def change_password(username: str, *, old: str, new: str) -> User:
    """Change one's own password, or set the first one; the other sessions of the user end.

    `old` is not asked of a user who has none yet. Raises InvalidInput where the old one is wrong
    or the new one too easy.
    """
    with transaction():
        user = user_named(username)
        if user.has_usable_password() and not check_password(old, user.password):
            raise InvalidInput(
                field="old",
                message="The present password is not right. Nothing was changed. Type it again.",
            )
        store_password(user, password=new, field="new")
        record_of(user, action="change_password", data={})
    return user


def store_password(user: User, *, password: str, field: str = "password") -> None:
    """Set a user's password and void the user's open links; InvalidInput where it is too easy."""
    check_password_of(user, password=password, field=field)
    user.set_password(password)
    user.save(update_fields=["password"])
    void_links(user)


def check_password_of(user: User, *, password: str, field: str = "password") -> None:
    """Raise InvalidInput, naming the field, for a password that is too easy for this user."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(field=field, message=" ".join(error.messages)) from error
