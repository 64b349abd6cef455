"""Several holds decided at once: as if each had been decided on its own, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.transaction import atomic, set_rollback
from django.test.utils import CaptureQueriesContext
from tests.hub.books import june
from tests.hub.stored import connect, say, stand_at

from icb.foundation.models import AuditEvent, Provider
from icb.hub.actions import HeldPlace, decide, decide_holds
from icb.hub.inputs import NewBillingType
from icb.hub.models import Count, CountDecision, CountKey, CountMark, ModuleOrganization
from icb.hub.queries import readings
from icb.kernel.errors import IcbError, NotFound, Refused

TYPES = ("devices", "seats")
CLIENTS = ("7", "8", "9")
Row = tuple[object, ...]


@pytest.fixture(autouse=True)
def module(provider: Provider, clock: object) -> Iterator[None]:
    """Three clients in two modules: counts fall on different days; two stay away and return."""
    stand_at(june(30), hour=13)
    for key in ("rmm", "edr"):
        connect(*(NewBillingType(key=type) for type in TYPES), key=key)
        for day in range(1, 21):
            here = [id for id in CLIENTS if id == "7" or day not in (4, 5, 6)]
            say(day, {id: _counts(id, day) for id in here}, key=key)
    yield


def _counts(id: str, day: int) -> dict[str, object]:
    fall = {"7": 10, "8": 12, "9": 31}[id]
    return {"devices": 5 if day >= fall else 100, "seats": 3 if day >= fall + 2 else 50}


def places(
    *, billing_types: tuple[str, ...] = TYPES, ids: tuple[str, ...] = CLIENTS
) -> list[HeldPlace]:
    return [
        HeldPlace(row, type, june((4 if id == "9" else 11) + number))
        for id in ids
        for row in _rows(id)
        for number, type in enumerate(billing_types)
    ]


def _rows(id: str) -> list[int]:
    found = ModuleOrganization.objects.filter(external_id=id).order_by("pk")
    return list(found.values_list("pk", flat=True))


def stored() -> list[Row]:
    """All that decisions leave: points, decisions, marks, what the module organizations are."""
    points = Count.objects.filter(replaced_at=None).order_by("count_key_id", "day")
    point = ("count_key_id", "day", "state", "value", "reason", "kept_value")
    decisions = CountDecision.objects.order_by("module_organization_id", "billing_type_id")
    decided = ("module_organization_id", "billing_type_id", "decision", "from_day", "until_day")
    marks = CountMark.objects.order_by("count_key_id", "from_day")
    return [
        *points.values_list(*point),
        *decisions.values_list(*decided, "reason"),
        *marks.values_list("count_key_id", "from_day").distinct(),
        *ModuleOrganization.objects.order_by("pk").values_list("pk", "name", "first_seen_on"),
        *CountKey.objects.order_by("pk").values_list("pk", "first_counted_on"),
    ]


def read_all() -> dict[int, object]:
    ids = list(CountKey.objects.values_list("pk", flat=True))
    return dict(readings(ids, start=june(1), end=june(30)))


def one_by_one(
    holds: list[HeldPlace], decision: str
) -> tuple[list[Row], dict[int, object], list[str]]:
    codes = []
    with atomic():
        for id, type, day in holds:
            try:
                decide([id], billing_type=type, from_day=day, decision=decision)
                codes.append("")
            except IcbError as error:
                codes.append(error.code)
        found = stored(), read_all(), codes
        set_rollback(True)
    return found


@pytest.mark.parametrize("decision", ["accept", "reject", "departed", "carry"])
def test_all_at_once_is_one_after_the_other(decision: str) -> None:
    points, reads, codes = one_by_one(places(), decision)
    refused = decide_holds(places(), decision=decision)
    assert [error.code if error else "" for error in refused] == codes
    assert stored() == points
    assert read_all() == reads


def test_what_holds_nothing_is_refused_alone_and_leaves_nothing() -> None:
    refused = decide_holds(places(), decision="accept", reason="asked")
    assert [type(error) for error in refused] == [type(None)] * 8 + [Refused] * 4
    assert "edr 9 has no held count from 2026-06-05" in str(refused[-1])
    assert CountDecision.objects.filter(module_organization__external_id="9").count() == 0
    told = AuditEvent.objects.order_by("-sequence")[0]
    assert told.action == "decide_holds"
    assert told.data.count('"of"') == 8


def test_an_unknown_type_is_refused_alone() -> None:
    wrong, right = places(billing_types=("servers",), ids=("7",))[0], places(ids=("8",))[0]
    refused = decide_holds([wrong, right], decision="carry")
    assert isinstance(refused[0], NotFound)
    assert refused[1] is None


def test_where_all_is_refused_nothing_is_told() -> None:
    before = AuditEvent.objects.count()
    assert all(decide_holds(places(ids=("9",)), decision="reject"))
    assert AuditEvent.objects.count() == before


def test_more_holds_ask_no_more() -> None:
    def asked(holds: list[HeldPlace]) -> int:
        with atomic(), CaptureQueriesContext(connection) as queries:
            decide_holds(holds, decision="accept")
            set_rollback(True)
        return len(queries)

    assert asked(places(ids=("7", "8"))) == asked(places(ids=("7",)))
