"""Connect accounting applications and file formats, and change how they are used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from icb.accounting.inputs import NewTarget, TargetChange
from icb.accounting.models import Target, TargetRecord
from icb.accounting.ports import Listing, TargetError, Theirs
from icb.accounting.registry import description
from icb.accounting.target_queries import TargetRow, stored_secrets, target_named, target_row
from icb.accounting.target_settings import Entered, check_settings
from icb.accounting.tokens import open_session, secret_name
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import insert_rows, to_db_instant, to_db_micro
from icb.foundation.secrets import remove_secret, store_secret
from icb.foundation.transactions import transaction
from icb.foundation.versions import check_version, version_of
from icb.kernel import clock
from icb.kernel.checks import check_text
from icb.kernel.errors import InvalidInput, Refused

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_LONGEST_NAME = 300


def connect_target(new: NewTarget) -> None:
    """Connect a target; documents go there from now on where it takes them by itself.

    Raises InvalidInput for settings that cannot be right and for a key that is taken, NotFound for
    a kind that there is not, NotPermitted where secrets are given and may not be.
    """
    if not _KEY.fullmatch(new.key):
        raise InvalidInput(
            field="key",
            value=new.key,
            message=f"key: {new.key!r} is none. Nothing was stored. Take 1 to 60 letters, digits, "
            "hyphens and underlines, such as quickbooks.",
        )
    told = description(new.kind)
    name = check_text(new.name or told.name, field="name", longest=120)
    entered = check_settings(
        told.settings,
        given=new.settings,
        kept={},
        kept_secrets=frozenset(),
        left_blank=told.company_setting,
    )
    with transaction(lock="billing"):
        require(Permission.TRANSFER)
        if Target.objects.filter(key=new.key).exists():
            raise InvalidInput(
                field="key",
                value=new.key,
                message=f"key {new.key}: it is taken already. Nothing was stored. Choose another.",
            )
        Target.objects.create(
            key=new.key,
            kind=new.kind,
            name=name,
            settings=entered.plain,
            is_automatic=new.is_automatic,
            creates_customers=new.creates_customers,
        )
        _keep_secrets(new.key, entered, kept=frozenset())
        audit.record(
            "connect_target",
            subject=new.key,
            data={
                "kind": new.kind,
                "settings": sorted(new.settings),
                "is_automatic": new.is_automatic,
                "creates_customers": new.creates_customers,
            },
        )


def version_of_target(row: TargetRow) -> str:
    """The version of what `change_target` changes, for whoever opens it."""
    return version_of([row.name, row.is_automatic, row.creates_customers, dict(row.settings)])


def change_target(key: str, *, change: TargetChange, seen: str = "") -> None:
    """Change a target's name, settings, secrets and ways. `seen`: see foundation.versions."""
    check_text(change.name, field="name", longest=120, required=True)
    with transaction(lock="billing"):
        require(Permission.TRANSFER)
        before = target_row(key)
        check_version(seen, version=version_of_target(before), subject=key)
        kept = frozenset(stored_secrets(before))
        entered = check_settings(
            before.description.settings,
            given=change.settings,
            kept=before.settings,
            kept_secrets=kept,
            left_blank=before.description.company_setting,
        )
        Target.objects.filter(pk=before.id).update(
            name=change.name,
            settings=entered.plain,
            is_automatic=change.is_automatic,
            creates_customers=change.creates_customers,
            trouble="",
        )
        _keep_secrets(key, entered, kept=kept)
        audit.record(
            "change_target",
            subject=key,
            data={
                "name": [before.name, change.name],
                "settings": sorted(change.settings),
                "is_automatic": [before.is_automatic, change.is_automatic],
                "creates_customers": [before.creates_customers, change.creates_customers],
            },
        )


def set_target_enabled(key: str, *, is_enabled: bool) -> None:
    """Begin or stop handing documents to a target. What was sent and mapped stays."""
    with transaction(lock="billing"):
        require(Permission.TRANSFER)
        row = target_named(key)
        if row.is_enabled == is_enabled:
            return
        Target.objects.filter(pk=row.pk).update(is_enabled=is_enabled)
        action = "enable_target" if is_enabled else "disable_target"
        audit.record(action, subject=key, data={})


def check_target(key: str) -> str:
    """Ask the target who it is; the company's name there. Raises Refused where it does not answer.

    Not to be called inside a transaction: it waits for the target.
    """
    require(Permission.TRANSFER)
    row = target_named(key)
    try:
        company = open_session(row).test()
    except TargetError as error:
        raise _no_answer(row, error) from None
    with transaction():
        shown = company[:200]
        Target.objects.filter(pk=row.pk).update(company=shown, connected_at=clock.now(), trouble="")
        audit.record("check_target", subject=key, data={"company": shown})
    return company


def read_records(key: str) -> dict[str, int]:
    """Read what the target has to map to, in place of what was read before; how many of each.

    Not to be called inside a transaction: it waits for the target. Raises Refused where the target
    does not answer: what was read before stays.
    """
    require(Permission.TRANSFER)
    row = target_named(key)
    listings = sorted(description(row.kind).listings)
    try:
        session = open_session(row)
        found = {what: list(session.listing(what)) for what in listings}
    except TargetError as error:
        raise _no_answer(row, error) from None
    with transaction(lock="accounting"):
        TargetRecord.objects.filter(target=row).delete()
        _write_records(row, found)
        counts = {str(what): len(theirs) for what, theirs in found.items()}
        audit.record("read_records", subject=key, data=counts)
    return counts


def _write_records(row: Target, found: Mapping[Listing, Sequence[Theirs]]) -> None:
    now = to_db_instant(clock.now())
    insert_rows(
        TargetRecord,
        columns=("target_id", "kind", "theirs", "name", "code", "percent", "seen_at"),
        rows=(
            (
                row.pk,
                what.value,
                one.id,
                one.name[:_LONGEST_NAME],
                one.code[:120],
                None if one.percent is None else to_db_micro(one.percent),
                now,
            )
            for what, theirs in found.items()
            for one in {each.id: each for each in theirs}.values()
        ),
    )


def _no_answer(row: Target, error: TargetError) -> Refused:
    return Refused(
        f"target_{error.trouble}",
        f"{row.name} gave no usable answer: {error.message} Nothing was changed here.",
        target=row.key,
    )


def _keep_secrets(key: str, entered: Entered, *, kept: frozenset[str]) -> None:
    for name, text in entered.secrets.items():
        if text:
            store_secret(secret_name(key, field=name), text=text)
        elif name in kept:
            remove_secret(secret_name(key, field=name))
