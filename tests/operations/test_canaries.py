"""Twenty secrets go every way that a secret can go, and are found nowhere afterwards.

Searched are the bytes of everything that stays or is shown: the database, the data folder, a
backup, an export, the log, the output of commands, and every error's words and traceback. Each
secret is looked for as it is, and in base64, hexadecimal, URLs, JSON and UTF-16. A marker that is
no secret goes the same ways and is found, so that the search is known to look in the right places.
"""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import logging
import re
import socket
import tarfile
import traceback
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from django.conf import settings
from django.db import connection
from django.test import RequestFactory
from django.views.debug import ExceptionReporter
from tests.operations.test_backup import PROGRAMS
from tests.support.asked import NoHttp
from tests.support.clocks import StillClock
from tests.support.raw_server import Script, answer, serving

from icb.cli.main import reported
from icb.exchange.actions import export_bundle
from icb.foundation import secrets
from icb.foundation.actor import acting_as
from icb.foundation.jobs import NewJob, enqueue
from icb.foundation.models import Provider
from icb.hub.actions import NewConnected, change_settings, connect_module
from icb.hub.ports import (
    Body,
    ConnectionTest,
    DaySnapshot,
    Description,
    Item,
    Reach,
    Seen,
    Session,
    SettingField,
    UnexpectedAnswer,
)
from icb.hub.registry import registered
from icb.kernel import clock
from icb.kernel.errors import IcbError
from icb.operations.backup import back_up
from icb.operations.syncing import http, sync
from icb.operations.syncing.http import open_http
from icb.operations.syncing.probing import probe
from icb.operations.syncing.sync import sync_now
from icb.operations.syncing.testing import start_test
from icb.operations.worker import Worker

TODAY = date(2026, 1, 1)
HOST = "rmm.example.com"
MARKER = "marker-that-is-no-secret"
# With the characters that encodings change, and long enough that none comes by chance.
CANARIES = [f'cnry{number:02}+/=&?%<"é{number * 7919:06}x' for number in range(20)]
ASCII_CANARIES = [text.replace("é", "e") for text in CANARIES]


def forms(text: str) -> Iterator[bytes]:
    """How a text could stand somewhere."""
    data = text.encode()
    yield data
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield data.hex().encode()
    yield data.hex().upper().encode()
    yield quote(text).encode()
    yield quote(text, safe="").encode()
    yield quote_plus(text).encode()
    yield json.dumps(text)[1:-1].encode()
    yield json.dumps(text, ensure_ascii=False)[1:-1].encode()
    yield repr(text)[1:-1].encode()
    yield repr(data)[2:-1].encode()
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data + b"\0" * (-(before + len(data)) % 3))
        inside = whole[4 if before else 0 : -4]
        yield inside
        yield inside.translate(bytes.maketrans(b"+/", b"-_"))


class Searched:
    """Bytes from everywhere, by where they come from."""

    def __init__(self) -> None:
        self.places: dict[str, bytes] = {}

    def add(self, place: str, content: bytes | str) -> None:
        """More bytes from a place."""
        more = content.encode() if isinstance(content, str) else content
        self.places[place] = self.places.get(place, b"") + b"\n" + more

    def found(self, text: str) -> set[str]:
        """The places where a text stands in any form."""
        looked_for = set(forms(text))
        return {
            place
            for place, content in self.places.items()
            if any(form in content for form in looked_for)
        }


class Leaky:
    """An adapter whose author gave no thought to secrets: it repeats them wherever it can."""

    description = Description(
        key="leaky",
        module="leaky",
        name="Leaky",
        version="1",
        settings=(
            SettingField(name="token", label="Token", is_secret=True),
            SettingField(name="plain", label="Plain"),
        ),
        reach=(Reach(method="GET", host=HOST, path="/{plain}"),),
    )

    def __init__(self) -> None:
        self.raises: Callable[[str], Exception] = UnexpectedAnswer

    def test(self, session: Session) -> ConnectionTest:
        raise self.raises(f"{MARKER} {session.settings['token']}")

    def organizations(self, session: Session) -> Iterable[Seen]:
        raise self.raises(f"{MARKER} {session.settings['token']}")

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        token = session.settings["token"]
        session.progress(f"{MARKER} asking with {token}")
        raise self.raises(f"{MARKER} {token} {base64.b64encode(token.encode()).decode()}")

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        return ()


