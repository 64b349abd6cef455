"""The provider's passwords and tokens: stored sealed, read where they are used, never shown."""

from __future__ import annotations

from django.conf import settings

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.keys import kept_data_keys
from icb.foundation.models import StoredSecret
from icb.foundation.scope import every_provider, provider_id
from icb.foundation.sealing import KeyRing
from icb.foundation.transactions import transaction
from icb.kernel.errors import NotFound


def key_ring() -> KeyRing:
    """The installation's keys, read anew each time so that a change needs no restart."""
    return KeyRing.read(kept_data_keys(settings.ENVIRONMENT))


def store_secret(name: str, *, text: str) -> None:
    """Keep a secret under a name, in place of one that has it."""
    with transaction():
        require(Permission.MANAGE_SECRETS)
        sealed = key_ring().seal(text, place=_place(provider_id(), name))
        StoredSecret.objects.update_or_create(name=name, defaults={"sealed": sealed})
        audit.record("store_secret", subject=name, data={})


def remove_secret(name: str) -> None:
    """Forget a secret; NotFound where there is none of the name."""
    with transaction():
        require(Permission.MANAGE_SECRETS)
        _stored(name).delete()
        audit.record("remove_secret", subject=name, data={})


def secret(name: str) -> str:
    """The secret in clear, for the adapter that needs it; NotFound where there is none."""
    return key_ring().open(_stored(name).sealed, place=_place(provider_id(), name))


def secret_names(prefix: str) -> list[str]:
    """The names of the stored secrets that begin so, in order."""
    found = StoredSecret.objects.filter(name__startswith=prefix).order_by("name")
    return list(found.values_list("name", flat=True))


def reseal_secrets() -> int:
    """Seal the secrets of all providers with the newest key; how many were not yet.

    When it has run, the keys after the first may leave the ring.
    """
    ring, count = key_ring(), 0
    with every_provider(), transaction():
        for stored in StoredSecret.objects.order_by("pk"):
            if not ring.is_newest(stored.sealed):
                place = _place(stored.provider_id, stored.name)
                stored.sealed = ring.seal(ring.open(stored.sealed, place=place), place=place)
                stored.save(update_fields=["sealed"])
                count += 1
    return count


def _stored(name: str) -> StoredSecret:
    found: StoredSecret | None = StoredSecret.objects.filter(name=name).first()
    if found is None:
        raise NotFound(
            "unknown_secret",
            f"There is no secret {name}. Nothing was done. Store it first.",
            name=name,
        )
    return found


def _place(provider: int, name: str) -> str:
    return f"provider {provider} secret {name}"
