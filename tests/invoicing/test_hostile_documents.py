"""Texts that want to be more than texts: nothing in them acts on a page (T29)."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from tests.invoicing.golden import golden_documents

from icb.invoicing.design import TEXTS
from icb.invoicing.drawable import drawable
from icb.invoicing.rendering import render

HOSTILE = {
    "Typst": '#panic("x") #read("/etc/passwd") #eval("1") *a* _b_ $c$ <d> @e \\ [f] `g` // h',
    "formula": '=HYPERLINK("http://x","y") +1 -1 @SUM(A1)',
    "markup": "<script>alert(1)</script> {{ 7*7 }} {% debug %} ${7*7} &amp;",
    "control": "bell\x07 escape\x1b[31m null\x00 lone\ud800 delete\x7f bom\ufeff",
    "right to left": "abc \u202e321\u202c \u2066x\u2069 \u200fy\u200e",
    "long": "W" * 300,
    "lines": "one\r\ntwo\u2028three\tfour",
}
_STEERING = set(
    "\x00\x07\x1b\x7f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
)


# What is no text of people: it decides how the data is read.
_FIXED = {"version", "template", "kind", "currency", "language", "country", "design", "working"}
_NUMBERS = {"amount", "net", "tax", "total", "percent", "units", "unit_days", "unit_price"}
_DAYS = {"issued_on", "due_on", "credited_on", "effective_on", "period", "as_of", "from", "on"}
_MORE = {"tax_percent", "opening", "closing", "balance", "label_key", "what", "last", "now"}
_SKIPPED = _FIXED | _NUMBERS | _DAYS | _MORE | {"difference", "tax_parts", "iban"}


def attacked(value: Any, text: str, *, name: str = "") -> Any:
    """The data with the text in every field that people fill."""
    if name in _SKIPPED:
        return value
    if isinstance(value, dict):
        return {key: attacked(one, text, name=key) for key, one in value.items()}
    if isinstance(value, list):
        return [attacked(one, text, name=name) for one in value]
    return text if isinstance(value, str) else value


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", ["invoice-detailed-de", "credit-note", "statement-nl"])
def test_in_every_field_it_is_drawn_as_text(name: str, text: str) -> None:
    data = attacked(golden_documents()[name], text)
    data["design"]["logo"] = ""
    data["design"]["texts"] = {
        # A null character is refused before it is stored.
        part: {data["language"]: text[:80].replace("\x00", "")}
        for part in TEXTS
    }
    content = render(json.dumps(data)).content
    reader = PdfReader(BytesIO(content))
    drawn = "".join(page.extract_text() for page in reader.pages)
    assert not _STEERING & set(drawn)
    assert not any(key in content for key in (b"/JavaScript", b"/Launch", b"/EmbeddedFile"))
    assert all("/Annots" not in page for page in reader.pages)


def test_typst_stands_there_letter_by_letter() -> None:
    data = golden_documents()["invoice-eur"]
    data["organization"]["name"] = '#eval("1+1") *bold* $x$'
    drawn = PdfReader(BytesIO(render(json.dumps(data)).content)).pages[0].extract_text()
    assert '#eval("1+1") *bold* $x$' in drawn


def test_the_other_text_of_a_page_stays_where_it_is() -> None:
    assert drawable("total \u202e00.1\u202c EUR") == "total 00.1 EUR"
    assert drawable("a\x00b\x1b[0mc\ud800d") == "ab[0mcd"
    assert drawable("one\r\ntwo\u2028three\tfour") == "one\ntwo\nthree four"
    assert drawable("ab\u00adc \u0939\u094d\u200d") == "ab\u00adc \u0939\u094d\u200d"
    assert drawable("x" * 50) == "\u200b".join(("x" * 24, "x" * 24, "xx"))
