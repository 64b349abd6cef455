"""Designs and logos: what is taken, and what is refused with words."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest

from icb.invoicing.design import contrast_to_white, design_of, settings_of
from icb.invoicing.logo import LARGEST, drawing_of
from icb.invoicing.rendering import check_logo
from icb.kernel.errors import InvalidInput

_HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"accent": "#ffff00"}, "accent"),
        ({"accent": "red"}, "accent"),
        ({"accent": "#0f4c75;x"}, "accent"),
        ({"logo": "../../etc/passwd"}, "logo"),
        ({"columns": ["service"]}, "columns"),
        ({"columns": ["net", "tax"]}, "columns"),
        ({"columns": ["service", "net", "net"]}, "columns"),
        ({"columns": ["service", "net", "margin"]}, "columns"),
        ({"columns": "service"}, "columns"),
        ({"grouping": "color"}, "grouping"),
        ({"paper": "a3"}, "paper"),
        ({"is_compact": "yes"}, "is_compact"),
        ({"texts": {"intro": {"xx": "?"}}}, "texts"),
        ({"texts": {"joke": {"en": "?"}}}, "texts"),
        ({"texts": {"heading": {"en": "x" * 81}}}, "heading (en)"),
        ({"script": "x"}, "settings"),
        ({"template": 7}, "template"),
        ({"texts": "Hello"}, "texts"),
        ({"texts": {"intro": "Hello"}}, "texts"),
        ({"texts": {"intro": {"en": 7}}}, "texts"),
    ],
)
def test_what_no_document_can_have_is_refused_by_field(
    settings: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        design_of(settings)
    assert refused.value.details["field"] == field
    assert "Nothing was stored" in refused.value.message


def test_contrast_is_that_of_the_formula() -> None:
    assert contrast_to_white("#000000") == 21
    assert contrast_to_white("#ffffff") == 1
    assert f"{contrast_to_white('#767676'):.2f}" == "4.54"


def test_blank_texts_are_not_kept() -> None:
    design = design_of({"texts": {"footer": {"de": " ", "en": "Hello"}, "intro": {"en": ""}}})
    assert settings_of(design)["texts"] == {"footer": {"en": "Hello"}}


_PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def png(width: int = 4, height: int = 2) -> bytes:
    def part(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x10\x40\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def test_a_photograph_is_measured_by_its_frame() -> None:
    """The smallest JPEG that says its size: a comment, then a frame of 5 by 3."""
    frame = b"\xff\xc0\x00\x0b\x08\x00\x03\x00\x05\x01\x01\x11\x00"
    drawing = drawing_of(b"\xff\xd8\xff\xfe\x00\x04hi" + frame + b"\xff\xd9")
    assert 'width="5" height="3"' in drawing


def test_a_picture_is_put_whole_into_a_drawing() -> None:
    drawing = drawing_of(png())
    assert 'width="4" height="2"' in drawing
    assert "data:image/png;base64," in drawing
    check_logo(drawing)


def test_of_an_svg_is_kept_what_can_be_drawn() -> None:
    drawing = drawing_of(
        f'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "a" "b">{_HEAD} xmlns:ink="http://ink" '
        'ink:version="1" viewBox="0 0 9 9"><title>t</title><ink:grid/><metadata>m</metadata>'
        '<style>.a{fill:url(#g)}</style><linearGradient id="g" xlink:href="#h"/>'
        '<path class="a" d="M0 0h9v9z"/></svg>'.encode()
    )
    assert "ink" not in drawing
    assert "metadata" not in drawing
    assert 'href="#h"' in drawing
    check_logo(drawing)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"GIF89a", "neither a PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 40, "damaged PNG"),
        (png()[:-6], "damaged PNG"),
        (png().replace(b"IDAT", b"JDAT"), "damaged PNG"),
        (png(width=9999, height=1), "pixels"),
        (b"\xff\xd8\xff\xe0\x00\x02\xff\xd9", "JPEG"),
        (b"x" * (LARGEST + 1), "at most"),
        (f"{_HEAD} onload='x()'/>".encode(), "script"),
        (f"{_HEAD}><script>x()</script></svg>".encode(), "<script>"),
        (f"{_HEAD}><foreignObject/></svg>".encode(), "<foreignObject>"),
        (f"{_HEAD}><text>a</text></svg>".encode(), "outlines"),
        (f"{_HEAD}><image href='http://x'/></svg>".encode(), "<image>"),
        (f"{_HEAD}><use xlink:href='#a'/></svg>".encode(), "<use>"),
        (f"{_HEAD}><linearGradient xlink:href='http://x'/></svg>".encode(), "outside"),
        (f"{_HEAD}><rect fill='url(http://x)'/></svg>".encode(), "outside"),
        (f"{_HEAD}><rect style='fill: url( \"//x\")'/></svg>".encode(), "outside"),
        (f"{_HEAD}><style>@import 'x';</style></svg>".encode(), "outside"),
        (f"<!DOCTYPE svg [<!ENTITY a 'b'>]>{_HEAD}/>".encode(), "entities"),
        (b"<svg", "damaged SVG"),
        (b"<svg/>", "outermost"),
        (f"{_HEAD}>{'<g/>' * 20_001}</svg>".encode(), "pieces"),
        (b"\xff\xfe\x00\xd8", "neither a PNG"),
        (_PNG_HEAD + b"\x00\x00\xff\xffIHDR" + b"0" * 40, "damaged PNG"),
    ],
)
def test_what_could_do_more_than_be_seen_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(InvalidInput, match="Nothing was stored") as refused:
        drawing_of(content)
    assert says in refused.value.message
