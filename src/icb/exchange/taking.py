"""Takes rows in through the actions, and blames each refusal on the line it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from icb.exchange.difference import Change, Difference
from icb.exchange.file_format import FileFormat
from icb.exchange.problems import Problems
from icb.exchange.reader import Row
from icb.foundation.transactions import transaction
from icb.kernel.errors import IcbError

Each = TypeVar("Each")


class Place(NamedTuple):
    """Where a row stands."""

    file_format: FileFormat
    line: int


@dataclass(frozen=True)
class Batch(Generic[Each]):
    """Rows for one action. `called` is what the action calls a row in its messages; `parts` gives
    the places of what belongs to a row and is called "ROW, PART".
    """

    rows: Sequence[Each]
    act: Callable[[Sequence[Each]], object]
    called: Callable[[Each], str]
    place: Callable[[Each], Place]
    parts: Mapping[str, Place] = field(default_factory=dict)


@dataclass
class Taking:
    """One import under way: what went wrong so far, and which keys were refused.

    A row that needs a refused one is left out without a word: its own fault is not known.
    """

    problems: Problems
    refused: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)

    def refuse(self, place: Place, *, message: str, column: str = "", value: str = "") -> None:
        """Note a problem of a line."""
        self.problems.add(
            place.file_format.file, message=message, line=place.line, column=column, value=value
        )

    def unspoilt(self, file_format: FileFormat, *, rows: Iterable[Row]) -> list[Row]:
        """The rows that need no refused one; the others are refused in turn."""
        good = []
        for row in rows:
            if self._is_spoilt(file_format, row):
                self.refuse_key(file_format, row=row)
            else:
                good.append(row)
        return good

    def refuse_key(self, file_format: FileFormat, *, row: Row) -> None:
        """Remember that a row did not go in."""
        refused = self.refused.setdefault(file_format.name, set())
        refused.add(file_format.key_of(row.cells))

    def change(self, place: Place, *, act: Callable[[], object]) -> bool:
        """Call an action for one row; a refusal is noted at its line. Whether it went in."""
        refusal = _refusal(act)
        if refusal is not None:
            self._note(refusal, places={}, default=place)
        return refusal is None

    def add(self, batch: Batch[Each]) -> list[Each]:
        """Call an action for all rows at once; gives the rows that went in.

        Where it refuses some, the others go in without them, and those one by one, so that each
        refusal is noted at its line.
        """
        good, suspects, first = self._sifted(batch)
        before = self.problems.count
        for row in suspects:
            refusal = _refusal(partial(batch.act, [row]))
            if refusal is None:
                good.append(row)
            else:
                self._note(refusal, places=batch.parts, default=batch.place(row))
        if first is not None and self.problems.count == before:
            self._note(first, places={}, default=None)
        return good

    def add_rows(
        self, difference: Difference, *, act: Callable[[Sequence[Row]], object], word: str = ""
    ) -> None:
        """Add the new rows of a file; `word` and the key are what the action calls a row."""
        file_format = difference.file_format
        rows = self.unspoilt(file_format, rows=difference.added)
        taken = self.add(
            Batch(
                rows,
                act=act,
                called=lambda row: f"{word} {row.cells[0]}",
                place=lambda row: Place(file_format, row.line),
            )
        )
        self.refuse_missing(file_format, rows=rows, taken=taken)

    def refuse_missing(
        self, file_format: FileFormat, *, rows: Iterable[Row], taken: Iterable[Row]
    ) -> None:
        """Remember the rows that did not go in."""
        lines = {row.line for row in taken}
        for row in rows:
            if row.line not in lines:
                self.refuse_key(file_format, row=row)

    def refuse_changes(self, difference: Difference, *, way_out: str) -> None:
        """Note every row that the database has otherwise."""
        for change in difference.changed:
            self.refuse_change(difference.file_format, change=change, way_out=way_out)

    def refuse_change(self, file_format: FileFormat, *, change: Change, way_out: str) -> None:
        """Note a row that the database has otherwise and an import may not change."""
        said = ", ".join(
            f"{name} is {before!r} there and {after!r} here"
            for name, (before, after) in change.columns.items()
        )
        column = next(iter(change.columns))
        self.refuse(
            Place(file_format, change.row.line),
            message=f"is in the database otherwise ({said}); an import does not change that. "
            f"{way_out}",
            column=column,
            value=change.columns[column][1],
        )

    def _sifted(self, batch: Batch[Each]) -> tuple[list[Each], list[Each], IcbError | None]:
        """The rows that went in together, those that are refused, and the first refusal."""
        remaining, suspects = list(batch.rows), list[Each]()
        first: IcbError | None = None
        while remaining:
            refusal = _refusal(partial(batch.act, remaining))
            if refusal is None:
                break
            first = first or refusal
            blamed = {details.get("at", "").split(", ")[0] for _, details in _parts(refusal)}
            kept = [row for row in remaining if batch.called(row) not in blamed]
            if len(kept) == len(remaining):
                return [], [*suspects, *remaining], first
            suspects += [row for row in remaining if batch.called(row) in blamed]
            remaining = kept
        return remaining, suspects, first

    def _note(
        self, refusal: IcbError, *, places: Mapping[str, Place], default: Place | None
    ) -> None:
        for message, details in _parts(refusal):
            at, column = details.get("at", ""), details.get("field", "")
            place = places.get(at) or default
            text = message.removeprefix(f"{at}: ").replace(" Nothing was stored.", "")
            if place is None:
                self.problems.add("the bundle", message=message)
                continue
            names = [known.name for known in place.file_format.columns]
            self.refuse(
                place,
                message=text,
                column=column if column in names else "",
                value=details.get("value", ""),
            )

    def _is_spoilt(self, file_format: FileFormat, row: Row) -> bool:
        for place, column in enumerate(file_format.columns):
            refused = self.refused.get(column.refers_to) if column.refers_to else None
            if not refused:
                continue
            within = row.cells[file_format.position(column.within)] if column.within else None
            key = (row.cells[place] or "",)
            if ((within or "", *key) if column.within else key) in refused:
                return True
        return False


def _refusal(act: Callable[[], object]) -> IcbError | None:
    """The error with which an action refuses; whatever it wrote is taken back."""
    try:
        with transaction():
            act()
    except IcbError as error:
        return error
    return None


def _parts(refusal: IcbError) -> list[tuple[str, dict[str, str]]]:
    return refusal.parts or [(refusal.message, refusal.details)]
