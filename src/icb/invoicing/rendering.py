"""The bytes of a document: the same for the same data, on every machine and at any time.

Pure but for reading the template and fonts that ship with the package. The fonts of the machine
are never used; a folder of further fonts (for scripts that the shipped one lacks) may be named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

import typst

from icb.invoicing.document_page import document_page
from icb.invoicing.drawable import drawable_tree
from icb.invoicing.page_parts import Page
from icb.invoicing.statement_page import statement_page
from icb.invoicing.wording import wording
from icb.kernel.errors import Broken, InvalidInput, Refused

_PACKAGE = Path(__file__).parent
_PAGES: Mapping[str, Callable[[Page], Page]] = {
    "document/2": document_page,
    "statement/1": statement_page,
}
STANDARD: Final = "a-3b"
"""PDF/A-3: fit for archives, and for carrying an electronic invoice inside."""


PAGE_PPI: Final = 120
"""So fine are pages drawn as pictures: an A4 page is 992 points wide."""


class Rendered(NamedTuple):
    """A document's bytes, their SHA-256 and what made them."""

    content: bytes
    sha256: str
    renderer: str


def render(data_text: str, *, logo: str = "", fonts: Path | None = None) -> Rendered:
    """The PDF of a document's or a statement's data (canonical JSON): plain PDF/A-3.

    `logo` is the drawing (SVG) that the data's design names by its hash; nothing else than these
    two decides the bytes. The time inside the file is the issue date's midnight in UTC, never the
    present. Nothing is attached: who attaches an electronic invoice does so to these bytes
    afterwards. Raises Refused with `cannot_render` where the data holds what cannot be drawn, such
    as a letter that no font has; the document itself is safe.
    """
    data = json.loads(data_text)
    page = _page(data)
    drawn_on = datetime.combine(date.fromisoformat(page["date"]), time(), UTC)
    try:
        content = _compiler(data["template"], fonts).compile(
            format="pdf",
            sys_inputs=_inputs(page, logo),
            pdf_standards=[STANDARD],
            # What a template would take for the present, were it to ask.
            timestamp=int(drawn_on.timestamp()),
        )
    except typst.TypstError as error:
        raise _cannot_render(_called(page), error) from error
    assert isinstance(content, bytes)  # one PDF, whatever its number of pages
    return Rendered(content, hashlib.sha256(content).hexdigest(), renderer_of(data["template"]))


def pages(
    data_text: str, *, is_preview: bool = False, logo: str = "", fonts: Path | None = None
) -> list[bytes]:
    """The pages as pictures (PNG), drawn by the template of the PDF. Stores nothing.

    `is_preview` marks each page as no document yet. Raises Refused with `cannot_render`.
    """
    return list(_pages(data_text, is_preview, logo, fonts))


@lru_cache(maxsize=8)
def _pages(data_text: str, is_preview: bool, logo: str, fonts: Path | None) -> tuple[bytes, ...]:
    """Kept for a moment: a browser asks for the pages of a document one by one."""
    data = json.loads(data_text)
    page = _page(data)
    if is_preview:
        page["mark"] = wording(data["language"]).say("preview_mark")
    try:
        drawn = _compiler(data["template"], fonts).compile(
            format="png", ppi=PAGE_PPI, sys_inputs=_inputs(page, logo)
        )
    except typst.TypstError as error:
        raise _cannot_render(_called(page), error) from error
    return (drawn,) if isinstance(drawn, bytes) else tuple(drawn or ())


def _page(data: Page) -> Page:
    page: Page = drawable_tree(_PAGES[data["template"]](data))
    return page


def _inputs(page: Page, logo: str) -> dict[str, str]:
    inputs = {"page": json.dumps(page, ensure_ascii=False)}
    return inputs | {"logo": logo} if logo else inputs


def _called(page: Page) -> str:
    return str(page["number"] or page["title"])


def check_logo(drawing: str) -> None:
    """InvalidInput where a logo cannot be drawn."""
    source = '#image(bytes(sys.inputs.logo), format: "svg", height: 16mm, alt: "logo")'
    try:
        typst.compile(
            source.encode(),
            format="pdf",
            sys_inputs={"logo": drawing},
            ignore_system_fonts=True,
            pdf_standards=[STANDARD],
            timestamp=0,
        )
    except typst.TypstError as error:
        raise InvalidInput(
            field="logo",
            message=f"logo: it cannot be drawn: {_said(error)}. Nothing was stored. Export it as "
            "plain SVG or as PNG.",
        ) from error


def renderer_of(template: str) -> str:
    """Name and version of what makes the bytes: the compiler and the template."""
    return f"typst {version('typst')}, {template}"


def check_fonts() -> None:
    """Broken where a shipped font is not the one that its manifest names."""
    folder = _PACKAGE / "fonts"
    for entry in json.loads((folder / "manifest.json").read_text("utf-8"))["files"]:
        if hashlib.sha256((folder / entry["name"]).read_bytes()).hexdigest() != entry["sha256"]:
            raise Broken(
                "font_changed",
                f"The font {entry['name']} is not the one that the package shipped. Nothing was "
                "rendered. Install the package again.",
            )


@lru_cache(maxsize=4)
def _compiler(template: str, fonts: Path | None) -> typst.Compiler:
    """A compiler that has its fonts loaded: most of the time of a first rendering."""
    check_fonts()
    folders = [_PACKAGE / "fonts", *([fonts] if fonts is not None else [])]
    return typst.Compiler(
        str(_PACKAGE / "templates" / f"{template.partition('/')[0]}.typ"),
        root=_PACKAGE / "templates",
        font_paths=[str(folder) for folder in folders],
        ignore_system_fonts=True,
    )


def _cannot_render(number: str, error: typst.TypstError) -> Refused:
    return Refused(
        "cannot_render",
        f"{number} cannot be drawn: {_said(error)}. What is issued is safe. Where letters are "
        "missing, put a font that has them into the fonts folder of the data folder and render "
        "again.",
        number=number,
    )


def _said(error: typst.TypstError) -> str:
    return " ".join(str(error).split()).rstrip(".")
