"""Take what programs push: whole days, parts of them, and single events, each once.

Who may push is said by tokens and signing secrets, which belong to one connection.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from icb.foundation import audit
from icb.foundation.actor import current_actor, require
from icb.foundation.bulk import fetch, insert_rows, texts_in, to_db_instant
from icb.foundation.canonical import digest
from icb.foundation.permissions import Permission
from icb.foundation.scope import provider_id
from icb.foundation.secrets import store_secret
from icb.foundation.transactions import transaction
from icb.hub.connecting_queries import secret_name
from icb.hub.inputs import Answer, CountRow, Problem, Receipt
from icb.hub.kept_rows import as_text, from_text
from icb.hub.models import ConnectionToken, ModuleConnection, PushedMessage, PushedPart
from icb.hub.module_queries import connection_named
from icb.hub.push_inputs import Delivery, NewEvent, NewPart, NewToken, Pushed
from icb.hub.push_queries import (
    SIGNING,
    TokenRow,
    UnfinishedRow,
    token_hash,
    tokens,
    unfinished_uploads,
)
from icb.hub.receiving import QUARANTINED, REFUSED
from icb.hub.registry import PUSH
from icb.hub.snapshot_actions import take_snapshots
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, NotFound, Refused

__all__ = [
    "TokenRow",
    "create_token",
    "expire_uploads",
    "note_use",
    "revoke_token",
    "set_signing_secret",
    "take_pushed_events",
    "take_pushed_part",
    "take_pushed_snapshot",
    "tokens",
]

_PREFIX = "icb_"
_RANDOM_BYTES = 32
_USE_IS_NOTED_AFTER = timedelta(minutes=1)
_LONGEST_NAME = 120
_DUPLICATE = Pushed("duplicate")
UNFINISHED_DAYS = 14


def create_token(connection: str, *, name: str) -> NewToken:
    """Make a token for pushing to a connection. It is shown now and never again."""
    module = _pushed_to(connection)
    chosen = name.strip()
    if not chosen or len(chosen) > _LONGEST_NAME or not chosen.isprintable():
        raise InvalidInput(
            field="name",
            value=name,
            message=f"name: give 1 to {_LONGEST_NAME} characters that say who uses the token. "
            "Nothing was stored.",
        )
    token = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    with transaction():
        require(Permission.MANAGE_SECRETS)
        row = ConnectionToken.objects.create(
            connection=module,
            name=chosen,
            hash=token_hash(token),
            ending=token[-4:],
            created_at=clock.now(),
            created_by=current_actor(),
        )
        data = {"token": int(row.pk), "name": chosen}
        audit.record("create_token", subject=module.key, data=data)
    return NewToken(int(row.pk), token)


def revoke_token(id: int) -> None:
    """End a token. Revoking it again changes nothing."""
    with transaction():
        require(Permission.MANAGE_SECRETS)
        row = ConnectionToken.objects.select_related("connection").filter(pk=id).first()
        if row is None:
            raise NotFound("unknown_token", f"token: there is no {id}. Nothing was done.", token=id)
        if row.revoked_at is None:
            row.revoked_at = clock.now()
            row.save(update_fields=["revoked_at"])
            audit.record("revoke_token", subject=row.connection.key, data={"token": id})


def set_signing_secret(connection: str) -> str:
    """Make the secret that signs a connection's messages, in place of one before; shown once."""
    module = _pushed_to(connection)
    made = "whsec_" + base64.b64encode(os.urandom(_RANDOM_BYTES)).decode()
    with transaction():
        require(Permission.MANAGE_SECRETS)
        store_secret(secret_name(module.key, field=SIGNING), text=made)
        audit.record("set_signing_secret", subject=module.key, data={})
    return made


def note_use(token: int) -> None:
    """Note that a token was used, at most once a minute."""
    require(Permission.RECORD_COUNTS)
    now = clock.now()
    row = ConnectionToken.objects.get(pk=token)
    if row.last_used_at is None or row.last_used_at + _USE_IS_NOTED_AFTER <= now:
        row.last_used_at = now
        row.save(update_fields=["last_used_at"])


