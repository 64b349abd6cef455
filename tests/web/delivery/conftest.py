"""Documents of a provider with a mail server, for the pages of delivery."""

from __future__ import annotations

from tests.delivery.conftest import books, box, office

__all__ = ["books", "box", "office"]
