"""Every file and every column survives the way out and in again, with something in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.exchange.every_column import EVERYTHING, Rows, write_everything, write_rows
from tests.exchange.test_round_trip import USER, again, in_empty_books, taken_back

from icb.exchange.actions import Importing, import_bundle
from icb.exchange.format import BUNDLE
from icb.exchange.problems import BundleRefused, Problem
from icb.exchange.settings_format import ACCOUNT_KINDS, ELECTRONIC_FORMATS, PLACES, RULE_KINDS
from icb.invoicing.einvoice.examining import FORMATS

pytestmark = pytest.mark.django_db


def read(content: bytes) -> Rows:
    """The rows of a file."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def silent(files: dict[str, Rows], *, is_export: bool) -> list[str]:
    """The columns of the format that say nothing beyond the default in any row of their file.

    Some an export never says: another file says it afterwards.
    """
    return [
        f"{file.file}, {column.name}"
        for file in BUNDLE
        for column in file.columns
        if not (is_export and column.at_first)
        and not any(
            row.get(column.name) and (row[column.name] != column.default or column.required)
            for row in files.get(file.name, [])
        )
    ]


def test_every_column_survives_the_way_out_and_in(tmp_path: Path) -> None:
    write_everything(tmp_path)
    first = in_empty_books(tmp_path)
    exported = {name.removesuffix(".csv"): read(content) for name, content in first.items()}
    assert silent(EVERYTHING, is_export=False) == []
    assert silent(exported, is_export=True) == []
    assert again(first) == first


def test_the_same_bundle_again_changes_nothing(tmp_path: Path) -> None:
    write_everything(tmp_path)
    import_bundle(tmp_path, importing=Importing(USER))
    report = import_bundle(tmp_path, importing=Importing(USER))
    assert not report.is_changed
    assert {file.file for file in report.files} >= {"accounts.csv", "recipients.csv"}


def test_what_a_later_bundle_says_otherwise_is_changed(tmp_path: Path) -> None:
    def later(folder: Path) -> None:
        for name, change in {
            "services": {"active": "no"},
            "recipients": {"name": "Pat Lee", "place": "to", "invoices": "no", "reminders": "yes"},
            "document_choices": {"electronic_format": "ubl", "send_on_issue": ""},
            "accounts": {"name": "Care and more"},
            "account_rules": {"account": "4200"},
            "mapping_templates": {"unit_changes": "adjust_at_period_end"},
        }.items():
            rows = read((folder / f"{name}.csv").read_bytes())
            write_rows(folder / f"{name}.csv", [rows[0] | change, *rows[1:]])
        rows = read((folder / "services.csv").read_bytes())
        write_rows(folder / "services.csv", [rows[0], rows[1] | {"active": "yes"}])
        rows = read((folder / "accounts.csv").read_bytes())
        added = {"code": "4200", "name": "Other", "kind": "revenue", "active": "yes"}
        write_rows(folder / "accounts.csv", [*rows, added])

    write_everything(tmp_path)

    def take() -> None:
        later(tmp_path)
        import_bundle(tmp_path, importing=Importing(USER))

    found = {name: read(content) for name, content in in_empty_books(tmp_path, take).items()}
    recipient = found["recipients.csv"][0]
    assert [recipient[name] for name in ("name", "place", "invoices", "credit_notes")] == [
        "Pat Lee",
        "to",
        "no",
        "no",
    ]
    assert {
        row["organization"]: list(row.values())[1:] for row in found["document_choices.csv"]
    } == {
        "head": ["ubl", ""],
        "acme": ["factur-x", "yes"],
    }
    assert {row["code"]: row["name"] for row in found["accounts.csv"]} == {
        "1300": "Old",
        "2300": "Tax of Quebec",
        "4100": "Care and more",
        "4200": "Other",
    }
    rules = {(row["kind"], row["subject"]): row["account"] for row in found["account_rules.csv"]}
    assert rules["service", "care"] == "4200"
    assert [row["active"] for row in found["services.csv"]] == ["no", "yes"]
    template = {row["billing_type"]: row["unit_changes"] for row in found["mapping_templates.csv"]}
    assert template == {"devices": "adjust_at_period_end", "servers": ""}


