"""`icb contract`: what is agreed, and how it changes from a day on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from icb.cli.arguments import day, optional_day
from icb.cli.output import Json, print_json, print_table, say
from icb.cli.session import working
from icb.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from icb.contracts.inputs import NewContractService

app = typer.Typer(no_args_is_help=True, help="Add and change recurring service contracts.")

Contract = Annotated[str, typer.Argument(help="Key of the contract.")]
Service = Annotated[str, typer.Argument(help="Key of the service on the contract.")]
From = Annotated[str, typer.Option("--from", metavar="DAY", help="First day that it counts.")]


@app.command("list")
def list_contracts(
    organization: Annotated[
        str, typer.Option("--organization", metavar="KEY", help="Only this organization's.")
    ] = "",
    as_json: Json = False,
) -> None:
    """List the contracts.

    Example:

      icb contract list --organization acme
    """
    with working():
        from icb.contracts.queries import contracts

        rows = [row for row in contracts() if organization in ("", row.organization)]
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        print_table(
            [
                (
                    row.key,
                    row.organization,
                    row.starts_on,
                    row.ends_on,
                    row.period,
                    row.billing,
                    row.currency,
                )
                for row in rows
            ],
            columns=("contract", "organization", "from", "until", "period", "billing", "currency"),
            empty="There are no contracts.",
        )


@app.command()
def add(
    key: Annotated[str, typer.Argument(help="Key of the new contract.")],
    organization: Annotated[str, typer.Argument(help="Key of the organization.")],
    starts_on: Annotated[str, typer.Option("--from", metavar="DAY", help="First day.")],
    services: Annotated[
        list[str] | None,
        typer.Option("--service", metavar="KEY[=PRICE]", help="A service; may be repeated."),
    ] = None,
    ends_on: Annotated[
        str, typer.Option("--until", metavar="DAY", help="Last day; open without.")
    ] = "",
    period: Annotated[
        str, typer.Option("--period", help="monthly, quarterly, semi_annual or yearly.")
    ] = "monthly",
    anchor: Annotated[str, typer.Option("--anchor", help="calendar or anniversary.")] = "calendar",
    billing: Annotated[
        str, typer.Option("--billing", help="in_arrears or in_advance.")
    ] = "in_arrears",
    currency: Annotated[str, typer.Option("--currency", help="The organization's without.")] = "",
) -> None:
    """Add a contract.

    Example:

      icb contract add acme-2 acme --from 2026-01-01 --service agents --service backup=4.50
    """
    with working():
        from icb.contracts.actions import add_contracts
        from icb.contracts.inputs import NewContract

        new = NewContract(
            key=key,
            organization=organization,
            starts_on=day(starts_on, field="--from"),
            ends_on=optional_day(ends_on, field="--until"),
            period=period,
            anchor=anchor,
            billing=billing,
            currency=currency.upper(),
            services=[_service(text) for text in services or ()],
        )
        add_contracts([new])
        say(f"Added contract {key} of {organization} from {starts_on}.")


@app.command("add-service")
def add_service(
    contract: Contract,
    service: Annotated[str, typer.Argument(metavar="KEY[=PRICE]", help="The service.")],
    key: Annotated[str, typer.Option("--key", help="Where the service stands twice.")] = "",
    units: Annotated[str, typer.Option("--units", help="Where no count drives it.")] = "",
) -> None:
    """Add a service to a contract.

    Example:

      icb contract add-service acme-1 backup=4.50 --units 12
    """
    with working():
        from dataclasses import replace

        from icb.contracts.actions import add_contract_services

        new = replace(_service(service), key=key, units=units or None)
        add_contract_services(contract, news=[new])
        say(f"Added {new.key or new.service} to contract {contract}.")


@app.command()
def price(
    contract: Contract,
    service: Service,
    amount: Annotated[str, typer.Argument(help="The new price of one unit.")],
    from_day: From,
) -> None:
    """Set a price from a day on. A day in a billed period corrects what was billed.

    Example:

      icb contract price acme-1 agents 12.50 --from 2026-03-01
    """
    with working():
        from icb.contracts.actions import set_price

        set_price(contract, service=service, price=amount, from_day=day(from_day, field="--from"))
        say(f"{service} on {contract} costs {amount} from {from_day}.")


@app.command()
def units(
    contract: Contract,
    service: Service,
    number: Annotated[str, typer.Argument(help="The new number of units.")],
    from_day: From,
) -> None:
    """Type the units of a service that no count drives, from a day on.

    Example:

      icb contract units acme-1 backup 15 --from 2026-03-10
    """
    with working():
        from icb.mapping.actions import type_units

        type_units(contract, service=service, units=number, from_day=day(from_day, field="--from"))
        say(f"{service} on {contract} has {number} units from {from_day}.")


@app.command("unit-changes")
def unit_changes(
    contract: Contract,
    service: Service,
    policy: Annotated[str, typer.Argument(help="prorate_daily, adjust_at_period_end or peak.")],
    from_day: From,
) -> None:
    """Choose how changes of the unit count are billed, for periods from a day on.

    Example:

      icb contract unit-changes acme-1 agents adjust_at_period_end --from 2026-04-01
    """
    with working():
        from icb.mapping.actions import set_service_unit_changes

        set_service_unit_changes(
            contract, service=service, unit_changes=policy, from_day=day(from_day, field="--from")
        )
        say(f"Unit changes of {service} on {contract}: {policy} for periods from {from_day}.")


@app.command()
def end(
    contract: Contract,
    last: Annotated[str, typer.Option("--on", metavar="DAY", help="Its last day.")],
) -> None:
    """End a contract. An earlier day than what is billed gives the difference back.

    Example:

      icb contract end acme-1 --on 2026-06-30
    """
    with working():
        from icb.contracts.actions import end_contract

        end_contract(contract, ends_on=day(last, field="--on"))
        say(f"Contract {contract} ends on {last}.")


def _service(text: str) -> NewContractService:
    from icb.contracts.inputs import NewContractService as New

    key, equals, amount = text.partition("=")
    if equals and not amount:
        raise InvalidInput(
            field="--service",
            value=text,
            message=f"--service: {text!r} has no price after the equals sign. Nothing was "
            "stored. Write KEY, or KEY=PRICE.",
        )
    return New(service=key, price=amount or None)
