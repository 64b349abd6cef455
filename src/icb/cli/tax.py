"""`icb tax`: taxes, what they come to from a day on, and who is exempt from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from icb.cli.arguments import day as typed_day
from icb.cli.arguments import optional_day
from icb.cli.output import Json, print_json, print_table, quantity, say
from icb.cli.session import working
from icb.kernel.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from icb.organizations.inputs import NewTaxPart
    from icb.organizations.tax_queries import ExemptionRow, PercentageRow, TaxRateRow

app = typer.Typer(no_args_is_help=True, help="List, add and change taxes; exempt from them.")

_COMPOUND = "compound"
Key = Annotated[str, typer.Argument(help="Key of the tax, such as vat.")]
Organization = Annotated[str, typer.Argument(help="Key of the organization.")]
Region = Annotated[
    str, typer.Option("--region", help="Only there, such as DE or US-CA; otherwise everywhere.")
]
Tax = Annotated[
    str, typer.Option("--tax", metavar="KEY", help="Only from this tax; otherwise from any.")
]
Parts = Annotated[
    list[str] | None,
    typer.Option(
        "--part",
        metavar="NAME:PERCENT",
        help="A part of the tax, in order; may be repeated. Ends in :compound where it is computed "
        "on the parts before it as well.",
    ),
]


@app.command("list")
def list_taxes(as_json: Json = False) -> None:
    """List the taxes, with what they come to today.

    Example:

      icb tax list
    """
    with working():
        from icb.organizations.tax_queries import tax_rates

        rows = tax_rates()
        if as_json:
            print_json([_tax(row) for row in rows])
            return
        print_table(
            [(row.key, row.name, row.category, _today(row), row.reason) for row in rows],
            columns=("key", "name", "category", "today", "reason"),
            empty="There is no tax yet. Add one with `icb tax add`.",
        )


@app.command()
def show(key: Key, as_json: Json = False) -> None:
    """Show what a tax came to, comes to and will come to, by region and day.

    Example:

      icb tax show vat
    """
    with working():
        from icb.organizations.tax_queries import percentages_of, tax_rate_named

        tax, rows = tax_rate_named(key), percentages_of(key)
        if as_json:
            print_json(_tax(tax) | {"percentages": [_percentage(row) for row in rows]})
            return
        print_table(
            [(row.region, _first_day(row) or "from ever", _told(row), _fixed(row)) for row in rows],
            columns=("region", "from", "percent", "note"),
            empty=f"The tax {key} is not charged, or has no percentage yet.",
        )


@app.command()
def add(
    key: Annotated[str, typer.Argument(help="A short name of your own, such as vat.")],
    percent: Annotated[str, typer.Argument(help="What it comes to, such as 20.")] = "",
    name: Annotated[str, typer.Option("--name", help="On documents; without one, its key.")] = "",
    category: Annotated[
        str,
        typer.Option(
            "--category",
            help="Of EN 16931: S, Z, E, AE, K, G or O. Without one, S, or Z where PERCENT is 0.",
        ),
    ] = "",
    reason: Annotated[
        str, typer.Option("--reason", help="Why no tax is charged, for documents.")
    ] = "",
    from_day: Annotated[
        str, typer.Option("--from", metavar="DAY", help="First day; without one, from ever.")
    ] = "",
    region: Region = "",
    part: Parts = None,
) -> None:
    """Add a tax. With several parts, each is told apart on documents.

    Examples:

      icb tax add vat 20 --name "VAT"

      icb tax add reverse --category AE --reason "Reverse charge"

      icb tax add quebec --part GST:5 --part QST:9.975 --from 2013-01-01
    """
    with working():
        from icb.foundation.transactions import transaction
        from icb.organizations.inputs import NewTaxPercentage, NewTaxRate
        from icb.organizations.tax_actions import add_tax_rates, set_tax_percentages

        first = optional_day(from_day, field="--from")
        is_dated = bool(first or region or part)
        parts = _parts(percent, part) if is_dated else []
        said = None if is_dated else percent or None
        with transaction(lock="billing"):
            add_tax_rates([NewTaxRate(key, said, name, category, reason)])
            if is_dated:
                set_tax_percentages([NewTaxPercentage(key, parts, region, first)])
        say(f"Added the tax {key}.")


@app.command()
def rate(
    key: Key,
    percent: Annotated[str, typer.Argument(help="What it comes to, such as 21.")] = "",
    from_day: Annotated[
        str, typer.Option("--from", metavar="DAY", help="First day on which it holds.")
    ] = "",
    region: Region = "",
    part: Parts = None,
) -> None:
    """Let a tax come to something else from a day on. What documents took stays.

    Examples:

      icb tax rate vat 21 --from 2027-01-01

      icb tax rate quebec --from 2027-01-01 --part GST:5 --part QST:10:compound
    """
    with working():
        from icb.organizations.inputs import NewTaxPercentage
        from icb.organizations.tax_actions import set_tax_percentages

        first = typed_day(from_day, field="--from")
        new = NewTaxPercentage(key, _parts(percent, part), region, first)
        set_tax_percentages([new])
        where = f" in {region}" if region else ""
        say(f"The tax {key} comes to this{where} from {first} on.")


@app.command()
def exempt(
    organization: Organization,
    reason: Annotated[str, typer.Option("--reason", help="Why, as documents print it.")],
    from_day: Annotated[
        str, typer.Option("--from", metavar="DAY", help="First day; without one, today.")
    ] = "",
    until: Annotated[
        str, typer.Option("--until", metavar="DAY", help="Last day; without one, open.")
    ] = "",
    tax: Tax = "",
    certificate: Annotated[
        str, typer.Option("--certificate", help="Number of the certificate.")
    ] = "",
) -> None:
    """Let an organization not be charged a tax, or any, for some days.

    Example:

      icb tax exempt acme --tax vat --from 2026-01-01 --reason "Charity" --certificate C-7
    """
    with working():
        from icb.foundation.providers import local_today
        from icb.organizations.inputs import NewTaxExemption
        from icb.organizations.tax_actions import add_tax_exemptions

        first = optional_day(from_day, field="--from") or local_today()
        last = optional_day(until, field="--until")
        new = NewTaxExemption(organization, reason, first, last, tax, certificate)
        add_tax_exemptions([new])
        say(f"{organization} is exempt from {tax or 'any tax'} from {first} on.")


@app.command()
def exemptions(
    organization: Annotated[
        str, typer.Option("--organization", metavar="KEY", help="Only of this organization.")
    ] = "",
    as_json: Json = False,
) -> None:
    """List who is exempt from which tax.

    Example:

      icb tax exemptions --organization acme
    """
    with working():
        rows = _exemptions(organization)
        if as_json:
            print_json([row._asdict() for row in rows])
            return
        print_table(
            [
                (
                    row.organization,
                    row.tax or "any",
                    row.starts_on,
                    row.ends_on or "open",
                    row.reason,
                    row.certificate,
                )
                for row in rows
            ],
            columns=("organization", "tax", "from", "until", "reason", "certificate"),
            empty="Nobody is exempt.",
        )


@app.command("end-exemption")
def end_exemption(
    organization: Organization,
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="Its last day; today.")] = "",
    tax: Tax = "",
    from_day: Annotated[
        str,
        typer.Option("--from", metavar="DAY", help="The one from that day; without one, the last."),
    ] = "",
) -> None:
    """Let an exemption end.

    Example:

      icb tax end-exemption acme --tax vat --on 2026-12-31
    """
    with working():
        from icb.foundation.providers import local_today
        from icb.organizations.tax_actions import end_tax_exemption

        first = optional_day(from_day, field="--from")
        found = [
            row
            for row in _exemptions(organization)
            if row.tax == tax and (first is None or row.starts_on == first)
        ]
        if not found:
            raise NotFound(
                "unknown_exemption",
                f"{organization} has no such exemption from {tax or 'any tax'}. Nothing was "
                f"changed. Look at `icb tax exemptions --organization {organization}`.",
            )
        last = optional_day(on, field="--on") or local_today()
        end_tax_exemption(max(found, key=lambda row: row.starts_on).id, ends_on=last)
        say(f"{organization} is exempt from {tax or 'any tax'} until {last}.")


def _exemptions(organization: str) -> list[ExemptionRow]:
    from icb.organizations.queries import organization_named
    from icb.organizations.tax_queries import tax_exemptions

    key = organization_named(organization).key if organization else ""
    return tax_exemptions(organization=key)


def _parts(percent: str, parts: list[str] | None) -> list[NewTaxPart]:
    """What was typed as one percentage or as parts; InvalidInput for both and for neither."""
    from icb.organizations.inputs import NewTaxPart

    if bool(percent) == bool(parts):
        raise InvalidInput(
            field="percent",
            message="percent: give either PERCENT or the parts with --part, and not both. Nothing "
            "was stored.",
        )
    return [NewTaxPart(percent)] if percent else [_part(text) for text in parts or ()]


def _part(text: str) -> NewTaxPart:
    from icb.organizations.inputs import NewTaxPart

    name, percent, *rest = [word.strip() for word in [*text.split(":"), ""]]
    if not percent or rest not in ([], [""], [_COMPOUND, ""]):
        raise InvalidInput(
            field="--part",
            value=text,
            message=f"--part: {text!r} is not a part. Nothing was stored. Write its name and its "
            "percentage, such as GST:5, and :compound behind it where it is computed on the parts "
            "before it as well.",
        )
    return NewTaxPart(percent, name, is_compound=_COMPOUND in rest)


def _tax(row: TaxRateRow) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "category": row.category,
        "reason": row.reason,
        "today": [_percentage(one) for one in row.today],
    }


def _percentage(row: PercentageRow) -> dict[str, Any]:
    return {
        "region": row.region,
        "from": _first_day(row) or None,
        "parts": [part._asdict() for part in row.parts],
        "is_fixed": row.is_fixed,
    }


def _today(row: TaxRateRow) -> str:
    return ", ".join(f"{one.region} {_told(one)}".strip() for one in row.today)


def _told(row: PercentageRow) -> str:
    """ "20 %"; of several parts, "GST 5 % + QST 9.975 % compound"."""
    return " + ".join(
        " ".join(filter(None, (part.name, f"{quantity(part.percent)} %", _said(part.is_compound))))
        for part in row.parts
    )


def _said(is_compound: bool) -> str:
    return _COMPOUND if is_compound else ""


def _fixed(row: PercentageRow) -> str:
    return "documents took it" if row.is_fixed else ""


def _first_day(row: PercentageRow) -> str:
    """The first day in ISO form; empty where it holds from ever."""
    from icb.foundation.providers import FROM_EVER

    return "" if row.from_day == FROM_EVER else row.from_day.isoformat()