def take_pushed_snapshot(
    connection: str, *, answer: Answer, delivery: Delivery | None = None
) -> Pushed:
    """Take a pushed day: whole or not at all, and once per delivery."""
    module = _pushed_to(connection)
    with transaction(lock=f"hub:{module.pk}"):
        require(Permission.RECORD_COUNTS)
        if _came_before(module, delivery):
            return _DUPLICATE
        pushed = _pushed(take_snapshots(connection, answers=[answer]))
        _remember(module, delivery, pushed=pushed)
        return pushed


def take_pushed_part(connection: str, *, new: NewPart, delivery: Delivery | None = None) -> Pushed:
    """Keep one part of a day, and take the day when all of them are in.

    Raises Refused where another part was sent under this number, and where this one contradicts
    those that came before about the day, how many there are, or whether they are complete.
    """
    module = _pushed_to(connection)
    with transaction(lock=f"hub:{module.pk}"):
        require(Permission.RECORD_COUNTS)
        if _came_before(module, delivery):
            return _DUPLICATE
        kept = list(
            PushedPart.objects.filter(connection=module, snapshot_id=new.snapshot).order_by("part")
        )
        rows = as_text(new.answer)
        same = _checked_part(kept, new=new, content=digest(rows))
        is_finished = bool(kept) and all(not one.rows for one in kept)
        if same is not None:
            return _DUPLICATE._replace(waiting_for=() if is_finished else _missing(kept))
        kept.append(_keep_part(module, new=new, rows=rows))
        missing = _missing(kept)
        if missing:
            waiting = Pushed("accepted", waiting_for=missing)
            _remember(module, delivery, pushed=waiting)
            return waiting
        taken = _pushed(take_snapshots(connection, answers=[_whole(kept)]))
        _remember(module, delivery, pushed=taken)
        _end_upload(kept, taken)
        return taken


def expire_uploads() -> int:
    """Drop the parts of uploads to which no part has come for UNFINISHED_DAYS; how many uploads.

    Nothing of them was ever counted. The audit log names each; the sender may begin again, under
    the same name too. Found from what is stored, so that it may be called at any time, or late.
    """
    require(Permission.RECORD_COUNTS)
    before = clock.now() - timedelta(days=UNFINISHED_DAYS)
    old = [row for row in unfinished_uploads() if row.last_received_at < before]
    return sum(_expire(row, before=before) for row in old)


def _expire(old: UnfinishedRow, *, before: datetime) -> bool:
    """Drop one upload, unless a part of it came while this waited for its turn."""
    module = connection_named(old.connection)
    with transaction(lock=f"hub:{module.pk}"):
        parts = PushedPart.objects.filter(connection=module, snapshot_id=old.snapshot)
        is_over = parts.filter(rows="").exists() or parts.filter(received_at__gte=before).exists()
        if is_over or not parts.delete()[0]:
            return False
        data = {
            "snapshot": old.snapshot,
            "day": old.day.isoformat(),
            "received": old.received,
            "parts": old.parts,
        }
        audit.record("expire_upload", subject=module.key, data=data)
    return True


def take_pushed_events(
    connection: str, *, events: Sequence[NewEvent], delivery: Delivery | None = None
) -> Pushed:
    """Take counts that came as events: all of them or none, each source and id once.

    Raises Refused where an id was used before for something else. Rows of problems count from 1.
    """
    module = _pushed_to(connection)
    try:
        with transaction(lock=f"hub:{module.pk}"):
            require(Permission.RECORD_COUNTS)
            if _came_before(module, delivery):
                return _DUPLICATE
            new = _new_events(module, events)
            if not new:
                return _DUPLICATE
            days = sorted({one.event.day for one in new})
            parts = [[one for one in new if one.event.day == day] for day in days]
            answers = [_answer(day, part) for day, part in zip(days, parts, strict=True)]
            receipts = take_snapshots(connection, answers=answers)
            if any(receipt.state == REFUSED for receipt in receipts):
                raise _NotWhole(_renumbered(receipts, parts))
            pushed = _pushed(receipts)
            _remember(module, delivery, pushed=pushed)
            return pushed
    except _NotWhole as error:
        return Pushed(REFUSED, problems=error.problems)


