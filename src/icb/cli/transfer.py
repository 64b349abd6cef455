"""`icb transfer`: hand documents to accounting, list them, retry, reset, make files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from icb.cli.codes import ExitCode
from icb.cli.output import Json, counted, money, print_json, print_table, say, warn
from icb.cli.session import working

if TYPE_CHECKING:
    from icb.accounting.transfer_queries import TransferRow
    from icb.foundation.jobs import JobRow

app = typer.Typer(
    help="Hand documents to accounting, list them, retry, reset, make files.",
    invoke_without_command=True,
)

Target = Annotated[str, typer.Option("--target", help="Only this target, by its key.")]
Numbers = Annotated[list[str], typer.Argument(help="Numbers of the documents.")]
_POLL_SECONDS = 0.2
_COLUMNS = ("document", "target", "act", "state", "total", "there", "currency", "reason")
_NOT_GOOD = ("unknown", "refused", "mismatch")


@app.callback()
def transfer(
    context: typer.Context,
    target: Target = "",
    number: Annotated[
        list[str] | None,
        typer.Option("--number", help="Hand this document over first; may be repeated."),
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait for the end, and say what became of it.")] = True,
    as_json: Json = False,
) -> None:
    """Send what waits for accounting, to one target or to all.

    It works beside `icb serve` and `icb worker`, and without them. The exit code is 1 where a
    document was refused, differs, or its answer was lost.

    Examples:

      icb transfer

      icb transfer --target quickbooks --number INV-000041

      icb transfer list --state refused

      icb transfer reset INV-000041 --reason "deleted there by mistake"

      icb transfer file --target iif --output .
    """
    if context.invoked_subcommand is not None:
        return
    with working():
        keys = _online(target)
        if number:
            _hand_over(keys, number)
            if target and _takes_files(target):
                say(f"They wait for a file: icb transfer file --target {target}")
                return
        jobs = [_requested(key) for key in keys]
        if not wait:
            told = counted(len(jobs), noun="target")
            say(f"{told} asked for; `icb serve` or `icb worker` does it.")
            return
        for job in jobs:
            ended = followed(job)
            if ended.message:
                warn(ended.message)
        _tell(keys, as_json=as_json)


@app.command("list")
def list_transfers(
    target: Target = "",
    state: Annotated[str, typer.Option("--state", help="Only in this state.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """List the newest transfers, newest first.

    Example:

      icb transfer list --state mismatch
    """
    with working():
        from icb.accounting.transfer_queries import STATES, transfer_page
        from icb.foundation.listing import Wanted
        from icb.kernel.checks import check_choice

        if state:
            check_choice(state, field="state", allowed=STATES)
        asked = {"target": target, "state": state}
        conditions = {name: text for name, text in asked.items() if text}
        _show(list(transfer_page(Wanted(conditions=conditions, size=limit)).rows), as_json=as_json)


@app.command()
def retry(numbers: Numbers, target: Target = "") -> None:
    """Let documents go again that were refused or wait.

    Example:

      icb transfer retry INV-000041
    """
    with working():
        from icb.accounting.transfer_actions import retry_transfers

        count = retry_transfers(_ids(numbers, target))
        say(f"{counted(count, noun='document')} may go again.")


@app.command("look-again")
def look_again(numbers: Numbers, target: Target = "") -> None:
    """Look how documents stand now that stood there with other figures. Nothing is sent.

    Example:

      icb transfer look-again INV-000041
    """
    with working():
        from icb.accounting.transfer_actions import look_again as look

        count = look(_ids(numbers, target))
        say(f"{counted(count, noun='document')} will be looked at; `icb transfer` does it now.")


@app.command()
def reset(
    numbers: Numbers,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")],
    target: Target = "",
    again: Annotated[bool, typer.Option(help="Queue them again.")] = True,
) -> None:
    """Take back that documents were transferred. What stands there stays there.

    Example:

      icb transfer reset INV-000041 --reason "deleted there by mistake"
    """
    with working():
        from icb.accounting.transfer_actions import reset_transfers

        count = reset_transfers(_ids(numbers, target), reason=reason, is_sent_again=again)
        say(f"{counted(count, noun='document')} reset.")


@app.command()
def file(
    target: Annotated[str, typer.Option("--target", help="The target, by its key.")],
    output: Annotated[Path, typer.Option("--output", help="Folder to write to.")] = Path(),
    sequence: Annotated[
        int, typer.Option("--sequence", min=0, help="A file made before, once more.")
    ] = 0,
    undo: Annotated[str, typer.Option("--undo", help="Take it back instead; the reason.")] = "",
) -> None:
    """Write what waits for a target that takes files, one file for each currency.

    Examples:

      icb transfer file --target iif --output .

      icb transfer file --target iif --sequence 3

      icb transfer file --target iif --sequence 3 --undo "imported into the wrong company"
    """
    with working():
        from icb.accounting.file_actions import make_files, undo_file
        from icb.accounting.target_queries import batch_file

        if undo:
            count = undo_file(target, sequence=sequence, reason=undo)
            say(f"{counted(count, noun='document')} wait for the next file.")
            return
        numbers = [sequence] if sequence else [made.sequence for made in make_files(target)]
        if not numbers:
            warn("Nothing that can be written waits. `icb transfer list --state refused` says why.")
            raise typer.Exit(ExitCode.FINDING)
        for one in numbers:
            found = batch_file(target, sequence=one)
            path = output / found.name
            path.write_bytes(found.content)
            say(str(path))


def followed(job: JobRow) -> JobRow:
    """Do the job here, unless a worker took it first; how it stands when it does not run any
    more."""
    from icb.foundation.jobs import job_row
    from icb.operations.worker import Worker

    Worker(only=[job.id]).work_off()
    row = job_row(job.id)
    while row.state == "running":
        time.sleep(_POLL_SECONDS)
        row = job_row(job.id)
    return row


def _online(target: str) -> list[str]:
    from icb.accounting.target_queries import target_row, target_rows

    if target:
        return [target_row(target).key]
    return [row.key for row in target_rows() if row.is_enabled and not row.takes_files]


def _takes_files(target: str) -> bool:
    from icb.accounting.target_queries import target_row

    return target_row(target).takes_files


def _hand_over(keys: list[str], numbers: list[str]) -> None:
    from icb.accounting.transfer_actions import queue_documents

    count = sum(queue_documents(key, numbers=numbers) for key in keys)
    say(f"{counted(count, noun='document')} handed over.")


def _requested(key: str) -> JobRow:
    from icb.accounting.transfer_actions import request_transfer

    return request_transfer(key)


def _tell(keys: list[str], *, as_json: bool) -> None:
    from icb.accounting.transfer_queries import transfer_standing

    found = [one for one in transfer_standing() if one.target in keys]
    if as_json:
        print_json([one._asdict() for one in found])
    else:
        for one in found:
            say(f"{one.target}: {one.transfers} {one.state}")
    if any(one.state in _NOT_GOOD for one in found):
        raise typer.Exit(ExitCode.FINDING)


def _ids(numbers: list[str], target: str) -> list[int]:
    from icb.accounting.transfer_queries import transfers_of

    return [row.id for row in transfers_of(numbers, target=target)]


def _show(rows: list[TransferRow], *, as_json: bool) -> None:
    if as_json:
        print_json([row._asdict() for row in rows])
        return
    print_table(
        [
            (
                row.number,
                row.target,
                row.act,
                row.state,
                money(row.total, currency=row.currency),
                "" if row.their_total is None else money(row.their_total, currency=row.currency),
                row.currency,
                row.message,
            )
            for row in rows
        ],
        columns=_COLUMNS,
        right=("total", "there"),
        empty="There are no transfers.",
    )
