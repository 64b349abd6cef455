"""Databases at a known stage of work, and a server of processes to work on copies of them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from tests.reliability.processes import Processes, processes
from tests.support.databases import Template

SEED = "ICB_TEST_SEED"
GATE_SEED = 20260101

Copies = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Processes with everything loaded."""
    with processes(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture(scope="session")
def copies(template: Template, server: Processes) -> Copies:
    """`copies("job", …)`: a database on which January and then these jobs were done, for a block.

    What leads to a stage is done once; each block has a copy of its own.
    """
    stages: dict[tuple[str, ...], str] = {}

    def stage(jobs: tuple[str, ...]) -> str:
        if jobs not in stages:
            made = template.copy(stage(jobs[:-1])) if jobs else template.copy()
            server.run(made, jobs[-1] if jobs else "prepare")
            stages[jobs] = made
        return stages[jobs]

    @contextmanager
    def copy(*jobs: str) -> Iterator[str]:
        made = template.copy(stage(jobs))
        try:
            yield made
        finally:
            template.drop(made)

    return copy


@pytest.fixture
def seeded() -> random.Random:
    """Chance that can be had again: the seed is printed, and ICB_TEST_SEED sets it.

    The same in every run, unless ICB_TEST_EXPLORE=1 asks for a new one.
    """
    explores = os.environ.get("ICB_TEST_EXPLORE") == "1"
    chosen = random.SystemRandom().randrange(10**9) if explores else GATE_SEED
    seed = int(os.environ.get(SEED, "") or chosen)
    print(f"seed {seed} (again with {SEED}={seed})")
    return random.Random(seed)
