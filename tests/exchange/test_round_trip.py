"""Export, import into an empty database, export again: the same bytes.

Histories are made up: counts with gaps, jumps that a guard holds, partial answers and failures,
decisions, dated prices and mappings. A provider is taken back after each.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.transaction import atomic, set_rollback
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.support.databases import SQLITE, chosen
from tests.support.effort import examples

from icb.exchange.actions import Importing, export_bundle, import_bundle
from icb.foundation.actor import acting_as
from icb.foundation.providers import provider_named
from icb.foundation.scope import in_provider
from icb.hub.actions import take_snapshots
from icb.hub.inputs import Answer, CountRow
from icb.kernel.errors import Refused
from icb.mapping.actions import decide

pytestmark = pytest.mark.django_db

EXAMPLE = Path(__file__).parents[2] / "examples" / "bundle"
USER = "olivia"
# A history takes two imports and two exports: a second on PostgreSQL.
EXAMPLES = 40 if chosen() == SQLITE else 15
FIRST = date(2026, 3, 1)
IDS, TYPES = ("7", "8", "=1+1"), ("devices", "gigabytes", "enabled")


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever the block stores is taken back at its end."""
    with atomic():
        yield
        set_rollback(True)


def in_empty_books(folder: Path, *acts: Any) -> dict[str, bytes]:
    """Import a folder into an empty database, do more, and export; the files."""
    with taken_back(), tempfile.TemporaryDirectory() as out:
        import_bundle(folder, importing=Importing(USER))
        with in_provider(provider_named()), acting_as(USER):
            for act in acts:
                act()
            export_bundle(Path(out) / "bundle")
        return {path.name: path.read_bytes() for path in sorted((Path(out) / "bundle").iterdir())}


def again(files: dict[str, bytes]) -> dict[str, bytes]:
    """Import exported files into an empty database and export that."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        return in_empty_books(Path(folder))


def test_the_example_survives_the_way_out_and_in(tmp_path: Path) -> None:
    first = in_empty_books(EXAMPLE)
    assert set(first) >= {path.name for path in EXAMPLE.iterdir()}
    assert again(first) == first


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    """Write rows as a file of a bundle, in place of what is there."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


days = st.integers(0, 13).map(lambda number: FIRST + timedelta(days=number))
answers = st.builds(
    Answer,
    day=days,
    is_complete=st.sampled_from((True, True, True, False)),
    rows=st.dictionaries(
        st.tuples(st.sampled_from(IDS), st.sampled_from(TYPES[:2])),
        st.sampled_from((0, 1, 5, 30, 90, 400)),
        max_size=6,
    ).map(lambda counts: [CountRow(*place, count) for place, count in counts.items()]),
)
decisions = st.tuples(
    st.sampled_from(IDS),
    days,
    st.sampled_from(("accept", "reject", "departed", "carry")),
)
events = st.lists(answers | decisions, max_size=14)
dated = st.dictionaries(days, st.sampled_from(("9", "10", "11.5")), max_size=3)


def bundle(folder: Path, *, prices: dict[date, str], units: dict[date, str]) -> None:
    """A small provider with a module and dated terms."""
    shutil.copy(EXAMPLE / "provider.csv", folder)
    write(folder, "organizations", [{"key": "acme", "name": "Acme"}, {"key": "b", "name": "@B"}])
    service = {"key": "agents", "name": "Agents", "price": "10"}
    write(folder, "services", [service, {**service, "key": "care"}])
    contract = {"key": "acme-1", "organization": "acme", "starts_on": FIRST}
    write(folder, "contracts", [contract, {**contract, "key": "b-1", "organization": "b"}])
    agreed = {"contract": "acme-1", "service": "agents", "units": ""}
    write(folder, "contract_services", [agreed, {**agreed, "service": "care", "units": "2"}])
    write(folder, "modules", [{"key": "rmm"}])
    types = [{"module": "rmm", "key": key, "value": "whole"} for key in TYPES]
    types[1]["value"], types[2]["value"] = "decimal", "boolean"
    write(folder, "billing_types", types)
    write(
        folder,
        "module_organizations",
        [{"module": "rmm", "id": f"'{key}" if key[0] == "=" else key, "name": "x"} for key in IDS],
    )
    place = {"contract": "acme-1", "service": "agents"}
    for name, column, changes in (
        ("contract_prices", "price", prices),
        ("contract_units", "units", units),
    ):
        where = place if column == "price" else {**place, "service": "care"}
        rows = [{**where, "from": day, column: value} for day, value in changes.items()]
        if rows:
            write(folder, name, rows)
    mapped = {"module": "rmm", "id": "7", "organization": "acme", "from": "", "until": ""}
    later = {**mapped, "organization": "b", "from": FIRST + timedelta(days=9)}
    write(
        folder,
        "organization_mappings",
        [{**mapped, "until": FIRST + timedelta(days=4)}, later],
    )
    drives = {"contract": "acme-1", "module": "rmm", "billing_type": "devices"}
    write(
        folder,
        "service_mappings",
        [{**drives, "service": "agents", "unit_changes": "adjust_at_period_end"}],
    )


