"""A real installation, its server and a real browser: for journeys, pictures and every page.

Each server is a process of its own on loopback and in a folder of its own; what is started here is
ended here, by its id.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parent.parent
USER = "demo"  # whom a demo makes its owner
_CLI = "import sys; from icb.cli.main import main; sys.exit(main())"
_START_SECONDS = 60
_STOP_SECONDS = 20
# As root in a container, and without the calls home that a closed network refuses.
_SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_LINK = re.compile(r"http://\S+/link/\S+")


def chromium() -> str | None:
    """Where the browser of this machine is; None where there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Installation:
    """A data folder of its own, and the commands of the program in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ICB_")}
        source = str(ROOT / "src")
        self.environment = {**kept, "ICB_DATA_DIR": str(folder), "PYTHONPATH": source}
        self.environment.setdefault("ICB_USER", USER)

    def run(self, *arguments: str) -> str:
        """Run one command of the program; what it printed. Raises where it failed."""
        done = subprocess.run(
            [sys.executable, "-c", _CLI, *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"icb {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def copy(self, folder: Path) -> Installation:
        """The same installation once more, in another folder."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Installation(folder)

    @contextmanager
    def serving(self) -> Iterator[Server]:
        """Its pages on loopback for the block."""
        port = _free_port()
        log = self.folder / "serve.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", _CLI, "serve", "--port", str(port)],
                env=self.environment,
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            server = Server(self, f"http://127.0.0.1:{port}", log)
            server.wait(process)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Server:
    """Pages that answer: where, and what the server printed."""

    def __init__(self, installation: Installation, address: str, log: Path) -> None:
        self.installation = installation
        self.address = address
        self.log = log

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        """Return when the server answers; raise with its output where it does not."""
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"the server did not start: {self.log.read_text()}")

    def printed_link(self) -> str:
        """The link that the server printed when it started, for the first set-up."""
        return _link_in(self.log.read_text())

    def link_for(self, username: str) -> str:
        """A one-time link that signs a user in."""
        printed = self.installation.run(
            "user", "link", username, "--sign-in", "--url", self.address
        )
        return _link_in(printed)


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser without a window for the block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(_SWITCHES))
        try:
            yield browser
        finally:
            browser.close()


def sign_in(context: BrowserContext, *, server: Server, username: str) -> Page:
    """A page on which the user has signed in by a one-time link."""
    page = context.new_page()
    page.goto(server.link_for(username))
    page.locator("main button[type=submit], main form button").first.click()
    page.wait_for_url(re.compile(rf"^{re.escape(server.address)}/(?!link)"))
    return page


def _link_in(text: str) -> str:
    link = _LINK.search(text)
    if link is None:
        raise RuntimeError(f"there is no link in: {text}")
    return link.group()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
