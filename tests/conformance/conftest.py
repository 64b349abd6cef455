"""The suite waits for nobody: a second try comes at once."""

from __future__ import annotations

import pytest

from icb.operations.syncing import http


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSES", (0.0,))
