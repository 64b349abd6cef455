"""The reference page of the scenario format, from the tables that read and print scenarios."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path

from icb.scenarios.header import ENTRIES
from icb.scenarios.shape import FIELDS, OBJECTS
from icb.scenarios.steps import VERBS

EXAMPLES = Path(__file__).resolve().parent.parent / "tests" / "scenarios"
EXAMPLE = "arrears-daily.yaml"

_HEADER = {
    "provider": "Who bills. Without it: USD, UTC, no tax rates. `tax_rates` are per cent by name; "
    "`tax_day` is issue or supply.",
    "taxes": "Taxes that need more than a name and a percentage. `category` is one of EN 16931, S "
    "unless given.",
    "parts of a tax": "For `set_tax`. A compound part is computed on the parts before it as well.",
    "organizations": "The clients, in the order in which documents are numbered.",
    "services": "What is sold. `price` is in the provider's currency, `tax` the name of a rate.",
    "contracts": "Both days are covered; without `ends_on` it goes on. Without a currency the "
    "organization's holds, without that the provider's.",
    "services of a contract": "`units` are typed, for a service that no count drives. `discount` "
    "is per cent. A service that stands twice needs a `key` of its own each time; elsewhere "
    "`service` then means that key.",
    "tiers": "The last unit of a tier and the price of a unit in it; the last tier has no `up_to`.",
    "modules": "What is connected. The numbers are its trust settings.",
    "billing_types of a module": "What it counts. `value` is whole unless given, `merge` sum.",
    "organizations of a module": "The vendor's own records of clients, known by `id`.",
    "organization_mappings": "Whose a module organization is, or `ignore: true`. From the first "
    "day it was seen unless `from` is given.",
    "service_mappings": "What a billing type drives, or `ignore: true`. From the contract's start "
    "unless `from` is given. `also: true` lets it drive a second service.",
}
_OUTPUT = {
    "items": "Posted and invoiced items, and the drafts that the last run left: by the day of the "
    "run that made them, period, contract and service as entered, kind, date. `period` is the "
    "whole period, its end the day after. In advance `units` is the count or the change, and "
    "`unit_days` 0. `unit_price` is null with tiers.",
    "invoices": "Documents by number. `credits_left` includes tax; it is null on credit notes.",
    "holds": "What waits for a decision; both days are inclusive. A gap stands here where it holds "
    "a line.",
    "unbilled": "Counted usage that is on no line that was billed; both days are inclusive. "
    "`amount` is null where no price is known.",
    "refused": "What the product refused: the verb or the header's list, a code, and why.",
    "snapshots": "Answers in order of receipt. `revision` is the vendor's where it gives one, else "
    "the number of the day's stored answers; null where nothing was stored. `rows` is how many "
    "counts it brought into force or holds.",
    "balances": "The sum of issued documents that are not void, per organization and currency.",
}
_INTRODUCTION = """\
# The scenario format

A scenario is a YAML file that tells a billing story: who is billed, what was counted, what was done
when. `icb simulate FILE` plays it on a throw-away database, with a clock that stands still between
the steps, through the same actions as everything else; your own data is never opened. It prints
what came out, with `--json` as one object that is the same to the byte on every machine.

A file with an `expect` block is a test. Exit codes: 0 as expected (or nothing expected), 1
something else came out, with the difference, 2 the file is malformed, with line and field.
"""
_READING = """\
## How a file is read

- Only `true` and `false` are booleans. Dates and numbers are the text that stands there, with or
  without quotes; in counts, what stands in quotes is a text, as in JSON.
- An unknown field, a missing one, one that stands twice, a date that does not exist or a word that
  is none of those allowed makes the file malformed. What the product refuses (a second mapping of
  the same day, an end before the start) does not: it is listed under `refused`, and the story goes
  on. Impossible counts are refused snapshots.
