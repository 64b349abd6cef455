"""How requests of a target leave this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from icb.foundation.egress.client import Client, Roads
from icb.foundation.egress.limits import Limits

LIMITS = Limits(read_seconds=60, total_seconds=90, bytes=16 * 1024 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Roads and limits of the client. Only tests and the demo give roads with detours."""

    roads: Roads = field(default_factory=Roads)
    limits: Limits = LIMITS

    def client(self) -> Client:
        """A new client."""
        return Client(roads=self.roads, limits=self.limits)

    def for_browser(self, url: str) -> str:
        """The address that a person's browser opens: the same one, but for a detour of its host."""
        parts = urlsplit(url)
        detour = self.roads.detours.get(parts.netloc)
        if detour is None:
            return url
        led = urlsplit(detour)
        return urlunsplit((led.scheme, led.netloc, parts.path, parts.query, ""))
