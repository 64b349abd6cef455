"""Taking known secrets out of a text that people will read or that is stored."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator

SHOWN_INSTEAD = "(secret)"
_SHORTEST = 4


def without_secrets(text: str, *, secrets: Iterable[str]) -> str:
    """`text` with each secret of 4 or more characters replaced, also where it is encoded.

    Known are base64, hexadecimal, URLs, and the escapes of JSON and Python. Shorter secrets are
    left: taking out every "1" would spoil the text and hide nothing.
    """
    forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
    if not forms:
        return text
    longest_first = sorted(forms, key=len, reverse=True)
    return re.sub("|".join(longest_first), SHOWN_INSTEAD, text, flags=re.IGNORECASE)


def _forms(secret: str) -> Iterator[str]:
    """Patterns of how a secret could stand in a text."""
    data = secret.encode("utf-8", "surrogatepass")
    yield "".join(_character(one) for one in secret)
    plain = {
        data.hex(),
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        repr(data)[2:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }
    for before in range(3):
        plain.update(_in_base64(data, before=before))
    yield from (re.escape(form) for form in plain)


def _character(one: str) -> str:
    """A character as it is or as in a URL, where every program escapes others."""
    escaped = "".join(f"%{byte:02x}" for byte in one.encode("utf-8", "surrogatepass"))
    also = r"|\+" if one == " " else ""
    return f"(?:{re.escape(one)}|{escaped}{also})"


def _in_base64(data: bytes, *, before: int) -> Iterator[str]:
    """How the bytes look in base64 after `before` other ones, without what those blur."""
    encoded = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
    start = (before * 8 + 5) // 6
    whole = (before + len(data)) * 8 // 6
    plain = encoded[start:whole]
    if len(plain) >= _SHORTEST:
        yield plain
        yield plain.replace("+", "-").replace("/", "_")
