"""Keys of people in addresses: any text that a key may be, in one part of a path."""

from __future__ import annotations

import re

from django.urls import register_converter

ONE = "<key:key>"
"""In an address: the key of the one thing that the page is about."""
_PLAIN = {"~~": "~", "~-": "/", "~.": "."}


class KeyInAddress:
    """A key as one part of a path.

    A slash would begin another part, and a part of dots alone is taken out by browsers, so both
    stand there as two letters, the first of which is `~`.
    """

    regex = "[^/]+"

    def to_python(self, text: str) -> str:
        """The key that the part of the path stands for."""
        return re.sub("~[~.-]", lambda found: _PLAIN[found[0]], text)

    def to_url(self, key: str) -> str:
        """The part of the path that stands for the key."""
        escaped = key.replace("~", "~~").replace("/", "~-")
        return f"~{escaped}" if escaped.startswith(".") else escaped


register_converter(KeyInAddress, "key")
