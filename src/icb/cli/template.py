"""`icb template`: how documents look, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from icb.cli.output import Json, print_json, print_table, say
from icb.cli.session import working

if TYPE_CHECKING:
    from icb.invoicing.template_queries import TemplateRow

app = typer.Typer(no_args_is_help=True, help="List, copy and choose templates of documents.")

Key = Annotated[str, typer.Argument(help="Key of the template, such as standard.")]


@app.command("list")
def list_templates(as_json: Json = False) -> None:
    """List the templates, and how many organizations have chosen each.

    Example:

      icb template list
    """
    with working():
        from icb.invoicing.template_queries import templates

        rows = templates()
        if as_json:
            print_json([_data(row) for row in rows])
            return
        print_table(
            [
                (
                    row.key,
                    row.name,
                    row.version or "",
                    row.organizations or "",
                    "default" if row.is_default else "",
                )
                for row in rows
            ],
            columns=("key", "name", "version", "organizations", "note"),
            right=("version", "organizations"),
            empty="There is no template.",
        )


@app.command()
def show(key: Key) -> None:
    """Show the settings of a template as JSON.

    Example:

      icb template show standard
    """
    with working():
        from icb.invoicing.template_queries import template_named

        print_json(_data(template_named(key)))


@app.command()
def copy(
    key: Key,
    to: Annotated[str, typer.Argument(help="Key of the new one.")],
    name: Annotated[str, typer.Option("--name", help="Its name; without one, its key.")] = "",
) -> None:
    """Make a template of your own from another one. It is edited on the pages, under Settings.

    Example:

      icb template copy standard ours --name "Our invoices"
    """
    with working():
        from icb.invoicing.template_actions import copy_template

        copy_template(key, to=to, name=name)
        say(f"Copied {key} to {to}.")


@app.command("set-default")
def set_default(
    key: Key,
    organization: Annotated[
        str,
        typer.Option("--organization", metavar="KEY", help="For this organization's documents."),
    ] = "",
) -> None:
    """Draw documents with this template from now on: all, or those of an organization.

    Example:

      icb template set-default ours
    """
    with working():
        from icb.invoicing.template_actions import choose_template, set_default_template

        if organization:
            choose_template(organization, template=key)
            say(f"Documents of {organization} have the template {key} from now on.")
        else:
            set_default_template(key)
            say(f"Documents have the template {key} from now on, unless chosen otherwise.")


def _data(row: TemplateRow) -> dict[str, Any]:
    from icb.invoicing.design import settings_of

    return {
        "key": row.key,
        "name": row.name,
        "version": row.version,
        "is_system": row.is_system,
        "is_default": row.is_default,
        "organizations": row.organizations,
        "settings": settings_of(row.design),
    }
