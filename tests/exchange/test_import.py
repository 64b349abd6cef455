"""A bundle goes in whole or not at all, and a second time changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from icb.exchange.actions import Importing, export_bundle, import_bundle
from icb.exchange.inputs import ImportReport
from icb.exchange.problems import BundleRefused, Problem
from icb.foundation.actor import acting_as
from icb.foundation.bulk import fetch
from icb.foundation.providers import provider_named, providers
from icb.foundation.scope import in_provider

pytestmark = pytest.mark.django_db

EXAMPLE = Path(__file__).parents[2] / "examples" / "bundle"
USER = "olivia"


def take(folder: Path, *, is_dry: bool = False) -> ImportReport:
    return import_bundle(folder, importing=Importing(USER, is_dry=is_dry))


def written(folder: Path) -> dict[str, str]:
    with in_provider(provider_named()), acting_as(USER):
        export_bundle(folder)
    return {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir())}


def problems_of(folder: Path) -> list[Problem]:
    with pytest.raises(BundleRefused) as refused:
        take(folder)
    return refused.value.problems.found


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the example bundle, to be spoilt."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "bundle"))


def test_the_example_goes_in_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    first = take(EXAMPLE)
    assert first.is_new_provider
    assert first.days == {"accepted": 60, "unchanged": 0}
    once = written(tmp_path / "once")
    second = take(EXAMPLE)
    assert not second.is_changed
    assert second.days == {"unchanged": 60}
    assert written(tmp_path / "twice") == once


@pytest.mark.postgresql
def test_the_database_plans_with_what_came_in() -> None:
    counted = "SELECT reltuples FROM pg_class WHERE relname = 'usage_count'"
    take(EXAMPLE)
    ((rows,),) = fetch("SELECT COUNT(*) FROM usage_count")
    assert rows and fetch(counted) == [(rows,)]


def test_a_dry_run_stores_nothing_and_says_what_would_change() -> None:
    report = take(EXAMPLE, is_dry=True)
    assert {file.file: file.added for file in report.files}["organizations.csv"] == 3
    assert report.days["accepted"] == 60
    assert providers() == []


def test_a_changed_bundle_changes_what_it_says_and_nothing_else(bundle: Path) -> None:
    take(EXAMPLE)
    replace(bundle / "organizations.csv", old="Acme Ltd", new="Acme Limited")
    replace(bundle / "contracts.csv", old="acme,2026-01-01,", new="acme,2026-01-01,2026-06-30")
    replace(bundle / "contract_prices.csv", old="42.00", new="43.00")
    replace(bundle / "counts.csv", old="acme.example,seats,2026-01-01,2026-01-31,52", new=NEW_SEATS)
    report = take(bundle)
    assert {file.file: file.changed for file in report.files if file.changed} == {
        "organizations.csv": 1,
        "contracts.csv": 1,
        "contract_prices.csv": 1,
    }
    assert report.days == {"corrected": 1, "unchanged": 59}
    assert not take(bundle).is_changed


NEW_SEATS = "acme.example,seats,2026-01-01,2026-01-30,52\nmail,acme.example,seats,2026-01-31,,55"


def test_a_few_corrected_counts_do_not_pass_for_a_whole_day(tmp_path: Path) -> None:
    take(EXAMPLE)
    folder = tmp_path / "correction"
    folder.mkdir()
    counts = "module,id,billing_type,day,count\nrmm,7,workstations,2026-01-31,42\n"
    (folder / "counts.csv").write_text(counts)
    (problem,) = problems_of(folder)
    assert (problem.file, problem.value) == ("counts.csv", "2026-01-31")
    assert "the 5 that are missing would become gaps" in problem.message
    (folder / "count_days.csv").write_text("module,from,state\nrmm,2026-01-31,partial\n")
    assert take(folder).days == {"corrected": 1, "unchanged": 0}
    assert not take(folder).is_changed
    exported = written(tmp_path / "out")["counts.csv"]
    assert "rmm,7,workstations,2026-01-31,,42,counted," in exported
    assert "rmm,8,workstations,2026-01-23,2026-01-31,15,counted," in exported


def test_what_is_not_in_a_later_bundle_stays(tmp_path: Path) -> None:
    take(EXAMPLE)
    before = written(tmp_path / "before")
    (tmp_path / "small").mkdir()
    shutil.copy(EXAMPLE / "organizations.csv", tmp_path / "small")
    assert not take(tmp_path / "small").is_changed
    assert written(tmp_path / "after") == before


def replace(path: Path, *, old: str, new: str) -> None:
    """Spoil a file: the old text must be in it once."""
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), "utf-8")


def append(path: Path, *, line: str) -> int:
    """Add a line to a file; its number."""
    text = path.read_text("utf-8") + line + "\n"
    path.write_text(text, "utf-8")
    return text.count("\n")


# What is added as a last line: file, line, column blamed, part of the message.
BAD_LINES = [
    ("contracts", "new,x,nobody,2026-01-01,,,", "organization", "is not known"),
    ("contracts", "new,x,acme,2026-02-01,2026-01-31,,", "ends_on", "before"),
    ("contracts", "new,x,acme,2026-01-01,,weekly,", "period", "give one of monthly"),
    ("contracts", "acme-1,x,acme,2026-01-01,,,", "key", "stands in line 2 already"),
    ("contract_services", "acme-1,nothing,,,,", "service", "is not known"),
    ("contract_services", "acme-1,care,-1,,,", "price", "the least is 0"),
    ("contract_services", "acme-1,care,,,,101", "discount", "not from 0 to 100"),
    ("contract_services", "acme-1,agents,,,,", "contract, key", "stands in line 2 already"),
    ("contract_prices", "acme-1,care,2026-02-01,9", "service", "is not known"),
    ("contract_prices", "birch-1,agents,2026-01-01,9", "from", "starts on 2026-01-12"),
    ("contract_units", "cedar-1,care,03/04/2026,9", "from", "2026-04-03 or 2026-03-04"),
    ("services", "gold,Gold,12;50,", "price", "is not a number"),
    ("services", 'gold,Gold,"12,50",', "price", "has a comma"),
    ("tax_rates", "sales,Other,9", "key", "stands in line 2 already"),
    ("organizations", "=x,,,,,", "name", "is empty"),
    ("organizations", "dan,Dan,vat,no,,", "tax", "is not known; known are sales"),
    ("organizations", "dan,Dan,,perhaps,,", "tax_exempt", "neither yes nor no"),
    ("organizations", "dan,Dan,,no,,nowhere", "email", "not an address"),
    ("modules", "third,Third,many", "gap_days", "is not a whole number"),
    ("billing_types", "psa,tickets,Tickets,ticket", "module", "is not known"),
    ("module_organizations", "rmm,7,Acme again", "module, id", "stands in line 2 already"),
    ("organization_mappings", "rmm,99,acme,no,", "id", "is not known"),
    ("organization_mappings", "mail,cedar.example,,no,", "organization", "needs either"),
    ("service_mappings", "acme-1,mail,seats,care,no,", "service", "is not known"),
    ("service_mappings", "cedar-1,mail,seats,care,no,peak", "", "peak"),
    ("counts", "rmm,7,workstations,2026-01-05,,39", "day", "is counted in line 2 already"),
    ("counts", "rmm,7,printers,2026-01-05,,39", "billing_type", "is not known"),
    ("counts", "rmm,77,servers,2026-01-05,,39", "id", "is not known"),
    ("counts", "psa,7,servers,2026-01-05,,39", "module", "is not known"),
    ("counts", "rmm,9,servers,2026-01-05,,1.5", "count", "whole number"),
    ("counts", "rmm,9,servers,2026-01-05,,-1", "count", "the least is 0"),
    ("counts", "rmm,9,servers,2026-01-05,,many", "count", "is not a number"),
    ("counts", "rmm,9,servers,2026-01-05,,1000000001", "count", "the largest count"),
    ("counts", "rmm,9,servers,2026-01-05,2026-01-04,1", "to", "lies before the first day"),
    ("counts", "rmm,9,servers,2999-01-05,,1", "day", "lies in the future"),
    ("counts", "rmm,9,servers,05/06/2026,,1", "day", "is not clear"),
    ("count_days", "rmm,2026-01-15,,missing,", "from", "stands in an earlier line already"),
]


@pytest.mark.parametrize(
    ("file", "line", "column", "message"),
    BAD_LINES,
    ids=[f"{bad[0]} {bad[1]}" for bad in BAD_LINES],
)
def test_a_bad_line_is_refused_at_its_place(
    file: str, line: str, column: str, message: str, bundle: Path
) -> None:
    number = append(bundle / f"{file}.csv", line=line)
    (problem, *others) = problems_of(bundle)
    assert (problem.file, problem.line, problem.column) == (f"{file}.csv", number, column)
    assert message in problem.message
    assert not others
    assert providers() == []


def test_a_service_on_two_contracts_at_once_names_both(bundle: Path) -> None:
    replace(bundle / "contracts.csv", old="birch,2026-01-12", new="acme,2026-01-12")
    problem = problems_of(bundle)[0]
    assert (problem.file, problem.line) == ("contract_services.csv", 5)
    assert "acme-1" in problem.message
    assert providers() == []


def test_a_peak_in_advance_is_refused(bundle: Path) -> None:
    replace(
        bundle / "service_mappings.csv",
        old="cedar-1,rmm,workstations,agents,no,prorate_daily",
        new="cedar-1,rmm,workstations,agents,no,peak",
    )
    (problem,) = problems_of(bundle)
    assert (problem.file, problem.line) == ("service_mappings.csv", 7)
    assert "known only after the period" in problem.message


def test_a_dead_organization_takes_no_mapping(bundle: Path) -> None:
    replace(bundle / "organizations.csv", old="key,name,tax,", new="key,name,type,tax,")
    for name in ("Acme Ltd", "Birch Dental", "Cedar School"):
        kind = "dead" if name == "Acme Ltd" else "customer"
        replace(bundle / "organizations.csv", old=name, new=f"{name},{kind}")
    found = problems_of(bundle)
    assert {(problem.file, problem.line) for problem in found} == {
        ("organization_mappings.csv", 2),
        ("organization_mappings.csv", 6),
    }
    assert "nobody would receive the bill" in found[0].message


def test_a_contract_in_another_currency_needs_its_own_prices(bundle: Path) -> None:
    replace(bundle / "contracts.csv", old="key,name", new="currency,key,name")
    for key in ("acme-1", "birch-1", "cedar-1"):
        currency = "EUR" if key == "birch-1" else ""
        replace(bundle / "contracts.csv", old=f"{key},", new=f"{currency},{key},")
    found = problems_of(bundle)
    assert [(problem.file, problem.line, problem.column) for problem in found] == [
        ("contract_services.csv", 5, "price"),
        ("contract_services.csv", 6, "price"),
    ]
    assert "EUR" in found[0].message


def test_a_count_of_a_retired_type_is_refused(bundle: Path) -> None:
    replace(bundle / "billing_types.csv", old="name,unit", new="name,unit,retired_on")
    for key in ("Workstations,device", "Servers,device", "Protected mailboxes,mailbox"):
        day = "2026-01-10" if key.startswith("Servers") else ""
        replace(bundle / "billing_types.csv", old=key, new=f"{key},{day}")
    found = problems_of(bundle)
    assert [(problem.file, problem.line, problem.column) for problem in found] == [
        ("counts.csv", 4, "to"),
        ("counts.csv", 8, "day"),
    ]
    assert "was retired" in found[0].message


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("3,absent,2", "absent is for a count of 0"),
        ("0,absent,", "absent is for a count of 0"),
        ("3,rejected,2", "give fall, rise, identity or absent as state"),
    ],
)
def test_a_kept_count_belongs_to_a_held_one(cells: str, message: str, bundle: Path) -> None:
    path = bundle / "counts.csv"
    path.write_text(
        f"module,id,billing_type,day,count,state,kept\nrmm,9,servers,2026-01-05,{cells}\n", "utf-8"
    )
    (problem,) = problems_of(bundle)
    assert (problem.line, problem.column) == (2, "kept")
    assert message in problem.message


def test_what_an_import_may_not_change_is_refused(bundle: Path) -> None:
    take(EXAMPLE)
    replace(bundle / "services.csv", old="12.00", new="13.00")
    replace(bundle / "contracts.csv", old="acme,2026-01-01", new="acme,2026-01-02")
    assert [(problem.file, problem.line, problem.column) for problem in problems_of(bundle)] == [
        ("services.csv", 2, "price"),
        ("contracts.csv", 2, "starts_on"),
    ]


def test_a_refused_row_does_not_blame_the_rows_that_need_it(bundle: Path) -> None:
    replace(bundle / "contracts.csv", old="acme,2026-01-01,", new="acme,2026-01-01,2025-01-01")
    (problem,) = problems_of(bundle)
    assert (problem.file, problem.line) == ("contracts.csv", 2)


def test_the_first_import_needs_a_provider(bundle: Path) -> None:
    (bundle / "provider.csv").unlink()
    (problem,) = problems_of(bundle)
    assert problem.file == "provider.csv"
    assert "the first import" in problem.message
