"""Whatever goes wrong in one answer: a sync problem, or counts that are as right as without it.

A client that is not in the snapshot at all is no wrong count: the hub asks about it. A count that
is lower than it is would be billed, and nobody would know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from tests.conformance.case import DAY, Case, all_cases

from icb.demo.vendors.server import Answer, Fake, Request
from icb.hub.ports import CredentialsRefused, DaySnapshot, SyncProblem

Rows = list[Any]
NAMES = ("name", "displayName")
TOTALS = ("totalElements", "totalCount")
CASES = all_cases()


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found = request.param
    assert isinstance(found, Case)
    return found


@pytest.fixture
def fake(case: Case) -> Iterator[Fake]:
    with case.fake() as fake:
        yield fake


def taken(case: Case, fake: Fake) -> DaySnapshot:
    return case.adapter.snapshot(case.session(fake), day=DAY)


def counted(snapshot: DaySnapshot) -> dict[tuple[str, str], object]:
    return {(count.organization, count.billing_type): count.count for count in snapshot.counts}


def rows_of(body: object) -> Rows | None:
    """The list in an answer, itself; None where there is none."""
    if isinstance(body, list):
        return body
    if isinstance(body, dict):
        return next((value for value in body.values() if isinstance(value, list)), None)
    return None


def emptied(body: Any, before: Any) -> Any:
    rows = rows_of(body)
    assert rows is not None
    rows.clear()
    return body


def repeated(body: Any, before: Any) -> Any:
    return before if before is not None else body


def shifted(body: Any, before: Any) -> Any:
    rows = rows_of(body)
    assert rows is not None
    del rows[:1]
    return body


def doubled(body: Any, before: Any) -> Any:
    rows = rows_of(body)
    assert rows is not None
    rows[-1:] = rows[:1]
    return body


def of_nulls(body: Any, before: Any) -> Any:
    rows = rows_of(body)
    assert rows is not None
    rows[:] = [dict.fromkeys(row) if isinstance(row, dict) else None for row in rows]
    return body


def miscounted(body: Any, before: Any) -> Any:
    for part in [body, *(body.values() if isinstance(body, dict) else [])]:
        for name in TOTALS:
            if isinstance(part, dict) and isinstance(part.get(name), int):
                part[name] += 3
    return body


FAULTS: tuple[Callable[[Any, Any], Any], ...] = (
    emptied,
    repeated,
    shifted,
    doubled,
    of_nulls,
    miscounted,
)


class Spoiled:
    """Spoils the answer number `at` among those with a list, and only that one.

    Without a `change` it is refused, as when a token ends in the middle.
    """

    def __init__(self, change: Callable[[Any, Any], Any] | None, *, at: int) -> None:
        self.change, self.at = change, at
        self.seen = 0
        self.before: dict[str, object] = {}

    def __call__(self, request: Request, answer: Answer) -> Answer:
        if rows_of(answer.body) is None or answer.status != 200:
            return answer
        before, self.before[request.path] = self.before.get(request.path), answer.body
        self.seen += 1
        if self.seen - 1 != self.at:
            return answer
        if self.change is None:
            return Answer(status=401, body={})
        return Answer(body=self.change(deepcopy(answer.body), deepcopy(before)))


def places(case: Case, fake: Fake) -> list[int]:
    """Some answers with a list, by their number: the first, the last, and between them."""
    fake.exchanges.clear()
    taken(case, fake)
    listed = sum(rows_of(exchange.answer.body) is not None for exchange in fake.exchanges)
    return sorted({0, 1, listed // 4, listed // 2, listed - 2, listed - 1} & set(range(listed)))


@pytest.mark.parametrize("change", FAULTS, ids=lambda change: change.__name__)
def test_one_wrong_answer_never_makes_a_wrong_count(
    case: Case, fake: Fake, change: Callable[[Any, Any], Any]
) -> None:
    whole = counted(taken(case, fake))
    for at in places(case, fake):
        fake.fault = Spoiled(change, at=at)
        try:
            found = counted(taken(case, fake))
        except SyncProblem as problem:
            assert "Nothing was stored" in problem.message
        else:
            wrong = {key: count for key, count in found.items() if whole.get(key) != count}
            assert not wrong, f"answer {at}"
        fake.fault = None


def test_credentials_that_end_in_the_middle_change_nothing(case: Case, fake: Fake) -> None:
    whole = counted(taken(case, fake))
    for at in places(case, fake):
        fake.fault = Spoiled(None, at=at)
        try:
            found = counted(taken(case, fake))
        except CredentialsRefused as problem:
            assert "Nothing was stored" in problem.message
        else:
            assert found == whole, f"answer {at}"
        fake.fault = None


def test_clients_of_one_name_stay_apart(case: Case, fake: Fake) -> None:
    whole = counted(taken(case, fake))

    def fault(request: Request, answer: Answer) -> Answer:
        body = deepcopy(answer.body)
        for row in rows_of(body) or []:
            if isinstance(row, dict):
                row.update({name: "Acme" for name in NAMES if name in row})
        return Answer(status=answer.status, body=body, headers=answer.headers)

    try:
        fake.fault = fault
        found = counted(taken(case, fake))
    except SyncProblem as problem:
        assert "Nothing was stored" in problem.message
    else:
        assert {key: count for key, count in found.items() if count} == {
            key: count for key, count in whole.items() if count
        }
