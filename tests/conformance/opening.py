"""HTTP to a fake vendor, as a sync opens it, but at any pace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from icb.demo.vendors.server import Fake
from icb.hub.ports import Description, Http
from icb.operations.syncing.http import open_http


def open_to(fake: Fake, *, description: Description, settings: Mapping[str, str]) -> Http:
    """What an adapter asks through, led to `fake`."""
    return open_http(replace(description, per_minute=0), settings=settings, reroute=fake.reroute)
