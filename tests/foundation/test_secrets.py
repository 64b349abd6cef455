"""Secrets are sealed for their place, open under every key of the ring, and rotate."""

from __future__ import annotations

import base64
import dataclasses
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from icb.foundation import audit, bulk, secrets
from icb.foundation.actor import acting_as, acting_as_system
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.keys import new_data_key
from icb.foundation.models import AuditEvent, Provider, StoredSecret
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.foundation.sealing import KeyRing
from icb.foundation.secrets import Rotation
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


def test_keys_that_are_given_are_changed_while_secrets_stay_readable(
    provider: Provider, keys: Any
) -> None:
    secrets.store_secret("rmm", text=CANARY)
    keys(f"{NEW},{OLD}")
    assert secrets.secret("rmm") == CANARY
    assert secrets.rotate_keys() == Rotation("new", 1, [])
    assert secrets.rotate_keys() == Rotation("new", 0, [])
    keys(NEW)
    assert secrets.secret("rmm") == CANARY
    keys(OLD)
    with pytest.raises(Broken, match="not on the ring"):
        secrets.secret("rmm")


@pytest.fixture
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keys that the installation makes itself; the file they are kept in."""
    environment = dataclasses.replace(settings.ENVIRONMENT, data_keys="", data_dir=tmp_path)
    monkeypatch.setattr(settings, "ENVIRONMENT", environment)
    return tmp_path / "data-keys"


def test_keys_of_the_data_folder_are_made_anew_and_leave_one_rotation_later(
    provider: Provider, own_keys: Path
) -> None:
    secrets.store_secret("rmm", text=CANARY)
    rings = [list(secrets.key_ring().keys)]
    for _ in range(3):
        assert secrets.rotate_keys().sealed_anew == 1
        assert secrets.secret("rmm") == CANARY
        rings.append(list(secrets.key_ring().keys))
    (first,) = rings[0]
    assert rings[1][1:] == [first]
    assert rings[2][1:] == rings[1][:1]
    assert rings[3][1:] == rings[2][:1]
    assert len({ring[0] for ring in rings}) == 4
    assert own_keys.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in own_keys.parent.iterdir()] == ["data-keys"]


def test_a_key_that_still_seals_something_stays(provider: Provider, own_keys: Path) -> None:
    secrets.store_secret("rmm", text=CANARY)
    secrets.store_secret("broken", text="changed by hand")
    stored = StoredSecret.objects.get(name="broken")
    sealed_at_first = stored.sealed
    StoredSecret.objects.filter(name="broken").update(sealed=sealed_at_first[:-8] + "AAAAAAA=")
    (first,) = secrets.key_ring().keys
    for _ in range(3):
        done = secrets.rotate_keys()
        assert (done.sealed_anew, done.unreadable) == (1, ["own/broken"])
    assert first in secrets.key_ring().keys
    StoredSecret.objects.filter(name="broken").update(sealed=sealed_at_first)
    assert secrets.secret("broken") == "changed by hand"


def test_secrets_of_every_provider_are_sealed_anew_and_it_is_recorded(
    provider: Provider, own_keys: Path
) -> None:
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="EUR"))
        with in_provider(other):
            secrets.store_secret("rmm", text="of the other")
    secrets.store_secret("rmm", text=CANARY)
    assert secrets.rotate_keys().sealed_anew == 2
    for id, text in ((provider.pk, CANARY), (other, "of the other")):
        with in_provider(id):
            stored = StoredSecret.objects.get()
            assert secrets.key_ring().is_newest(stored.sealed)
            assert secrets.secret("rmm") == text
            assert AuditEvent.objects.order_by("-sequence")[0].action == "rotate_keys"
            assert audit.check_chain() == []


def test_names_are_listed_and_nothing_else(provider: Provider, own_keys: Path) -> None:
    secrets.store_secret("rmm", text=CANARY)
    secrets.store_secret("backup", text=CANARY)
    assert secrets.secret_names() == ["backup", "rmm"]


@pytest.mark.timeout(120)
def test_keys_rotate_under_load(committed_provider: Provider, own_keys: Path) -> None:
    """Six threads store and read while the keys change at least 25 times, and nothing fails."""
    own, failures, last = committed_provider.pk, [], {}
    is_over = threading.Event()
    rounds: Counter[str] = Counter()

    def load(name: str) -> None:
        number = 0
        try:
            with in_provider(own), acting_as_system(name):
                while not is_over.is_set():
                    number += 1
                    secrets.store_secret(name, text=f"{name} {number}")
                    last[name] = number
                    for _ in range(5):
                        assert secrets.secret(name) == f"{name} {number}"
                    rounds[name] += 1
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    names = [f"load-{number}" for number in range(6)]
    for name in names:
        secrets.store_secret(name, text=f"{name} 0")
        last[name] = 0
    threads = [threading.Thread(target=load, args=[name]) for name in names]
    for thread in threads:
        thread.start()
    try:
        rotations = 0
        while not failures and (rotations < 25 or rounds.total() < 60):
            assert secrets.rotate_keys().unreadable == []
            rotations += 1
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert failures == []
    secrets.rotate_keys()
    assert len(secrets.key_ring().keys) == 2
    assert {name: secrets.secret(name) for name in names} == {
        name: f"{name} {last[name]}" for name in names
    }
    assert audit.check_chain() == []


def test_only_an_owner_manages_secrets(provider: Provider, keys: Any) -> None:
    add_users([NewUser("ben", role="billing_administrator")])
    with acting_as("ben"):
        for act in (
            lambda: secrets.store_secret("rmm", text=CANARY),
            secrets.secret_names,
            secrets.rotate_keys,
        ):
            with pytest.raises(NotPermitted):
                act()
