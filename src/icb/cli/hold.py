"""`icb hold`: counts that wait for a decision."""

from __future__ import annotations

from typing import Annotated

import typer

from icb.cli.arguments import day
from icb.cli.output import Json, print_json, print_table, say
from icb.cli.session import working

app = typer.Typer(no_args_is_help=True, help="List what waits for a decision, and decide.")

Module = Annotated[str, typer.Argument(help="Key of the module.")]
Id = Annotated[str, typer.Argument(help="Id of the module organization; `all` for a whole answer.")]
From = Annotated[str, typer.Option("--from", metavar="DAY", help="First day it is about.")]
Type = Annotated[str, typer.Option("--type", metavar="KEY", help="Only this billing type.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence that stays readable.")]
_WHOLE_ANSWER = "all"
_COLUMNS = (
    "reason",
    "module",
    "id",
    "type",
    "organization",
    "contract",
    "service",
    "from",
    "to",
    "carried",
    "said",
)


@app.command("list")
def list_holds(as_json: Json = False) -> None:
    """List held counts, long gaps and answers that wait as a whole.

    Example:

      icb hold list
    """
    with working():
        from icb.billing.queries import holds

        rows = [row._asdict() for row in holds()]
        if as_json:
            print_json(rows)
            return
        print_table(
            [list(row.values()) for row in rows],
            columns=_COLUMNS,
            right=("carried", "said"),
            empty="Nothing waits for a decision.",
        )


@app.command()
def accept(
    module: Module, id: Id, from_day: From, billing_type: Type = "", reason: Reason = ""
) -> None:
    """Take held counts at their word, from a day on.

    Examples:

      icb hold accept rmm 7 --from 2026-01-14 --type devices

      icb hold accept rmm all --from 2026-01-14
    """
    _decide("accept", module=module, id=id, on=(from_day, billing_type), reason=reason)


@app.command()
def reject(
    module: Module, id: Id, from_day: From, billing_type: Type = "", reason: Reason = ""
) -> None:
    """Drop held counts, from a day on: the last accepted count carries.

    Example:

      icb hold reject rmm 7 --from 2026-01-14 --reason "double agents"
    """
    _decide("reject", module=module, id=id, on=(from_day, billing_type), reason=reason)


@app.command()
def departed(
    module: Module, id: Id, from_day: From, billing_type: Type = "", reason: Reason = ""
) -> None:
    """Say since when a client is gone: nothing is billed from that day.

    Example:

      icb hold departed rmm 7 --from 2026-01-14
    """
    _decide("departed", module=module, id=id, on=(from_day, billing_type), reason=reason)


@app.command()
def carry(
    module: Module, id: Id, from_day: From, billing_type: Type = "", reason: Reason = ""
) -> None:
    """Let the last accepted count stand until the next one arrives.

    Example:

      icb hold carry rmm 7 --from 2026-01-14 --reason "agent outage"
    """
    _decide("carry", module=module, id=id, on=(from_day, billing_type), reason=reason)


def _decide(decision: str, *, module: str, id: str, on: tuple[str, str], reason: str) -> None:
    with working():
        from_day, billing_type = day(on[0], field="--from"), on[1]
        if id == _WHOLE_ANSWER:
            from icb.hub.actions import decide_quarantined

            decide_quarantined(module, from_day=from_day, decision=decision, reason=reason)
        else:
            from icb.mapping.actions import decide

            decide(
                module=module,
                id=id,
                billing_type=billing_type,
                from_day=from_day,
                decision=decision,
                reason=reason,
            )
        say(f"{module} {id} from {on[0]}: {decision}.")
