"""The provider's passwords and tokens: stored sealed, read where they are used, never shown."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.keys import add_data_key, kept_data_keys
from icb.foundation.models import Provider, StoredSecret
from icb.foundation.scope import every_provider, in_provider, provider_id
from icb.foundation.sealing import KeyRing, key_name
from icb.foundation.second_factor_seeds import keys_of_seeds, reseal_seeds
from icb.foundation.transactions import transaction
from icb.kernel.errors import Broken, NotFound

# The chain of events is held first: whoever stores a secret and whoever seals all of them anew
# take turns by it, and so no secret is left behind under a key that is going away.
_TURNS = "audit"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did: the key that seals now, and how many secrets were sealed anew.

    `unreadable` names those that no key opens, as provider/secret: they have to be entered anew.
    """

    newest: str
    sealed_anew: int
    unreadable: list[str]


def key_ring() -> KeyRing:
    """The installation's keys, read anew each time so that a change needs no restart."""
    return KeyRing.read(kept_data_keys(settings.ENVIRONMENT))


def store_secret(name: str, *, text: str) -> None:
    """Keep a secret under a name, in place of one that has it."""
    with transaction(lock=_TURNS):
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
    place = _place(provider_id(), name)
    for _ in range(_TRIES):
        sealed = _stored(name).sealed
        ring = key_ring()
        # The row is read first: a key that sealed it stays on the ring for a whole rotation.
        if ring.is_on_ring(sealed):
            break
    return ring.open(sealed, place=place)


def secret_names() -> list[str]:
    """The names of the provider's secrets; what they are is shown nowhere."""
    require(Permission.MANAGE_SECRETS)
    return list(StoredSecret.objects.order_by("name").values_list("name", flat=True))


def rotate_keys() -> Rotation:
    """Seal the secrets of all providers with a new key, while the program runs.

    Where ICB_DATA_KEYS gives the keys, its first one is the new one. Otherwise one is made in the
    data folder; the key before it stays on the ring until the next rotation. Nothing is lost if
    this is broken off: every key that sealed something stays, and it can be run again.
    """
    require(Permission.MANAGE_SECRETS)
    providers = list(Provider.objects.order_by("pk").values_list("pk", "key"))
    with in_provider(providers[0][0]), transaction(lock="keys"):
        add_data_key(settings.ENVIRONMENT, in_use=_keys_in_use())
    with transaction():
        count, unreadable = reseal_seeds(key_ring())
    for id, key in providers:
        with in_provider(id):
            sealed_anew, left = _reseal()
        count += sealed_anew
        unreadable += [f"{key}/{name}" for name in left]
    return Rotation(key_ring().newest, count, unreadable)


def _keys_in_use() -> frozenset[str]:
    with every_provider():
        sealed = StoredSecret.objects.values_list("sealed", flat=True)
        return keys_of_seeds() | {key_name(text) for text in sealed.iterator()}


def _reseal() -> tuple[int, list[str]]:
    """Seal the provider's secrets with the newest key; how many, and the names that do not open."""
    count, unreadable = 0, []
    with transaction(lock=_TURNS):
        ring = key_ring()
        for stored in StoredSecret.objects.order_by("name"):
            place = _place(stored.provider_id, stored.name)
            try:
                opened = ring.open(stored.sealed, place=place)
            except Broken:
                unreadable.append(stored.name)
                continue
            if not ring.is_newest(stored.sealed):
                stored.sealed = ring.seal(opened, place=place)
                stored.save(update_fields=["sealed"])
                count += 1
        data = {"key": ring.newest, "sealed_anew": count, "unreadable": len(unreadable)}
        audit.record("rotate_keys", subject="secrets", data=data)
    return count, unreadable


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
