"""Take files of counts, or show what taking one would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from icb.exchange.count_files.opening import open_sheet
from icb.exchange.count_files.plan import known_words, plan
from icb.exchange.count_files.profile import Profile, changed_profile, guess_profile, read_profile
from icb.exchange.count_files.sheets import BadFile
from icb.foundation.actor import require
from icb.foundation.permissions import Permission
from icb.foundation.providers import local_today
from icb.foundation.transactions import transaction
from icb.hub.actions import (
    FileRefused,
    NewCountFile,
    note_refused_file,
    remember_profile,
    take_counts_file,
)
from icb.hub.inputs import Answer
from icb.hub.queries import billing_types, file_source, module_organizations
from icb.kernel.errors import InvalidInput, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOutcome:
    """What a day of a file is: its counts, what became of them, and why it waits if it does."""

    day: date
    counts: int
    state: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOutcome:
    """What became of a file, or would: `state` is taken or unchanged."""

    name: str
    state: str
    days: Sequence[DayOutcome] = ()
    new_organizations: Sequence[str] = ()
    new_billing_types: Sequence[str] = ()
    note: str = ""
    is_stored: bool = True

    @property
    def counts(self) -> int:
        """How many counts the file holds."""
        return sum(day.counts for day in self.days)


@dataclass(slots=True)
class _Shown(Exception):
    """Takes back what a dry run stored."""

    outcome: FileOutcome = field(default_factory=lambda: FileOutcome(name="", state=""))


def take_file(
    connection: str,
    *,
    path: Path,
    day: date | None = None,
    is_dry_run: bool = False,
    profile: Mapping[str, Any] | None = None,
) -> FileOutcome:
    """Take a file of counts by the connection's profile: whole, or not at all.

    `day` is that of all rows where no column says it. A dry run stores nothing and says what would
    become of each day; `profile` is then one to try out, in place of the kept one. Raises BadFile
    or FileRefused with every reason, after noting the refusal.
    """
    require(Permission.RECORD_COUNTS)
    used = read_profile(profile) if profile and is_dry_run else _profile_of(connection)
    try:
        content = path.read_bytes() if path.stat().st_size else b""
        digest = sha256(content).hexdigest()
    except OSError as error:
        raise InvalidInput(
            field="file",
            value=path,
            message=f"file: {path} cannot be read ({type(error).__name__}). Nothing was stored.",
        ) from None
    try:
        with open_sheet(path, sheet=used.sheet) as sheet:
            answers = plan(sheet, profile=used, day=day, today=local_today())
            note = sheet.note
        new = NewCountFile(name=path.name, content_hash=digest, answers=answers)
        return _take(connection, new, note=note, is_dry_run=is_dry_run)
    except (BadFile, FileRefused) as refused:
        if not is_dry_run:
            note_refused_file(
                connection, name=path.name, content_hash=digest, message=refused.message
            )
        raise


def read_header(path: Path, *, sheet: str = "") -> list[str]:
    """The names of a file's columns, in their order; those without a name are left out."""
    with open_sheet(path, sheet=sheet) as found:
        return [text for text in found.header if text]


def propose_profile(connection: str, *, path: Path, said: Sequence[str] = ()) -> dict[str, Any]:
    """The profile that a file looks to have, with what a person said of it. Nothing is stored."""
    kept = file_source(connection).profile
    sheet_name = next((text[6:] for text in said if text.startswith("sheet=")), "")
    types = {row.key: row.name for row in billing_types(connection)}
    with open_sheet(path, sheet=sheet_name or str(kept.get("sheet", ""))) as sheet:
        guessed = guess_profile(sheet.header, known=known_words(types))
        base = kept if kept and _fits(kept, sheet.header) else guessed
    return read_profile(changed_profile(base, said=said)).as_data()


def confirm_profile(connection: str, *, data: dict[str, Any]) -> None:
    """Keep a profile for all later files of the connection."""
    file_source(connection)
    remember_profile(connection, profile=read_profile(data).as_data())


def _profile_of(connection: str) -> Profile:
    data = file_source(connection).profile
    if not data:
        raise Refused(
            "no_profile",
            f"{connection}: it is not known yet which column means what. Nothing was stored. Look "
            f"at the guess (`icb files profile {connection} FILE`), and confirm it.",
        )
    return read_profile(data)


def _take(connection: str, new: NewCountFile, *, note: str, is_dry_run: bool) -> FileOutcome:
    try:
        with transaction():
            outcome = _taken(connection, new, note=note, is_stored=not is_dry_run)
            if is_dry_run:
                raise _Shown(outcome)
    except _Shown as shown:
        return shown.outcome
    return outcome


def _taken(connection: str, new: NewCountFile, *, note: str, is_stored: bool) -> FileOutcome:
    known = {row.external_id for row in module_organizations(connection)}
    types = {row.key for row in billing_types(connection)}
    taken = take_counts_file(connection, new=new)
    received = dict(taken.receipts)
    return FileOutcome(
        name=new.name,
        state=taken.state,
        days=[
            _day(answer, state=receipt.state, message=_why(receipt.problems))
            for answer in new.answers
            if (receipt := received.get(answer.day)) is not None
        ],
        new_organizations=sorted({row[0] for a in new.answers for row in a.rows} - known),
        new_billing_types=sorted({row[1] for a in new.answers for row in a.rows} - types),
        note=note,
        is_stored=is_stored,
    )


def _day(answer: Answer, *, state: str, message: str) -> DayOutcome:
    return DayOutcome(day=answer.day, counts=len(answer.rows), state=state, message=message)


def _why(problems: Sequence[Any]) -> str:
    return "; ".join(problem.message for problem in list(problems)[:3])


def _fits(kept: dict[str, Any], header: Sequence[str]) -> bool:
    columns = [kept.get(role, "") for role in ("day", "organization", "name")]
    columns += list(kept.get("types", {})) or [kept.get("billing_type"), kept.get("count")]
    return all(text in header for text in columns if text)
