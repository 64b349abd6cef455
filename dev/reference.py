"""Write the reference pages from the code: what is described there is what runs.

`python -m dev.reference` writes docs/reference/; with `--check` it writes nothing and fails where a
page differs. The same functions serve the test that compares.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import typer

from dev.scenario_page import scenario_page
from icb.cli.codes import MEANINGS
from icb.cli.commands import SECTIONS
from icb.cli.main import app
from icb.exchange.file_format import FileFormat
from icb.exchange.format import BUNDLE, LEFT_OUT
from icb.foundation.environment import SETTINGS
from icb.hub.catalogue import CatalogueModule, catalogue_modules

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
WRITTEN = ("usage-api.yaml",)  # by hand: what is promised, which answers are compared with
MADE = "<!-- Made from the code by `python -m dev.reference`. Changes here are lost. -->\n"


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with --check only say which of them differ."""
    if "--check" in arguments:
        differing = differences()
        for name in differing:
            print(f"docs/reference/{name} differs: run python -m dev.reference")
        return int(bool(differing))
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")
    for name in spare_files():
        (FOLDER / name).unlink()
    return 0


def pages() -> dict[str, str]:
    """Every reference page: file name and text."""
    made = {name: MADE + "\n" + make() for name, make in PAGES.items()}
    listed = "\n".join(name.removesuffix(".md") for name in made)
    index = f"# Reference\n\nMade from the code.\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    return {"index.md": MADE + "\n" + index, **made}


def differences() -> list[str]:
    """The pages whose text is not what the code says, and the files that are no page."""
    expected = pages()
    stale = [name for name, text in expected.items() if on_disk(name) != text]
    return stale + spare_files()


def on_disk(name: str) -> str:
    """A page as it stands in the folder; empty where it is missing."""
    path = FOLDER / name
    return path.read_text("utf-8") if path.is_file() else ""


def spare_files() -> list[str]:
    """Files in the folder that no page of the code explains."""
    known = {"index.md", *PAGES, *WRITTEN}
    return sorted(path.name for path in FOLDER.glob("*") if path.name not in known)


def settings_page() -> str:
    """The environment variables, from the table that reads them."""
    rows = [
        (f"`{setting.name}`", str(setting.kind), code(setting.default), setting.meaning)
        for setting in SETTINGS
    ]
    return (
        "# Settings\n\n"
        "Environment variables. The same names may stand in a file, as `NAME=value` lines; what\n"
        "the environment says outranks the file. An unknown name in the file is refused.\n\n"
        + table(("Name", "Takes", "Default", "Does"), rows=rows)
    )


def commands_page() -> str:
    """Every command with what it takes, as its own help says it."""
    root: Any = typer.main.get_command(app)
    top = context(root, name="icb")
    parts = ["# Commands\n", "Every command takes these options, before or after its name:\n"]
    parts.append(options(root, inside=top))
    for section in SECTIONS:
        parts.append(f"## {section.title}\n")
        for entry in section.commands:
            parts += command_parts(root.get_command(top, entry.name), name=entry.name, parent=top)
    return "\n".join(parts)


def command_parts(command: Any, *, name: str, parent: Any) -> list[str]:
    """The text of one command, or of each command of a group."""
    inside = context(command, name=name, parent=parent)
    if hasattr(command, "list_commands"):
        named = [
            (each, command.get_command(inside, each)) for each in command.list_commands(inside)
        ]
        return [
            text for each, sub in named for text in command_parts(sub, name=each, parent=inside)
        ]
    usage = " ".join([inside.command_path, *command.collect_usage_pieces(inside)])
    about = plain(command.help or "")
    return [
        f"### {inside.command_path}\n",
        f"{about}\n",
        f"    {usage}\n",
        options(command, inside=inside),
    ]


def context(command: Any, *, name: str, parent: Any = None) -> Any:
    """The state in which a command can say what it takes, without running it."""
    return command.context_class(command, info_name=name, parent=parent)


def options(command: Any, *, inside: Any) -> str:
    """The table of a command's arguments and options."""
    records = [param.get_help_record(inside) for param in command.get_params(inside)]
    rows = [
        (code(takes), plain(does)) for takes, does in filter(None, records) if "--help" not in takes
    ]
    return table(("Takes", "Does"), rows=rows) if rows else ""


