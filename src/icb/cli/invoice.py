"""`icb invoice`, `void`, `credit` and `explain`: documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from icb.cli.arguments import optional_day
from icb.cli.output import Json, counted, print_json, print_table, progress, say, warn
from icb.cli.session import working
from icb.kernel.money import format_minor
from icb.kernel.quantity import to_micro

if TYPE_CHECKING:
    from icb.invoicing.actions import IssuedDocument
    from icb.invoicing.queries import DocumentRow

invoice_app = typer.Typer(no_args_is_help=True, help="List, show and issue documents.")
app = typer.Typer(no_args_is_help=True)
apps = {"invoice": invoice_app}

Number = Annotated[str, typer.Argument(help="Number of the document; `last` for the newest.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence that stays readable.")]
Organization = Annotated[
    str, typer.Option("--organization", metavar="KEY", help="Only this organization.")
]


@invoice_app.command("list")
def list_documents(
    organization: Organization = "",
    since: Annotated[
        str, typer.Option("--since", metavar="DAY", help="Only those issued from then on.")
    ] = "",
    as_json: Json = False,
) -> None:
    """List invoices and credit notes.

    Example:

      icb invoice list --organization acme
    """
    with working():
        from icb.invoicing.queries import documents

        rows = documents(organization=organization, since=optional_day(since, field="--since"))
        if as_json:
            print_json([_data(row) for row in rows])
            return
        print_table(
            [
                (
                    row.number,
                    row.kind.replace("_", " "),
                    row.organization,
                    row.issued_on,
                    row.due_on if row.kind == "invoice" else "",
                    format_minor(row.net, row.currency),
                    format_minor(row.tax, row.currency),
                    format_minor(row.total, row.currency),
                    row.currency,
                    "void" if row.is_void else row.credited and f"credits {row.credited}",
                )
                for row in rows
            ],
            columns=(
                "number",
                "kind",
                "organization",
                "issued",
                "due",
                "net",
                "tax",
                "total",
                "currency",
                "note",
            ),
            right=("net", "tax", "total"),
            empty="No document is issued yet.",
        )


@invoice_app.command()
def issue(
    organization: Organization = "",
    render: Annotated[
        bool, typer.Option("--render/--no-render", help="Also make the PDFs.")
    ] = True,
    template: Annotated[
        str, typer.Option("--template", metavar="KEY", help="Draw all of them with this template.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Put all posted items on documents: one per bill-to organization and currency.

    Example:

      icb invoice issue
    """
    with working():
        from icb.invoicing.actions import issue_documents, render_documents

        with progress("Issuing") as tell:
            issued = issue_documents(
                organization=organization or None, template=template, progress=tell
            )
        with progress("Rendering") as tell:
            result = render_documents(progress=tell) if render else None
        if as_json:
            print_json([_issued_data(document) for document in issued])
            return
        _show_issued(issued)
        if result is not None:
            say(f"Rendered {counted(result.rendered, noun='PDF')}.")
            for problem in result.problems:
                warn(problem)


@invoice_app.command()
def unlock(
    invoice: Annotated[int, typer.Option("--invoice", help="Last invoice number issued.")],
    credit_note: Annotated[
        int, typer.Option("--credit-note", help="Last credit note number issued.")
    ],
) -> None:
    """Go on issuing after a restore: say the last number of each series, without its prefix.

    Numbers that the restored books do not know are recorded as lost.

    Example:

      icb invoice unlock --invoice 1042 --credit-note 17
    """
    with working():
        from icb.invoicing.actions import unlock_issuing

        unlock_issuing({"invoice": invoice, "credit_note": credit_note})
        say("Issuing is unlocked.")


@invoice_app.command()
def numbering(
    kind: Annotated[str, typer.Argument(help="invoice or credit_note.")],
    prefix: Annotated[str | None, typer.Option("--prefix", help="Before the number.")] = None,
    digits: Annotated[int | None, typer.Option("--digits", help="At least so many.")] = None,
    first: Annotated[int | None, typer.Option("--first", help="Where the series begins.")] = None,
) -> None:
    """Say how the numbers of a kind of document look from the next one on.

    Example:

      icb invoice numbering invoice --prefix INV-2026- --digits 5
    """
    with working():
        from icb.invoicing.actions import set_numbering

        set_numbering(kind, prefix=prefix, digits=digits, first_number=first)
        say("The next document is numbered so.")


@app.command()
def void(number: Number, reason: Reason) -> None:
    """Cancel a document that nobody outside has seen; its items go back to posted.

    Example:

      icb void INV-000007 --reason "wrong address"
    """
    with working():
        from icb.invoicing.actions import void_document

        void_document(number, reason=reason)
        say(f"{number} is void. Its number stays taken; its items are posted again.")


@app.command()
def credit(
    number: Number,
    reason: Reason,
    line: Annotated[
        list[int] | None, typer.Option("--line", help="Only this line; may be repeated.")
    ] = None,
    net: Annotated[
        str, typer.Option("--net", metavar="AMOUNT", help="Only so much, before tax.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Write a credit note for an invoice: for all that is left, for lines, or for an amount.

    Examples:

      icb credit INV-000007 --line 2 --reason "not delivered"

      icb credit INV-000007 --net 25.00 --reason "agreed with the client"
    """
    with working():
        from icb.invoicing.actions import credit_document
        from icb.kernel.quantity import micro_to_decimal

        amount = micro_to_decimal(to_micro(net, field="--net")) if net else None
        document = credit_document(number, lines=line or None, net=amount, reason=reason)
        if as_json:
            print_json(_issued_data(document))
        else:
            _show_issued([document])


@app.command()
def explain(
    number: Number,
    line: Annotated[int, typer.Argument(help="Number of the line, from 1.")],
    as_json: Json = False,
) -> None:
    """Show how a line of a document came about: days, counts, rule, price, arithmetic.

    Example:

      icb explain INV-000001 1
    """
    with working():
        from icb.invoicing.queries import explain_line

        found = explain_line(number, line=line)
        if as_json:
            print_json(found)
        else:
            say("\n".join(found))


def _show_issued(issued: list[IssuedDocument]) -> None:
    print_table(
        [
            (
                document.number,
                document.kind.replace("_", " "),
                document.organization,
                format_minor(document.total, document.currency),
                document.currency,
            )
            for document in issued
        ],
        columns=("number", "kind", "organization", "total", "currency"),
        right=("total",),
        empty="Nothing is posted that is on no document yet.",
    )


def _data(row: DocumentRow) -> dict[str, object]:
    amounts = {
        name: format_minor(getattr(row, name), row.currency) for name in ("net", "tax", "total")
    }
    left = None if row.credits_left is None else format_minor(row.credits_left, row.currency)
    return {**row._asdict(), **amounts, "credits_left": left}


def _issued_data(document: IssuedDocument) -> dict[str, object]:
    return {
        "number": document.number,
        "kind": document.kind,
        "organization": document.organization,
        "currency": document.currency,
        "total": format_minor(document.total, document.currency),
    }
