"""`icb insights`: what needs attention, with the money at stake."""

from __future__ import annotations

from typing import Annotated

import typer

from icb.cli.arguments import day
from icb.cli.output import Json, counted, print_json, print_table, say
from icb.cli.session import working

app = typer.Typer(invoke_without_command=True)

Number = Annotated[int, typer.Argument(help="Number of the insight (`icb insights list`).")]


@app.callback()
def insights(context: typer.Context) -> None:
    """List what needs attention, which `icb insights` alone does too; put it aside."""
    if context.invoked_subcommand is None:
        list_insights()


@app.command("list")
def list_insights(
    state: Annotated[
        str, typer.Option("--state", help="open, snoozed, dismissed or all.")
    ] = "open",
    kind: Annotated[str, typer.Option("--kind", help="Only this kind.")] = "",
    as_json: Json = False,
) -> None:
    """List what needs attention, most money first, each with what to do about it.

    Amounts are per month, from what is counted now and the price that it has or would have; an
    insight without one has no known price.

    Examples:

      icb insights list

      icb insights list --state dismissed --json
    """
    with working():
        from icb.insights.queries import insights as query
        from icb.insights.queries import money_at_stake

        _look_again()
        rows = query(state=state, kind=kind)
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        print_table(
            [(row.id, row.title, _money(row.amounts), row.text, row.fix) for row in rows],
            columns=("number", "insight", "a month", "what", "to do"),
            right=("number", "a month"),
            empty="Nothing needs attention.",
        )
        if rows:
            sums = _money(money_at_stake(rows))
            say(f"{counted(len(rows), noun='insight')}{f'; at stake a month: {sums}' * bool(sums)}")


@app.command()
def snooze(
    number: Number,
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="The day it comes back.")],
) -> None:
    """Put one aside until a day. It comes back before that where its facts change.

    Example:

      icb insights snooze 12 --until 2026-03-01
    """
    with working():
        from icb.insights.actions import snooze as put_aside

        put_aside(number, until=day(until, field="--until"))
        say(f"Insight {number} is put aside until {until}.")


@app.command()
def dismiss(
    number: Number,
    reason: Annotated[
        str, typer.Option("--reason", help="Why, in a sentence that stays readable.")
    ],
) -> None:
    """Put one aside for good. It comes back only where its facts change.

    Example:

      icb insights dismiss 12 --reason "a test system, free of charge"
    """
    with working():
        from icb.insights.actions import dismiss as put_aside

        put_aside(number, reason=reason)
        say(f"Insight {number} is dismissed. `icb insights list --state dismissed` shows it.")


@app.command()
def refresh(as_json: Json = False) -> None:
    """Find what needs attention now. Running it again changes nothing.

    Example:

      icb insights refresh
    """
    with working():
        from icb.insights.actions import refresh_insights

        result = refresh_insights()
        if as_json:
            print_json(result._asdict())
            return
        say(
            f"{result.new} new, {result.changed} changed, {result.returned} came back, "
            f"{result.gone} gone."
        )


def _look_again() -> None:
    """Find what came up since the worker looked last."""
    from icb.foundation.actor import acting_as_system
    from icb.insights.actions import refresh_insights

    with acting_as_system("insights"):
        refresh_insights()


def _money(amounts: dict[str, str]) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in amounts.items())
