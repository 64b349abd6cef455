"""`icb payment` and `icb statement`: what came in, and what is owed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from icb.cli.arguments import day as typed_day
from icb.cli.arguments import optional_day
from icb.cli.output import Json, counted, print_json, print_table, say, warn
from icb.cli.session import working
from icb.kernel.errors import InvalidInput
from icb.kernel.money import format_minor, to_minor

if TYPE_CHECKING:
    from icb.exchange.bank_file import BankPlan
    from icb.payments.payment_queries import ListedPayment
    from icb.payments.recording_actions import Recorded
    from icb.payments.statement import Statement

payment_app = typer.Typer(no_args_is_help=True, help="Record, list and reverse payments.")
app = typer.Typer(no_args_is_help=True)
apps = {"payment": payment_app}

Organization = Annotated[str, typer.Argument(help="Key of the organization.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence that stays readable.")]


@payment_app.command()
def record(
    organization: Organization,
    amount: Annotated[str, typer.Argument(help="What came, such as 120.00.")],
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="The day it came; today.")] = "",
    currency: Annotated[
        str, typer.Option("--currency", help="Three letters; the organization's.")
    ] = "",
    method: Annotated[
        str, typer.Option("--method", help="bank, cash, card, direct_debit or other.")
    ] = "bank",
    reference: Annotated[str, typer.Option("--reference", help="What the bank says.")] = "",
    invoice: Annotated[
        list[str] | None,
        typer.Option("--invoice", metavar="NUMBER", help="Settles this; may be repeated."),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Settle nothing yet.")] = False,
    once: Annotated[
        str, typer.Option("--id", help="Recorded once however often it is given.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Record money that came. Without --invoice it settles what is due first.

    Examples:

      icb payment record acme 120.00 --on 2026-02-03 --reference "transfer 7"

      icb payment record acme 50.00 --invoice INV-000007
    """
    with working():
        from icb.foundation.providers import local_today
        from icb.payments.actions import record_payment
        from icb.payments.inputs import NewPayment, Share, Spread

        made = record_payment(
            NewPayment(
                organization=organization,
                amount=amount,
                received_on=optional_day(on, field="--on") or local_today(),
                currency=currency.upper(),
                method=method,
                reference=reference,
                external_id=once,
                spread=Spread.NONE if keep else Spread.OLDEST,
                shares=[Share(number) for number in invoice or ()],
            )
        )
        if as_json:
            print_json(_data(made))
            return
        say(_told(made))


@payment_app.command("list")
def list_payments(
    organization: Annotated[
        str, typer.Option("--organization", metavar="KEY", help="Only this organization.")
    ] = "",
    since: Annotated[
        str, typer.Option("--since", metavar="DAY", help="Only those received from then on.")
    ] = "",
    as_json: Json = False,
) -> None:
    """List payments, the newest first, reversed ones too.

    Example:

      icb payment list --organization acme
    """
    with working():
        from icb.foundation.listing import Wanted
        from icb.payments.payment_queries import payment_page

        first = optional_day(since, field="--since")
        conditions = {"key": organization} if organization else {}
        if first:
            conditions["received"] = f"{first.isoformat()}.."
        rows = payment_page(Wanted(conditions=conditions, size=0)).rows
        if as_json:
            print_json([row._asdict() | _amounts(row) for row in rows])
            return
        print_table(
            [
                (
                    row.number,
                    row.received_on,
                    row.organization,
                    row.method.replace("_", " "),
                    *_amounts(row).values(),
                    row.currency,
                    row.state,
                    row.reference,
                )
                for row in rows
            ],
            columns=(
                "number",
                "received",
                "organization",
                "method",
                "amount",
                "left",
                "currency",
                "state",
                "reference",
            ),
            right=("number", "amount", "left"),
            empty="No payment is recorded yet.",
        )


@payment_app.command()
def reverse(
    number: Annotated[int, typer.Argument(help="Number of the payment.")], reason: Reason
) -> None:
    """Reverse a payment that was wrong or bounced, with all that it settled.

    Example:

      icb payment reverse 7 --reason "returned by the bank"
    """
    with working():
        from icb.payments.actions import reverse_payment

        freed = reverse_payment(number, reason=reason)
        say(f"Payment {number} is reversed; {counted(freed, noun='allocation')} with it.")