- The clock never runs backwards; equal times are allowed. A step happens at its `on`: a date means
  12:00 local time, or a date-time with offset. Without `on`, `receive` arrives day by day at 02:00
  local time on the day after each usage day, `sync_failed` at 02:00 on the day after its last day,
  and `receive_event` at its `at`. Neighbouring steps without `on` of several modules run side by
  side.
- `days` is a date, or `first..last` with both days.
- Counts that leave an organization out of a complete answer mean that it was absent.
"""
_VERBS_IN_WORDS = """\
- `receive` takes `counts`, by module organization id and billing type, or `rows` of id, type and
  count, which may name a key twice. `revision` is the vendor's own stamp; `names` and `created`
  say, by id, what the vendor calls an organization and when it created it. `complete: false` is an
  answer that counts for its own keys only.
- `bill` goes through the day of its step unless `through` is given; `post` posts estimated days
  too; `close` is `bill`, `post` and `invoice`.
- `invoice` in `void` and `credit` is a number, or `last` for the newest invoice. `credit` takes
  `lines` by their numbers, a `net` amount (`amount` means the same), or all that is left. `item`
  in `unpost` is `last`, or the place in the list of items, from 1.
- `pay` settles the `invoice` it names, else what is due first; what is left stays as credit. The
  day is that of its step unless `received_on` is given. `payment` in `reverse` is a number, or
  `last`. `balances` are documents less payments.
- `ignore` names a contract and a billing type, or a module organization by `id`.
- `decide` names an organization, or a module and an `id`; a module alone means its answers that
  wait as a whole. Accept and reject mean these too where no single count of the organization waits.
"""
_COMPARING = """\
## How `expect` is compared

A list that is named must be complete. The order is free, of objects only the named fields are
compared, and numbers compare as numbers: `"2.10"` is 2.1. Lists inside objects follow the same
rule. A name that the output does not have makes the file malformed.
"""


def scenario_page() -> str:
    """The whole page."""
    example = (EXAMPLES / EXAMPLE).read_text("utf-8")
    parts = [
        _INTRODUCTION,
        (
            f"## Example\n\nFrom the tests (`tests/scenarios/{EXAMPLE}`); the comments hold the "
            f"working.\n\n```yaml\n{example}```\n"
        ),
        _READING,
        "## Header\n\nRequired fields are in **bold**.\n",
        *(_entry(name) for name in ENTRIES),
        (
            "## Steps\n\nA step has `on` and one verb. Required fields are in **bold**; `from` and "
            "`through` are days.\n"
        ),
        _steps(),
        _VERBS_IN_WORDS,
        (
            "## Output\n\nOne object with these lists, in this order. Amounts and quantities are "
            "text, dates in ISO form.\n"
        ),
        *(_list(name) for name in FIELDS),
        _COMPARING,
    ]
    return "\n".join(parts)


def _entry(name: str) -> str:
    entry = ENTRIES[name]
    return f"### {name}\n\n{_HEADER[name]}\n\n{_fields(entry.fields, entry.required)}\n"


def _fields(names: Iterable[str], required: Iterable[str]) -> str:
    needed = set(required)
    return ", ".join(f"**`{name}`**" if name in needed else f"`{name}`" for name in names)


def _steps() -> str:
    rows = ["| verb | fields | is |", "| --- | --- | --- |"]
    for name, verb in VERBS.items():
        about = (inspect.getdoc(verb.makes) or "").splitlines()[0]
        fields = _fields(verb.fields, verb.required) or "none"
        rows.append(f"| `{name}` | {fields} | {about} |")
    return "\n".join(rows) + "\n"


def _list(name: str) -> str:
    nested = [
        f"`{field}`: {_fields(OBJECTS[field], ())}" for field in FIELDS[name] if field in OBJECTS
    ]
    inside = f" Inside: {'; '.join(nested)}." if nested else ""
    return f"### {name}\n\n{_OUTPUT[name]}\n\n{_fields(FIELDS[name], ())}.{inside}\n"