def plain(text: str) -> str:
    """A help text as Markdown: its paragraphs, and its indented examples as one block of code."""
    lines: list[str] = []
    for text_line in inspect.cleandoc(text).replace("\b\n", "").splitlines():
        example = text_line.startswith("  ")
        if example and len(lines) > 1 and lines[-1] == "" and lines[-2].startswith("    $ "):
            lines.pop()
        lines.append(f"    $ {text_line.strip()}" if example else text_line)
    return "\n".join(lines)


def exit_codes_page() -> str:
    """What a script may read from a command's exit code."""
    rows = [(str(int(code)), meaning) for code, meaning in MEANINGS.items()]
    return "# Exit codes\n\n" + table(("Code", "Means"), rows=rows)


def bundle_page() -> str:
    """The files of a CSV bundle and their columns, from the description that reads them."""
    left_out = "\n".join(f"- {line}" for line in LEFT_OUT)
    sections = "\n".join(bundle_file(file) for file in BUNDLE)
    return (
        "# The CSV bundle\n\n"
        "A bundle is a folder of these files, in UTF-8. Files that you have nothing for may be\n"
        "missing. Columns may stand in any order; a column that is not listed here is refused by\n"
        "name. `icb export` writes the same format, so that export, import into an empty\n"
        "database and export again give the same bytes. An export leaves out:\n\n"
        f"{left_out}\n\n`icb backup` keeps all of that.\n\n{sections}"
    )


def bundle_file(file: FileFormat) -> str:
    """One file of the bundle with its columns."""
    rows = [
        (
            f"`{column.name}`",
            column.takes,
            "required" if column.required else code(column.default),
            column.about,
        )
        for column in file.columns
    ]
    key = ", ".join(f"`{name}`" for name in file.key)
    columns = table(("Column", "Takes", "Empty means", "Is"), rows=rows)
    return f"## {file.file}\n\n{file.about} A row is identified by {key}.\n\n{columns}"


def catalogue_page() -> str:
    """The modules and what each counts, from the data that connections are made with."""
    parts = [
        "# Modules and billing types\n",
        (
            "What the catalogue knows of each module. `documented`: the vendor publishes it.\n"
            "`inferred`: it is a guess from what is known; compare counts before you bill by it.\n"
            "`icb modules catalogue` shows the same with your own changes.\n"
        ),
    ]
    suites: dict[str, list[CatalogueModule]] = {}
    for module in catalogue_modules():
        suites.setdefault(module.suite, []).append(module)
    for suite, modules in suites.items():
        parts.append(f"## {suite}\n")
        parts += [catalogue_module_part(module) for module in modules]
    return "\n".join(parts)


def catalogue_module_part(module: CatalogueModule) -> str:
    """One module with its billing types."""
    about = f"A client is: {module.identity} {module.notes}".strip()
    known = f"Known by: {module.confidence}, <{module.source}>."
    aliases = f" Also called {', '.join(module.aliases)}." if module.aliases else ""
    rows = [
        (
            f"`{one.key}`",
            one.unit,
            one.shape,
            one.merge,
            one.counting_rule,
            ", ".join(f"`{key}`" for key in one.overlaps),
            one.confidence,
        )
        for one in module.billing_types
    ]
    head = ("Type", "Unit", "Shape", "Merged by", "Counts", "Overlaps", "Known by")
    types = table(head, rows=rows) if rows else "Its types depend on the account.\n"
    return f"### {module.name} (`{module.key}`)\n\n{about}{aliases}\n\n{known}\n\n{types}"


def table(head: Sequence[str], *, rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; texts may hold anything."""
    lines = [line(head), line(["---"] * len(head)), *(line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def line(cells: Sequence[str]) -> str:
    """One row of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def code(text: str) -> str:
    """`text` as code; nothing where there is none."""
    return f"`{text}`" if text else ""


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "exit-codes.md": exit_codes_page,
    "settings.md": settings_page,
    "bundle.md": bundle_page,
    "scenario-format.md": scenario_page,
    "modules.md": catalogue_page,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
