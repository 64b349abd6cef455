"""One-time links: a way in without a password, for setting one or for a first look.

A token is shown once, to whoever asked for the link, and kept as a digest. It works once, not for
long, and only until another way in was set.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q

from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, is_system, require
from icb.foundation.members import membership_here, record_of
from icb.foundation.models import LinkKind as LinkKind
from icb.foundation.models import Membership, OneTimeLink, Role, User
from icb.foundation.scope import every_provider, provider_id
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.errors import NotPermitted, Refused

PATH = "/link/"
_BYTES = 32
_LIFETIMES = {LinkKind.INVITATION: timedelta(days=7)}
_LIFETIME = timedelta(days=1)


class Link(NamedTuple):
    """What an open link is good for; `username` is empty for setting up the installation."""

    kind: LinkKind
    username: str
    name: str
    expires_at: datetime


def one_time_link(username: str, *, kind: LinkKind | str, base_url: str) -> str:
    """A new link for a member, in place of earlier ones of its kind; `base_url` is where pages are.

    Raises NotPermitted without leave to manage users, NotFound for somebody who is no member here,
    and Refused for a member of another provider too, whose owners have not been asked.
    """
    with transaction(lock="users"):
        require(Permission.MANAGE_USERS)
        user = membership_here(username).user
        check_only_ours(user)
        link, token = _made(LinkKind(kind), user=user, provider=provider_id())
        said = {"kind": link.kind, "expires_at": link.expires_at}
        audit.record("make_link", subject=username, data=said)
    return _address(base_url, token)


def set_up_link(*, base_url: str) -> str:
    """A new link for setting up the installation: for whoever starts the program on the machine.

    Raises Refused where somebody can sign in already.
    """
    if not is_system():
        raise NotPermitted(
            "not_permitted", "Only the program itself makes this link. Nothing was stored."
        )
    with transaction():
        check_nobody_can_sign_in()
        _link, token = _made(LinkKind.SET_UP, user=None, provider=None)
    return _address(base_url, token)


def reset_links(login: str, *, base_url: str) -> list[tuple[str, str]]:
    """A link for each user with this name or e-mail address: the address to mail to, and the link.

    Empty where there is none, or none who has an e-mail address. For the page of forgotten
    passwords, which tells nobody what came of it.
    """
    wanted = login.strip()
    named = Q(username__iexact=wanted) | Q(email__iexact=wanted)
    users = User.objects.filter(named, is_active=True).exclude(email="").order_by("pk")
    found = []
    for user in users if wanted else ():
        with transaction():
            link, token = _made(LinkKind.RESET, user=user, provider=None)
            said = {"kind": link.kind, "expires_at": link.expires_at}
            record_of(user, action="ask_for_link", data=said, is_proven=False)
        found.append((user.email, _address(base_url, token)))
    return found


def open_link(token_hash: str) -> Link | None:
    """What the link with this digest is good for; None where it was used, ran out or never was."""
    link = _open(token_hash)
    if link is None:
        return None
    username, name = (link.user.username, link.user.name) if link.user else ("", "")
    return Link(LinkKind(link.kind), username, name, link.expires_at)


def use_link(token_hash: str, *, kinds: tuple[LinkKind, ...]) -> User | None:
    """Use a link up, in the transaction of what it is used for: its user, None for a set-up.

    Raises Refused where it was used, ran out, or is good for something else. Of two at once, one
    gets it.
    """
    link = _open(token_hash)
    taken = 0
    if link is not None and link.kind in kinds:
        taken = OneTimeLink.objects.filter(pk=link.pk, used_at=None).update(used_at=clock.now())
    if link is None or not taken:
        raise Refused(
            "link_used",
            "This link was used already, or has run out. Nothing was changed. Ask for a new one.",
        )
    if link.user is not None:
        record_of(link.user, action="use_link", data={"kind": link.kind})
    return link.user


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def void_links(user: User) -> None:
    """Let no open link of a user work any more: another way in was set, or the user is gone."""
    OneTimeLink.objects.filter(user=user, used_at=None).update(expires_at=clock.now())


def can_anybody_sign_in() -> bool:
    """Whether an active user has a password, so that the installation needs no first owner."""
    users = User.objects.filter(is_active=True).exclude(password="")
    return users.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()


def check_nobody_can_sign_in() -> None:
    """Raise Refused where somebody can sign in: the installation was set up already."""
    if can_anybody_sign_in():
        raise Refused(
            "already_set_up",
            "Somebody can sign in here already. Nothing was changed. Sign in, or ask an owner for "
            "a link.",
        )


def check_only_ours(user: User) -> None:
    """Raise Refused where the user is a member of a provider that whoever acts does not own.

    A link, and taking a second factor away, open the user's way to every provider.
    """
    if is_system():
        return
    with every_provider():
        own = Membership.objects.filter(user__username=current_actor(), role=Role.OWNER)
        owned = set(own.values_list("provider_id", flat=True))
        theirs = set(Membership.objects.filter(user=user).values_list("provider_id", flat=True))
    if not theirs <= owned:
        raise Refused(
            "other_member",
            f"{user.username} works for another provider too, and you do not own it. Nothing was "
            "changed. Let the person reset the password by e-mail, or ask an owner of both.",
            user=user.username,
        )


def _made(kind: LinkKind, *, user: User | None, provider: int | None) -> tuple[OneTimeLink, str]:
    """A stored link and its token; earlier ones for the same end work no more."""
    now = clock.now()
    token = secrets.token_urlsafe(_BYTES)
    OneTimeLink.objects.filter(kind=kind, user=user, used_at=None).update(expires_at=now)
    link = OneTimeLink.objects.create(
        token_hash=digest_of(token),
        kind=kind,
        user=user,
        provider_id=provider,
        created_at=now,
        expires_at=now + _LIFETIMES.get(kind, _LIFETIME),
    )
    return link, token


def _open(token_hash: str) -> OneTimeLink | None:
    rows = OneTimeLink.objects.filter(token_hash=token_hash, used_at=None)
    link = rows.filter(expires_at__gt=clock.now()).select_related("user").first()
    is_usable = link is not None and (link.user is None or link.user.is_active)
    return link if is_usable else None


def _address(base_url: str, token: str) -> str:
    return f"{base_url.rstrip('/')}{PATH}{token}"
