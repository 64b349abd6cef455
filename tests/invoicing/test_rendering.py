"""Renderings: made once, the same bytes anywhere, whole files."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.invoicing.factory import Books
from tests.invoicing.golden import GOLDEN, golden_documents, logo_of

from icb.foundation.canonical import canonical_json
from icb.foundation.models import Installation, Provider
from icb.invoicing import actions, queries
from icb.invoicing.models import Document, Rendering
from icb.invoicing.rendering import Rendered, render
from icb.invoicing.verify import document_problems
from icb.kernel import clock
from icb.kernel.errors import Broken, Refused

NAMES = sorted(path.name for path in GOLDEN.glob("*.json"))


@pytest.fixture
def books(provider: Provider, settings: Any, tmp_path: Path) -> Iterator[Books]:
    settings.DATA_DIR = tmp_path
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        yield Books()


def golden(name: str) -> str:
    return (GOLDEN / name).read_text("utf-8").rstrip("\n")


def drawn_golden(name: str) -> Rendered:
    text = golden(name)
    return render(text, logo=logo_of(json.loads(text)))


def test_the_golden_data_is_what_the_rules_make_today() -> None:
    made = golden_documents()
    assert sorted(f"{name}.json" for name in made) == NAMES
    assert {f"{name}.json": canonical_json(data) for name, data in made.items()} == {
        name: golden(name) for name in NAMES
    }


@pytest.mark.parametrize("name", NAMES)
def test_golden_data_gives_golden_bytes(name: str) -> None:
    expected = json.loads((GOLDEN / "hashes" / name).read_text("utf-8"))
    drawn = drawn_golden(name)
    assert {"renderer": drawn.renderer, "sha256": drawn.sha256} == expected


@pytest.mark.parametrize("name", NAMES)
def test_another_process_locale_and_zone_give_the_same_bytes(name: str) -> None:
    program = (
        "import sys, pathlib; from icb.invoicing.rendering import render; "
        "print(render(pathlib.Path(sys.argv[1]).read_text('utf-8').rstrip(), logo=sys.argv[2])"
        ".sha256)"
    )
    elsewhere = os.environ | {
        "TZ": "Pacific/Kiritimati",
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, str(GOLDEN / name), logo_of(json.loads(golden(name)))],
        env=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == drawn_golden(name).sha256


def test_the_file_is_for_archives_and_dated_by_its_issue() -> None:
    content = render(golden("invoice-eur.json")).content
    assert content.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>3</pdfaid:part>" in content
    assert b"D:20260701000000" in content
    assert b"<xmp:CreateDate>2026-07-01T00:00:00" in content


def test_a_demo_says_so_on_every_page() -> None:
    data: dict[str, Any] = json.loads(golden("invoice-eur.json"))
    plain = render(json.dumps(data, sort_keys=True)).sha256
    data["is_demo"] = True
    assert render(json.dumps(data, sort_keys=True)).sha256 != plain


def test_text_in_data_is_text_and_not_markup() -> None:
    data: dict[str, Any] = json.loads(golden("invoice-eur.json"))
    data["organization"]["name"] = '#panic("x") *a* _b_ $c$ <d> @e \\ [f] `g` // h'
    data["reason"] = '#read("/etc/passwd")'
    data["lines"][0]["title"] = "#sys.inputs \u202e = 1 + 1"
    assert render(json.dumps(data, sort_keys=True)).content


def test_what_cannot_be_drawn_is_refused_with_a_way_out() -> None:
    data: dict[str, Any] = json.loads(golden("invoice-eur.json"))
    data["organization"]["name"] = "\u6771\u4eac"
    with pytest.raises(Refused, match="fonts folder") as refused:
        render(json.dumps(data, sort_keys=True))
    assert refused.value.code == "cannot_render"


def test_documents_are_rendered_once_into_files_of_their_own(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("icb.invoicing.render_actions.DOCUMENTS_PER_CHUNK", 2)
    for key in ("acme", "birch", "cedar"):
        books.organization(key)
        books.item(key, "5.00", tax_percent=Decimal(20))
    actions.issue_documents()
    seen: list[tuple[int, int]] = []
    assert actions.render_documents(numbers=["2"]) == (1, [])
    result = actions.render_documents(progress=lambda done, total: seen.append((done, total)))
    assert result == (2, [])
    assert seen == [(2, 2)]
    assert actions.render_documents() == (0, [])
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert files == [f"documents/own/INV-00000{n}.pdf" for n in (1, 2, 3)]
    kept = Rendering.objects.get(document__number="INV-000003")
    content = (tmp_path / kept.path).read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (kept.sha256, kept.size)
    assert re.fullmatch(r"typst [\d.]+, document/2", kept.renderer)
    assert all(row.is_rendered for row in queries.documents())
    assert document_problems() == []


def test_a_stop_between_file_and_record_is_made_good(books: Books, tmp_path: Path) -> None:
    books.organization("acme")
    books.item("acme", "5.00")
    actions.issue_documents()
    folder = tmp_path / "documents" / "own"
    folder.mkdir(parents=True)
    (folder / "INV-000001.pdf").write_bytes(b"%PDF half")
    file = actions.rendered_file("last")
    assert file == folder / "INV-000001.pdf"
    assert file.read_bytes() == render(Document.objects.get().data).content
    assert actions.rendered_file("1") == file


def test_one_document_that_cannot_be_drawn_does_not_keep_the_others(books: Books) -> None:
    books.organization("acme")
    books.organization("tokyo")
    books.item("tokyo", "5.00", kind="manual", reason="\u6771\u4eac")
    books.item("acme", "5.00")
    actions.issue_documents()
    result = actions.render_documents()
    assert result.rendered == 1
    assert "INV-000002" in result.problems[0]
    with pytest.raises(Refused, match="INV-000002"):
        actions.rendered_file("2")


def test_a_demo_installation_marks_its_documents(books: Books) -> None:
    Installation.objects.create(created_at=clock.now(), is_demo=True)
    books.organization("acme")
    books.item("acme", "5.00")
    actions.issue_documents()
    assert queries.data_of("last")["is_demo"] is True


def test_a_changed_font_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from icb.invoicing import rendering

    rendering.check_fonts()
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    for file in (rendering._PACKAGE / "fonts").iterdir():
        (fonts / file.name).write_bytes(file.read_bytes())
    (fonts / "Inter-Regular.otf").write_bytes(b"another font")
    monkeypatch.setattr(rendering, "_PACKAGE", tmp_path)
    with pytest.raises(Broken, match=r"Inter-Regular\.otf"):
        rendering.check_fonts()
