"""Secrets are named and sealed anew from the command line, and never shown."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from django.conf import settings
from tests.cli.conftest import Icb

from icb.foundation.models import StoredSecret
from icb.foundation.scope import every_provider

TOKEN = "s3cret-canary-9"


@pytest.fixture
def connected(icb: Icb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Icb:
    """A provider with one connection whose secret is kept, and keys of its own."""
    environment = dataclasses.replace(settings.ENVIRONMENT, data_dir=tmp_path, data_keys="")
    monkeypatch.setattr(settings, "ENVIRONMENT", environment)
    (tmp_path / "token").write_text(TOKEN)
    icb("init", "own", "--name", "Own", "--currency", "USD")
    plain = ("url=https://rmm.example.com/", "authentication=bearer", "organization_path=id")
    words = [word for text in (*plain, "billing_types=seats") for word in ("--setting", text)]
    secret = ("--secret", f"secret=@{tmp_path / 'token'}")
    icb("modules", "connect", "generic_http", "--name", "Rmm", "--no-test", *words, *secret)
    return icb


def test_secrets_are_listed_by_name(connected: Icb) -> None:
    assert connected("secrets", "list") == "module:rmm:secret\n"
    assert connected.data("secrets", "list") == ["module:rmm:secret"]


def test_secrets_are_sealed_anew(connected: Icb) -> None:
    said = connected("secrets", "rotate")
    assert said.startswith("Sealed 1 secrets anew. New ones are sealed with key-")
    done = connected.data("secrets", "rotate")
    assert (done["sealed_anew"], done["unreadable"]) == (1, [])
    assert done["key"] not in said
    assert TOKEN not in said


def test_a_secret_that_does_not_open_is_named(connected: Icb) -> None:
    with every_provider():
        StoredSecret.objects.update(sealed="icb1:gone:AAAA")
    said = connected("secrets", "rotate")
    assert "No key opens own/module:rmm:secret. It was left as it is: enter it anew." in said


def test_nothing_to_list_is_said(icb: Icb) -> None:
    icb("init", "own", "--name", "Own", "--currency", "USD")
    assert icb("secrets", "list") == "No secrets are kept.\n"
