"""The demo as a newcomer sees it: one command, a year of documents, and books that are sound."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ICB = [sys.executable, "-c", "from icb.cli.main import main; main()"]
Call = Callable[..., str]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the newcomer stands."""
    return tmp_path_factory.mktemp("newcomer")


@pytest.fixture(scope="module")
def icb(here: Path) -> Call:
    """The command, with nothing set by the tests around it but the folder of the demo."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ICB_")}
    kept["ICB_DATA_DIR"] = "demo-data"

    def call(*words: str) -> str:
        done = subprocess.run(
            [*ICB, *words], cwd=here, env=kept, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


@pytest.fixture(scope="module")
def printed(icb: Call) -> str:
    """What the first run prints."""
    return icb("demo", "--no-serve")


@pytest.fixture(scope="module")
def documents(icb: Call, printed: str) -> Any:
    """The documents of the demo."""
    return json.loads(icb("invoice", "list", "--json"))


def test_it_tells_what_it_does_and_what_came_of_it(printed: str, documents: Any) -> None:
    invoices = [row for row in documents if row["kind"] == "invoice"]
    assert len(re.findall(r"^\w+ \d{4}: counts, bill, approve and post", printed, re.M)) == 12
    assert re.search(r"\b24 +organizations billed", printed)
    for currency in ("USD", "EUR", "JPY"):
        count = sum(row["currency"] == currency for row in invoices)
        assert count > 0
        assert re.search(rf"{currency} +{count} ", printed)
    assert "a fall that nobody has confirmed" in printed
    assert "not mapped to anybody" in printed
    assert "demo-data/documents" in printed


def test_its_modules_were_asked_over_the_network(icb: Call, printed: str) -> None:
    """All but one answered, and what needs attention is said."""
    listed = {row["key"]: row for row in json.loads(icb("modules", "list", "--json"))}
    assert {key: row["adapter"] for key, row in listed.items()} == {
        "rmm": "datto_rmm",
        "security": "huntress",
        "backup": "",
        "training": "",
    }
    assert listed["rmm"]["last_sync"] in ("stored", "unchanged")
    assert listed["security"]["last_sync"] == "failed"
    assert re.search(
        r"2 things to look at first.*\n +Credentials Refused \(.+ a month\)\n", printed
    )


def test_it_never_asks_the_real_vendors(here: Path) -> None:
    """The made-up vendors have the real ones' addresses, and are gone when the demo is made."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ICB_")}
    asked = subprocess.run(
        [*ICB, "sync", "rmm"],
        cwd=here,
        env={**kept, "ICB_DATA_DIR": "demo-data"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 1
    assert "Nobody was asked" in asked.stdout + asked.stderr


def test_every_document_has_its_pdf(here: Path, documents: Any) -> None:
    drawn = (here / "demo-data" / "documents" / "harbour").glob("*.pdf")
    assert {path.stem for path in drawn} == {row["number"] for row in documents}


def test_the_commands_it_suggests_work(icb: Call, printed: str) -> None:
    suggested = re.findall(r"^ +ICB_DATA_DIR=demo-data \./icb (.+)$", printed, re.M)
    assert len(suggested) > 4
    for command in suggested:
        assert icb(*command.split()), command


def test_a_second_run_says_so_and_changes_nothing(icb: Call, documents: Any) -> None:
    assert "is already there; nothing was changed" in icb("demo", "--no-serve")
    assert json.loads(icb("invoice", "list", "--json")) == documents
