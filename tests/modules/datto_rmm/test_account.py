"""Tokens, refusals and limits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.modules.datto_rmm.accounts import found, session, taken

from icb.demo.vendors.datto_rmm import FakeDattoRmm
from icb.demo.vendors.server import Answer, Request
from icb.hub.ports import (
    AccessRefused,
    CredentialsRefused,
    SyncProblem,
    Throttled,
    WrongSettings,
)
from icb.modules.datto_rmm.adapter import ADAPTER
from icb.operations.syncing import http

TOKEN = "/auth/oauth/token"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSES", (0.0,))


@pytest.fixture
def fake() -> Iterator[FakeDattoRmm]:
    with FakeDattoRmm(["Acme"], page_size=2) as fake:
        fake.add_devices(fake.sites[0], category="Laptop", count=7)
        yield fake


def tokens_asked(fake: FakeDattoRmm) -> int:
    return sum(request.path == TOKEN for request in fake.requests)


def test_one_token_serves_a_whole_run(fake: FakeDattoRmm) -> None:
    taken(fake)
    assert tokens_asked(fake) == 1


def test_a_token_that_ends_in_the_middle_is_replaced_once(fake: FakeDattoRmm) -> None:
    def fault(request: Request, answer: Answer) -> Answer:
        if request.number == 4:
            fake.expire_tokens()
        return answer

    fake.fault = fault
    assert found(taken(fake))["Acme", "Laptop"] == 7
    assert tokens_asked(fake) == 2


def test_tokens_that_never_last_are_a_matter_of_credentials(fake: FakeDattoRmm) -> None:
    def fault(request: Request, answer: Answer) -> Answer:
        fake.expire_tokens()
        return answer

    fake.fault = fault
    with pytest.raises(CredentialsRefused, match="Nothing was stored"):
        taken(fake)
    assert tokens_asked(fake) == 2


def test_a_wrong_secret_is_a_matter_of_credentials(fake: FakeDattoRmm) -> None:
    with pytest.raises(CredentialsRefused, match="API key and secret"):
        taken(fake, api_secret="wrong")


def refuse_from(fake: FakeDattoRmm, *, number: int, headers: dict[str, str] | None = None) -> None:
    """Answer 403 from the request of that number on, to everything but the request rate."""

    def fault(request: Request, answer: Answer) -> Answer:
        is_spared = request.path.endswith("request_rate")
        if request.number < number or is_spared:
            return answer
        return Answer(status=403, body={"status": 403}, headers=headers or {})

    fake.fault = fault


def test_a_refusal_with_room_left_is_a_missing_right(fake: FakeDattoRmm) -> None:
    refuse_from(fake, number=2)
    with pytest.raises(AccessRefused, match="may not read this"):
        taken(fake)


def test_a_refusal_with_nothing_left_is_throttling(fake: FakeDattoRmm) -> None:
    fake.reads = 600
    refuse_from(fake, number=2)
    with pytest.raises(Throttled) as raised:
        taken(fake)
    assert raised.value.retry_after == 60


def test_a_refusal_that_names_a_pause_is_throttling(fake: FakeDattoRmm) -> None:
    refuse_from(fake, number=2, headers={"Retry-After": "30"})
    with pytest.raises(Throttled):
        taken(fake)


def test_a_block_in_the_middle_of_a_run_is_throttling(fake: FakeDattoRmm) -> None:
    def fault(request: Request, answer: Answer) -> Answer:
        fake.is_blocked = request.number >= 3
        return answer

    fake.fault = fault
    with pytest.raises(Throttled) as raised:
        taken(fake)
    assert raised.value.retry_after == 300


def test_a_refusal_of_everything_from_the_start_is_a_missing_right(fake: FakeDattoRmm) -> None:
    fake.is_blocked = True
    with pytest.raises(AccessRefused, match="wait five minutes"):
        taken(fake)


@pytest.mark.parametrize(("setting", "count"), [("_NotBillable_", 6), ("7001", 6), ("none", 7)])
def test_the_saved_filter_is_named_or_numbered(
    fake: FakeDattoRmm, setting: str, count: int
) -> None:
    fake.add_filter("Servers")
    fake.add_filter("_NotBillable_", devices=fake.devices[2:3])
    snapshot = taken(fake, not_billable_filter=setting)
    assert found(snapshot)["Acme", "Laptop"] == count
    assert snapshot.manifest.excluded == ({"not billable": 1} if count == 6 else {})


def test_a_saved_filter_that_is_not_there_bills_nobody(fake: FakeDattoRmm) -> None:
    wanted = "not_billable_filter: the account has no saved filter '_NotBillable_'"
    for ask in (taken, lambda fake, **extra: ADAPTER.test(session(fake, **extra))):
        with pytest.raises(WrongSettings, match=wanted):
            ask(fake, not_billable_filter="_NotBillable_")


def test_two_saved_filters_of_one_name_are_not_guessed(fake: FakeDattoRmm) -> None:
    for _ in range(2):
        fake.add_filter("_NotBillable_")
    with pytest.raises(WrongSettings, match="7000, 7001"):
        taken(fake, not_billable_filter="_NotBillable_")


def test_a_saved_filter_that_goes_while_it_is_read_bills_nobody(fake: FakeDattoRmm) -> None:
    fake.add_filter("_NotBillable_", devices=fake.devices[:1])

    def fault(request: Request, answer: Answer) -> Answer:
        if request.path.endswith("custom-filters"):
            fake.filters.clear()
        return answer

    fake.fault = fault
    with pytest.raises(SyncProblem, match="Nothing was stored"):
        taken(fake, not_billable_filter="_NotBillable_")
