"""Files that are broken, or made to harm, are refused at once, in words, within little memory."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import date
from datetime import time as time_of_day
from pathlib import Path

import pytest
from tests.exchange.count_files.workbooks import repacked, workbook

from icb.exchange.count_files.opening import open_sheet
from icb.exchange.count_files.plan import plan
from icb.exchange.count_files.profile import Profile
from icb.exchange.count_files.sheets import LARGEST_FILE, BadFile

HEAD = ["Day", "Id", "Type", "Count"]
PROFILE = Profile(layout="long", organization="Id", day="Day", billing_type="Type", count="Count")
SECONDS = 2
MEGABYTES = 200


def read(path: Path) -> None:
    with open_sheet(path) as sheet:
        plan(sheet, profile=PROFILE, day=None, today=date(2026, 6, 20))


def sheet_with(*cells: object) -> Callable[[Path], Path]:
    return lambda folder: workbook(folder / "a.xlsx", [HEAD, list(cells)])


def text(content: str | bytes, name: str = "a.csv") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def parts(**found: bytes) -> Callable[[Path], Path]:
    named = {name.replace("__", "/").replace("_dot_", "."): each for name, each in found.items()}
    return lambda folder: repacked(workbook(folder / "a.xlsx", [HEAD]), parts=named)


def outside(folder: Path) -> Path:
    return repacked(workbook(folder / "a.xlsx", [HEAD]), parts={"../../evil.xml": b"<a/>"})


def bomb(folder: Path) -> Path:
    path = workbook(folder / "a.xlsx", [HEAD])
    return repacked(path, parts={"xl/media/zeros.bin": b"\0" * 300_000_000})


def strings(folder: Path) -> Path:
    """Shared texts that unpack to much more than the file has."""
    path = workbook(folder / "a.xlsx", [HEAD])
    inner = b"<si><t>" + b"x" * 100 + b"</t></si>"
    return repacked(path, parts={"xl/sharedStrings.xml": b"<sst>" + inner * 300_000 + b"</sst>"})


def laughs(folder: Path) -> Path:
    lines = [b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">']
    for number in range(1, 12):
        lines.append(b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10))
    lines.append(b"]><sst><si><t>&l11;</t></si></sst>")
    path = workbook(folder / "a.xlsx", [HEAD])
    return repacked(path, parts={"xl/sharedStrings.xml": b"".join(lines)})


def many_parts(folder: Path) -> Path:
    extra = {f"xl/media/{number}.bin": b"x" for number in range(600)}
    return repacked(workbook(folder / "a.xlsx", [HEAD]), parts=extra)


def far_row(folder: Path) -> Path:
    rows = b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    return _with_sheet(folder, rows)


def far_column(folder: Path) -> Path:
    return _with_sheet(folder, b'<row r="1"><c r="XFD1"><v>1</v></c></row>')


def infinite(folder: Path) -> Path:
    head = b"".join(
        b'<c r="%s1" t="inlineStr"><is><t>%s</t></is></c>' % (column, name)
        for column, name in ((b"A", b"Day"), (b"B", b"Id"), (b"C", b"Type"), (b"D", b"Count"))
    )
    row = b'<row r="2"><c r="D2"><v>1e999</v></c></row>'
    return _with_sheet(folder, b'<row r="1">' + head + b"</row>" + row)


def _with_sheet(folder: Path, rows: bytes) -> Path:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (space, rows)
    path = workbook(folder / "a.xlsx", [HEAD])
    return repacked(path, parts={"xl/worksheets/sheet1.xml": sheet})


def cut(folder: Path) -> Path:
    path = workbook(folder / "a.xlsx", [HEAD, ["2026-06-01", 7, "a", 1]])
    path.write_bytes(path.read_bytes()[:-200])
    return path


def other_package(folder: Path) -> Path:
    path = folder / "a.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("hello.txt", "no workbook")
    return path


def huge(folder: Path) -> Path:
    path = folder / "a.csv"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    return path


LINE = b"2026-06-01,7,seats,1\n"
CORPUS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "zip bomb": (bomb, "unpacks to 300,"),
    "bomb of texts": (strings, "unpacks to"),
    "entities": (laughs, "declares entities"),
    "a part outside": (outside, "names a part outside of itself"),
    "too many parts": (many_parts, "parts; at most 500"),
    "a row far down": (far_row, "rows; bring it in parts"),
    "a column far out": (far_column, "more than 500 columns"),
    "a number without end": (infinite, "a number that is not exact"),
    "cut off": (cut, "cannot be read as a workbook"),
    "another package": (other_package, "cannot be read as a workbook"),
    "text named as a workbook": (text("Day,Id\n", "a.xlsx"), "cannot be read as a workbook"),
    "a formula": (sheet_with("2026-06-01", 7, "a", "=1+1"), "holds a formula"),
    "an error": (sheet_with("2026-06-01", 7, "a", "#N/A"), "holds the error"),
    "a time of day": (sheet_with("2026-06-01", 7, "a", time_of_day(3)), "no text, number or day"),
    "a fraction as id": (sheet_with("2026-06-01", 7.5, "a", 1), "is no id"),
    "truth as id": (sheet_with("2026-06-01", True, "a", 1), "is no id"),
    "a number as day": (sheet_with(46000, 7, "a", 1), "is not a day"),
    "a day as count": (sheet_with("2026-06-01", 7, "a", date(2026, 6, 1)), "is no count"),
    "a broken sheet": (parts(xl__worksheets__sheet1_dot_xml=b"<worksheet><sheetDa"), "cannot be"),
    "huge": (huge, "bytes; at most"),
    "many rows": (text(b"Day,Id,Type,Count\n" + LINE * 200_001), "more than 200,000 rows"),
    "a long cell": (text("Day,Id,Type,Count\n2026-06-01," + "7" * 10_050), "field larger"),
    "a quotation mark": (text('Day,Id,Type,Count\n2026-06-01,"7,a,1\n'), "quotation marks"),
    "many columns": (text(",".join(f"c{n}" for n in range(600))), "more than 500 columns"),
    "no text": (text(b"\x00\x01\x02" * 1000), "UTF-16 without"),
    "half UTF-8": (text("Day,Id,Type,Count\né".encode() + b"\xe9\n"), "not readable as utf-8"),
    "nothing": (text(""), "it is empty"),
    "blank lines": (text("\n\n\n"), "has no header"),
    "a header alone": (text("Day,Id,Type,Count\n"), "no row below its header"),
    "a name twice": (text("Day,Id,id,Count\n1,2,3,4\n"), "names id more than once"),
    "a column that is gone": (text("Day,Id,Count\n2026-06-01,7,1\n"), "no column Type"),
    "another kind": (text("%PDF", "a.pdf"), "its kind is not known"),
    "a thousands sign": (text('Day,Id,Type,Count\n2026-06-01,7,a,"1,000"\n'), "has a comma"),
}


@pytest.mark.parametrize("name", CORPUS)
def test_it_is_refused_in_words_and_at_once(name: str, tmp_path: Path) -> None:
    make, problem = CORPUS[name]
    path = make(tmp_path)
    began = time.perf_counter()
    with pytest.raises(BadFile) as caught:
        read(path)
    assert time.perf_counter() - began < SECONDS
    assert problem in caught.value.message
    assert "Nothing was stored" in caught.value.message
    assert {found.name for found in tmp_path.iterdir()} == {path.name}


MEASURED = ("zip bomb", "bomb of texts", "entities", "a row far down", "many rows", "huge")
PROGRAM = """
import resource, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from icb.exchange.count_files.opening import open_sheet
from icb.exchange.count_files.sheets import BadFile
import openpyxl
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with open_sheet(Path(sys.argv[1])) as sheet:
        for row in sheet.rows:
            pass
except BadFile:
    pass
else:
    sys.exit("it was read")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("name", MEASURED)
def test_it_takes_little_memory(name: str, tmp_path: Path) -> None:
    path = CORPUS[name][0](tmp_path)
    source = str(Path(__file__).parents[3] / "src")
    command = [sys.executable, "-c", PROGRAM, str(path), source]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert int(result.stdout) < MEGABYTES
