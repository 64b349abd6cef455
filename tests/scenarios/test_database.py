"""The throw-away database: empty, guarded, and gone afterwards."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from icb.foundation.guards import guard_differences
from icb.foundation.models import Provider
from icb.scenarios import database
from icb.scenarios.database import throw_away_database


@pytest.mark.django_db
def test_it_is_empty_guarded_and_leaves_nothing_behind() -> None:
    before = connection.settings_dict["NAME"]
    Provider.objects.create(key="kept", name="Kept", currency="USD")
    with throw_away_database():
        assert not Provider.objects.exists()
        assert guard_differences() == []
        Provider.objects.create(key="thrown", name="Thrown", currency="USD")
    assert connection.settings_dict["NAME"] == before
    assert list(Provider.objects.values_list("key", flat=True)) == ["kept"]


def test_it_is_made_once_and_copied_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "none"))
    made: list[str] = []

    def counted(name: str, **options: Any) -> object:
        made.append(name)
        return call_command(name, **options)

    monkeypatch.setattr(database, "call_command", counted)
    with django_db_blocker.unblock():
        for _ in range(2):
            with throw_away_database():
                assert not Provider.objects.exists()
        assert made == ["migrate"]
        (cached,) = (tmp_path / "icb").iterdir()
        cached.write_bytes(b"damaged" * 1000)
        with throw_away_database():
            assert not Provider.objects.exists()
    assert made == ["migrate", "migrate"]


def test_without_a_writable_folder_it_is_made_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(database, "_cache_folders", lambda: [blocked / "icb"])
    with django_db_blocker.unblock(), throw_away_database():
        assert not Provider.objects.exists()
