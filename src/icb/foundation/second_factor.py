"""The second factor: codes of an app or of a paper list, asked for after the password.

The seeds are sealed like every other secret. A code is good once, whatever restarts meanwhile.
"""

from __future__ import annotations

import hmac

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.links import check_only_ours
from icb.foundation.members import membership_here, record_of, user_named
from icb.foundation.models import Membership, Provider, User
from icb.foundation.scope import every_provider, provider_id
from icb.foundation.transactions import transaction
from icb.kernel import clock

APP = Authenticator.Type.TOTP
CODES = Authenticator.Type.RECOVERY_CODES
_SECONDS = 30
_LAST = "last_step"


def has_second_factor(username: str) -> bool:
    """Whether the user is asked for a code of an app after the password."""
    return Authenticator.objects.filter(user__username=username, type=APP).exists()


def providers_that_ask(username: str) -> list[str]:
    """The names of the user's providers that ask their members for a second factor."""
    with every_provider():
        rows = Membership.objects.filter(
            user__username=username, provider__second_factor_required=True
        )
        return list(rows.order_by("provider__name").values_list("provider__name", flat=True))


def is_required() -> bool:
    """Whether the provider in scope asks its members for a second factor."""
    return Provider.objects.filter(pk=provider_id(), second_factor_required=True).exists()


def require_second_factor(*, is_required: bool) -> None:
    """Ask the members of the provider in scope for a second factor, or do so no more.

    Who has none is led to set one up before seeing anything else.
    """
    with transaction():
        require(Permission.MANAGE_USERS)
        Provider.objects.filter(pk=provider_id()).update(second_factor_required=is_required)
        audit.record(
            "require_second_factor", subject="second factor", data={"is_required": is_required}
        )


def remove_second_factor(username: str) -> None:
    """Take a member's second factor away: for somebody who lost the phone and the codes.

    All sessions of the user end. Raises Refused for a member of another provider too.
    """
    with transaction(lock="users"):
        require(Permission.MANAGE_USERS)
        user = membership_here(username).user
        check_only_ours(user)
        Authenticator.objects.filter(user=user).delete()
        end_sessions_of(user)
        audit.record("remove_second_factor", subject=username, data={})


def end_sessions_of(user: User) -> None:
    """End all sessions of a user at once."""
    user.session_round += 1
    user.save(update_fields=["session_round"])


def use_code(username: str, *, code: str) -> Authenticator | None:
    """Use a code of the user's app or paper list up: what it belongs to; None for a wrong one."""
    typed = "".join(code.split())
    with transaction():
        rows = Authenticator.objects.select_for_update().filter(user__username=username)
        each: Authenticator
        for each in rows.select_related("user").order_by("-type"):
            is_right = _is_next_code(each, typed) if each.type == APP else _is_listed(each, typed)
            if is_right:
                return each
    return None


def mark_used(username: str, *, code: str) -> None:
    """Let a code of the app not work again: the one that set it up."""
    with transaction():
        rows = Authenticator.objects.select_for_update()
        row = rows.filter(user__username=username, type=APP).first()
        if row is not None:
            _is_next_code(row, "".join(code.split()))


def record_change(username: str, *, action: str) -> None:
    """Tell the audit that a user changed the own second factor."""
    record_of(user_named(username), action=action, data={})


def _is_next_code(row: Authenticator, code: str) -> bool:
    """Whether this is a code of now, or of half a minute around it, after the last one used."""
    seed = decrypt(row.data["secret"])
    for step in range(_step() - 1, _step() + 2):
        wanted = format_hotp_value(hotp_value(seed, step))
        if step > row.data.get(_LAST, 0) and hmac.compare_digest(wanted.encode(), code.encode()):
            row.data[_LAST] = step
            row.save(update_fields=["data"])
            return True
    return False


def _is_listed(row: Authenticator, code: str) -> bool:
    if row.type != CODES:
        return False
    return RecoveryCodes(row).validate_code(code)


def _step() -> int:
    return int(clock.now().timestamp()) // _SECONDS
