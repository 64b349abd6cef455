"""The doctor finds what an installation lacks, and says what to do."""

from __future__ import annotations

import dataclasses
import shutil
from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from tests.support import story
from tests.support.clocks import StillClock

from icb.config.database import durability_problems
from icb.foundation.bulk import execute
from icb.foundation.egress.guard import read_private_targets
from icb.foundation.guards import declared_guards, guard_differences
from icb.foundation.installation import lock_issuing
from icb.hub.actions import connect_modules
from icb.hub.inputs import NewConnection
from icb.kernel import clock as kernel_clock
from icb.operations import doctor
from icb.operations.doctor import Finding, Lacking, State, run


@pytest.fixture(autouse=True)
def one_agreement(clock: StillClock, provider: object) -> None:
    """Something is recorded, on 1 January 2026."""
    story.sell()


def found(name: str, *, lacking: Lacking = durability_problems) -> Finding:
    findings = run(durability_problems=lacking)
    (finding,) = [each for each in findings if each.name == name]
    return finding


def drop_a_guard() -> None:
    (guard,) = [each for each in declared_guards() if each.name == "guard_document_is_final"]
    for trigger in guard.triggers():
        on = " ON document" if connection.vendor == "postgresql" else ""
        execute(f'DROP TRIGGER "{trigger.name}"{on}')


def test_a_sound_installation_has_nothing_to_do() -> None:
    findings = run(durability_problems=durability_problems)
    assert len(findings) == 15
    assert [str(each) for each in findings if each.state is not State.OK] == []
    assert found("versions").message.startswith("ICB ")
    assert "typst" in found("rendering").message
    assert found("clock").message == "It is 2026-01-01 09:00 UTC"
    assert found("days").message == "own is at 2026-01-01"


def test_what_a_bundle_brought_is_to_be_connected_again() -> None:
    connect_modules([NewConnection(key="bare", module="nobody-asks-it")])
    assert found("modules").state is State.OK
    assert "1 by bundles and people alone" in found("modules").message
    connect_modules([NewConnection(key="hunt", module="huntress")])
    finding = found("modules")
    assert finding.state is State.WARNING
    assert "icb modules connect huntress --key hunt" in finding.message
    assert "bare" not in finding.message


def test_missing_guards_come_back_where_the_books_are_sound() -> None:
    drop_a_guard()
    finding = found("guards")
    assert finding.state is State.WARNING
    assert "guard_document_is_final" in finding.message
    assert guard_differences() == []
    assert found("guards").state is State.OK


def test_missing_guards_stay_away_from_broken_books() -> None:
    (guard,) = [each for each in declared_guards() if each.name == "guard_audit_event_is_final"]
    for trigger in guard.triggers():
        on = " ON audit_event" if connection.vendor == "postgresql" else ""
        execute(f'DROP TRIGGER "{trigger.name}"{on}')
    execute("UPDATE audit_event SET subject = 'x'")
    finding = found("guards")
    assert finding.state is State.FAILED
    assert "changed after it was recorded" in finding.message
    assert guard_differences() != []


def test_a_clock_that_went_back_is_found() -> None:
    with kernel_clock.frozen(datetime(2025, 12, 31, tzinfo=UTC)):
        finding = found("clock")
    assert finding.state is State.FAILED
    assert "recorded at 2026-01-01 09:00 already" in finding.message


def test_locked_issuing_is_told() -> None:
    lock_issuing()
    assert found("issuing").state is State.WARNING


@pytest.mark.parametrize(
    ("free", "state"),
    [(3_000_000_000, State.OK), (1_000_000_000, State.WARNING), (100_000_000, State.FAILED)],
)
def test_free_disk(monkeypatch: pytest.MonkeyPatch, free: int, state: State) -> None:
    usage = namedtuple("usage", ["total", "used", "free"])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(free, 0, free))
    assert found("free disk").state is state


def test_a_data_folder_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "gone")
    assert found("data folder").state is State.FAILED
    assert found("free disk").state is State.FAILED
    assert found("database").state is State.OK


def test_keys_that_others_may_read() -> None:
    file = Path(settings.DATA_DIR, "data-keys")
    file.chmod(0o644)
    try:
        finding = found("keys")
    finally:
        file.chmod(0o600)
    assert (finding.state, f"chmod 600 {file}" in finding.message) == (State.WARNING, True)


def test_a_database_that_may_lose_what_it_stored() -> None:
    finding = found("database", lacking=lambda: ["fsync is off, not on"])
    assert (finding.state, "fsync is off" in finding.message) == (State.FAILED, True)


def test_without_a_database_the_rest_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "has_tables", lambda: False)
    findings = run(durability_problems=durability_problems)
    assert findings[-1].name == "database"
    assert "icb import" in findings[-1].message


def test_tables_of_another_version() -> None:
    execute(
        "INSERT INTO django_migrations (app, name, applied) "
        "VALUES ('foundation', '9999_later', '2026-01-01 00:00:00+00')"
    )
    assert "foundation.9999_later" in found("migrations").message
    execute("DELETE FROM django_migrations WHERE app = 'invoicing'")
    assert found("migrations").state is State.WARNING


def test_private_machines_that_may_be_asked_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    targets = read_private_targets(["rmm.local:8443", "10.1.0.0/16"])
    opened = dataclasses.replace(settings.ENVIRONMENT, private_targets=targets)
    monkeypatch.setattr(settings, "ENVIRONMENT", opened)
    finding = found("outgoing requests")
    assert finding.state is State.OK
    assert "rmm.local:8443, 10.1.0.0/16, as ICB_PRIVATE_TARGETS says" in finding.message


def test_a_machine_without_authorities_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "trusts_authorities", lambda: False)
    finding = found("outgoing requests")
    assert (finding.state, "SSL_CERT_FILE" in finding.message) == (State.WARNING, True)


def test_debug_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEBUG", True)
    assert found("settings").state is State.WARNING


def test_programs_that_back_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    wanted = State.WARNING if connection.vendor == "postgresql" else State.OK
    assert found("backup programs").state is wanted


def test_a_changed_font_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise LookupError("the font is gone")

    monkeypatch.setattr(doctor, "render", fail)
    assert found("rendering") == Finding("rendering", State.FAILED, "the font is gone")
