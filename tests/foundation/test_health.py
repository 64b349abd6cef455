"""The health page, the settings of the connection, and opening a database for work."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from icb.config.database import check_durability, durability_problems
from icb.config.setup import open_database
from icb.foundation import bulk
from icb.kernel.errors import Broken


def health(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/health")
    return answer.status_code, json.loads(answer.content)


def drop_a_guard() -> None:
    on = " ON posting" if connection.vendor == "postgresql" else ""
    name = "guard_posting_is_final_" + ("row" if on else "update")
    bulk.execute(f"DROP TRIGGER {name}{on}")


def test_all_is_well(db: None, client: Client) -> None:
    assert health(client) == (200, {"status": "ok", "database": "ok", "guards": "ok"})
    assert client.post("/health").status_code == 405


def test_a_missing_guard_shows_without_its_name(db: None, client: Client) -> None:
    drop_a_guard()
    status, said = health(client)
    assert (status, said["guards"]) == (503, "not as declared")
    assert "guard_" not in str(said)


def test_a_database_that_does_not_answer_shows(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OperationalError("secret host is away")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "ensure_connection", fail)
        status, said = health(client)
    assert (status, said["database"]) == (503, "no answer")
    assert "secret" not in str(said)


def test_what_was_acknowledged_survives_a_power_cut(committed: str) -> None:
    if connection.vendor == "postgresql":
        asked = [
            f"SELECT current_setting('{name}')"
            for name in ("fsync", "full_page_writes", "synchronous_commit")
        ]
        wanted: list[Any] = ["on", "on", "on"]
    else:
        names = ("journal_mode", "synchronous", "recursive_triggers", "foreign_keys")
        asked, wanted = [f"PRAGMA {name}" for name in names], ["wal", 2, 1, 1]
    assert [bulk.fetch(question)[0][0] for question in asked] == wanted


def test_a_connection_that_could_lose_rows_is_refused(committed: str) -> None:
    assert durability_problems() == []
    check_durability()
    if connection.vendor == "postgresql":
        bulk.execute("SET synchronous_commit = off")
    else:
        bulk.execute("PRAGMA synchronous = NORMAL")
    with pytest.raises(Broken, match="synchronous"):
        check_durability()
    with pytest.raises(Broken, match="synchronous"):
        open_database()


def test_a_database_is_opened_only_with_its_guards(committed: str) -> None:
    open_database()
    drop_a_guard()
    with pytest.raises(Broken, match="guard_posting_is_final"):
        open_database()


def test_the_models_have_their_migrations(db: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
