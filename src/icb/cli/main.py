"""The command `icb`: finds the command that was asked for and turns errors into exit codes."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from icb import __version__
from icb.cli import session
from icb.cli.codes import ExitCode, exit_code_of
from icb.cli.commands import COMMANDS, SECTIONS
from icb.kernel.errors import IcbError

_EVERYWHERE = ("--as", "--provider")
_EPILOG = """\
Examples:
  icb demo                            a believable provider, billed for a year
  icb import my-bundle --dry-run      what an import would change
  icb import my-bundle && icb bill && icb post && icb invoice issue
  icb explain INV-000001 1            how the first line came about
  icb COMMAND --help                  what a command takes, with examples
"""


class LazyGroup(TyperGroup):
    """The commands of commands.py, each loaded only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f"icb.cli.{entry.module}")
        group = typer.main.get_group(getattr(module, "apps", {}).get(cmd_name, module.app))
        return group if entry.is_group else group.commands[cmd_name]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, moved_to_front(args))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write_text(f"icb {__version__}: {self.help}")
        formatter.write_paragraph()
        formatter.write_text("Usage: icb COMMAND [OPTIONS]")
        for section in SECTIONS:
            with formatter.section(section.title):
                formatter.write_dl([(entry.name, entry.about) for entry in section.commands])
        records = [param.get_help_record(ctx) for param in self.get_params(ctx)]
        with formatter.section("Options of every command"):
            formatter.write_dl([record for record in records if record])
        formatter.write("\n" + _EPILOG)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except IcbError as error:
            raise typer.Exit(reported(error)) from error
        except KeyboardInterrupt:
            print(
                "Stopped. What was committed stays; the command can be run again.", file=sys.stderr
            )
            raise typer.Exit(ExitCode.INTERRUPTED) from None


def moved_to_front(args: list[str]) -> list[str]:
    """The options that every command takes may stand anywhere; put them before the command."""
    front: list[str] = []
    rest: list[str] = []
    waiting = list(args)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return [*front, *rest, word, *waiting]
        if word in _EVERYWHERE and waiting:
            front += [word, waiting.pop(0)]
        elif word.startswith(tuple(f"{option}=" for option in _EVERYWHERE)):
            front.append(word)
        else:
            rest.append(word)
    return [*front, *rest]


def reported(error: IcbError) -> int:
    """Print an error for people, and what is behind it where it has more to say; its exit code."""
    print(f"icb: {error.message}", file=sys.stderr)
    for problem in getattr(getattr(error, "problems", None), "found", ()):
        print(f"  {problem}", file=sys.stderr)
    return exit_code_of(error)


app = typer.Typer(
    cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"icb {__version__}")
        raise typer.Exit


@app.callback()
def every_command(
    user: Annotated[
        str, typer.Option("--as", metavar="USER", help="Act, and be recorded, as this user.")
    ] = "",
    provider: Annotated[
        str, typer.Option("--provider", metavar="KEY", help="Work for this provider.")
    ] = "",
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """From daily counts to one exact, explained invoice per client."""
    session.chosen.set(session.Chosen(user=user, provider=provider))


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app(prog_name="icb")
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing more can be written to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.DONE)
    except Exception as error:
        traceback.print_exception(error)
        print(
            f"icb: an error in the program itself ({type(error).__name__}). What was committed "
            "stays. Please report it with the lines above.",
            file=sys.stderr,
        )
        sys.exit(ExitCode.INTERNAL)
