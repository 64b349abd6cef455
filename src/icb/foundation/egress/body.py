"""Reading an answer's body to its end, unpacked and never beyond its limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from icb.foundation.egress.problems import BadAnswer

ACCEPTED = "gzip"
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_PIECE = 256 * 1024


def read_body(chunks: Iterable[bytes], *, encoding: str, limit: int) -> bytes:
    """The body, unpacked; BadAnswer where it is beyond `limit` bytes or not packed as it says."""
    pieces, size = [], 0
    for piece in _unpacked(chunks, encoding=encoding.strip().lower()):
        size += len(piece)
        if size > limit:
            raise too_large(limit)
        pieces.append(piece)
    return b"".join(pieces)


def too_large(limit: int) -> BadAnswer:
    """The error for an answer beyond `limit` bytes."""
    return BadAnswer(f"The answer is larger than {limit // 1024:,} KB")


def _unpacked(chunks: Iterable[bytes], *, encoding: str) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        return iter(chunks)
    if encoding not in _WINDOWS:
        raise BadAnswer("The answer is packed in a way that was not asked for")
    return _inflated(chunks, window=_WINDOWS[encoding])


def _inflated(chunks: Iterable[bytes], *, window: int) -> Iterator[bytes]:
    """The unpacked bytes in bounded pieces, however much a small chunk unpacks to."""
    packer = zlib.decompressobj(window)
    is_empty = True
    try:
        for chunk in chunks:
            is_empty = is_empty and not chunk
            yield from _pieces(packer, chunk)
    except zlib.error as error:
        raise BadAnswer("The answer is not packed as its headers say") from error
    if not packer.eof and not is_empty:
        raise BadAnswer("The packed answer ends before its end")


def _pieces(packer: zlib._Decompress, chunk: bytes) -> Iterator[bytes]:
    rest, is_more = chunk, True
    while is_more and not packer.eof:
        piece = packer.decompress(rest, _PIECE)
        rest = packer.unconsumed_tail
        is_more = bool(rest) or len(piece) == _PIECE
        yield piece
    if packer.eof and (packer.unused_data or rest):
        raise BadAnswer("The packed answer goes on behind its end")
