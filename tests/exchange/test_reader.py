"""Files as spreadsheets of other locales write them are read, or refused with their place."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from icb.exchange.decoding import dialect_of
from icb.exchange.file_format import FileFormat
from icb.exchange.format import BUNDLE, ORGANIZATIONS, SERVICES
from icb.exchange.problems import SHOWN, Problems
from icb.exchange.reader import Row, bundle_files, opened, read_rows
from icb.exchange.writer import write_file

TEXT = "key,name\nacme,Müller & Söhne\n"


def read(path: Path, *, file_format: FileFormat = ORGANIZATIONS) -> tuple[list[Row], Problems]:
    problems = Problems()
    with opened(path, file_format=file_format, problems=problems) as file:
        rows = read_rows(file, problems=problems) if file else []
    return rows, problems


def read_text(folder: Path, text: str) -> tuple[list[Row], Problems]:
    path = folder / "organizations.csv"
    path.write_bytes(text.encode())
    return read(path)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("cp1252"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode(),
        ("sep=;\r\n" + TEXT.replace(",", ";")).encode("cp1252"),
        (TEXT + "\n;;\n").replace(",", ";").encode(),
    ],
)
def test_every_usual_encoding_and_separator_gives_the_same_row(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "organizations.csv"
    path.write_bytes(content)
    rows, problems = read(path)
    assert problems.found == []
    assert [row.cells[:2] for row in rows] == [("acme", "Müller & Söhne")]
    assert set(rows[0].cells[2:]) == {None}


def test_a_guessed_encoding_is_said(tmp_path: Path) -> None:
    path = tmp_path / "organizations.csv"
    path.write_bytes(TEXT.encode("cp1252"))
    assert "Windows-1252" in dialect_of(path).note
    path.write_bytes(TEXT.encode())
    assert dialect_of(path).note == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (TEXT.encode("utf-16-le"), "UTF-16 without its byte order mark"),
        (TEXT.encode() + "näme".encode("cp1252"), "not readable as utf-8"),
        (b"key,name\nacme,\x81\n", "not readable as cp1252"),
        (b"sep=|\nkey|name\n", "names the separator '|'"),
        (b"", "is missing"),
    ],
)
def test_an_unreadable_file_is_refused_by_name(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "organizations.csv"
    path.write_bytes(content)
    rows, problems = read(path)
    assert rows == []
    assert problems.found[0].file == "organizations.csv"
    assert message in problems.found[0].message


@pytest.mark.parametrize(
    ("header", "column", "message"),
    [
        ("key,name,wheels", "wheels", "is not a column of this file; allowed: key, name"),
        ("key,name,adress", "adress", "is address meant?"),
        ("key,name,name", "name", "stands twice"),
        ("key", "name", "is missing"),
    ],
)
def test_a_wrong_header_is_refused_by_column(
    header: str, column: str, message: str, tmp_path: Path
) -> None:
    _, problems = read_text(tmp_path, f"{header}\n")
    (problem,) = problems.found
    assert (problem.line, problem.column) == (1, column)
    assert message in problem.message


def test_a_cell_is_refused_with_file_line_column_and_value(tmp_path: Path) -> None:
    text = 'key,name,type\nacme,"two\nlines",customer\nbirch,Birch,friend\n'
    rows, problems = read_text(tmp_path, text)
    assert [row.cells[0] for row in rows] == ["acme"]
    (problem,) = problems.found
    assert str(problem).startswith(
        "organizations.csv, line 4, column type: 'friend': is not allowed"
    )
    assert "customer, lead" in problem.message


def test_an_uneven_row_is_refused_with_its_line(tmp_path: Path) -> None:
    rows, problems = read_text(tmp_path, "key,name\nacme\nbirch,Birch,,\n")
    assert [row.line for row in rows] == [3]
    assert problems.found[0].line == 2
    assert "has 1 cells, the header in line 1 has 2" in problems.found[0].message


def test_a_broken_quotation_is_refused_with_its_line(tmp_path: Path) -> None:
    _, problems = read_text(tmp_path, 'key,name\nacme,"Acme" Ltd\n')
    assert problems.found[0].line == 2
    assert "quotation marks" in problems.found[0].message


def test_an_empty_required_cell_is_refused(tmp_path: Path) -> None:
    _, problems = read_text(tmp_path, "key,name\n,Acme\n")
    assert "is empty" in problems.found[0].message


def test_the_first_thousand_problems_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    _, problems = read_text(tmp_path, "key,name\n" + ",x\n" * (SHOWN + 5))
    assert len(problems.found) == SHOWN
    assert problems.count == SHOWN + 5


def test_an_unknown_file_is_refused_by_name_and_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "organisations.csv").touch()
    (tmp_path / "notes.txt").touch()
    problems = Problems()
    assert bundle_files(tmp_path, problems=problems) == {}
    (problem,) = problems.found
    assert problem.file == "organisations.csv"
    assert "is organizations.csv meant?" in problem.message


def test_a_written_file_reads_back(tmp_path: Path) -> None:
    values = ["=cmd|' /C calc'!A0", '-acme, "quoted"', "12.5", "", "'", "no"]
    write_file(tmp_path, file_format=SERVICES, rows=[values])
    rows, problems = read(tmp_path / "services.csv", file_format=SERVICES)
    assert problems.found == []
    assert list(rows[0].cells) == values
    assert "\n'=cmd" in (tmp_path / "services.csv").read_text()


def test_every_reference_names_a_file_and_every_key_a_column() -> None:
    names = {file_format.name for file_format in BUNDLE}
    for file_format in BUNDLE:
        assert set(file_format.key) <= {column.name for column in file_format.columns}
        assert {column.refers_to for column in file_format.columns} - {""} <= names
