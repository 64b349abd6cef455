"""Which column of a file means what: guessed from the headers, confirmed and kept by a person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from icb.kernel.errors import InvalidInput

LONG, WIDE = "long", "wide"
DAY_ORDERS = ("", "day/month/year", "month/day/year")
ROLES = ("day", "organization", "name", "billing_type", "count")
_WORDS = {
    "day": "day date datum report_date snapshot_date usage_date as_of as_of_date",
    "organization": "organization_id organisation_id org_id client_id customer_id company_id "
    "site_id tenant_id account_id id organization organisation",
    "name": "organization_name organisation_name name client customer company site tenant "
    "client_name customer_name company_name site_name tenant_name account_name",
    "billing_type": "billing_type type metric product service sku item license licence",
    "count": "count quantity qty units usage seats number total",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The headers that hold day, organization (its id), name, and counts.

    Long: a row is one count, and `billing_type` and `count` name columns. Wide: a column is one
    billing type, and `types` gives its key by the header. Without `day` the day is said beside the
    file. `is_complete`: what is not in the file was not there. `day_order` reads 05/06/2026, which
    is refused without it.
    """

    layout: str
    organization: str
    day: str = ""
    name: str = ""
    billing_type: str = ""
    count: str = ""
    types: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    day_order: str = ""
    is_complete: bool = True

    def as_data(self) -> dict[str, Any]:
        """As it is kept."""
        return {**asdict(self), "types": dict(self.types)}


def read_profile(data: Mapping[str, Any]) -> Profile:
    """The profile that was kept; InvalidInput where it cannot be one."""
    try:
        profile = Profile(**data)
    except TypeError as error:
        raise _wrong(str(error)) from None
    if profile.layout not in (LONG, WIDE) or profile.day_order not in DAY_ORDERS:
        raise _wrong(f"layout is {LONG} or {WIDE}, day_order one of {', '.join(DAY_ORDERS[1:])}")
    if not profile.organization:
        raise _wrong("no column holds the id of the organization; say organization=HEADER")
    if profile.layout == LONG and not (profile.billing_type and profile.count):
        raise _wrong("say which columns hold type and count: billing_type=HEADER, count=HEADER")
    if profile.layout == WIDE and not profile.types:
        raise _wrong("no column is a billing type; say type:HEADER=KEY for each")
    return profile


def guess_profile(header: Sequence[str], *, known: Mapping[str, str]) -> dict[str, Any]:
    """What the headers look like; `known` gives billing types by key, name and alias.

    Where no header is a known type, every column that has no other meaning is taken for one.
    """
    found = {role: _first(header, words.split()) for role, words in _WORDS.items()}
    if not found["organization"]:
        found["organization"] = found["name"]
    columns = {role: text for role, text in found.items() if text}
    if "billing_type" in columns and "count" in columns:
        return {"layout": LONG, **columns}
    used = {columns.get(role) for role in ("day", "organization", "name")}
    rest = [text for text in header if text and text not in used]
    by_word = {_plain(word): key for word, key in known.items()}
    types = {text: by_word[_plain(text)] for text in rest if _plain(text) in by_word}
    roles = ("day", "organization", "name")
    kept: dict[str, Any] = {role: columns[role] for role in roles if role in columns}
    return {"layout": WIDE, **kept, "types": types or {text: text for text in rest}}


def changed_profile(data: Mapping[str, Any], *, said: Sequence[str]) -> dict[str, Any]:
    """A profile with what a person said of it: ROLE=HEADER, type:HEADER=KEY, or another property.

    Raises InvalidInput for what is none of these.
    """
    changed = {**data, "types": dict(data.get("types", {}))}
    for text in said:
        name, sign, value = text.partition("=")
        if not sign:
            raise _wrong(f"{text!r} is not NAME=VALUE")
        if name.startswith("type:"):
            header = name.removeprefix("type:")
            if value:
                changed["types"][header] = value
            else:
                changed["types"].pop(header, None)
        elif name == "complete":
            changed["is_complete"] = _truth(value)
        elif name in (*ROLES, "layout", "sheet", "day_order"):
            changed[name] = value
        else:
            raise _wrong(f"there is no {name}; there are {', '.join(ROLES)}, layout, sheet, "
                         "day_order, complete and type:HEADER")  # fmt: skip
    return changed


def _truth(word: str) -> bool:
    if word in ("yes", "no"):
        return word == "yes"
    raise _wrong("complete is yes or no")


def _first(header: Sequence[str], words: Sequence[str]) -> str:
    plain = {_plain(text): text for text in header if text}
    return next((plain[word] for word in words if word in plain), "")


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


def _wrong(problem: str) -> InvalidInput:
    return InvalidInput(field="profile", message=f"profile: {problem}. Nothing was stored.")
