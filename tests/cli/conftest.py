"""The command line, called in this process on a database of the test's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from icb.cli.main import app
from icb.kernel import clock

EXAMPLE = Path(__file__).parents[2] / "examples" / "bundle"


class Icb:
    """Calls `icb` as its user olivia."""

    def __init__(self) -> None:
        self._runner = CliRunner()

    def call(self, *words: str) -> Result:
        """The outcome of a command, whatever it is."""
        result = self._runner.invoke(app, ["--as", "olivia", *words])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def __call__(self, *words: str) -> str:
        """What a command that succeeds prints."""
        result = self.call(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def data(self, *words: str) -> Any:
        """What a command that succeeds prints for programs."""
        return json.loads(self(*words, "--json"))

    def refused(self, code: int, *words: str) -> str:
        """What a command that is refused with this exit code says beside the data."""
        result = self.call(*words)
        assert result.exit_code == code, result.output
        return result.stderr


@pytest.fixture
def icb(committed: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Icb]:
    """The command line on an empty database, at noon of 1 February 2026."""
    monkeypatch.setenv("ICB_DATABASE_URL", committed)
    with clock.frozen(datetime(2026, 2, 1, 18, tzinfo=UTC)):
        yield Icb()


@pytest.fixture
def books(icb: Icb) -> Icb:
    """The command line after the example bundle was imported."""
    icb("import", str(EXAMPLE))
    return icb
