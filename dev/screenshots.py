"""Pictures of every page, to be looked at: `python -m dev.screenshots [PART ...]`.

Each page that links lead to is taken light and dark, wide and at 400 pixels, of a demo and of an
installation that has only been set up. They go to screenshots/, which is not kept; with words
behind the command only pages whose name holds one of them are taken.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dev.browsing import ROOT, USER, Installation, Server, browsing, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = ROOT / "screenshots"
LOOKS = {
    "light": (1360, "light"),
    "dark": (1360, "dark"),
    "narrow": (400, "light"),
    "narrow-dark": (400, "dark"),
}
_HEIGHT = 860


def main(parts: Sequence[str]) -> int:
    """Take the pictures and say where they are."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="icb-pictures-") as folder:
        _prepare(Path(folder))
        full = Installation(Path(folder) / "full")
        empty = Installation(Path(folder) / "empty")
        for installation in (full, empty):
            installation.folder.mkdir()
        full.run("demo", "--no-serve")
        empty.run("init", "own", "--name", "Own Provider", "--currency", "USD")
        with browsing() as browser:
            for installation in (full, empty):
                with installation.serving() as server:
                    count = _take(browser, server, parts=parts)
                print(f"{count} pictures of the {installation.folder.name} installation")
    print(f"in {FOLDER.relative_to(ROOT)}/")
    return 0


def _prepare(folder: Path) -> None:
    """Addresses are resolved in this process: with settings, but with no books of its own."""
    os.environ["ICB_DATA_DIR"] = str(folder / "none")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "icb.config.settings")
    import django

    django.setup()


def _take(browser: Browser, server: Server, *, parts: Sequence[str]) -> int:
    from dev.page_list import crawl

    context = browser.new_context()
    sign_in(context, server=server, username=USER)
    found = crawl(context.request, base=server.address)
    cookies = context.cookies()
    taken = 0
    for look, (width, scheme) in LOOKS.items():
        shown = browser.new_context(
            viewport={"width": width, "height": _HEIGHT},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        shown.add_cookies(cookies)  # type: ignore[arg-type]
        page = shown.new_page()
        for name, path in found:
            if parts and not any(part in name for part in parts):
                continue
            page.goto(server.address + path)
            target = FOLDER / server.installation.folder.name / f"{name}-{look}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=target, full_page=True)
            taken += 1
        shown.close()
    context.close()
    return taken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
