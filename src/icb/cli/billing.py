"""`icb bill`, `post`, `unpost`, `unbilled` and `item`: from what is due to what is final."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from icb.cli.arguments import day, optional_day
from icb.cli.checked import checked_data, say_checked
from icb.cli.output import (
    Json,
    counted,
    money,
    print_json,
    print_table,
    progress,
    say,
)
from icb.cli.session import working
from icb.kernel.money import format_minor
from icb.kernel.quantity import format_micro, micro_to_decimal

if TYPE_CHECKING:
    from icb.billing.actions import BillResult
    from icb.billing.queries import ItemRow, UnbilledRow

app = typer.Typer(no_args_is_help=True)
items_app = typer.Typer(no_args_is_help=True, help="List items; defer, waive or add one.")
apps = {"item": items_app}

Organization = Annotated[
    str, typer.Option("--organization", metavar="KEY", help="Only this organization.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence that stays readable.")]

_ITEM_COLUMNS = (
    "item",
    "organization",
    "contract",
    "service",
    "kind",
    "period",
    "units",
    "amount",
    "currency",
    "status",
    "why",
)


@app.command()
def bill(
    through: Annotated[
        str, typer.Option("--through", metavar="DAY", help="Last day that counts; today without.")
    ] = "",
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would be drafted; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Draft everything that is due and not billed. Running it again changes nothing.

    It ends with the modules that the drafts rely on: which were checked day by day, and of which
    days no whole answer came.

    Examples:

      icb bill --preview

      icb bill --through 2026-01-31
    """
    with working():
        until = optional_day(through, field="--through")
        if preview:
            _preview(until, as_json=as_json)
            return
        from icb.billing.actions import bill as run
        from icb.operations.unchecked import checked_modules

        with progress("Billing") as tell:
            result = run(through=until, progress=tell)
        checked = checked_modules()
        if as_json:
            print_json({**_bill_data(result), **checked_data(checked)})
        else:
            _say_billed(result)
            say_checked(checked)


