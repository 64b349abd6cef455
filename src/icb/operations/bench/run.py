"""Runs the benchmark: each size in a process of its own, on a database made for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from icb.kernel.errors import InvalidInput
from icb.operations.bench.measure import Stage

SIZES = {"S": 45, "M": 450, "L": 4500}


class Measured(NamedTuple):
    """The stages of one month at one size."""

    size: str
    organizations: int
    month: int
    stages: list[Stage]


def measure(
    sizes: Sequence[str], *, database_url: str = "", months: int = 1, with_pdf: bool = False
) -> Iterator[Measured]:
    """Measure each size, smallest first, on SQLite or on an empty PostgreSQL database.

    With several months the ones before the last are history: every month is given. Raises
    InvalidInput for an unknown size.
    """
    for size in sizes:
        if size not in SIZES:
            raise InvalidInput(
                field="size",
                value=size,
                message=f"size: there is no size {size}. Give one of {', '.join(SIZES)}.",
            )
        yield from _measure(size, database_url, months, with_pdf)


def _measure(size: str, database_url: str, months: int, with_pdf: bool) -> Iterator[Measured]:
    organizations = SIZES[size]
    arguments = (str(organizations), str(months), "pdf" if with_pdf else "")
    for found in told_by("icb.operations.bench.measure", *arguments, database_url=database_url):
        stages = [Stage(*stage) for stage in found["stages"]]
        yield Measured(size, organizations, found["month"], stages)


def told_by(module: str, *arguments: str, database_url: str) -> Iterator[Any]:
    """What a module tells, line by line of JSON, in a process and a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="icb-bench-") as folder:
        environment = {**os.environ, "ICB_DATA_DIR": folder, "ICB_DATABASE_URL": database_url}
        if not database_url:
            del environment["ICB_DATABASE_URL"]
        command = [sys.executable, "-m", module, *arguments]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as told:
            for line in told.stdout or ():
                yield json.loads(line)
        if told.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {told.returncode}.")
