"""The annexes of a document: the units by day, and what changed since the last invoice. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from icb.invoicing.line_changes import LineChange, line_changes, line_working
from icb.invoicing.page_parts import Column, Group, Page, day_of, table
from icb.invoicing.wording import Wording
from icb.kernel.money import format_minor
from icb.kernel.quantity import format_micro

FrozenLine = dict[str, Any]


def unit_list(data: Page, *, said: Wording) -> Page:
    """For each line, from which day to which how many units counted."""
    rows = [
        [
            str(line["position"]),
            [line["title"], line["organization_name"]],
            said.days(day_of(start), end=day_of(end)),
            str((day_of(end) - day_of(start)).days),
            said.number(format_micro(units)) + (f" {said.say('estimated')}" if estimated else ""),
        ]
        for line in data["lines"]
        for start, end, units, estimated in line_working(line).get("runs", ())
    ]
    columns = [
        Column(said.say("position"), is_number=True, is_small=True),
        Column(said.say("service"), parts=1),
        Column(said.say("period"), is_small=True),
        Column(said.say("days"), is_number=True),
        Column(said.say("units"), is_number=True),
    ]
    return _annex(said.say("unit_list"), columns, rows)


def changes_between(
    lines: Sequence[FrozenLine],
    *,
    last_number: str,
    last_lines: Sequence[FrozenLine],
    currency: str,
) -> Page:
    """What changed between two invoices, to be frozen into the later one; amounts as text."""
    found = line_changes(lines, last_lines=last_lines, currency=currency)
    return {
        "number": last_number,
        "lines": [_frozen(one, currency) for one in found if one.what or one.difference],
    }


def change_list(data: Page, *, said: Wording) -> Page:
    """What changed since the last invoice, as frozen."""
    changes = data["changes"]
    rows = [
        [
            [line["title"], line["organization_name"]],
            ", ".join(said.say(f"change_{cause}") for cause in line["what"]),
            *(_money(line[name], said) for name in ("last", "now", "difference")),
        ]
        for line in changes["lines"]
    ]
    columns = [
        Column(said.say("service"), parts=3),
        Column(said.say("change"), is_small=True, parts=2),
        *(
            Column(said.say(name), is_number=True)
            for name in ("last_amount", "new_amount", "difference")
        ),
    ]
    annex = _annex(said.say("changes_since", number=changes["number"]), columns, rows)
    return annex | {"note": "" if rows else said.say("no_changes")}


def _annex(title: str, columns: list[Column], rows: list[Any]) -> Page:
    shown = [[_without_blank(cell) for cell in row] for row in rows]
    return {"title": title, "note": "", "table": table(columns, groups=[Group("", shown)])}


def _without_blank(cell: Any) -> Any:
    return cell if isinstance(cell, str) or cell[1] else cell[0]


def _frozen(change: LineChange, currency: str) -> Page:
    now, last = change.now, change.last
    return {
        "title": change.line["title"],
        "organization_name": change.line["organization_name"],
        "what": list(change.what),
        "last": "" if last is None else format_minor(last.amount, currency),
        "now": "" if now is None else format_minor(now.amount, currency),
        "difference": format_minor(change.difference, currency),
    }


def _money(text: str, said: Wording) -> str:
    return said.number(text) if text else ""
