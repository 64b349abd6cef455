"""A vendor in memory, for measuring what the program itself takes for a sync."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from datetime import date

from icb.hub.ports import (
    Capability,
    ConnectionTest,
    DaySnapshot,
    Description,
    Item,
    Manifest,
    Reach,
    Seen,
    Session,
    UsageCount,
)

ANSWERS_AFTER_SECONDS = 0.1
_HANGS_SECONDS = 600


class CountingAdapter:
    """Gives the counts by (organization, billing type); one with `waits_for` hangs until it is set.

    `prepare` makes a day's snapshot beforehand, so that making it is not measured.
    """

    def __init__(
        self,
        key: str,
        counts: Mapping[tuple[str, str], int],
        *,
        waits_for: threading.Event | None = None,
    ) -> None:
        self.description = Description(
            key=key,
            module=key,
            name=key,
            version="1",
            settings=(),
            reach=(Reach(method="GET", host=f"{key}.example", path="/counts"),),
            capabilities=frozenset({Capability.HISTORY}),
            billing_types=sorted({billing_type for _, billing_type in counts}),
        )
        self._counts = counts
        self._waits_for = waits_for
        self._prepared: DaySnapshot | None = None

    def prepare(self, day: date) -> None:
        """Make the snapshot that is given next."""
        organizations = dict.fromkeys(organization for organization, _ in self._counts)
        self._prepared = DaySnapshot(
            day=day,
            counts=[
                UsageCount(organization=organization, billing_type=billing_type, count=count)
                for (organization, billing_type), count in self._counts.items()
            ],
            organizations=[Seen(id=id, name=f"Client {id}") for id in organizations],
            manifest=Manifest(is_complete=True, billing_types=self.description.billing_types),
        )

    def test(self, session: Session) -> ConnectionTest:
        """See `icb.hub.ports.Adapter`."""
        return ConnectionTest(message="It answers.", organizations=len(self._counts))

    def organizations(self, session: Session) -> Iterable[Seen]:
        """See `icb.hub.ports.Adapter`."""
        return ()

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        """See `icb.hub.ports.Adapter`."""
        if self._waits_for is not None:
            self._waits_for.wait(_HANGS_SECONDS)
        if self._prepared is None:
            time.sleep(ANSWERS_AFTER_SECONDS)
            self.prepare(day)
        assert self._prepared is not None
        return self._prepared

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        """See `icb.hub.ports.Adapter`."""
        return ()
