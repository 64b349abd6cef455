"""Pictures for the head of documents: what is taken, and the one form in which it is kept. Pure.

Everything becomes SVG: what can be drawn of an SVG file is copied piece by piece, so that nothing
in it runs or reaches outside; a PNG or JPEG is put whole into one.
"""

from __future__ import annotations

import re
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Final, NoReturn
from xml.etree import ElementTree

from icb.kernel.errors import InvalidInput

LARGEST: Final = 300_000
"""Bytes that a file may have: it goes into every PDF."""
_MOST_PIXELS: Final = 2500  # across, and down
_MOST_PIECES: Final = 5000
_SVG: Final = "http://www.w3.org/2000/svg"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_FRAMES: Final = {0xC0, 0xC1, 0xC2}  # kinds of JPEG that readers of PDF take

_PIECES: Final = {
    "svg",
    "g",
    "defs",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
    "style",
}
_LEFT_OUT: Final = {"title", "desc", "metadata"}
_UNSAFE_STYLE: Final = re.compile(r"@|\\|expression|javascript", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"url\s*\(([^)]*)", re.IGNORECASE)


def drawing_of(content: bytes) -> str:
    """The drawing (SVG) of an uploaded PNG, JPEG or SVG file.

    Raises InvalidInput, naming what is wrong, for another kind of file, one that is too large or
    damaged, and an SVG with scripts, texts, pictures or links.
    """
    if len(content) > LARGEST:
        _refuse(f"it has {len(content):,} bytes; at most {LARGEST:,} are taken. Make it smaller.")
    if content.startswith(_PNG):
        return _wrapped(content, "png", *_size_of_png(content))
    if content.startswith(_JPEG):
        return _wrapped(content, "jpeg", *_size_of_jpeg(content))
    return _cleaned(content)


def _wrapped(content: bytes, kind: str, width: int, height: int) -> str:
    if not (0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS):
        _refuse(
            f"it is {width} by {height} pixels; at most {_MOST_PIXELS} each way are taken. Make it "
            "smaller."
        )
    data = b64encode(content).decode("ascii")
    return (
        f'<svg xmlns="{_SVG}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/{kind};base64,{data}"/></svg>'
    )


def _size_of_png(content: bytes) -> tuple[int, int]:
    """Width and height, after every part was compared with its checksum."""
    kinds = []
    at = len(_PNG)
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, end = content[at + 4 : at + 8], at + 8 + length
        if end + 4 > len(content):
            break
        if zlib.crc32(content[at + 4 : end]) != struct.unpack_from(">I", content, end)[0]:
            break
        kinds.append(kind)
        at = end + 4
    if not kinds or kinds[0] != b"IHDR" or kinds[-1] != b"IEND" or b"IDAT" not in kinds:
        _refuse("it is a damaged PNG file. Store it again from the program that made it.")
    width, height = struct.unpack_from(">II", content, len(_PNG) + 8)
    return width, height


def _size_of_jpeg(content: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF and content[at + 1] not in _FRAMES:
        at += 2 + struct.unpack_from(">H", content, at + 2)[0]
    is_frame = at + 9 <= len(content) and content[at] == 0xFF
    if not is_frame or not content.rstrip(b"\0").endswith(b"\xff\xd9"):
        _refuse("it is a JPEG file that is damaged or of a rare kind. Store it again as PNG.")
    height, width = struct.unpack_from(">HH", content, at + 5)
    return width, height


def _cleaned(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    if "<svg" not in text:
        _refuse("it is neither a PNG, a JPEG nor an SVG file.")
    if "<!ENTITY" in text or re.search(r"<!DOCTYPE[^>]*\[", text):
        _refuse("it defines entities. Export it as plain SVG.")
    try:
        root = ElementTree.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", text))
    except ElementTree.ParseError as error:
        _refuse(f"it is a damaged SVG file ({error}).")
    if root.tag != f"{{{_SVG}}}svg":
        _refuse("its outermost element is not an SVG drawing.")
    if sum(1 for _ in root.iter()) > _MOST_PIECES:
        _refuse(f"it has more than {_MOST_PIECES} pieces. Simplify it.")
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(_copy(root), encoding="unicode")


def _copy(piece: ElementTree.Element) -> ElementTree.Element:
    name = _name(piece)
    if name not in _PIECES:
        _refuse(
            f"it holds <{name}>. Scripts, texts, pictures and links are not taken: turn texts into "
            "outlines and export it as plain SVG."
        )
    made = ElementTree.Element(f"{{{_SVG}}}{name}", dict(_attributes(piece)))
    if name == "style" and piece.text:
        made.text = _safe(piece.text)
    made.extend([_copy(child) for child in piece if _is_taken(child)])
    return made


def _is_taken(piece: ElementTree.Element) -> bool:
    """Notes that programs leave for themselves are not copied."""
    tag = piece.tag
    return isinstance(tag, str) and tag.startswith(f"{{{_SVG}}}") and _name(piece) not in _LEFT_OUT


def _attributes(piece: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for name, value in piece.attrib.items():
        bare = name.rpartition("}")[2]
        if bare.lower().startswith("on"):
            _refuse(f"it holds a script ({bare}). Export it as plain SVG.")
        if bare == "href":
            if not value.startswith("#"):
                _refuse("it links to something outside. Export it as plain SVG.")
            yield "href", value
        elif not name.startswith("{"):
            yield name, _safe(value)


def _safe(value: str) -> str:
    outside = [to for to in _REFERENCE.findall(value) if not to.strip(" '\"\t\n").startswith("#")]
    if outside or _UNSAFE_STYLE.search(value):
        _refuse("its styles reach outside. Export it as plain SVG.")
    return value


def _name(piece: ElementTree.Element) -> str:
    return str(piece.tag).rpartition("}")[2]


def _refuse(says: str) -> NoReturn:
    raise InvalidInput(field="logo", message=f"logo: {says} Nothing was stored.")
