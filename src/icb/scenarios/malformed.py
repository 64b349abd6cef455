"""The one error of a scenario file that cannot be read: it names the line and the field."""

from __future__ import annotations

from icb.kernel.errors import IcbError


class MalformedScenario(IcbError):
    """The file itself is wrong. Nothing of it counts; the caller exits with 2."""

    def __init__(self, problem: str, *, line: int | None = None, field: str = "") -> None:
        place = ", ".join(
            part for part in (f"line {line}" if line is not None else "", field) if part
        )
        message = f"{place}: {problem}" if place else problem
        super().__init__("malformed_scenario", message, line=line or "", field=field)
        self.line = line
        self.field = field
