"""Everything that is wrong with one input, found before anything is stored."""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from icb.kernel.errors import IcbError, NotFound

SHOWN = 1_000
"""So many problems are told in words; the rest are only counted."""
_NAMED = 5


class Problems:
    """The errors found so far. They are raised together, so that one correction mends them all."""

    def __init__(self) -> None:
        self._found: list[IcbError] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, error: IcbError, *, at: str = "") -> None:
        """Keep an error; `at` says where in the input its field stands."""
        if at:
            error.message = f"{at}: {error.message}"
            error.details["at"] = at
        self._found.append(error)

    @contextmanager
    def noting(self, at: str = "") -> Iterator[None]:
        """Keep the error that is raised inside the block, which ends there, and go on after it."""
        try:
            yield
        except IcbError as error:
            self.add(error, at=at)

    def raise_if_any(self) -> None:
        """Raise the first error, whose message then tells of all of them, a line each."""
        if not self._found:
            return
        first, count = self._found[0], len(self._found)
        first.parts = [(error.message, dict(error.details)) for error in self._found[:SHOWN]]
        if count > 1:
            lines = [error.message for error in self._found[:SHOWN]]
            if count > SHOWN:
                lines.append(f"… and {count - SHOWN} more.")
            first.message = "\n".join(lines)
            first.details["problems"] = str(count)
        raise first


def unknown(kind: str, *, key: str, known: Collection[str], where: str = "") -> NotFound:
    """The error for a key that nothing has. It names what exists, or the nearest by alphabet.

    `kind` is the word for one such thing ("tax rate"; the code is `unknown_tax_rate`), `where`
    what the keys belong to ("on contract acme-1").
    """
    place = f" {where}" if where else ""
    return NotFound(
        f"unknown_{kind.replace(' ', '_')}",
        f"There is no {kind} {key!r}{place}. Nothing was stored. {_existing(key, known)}",
        field=kind.replace(" ", "_"),
        value=key,
    )


def _existing(key: str, known: Collection[str]) -> str:
    if not known:
        return "There is none yet; add it first."
    ordered = sorted(name for name in known if name)
    if len(ordered) <= _NAMED:
        return f"Known: {', '.join(ordered)}."
    at = bisect_left(ordered, key)
    first = min(max(at - _NAMED // 2, 0), len(ordered) - _NAMED)
    named = ", ".join(ordered[first : first + _NAMED])
    return f"Nearest of {len(ordered)}: {named}."
