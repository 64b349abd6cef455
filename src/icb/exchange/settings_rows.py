"""Takes in mapping templates, what organizations get, and what is booked where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from icb.accounting.chart_actions import add_accounts, change_account, set_rules
from icb.accounting.inputs import NewAccount, NewRule
from icb.delivery.inputs import NewRecipient
from icb.delivery.settings_actions import (
    add_recipients,
    change_recipient,
    choose_for_organizations,
)
from icb.delivery.settings_queries import recipient_ids
from icb.exchange.difference import Change, Difference
from icb.exchange.reader import Row
from icb.exchange.settings_format import (
    ACCOUNT_RULES,
    ACCOUNTS,
    DOCUMENT_CHOICES,
    MAPPING_TEMPLATES,
    RECIPIENTS,
)
from icb.exchange.taking import Batch, Place, Taking
from icb.exchange.values import YES
from icb.invoicing.einvoice_actions import set_electronic_formats
from icb.mapping.actions import write_templates
from icb.mapping.inputs import TemplateLine

_KINDS = {
    "invoices": "invoice",
    "credit_notes": "credit_note",
    "statements": "statement",
    "reminders": "reminder",
}
"""The kind of message that each column of recipients speaks of."""


def take_mapping_templates(
    taking: Taking, *, difference: Difference, stored: Iterable[tuple[str, ...]]
) -> None:
    """Write the templates of which a line is new or differs, with all their lines."""
    lines: dict[str, dict[tuple[str, ...], TemplateLine]] = {}
    for cells in stored:
        lines.setdefault(cells[0], {})[cells[1:4]] = TemplateLine(*cells[1:])
    touched: dict[str, int] = {}
    for row in _wanted(taking, difference):
        name, *line = MAPPING_TEMPLATES.named(row.cells).values()
        lines.setdefault(name, {})[tuple(line[:3])] = TemplateLine(*line)
        touched.setdefault(name, row.line)
    taking.add(
        Batch(
            list(touched),
            act=lambda names: write_templates({name: _lines(lines[name]) for name in names}),
            called=lambda name: f"template {name}",
            place=lambda name: Place(MAPPING_TEMPLATES, touched[name]),
        )
    )


def take_document_choices(taking: Taking, *, difference: Difference) -> None:
    """Say what organizations get otherwise than usual."""
    rows = _wanted(taking, difference)
    _choose(taking, rows, column="electronic_format", act=set_electronic_formats)
    _choose(
        taking,
        rows,
        column="send_on_issue",
        act=lambda said: choose_for_organizations(
            {key: word == YES if word else None for key, word in said.items()}
        ),
    )


def take_recipients(taking: Taking, *, difference: Difference) -> None:
    """Name addresses; change what those get that differ."""
    rows = taking.unspoilt(RECIPIENTS, rows=difference.added)
    taking.add(
        Batch(
            rows,
            act=lambda chosen: add_recipients([_recipient(row) for row in chosen]),
            called=lambda row: f"recipient {row.cells[0]} {row.cells[1]}",
            place=lambda row: Place(RECIPIENTS, row.line),
        )
    )
    ids = recipient_ids() if difference.changed else {}
    for change in difference.changed:
        organization, new = _recipient(change.row)
        id_ = ids[organization, new.address]
        act = partial(change_recipient, id_, new=new)
        taking.change(Place(RECIPIENTS, change.row.line), act=act)


def take_accounts(taking: Taking, *, accounts: Difference, rules: Difference) -> None:
    """Add accounts and change their names, and book on them.

    An account goes out of use after the rules: by then nothing may be booked on it.
    """
    taking.add_rows(accounts, act=_add_accounts, word="account")
    named = [change for change in accounts.changed if "kind" not in change.columns]
    for change in accounts.changed:
        if change not in named:
            way_out = "Add the account under another code."
            taking.refuse_change(ACCOUNTS, change=change, way_out=way_out)
    _change_accounts(taking, [change for change in named if _is_active(change.row)])
    taking.add(
        Batch(
            _wanted(taking, rules),
            act=lambda chosen: set_rules([_rule(row) for row in chosen]),
            called=lambda row: f"rule {row.cells[0]} {row.cells[1] or ''}".strip(),
            place=lambda row: Place(ACCOUNT_RULES, row.line),
        )
    )
    _change_accounts(taking, [change for change in named if not _is_active(change.row)])


def _wanted(taking: Taking, difference: Difference) -> list[Row]:
    """The new and the changed rows that need no refused one, in the order of the file."""
    rows = [*difference.added, *(change.row for change in difference.changed)]
    good = taking.unspoilt(difference.file_format, rows=rows)
    return sorted(good, key=lambda row: row.line)


def _lines(lines: Mapping[tuple[str, ...], TemplateLine]) -> list[TemplateLine]:
    return list(lines.values())


def _choose(
    taking: Taking,
    rows: Sequence[Row],
    *,
    column: str,
    act: Callable[[Mapping[str, str]], None],
) -> None:
    """Say one column of the choices; a file that does not have it says nothing."""
    place = DOCUMENT_CHOICES.position(column)

    def said(chosen: Sequence[Row]) -> dict[str, str]:
        return {row.cells[0] or "": row.cells[place] or "" for row in chosen}

    taking.add(
        Batch(
            [row for row in rows if row.cells[place] is not None],
            act=lambda chosen: act(said(chosen)),
            called=lambda row: f"organization {row.cells[0]}",
            place=lambda row: Place(DOCUMENT_CHOICES, row.line),
        )
    )


def _recipient(row: Row) -> tuple[str, NewRecipient]:
    cells = RECIPIENTS.named(row.cells)
    return cells["organization"], NewRecipient(
        address=cells["address"],
        name=cells["name"],
        place=cells["place"],
        kinds=tuple(kind for column, kind in _KINDS.items() if cells[column] == YES),
        language=cells["language"],
    )


def _add_accounts(rows: Sequence[Row]) -> None:
    cells = [ACCOUNTS.named(row.cells) for row in rows]
    add_accounts(
        [NewAccount(one["code"], one["name"], one["kind"], one["active"] == YES) for one in cells]
    )


def _is_active(row: Row) -> bool:
    return ACCOUNTS.named(row.cells)["active"] == YES


def _change_accounts(taking: Taking, changes: Sequence[Change]) -> None:
    for change in changes:
        cells = ACCOUNTS.named(change.row.cells)
        act = partial(
            change_account, cells["code"], name=cells["name"], is_active=_is_active(change.row)
        )
        taking.change(Place(ACCOUNTS, change.row.line), act=act)


def _rule(row: Row) -> NewRule:
    cells = ACCOUNT_RULES.named(row.cells)
    return NewRule(cells["kind"], cells["account"], cells["subject"])
