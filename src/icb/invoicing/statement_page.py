"""The page of a statement of account, in its language, ready to be drawn. Pure."""

from __future__ import annotations

from icb.invoicing.design import design_of
from icb.invoicing.page_parts import Cell, Column, Group, Page, day_of, facts, shared_page, table
from icb.invoicing.wording import Wording, wording


def statement_page(data: Page) -> Page:
    """All that the template draws of a statement's data."""
    said, design = wording(data["language"]), design_of(data["design"])
    currency = data["currency"]
    return shared_page(data, design=design, said=said) | {
        "title": said.say("statement"),
        "date": data["as_of"],
        "intro": "",
        "to_label": said.say("statement_to"),
        "facts": facts(
            [
                (said.say("as_of"), said.long_day(day_of(data["as_of"]))),
                (said.say("from"), said.long_day(day_of(data["from"])) if data["from"] else ""),
                (said.say("currency"), currency),
            ]
        ),
        "table": _entries(data, said),
        "total": [f"{said.say('closing')} {currency}", said.number(data["closing"])],
        "aging": _aging(data, said),
    }


def _entries(data: Page, said: Wording) -> Page:
    opening: list[Cell] = ["", said.say("opening"), "", "", "", said.number(data["opening"])]
    rows: list[list[Cell]] = [
        [
            said.day(day_of(entry["on"])),
            _what(entry, said),
            entry["number"],
            said.day(day_of(entry["due_on"])) if entry["due_on"] else "",
            said.number(entry["amount"]),
            said.number(entry["balance"]),
        ]
        for entry in data["entries"]
    ]
    columns = [
        Column(said.say("date")),
        Column(said.say("entry"), parts=1),
        Column(said.say("number")),
        Column(said.say("due_on"), is_small=True),
        Column(said.say("amount"), is_number=True),
        Column(said.say("balance"), is_number=True),
    ]
    return table(columns, groups=[Group("", [opening, *rows])])


def _what(entry: Page, said: Wording) -> str | list[str]:
    kind = said.say(f"entry_{entry['kind']}")
    return [kind, entry["text"]] if entry["text"] else kind


def _aging(data: Page, said: Wording) -> Page | None:
    if not data["aging"]:
        return None
    columns = [
        Column(said.say(f"aging_{part['label_key']}"), is_number=True, parts=1)
        for part in data["aging"]
    ]
    row: list[Cell] = [said.number(part["amount"]) for part in data["aging"]]
    return {"title": said.say("aging"), "table": table(columns, groups=[Group("", [row])])}