@contextmanager
def caught(searched: Searched, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Whatever the block raises is searched: its words, its traceback, and what a command says."""
    try:
        yield
    except Exception as error:
        searched.add("errors", "".join(traceback.format_exception(error)))
        searched.add("errors", f"{error!r} {vars(error)}")
        if isinstance(error, IcbError):
            reported(error)
        request = RequestFactory().get("/")
        reporter = ExceptionReporter(request, type(error), error, error.__traceback__)
        # The page for visitors and the mail for the operator: with settings, without locals.
        searched.add("error page", reporter.get_traceback_text())
    else:
        raise AssertionError("this was to fail")
    finally:
        out, err = capsys.readouterr()
        searched.add("output", out + err)


def echoes(how: str) -> Script:
    """A vendor that sends back what it was sent, in the place that `how` names."""

    def script(connection: socket.socket, head: bytes) -> None:
        lines = [line for line in head.split(b"\r\n") if b"uthorization" in line or b"key" in line]
        sent = b" ".join(lines).partition(b": ")[2]
        place = quote(sent).encode()
        answers = {
            "401": answer(head + b" " + sent, status="401 No"),
            "403": answer(head, status="403 No", www_authenticate=sent.decode("latin-1")),
            "429": answer(head, status="429 Wait", retry_after=sent.decode("latin-1")),
            "302": answer(
                status="302 There", location=f"https://other.example/?t={place.decode()}"
            ),
            "status": b"HTTP/1.1 500 " + sent + b"\r\ncontent-length: 0\r\n\r\n",
            "no http": sent + b"\r\n\r\n",
            "bad header": b"HTTP/1.1 200 OK\r\n" + sent + b"\r\n\r\n",
            "no json": answer(sent),
            "bad number": answer(b"[1e999999, " + json.dumps(sent.decode("latin-1")).encode()),
            "twice": answer(b'{"' + place + b'": 1, "' + place + b'": 2}'),
            "next": answer(
                json.dumps(
                    {"items": [], "next": f"https://other.example/{place.decode()}"}
                ).encode()
            ),
            "coded": answer(b"x", content_encoding=sent.decode("latin-1").replace(",", "")),
        }
        connection.sendall(answers[how])

    return script


ECHOES = "401 403 429 302|status|no http|bad header|no json|bad number|twice|next|coded"
WAYS_IN: tuple[Mapping[str, str], ...] = (
    {"authentication": "bearer"},
    {"authentication": "basic", "user_name": MARKER},
    {"authentication": "header", "header": "X-key"},
)


@pytest.fixture
def searched(
    committed_provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Searched:
    """An installation of the test's own, with keys from outside as well as inside."""
    monkeypatch.setenv("PATH", f"{PROGRAMS}:" + str(Path("/usr/bin")) + ":/bin")
    data = tmp_path / "data"
    data.mkdir()
    environment = dataclasses.replace(settings.ENVIRONMENT, data_dir=data, data_keys="")
    monkeypatch.setattr(settings, "ENVIRONMENT", environment)
    monkeypatch.setattr(settings, "DATA_DIR", data)
    monkeypatch.setattr(http, "PAUSES", ())
    return Searched()


@pytest.mark.timeout(180)
def test_no_secret_is_found_anywhere(
    searched: Searched,
    clock: StillClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    plain, sent = CANARIES[:8], ASCII_CANARIES[8:]
    _store_plain(plain[:4], searched)
    _enter_wrongly(plain[4:], searched, capsys)
    _connect_and_fail(sent[:9], searched, monkeypatch, capsys)
    _fail_in_the_adapter(sent[9:], searched, capsys)
    assert secrets.rotate_keys().unreadable == []
    _search_what_stays(searched, tmp_path)
    searched.add("log", caplog.text)

    everywhere = {"database", "backup", "errors", "log", "output", "error page", "export"}
    assert everywhere <= set(searched.places)
    assert {"database", "backup", "errors", "output"} <= searched.found(MARKER)
    leaks = {text: found for text in (*plain, *sent) if (found := searched.found(text))}
    assert leaks == {}
    assert len({*plain, *sent}) == 20


def _store_plain(canaries: list[str], searched: Searched) -> None:
    """Stored, replaced, removed, read, sealed anew."""
    kept, replaced, removed, by_ring = canaries
    secrets.store_secret("psa", text=kept)
    secrets.store_secret("mail", text=replaced)
    secrets.store_secret("mail", text=by_ring)
    secrets.store_secret("old", text=removed)
    secrets.remove_secret("old")
    secrets.rotate_keys()
    assert secrets.secret("mail") == by_ring
    searched.add("errors", repr(secrets.key_ring()))
    held = Session(settings={"token": kept}, http=NoHttp(), now=clock.now(), today=TODAY)
    searched.add("errors", f"{held} {Body(form={'secret': kept})} {Body(json=kept)}")
    searched.add("errors", f"{NewConnected(key='a', adapter='b', settings={'secret': kept})}")
    searched.add("errors", str(settings.ENVIRONMENT) + secrets.key_ring().seal(kept, place="x"))


def _enter_wrongly(
    canaries: list[str], searched: Searched, capsys: pytest.CaptureFixture[str]
) -> None:
    """Typed into a field that does not take it."""
    usual = {"url": f"https://{HOST}/", "organization_path": "id", "billing_types": "seats"}
    wrong = [
        {"authentication": canaries[0]},
        {"url": f"https://x:{quote(canaries[1], safe='')}@{HOST}/"},
        {"paging": canaries[2]},
        {"header": canaries[3]},
    ]
    for number, settings_given in enumerate(wrong):
        new = NewConnected(
            key=f"wrong-{number}", adapter="generic_http", settings={**usual, **settings_given}
        )
        with caught(searched, capsys):
            connect_module(new)


def _connect_and_fail(
    canaries: list[str],
    searched: Searched,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Sent to a vendor in each way, which sends it back in each place where it can."""
    usual = {
        "url": f"https://{HOST}/list",
        "organization_path": "id",
        "billing_types": "seats",
        "list_path": "items",
        "paging": "next_link",
        "next_path": "next",
    }
    for number, canary in enumerate(canaries):
        key = f"rmm-{number}"
        way = WAYS_IN[number % len(WAYS_IN)]
        given = {**usual, **way, "secret": "first"}
        connect_module(NewConnected(key=key, adapter="generic_http", settings=given))
        change_settings(key, settings={"secret": canary})
        for how in ECHOES.replace(" ", "|", 3).split("|"):
            with serving(echoes(how)) as server:

                def connect(
                    description: Description,
                    settings: Mapping[str, str],
                    url: str = server.url,
                ) -> http.AdapterHttp:
                    return open_http(description, settings=settings, reroute={HOST: url})

                outcome = sync_now(key, connect=connect)
                assert server.heads, how
            assert outcome.state in ("failed", "refused"), how
            searched.add("output", str(outcome))
    change_settings("rmm-0", settings={"secret": f"{canaries[0]}\nX-Other: 1"})
    outcome = sync_now("rmm-0")
    assert outcome.code == "wrong_settings"
    searched.add("output", str(outcome))


def _fail_in_the_adapter(
    canaries: list[str], searched: Searched, capsys: pytest.CaptureFixture[str]
) -> None:
    """Repeated by the adapter itself, in its problems, its errors and its progress."""
    leaky = Leaky()
    with registered(leaky):
        for number, canary in enumerate(canaries):
            given = {"token": canary, "plain": MARKER}
            key = f"leaky-{number}"
            connect_module(NewConnected(key=key, adapter="leaky", settings=given))
            for kind in (UnexpectedAnswer, RuntimeError, KeyError):
                leaky.raises = kind
                words: list[str] = []
                searched.add("output", str(sync_now(key, tell=words.append)))
                searched.add("output", str(words))
                with caught(searched, capsys):
                    probe(key)
                payload = {"connection": key, "day": TODAY.isoformat()}
                enqueue(NewJob(kind="sync", payload=payload))
                with acting_as("olivia"):
                    start_test(key)
                assert Worker().work_off() >= 2
        with caught(searched, capsys), acting_as("olivia"):
            sync_now("nobody")
        monkey = pytest.MonkeyPatch()
        with monkey.context() as patched, caught(searched, capsys):
            patched.setattr(sync, "answer_of", None)
            patched.setattr(Leaky, "snapshot", lambda self, session, *, day: None)
            patched.setattr(sync, "advice", None)
            sync_now("leaky-0")


def _search_what_stays(searched: Searched, tmp_path: Path) -> None:
    """Everything on the disk, and what leaves it."""
    _search_database(searched)
    backup = tmp_path / "backup.icb"
    back_up(backup)
    for name, content in _members(backup):
        searched.add("backup", name)
        searched.add("backup", content)
    export_bundle(tmp_path / "export")
    for path in sorted((tmp_path / "export").rglob("*")):
        if path.is_file():
            searched.add("export", path.read_bytes())
    for path in sorted((tmp_path / "data").rglob("*")):
        if path.is_file():
            searched.add("data folder", path.read_bytes())


def _search_database(searched: Searched) -> None:
    """Each row of each table; on SQLite also the file as it is, with what was deleted."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            searched.add("database", "\n".join(str(row) for row in cursor.fetchall()))
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        for end in ("", "-wal"):
            path = Path(name + end)
            if path.exists():
                searched.add("database", path.read_bytes())


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each file of the archive; packed ones also as they are unpacked."""
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member)
            content = file.read() if file else b""
            yield member.name, content
            if content[:2] == b"\x1f\x8b":
                yield member.name, gzip.decompress(content)
            for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content):
                try:
                    yield member.name, zlib.decompressobj().decompress(content[start.start() :])
                except zlib.error:
                    continue


@pytest.mark.parametrize("text", [*CANARIES[:3], *ASCII_CANARIES[:3]])
def test_the_search_finds_a_secret_in_each_form(text: str) -> None:
    hidden = [
        text.encode(),
        b"x" + base64.b64encode(b"user:" + text.encode() + b":more"),
        base64.urlsafe_b64encode(b"ab" + text.encode() + b"c"),
        text.encode().hex().encode(),
        quote(text).encode(),
        quote_plus(f"a b {text}").encode(),
        json.dumps({"a": text}).encode(),
        repr({"a": text}).encode(),
        text.encode("utf-16"),
    ]
    for content in hidden:
        searched = Searched()
        searched.add("here", b"before" + content + b"after")
        assert searched.found(text) == {"here"}, content
        assert searched.found(text[::-1]) == set()
