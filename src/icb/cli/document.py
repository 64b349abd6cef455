"""`icb document`: the files of documents, their check as e-invoices, archives for auditors."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from icb.cli.arguments import optional_day
from icb.cli.codes import ExitCode
from icb.cli.output import Json, print_json, print_table, say
from icb.cli.session import working
from icb.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from icb.invoicing.einvoice_queries import ElectronicState


class _NumberFirst(TyperGroup):
    """`icb document INV-000007 …` means `icb document write INV-000007 …`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["write", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_NumberFirst, no_args_is_help=True, help="Write, check and archive documents."
)


class Format(StrEnum):
    """What a document can be written as."""

    PDF = "pdf"
    UBL = "ubl"
    FACTUR_X = "factur-x"
    JSON = "json"


Number = Annotated[str, typer.Argument(help="Number of the document; `last` for the newest.")]
Output = Annotated[Path, typer.Option("--output", metavar="FILE", help="Where to; - for a pipe.")]


@app.command()
def write(
    number: Number,
    output: Output,
    format: Annotated[Format, typer.Option("--format", help="As what.")] = Format.PDF,
) -> None:
    """Write a document as a file: PDF, e-invoice (UBL, Factur-X) or the data it was frozen with.

    `write` need not be said. An e-invoice is only written where it is valid.

    Example:

      icb document INV-000007 --format factur-x --output INV-000007.pdf
    """
    with working():
        from icb.invoicing.actions import electronic_file, rendered_file
        from icb.invoicing.queries import document_named

        if format is Format.JSON:
            _write([document_named(number).data.encode()], output)
        else:
            is_pdf = format is Format.PDF
            file = rendered_file(number) if is_pdf else electronic_file(number, format=format.value)
            with file.open("rb") as content:
                _write(iter(lambda: content.read(1 << 20), b""), output)


@app.command()
def check(number: Number, as_json: Json = False) -> None:
    """Check a document as an e-invoice of every format: schema, EN 16931 rules, Peppol's needs.

    Ends with code 1 where it is valid as none.

    Example:

      icb document check INV-000007
    """
    with working():
        from icb.invoicing.actions import check_electronic

        states = check_electronic(number)
        if as_json:
            print_json([_data(state) for state in states])
        else:
            _show(states)
        if not any(state.is_valid for state in states):
            raise typer.Exit(ExitCode.FINDING)


@app.command()
def export(
    output: Output,
    since: Annotated[
        str, typer.Option("--from", metavar="DAY", help="Issued from this day on.")
    ] = "",
    until: Annotated[
        str, typer.Option("--to", metavar="DAY", help="Issued up to this day, which counts.")
    ] = "",
    organization: Annotated[
        str, typer.Option("--organization", metavar="KEY", help="Only this organization.")
    ] = "",
) -> None:
    """Write all files of documents as a ZIP with an index, for an auditor.

    The same books give the same bytes. `SHA256SUMS` inside lists the hash of every file.

    Example:

      icb document export --from 2026-01-01 --to 2026-12-31 --output 2026.zip
    """
    with working():
        from icb.invoicing.archive_actions import archive_documents

        _write(
            archive_documents(
                since=optional_day(since, field="--from"),
                until=optional_day(until, field="--to"),
                organization=organization,
            ),
            output,
        )
        if str(output) != "-":
            say(f"Wrote {output}.")


class Wanted(StrEnum):
    """What an organization may get of each document."""

    PDF = "pdf"
    UBL = "ubl"
    FACTUR_X = "factur-x"


@app.command()
def wanted(
    organization: Annotated[str, typer.Argument(help="Key of the organization.")],
    format: Annotated[Wanted, typer.Argument(help="pdf, ubl (beside the PDF) or factur-x.")],
) -> None:
    """Say what an organization gets of its documents: the PDF alone, or an e-invoice.

    Example:

      icb document wanted acme factur-x
    """
    with working():
        from icb.invoicing.actions import set_electronic_format

        set_electronic_format(organization, format="" if format is Wanted.PDF else format.value)
        say(f"{organization} gets its documents as {format.value}.")


def _write(parts: Iterable[bytes], output: Path) -> None:
    """Write a file whole or not at all; an unfinished one is removed."""
    if str(output) == "-":
        for part in parts:
            sys.stdout.buffer.write(part)
        return
    unfinished = output.with_name(f".{output.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            file.writelines(parts)
        shutil.move(unfinished, output)
    except OSError as error:
        raise InvalidInput(
            field="output",
            value=str(output),
            message=f"--output: {output} cannot be written ({error.strerror}). Choose another "
            "place.",
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _show(states: list[ElectronicState]) -> None:
    rows = []
    for state in states:
        rows.append((state.format, "valid" if state.is_valid else "not valid", "", ""))
        rows += [("", one.severity, one.rule, one.words) for one in state.problems]
    print_table(rows, columns=("format", "state", "rule", "what it means"), empty="")


def _data(state: ElectronicState) -> dict[str, object]:
    return {
        "format": state.format,
        "is_valid": state.is_valid,
        "validators": state.validators,
        "validated_at": state.validated_at.isoformat() if state.validated_at else None,
        "problems": [problem._asdict() for problem in state.problems],
    }
