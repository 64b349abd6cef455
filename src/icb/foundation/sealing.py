"""Sealing short texts with AES-GCM under a ring of keys.

A sealed text names the key it was sealed with and opens only at the place it was sealed for:
moved to another provider, field or row it does not open. The newest key of the ring seals, all of
them open, so that keys are changed while the program runs.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from icb.kernel.errors import Broken, InvalidInput

_FORMAT = "icb1"
_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True)
class KeyRing:
    """Keys by name, newest first."""

    keys: dict[str, bytes] = field(repr=False)

    @classmethod
    def read(cls, text: str) -> KeyRing:
        """The ring in a text of name:base64 parts; InvalidInput where it is none."""
        keys = {}
        for part in text.split(","):
            name, separator, encoded = part.strip().partition(":")
            key = _decoded(encoded)
            if not separator or not name or name in keys or len(key) != _KEY_BYTES:
                raise InvalidInput(
                    field="ICB_DATA_KEYS",
                    message="ICB_DATA_KEYS: this is no key ring. Nothing was started. Write "
                    "name:base64 of 32 bytes for each key, newest first, separated by commas.",
                )
            keys[name] = key
        return cls(keys)

    @property
    def newest(self) -> str:
        """The name of the key that seals."""
        return next(iter(self.keys))

    def seal(self, text: str, *, place: str) -> str:
        """`text` sealed for a place, which says whose it is and where it stands."""
        nonce = os.urandom(_NONCE_BYTES)
        name = self.newest
        closed = AESGCM(self.keys[name]).encrypt(nonce, text.encode(), _bound(name, place))
        return f"{_FORMAT}:{name}:{base64.b64encode(nonce + closed).decode()}"

    def open(self, sealed: str, *, place: str) -> str:
        """The text that was sealed for this place.

        Raises Broken where its key is not on the ring, and where it was changed or moved.
        """
        name, content = self._parts(sealed)
        nonce, closed = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
        try:
            opened = AESGCM(self.keys[name]).decrypt(nonce, closed, _bound(name, place))
        except (InvalidTag, ValueError) as error:
            raise Broken(
                "sealed_text_changed",
                "A stored secret was changed or moved since it was stored, and does not open. "
                "Nothing was changed. Enter the secret anew.",
            ) from error
        return opened.decode()

    def is_newest(self, sealed: str) -> bool:
        """Whether a text was sealed with the key that seals now."""
        return sealed.startswith(f"{_FORMAT}:{self.newest}:")

    def is_on_ring(self, sealed: str) -> bool:
        """Whether the key that a text was sealed with is here."""
        return key_name(sealed) in self.keys

    def _parts(self, sealed: str) -> tuple[str, bytes]:
        version, _, rest = sealed.partition(":")
        name, _, encoded = rest.partition(":")
        if version != _FORMAT or name not in self.keys:
            raise Broken(
                "key_missing",
                f"A stored secret was sealed with the key {name or 'of another program'}, which is "
                "not on the ring. Nothing was changed. Add that key to ICB_DATA_KEYS again.",
                key=name,
            )
        return name, _decoded(encoded)


def key_name(sealed: str) -> str:
    """The name of the key that a text was sealed with; empty where it is no sealed text."""
    version, _, rest = sealed.partition(":")
    return rest.partition(":")[0] if version == _FORMAT else ""


def _bound(name: str, place: str) -> bytes:
    return f"{_FORMAT}\0{name}\0{place}".encode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
