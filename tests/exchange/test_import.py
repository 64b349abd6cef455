"""A bundle goes in whole or not at all, and a second time changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from icb.exchange.actions import Importing, export_bundle, import_bundle
from icb.exchange.inputs import ImportReport
from icb.exchange.problems import BundleRefused, Problem
from icb.foundation.actor import acting_as
from icb.foundation.providers import provider_named, providers
from icb.foundation.scope import in_provider

pytestmark = pytest.mark.django_db

EXAMPLE = Path(__file__).parents[2] / "examples" / "bundle"
USER = "olivia"


def take(folder: Path, *, is_dry: bool = False) -> ImportReport:
    return import_bundle(folder, importing=Importing(USER, is_dry=is_dry))


def written(folder: Path) -> dict[str, str]:
    with in_provider(provider_named()), acting_as(USER):
        export_bundle(folder)
    return {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir())}


def problems_of(folder: Path) -> list[Problem]:
    with pytest.raises(BundleRefused) as refused:
        take(folder)
    return refused.value.problems.found


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the example bundle, to be spoilt."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "bundle"))


def test_the_example_goes_in_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    first = take(EXAMPLE)
    assert first.is_new_provider
    assert first.days == {"accepted": 60, "unchanged": 0}
    once = written(tmp_path / "once")
    second = take(EXAMPLE)
    assert not second.is_changed
    assert second.days == {"unchanged": 60}
    assert written(tmp_path / "twice") == once
