"""Files of counts: where they come from, what their columns mean, what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from icb.hub.models import CountFile, FileSource
from icb.hub.module_queries import connection_named
from icb.kernel.errors import Refused

TAKEN, UNCHANGED, UNDONE = "taken", "unchanged", "undone"


class CountFileRow(NamedTuple):
    """A file for a list."""

    id: int
    connection: str
    name: str
    state: str
    days: list[str]
    counts: int
    message: str
    taken_at: datetime
    taken_by: str
    undone_at: datetime | None


class SourceRow(NamedTuple):
    """Where files come from for a connection. An empty profile was not confirmed yet."""

    connection: str
    folder: str
    profile: dict[str, Any]


def count_files(connection: str = "", *, limit: int = 50) -> list[CountFileRow]:
    """The newest files of one connection or of all, newest first."""
    chosen = CountFile.objects.order_by("-id")
    if connection:
        chosen = chosen.filter(connection=connection_named(connection))
    columns = ("id", "connection__key", *CountFileRow._fields[2:])
    return [CountFileRow(*row) for row in chosen.values_list(*columns)[:limit]]


def last_taken(connection: str) -> CountFile | None:
    """The newest file that was taken and not undone."""
    found = CountFile.objects.filter(connection=connection_named(connection), state=TAKEN)
    newest: CountFile | None = found.order_by("-id").first()
    return newest


def file_source(connection: str) -> SourceRow:
    """Where files come from for a connection; Refused where it takes none."""
    row = connection_named(connection)
    found = FileSource.objects.filter(connection=row).first()
    if found is None:
        raise Refused(
            "no_file_source",
            f"{connection} takes no files. Nothing was done. Connect one that does "
            "(`icb modules connect files --name NAME`).",
        )
    return SourceRow(row.key, found.folder, dict(found.profile))


def watched_sources() -> list[SourceRow]:
    """The enabled connections for which a folder is watched."""
    rows = FileSource.objects.filter(connection__is_enabled=True).exclude(folder="")
    columns = ("connection__key", "folder", "profile")
    return [SourceRow(*row) for row in rows.order_by("id").values_list(*columns)]
