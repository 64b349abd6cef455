"""NinjaOne: what counts, what is left out, and lists that are not believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.modules import direct

from icb.demo.vendors.ninjaone import FakeNinjaOne
from icb.demo.vendors.server import Answer, Request
from icb.hub.ports import CredentialsRefused, DaySnapshot, IncompleteAnswer, UnexpectedAnswer
from icb.modules.ninjaone.adapter import ADAPTER
from icb.modules.reading import Record

SETTINGS = {"region": "eu", "client_id": "ninja-client", "client_secret": "ninja-secret"}
WORDS = ("WINDOWS_SERVER", "MAC", "NMS_SWITCH", "HOLO_DECK", None)


def taken(fake: FakeNinjaOne) -> DaySnapshot:
    return direct.taken(fake, adapter=ADAPTER, settings=SETTINGS)


@pytest.fixture
def fake() -> FakeNinjaOne:
    fake = FakeNinjaOne(["Acme", "Baker"], page_size=2)
    fake.add_devices(fake.organizations[0], node_class="WINDOWS_SERVER", count=5)
    fake.add_devices(fake.organizations[1], node_class="MAC", count=2)
    return fake


DEVICES = st.tuples(st.integers(0, 3), st.sampled_from(WORDS), st.sampled_from(("APPROVED", "X")))


@given(st.lists(DEVICES, max_size=40), st.integers(1, 7))
def test_any_fleet_counts_as_it_is_counted_by_hand(
    devices: list[tuple[int, str | None, str]], page_size: int
) -> None:
    fake = FakeNinjaOne(["A", "B", "C", "D"], page_size=page_size)
    wanted: Counter[tuple[str, str]] = Counter()
    for place, word, approval in devices:
        owner = fake.organizations[place]
        fake.add_devices(owner, node_class=word, approval=approval)
        if approval == "APPROVED":
            wanted[str(owner.id), "devices"] += 1
            if word and word != "HOLO_DECK":
                wanted[str(owner.id), word.lower()] += 1
    snapshot = taken(fake)
    assert direct.found(snapshot) == wanted
    manifest = snapshot.manifest
    assert manifest.items == len(devices)
    assert manifest.excluded.get("approval status X", 0) == sum(d[2] == "X" for d in devices)


def test_devices_that_are_off_count(fake: FakeNinjaOne) -> None:
    assert any(device.is_offline for device in fake.devices)
    assert direct.found(taken(fake))["2", "devices"] == 5


def test_a_device_that_waits_for_approval_is_named_and_not_counted(fake: FakeNinjaOne) -> None:
    fake.devices[0].approval = "PENDING"
    snapshot = taken(fake)
    assert direct.found(snapshot)["2", "windows_server"] == 4
    assert snapshot.manifest.excluded == {"waits for approval": 1}


def test_a_device_without_an_approval_status_is_refused(fake: FakeNinjaOne) -> None:
    fake.devices[0].approval = ""
    with pytest.raises(UnexpectedAnswer, match="approvalStatus"):
        taken(fake)


def test_a_class_without_a_word_counts_in_the_total(fake: FakeNinjaOne) -> None:
    fake.devices[0].node_class = None
    snapshot = taken(fake)
    assert direct.found(snapshot)["2", "devices"] == 5
    assert snapshot.manifest.unknown == {"no node class": 1}


Pages = Callable[[Request, Answer], Answer]


def spoiled(change: Callable[[list[object]], list[object]], *, at: int) -> Pages:
    """Changes the rows of the answer number `at` to a question for devices."""
    asked = [0]

    def fault(request: Request, answer: Answer) -> Answer:
        if request.path != "/v2/devices":
            return answer
        asked[0] += 1
        assert isinstance(answer.body, list)
        return Answer(body=change(answer.body)) if asked[0] == at else answer

    return fault


def held_back(request: Request, answer: Answer) -> Answer:
    """The list of organizations without its first one."""
    if request.path == "/v2/organizations" and isinstance(answer.body, list):
        return Answer(body=[row for row in answer.body if row["id"] != 2])
    return answer


@pytest.mark.parametrize("at", [1, 2, 3, 4, 6, 7])
def test_a_page_that_is_empty_by_mistake_is_no_end(fake: FakeNinjaOne, at: int) -> None:
    fake.fault = spoiled(lambda rows: [], at=at)
    with pytest.raises(IncompleteAnswer, match="not whole"):
        taken(fake)


@pytest.mark.parametrize("at", [1, 2, 4, 6, 8])
def test_a_row_that_is_dropped_is_noticed(fake: FakeNinjaOne, at: int) -> None:
    fake.fault = spoiled(lambda rows: rows[:-1] if len(rows) == 1 else rows[1:], at=at)
    with pytest.raises(IncompleteAnswer, match="two readings"):
        taken(fake)


def test_a_page_that_comes_twice_is_refused(fake: FakeNinjaOne) -> None:
    fake.fault = spoiled(lambda rows: [*rows[:1], *rows[:1]], at=2)
    with pytest.raises(IncompleteAnswer, match="ascend"):
        taken(fake)


def test_devices_of_an_organization_that_is_not_listed_are_refused(fake: FakeNinjaOne) -> None:
    fake.fault = held_back
    with pytest.raises(IncompleteAnswer, match="organization 2"):
        taken(fake)


def test_a_token_that_ends_in_the_middle_is_renewed_once(fake: FakeNinjaOne) -> None:
    whole = taken(fake)

    def end(request: Request, answer: Answer) -> Answer:
        if request.number == start + 6:
            fake.expire_tokens()
        return answer

    start = len(fake.exchanges)
    fake.fault = end
    assert taken(fake) == whole
    posts = [request for request in fake.requests[start:] if request.method == "POST"]
    assert len(posts) == 2


def test_a_token_that_is_never_taken_is_a_matter_of_credentials(fake: FakeNinjaOne) -> None:
    fake.fault = lambda request, answer: (
        answer if request.method == "POST" else Answer(status=401, body={})
    )
    with pytest.raises(CredentialsRefused, match="does not accept it"):
        taken(fake)


@pytest.mark.parametrize(
    ("seconds", "instant"),
    [
        (Decimal("1773091800.123456"), datetime(2026, 3, 9, 21, 30, 0, 123456, tzinfo=UTC)),
        (Decimal("1.773091800E+9"), datetime(2026, 3, 9, 21, 30, tzinfo=UTC)),
        (1773091800, datetime(2026, 3, 9, 21, 30, tzinfo=UTC)),
        # As a binary fraction this one would lose its last microsecond.
        (Decimal("4102444799.999999"), datetime(2099, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_seconds_with_a_fraction_are_read_exactly(
    seconds: int | Decimal, instant: datetime
) -> None:
    row = Record({"lastContact": seconds}, at="row")
    assert row.instant_of_seconds_or_none("lastContact") == instant


@pytest.mark.parametrize("wrong", [True, "12", Decimal(-1), Decimal("1E+999999999"), [], {}])
def test_what_is_no_sane_number_is_refused(wrong: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="quantity"):
        Record({"quantity": wrong}, at="row").amount("quantity")
