"""Targets that are connected, what is mapped in them, and what they have to map to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Q

from icb.accounting.models import FileBatch, Target, TargetMapping, TargetRecord, TransferState
from icb.accounting.ports import TargetDescription
from icb.accounting.registry import AnyTarget, is_file, target
from icb.accounting.tokens import secret_name
from icb.foundation.secret_queries import stored_at
from icb.kernel.errors import NotFound
from icb.kernel.problems import unknown


class TargetRow(NamedTuple):
    """A connected target. `trouble`: why nothing can go there now; blank where it can."""

    id: int
    key: str
    kind: str
    name: str
    is_enabled: bool
    is_automatic: bool
    creates_customers: bool
    company: str
    connected_at: datetime | None
    trouble: str
    settings: Mapping[str, str]
    payments_read_on: date | None
    payment_problems: str

    @property
    def target(self) -> AnyTarget:
        """The application or format that it is; NotFound where that is not installed."""
        return target(self.kind)

    @property
    def description(self) -> TargetDescription:
        """What it is and can do."""
        return self.target.description

    @property
    def wants_sign_in(self) -> bool:
        """Whether nobody signed in to it yet, though that is needed."""
        return self.description.needs_sign_in and self.connected_at is None

    @property
    def takes_files(self) -> bool:
        """Whether a person carries files there."""
        return is_file(self.target)


class MappingRow(NamedTuple):
    """What of ours is what of theirs."""

    kind: str
    ours: str
    theirs: str
    name: str


class RecordRow(NamedTuple):
    """Something that a target has."""

    kind: str
    theirs: str
    name: str
    code: str
    percent: Decimal | None


class BatchRow(NamedTuple):
    """A file that was made, without its bytes. `counting`: how many of its documents count as
    transferred by it; none once it was taken back."""

    sequence: int
    name: str
    documents: int
    currency: str
    total: Decimal
    actor: str
    made_at: datetime
    counting: int


class BatchFile(NamedTuple):
    """A file that was made, with its bytes."""

    name: str
    content: bytes
    content_type: str


_FIELDS = (
    "pk",
    "key",
    "kind",
    "name",
    "is_enabled",
    "is_automatic",
    "creates_customers",
    "company",
    "connected_at",
    "trouble",
    "settings",
    "payments_read_on",
    "payment_problems",
)


def target_rows() -> list[TargetRow]:
    """All targets of the provider, by key."""
    return [TargetRow(*row) for row in Target.objects.order_by("key").values_list(*_FIELDS)]


def target_row(key: str) -> TargetRow:
    """The target with this key; NotFound where there is none."""
    rows = Target.objects.filter(key=key).values_list(*_FIELDS)
    return TargetRow(*_only(list(rows), key=key))


def target_named(key: str) -> Target:
    """The target's row, for the actions of this app; NotFound where there is none."""
    found: Target = _only(list(Target.objects.filter(key=key)), key=key)
    return found


def stored_secrets(row: TargetRow | Target) -> dict[str, datetime]:
    """When each secret of a target was stored, by its setting's name."""
    description = target(row.kind).description
    names = {
        secret_name(row.key, field=one.name): one.name
        for one in description.settings
        if one.is_secret
    }
    return {names[name]: at for name, at in stored_at(names).items()}


def mappings(key: str, *, kind: str = "") -> list[MappingRow]:
    """What is mapped at a target, of one kind or of all."""
    rows = TargetMapping.objects.filter(target__key=key)
    if kind:
        rows = rows.filter(kind=kind)
    found = rows.order_by("kind", "ours").values_list("kind", "ours", "theirs", "name")
    return [MappingRow(*row) for row in found]


def records(key: str, *, kind: str, words: str = "", limit: int = 0) -> list[RecordRow]:
    """What a target had when it was read last, by name; those whose name, code or id hold all the
    words."""
    rows = TargetRecord.objects.filter(target__key=key, kind=kind)
    for word in words.split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(code__icontains=word) | Q(theirs__icontains=word)
        )
    found = rows.order_by("name", "theirs").values_list("kind", "theirs", "name", "code", "percent")
    return [RecordRow(*row) for row in (found[:limit] if limit else found)]


def records_seen_at(key: str) -> datetime | None:
    """When the target's lists were read last; None where they never were."""
    newest: TargetRecord | None = (
        TargetRecord.objects.filter(target__key=key).order_by("-seen_at").first()
    )
    return newest.seen_at if newest is not None else None


def batches(key: str) -> list[BatchRow]:
    """The files of a target, newest first."""
    sent = Count("transfers", filter=Q(transfers__state=TransferState.SENT))
    rows = FileBatch.objects.filter(target__key=key).annotate(counting=sent).order_by("-sequence")
    return [
        BatchRow(*row)
        for row in rows.values_list(
            "sequence", "name", "documents", "currency", "total", "actor", "made_at", "counting"
        )
    ]


def batch_file(key: str, *, sequence: int) -> BatchFile:
    """A file as it was made, the same bytes every time; NotFound where there is none."""
    row: Any = FileBatch.objects.filter(target__key=key, sequence=sequence)
    found: FileBatch | None = row.select_related("target").first()
    if found is None:
        raise NotFound(
            "unknown_file", f"{key} has no file {sequence}. Nothing was done.", target=key
        )
    one = target(found.target.kind)
    content_type = one.content_type if is_file(one) else "application/octet-stream"
    return BatchFile(found.name, bytes(found.content), content_type)


def _only(found: Sequence[Any], *, key: str) -> Any:
    """What was found by a key; NotFound where nothing was."""
    if not found:
        known = list(Target.objects.order_by("key").values_list("key", flat=True))
        raise unknown("target", key=key, known=known)
    return found[0]