class _NotWhole(Exception):
    """Some event cannot be taken, so that none of its request is."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = problems


class _Numbered(NamedTuple):
    row: int
    event: NewEvent


def _pushed_to(connection: str) -> ModuleConnection:
    module = connection_named(connection)
    if module.adapter not in ("", PUSH):
        raise Refused(
            "not_pushed",
            f"{module.key}: its counts come by {module.adapter}, nothing is pushed to it. Nothing "
            "was done. Connect another one with `icb modules connect push`.",
        )
    if not module.is_enabled:
        raise Refused(
            "module_disabled",
            f"{module.key} is disabled: nothing is taken for it. Nothing was stored. Enable it "
            "with `icb modules enable`, then send again.",
        )
    return module


def _pushed(receipts: Sequence[Receipt]) -> Pushed:
    """Several days as one: the worst of what became of them."""
    states = {receipt.state for receipt in receipts}
    problems = [problem for receipt in receipts for problem in receipt.problems]
    stored = sum(receipt.stored for receipt in receipts)
    for state in (REFUSED, QUARANTINED, "accepted"):
        if state in states:
            return Pushed(state, stored, problems)
    return _DUPLICATE


def _id_hash(*names: str) -> str:
    """The digest of texts, each with its length before it: other texts give another digest."""
    sealed = "".join([f"{len(name)}:{name}" for name in names])
    return hashlib.sha256(sealed.encode()).hexdigest()


def _came_before(module: ModuleConnection, delivery: Delivery | None) -> bool:
    """Whether this delivery was taken before; Refused where its id was used for another one."""
    if delivery is None:
        return False
    known = PushedMessage.objects.filter(
        connection=module, id_hash=_id_hash("delivery", delivery.id)
    ).first()
    if known is not None and known.content_hash != digest(delivery.content):
        raise Refused(
            "id_reused",
            "webhook-id: this id was used before for another message. Nothing was stored. Give "
            "each message an id of its own.",
            field="webhook-id",
        )
    return known is not None


def _remember(module: ModuleConnection, delivery: Delivery | None, *, pushed: Pushed) -> None:
    """Know a delivery again. One that was refused may come once more, put right."""
    if delivery is not None and pushed.state != REFUSED:
        PushedMessage.objects.create(
            connection=module,
            id_hash=_id_hash("delivery", delivery.id),
            content_hash=digest(delivery.content),
            received_at=clock.now(),
        )


def _new_events(module: ModuleConnection, events: Sequence[NewEvent]) -> list[_Numbered]:
    """The events that were not taken before, remembered from now on."""
    hashes = [_id_hash("event", event.source, event.id) for event in events]
    known = _known_messages(module, hashes)
    found: dict[str, _Numbered] = {}
    contents: dict[str, str] = {}
    for row, (id_hash, event) in enumerate(zip(hashes, events, strict=True), 1):
        content = _content_of(event)
        before = known.get(id_hash) or contents.get(id_hash)
        if before is not None and before != content:
            raise Refused(
                "id_reused",
                f"row {row}: the id {event.id!r} of {event.source!r} was used before for another "
                "count. Nothing was stored. Give each event an id of its own.",
                row=row,
                field="id",
            )
        if before is None:
            found[id_hash], contents[id_hash] = _Numbered(row, event), content
    now = to_db_instant(clock.now())
    insert_rows(
        PushedMessage,
        columns=("connection_id", "id_hash", "content_hash", "received_at"),
        rows=[(module.pk, key, contents[key], now) for key in found],
    )
    return list(found.values())


def _known_messages(module: ModuleConnection, hashes: Sequence[str]) -> dict[str, str]:
    """What was taken under these ids.

    In plain SQL, because a lookup of Django takes its parameters apart one by one, which was a
    quarter of the time of a batch.
    """
    chosen, params = texts_in("id_hash", texts=set(hashes))
    rows = fetch(
        "SELECT id_hash, content_hash FROM pushed_message "
        f"WHERE provider_id = %s AND connection_id = %s AND {chosen}",
        [provider_id(), module.pk, *params],
    )
    return dict(rows)


def _content_of(event: NewEvent) -> str:
    """The digest of what an event says; true is not 1, and 1.0 has other digits than 1."""
    kind = "truth" if isinstance(event.count, bool) else "count"
    return _id_hash(
        event.day.isoformat(), event.organization, event.billing_type, kind, str(event.count)
    )


def _answer(day: date, part: Sequence[_Numbered]) -> Answer:
    rows = [
        CountRow(one.event.organization, one.event.billing_type, one.event.count) for one in part
    ]
    return Answer(day=day, rows=rows, is_complete=False)


def _renumbered(receipts: Sequence[Receipt], parts: Sequence[Sequence[_Numbered]]) -> list[Problem]:
    """The problems with the rows of the request instead of those of each day's answer."""
    return [
        problem._replace(row=part[problem.row - 1].row if problem.row else 0)
        for receipt, part in zip(receipts, parts, strict=True)
        for problem in receipt.problems
    ]


