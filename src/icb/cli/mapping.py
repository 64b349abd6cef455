"""`icb map` and `icb unmap`: whose usage it is, and which service it drives.

With --contract a command is about a billing type and a service of that contract, without it
about a module organization and the organization that receives its bill.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from icb.cli.arguments import day, optional_day
from icb.cli.output import Json, print_json, print_table, say, warn
from icb.cli.session import working
from icb.kernel.errors import InvalidInput

map_app = typer.Typer(no_args_is_help=True, help="List, suggest and set mappings.")
app = typer.Typer(no_args_is_help=True)
apps = {"map": map_app}

Module = Annotated[str, typer.Argument(help="Key of the module.")]
What = Annotated[
    str, typer.Argument(help="Id of the module organization; with --contract the billing type.")
]
Contract = Annotated[
    str, typer.Option("--contract", metavar="KEY", help="Map a billing type on this contract.")
]
From = Annotated[str, typer.Option("--from", metavar="DAY", help="First day.")]
Until = Annotated[str, typer.Option("--until", metavar="DAY", help="Last day; open without.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence that stays readable.")]


@map_app.command("list")
def list_mappings(as_json: Json = False) -> None:
    """List who is mapped to whom, and what drives what.

    Example:

      icb map list --json
    """
    with working():
        from icb.hub.queries import undescribed_types
        from icb.mapping.queries import organization_mappings, service_mappings

        organizations = [row._asdict() for row in organization_mappings()]
        undescribed = undescribed_types()
        services = [
            {
                **row._asdict(),
                "is_rule_known": (row.module, row.billing_type) not in undescribed,
            }
            for row in service_mappings()
        ]
        if as_json:
            print_json({"organizations": organizations, "services": services})
            return
        _print_rows(organizations, empty="No module organization is mapped.")
        say("")
        _print_rows(services, empty="No billing type is mapped.")


@map_app.command()
def suggest(
    module: Annotated[str, typer.Option("--module", metavar="KEY", help="Only this one.")] = "",
    as_json: Json = False,
) -> None:
    """Suggest organizations for module organizations that are not mapped. Saves nothing.

    Example:

      icb map suggest --module rmm
    """
    with working():
        from icb.mapping.queries import suggested_mappings

        rows = [row._asdict() for row in suggested_mappings(module=module)]
        if as_json:
            print_json(rows)
        else:
            _print_rows(rows, empty="Nothing to suggest: every module organization is mapped.")


@map_app.command("set")
def set_mapping(
    module: Module,
    what: What,
    target: Annotated[str, typer.Argument(help="Organization; with --contract the service.")],
    contract: Contract = "",
    from_day: From = "",
    until: Until = "",
    unit_changes: Annotated[
        str, typer.Option("--unit-changes", help="prorate_daily, adjust_at_period_end or peak.")
    ] = "",
    also: Annotated[
        bool, typer.Option("--also", help="Drive this service besides another one.")
    ] = False,
    reason: Reason = "",
) -> None:
    """Map a module organization to an organization, or a billing type to a service.

    Examples:

      icb map set rmm 7 acme

      icb map set rmm devices agents --contract acme-1 --unit-changes peak
    """
    with working():
        days = {
            "from_day": optional_day(from_day, field="--from"),
            "until": optional_day(until, field="--until"),
        }
        if contract:
            _map_service(
                contract,
                {
                    "module": module,
                    "billing_type": what,
                    "service": target,
                    "unit_changes": unit_changes,
                    "also": also,
                    "reason": reason,
                    **days,
                },
            )
        else:
            _only_with_contract(unit_changes=unit_changes, also=also)
            from icb.mapping.actions import map_organization

            map_organization(module, id=what, organization=target, reason=reason, **days)
        say(f"{module} {what} is mapped to {target}.")
        if contract:
            _warn_of_unknown_rule(module, billing_type=what)


@map_app.command()
def ignore(
    module: Module,
    what: What,
    contract: Contract = "",
    from_day: From = "",
    until: Until = "",
    reason: Reason = "",
) -> None:
    """Leave a module organization, or a billing type on a contract, out of every bill.

    Examples:

      icb map ignore rmm 9 --reason "our own office"

      icb map ignore rmm servers --contract acme-1
    """
    with working():
        days = {
            "from_day": optional_day(from_day, field="--from"),
            "until": optional_day(until, field="--until"),
        }
        if contract:
            ignored = {"module": module, "billing_type": what, "ignore": True, "reason": reason}
            _map_service(contract, {**ignored, **days})
        else:
            from icb.mapping.actions import ignore_organization

            ignore_organization(module, id=what, reason=reason, **days)
        say(f"{module} {what} is ignored.")


@app.command()
def unmap(
    module: Module,
    what: What,
    from_day: From,
    contract: Contract = "",
    reason: Reason = "",
) -> None:
    """End a mapping: from that day on the usage is unmapped.

    Examples:

      icb unmap rmm 7 --from 2026-05-01

      icb unmap rmm devices --contract acme-1 --from 2026-05-01
    """
    with working():
        first = day(from_day, field="--from")
        if contract:
            from icb.mapping.actions import unmap_service

            unmap_service(contract, module=module, billing_type=what, from_day=first, reason=reason)
        else:
            from icb.mapping.actions import unmap_organization

            unmap_organization(module, id=what, from_day=first, reason=reason)
        say(f"{module} {what} is not mapped from {from_day}.")


def _map_service(contract: str, fields: dict[str, Any]) -> None:
    from icb.mapping.actions import map_service
    from icb.mapping.inputs import NewServiceMapping

    map_service(contract, mapping=NewServiceMapping(**fields))


def _warn_of_unknown_rule(module: str, *, billing_type: str) -> None:
    from icb.hub.queries import undescribed_types

    if (module, billing_type) in undescribed_types():
        warn(
            f"{module} {billing_type} is in no catalogue: how it is counted is not known, and it "
            "is billed all the same, as a number of each day. See what the module says, and then "
            f"say it with `icb modules describe {module} {billing_type}`."
        )


def _only_with_contract(*, unit_changes: str, also: bool) -> None:
    if unit_changes or also:
        option = "--unit-changes" if unit_changes else "--also"
        raise InvalidInput(
            field=option,
            message=f"{option} is for a billing type on a contract. Nothing was stored. Give "
            "--contract too.",
        )


def _print_rows(rows: list[dict[str, Any]], *, empty: str) -> None:
    columns = list(rows[0]) if rows else []
    print_table([list(row.values()) for row in rows], columns=columns, empty=empty)
