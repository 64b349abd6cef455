"""Settings, secrets and tokens of a target. Tokens are fetched by one at a time, and stored
before anybody uses them: the old refresh token may be worth nothing from then on.

Nothing here may be called inside a transaction: it waits for other machines.
"""

from __future__ import annotations

import json
import secrets
import time
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from icb.accounting.models import Target
from icb.accounting.ports import OnlineTarget, TargetError, TargetSession, Tokens, Trouble
from icb.accounting.registry import description, is_online, target
from icb.foundation.actor import acting_as_system
from icb.foundation.secrets import secret, store_secret
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.errors import NotFound, Refused

_TOKENS = "tokens"
_GOOD_FOR = timedelta(minutes=3)
"""Tokens that expire sooner are fetched anew."""
_HELD_FOR = timedelta(minutes=3)
_WAITED_SECONDS = 60
_POLL_MILLISECONDS = 200
_WITHOUT_TOKENS = Tokens("", "", datetime(9999, 1, 1, tzinfo=UTC))
_SYSTEM = "accounting"


def secret_name(key: str, *, field: str) -> str:
    """Under which name a secret of a target is kept."""
    return f"accounting:{key}:{field}"


def settings_of(row: Target) -> dict[str, str]:
    """What a person gave to connect the target, secrets among it."""
    found = dict(row.settings)
    for one in description(row.kind).settings:
        if one.is_secret:
            try:
                found[one.name] = secret(secret_name(row.key, field=one.name))
            except NotFound:
                found[one.name] = ""
    return found


def open_session(row: Target, *, is_again: bool = False) -> TargetSession:
    """A session with the target. With `is_again` its tokens are fetched anew first.

    Raises TargetError.
    """
    one = online_target(row)
    return one.open(settings_of(row), fresh_tokens(row, is_again=is_again))


def online_target(row: Target) -> OnlineTarget:
    """The application that a target is; Refused where it is a file format."""
    one = target(row.kind)
    if not is_online(one):
        raise Refused(
            "target_is_a_file",
            f"{row.name} takes files that a person carries over. Nothing was done. Make a file.",
        )
    return one


def fresh_tokens(row: Target, *, is_again: bool = False) -> Tokens:
    """Tokens that are good for some minutes yet; fetched and stored where they were not.

    Raises TargetError: SIGN_IN where a person has to connect again, LATER where somebody else is
    still fetching.
    """
    if not description(row.kind).needs_sign_in:
        return _WITHOUT_TOKENS
    seen = _stored(row)
    if not is_again and seen.expires_at > clock.now() + _GOOD_FOR:
        return seen
    holder = secrets.token_hex(16)
    ends_at = time.monotonic() + _WAITED_SECONDS
    while not _take(row, holder):
        if time.monotonic() > ends_at:
            raise TargetError(
                Trouble.LATER, f"{row.name}: somebody else is fetching new tokens and not done yet."
            )
        time.sleep(_POLL_MILLISECONDS / 1000)
    try:
        now = _stored(row)
        return now if now != seen else _fetched(row, seen)
    finally:
        Target.objects.filter(pk=row.pk, refreshing=holder).update(
            refreshing="", refreshing_until=None
        )


def store_tokens(row: Target, *, tokens: Tokens) -> None:
    """Keep tokens in place of those before; in a transaction of its own."""
    text = json.dumps(
        {
            "access": tokens.access,
            "refresh": tokens.refresh,
            "expires_at": tokens.expires_at.astimezone(UTC).isoformat(),
        }
    )
    with acting_as_system(_SYSTEM), transaction():
        store_secret(secret_name(row.key, field=_TOKENS), text=text)
        Target.objects.filter(pk=row.pk).update(tokens_expire_at=tokens.expires_at)


def _fetched(row: Target, old: Tokens) -> Tokens:
    tokens = online_target(row).sign_in.refresh(settings_of(row), old)
    store_tokens(row, tokens=tokens)
    return tokens


def _take(row: Target, holder: str) -> bool:
    """Be the one who fetches, unless somebody is; who died is out of the way after a while."""
    now = clock.now()
    free = Target.objects.filter(pk=row.pk).filter(Q(refreshing="") | Q(refreshing_until__lt=now))
    return bool(free.update(refreshing=holder, refreshing_until=now + _HELD_FOR))


def _stored(row: Target) -> Tokens:
    try:
        told = json.loads(secret(secret_name(row.key, field=_TOKENS)))
    except NotFound:
        raise TargetError(Trouble.SIGN_IN, f"{row.name} is not signed in to. Connect it.") from None
    return Tokens(
        access=told["access"],
        refresh=told["refresh"],
        expires_at=datetime.fromisoformat(told["expires_at"]),
    )
