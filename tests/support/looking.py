"""A page as people see it: in light and in dark, on a wide screen and on a telephone."""

from __future__ import annotations

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

WIDE = ViewportSize(width=1360, height=860)
NARROW = ViewportSize(width=400, height=800)


def complaints(page: Page) -> list[str]:
    """What is wrong with the page as it stands; it is wide and light again afterwards.

    axe looks at it in light, and at its colours in dark as well; at 400 pixels nothing may make it
    scroll sideways.
    """
    page.wait_for_load_state()
    found = [f"light, {one}" for one in violations(page)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark, {one}" for one in violations(page, rules=["color-contrast"])]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > NARROW["width"]:
        found.append(f"{page.url}: {width} pixels wide at {NARROW['width']}")
    page.set_viewport_size(WIDE)
    return found


def violations(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds on the page as it is shown now, by these rules or by all of them."""
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    return [
        f"{page.url}: {one['id']} ({one['impact']}): "
        f"{[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in Axe().run(page, options=options).response["violations"]
    ]
