"""`icb modules`: connect modules and look after them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from icb.cli.arguments import optional_day
from icb.cli.codes import ExitCode
from icb.cli.module_settings import asked_secrets, typed_settings
from icb.cli.module_tokens import app as token_app
from icb.cli.output import Json, counted, print_json, print_table, say, warn
from icb.cli.session import working
from icb.cli.unconnected import warn_of_unconnected
from icb.kernel.errors import IcbError

if TYPE_CHECKING:
    from icb.hub.ports import SettingField

app = typer.Typer(no_args_is_help=True, help="Connect modules and look after them.")
app.add_typer(token_app, name="token")

Key = Annotated[str, typer.Argument(help="Key of the connection.")]
Setting = Annotated[
    list[str] | None, typer.Option("--setting", metavar="NAME=VALUE", help="May be repeated.")
]
Secret = Annotated[
    list[str] | None,
    typer.Option(
        "--secret",
        metavar="NAME=@FILE",
        help="Or NAME=env:VARIABLE, NAME=- for standard input, NAME alone to be asked.",
    ),
]
Expected = Annotated[
    str, typer.Option("--expected-from", metavar="DAY", help="First day with counts to expect.")
]
_LISTED = {
    "key": "module",
    "name": "name",
    "adapter": "by",
    "way": "way in",
    "is_enabled": "enabled",
    "expected_from": "expected from",
    "last_sync_at": "last sync",
    "last_sync": "state",
    "last_counts_at": "last counts",
    "message": "message",
}
_SENT = ("push", "files")


@app.command()
def catalogue(
    module: Annotated[str, typer.Argument(help="Key of a module; all without.")] = "",
    as_json: Json = False,
) -> None:
    """List the modules that are known, or what one of them counts.

    Examples:

      icb modules catalogue

      icb modules catalogue datto_rmm
    """
    with working():
        from dataclasses import asdict

        from icb.hub.queries import catalogue as known
        from icb.hub.queries import catalogue_entry

        if module:
            entry = catalogue_entry(module)
            if as_json:
                print_json(asdict(entry))
                return
            say(f"{entry.name} ({entry.suite}). A client is: {entry.identity}")
            say(entry.notes)
            print_table(
                [
                    (one.key, one.unit, one.shape, one.merge, one.confidence, one.counting_rule)
                    for one in entry.billing_types
                ],
                columns=("type", "unit", "shape", "merge", "known by", "counts"),
                empty="Nothing is known of what it counts.",
            )
            return
        if as_json:
            print_json([asdict(entry) for entry in known()])
            return
        print_table(
            [(e.key, e.name, e.suite, len(e.billing_types), e.confidence) for e in known()],
            columns=("module", "name", "suite", "types", "known by"),
            right=("types",),
            empty="The catalogue is empty.",
        )


@app.command()
def adapters(
    key: Annotated[str, typer.Argument(help="Key of an adapter; all without.")] = "",
    as_json: Json = False,
) -> None:
    """List what can be connected by itself, or the settings that one of them asks for.

    Examples:

      icb modules adapters

      icb modules adapters datto_rmm
    """
    with working():
        from icb.hub.registry import adapter, adapter_problems
        from icb.hub.registry import adapters as found

        if key:
            _show_fields(list(adapter(key).description.settings), as_json=as_json)
            return
        rows = [
            (name, one.description.name, one.description.version, one.description.is_proven)
            for name, one in found().items()
        ]
        if as_json:
            fields = ("adapter", "name", "version", "is_proven")
            print_json([dict(zip(fields, row, strict=True)) for row in rows])
        else:
            columns = ("adapter", "name", "version", "proven live")
            print_table(rows, columns=columns, empty="There are no adapters.")
        for name, problem in adapter_problems().items():
            warn(f"{name} cannot be loaded: {problem}")


def _show_fields(fields: list[SettingField], *, as_json: bool) -> None:
    rows = [
        (one.name, one.label, one.is_secret, one.is_required, one.default, " | ".join(one.choices))
        for one in fields
    ]
    columns = ("setting", "label", "secret", "required", "default", "choices")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    print_table(rows, columns=columns, empty="It asks for no settings.")
    for one in fields:
        if one.help:
            say(f"{one.name}: {one.help}")


@app.command("list")
def list_modules(as_json: Json = False) -> None:
    """List the connections, with the last sync of each.

    Example:

      icb modules list
    """
    with working():
        from icb.hub.queries import connected_modules, last_answers, newest_syncs, unconnected

        synced, answered = newest_syncs(), last_answers()
        rows = []
        for row in connected_modules():
            last = synced.get(row.key)
            rows.append(
                {
                    **row._asdict(),
                    "way": row.way,
                    "last_sync_at": last.started_at if last else None,
                    "last_sync": last.state if last else "",
                    "message": last.message if last else "",
                    "last_counts_at": answered.get(row.key),
                }
            )
        if as_json:
            print_json(rows)
            return
        print_table(
            [[row[name] for name in _LISTED] for row in rows],
            columns=list(_LISTED.values()),
            empty="Nothing is connected. Look at `icb modules adapters`.",
        )
        warn_of_unconnected(unconnected())


@app.command()
def connect(
    adapter: Annotated[str, typer.Argument(help="Key of an adapter, or push, or files.")],
    name: Annotated[str, typer.Option("--name", help="What to call it.")] = "",
    key: Annotated[str, typer.Option("--key", help="Short key; made from the name without.")] = "",
    module: Annotated[
        str, typer.Option("--module", help="For push and files: the module in the catalogue.")
    ] = "",
    setting: Setting = None,
    secret: Secret = None,
    expected_from: Expected = "",
    test: Annotated[bool, typer.Option(help="Try it out at once.")] = True,
) -> None:
    """Connect a module. Its billing types come from the catalogue.

    With push, the token is printed once and never again.

    Examples:

      icb modules connect huntress --setting api_key=KEY --secret api_secret

      icb modules connect push --name "My RMM"

      icb modules connect files --name "Backup report" --module datto_bcdr
    """
    with working():
        from icb.hub.actions import NewConnected, connect_module
        from icb.hub.registry import adapter as adapter_named

        fields = () if adapter in _SENT else adapter_named(adapter).description.settings
        settings = typed_settings(fields, plain=setting or (), secrets=secret or ())
        chosen = key or _key_of(name or adapter)
        connect_module(
            NewConnected(
                key=chosen,
                adapter=adapter,
                name=name,
                module=module,
                settings={**settings, **asked_secrets(fields, given=settings)},
                expected_from=optional_day(expected_from, field="expected-from"),
            )
        )
        say(f"Connected {chosen}.")
        if adapter == "push":
            _first_token(chosen)
        elif adapter == "files":
            say(f"Next: `icb files take {chosen} FILE --dry-run`.")
        elif test:
            _try(chosen)


def _first_token(key: str) -> None:
    from icb.hub.push_actions import create_token

    new = create_token(key, name="first")
    say(f"Token, shown this once: {new.token}")


def _try(key: str) -> None:
    from icb.operations.syncing.probing import probe

    try:
        found = probe(key)
    except IcbError as error:
        warn(f"It is connected and does not work yet: {error.message}")
        warn(f"Correct it with `icb modules change {key}`, then `icb modules test {key}`.")
        raise typer.Exit(ExitCode.FINDING) from error
    say(f"{found.message} Next: `icb sync {key}`.")


def _key_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]


@app.command()
def change(
    key: Key,
    setting: Setting = None,
    secret: Secret = None,
    expected_from: Annotated[
        str, typer.Option("--expected-from", metavar="DAY", help="Or `never`.")
    ] = "",
) -> None:
    """Change settings and secrets; what is not named stays. An empty value brings the default.

    Examples:

      icb modules change datto-rmm --secret api_secret

      icb modules change datto-rmm --setting platform=vidal --expected-from 2026-02-01
    """
    with working():
        from icb.hub.actions import change_expectation, change_settings
        from icb.hub.queries import connected_module
        from icb.hub.registry import adapter

        row = connected_module(key)
        if setting or secret:
            fields = (
                () if row.adapter in ("", *_SENT) else adapter(row.adapter).description.settings
            )
            settings = typed_settings(fields, plain=setting or (), secrets=secret or ())
            change_settings(key, settings=settings)
        if expected_from:
            day = "" if expected_from == "never" else expected_from
            change_expectation(key, expected_from=optional_day(day, field="expected-from"))
        say(f"Changed {key}.")


@app.command()
def enable(key: Key) -> None:
    """Ask a module for counts again.

    Example:

      icb modules enable datto-rmm
    """
    with working():
        from icb.hub.actions import set_enabled

        set_enabled(key, is_enabled=True)
        say(f"{key} is enabled.")


@app.command()
def disable(key: Key) -> None:
    """Ask a module for nothing more. What was counted and mapped stays.

    Example:

      icb modules disable datto-rmm
    """
    with working():
        from icb.hub.actions import set_enabled

        set_enabled(key, is_enabled=False)
        say(f"{key} is disabled. What was counted stays; its days are not expected any more.")


@app.command()
def test(
    key: Key,
    counts: Annotated[bool, typer.Option("--counts", help="Show what would be stored.")] = False,
    as_json: Json = False,
) -> None:
    """Try a connection out. Nothing is stored.

    Examples:

      icb modules test datto-rmm

      icb modules test my-api --counts
    """
    with working():
        from icb.operations.syncing.probing import Patience, probe

        found = probe(key, with_counts=counts, patience=Patience(tell=warn))
        rows = list(found.snapshot.counts) if found.snapshot else []
        shown = [(one.organization, one.billing_type, one.count) for one in rows]
        if as_json:
            fields = ("organization", "billing_type", "count")
            told = [dict(zip(fields, row, strict=True)) for row in shown]
            print_json({"message": found.message, "requests": found.requests, "counts": told})
            return
        say(found.message)
        if found.snapshot is None:
            return
        print_table(
            shown,
            columns=("id", "type", "count"),
            right=("count",),
            empty="It would bring nothing.",
        )
        for word, number in found.snapshot.manifest.unknown.items():
            warn(f"{number} of a kind that no billing type covers: {word}")
        requests = counted(found.requests, noun="request")
        say(f"{counted(len(shown), noun='count')} in {requests}; nothing was stored.")


@app.command()
def items(
    key: Key,
    organization: Annotated[str, typer.Argument(help="Id of the module organization.")],
    billing_type: Annotated[str, typer.Argument(help="Key of the billing type.")],
    as_json: Json = False,
) -> None:
    """Ask the vendor what is behind a count just now, and what was left out and why.

    Example:

      icb modules items datto-rmm 7f2c Server
    """
    with working():
        from icb.operations.syncing.probing import items_behind

        rows = items_behind(key, organization=organization, billing_type=billing_type)
        table = [(one.id, one.name, one.kind, one.is_counted, one.reason) for one in rows]
        columns = ("id", "name", "kind", "counted", "reason")
        if as_json:
            print_json([dict(zip(columns, row, strict=True)) for row in table])
            return
        print_table(table, columns=columns, empty="There is nothing behind it.")


@app.command()
def describe(
    key: Key,
    billing_type: Annotated[str, typer.Argument(help="Key of the type, as it was reported.")],
    unit: Annotated[str, typer.Option("--unit", help="What is counted, such as device.")] = "",
    name: Annotated[str, typer.Option("--name", help="What to call it.")] = "",
    kind: Annotated[str, typer.Option("--value", help="whole, decimal or boolean.")] = "whole",
    shape: Annotated[str, typer.Option("--shape", help="gauge without.")] = "",
    merge: Annotated[str, typer.Option("--merge", help="sum, or, max.")] = "sum",
    overlaps: Annotated[
        list[str] | None, typer.Option("--overlaps", metavar="KEY", help="May be repeated.")
    ] = None,
    rule: Annotated[str, typer.Option("--rule", help="How it is counted, in a sentence.")] = "",
) -> None:
    """Say what a billing type is that a module reported and the catalogue does not know.

    Example:

      icb modules describe my-rmm kiosks --unit device --name Kiosks
    """
    with working():
        from icb.hub.actions import describe_billing_type
        from icb.hub.inputs import NewBillingType

        new = NewBillingType(
            key=billing_type,
            name=name,
            unit=unit,
            value=kind,
            shape=shape,
            merge=merge,
            overlaps=tuple(overlaps or ()),
        )
        describe_billing_type(key, new=new, counting_rule=rule)
        say(f"{billing_type} is known now. Map it with `icb map set`.")
