"""What every test stands on: a database, a provider in scope, a clock that stands still."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from hypothesis import settings
from tests.support.clocks import StillClock
from tests.support.databases import (
    POSTGRESQL,
    SERVER_URL,
    Server,
    Template,
    chosen,
    runs_here,
)
from tests.support.effort import NIGHT_SECONDS, is_night

from icb.config.setup import setup

if TYPE_CHECKING:
    from icb.foundation.models import Provider

# Before Django reads its settings: a folder of this run's own, and nothing of the machine's.
_FOLDER = Path(tempfile.mkdtemp(prefix="icb-test-"))
for _name in [name for name in os.environ if name.startswith("ICB_")]:
    if not _name.startswith(("ICB_TEST_", "ICB_VENDOR_SPECS")):
        del os.environ[_name]
os.environ["ICB_DATA_DIR"] = str(_FOLDER)
os.environ["DJANGO_SETTINGS_MODULE"] = "icb.config.settings"
os.environ["PYTHONPATH"] = str(Path(__file__).parent.parent / "src")

_server: Server | None = None
if chosen() == POSTGRESQL:
    # Parallel workers inherit the variable and share the server of the process that began.
    if SERVER_URL not in os.environ:
        _server = Server()
        os.environ[SERVER_URL] = _server.url
    os.environ["ICB_DATABASE_URL"] = os.environ[SERVER_URL]
# Not left to pytest's own option, which would read the settings before the lines above.
setup()
django_settings.PASSWORD_HASHERS = ["tests.support.passwords.QuickHasher"]

# The test command tries the same examples every time, so that a change is to blame for a failure;
# ICB_TEST_EXPLORE=1 tries new ones, and what those find becomes a test of its own.
settings.register_profile("same", derandomize=True, database=None, print_blob=True)
settings.register_profile("new", print_blob=True)
settings.load_profile("new" if os.environ.get("ICB_TEST_EXPLORE") == "1" else "same")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files that are given more time come first, so that no worker ends alone with one of them."""
    config.hook.pytest_deselected(items=[item for item in items if not runs_here(item)])
    items[:] = [item for item in items if runs_here(item)]
    given: dict[Path, float] = {}
    for item in items:
        marker = item.get_closest_marker("timeout")
        seconds = marker.args[0] if marker else 0
        given[item.path] = max(seconds, given.get(item.path, 0))
        if is_night():
            item.add_marker(pytest.mark.timeout(NIGHT_SECONDS), append=False)
    items.sort(key=lambda item: -given[item.path])


def pytest_unconfigure() -> None:
    if _server is not None:
        _server.end()
    shutil.rmtree(_FOLDER, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """A file, as in use: in memory SQLite knows neither its journal nor a second process."""
    if chosen() != POSTGRESQL:
        django_settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(
            _FOLDER / "test.sqlite3"
        )


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Books that come and go with each test may look alike by their stamps."""
    from icb.foundation.remembered import forget_everything

    forget_everything()


@pytest.fixture
def clock() -> Iterator[StillClock]:
    """The program's clock, standing at 1 January 2026, 9:00 UTC."""
    from icb.kernel import clock as kernel_clock

    with kernel_clock.frozen(datetime(2026, 1, 1, 9, tzinfo=UTC)):
        yield StillClock(datetime(2026, 1, 1, 9, tzinfo=UTC))


@pytest.fixture
def provider(db: None) -> Iterator[Provider]:
    """A provider in USD and UTC, in scope, with its owner acting. All is undone afterwards."""
    yield from _own_provider()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A migrated database to copy from."""
    return Template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def database_url(template: Template) -> Iterator[str]:
    """A fresh, empty database of the test's own, for programs that the test starts."""
    url = template.copy()
    yield url
    template.drop(url)


@pytest.fixture
def committed(database_url: str, django_db_blocker: Any) -> Iterator[str]:
    """This process on a database of the test's own, where commits are real and seen by others.

    For threads, second connections and started programs; the value is the database's URL. Posted
    and issued rows cannot be removed, so a database that others use could not be cleaned up.
    """
    from django.db import connections

    from icb.config.database import database_settings

    with django_db_blocker.unblock():
        connection = connections["default"]
        shared = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = database_settings(database_url, data_dir=_FOLDER)["NAME"]
        try:
            yield database_url
        finally:
            connection.close()
            connection.settings_dict["NAME"] = shared


@pytest.fixture
def committed_provider(committed: str) -> Iterator[Provider]:
    """Like `provider`, with real commits (see `committed`)."""
    yield from _own_provider()


def _own_provider() -> Iterator[Provider]:
    from icb.foundation.actor import acting_as, acting_as_system
    from icb.foundation.inputs import NewProvider
    from icb.foundation.providers import create_provider, current_provider
    from icb.foundation.scope import in_provider

    new = NewProvider(key="own", name="Own Provider", currency="USD", owner="olivia")
    with acting_as_system("test"):
        provider_id = create_provider(new)
    with in_provider(provider_id), acting_as("olivia"):
        yield current_provider()
