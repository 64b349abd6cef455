"""Addresses of static files that change with their content, so that browsers may keep them."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.storage import StaticFilesStorage


class VersionedFiles(StaticFilesStorage):
    """Static files as they lie in the package; `?v=` is a digest of their bytes."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        return f"{address}?v={_digest(name)}" if name else address


@lru_cache(maxsize=512)
def _digest(name: str) -> str:
    path = find(name)
    if not isinstance(path, str):
        raise ValueError(f"There is no static file {name}.")
    return sha256(Path(path).read_bytes()).hexdigest()[:12]
