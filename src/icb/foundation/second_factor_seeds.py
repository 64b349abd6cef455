"""The seeds of second factors, sealed with the keys of the installation and changed with them."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.mfa.models import Authenticator

from icb.foundation.sealing import KeyRing, key_name
from icb.kernel.errors import Broken

PLACE = "second factor"
_NAMES = ("secret", "seed")


def keys_of_seeds() -> frozenset[str]:
    """The names of the keys that seal seeds."""
    rows = Authenticator.objects.order_by("pk")
    return frozenset(key_name(row.data[name]) for row, name in _sealed(rows))


def reseal_seeds(ring: KeyRing) -> tuple[int, list[str]]:
    """Seal all seeds with the newest key: how many had an older one, and whose do not open."""
    count, unreadable = 0, []
    rows = Authenticator.objects.select_for_update().select_related("user").order_by("pk")
    for row, name in _sealed(rows):
        if ring.is_newest(row.data[name]):
            continue
        try:
            row.data[name] = ring.seal(ring.open(row.data[name], place=PLACE), place=PLACE)
        except Broken:
            unreadable.append(f"{PLACE} of {row.user.username}")
            continue
        row.save(update_fields=["data"])
        count += 1
    return count, unreadable


def _sealed(rows: Iterable[Authenticator]) -> list[tuple[Authenticator, str]]:
    return [(row, name) for row in rows for name in _NAMES if name in row.data]
