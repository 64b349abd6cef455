"""`icb simulate`: play a scenario file on a throw-away database."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from icb.cli import session
from icb.cli.codes import ExitCode
from icb.cli.output import Json, print_table, say, warn

if TYPE_CHECKING:
    from icb.scenarios.output import Output

app = typer.Typer(no_args_is_help=True)

_ITEMS = (
    "organization",
    "contract",
    "service",
    "kind",
    "period",
    "from",
    "units",
    "unit-days",
    "price",
    "amount",
    "currency",
    "status",
    "invoice",
)
_NUMBERS = ("units", "unit-days", "price", "amount", "net", "tax", "total", "left", "balance")


@app.command()
def simulate(
    file: Annotated[Path, typer.Argument(help="The scenario, a YAML file.")],
    as_json: Json = False,
) -> None:
    """Play a scenario file on a throw-away database, with a clock that stands still.

    Shows the items, documents, holds and unbilled usage that come out. Your own data is never
    touched. A file with an `expect` block is a test: exit code 1 where something else came out,
    2 where the file is malformed.

    Examples:

      icb simulate one-site-grows.yaml

      icb simulate one-site-grows.yaml --json
    """
    content = _read(file)
    _load()
    from icb.scenarios.compare import differences
    from icb.scenarios.malformed import MalformedScenario
    from icb.scenarios.output import as_json as in_json
    from icb.scenarios.player import play
    from icb.scenarios.reader import read_story

    try:
        story = read_story(content)
        output = play(story)
    except MalformedScenario as error:
        warn(f"{file}: {error.message}")
        raise typer.Exit(ExitCode.BAD_INPUT) from error
    if as_json:
        print(in_json(output), end="")
    else:
        _show(output, name=story.name or file.name)
    if story.expect is None:
        return
    found = differences(story.expect, actual=output)
    tell = warn if as_json else say
    tell("\n".join(["Something else came out than expected.", *found]) if found else "As expected.")
    if found:
        raise typer.Exit(ExitCode.FINDING)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        warn(f"{file} cannot be read: {error.strerror}.")
        raise typer.Exit(ExitCode.BAD_INPUT) from error


def _load() -> None:
    """Load the apps for a database in memory: neither the data folder nor a server is needed."""
    from django.conf import settings

    if not settings.configured:
        os.environ.pop("ICB_SETTINGS_FILE", None)
        os.environ["ICB_DATABASE_URL"] = "sqlite:///:memory:"
        os.environ["ICB_SECRET_KEY"] = secrets.token_urlsafe(64)
    session.load()


def _show(output: Output, *, name: str) -> None:
    say(name)
    _table("Items", [_item(row) for row in output["items"]], columns=_ITEMS)
    for document in output["invoices"]:
        _show_document(document)
    _rows("Holds", output["holds"])
    _rows("Unbilled", output["unbilled"])
    _rows("Refused", output["refused"])
    _rows("Balances", output["balances"])
    states = Counter(str(row["status"]) for row in output["snapshots"])
    if states:
        counted = ", ".join(f"{number:,} {state}" for state, number in sorted(states.items()))
        say(f"\nSnapshots: {counted}")


def _item(row: dict[str, Any]) -> tuple[object, ...]:
    period = f"{row['period']['start']} - {row['period']['end']}"
    return (
        row["organization"],
        row["contract"],
        row["service"],
        row["kind"],
        period,
        row["effective_on"],
        row["units"],
        row["unit_days"],
        row["unit_price"],
        row["amount"],
        row["currency"],
        row["status"],
        row["invoice"],
    )


def _show_document(document: dict[str, Any]) -> None:
    kind = str(document["kind"]).replace("_", " ").capitalize()
    title = (
        f"{kind} {document['number']} to {document['organization']}, issued "
        f"{document['issued_on']}, {document['currency']}"
    )
    lines = [(line["description"], line["amount"]) for line in document["lines"]]
    lines.append(("net", document["net"]))
    lines += [(f"tax {tax['rate']} % of {tax['net']}", tax["tax"]) for tax in document["taxes"]]
    lines.append(("total", document["total"]))
    _table(title, lines, columns=("line", "amount"))


def _rows(title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        _table(title, [tuple(row.values()) for row in rows], columns=tuple(rows[0]))


def _table(title: str, rows: Sequence[tuple[object, ...]], *, columns: tuple[str, ...]) -> None:
    say(f"\n{title}")
    print_table(rows, columns=columns, right=_NUMBERS, empty="None.")
