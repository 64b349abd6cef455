"""An adapter for tests: it counts what it is told, and asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from icb.hub.ports import (
    ConnectionTest,
    DaySnapshot,
    Description,
    Item,
    Manifest,
    Seen,
    Session,
    SettingField,
    UsageCount,
)

SETTINGS = (
    SettingField(name="region", label="Region", choices=("eu", "us"), default="eu"),
    SettingField(name="account", label="Account", pattern="[0-9]+"),
    SettingField(name="password", label="Password", is_secret=True),
    SettingField(name="pin", label="PIN", is_secret=True, is_required=False),
)


class CounterAdapter:
    """Counts of one organization, `acme`."""

    def __init__(self, *, key: str = "counter", billing_types: Sequence[str] = ("things",)) -> None:
        self.description = Description(
            key=key,
            module="counter",
            name="Counter",
            version="1",
            settings=SETTINGS,
            reach=(),
            billing_types=billing_types,
        )

    def test(self, session: Session) -> ConnectionTest:
        return ConnectionTest(message=f"account {session.settings['account']}", organizations=1)

    def organizations(self, session: Session) -> Iterable[Seen]:
        return [Seen(id="acme", name="Acme")]

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        types = self.description.billing_types
        return DaySnapshot(
            day=day,
            counts=[UsageCount(organization="acme", billing_type=one, count=1) for one in types],
            organizations=list(self.organizations(session)),
            manifest=Manifest(is_complete=True, billing_types=types),
        )

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        return []
