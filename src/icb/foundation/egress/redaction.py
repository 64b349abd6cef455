"""Taking known secrets out of a text that people will read or that is stored."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

SHOWN_INSTEAD = "(secret)"
_SHORTEST = 4


def without_secrets(text: str, *, secrets: Iterable[str]) -> str:
    """`text` with each secret of 4 or more characters replaced, also in base64, hex and URLs.

    Shorter ones are left: taking out every "1" would spoil the text and hide nothing.
    """
    forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
    if not forms:
        return text
    longest_first = sorted(forms, key=len, reverse=True)
    pattern = "|".join(re.escape(form) for form in longest_first)
    return re.sub(pattern, SHOWN_INSTEAD, text, flags=re.IGNORECASE)


def _forms(secret: str) -> Iterator[str]:
    data = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield quote(secret, safe="", errors="replace")
    yield quote_plus(secret, errors="replace")
    yield binascii.hexlify(data).decode()
    yield ascii(secret)[1:-1]
    for before in range(3):
        yield from _in_base64(data, before=before)


def _in_base64(data: bytes, *, before: int) -> Iterator[str]:
    """How the bytes look in base64 after `before` other ones, without what those blur."""
    encoded = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
    start = (before * 8 + 5) // 6
    whole = (before + len(data)) * 8 // 6
    plain = encoded[start:whole]
    if len(plain) >= _SHORTEST:
        yield plain
        yield plain.replace("+", "-").replace("/", "_")