def in_second(file: str, column: str, value: str) -> Callable[[Path], None]:
    """Writes that into the column of a new last row, which otherwise says what the first does."""

    def spoil(folder: Path) -> None:
        rows = EVERYTHING[file]
        write_rows(folder / f"{file}.csv", [*rows[1:], {**rows[0], column: value}])

    return spoil


@pytest.mark.parametrize(
    ("file", "column", "value", "said"),
    [
        ("recipients", "organization", "acne", "is not known; known are acme, head"),
        ("recipients", "address", "pat", "pat"),
        ("recipients", "place", "from", "give one of to, cc, bcc"),
        ("recipients", "invoices", "perhaps", "is neither yes nor no"),
        ("recipients", "language", "xx", "give one of en, de, fr, nl, es"),
        ("document_choices", "electronic_format", "pdf", "give one of ubl, factur-x"),
        ("document_choices", "send_on_issue", "later", "give one of yes, no"),
        ("document_choices", "organization", "none", "is not known"),
        ("accounts", "kind", "cost", "give one of receivable, revenue, tax, rounding, bank"),
        ("accounts", "name", "", "is empty; it takes: text"),
        ("account_rules", "account", "9", "is not known; known are 1300, 2300, 4100"),
        ("account_rules", "account", "2300", "this needs one for revenue"),
        ("account_rules", "subject", "", "names what it is for"),
        ("mapping_templates", "billing_type", "none", "is not known"),
        ("mapping_templates", "unit_changes", "never", "give one of"),
    ],
)
def test_a_wrong_cell_is_named_with_its_place(
    tmp_path: Path, file: str, column: str, value: str, said: str
) -> None:
    write_everything(tmp_path)
    in_second(file, column, value)(tmp_path)
    with pytest.raises(BundleRefused) as refused:
        import_bundle(tmp_path, importing=Importing(USER))
    (problem,) = [one for one in refused.value.problems.found if one.file == f"{file}.csv"]
    line = 1 + len(EVERYTHING[file])
    assert problem._replace(message="") == Problem(f"{file}.csv", line, column, value, "")
    assert said in problem.message


def test_an_address_that_stands_twice_in_other_letters_is_refused(tmp_path: Path) -> None:
    write_everything(tmp_path)
    in_second("recipients", "address", "LEE@acme.example")(tmp_path)
    with pytest.raises(BundleRefused, match="Nothing was stored"):
        import_bundle(tmp_path, importing=Importing(USER))


def test_more_rows_ask_the_database_no_more_often(tmp_path: Path) -> None:
    def asked(many: int) -> int:
        folder = tmp_path / str(many)
        folder.mkdir()
        write_everything(folder)
        keys = [f"c{number}" for number in range(many)]
        for name, rows in {
            "organizations": [{"key": key, "name": key} for key in keys],
            "tax_percentages": [
                {"tax": "sales", "region": key, "percent": "7", "part": "1", "name": key}
                for key in keys
            ],
            "tax_exemptions": [
                {"organization": key, "from": "2026-01-01", "reason": "School"} for key in keys
            ],
            "document_choices": [
                {"organization": key, "electronic_format": "ubl", "send_on_issue": "yes"}
                for key in keys
            ],
            "recipients": [{"organization": key, "address": f"{key}@c.example"} for key in keys],
            "accounts": [{"code": key, "name": key, "kind": "revenue"} for key in keys],
            "account_rules": [{"kind": "service", "subject": key, "account": key} for key in keys],
            "mapping_templates": [
                {"template": key, "module": "rmm", "billing_type": "devices", "service": key}
                for key in keys
            ],
        }.items():
            write_rows(folder / f"{name}.csv", [*EVERYTHING[name], *rows])
        with taken_back(), CaptureQueriesContext(connection) as queries:
            import_bundle(folder, importing=Importing(USER))
        return len(queries)

    assert asked(20) == asked(2)


def test_the_words_are_those_of_the_apps() -> None:
    from icb.accounting.models import AccountKind, RuleKind
    from icb.delivery.models import Place

    assert tuple(AccountKind.values) == ACCOUNT_KINDS
    assert tuple(RuleKind.values) == RULE_KINDS
    assert tuple(Place.values) == PLACES
    assert set(FORMATS) == set(ELECTRONIC_FORMATS)
