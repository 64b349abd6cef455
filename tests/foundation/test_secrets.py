"""Secrets are sealed for their place, open under every key of the ring, and rotate."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import pytest
from django.conf import settings

from icb.foundation import audit, bulk, secrets
from icb.foundation.actor import acting_as, acting_as_system
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.keys import new_data_key
from icb.foundation.models import AuditEvent, Provider, StoredSecret
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.foundation.sealing import KeyRing
from icb.foundation.users import add_users
from icb.kernel.errors import Broken, InvalidInput, NotFound, NotPermitted

OLD, NEW = (
    "old:" + base64.b64encode(b"o" * 32).decode(),
    "new:" + base64.b64encode(b"n" * 32).decode(),
)
CANARY = "canary-7f3a"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Any:
    def use(ring: str) -> None:
        environment = dataclasses.replace(settings.ENVIRONMENT, data_keys=ring)
        monkeypatch.setattr(settings, "ENVIRONMENT", environment)

    use(OLD)
    return use


def test_a_sealed_text_opens_at_its_place_alone() -> None:
    ring = KeyRing.read(OLD)
    sealed = ring.seal(CANARY, place="here")
    assert CANARY not in sealed
    assert ring.seal(CANARY, place="here") != sealed
    assert ring.open(sealed, place="here") == CANARY
    with pytest.raises(Broken, match="changed or moved"):
        ring.open(sealed, place="there")


def test_every_change_of_a_sealed_text_is_found() -> None:
    ring = KeyRing.read(f"{NEW},{OLD}")
    sealed = ring.seal(CANARY, place="here")
    for at in range(len(sealed)):
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        with pytest.raises(Broken):
            ring.open(changed, place="here")
    with pytest.raises(Broken):
        ring.open(sealed.replace("icb1:new:", "icb1:old:"), place="here")
    for short in ("", "icb1", "icb1:new:", "icb1:new:AAAA"):
        with pytest.raises(Broken):
            ring.open(short, place="here")


@pytest.mark.parametrize(
    "text", ["", "a", "a:", "a:!!", "a:AAAA", ":" + OLD[4:], f"{OLD},{OLD}", f"{OLD},"]
)
def test_a_bad_key_ring_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        KeyRing.read(text)
    assert OLD[4:] not in str(error.value)
    assert OLD[4:] not in repr(KeyRing.read(OLD))


def test_a_made_key_is_a_ring() -> None:
    assert len(KeyRing.read(f"{new_data_key()},{new_data_key()}").keys) == 2


def test_secrets_are_stored_sealed_and_read_back(provider: Provider, keys: Any) -> None:
    secrets.store_secret("rmm", text="first")
    secrets.store_secret("rmm", text=CANARY)
    assert secrets.secret("rmm") == CANARY
    assert CANARY not in str(bulk.fetch("SELECT name, sealed FROM stored_secret"))
    assert CANARY not in "".join(event.data for event in AuditEvent.objects.all())
    secrets.remove_secret("rmm")
    for act in (secrets.secret, secrets.remove_secret):
        with pytest.raises(NotFound):
            act("rmm")
    assert [e.action for e in AuditEvent.objects.order_by("sequence")][-1] == "remove_secret"
    assert audit.check_chain() == []


def test_a_secret_moved_to_another_provider_does_not_open(provider: Provider, keys: Any) -> None:
    secrets.store_secret("rmm", text=CANARY)
    sealed = StoredSecret.objects.get().sealed
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="EUR"))
    with in_provider(other):
        StoredSecret.objects.create(name="rmm", sealed=sealed)
        with pytest.raises(Broken):
            secrets.secret("rmm")


def test_keys_are_changed_while_secrets_stay_readable(provider: Provider, keys: Any) -> None:
    secrets.store_secret("rmm", text=CANARY)
    keys(f"{NEW},{OLD}")
    assert secrets.secret("rmm") == CANARY
    assert secrets.reseal_secrets() == 1
    assert secrets.reseal_secrets() == 0
    keys(NEW)
    assert secrets.secret("rmm") == CANARY
    keys(OLD)
    with pytest.raises(Broken, match="not on the ring"):
        secrets.secret("rmm")


def test_only_an_owner_manages_secrets(provider: Provider, keys: Any) -> None:
    add_users([NewUser("ben", role="billing_administrator")])
    with acting_as("ben"), pytest.raises(NotPermitted):
        secrets.store_secret("rmm", text=CANARY)