def play(events: list[Any]) -> None:
    """Take the answers and make the decisions, in this order."""
    for event in events:
        if isinstance(event, Answer):
            take_snapshots("rmm", answers=[event])
            continue
        id_, day, decision = event
        try:
            decide(module="rmm", id=id_, from_day=day, decision=decision)
        except Refused:
            continue  # nothing was held


def test_a_day_proven_for_one_key_alone_stays_so(tmp_path: Path) -> None:
    def told(day: int, *rows: CountRow, is_complete: bool = True) -> Answer:
        days = timedelta(days=day)
        return Answer(day=FIRST + days, rows=rows, is_complete=is_complete)

    seven, eight = CountRow("7", "devices", 5), CountRow("8", "devices", 6)
    bundle(tmp_path, prices={}, units={})
    answers = [told(0, seven, eight), told(2, seven, is_complete=False), told(4, seven, eight)]
    first = in_empty_books(tmp_path, lambda: play(answers))
    rows = first["counts.csv"].decode().splitlines()[1:]
    assert rows == [
        "rmm,7,devices,2026-03-01,2026-03-02,5,counted,",
        "rmm,7,devices,2026-03-03,2026-03-04,5,counted,",
        "rmm,7,devices,2026-03-05,,5,counted,",
        "rmm,8,devices,2026-03-01,2026-03-05,6,counted,",
    ]
    assert first["count_days.csv"].decode().splitlines()[1:] == [
        "rmm,2026-03-02,,missing,",
        "rmm,2026-03-03,,partial,",
        "rmm,2026-03-04,,missing,",
    ]
    assert again(first) == first


def test_what_a_newer_answer_leaves_out_stays_held(tmp_path: Path) -> None:
    seven, eight = CountRow("7", "devices", 5), CountRow("8", "devices", 6)
    answers = [Answer(day=FIRST, rows=rows) for rows in ([seven, eight], [eight])]
    bundle(tmp_path, prices={}, units={})
    first = in_empty_books(tmp_path, lambda: play(answers))
    assert first["counts.csv"].decode().splitlines()[1:] == [
        "rmm,7,devices,2026-03-01,,0,absent,5",
        "rmm,8,devices,2026-03-01,,6,counted,",
    ]
    assert again(first) == first


def test_what_lasts_in_one_book_lasts_in_the_other(tmp_path: Path) -> None:
    """The day before the gap is told last: deciding now would find a count behind the gap."""
    bundle(tmp_path, prices={}, units={})
    count = [CountRow("7", "gigabytes", 5)]
    told = [Answer(day=FIRST + timedelta(days=day), rows=count) for day in (9, 1)]
    first = in_empty_books(
        tmp_path, lambda: play([told[0], ("7", FIRST + timedelta(days=6), "carry"), told[1]])
    )
    rows = first["count_decisions.csv"].decode().splitlines()[1:]
    assert rows == ["rmm,7,gigabytes,2026-03-07,,carry,"]
    assert again(first) == first


@given(events=events, prices=dated, units=dated)
@settings(
    max_examples=examples(EXAMPLES),
    deadline=None,
    # A history that fails is short already; making it shorter would take minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_history_survives_the_way_out_and_in(
    db: None, events: list[Any], prices: dict[date, str], units: dict[date, str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bundle(Path(folder), prices=prices, units=units)
        first = in_empty_books(Path(folder), lambda: play(events))
    assert again(first) == first
