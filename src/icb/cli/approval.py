"""`icb approval`: posting above an amount takes a second person."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from icb.cli.output import Json, counted, print_json, print_table, say
from icb.cli.session import working

if TYPE_CHECKING:
    from icb.billing.approval_queries import RequestRow

app = typer.Typer(no_args_is_help=True, help="Ask a second person to approve what is posted.")

Request = Annotated[int, typer.Argument(help="Number of the request (`icb approval list`).")]
_COLUMNS = ("request", "state", "asked by", "asked at", "items", "amounts", "approved by")


@app.command("list")
def list_requests(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """List requests, newest first, and what became of them.

    Example:

      icb approval list
    """
    with working():
        from icb.billing.approval_queries import posting_requests

        rows = posting_requests(limit=limit)
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        print_table(
            [_told(row) for row in rows],
            columns=_COLUMNS,
            right=("items",),
            empty="Nobody was asked to approve anything.",
        )


@app.command()
def ask(
    organization: Annotated[
        str, typer.Option("--organization", metavar="KEY", help="Only this organization's drafts.")
    ] = "",
) -> None:
    """Ask for approval of all drafts that could be posted now, exactly as they stand.

    Examples:

      icb approval ask

      icb approval ask --organization acme
    """
    with working():
        from icb.billing.approval_actions import ask_to_post
        from icb.billing.approval_queries import posting_request
        from icb.billing.queries import items
        from icb.organizations.queries import organization_named

        if organization:
            organization_named(organization)
        drafts = items(organization=organization, drafts_only=True)
        asked = posting_request(ask_to_post([row.id for row in drafts]))
        say(f"Request {asked.id}: {counted(asked.items, noun='item')}, {_amounts(asked.totals)}.")
        say(f"Somebody else approves it with `icb approval approve {asked.id}`.")


@app.command()
def approve(request: Request) -> None:
    """Approve, as a second person, that the drafts of a request are posted as they stand.

    Example:

      icb approval approve 12
    """
    with working():
        from icb.billing.approval_actions import approve_posting

        approve_posting(request)
        say(f"Request {request} is approved. It is posted with `icb approval post {request}`.")


@app.command()
def withdraw(
    request: Request,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")],
) -> None:
    """Take a request back, or refuse it; also an approval that was not used yet.

    Example:

      icb approval withdraw 12 --reason "the price of acme is wrong"
    """
    with working():
        from icb.billing.approval_actions import withdraw_request

        withdraw_request(request, reason=reason)
        say(f"Request {request} is withdrawn. Nothing was posted.")


@app.command()
def post(request: Request) -> None:
    """Post exactly the drafts that were approved.

    Example:

      icb approval post 12
    """
    with working():
        from icb.billing.approval_queries import posting_request
        from icb.billing.posting import post_items

        result = post_items(items=posting_request(request).drafts)
        say(f"Posted {counted(result.posted, noun='item')}.")


@app.command()
def limit(
    currency: Annotated[str, typer.Argument(help="Code of the currency, such as USD.")],
    amount: Annotated[
        str, typer.Argument(help="From above which amount; `none` for no second person.")
    ],
) -> None:
    """Set from above which amount posting takes a second person.

    Examples:

      icb approval limit USD 25000.00

      icb approval limit USD none
    """
    with working():
        from icb.billing.approval_actions import set_posting_limit

        set_posting_limit(currency, amount=None if amount == "none" else amount)
        told = "any amount may be posted" if amount == "none" else f"up to {amount} may be posted"
        say(f"{currency}: {told} without a second person.")


def _told(row: RequestRow) -> tuple[str, ...]:
    return (
        str(row.id),
        row.state,
        row.maker,
        f"{row.asked_at:%Y-%m-%d %H:%M}",
        str(row.items),
        _amounts(row.totals),
        row.approver,
    )


def _amounts(totals: Mapping[str, Decimal]) -> str:
    from icb.billing.approval_queries import shown_amount

    return ", ".join(
        f"{shown_amount(amount, currency=code)} {code}" for code, amount in totals.items()
    )