@payment_app.command("import")
def import_payments(
    file: Annotated[Path, typer.Argument(help="A CSV file of the bank.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would happen.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Record the payments of a bank's file. The same file again changes nothing.

    Needed are columns date, amount and reference; the reference is searched for numbers of
    invoices and for keys and names of organizations. Columns organization, invoice, currency and
    id are used where they are there.

    Examples:

      icb payment import july.csv --dry-run

      icb payment import july.csv
    """
    with working():
        from icb.exchange.bank_file import plan_bank_file, record_bank_file
        from icb.exchange.count_files.sheets import BadFile

        try:
            plan = plan_bank_file(file)
            made = [] if dry_run else record_bank_file(file, seen=plan.seen)
        except BadFile as refused:
            for problem in refused.found:
                warn(f"  {problem}")
            raise InvalidInput(field="file", message=refused.message) from refused
        if as_json:
            print_json({"lines": _planned(plan), "recorded": [_data(one) for one in made]})
            return
        _show(plan)
        done = "recorded" if made else "would be recorded; nothing was stored"
        count = len(made) or sum(1 for one in plan.lines if one.new is not None)
        say(f"{plan.name}: {counted(count, noun='payment')} {done}.")


@payment_app.command()
def undo(reason: Reason) -> None:
    """Reverse the payments of the file that was taken last.

    Example:

      icb payment undo --reason "the file of another account"
    """
    with working():
        from icb.payments.actions import undo_last_file

        name, count = undo_last_file(reason=reason)
        say(f"{name} is undone: {counted(count, noun='payment')} reversed.")


@app.command()
def statement(
    organization: Organization,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DAY", help="Up to this day, which counts; today.")
    ] = "",
    first: Annotated[
        str, typer.Option("--from", metavar="DAY", help="Entries from this day on; all.")
    ] = "",
    currency: Annotated[
        str, typer.Option("--currency", help="Three letters; the organization's.")
    ] = "",
    output: Annotated[
        str,
        typer.Option("--output", metavar="FILE", help="As .pdf, .csv or .json; - prints the CSV."),
    ] = "",
) -> None:
    """Show the account of an organization in one currency, or write it to a file.

    Examples:

      icb statement acme

      icb statement acme --as-of 2026-06-30 --output acme.pdf
    """
    with working():
        from icb.payments.statement_queries import statement as read

        found = read(
            organization,
            currency=currency.upper(),
            first=typed_day(first, field="--from") if first else None,
            as_of=optional_day(as_of, field="--as-of"),
        )
        if output:
            _write(found, output)
        else:
            _print(found)


def _write(found: Statement, output: str) -> None:
    from icb.exchange.statement_file import csv_of
    from icb.foundation.canonical import canonical_json
    from icb.payments.statement_queries import data_of, statement_pdf

    if output == "-":
        sys.stdout.write(csv_of(found))
        return
    path = Path(output)
    makers = {
        ".pdf": lambda: statement_pdf(found),
        ".csv": lambda: csv_of(found).encode(),
        ".json": lambda: canonical_json(data_of(found)).encode(),
    }
    if path.suffix.lower() not in makers:
        raise InvalidInput(
            field="--output",
            value=output,
            message=f"--output: {output} ends in none of .pdf, .csv and .json. Nothing was "
            "written. Name the file so.",
        )
    content = makers[path.suffix.lower()]()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InvalidInput(
            field="--output",
            value=output,
            message=f"--output: {output} cannot be written ({type(error).__name__}). Name another "
            "file.",
        ) from None
    say(f"{path} is written.")


def _print(found: Statement) -> None:
    currency = found.currency
    rows: list[tuple[object, ...]] = [
        (found.first, "opening", "", "", "", "", format_minor(found.opening, currency))
    ]
    rows += [
        (
            entry.day,
            entry.kind.replace("_", " "),
            entry.number,
            entry.due_on or "",
            entry.text,
            format_minor(entry.amount, currency),
            format_minor(balance, currency),
        )
        for entry, balance in found.with_balances()
    ]
    rows.append((found.as_of, "closing", "", "", "", "", format_minor(found.closing, currency)))
    print_table(
        rows,
        columns=("day", "kind", "number", "due", "text", "amount", "balance"),
        right=("amount", "balance"),
        empty="",
    )
    aged = ", ".join(
        f"{name.replace('_', ' ')} {format_minor(amount, currency)}"
        for name, amount in found.aging.items()
        if amount
    )
    say(f"{found.name}, {currency}. By age: {aged or 'nothing is open'}.")


def _amounts(row: ListedPayment) -> dict[str, str]:
    """What came and what is left of it, with the digits of its currency."""
    return {
        name: format_minor(to_minor(amount, row.currency), row.currency)
        for name, amount in (("amount", row.amount), ("left", row.left))
    }


def _show(plan: BankPlan) -> None:
    if plan.note:
        warn(plan.note)
    print_table(
        [
            (
                one.line.line,
                one.line.received_on,
                f"{one.line.amount:f}",
                one.currency,
                one.state,
                one.organization,
                ", ".join(one.documents),
                one.words,
            )
            for one in plan.lines
        ],
        columns=("line", "day", "amount", "currency", "state", "organization", "invoices", "note"),
        right=("line", "amount"),
        empty="The file has no lines.",
    )


def _planned(plan: BankPlan) -> list[dict[str, object]]:
    return [
        {
            "line": one.line.line,
            "state": one.state,
            "organization": one.organization,
            "documents": list(one.documents),
            "amount": one.line.amount,
            "currency": one.currency,
            "note": one.words,
        }
        for one in plan.lines
    ]


def _told(made: Recorded) -> str:
    left = format_minor(made.left, made.currency)
    if not made.is_new:
        return f"Payment {made.number} was recorded already. Nothing was stored again."
    rest = f" {left} {made.currency} of it stays as credit." if made.left else ""
    return f"Payment {made.number} is recorded.{rest}"


def _data(made: Recorded) -> dict[str, object]:
    return {
        "number": made.number,
        "organization": made.organization,
        "currency": made.currency,
        "amount": format_minor(made.amount, made.currency),
        "allocated": format_minor(made.allocated, made.currency),
        "left": format_minor(made.left, made.currency),
        "is_new": made.is_new,
    }