def _checked_part(kept: Sequence[PushedPart], *, new: NewPart, content: str) -> PushedPart | None:
    """The same part, where it came before; Refused where it contradicts what came."""
    answer = new.answer
    for one in kept:
        if (one.day, one.parts, one.is_complete) != (answer.day, new.parts, answer.is_complete):
            raise Refused(
                "parts_differ",
                f"snapshot: part {one.part} of {new.snapshot!r} said another day, number of parts "
                "or completeness. Nothing was stored. Send all parts alike, or use a new name.",
                field="snapshot",
            )
        if one.part == new.part:
            if one.content_hash != content:
                raise Refused(
                    "part_reused",
                    f"part: {new.part} of {new.snapshot!r} came before with other counts. Nothing "
                    "was stored. Use a new name for another snapshot.",
                    field="part",
                )
            return one
    return None


def _keep_part(module: ModuleConnection, *, new: NewPart, rows: str) -> PushedPart:
    part: PushedPart = PushedPart.objects.create(
        connection=module,
        snapshot_id=new.snapshot,
        day=new.answer.day,
        part=new.part,
        parts=new.parts,
        is_complete=new.answer.is_complete,
        content_hash=digest(rows),
        rows=rows,
        received_at=clock.now(),
    )
    return part


def _end_upload(kept: Sequence[PushedPart], taken: Pushed) -> None:
    """Keep the digests, to know parts that come again; a refused day may come again, put right."""
    rows = PushedPart.objects.filter(pk__in=[one.pk for one in kept])
    if taken.state == REFUSED:
        rows.delete()
    else:
        rows.update(rows="")


def _missing(kept: Sequence[PushedPart]) -> list[int]:
    there = {one.part for one in kept}
    return [number for number in range(1, kept[0].parts + 1) if number not in there]


def _whole(kept: Sequence[PushedPart]) -> Answer:
    """All parts as one answer, in their order."""
    first = kept[0]
    answers = [
        from_text(one.rows, day=one.day, is_complete=one.is_complete, stamp=None)
        for one in sorted(kept, key=lambda one: int(one.part))
    ]
    return Answer(
        day=first.day,
        rows=[row for answer in answers for row in answer.rows],
        is_complete=first.is_complete,
        names={id: name for answer in answers for id, name in answer.names.items()},
    )
