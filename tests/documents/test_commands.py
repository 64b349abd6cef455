"""Commands that the documents show exist, and take the options that are shown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from dev.reference import context

from icb.cli.main import app

ROOT = Path(__file__).resolve().parent.parent.parent
PROMPT = re.compile(r"^\s*\$ (?:\./)?icb (.+)$", re.MULTILINE)
IN_TEXT = re.compile(r"`(?:\./)?icb ([^`]+)`")
# Words of the launcher, which never reach the installed command.
LAUNCHER = {"test", "prove-red"}
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("src/icb/*/*.md")])


def shown(text: str) -> list[list[str]]:
    """The words of each command that a page shows, after `icb`."""
    lines = [*PROMPT.findall(text), *IN_TEXT.findall(text)]
    return [shlex.split(line, comments=True) for line in lines]


def wrong(words: list[str]) -> Iterator[str]:
    """What a shown command says that the program does not take."""
    command: Any = typer.main.get_command(app)
    inside = context(command, name="icb")
    rest = list(words)
    while rest and not rest[0].startswith("-") and hasattr(command, "get_command"):
        name = rest.pop(0)
        if name in LAUNCHER or name.isupper():
            return
        command = command.get_command(inside, name)
        if command is None:
            yield f"icb {' '.join(words)}: there is no {name}"
            return
        inside = context(command, name=name, parent=inside)
    known = {"--help", "--as", "--provider"}
    for param in command.get_params(inside):
        known |= {*param.opts, *param.secondary_opts}
    for word in rest:
        option = word.split("=")[0]
        if option.startswith("--") and option not in known:
            yield f"icb {' '.join(words)}: there is no {option}"


def test_commands_are_read_from_blocks_and_from_text() -> None:
    text = "Run `icb verify --recompute`.\n\n```console\n$ ./icb import 'my bundle' # now\n```\n"
    assert shown(text) == [["import", "my bundle"], ["verify", "--recompute"]]


def test_an_unknown_command_and_an_unknown_option_are_found() -> None:
    assert list(wrong(["bill", "--preview"])) == []
    assert list(wrong(["--help"])) == []
    assert list(wrong(["--halp"])) == ["icb --halp: there is no --halp"]
    assert list(wrong(["bills"])) == ["icb bills: there is no bills"]
    assert list(wrong(["bill", "--prevue"])) == ["icb bill --prevue: there is no --prevue"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_commands_of_a_page_exist(page: Path) -> None:
    found = [line for words in shown(page.read_text("utf-8")) for line in wrong(words)]
    assert found == []


def test_the_documents_show_commands() -> None:
    assert sum(len(shown(page.read_text("utf-8"))) for page in PAGES) > 30
