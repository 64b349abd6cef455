"""The page on pushing counts, done to the letter against a server of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "push-counts.md").read_text("utf-8")
COMMAND = (sys.executable, "-c", "from icb.cli.main import main; main()")
WRITTEN_FOR = "http://127.0.0.1:8000"


class Books:
    """`icb` as programs call it, on a database of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.environment = {**os.environ, "ICB_DATABASE_URL": url, "ICB_DATA_DIR": str(folder)}

    def __call__(self, *words: str) -> str:
        called = subprocess.run(
            [*COMMAND, *words], env=self.environment, capture_output=True, text=True, check=False
        )
        assert called.returncode == 0, called.stderr
        return called.stdout + called.stderr

    @contextmanager
    def serving(self) -> Iterator[str]:
        """`icb serve`, from when it answers; its address."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        words = [*COMMAND, "serve", "--no-worker", "--port", str(port)]
        with subprocess.Popen(words, env=self.environment, stdout=subprocess.DEVNULL) as server:
            try:
                answers(port)
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()


def answers(port: int) -> None:
    """Wait until something listens."""
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            return


def block(language: str) -> str:
    """The first block of the page in a language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.timeout(180)
def test_the_page_works_as_it_stands(database_url: str, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    books = Books(database_url, tmp_path)
    books("init", "own", "--name", "Own", "--currency", "USD")
    token = token_in(books("modules", "connect", "push", "--name", "My RMM"))
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()

    with books.serving() as address:

        def run(*words: str, token: str = token) -> Any:
            # Its days were in the past when the page was written; here any day before today is.
            said = [re.sub(r"2026-11-2\d", yesterday, word) for word in words]
            said = [word.replace(WRITTEN_FOR, address) for word in said]
            environment = {**os.environ, "TOKEN": token}
            done = subprocess.run(said, env=environment, capture_output=True, text=True, check=True)
            return json.loads(done.stdout)

        curl = ("bash", "-c", block("bash"))
        assert run(*curl) == json.loads(block("json"))
        assert run(*curl)["status"] == "duplicate"
        # The same count without its name says less, and is an answer of its own.
        assert run(sys.executable, "-c", block("python"))["status"] == "accepted"

        (row,) = json.loads(books("modules", "token", "list", "--json"))
        assert row["last_used_at"] and row["revoked_at"] is None
        other = token_in(books("modules", "token", "new", "my-rmm", "--name", "other"))
        assert run(*curl, token=other)["status"] == "accepted"
        books("modules", "token", "revoke", str(row["id"]))
        assert run(*curl)["problems"][0]["code"] == "not_authorized"
        assert re.search(r"whsec_\S+", books("modules", "token", "signing", "my-rmm"))
        listed = books("modules", "token", "list")
        assert token not in listed and other not in listed


def token_in(said: str) -> str:
    """The token that a command prints."""
    found = re.search(r"icb_[\w-]{43}", said)
    assert found, said
    return found[0]


def test_every_status_is_on_the_page() -> None:
    for status in (200, 400, 401, 404, 405, 409, 411, 413, 415, 422, 429, 503):
        assert str(status) in PAGE
