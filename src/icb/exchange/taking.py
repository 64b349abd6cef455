"""Takes rows in through the actions, and blames each refusal on the line it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, TypeVar

from icb.exchange.difference import Change
from icb.exchange.format import FileFormat
from icb.exchange.problems import Problems
from icb.exchange.reader import Row
from icb.foundation.transactions import transaction
from icb.kernel.errors import IcbError

Each = TypeVar("Each")


class Place(NamedTuple):
    """Where a row stands."""

    file_format: FileFormat
    line: int


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
        return not self._attempt(act, places={}, default=place)

    def add(
        self,
        rows: Sequence[Each],
        *,
        act: Callable[[Sequence[Each]], object],
        called: Callable[[Each], str],
        place: Callable[[Each], Place],
        parts: Mapping[str, Place] | None = None,
    ) -> list[Each]:
        """Call an action for all rows at once, and again without those it refuses.

        `called` is what the action calls a row in its messages, `parts` gives the places of what
        belongs to a row and is called "ROW, PART". Gives the rows that went in.
        """
        places = {called(row): place(row) for row in rows} | dict(parts or {})
        remaining = list(rows)
        while remaining:
            blamed = self._attempt(
                partial(act, remaining),
                places=places,
                default=place(remaining[0]) if len(remaining) == 1 else None,
            )
            if not blamed:
                return remaining
            kept = [row for row in remaining if called(row) not in blamed]
            if len(kept) == len(remaining):
                return []
            remaining = kept
        return []

    def _attempt(
        self, act: Callable[[], object], *, places: Mapping[str, Place], default: Place | None
    ) -> set[str]:
        """The names of the rows that a refusal is about; empty where there was none."""
        try:
            with transaction():
                act()
        except IcbError as error:
            blamed = set()
            for message, details in error.parts or [(error.message, error.details)]:
                at = details.get("at", "")
                self._note(message, details, place=places.get(at) or default)
                blamed.add(at.split(", ")[0] if at in places else at)
            return blamed or {""}
        return set()

    def _note(self, message: str, details: Mapping[str, str], *, place: Place | None) -> None:
        at = details.get("at", "")
        column = details.get("field", "")
        text = message.removeprefix(f"{at}: ") if place else message
        text = text.replace(" Nothing was stored.", "")
        if place is None:
            self.problems.add("the bundle", message=text)
            return
        names = [known.name for known in place.file_format.columns]
        value = details.get("value", "")
        is_column = column in names
        self.refuse(place, message=text, column=column if is_column else "", value=value)

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


def cannot_change(file_format: FileFormat, *, change: Change, way_out: str) -> str:
    """The message for a row that the database has otherwise and an import may not change."""
    said = ", ".join(
        f"{name} is {before!r} there and {after!r} here"
        for name, (before, after) in change.columns.items()
    )
    return f"is in the database otherwise ({said}); an import does not change that. {way_out}"