@app.command()
def post(
    organization: Organization = "",
    without_estimates: Annotated[
        bool, typer.Option("--without-estimates", help="Leave drafts with estimated days.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Approve and post the drafts: from then on they never change.

    Held and deferred drafts stay. Estimated days are posted too, unless told otherwise.

    Examples:

      icb post

      icb post --organization acme --without-estimates
    """
    with working():
        from icb.billing.posting import post_items

        result = post_items(organization=organization or None, with_estimates=not without_estimates)
        if as_json:
            print_json({**result._asdict(), "totals": _totals(result.totals)})
            return
        say(f"Posted {counted(result.posted, noun='item')}{_in_money(result.totals)}.")
        for number, why in (
            (result.held, "held: see `icb hold list`"),
            (result.deferred, "deferred"),
            (result.estimated, "with estimated days"),
        ):
            if number:
                say(f"Left {counted(number, noun='draft')} {why}.")
        say("Next: `icb invoice issue`." if result.posted else "Nothing else was ready.")


@app.command()
def unpost(
    item: Annotated[int, typer.Argument(help="Number of the item (`icb item list`).")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Take a posted item back to draft, while it is on no document.

    Example:

      icb unpost 4711 --reason "wrong price agreed"
    """
    with working():
        from icb.billing.posting import unpost_item

        draft = unpost_item(item, reason=reason)
        if as_json:
            print_json({"item": item, "draft": draft})
        else:
            say(f"Item {item} is taken back. Its draft is item {draft}.")


@app.command()
def unbilled(
    since: Annotated[
        str, typer.Option("--since", metavar="DAY", help="Leave out what is older.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Show counted usage that is on no line that was billed, and why; in money where known.

    Examples:

      icb unbilled

      icb unbilled --since 2026-01-01 --json
    """
    with working():
        from icb.billing.queries import unbilled as query

        rows = query(since=optional_day(since, field="--since"))
        if as_json:
            print_json([_unbilled_data(row) for row in rows])
            return
        print_table(
            [
                (
                    row.reason,
                    row.module,
                    row.module_organization,
                    row.billing_type,
                    row.from_day,
                    row.to_day,
                    format_micro(row.unit_days),
                    "" if row.amount is None else format_minor(row.amount, row.currency),
                    row.currency,
                )
                for row in rows
            ],
            columns=(
                "reason",
                "module",
                "id",
                "type",
                "from",
                "to",
                "unit-days",
                "amount",
                "currency",
            ),
            right=("unit-days", "amount"),
            empty="All counted usage is billed.",
        )


@items_app.command("list")
def list_items(
    organization: Organization = "",
    since: Annotated[
        str, typer.Option("--since", metavar="DAY", help="Only periods that end after it.")
    ] = "",
    drafts: Annotated[bool, typer.Option("--drafts", help="Only what is not posted.")] = False,
    as_json: Json = False,
) -> None:
    """List drafts and posted items.

    Examples:

      icb item list --drafts

      icb item list --organization acme --since 2026-01-01
    """
    with working():
        from icb.billing.queries import items

        rows = items(
            organization=organization,
            since=optional_day(since, field="--since"),
            drafts_only=drafts,
        )
        _print_items(rows, as_json=as_json)


@items_app.command()
def defer(
    item: Annotated[int, typer.Argument(help="Number of the draft.")],
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="Not posted before it.")],
    reason: Reason,
) -> None:
    """Keep a draft from being posted until a day.

    Example:

      icb item defer 4711 --until 2026-03-01 --reason "agreed with the client"
    """
    with working():
        from icb.billing.posting import defer_item

        defer_item(item, until=day(until, field="--until"), reason=reason)
        say(f"Item {item} is deferred until {until}.")


@items_app.command()
def waive(
    item: Annotated[int, typer.Argument(help="Number of the draft.")], reason: Reason
) -> None:
    """Give up a draft's amount for good.

    Example:

      icb item waive 4711 --reason "our mistake in the set-up"
    """
    with working():
        from icb.billing.posting import waive_item

        waive_item(item, reason=reason)
        say(f"Item {item} is waived. It stays visible in `icb unbilled`.")


@items_app.command()
def add(
    contract: Annotated[str, typer.Argument(help="Key of the contract.")],
    amount: Annotated[str, typer.Argument(help="Amount in the contract's currency.")],
    reason: Reason,
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="Its day; today without.")] = "",
    tax: Annotated[str, typer.Option("--tax", metavar="KEY", help="One tax rate.")] = "",
) -> None:
    """Draft an amount that no rule computes.

    Example:

      icb item add acme-1 120.00 --tax standard --reason "two hours on site"
    """
    with working():
        from icb.billing.posting import add_manual_item

        draft = add_manual_item(
            contract, amount=amount, reason=reason, on=optional_day(on, field="--on"), tax=tax
        )
        say(f"Drafted item {draft}.")


def _preview(through: Any, *, as_json: bool) -> None:
    """Bill, look at the drafts and at what they rely on, and take it all back."""
    from django.db.transaction import set_rollback

    from icb.billing.actions import bill as run
    from icb.billing.queries import items
    from icb.foundation.transactions import transaction
    from icb.operations.unchecked import checked_modules

    with transaction(lock="billing"):
        run(through=through)
        rows = items(drafts_only=True)
        checked = checked_modules()
        set_rollback(True)
    if as_json:
        print_json({"items": [_item_data(row) for row in rows], **checked_data(checked)})
        return
    _print_items(rows, as_json=False)
    say_checked(checked)
    say("A preview: nothing was written.")


def _print_items(rows: Iterable[ItemRow], *, as_json: bool) -> None:
    if as_json:
        print_json([_item_data(row) for row in rows])
        return
    found = list(rows)
    print_table(
        [
            (
                row.id,
                row.organization,
                row.contract,
                row.service,
                row.kind,
                f"{row.period_start} - {row.period_end}",
                format_micro(row.units),
                format_minor(row.amount, row.currency),
                row.currency,
                row.status,
                row.held or row.deferred_until,
            )
            for row in found
        ],
        columns=_ITEM_COLUMNS,
        right=("item", "units", "amount"),
        empty="There are no items.",
    )
    totals: dict[str, int] = {}
    for row in found:
        totals[row.currency] = totals.get(row.currency, 0) + row.amount
    for currency, total in totals.items():
        say(f"{counted(len(found), noun='item')}: {format_minor(total, currency)} {currency}")


def _item_data(row: ItemRow) -> dict[str, object]:
    unit_price = None if row.unit_price is None else micro_to_decimal(row.unit_price)
    return {
        **row._asdict(),
        "units": micro_to_decimal(row.units),
        "unit_days": micro_to_decimal(row.unit_days),
        "unit_price": unit_price,
        "amount": format_minor(row.amount, row.currency),
        "working": None,
    }


def _unbilled_data(row: UnbilledRow) -> dict[str, object]:
    amount = None if row.amount is None else format_minor(row.amount, row.currency)
    return {**row._asdict(), "unit_days": micro_to_decimal(row.unit_days), "amount": amount}


def _bill_data(result: BillResult) -> dict[str, object]:
    return {**result._asdict(), "totals": _totals(result.totals)}


def _say_billed(result: BillResult) -> None:
    say(
        f"Looked at {counted(result.contracts, noun='contract')} through {result.through}: "
        f"{counted(result.made, noun='new draft')}{_in_money(result.totals)}, "
        f"{result.removed:,} replaced, {result.kept:,} as they were."
    )
    say("Next: `icb item list --drafts`, `icb unbilled`, then `icb post`.")


def _totals(totals: Any) -> dict[str, str]:
    return {currency: money(total, currency=currency) for currency, total in totals.items()}


def _in_money(totals: Any) -> str:
    said = ", ".join(f"{amount} {currency}" for currency, amount in _totals(totals).items())
    return f" ({said})" if said else ""
