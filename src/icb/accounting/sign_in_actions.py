"""Sign in to a target as a person at the browser: out with a state and a proof, back with a code.

What came back counts once, for the person and browser session that began it, and not for long.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from icb.accounting.models import SignInAttempt, Target
from icb.accounting.ports import TargetError, Theirs
from icb.accounting.registry import description
from icb.accounting.target_queries import target_named
from icb.accounting.tokens import online_target, settings_of, store_tokens
from icb.foundation import audit
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.canonical import digest
from icb.foundation.secrets import key_ring
from icb.foundation.transactions import transaction
from icb.kernel import clock
from icb.kernel.errors import Refused

_GOOD_FOR = timedelta(minutes=10)
_VERIFIER_BYTES = 48
_STATE_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that worked. Of several companies a person chooses one."""

    target: str
    companies: Sequence[Theirs]
    is_chosen: bool


def begin_sign_in(key: str, *, session: str, redirect: str) -> str:
    """The address at the target that the person's browser goes to; it comes back to `redirect`.

    `session` is the key of the browser's session. Raises Refused for a target without sign-in.
    """
    verifier = secrets.token_urlsafe(_VERIFIER_BYTES)
    state = secrets.token_urlsafe(_STATE_BYTES)
    with transaction():
        require(Permission.MANAGE_SECRETS)
        row = target_named(key)
        if not description(row.kind).needs_sign_in:
            raise Refused("no_sign_in", f"{row.name} needs no sign-in. Nothing was changed.")
        now = clock.now()
        SignInAttempt.objects.filter(expires_at__lt=now).delete()
        SignInAttempt.objects.create(
            target=row,
            state_hash=digest(state),
            session_hash=digest(session),
            verifier=key_ring().seal(verifier, place=_place(row, state)),
            redirect=redirect,
            actor=current_actor(),
            created_at=now,
            expires_at=now + _GOOD_FOR,
        )
        audit.record("begin_sign_in", subject=key, data={})
    one = online_target(row)
    return one.sign_in.address(
        settings_of(row), redirect=redirect, state=state, proof=_proof(verifier)
    )


def finish_sign_in(key: str, *, session: str, answer: Mapping[str, str]) -> SignedIn:
    """Take what the browser came back with: `state`, `code` and whatever else the target says.

    The tokens are stored before anything is done with them. Raises Refused where it was not this
    browser and person that began it, for a second time, too late, or where the target refuses.
    """
    attempt, verifier = _taken(key, session=session, state=answer.get("state", ""))
    row = attempt.target
    if not answer.get("code"):
        raise _refused(row, f"it answered {answer.get('error', 'without a code')[:100]!r}")
    sign_in = online_target(row).sign_in
    settings = settings_of(row)
    try:
        tokens = sign_in.exchange(
            settings, redirect=attempt.redirect, code=answer["code"], verifier=verifier
        )
        store_tokens(row, tokens=tokens)
        companies = list(sign_in.companies(settings, tokens, answer=answer))
    except TargetError as error:
        raise _refused(row, error.message) from None
    return SignedIn(key, companies, is_chosen=_chosen(row, companies))


def choose_company(key: str, *, company: str, name: str = "") -> None:
    """Say which of the companies that were opened documents go to."""
    with transaction(lock="billing"):
        require(Permission.TRANSFER)
        row = target_named(key)
        field = description(row.kind).company_setting
        if not field:
            raise Refused("no_company", f"{row.name} has no choice of companies.")
        _set_company(row, field, company, name)


def _taken(key: str, *, session: str, state: str) -> tuple[SignInAttempt, str]:
    """The attempt that this state belongs to, used up, with its verifier."""
    with transaction():
        require(Permission.MANAGE_SECRETS)
        rows = SignInAttempt.objects.select_for_update(of=("self",)).select_related("target")
        attempt: SignInAttempt | None = rows.filter(
            state_hash=digest(state), target__key=key, used_at=None
        ).first()
        now = clock.now()
        is_ours = (
            attempt is not None
            and attempt.session_hash == digest(session)
            and attempt.actor == current_actor()
            and attempt.expires_at > now
        )
        if attempt is None or not is_ours:
            raise Refused(
                "sign_in_unknown",
                "This sign-in was not begun here, was used already, or took too long. Nothing was "
                "stored. Begin it again from the settings of the target.",
            )
        SignInAttempt.objects.filter(pk=attempt.pk).update(used_at=now)
        audit.record("finish_sign_in", subject=key, data={})
        return attempt, key_ring().open(attempt.verifier, place=_place(attempt.target, state))


def _chosen(row: Target, companies: Sequence[Theirs]) -> bool:
    """Take the one company that was opened; whether it is settled which one it is."""
    field = description(row.kind).company_setting
    with transaction(lock="billing"):
        row.refresh_from_db()
        known = {one.id: one.name for one in companies}
        given = row.settings.get(field, "") if field else ""
        if field and len(companies) == 1:
            _set_company(row, field, companies[0].id, companies[0].name)
            return True
        Target.objects.filter(pk=row.pk).update(
            trouble="" if not field or given in known else "Choose the company.",
            connected_at=clock.now(),
        )
        return not field or given in known


def _set_company(row: Target, field: str, company: str, name: str) -> None:
    Target.objects.filter(pk=row.pk).update(
        settings={**row.settings, field: company},
        company=name[:200],
        connected_at=clock.now(),
        trouble="",
    )
    audit.record("choose_company", subject=row.key, data={"company": company, "name": name})


def _refused(row: Target, why: str) -> Refused:
    return Refused(
        "sign_in_refused",
        f"{row.name} did not let us in: {why} Nothing was changed. Try to connect again.",
    )


def _place(row: Target, state: str) -> str:
    return f"provider {row.provider_id} sign-in {digest(state)}"


def _proof(verifier: str) -> str:
    """The PKCE challenge (S256)."""
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).decode().rstrip("=")
