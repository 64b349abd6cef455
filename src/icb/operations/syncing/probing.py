"""Try a connection out: whether it works, what it would bring, what stands behind a count.

Nothing is stored by any of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from icb.foundation.actor import require
from icb.foundation.installation import is_demo
from icb.foundation.permissions import Permission
from icb.foundation.providers import local_today
from icb.hub import registry
from icb.hub.connecting_queries import connection_settings
from icb.hub.ports import (
    Adapter,
    Capability,
    ConnectionTest,
    DaySnapshot,
    Item,
    Session,
    SyncProblem,
)
from icb.hub.sync_queries import SyncTarget, sync_target
from icb.kernel import clock
from icb.kernel.errors import IcbError, Refused
from icb.operations.syncing.advice import NO_REAL_VENDOR, advice
from icb.operations.syncing.connections import is_asked
from icb.operations.syncing.fetching import (
    TOTAL_SECONDS,
    Connect,
    Fetch,
    Left,
    SyncHttp,
    adapter_failed,
    close_quietly,
)
from icb.operations.syncing.http import keeping_secrets, open_http


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a trial found. `snapshot` is what a sync would store, where it was asked for."""

    message: str
    organizations: int
    requests: int
    snapshot: DaySnapshot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long an answer is awaited: so many seconds, or until `is_left`, which raises Left.

    `meanwhile` is called again and again by whoever waits; `tell` by the thread that asks.
    """

    seconds: float = TOTAL_SECONDS
    is_left: Callable[[], bool] = lambda: False
    meanwhile: Callable[[], None] = lambda: None
    tell: Callable[[str], None] = lambda words: None


def probe(
    connection: str,
    *,
    with_counts: bool = False,
    patience: Patience | None = None,
    connect: Connect | None = None,
) -> Probe:
    """Make the request that proves a connection works; on demand read all that a sync would read.

    Raises Refused with what went wrong and what to do about it.
    """
    waits = patience or Patience()
    with _session(connection, tell=waits.tell, connect=connect) as (adapter, session, opened):

        def question() -> tuple[ConnectionTest, DaySnapshot | None]:
            found = adapter.test(session)
            return found, adapter.snapshot(session, day=session.today) if with_counts else None

        found, snapshot = Fetch(adapter, question=question).answer(
            seconds=waits.seconds, is_left=waits.is_left, meanwhile=waits.meanwhile
        )
        return Probe(
            message=opened.hide(found.message),
            organizations=found.organizations,
            requests=opened.http.requests,
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


class _Opened(NamedTuple):
    """What a session asks with, and what takes the secrets out of a text."""

    http: SyncHttp
    hide: Callable[[str], str]


@contextmanager
def _session(
    connection: str, *, tell: Callable[[str], None], connect: Connect | None
) -> Iterator[tuple[Adapter, Session, _Opened]]:
    require(Permission.MANAGE_MODULES)
    target = asked_target(connection)
    if connect is None and is_demo():
        raise Refused(
            NO_REAL_VENDOR,
            "The vendors of the demo are made up, and are there only beside its pages. Nobody was "
            "asked, and nothing was stored.",
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
                yield adapter, session, _Opened(http, hide)
            except (SyncProblem, IcbError, Left):
                raise
            except Exception as error:
                raise adapter_failed(adapter, error=error) from None
            finally:
                close_quietly(http)
    except SyncProblem as problem:
        raise Refused(
            problem.code,
            f"{connection}: {problem.message} {advice(problem.code)}".strip(),
            why=problem.message,
        ) from problem


def asked_target(connection: str) -> SyncTarget:
    """The connection, where there is somebody to ask; NotFound or Refused otherwise."""
    target = sync_target(connection)
    if not is_asked(target):
        raise Refused(
            "nothing_to_ask",
            f"{target.key}: its counts are sent to us; there is nobody to ask. Nothing was done.",
        )
    return target
