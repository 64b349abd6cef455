"""Whether the installation is sound: what the books stand on, and not the books themselves."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from icb import __version__
from icb.foundation.canonical import canonical_json
from icb.foundation.egress.client import trusts_authorities
from icb.foundation.guards import guard_differences, install_guards
from icb.foundation.installation import is_issuing_locked
from icb.foundation.models import AuditEvent, Provider
from icb.foundation.providers import local_today
from icb.foundation.scope import every_provider, in_provider
from icb.foundation.secrets import key_ring
from icb.hub.queries import how_to_connect, unconnected
from icb.invoicing.consolidate import ItemsOfDocument
from icb.invoicing.document_data import Heading, Names, Receiver, Sender, Totals, data_of_items
from icb.invoicing.rendering import render
from icb.kernel import clock
from icb.kernel.days import local_day
from icb.kernel.errors import IcbError
from icb.operations.backup import KEY_FILES
from icb.operations.database_copy import has_tables
from icb.operations.verify import run_for_all

LOW_DISK, FULL_DISK = 2_000_000_000, 200_000_000
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Finding(NamedTuple):
    """What was checked, how it came out, and what was found or is to be done, in words."""

    name: str
    state: State
    message: str

    def __str__(self) -> str:
        return f"{self.name}: {self.state}: {self.message}"


Said = tuple[State, str]
Check = Callable[[], Said]
Lacking = Callable[[], list[str]]


def run(*, durability_problems: Lacking) -> list[Finding]:
    """Check the installation, each part by itself. Reads only, but for the guards: where some are
    missing and the books are sound without them, they are installed again.

    `durability_problems` says what the database as it was opened lacks to keep what it stored.
    """
    findings = [_checked(name, check) for name, check in _MACHINE]
    database = _checked("database", partial(_database, durability_problems))
    findings.append(database)
    if database.state is not State.FAILED:
        findings += (_checked(name, check) for name, check in _DATABASE)
    return findings


def _checked(name: str, check: Check) -> Finding:
    """What a check says; one that cannot be made has failed."""
    try:
        return Finding(name, *check())
    except (IcbError, DatabaseError, OSError, LookupError) as error:
        return Finding(name, State.FAILED, " ".join(str(error).split()))


def _versions() -> Said:
    return State.OK, (
        f"ICB {__version__}, Python {platform.python_version()}, Django {version('django')}, "
        f"Typst {version('typst')}"
    )


def _settings() -> Said:
    if settings.DEBUG:
        return State.WARNING, "Details of errors are shown in pages. Set ICB_DEBUG=no."
    return State.OK, f"Answers to {', '.join(settings.ALLOWED_HOSTS)}"


def _data_folder() -> Said:
    root = Path(settings.DATA_DIR)
    with tempfile.TemporaryFile(dir=root) as file:
        file.write(b"icb")
        file.flush()
        os.fsync(file.fileno())
    return State.OK, f"{root} can be written"


def _free_disk() -> Said:
    free = shutil.disk_usage(settings.DATA_DIR).free
    said = f"{free // 1_000_000:,} MB are free in {settings.DATA_DIR}"
    if free < LOW_DISK:
        state = State.FAILED if free < FULL_DISK else State.WARNING
        return state, f"{said}. Make room, or move the data folder."
    return State.OK, said


def _keys() -> Said:
    names = ", ".join(key_ring().keys)
    open_to_others = [
        str(path)
        for name in KEY_FILES
        if (path := Path(settings.DATA_DIR, name)).exists() and path.stat().st_mode & _OTHERS
    ]
    if open_to_others:
        files = " ".join(open_to_others)
        return State.WARNING, f"Other users of this machine may read {files}. Run chmod 600 {files}"
    return State.OK, f"Secrets are sealed with {names}"


def _outgoing() -> Said:
    """Where requests to vendors may go, and whether there is an authority to check them by."""
    opened = ", ".join(str(target) for target in settings.ENVIRONMENT.private_targets)
    more = f", and {opened}, as ICB_PRIVATE_TARGETS says" if opened else ""
    said = f"Modules are asked by https at public addresses{more}"
    if not trusts_authorities():
        return State.WARNING, (
            "This machine trusts no authority for certificates, so no vendor can be asked. "
            "Install its package of CA certificates, or set SSL_CERT_FILE."
        )
    return State.OK, said


def _rendering() -> Said:
    """A document without a line is drawn: Typst runs, and the fonts are those that were shipped."""
    today = local_day(clock.now(), "UTC")
    sender, receiver = Sender("own", "Own"), Receiver("own", "Own")
    heading = Heading("invoice", "INV-0", today, today, "USD", sender, receiver, "", is_demo=False)
    data = data_of_items(
        heading,
        document=ItemsOfDocument("invoice", []),
        totals=Totals(0, [], []),
        names=Names({}, {}),
    )
    drawn = render(canonical_json(data))
    return State.OK, f"A document was drawn with {drawn.renderer}"


def _database(durability_problems: Lacking) -> Said:
    if not has_tables():
        return State.FAILED, (
            "Nothing is set up in it yet. Import your files with `icb import`, or restore a backup."
        )
    if lacking := durability_problems():
        return State.FAILED, (
            f"It could lose what it stored: {'; '.join(lacking)}. Set it so on the database "
            "server, or open the data folder on a local disk."
        )
    return State.OK, f"{connection.display_name} keeps what it stored"


def _migrations() -> Said:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return State.WARNING, f"{len(plan)} changes of tables wait. The next start makes them."
    known = set(executor.loader.disk_migrations)
    unknown = sorted(
        f"{app}.{name}" for app, name in set(executor.loader.applied_migrations) - known
    )
    if unknown:
        return State.FAILED, (
            f"The tables are of a later version ({unknown[0]}). Install that version again."
        )
    return State.OK, "The tables are those of this version"


def _guards() -> Said:
    differences = guard_differences()
    if not differences:
        return State.OK, "All guards are in place"
    said = f"Guards were not as declared ({len(differences)}), the first: {differences[0]}"
    broken = [
        problem
        for problems in run_for_all(recompute=True).values()
        for problem in problems
        if problem.area != "guards"
    ]
    if broken:
        return State.FAILED, (
            f"{said}. They were not installed again, because the books are broken: {broken[0]} "
            "See `icb verify`, and restore a backup from before."
        )
    install_guards()
    return State.WARNING, f"{said}. The books are sound, and the guards were installed again."


def _clock() -> Said:
    with every_provider():
        newest = AuditEvent.objects.order_by("-at").values_list("at", flat=True).first()
    now = clock.now()
    if newest is not None and newest > now:
        return State.FAILED, (
            f"It is {now:%Y-%m-%d %H:%M} UTC here, and something was recorded at "
            f"{newest:%Y-%m-%d %H:%M} already. Set the clock of this machine."
        )
    return State.OK, f"It is {now:%Y-%m-%d %H:%M} UTC"


def _days() -> Said:
    said = []
    for row, key in Provider.objects.order_by("pk").values_list("pk", "key"):
        with in_provider(row):
            said.append(f"{key} is at {local_today()}")
    return State.OK, ", ".join(said) or "There is no provider yet"


def _modules() -> Said:
    """Bundles carry no addresses and no secrets: what came with one is asked for by nobody."""
    waiting: list[str] = []
    alone = 0
    for row in Provider.objects.order_by("pk").values_list("pk", flat=True):
        with in_provider(row):
            found = unconnected()
            waiting += [how_to_connect(key, adapter=way) for key, way in found if way]
            alone += sum(not way for _, way in found)
    if waiting:
        return State.WARNING, " ".join(waiting)
    more = f" ({alone} by bundles and people alone)" if alone else ""
    return State.OK, f"Every enabled module has a way in{more}"


def _issuing() -> Said:
    if is_issuing_locked():
        return State.WARNING, (
            "Issuing is locked since a backup was restored. Enter the last numbers that were "
            "issued with `icb invoice unlock`."
        )
    return State.OK, "Documents can be issued"


def _backup_programs() -> Said:
    if connection.vendor != "postgresql":
        return State.OK, "Nothing beside ICB is needed to back up"
    missing = list(_missing("pg_dump", "pg_restore", "psql"))
    if missing:
        return State.WARNING, (
            f"{', '.join(missing)} is not on the PATH, so nothing can be backed up. Install "
            "PostgreSQL's client programs."
        )
    return State.OK, "The programs that back up are there"


def _missing(*programs: str) -> Iterator[str]:
    return (program for program in programs if shutil.which(program) is None)


_MACHINE: tuple[tuple[str, Check], ...] = (
    ("versions", _versions),
    ("settings", _settings),
    ("data folder", _data_folder),
    ("free disk", _free_disk),
    ("keys", _keys),
    ("outgoing requests", _outgoing),
    ("rendering", _rendering),
    ("backup programs", _backup_programs),
)
_DATABASE: tuple[tuple[str, Check], ...] = (
    ("migrations", _migrations),
    ("guards", _guards),
    ("clock", _clock),
    ("days", _days),
    ("modules", _modules),
    ("issuing", _issuing),
)
