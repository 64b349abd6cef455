"""What commands print: tables for people, JSON for programs, progress where somebody watches."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import typer

from icb.kernel.currency import MINOR_DIGITS
from icb.kernel.money import format_minor, to_minor
from icb.kernel.quantity import format_micro, to_micro

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Progress = Callable[[int, int], None]
_WIDE = 200


def print_json(data: Any) -> None:
    """Print data as JSON: numbers that must stay exact as text, days in ISO form."""
    print(json.dumps(data, indent=2, ensure_ascii=False, default=_plain))


def print_table(
    rows: Iterable[Sequence[object]],
    *,
    columns: Sequence[str],
    empty: str,
    right: Sequence[str] = (),
) -> None:
    """Print rows under their columns; `empty` is the sentence where there are none.

    The columns named in `right` hold numbers.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(text_of(value)) for value in row))
    if not table.row_count:
        say(empty)
        return
    width = None if sys.stdout.isatty() else _WIDE
    Console(width=width, highlight=False).print(table)


def text_of(value: object) -> str:
    """A value as a person reads it in a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return quantity(value)
    return str(value)


def quantity(value: Decimal) -> str:
    """A quantity or price in its shortest plain text."""
    return format_micro(to_micro(value, field="value"))


def money(amount: Decimal, *, currency: str) -> str:
    """An amount with the decimals of its currency."""
    if currency not in MINOR_DIGITS:
        return quantity(amount)
    return format_minor(to_minor(amount, currency), currency)


def say(text: str) -> None:
    """Print a sentence for people, at once."""
    print(text, flush=True)


def warn(text: str) -> None:
    """Print a sentence beside the data, where a program that reads the data does not see it."""
    print(text, file=sys.stderr)


def counted(number: int, *, noun: str) -> str:
    """ "1 item", "2 items"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A bar on a terminal; elsewhere a line of log each tenth of the way.

    Gives a function that takes how much is done and how much there is in all.
    """
    if not sys.stderr.isatty():
        yield _LoggedProgress(label)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _LoggedProgress:
    """Progress where nobody watches."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._said = 0

    def __call__(self, done: int, total: int) -> None:
        tenth = done * 10 // total if total else 10
        if tenth > self._said:
            self._said = tenth
            warn(f"{self._label}: {done:,} of {total:,}")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return quantity(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no JSON form")
