"""What describes a file of a bundle, and its kinds of columns in short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from icb.exchange.columns import Column, Kind
from icb.exchange.values import NO


@dataclass(frozen=True)
class FileFormat:
    """One file: its name without ".csv", its columns, and which of them identify a row."""

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.csv"

    def position(self, name: str) -> int:
        """Where the column of that name stands among the columns."""
        return next(place for place, column in enumerate(self.columns) if column.name == name)

    def key_of(self, cells: Sequence[str | None]) -> tuple[str, ...]:
        """What identifies a row."""
        return tuple(cells[self.position(name)] or "" for name in self.key)

    def named(self, cells: Sequence[str | None]) -> dict[str, str]:
        """A row's cells by column; what the file did not say is the column's default."""
        return {
            column.name: column.default if cell is None else cell
            for column, cell in zip(self.columns, cells, strict=True)
        }


def key_column(name: str, *, about: str, refers_to: str = "", longest: int = 120) -> Column:
    """A column that has to name something: itself, or a row of another file."""
    return Column(name, Kind.KEY, about, required=True, refers_to=refers_to, longest=longest)


def reference(name: str, *, about: str, refers_to: str) -> Column:
    """A column that may name a row of another file."""
    return Column(name, Kind.KEY, about, refers_to=refers_to, longest=120)


def text(name: str, *, about: str, required: bool = False, longest: int = 0) -> Column:
    """A column of text."""
    return Column(name, Kind.TEXT, about, required=required, longest=longest)


def day(name: str, *, about: str, required: bool = False, stands: bool = False) -> Column:
    """A column of days."""
    return Column(name, Kind.DAY, about, required=required, stands=stands)


def number(
    name: str, *, about: str, required: bool = False, default: str = "", stands: bool = False
) -> Column:
    """A column of numbers."""
    return Column(name, Kind.NUMBER, about, required=required, default=default, stands=stands)


def truth(name: str, *, about: str, default: str = NO) -> Column:
    """A column of yes and no."""
    return Column(name, Kind.TRUTH, about, default=default)


def choice(
    name: str,
    *,
    about: str,
    choices: tuple[str, ...],
    default: str = "",
    stands: bool = False,
) -> Column:
    """A column of one of several words."""
    return Column(name, Kind.CHOICE, about, choices=choices, default=default, stands=stands)


def named(about: str, *, longest: int) -> Column:
    """The column of a name; without one, another is taken."""
    return Column("name", Kind.TEXT, about, stands=True, longest=longest)


def whole(name: str, *, about: str, default: str) -> Column:
    """A column of whole numbers."""
    return Column(name, Kind.WHOLE, about, default=default)


def currency(name: str, *, about: str, required: bool = False, stands: bool = False) -> Column:
    """A column of currency codes."""
    return Column(name, Kind.CURRENCY, about, required=required, stands=stands)
