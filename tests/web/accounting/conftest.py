"""A provider with a fake accounting application, for the pages of accounting."""

from __future__ import annotations

from tests.accounting.conftest import place, still

__all__ = ["place", "still"]
