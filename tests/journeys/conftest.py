"""A real server, a real browser, and books; a test that changes them has a copy of its own."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dev.browsing import USER, Installation, Server, browsing, chromium, sign_in
from playwright.sync_api import Browser, BrowserContext, Page, expect

# As long as for a click: jobs work behind some pages, and the machine may be busy.
WAITS = 15_000
expect.set_options(timeout=WAITS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium; without one nothing here runs, and is told as not run."""
    if chromium() is None:
        pytest.skip("chromium is not installed")
    with browsing() as started:
        yield started


@pytest.fixture(scope="session")
def demo_books(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The demo's books, made once for all workers."""
    folder = _shared(tmp_path_factory) / "demo-books"
    return _made_once(folder, lambda made: made.run("demo", "--no-serve"))


@pytest.fixture(scope="session")
def empty_books(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The books of a provider that has only been set up."""
    folder = _shared(tmp_path_factory) / "empty-books"
    init = ("init", "own", "--name", "Own Provider", "--currency", "USD")
    return _made_once(folder, lambda made: made.run(*init))


@pytest.fixture(scope="session")
def demo(demo_books: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo's pages, for tests that only look."""
    folder = tmp_path_factory.mktemp("demo")
    with demo_books.copy(folder).serving() as server:
        yield server


@pytest.fixture
def own_demo(demo_books: Installation, tmp_path: Path) -> Iterator[Server]:
    """The demo's pages on a copy of the test's own, for tests that change it."""
    with demo_books.copy(tmp_path / "demo").serving() as server:
        yield server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of its own, without cookies."""
    made = browser.new_context(viewport={"width": 1360, "height": 860}, accept_downloads=True)
    made.set_default_timeout(WAITS)
    yield made
    made.close()


@pytest.fixture
def told(context: BrowserContext) -> Iterator[list[str]]:
    """What the browser's console complains about; the test fails where anything is left in it."""
    found: list[str] = []
    context.on("console", lambda message: _note(found, message.type, message.text))
    context.on("weberror", lambda error: found.append(str(error.error)))
    yield found
    assert found == []


@pytest.fixture
def signed_in(context: BrowserContext, told: list[str]) -> Callable[..., Page]:
    """A page of somebody who has signed in, by default the owner of the demo."""
    return lambda server, username=USER: sign_in(context, server=server, username=username)


def _note(found: list[str], kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        found.append(text)


def _shared(factory: pytest.TempPathFactory) -> Path:
    """A folder of this run: of all workers where there are several."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _made_once(folder: Path, make: Callable[[Installation], object]) -> Installation:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        books = Installation(folder)
        if not folder.exists():
            folder.mkdir()
            make(books)
    return books
