"""`icb accounting`: accounts, periods, targets and mappings, the journal, ours against theirs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from icb.cli.arguments import day, optional_day
from icb.cli.codes import ExitCode
from icb.cli.output import Json, counted, money, print_json, print_table, say
from icb.cli.session import working

app = typer.Typer(no_args_is_help=True)

Target = Annotated[str, typer.Option("--target", help="The target, by its key.")]
Setting = Annotated[
    list[str] | None, typer.Option("--set", help="A setting as name=value; may be repeated.")
]
_JOURNAL = ("booked", "document", "entry", "account", "name", "debit", "credit", "currency")


@app.command()
def close(until: Annotated[str, typer.Option("--until", help="The last closed day.")]) -> None:
    """Close the books: nothing is booked any more on days up to this one.

    Example:

      icb accounting close --until 2026-06-30
    """
    with working():
        from icb.accounting.period_actions import close_period

        close_period(day(until, field="until"))
        say(f"The books are closed until {until}.")


@app.command()
def reopen(
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")],
    until: Annotated[str, typer.Option("--until", help="Stay closed until this day.")] = "",
) -> None:
    """Open closed days again.

    Example:

      icb accounting reopen --until 2026-05-31 --reason "late bill"
    """
    with working():
        from icb.accounting.period_actions import reopen_period

        reopen_period(optional_day(until, field="until"), reason=reason)
        say(f"The books are closed until {until}." if until else "All days are open.")


@app.command()
def accounts(as_json: Json = False) -> None:
    """List the chart of accounts, and what is booked where.

    Example:

      icb accounting accounts
    """
    with working():
        from icb.accounting.chart_queries import accounts as all_accounts
        from icb.accounting.chart_queries import rules

        rows, booked = all_accounts(), rules()
        if as_json:
            found = {
                "accounts": [row._asdict() for row in rows],
                "rules": [row._asdict() for row in booked],
            }
            print_json(found)
            return
        print_table(
            [(row.code, row.name, row.kind, "" if row.is_active else "out of use") for row in rows],
            columns=("account", "name", "kind", "state"),
            empty="There is no chart yet; it comes with the first document.",
        )
        for rule in booked:
            say(f"{rule.kind} {rule.subject}".strip() + f" is booked on {rule.account}.")


@app.command("add-account")
def add_account(
    code: Annotated[str, typer.Argument(help="Number of the account.")],
    name: Annotated[str, typer.Option("--name")],
    kind: Annotated[str, typer.Option("--kind", help="receivable, revenue, tax, rounding, bank.")],
) -> None:
    """Add an account.

    Example:

      icb accounting add-account 4010 --name "Managed workstations" --kind revenue
    """
    with working():
        from icb.accounting.chart_actions import add_account as add

        add(code, name=name, kind=kind)
        say(f"{code} {name} was added.")


@app.command("book")
def book(
    kind: Annotated[
        str, typer.Argument(help="service, module, revenue, tax_code, tax or receivable.")
    ],
    account: Annotated[str, typer.Option("--on", help="Number of the account.")],
    subject: Annotated[
        str, typer.Option("--of", help="Key of the service, module or tax; else all others.")
    ] = "",
) -> None:
    """Say what is booked on which account from now on.

    Examples:

      icb accounting book service --of seat --on 4010

      icb accounting book revenue --on 4000
    """
    with working():
        from icb.accounting.chart_actions import set_rule

        set_rule(kind, subject=subject, account=account)
        say(f"{kind} {subject}".strip() + f" is booked on {account} from now on.")


@app.command()
def targets(as_json: Json = False) -> None:
    """List the targets that are connected.

    Example:

      icb accounting targets
    """
    with working():
        from icb.accounting.target_queries import target_rows

        rows = target_rows()
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        print_table(
            [
                (
                    row.key,
                    row.kind,
                    row.company,
                    "by itself" if row.is_automatic else "by hand",
                    row.trouble or ("" if row.is_enabled else "switched off"),
                )
                for row in rows
            ],
            columns=("target", "kind", "company", "documents go", "trouble"),
            empty="No target is connected.",
        )


@app.command()
def connect(
    key: Annotated[str, typer.Argument(help="What it is to be called, such as quickbooks.")],
    kind: Annotated[str, typer.Option("--kind", help="Which application or format.")],
    setting: Setting = None,
    by_hand: Annotated[bool, typer.Option("--by-hand", help="Documents go when told.")] = False,
    new_clients: Annotated[
        bool, typer.Option("--new-clients", help="Make clients there that are not mapped.")
    ] = False,
) -> None:
    """Connect an accounting application or a file format. Signing in is done on the page.

    Examples:

      icb accounting connect iif --kind quickbooks_desktop

      icb accounting connect journal --kind csv_journal --by-hand
    """
    with working():
        from icb.accounting.inputs import NewTarget
        from icb.accounting.target_actions import connect_target

        connect_target(
            NewTarget(
                key=key,
                kind=kind,
                settings=dict(one.partition("=")[::2] for one in setting or ()),
                is_automatic=not by_hand,
                creates_customers=new_clients,
            )
        )
        say(f"{key} is connected.")


@app.command("map")
def map_one(
    target: Target,
    kind: Annotated[str, typer.Argument(help="customers, accounts, items or tax_codes.")],
    ours: Annotated[str, typer.Argument(help="Our key; empty for all others, or for no tax.")],
    theirs: Annotated[str, typer.Argument(help="Their id; empty takes the mapping away.")],
) -> None:
    """Say what of ours is what of theirs.

    Examples:

      icb accounting map --target quickbooks customers acme 58

      icb accounting map --target quickbooks items "" 3
    """
    with working():
        from icb.accounting.inputs import NewMapping
        from icb.accounting.mapping_actions import set_mappings

        news = [NewMapping(kind=kind, ours=ours, theirs=theirs, name=theirs)]
        count = set_mappings(target, news=news)
        say(f"{counted(count, noun='mapping')} changed.")


@app.command()
def journal(
    since: Annotated[str, typer.Option("--since", help="First day.")] = "",
    until: Annotated[str, typer.Option("--until", help="Last day.")] = "",
    as_json: Json = False,
) -> None:
    """Show the journal: every line of every entry, newest entry first.

    Example:

      icb accounting journal --since 2026-06-01 --until 2026-06-30
    """
    with working():
        from icb.accounting.journal_queries import journal_page
        from icb.foundation.listing import Wanted

        days = f"{since}..{until}" if since or until else ""
        conditions = {"booked": days} if days else {}
        rows = journal_page(Wanted(conditions=conditions, size=0)).rows
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        print_table(
            [
                (
                    row.booked_on,
                    row.number,
                    row.kind,
                    row.account,
                    row.account_name,
                    money(row.debit, currency=row.currency) if row.debit else "",
                    money(row.credit, currency=row.currency) if row.credit else "",
                    row.currency,
                )
                for row in rows
            ],
            columns=_JOURNAL,
            right=("debit", "credit"),
            empty="The journal is empty.",
        )


@app.command()
def reconcile(
    target: Target,
    since: Annotated[str, typer.Option("--since", help="First day of issue.")] = "",
    until: Annotated[str, typer.Option("--until", help="Last day of issue.")] = "",
    look: Annotated[bool, typer.Option(help="Look at the target first.")] = True,
    as_json: Json = False,
) -> None:
    """Compare ours with theirs, to the cent: sums of each month, and every document that differs.

    The exit code is 1 where something differs.

    Example:

      icb accounting reconcile --target quickbooks --since 2026-06-01 --until 2026-06-30
    """
    with working():
        from icb.accounting.reconciliation_queries import differing, months
        from icb.accounting.target_queries import target_row

        if look and not target_row(target).takes_files:
            _look(target)
        days = {
            "since": optional_day(since, field="since"),
            "until": optional_day(until, field="until"),
        }
        sums, rows = months(target, **days), differing(target, **days)
        if as_json:
            by_month = [one._asdict() for one in sums]
            print_json({"months": by_month, "differing": [row._asdict() for row in rows]})
        else:
            for one in sums:
                figures = _figures(one.ours, one.theirs, one.difference, one.currency)
                count = counted(one.documents, noun="document")
                say(f"{one.month:%Y-%m}: {figures}; {count}, {one.differing} not the same")
            for row in rows:
                figures = _figures(row.ours, row.theirs, row.difference, row.currency)
                say(f"{row.number} {row.state}: {figures}")
        if rows:
            raise typer.Exit(ExitCode.FINDING)


def _figures(*amounts_and_currency: Any) -> str:
    """Ours, theirs and the difference in words."""
    *amounts, currency = amounts_and_currency
    ours, theirs, difference = (money(amount, currency=currency) for amount in amounts)
    return f"{ours} here, {theirs} there, difference {difference} {currency}"


def _look(target: str) -> None:
    from icb.accounting.transfer_actions import request_reconciliation
    from icb.cli.transfer import followed
    from icb.kernel.errors import Refused

    ended = followed(request_reconciliation(target))
    if ended.state != "done":
        raise Refused("not_compared", f"{ended.message} Nothing was compared. Try again later.")
