"""Try a connection out: whether it works, what it would bring, what stands behind a count.

Nothing is stored by any of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from icb.foundation.actor import require
from icb.foundation.installation import is_demo
from icb.foundation.permissions import Permission
from icb.foundation.providers import local_today
from icb.hub import registry
from icb.hub.connecting_queries import connection_settings
from icb.hub.ports import Adapter, Capability, DaySnapshot, Item, Session, SyncProblem
from icb.hub.sync_queries import SyncTarget, sync_target
from icb.kernel import clock
from icb.kernel.errors import IcbError, Refused
from icb.operations.syncing.advice import NO_REAL_VENDOR, advice
from icb.operations.syncing.connections import is_asked
from icb.operations.syncing.fetching import Connect, adapter_failed
from icb.operations.syncing.http import keeping_secrets, open_http


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a trial found. `snapshot` is what a sync would store, where it was asked for."""

    message: str
    organizations: int
    requests: int
    snapshot: DaySnapshot | None = None


def probe(
    connection: str,
    *,
    with_counts: bool = False,
    tell: Callable[[str], None] = lambda words: None,
    connect: Connect | None = None,
) -> Probe:
    """Make the request that proves a connection works; on demand read all that a sync would read.

    Raises Refused with what went wrong and what to do about it.
    """
    with _session(connection, tell=tell, connect=connect) as (adapter, session, requests):
        found = adapter.test(session)
        snapshot = adapter.snapshot(session, day=session.today) if with_counts else None
        return Probe(
            message=found.message,
            organizations=found.organizations,
            requests=requests(),
            snapshot=snapshot,
        )


def items_behind(
    connection: str, *, organization: str, billing_type: str, connect: Connect | None = None
) -> list[Item]:
    """The items behind a count of now, those that do not count among them, each with its reason."""
    with _session(connection, tell=lambda words: None, connect=connect) as (adapter, session, _):
        if Capability.EVIDENCE not in adapter.description.capabilities:
            raise Refused(
                "no_evidence",
                f"{connection}: {adapter.description.name} does not list what is behind a count. "
                "Nothing was asked.",
            )
        found = adapter.items(session, organization=organization, billing_type=billing_type)
        return list(found)


@contextmanager
def _session(
    connection: str, *, tell: Callable[[str], None], connect: Connect | None
) -> Iterator[tuple[Adapter, Session, Callable[[], int]]]:
    require(Permission.MANAGE_MODULES)
    target = _asked(connection)
    if connect is None and is_demo():
        raise Refused(
            NO_REAL_VENDOR,
            "The vendors of the demo are made up, and answer syncs alone. Nobody was asked, and "
            "nothing was stored.",
        )
    adapter = registry.adapter(target.adapter)
    try:
        settings = connection_settings(connection)
        http = (connect or open_http)(adapter.description, settings=settings)
        with keeping_secrets(adapter.description, settings=settings) as hide:
            session = Session(
                settings=settings,
                http=http,
                now=clock.now(),
                today=local_today(),
                progress=lambda words: tell(hide(words)),
            )
            try:
                yield adapter, session, lambda: http.requests
            except (SyncProblem, IcbError):
                raise
            except Exception as error:
                raise adapter_failed(adapter, error=error) from None
            finally:
                http.close()
    except SyncProblem as problem:
        raise Refused(
            problem.code,
            f"{connection}: {problem.message} {advice(problem.code)}".strip(),
            why=problem.message,
        ) from problem


def _asked(connection: str) -> SyncTarget:
    target = sync_target(connection)
    if not is_asked(target):
        raise Refused(
            "nothing_to_ask",
            f"{target.key}: its counts are sent to us; there is nobody to ask. Nothing was done.",
        )
    return target
