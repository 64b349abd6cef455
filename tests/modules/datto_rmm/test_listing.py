"""A list that is short, moved or leads in a circle is never counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.modules.datto_rmm.accounts import found, taken

from icb.demo.vendors.datto_rmm import FakeDattoRmm
from icb.demo.vendors.server import Answer, Request
from icb.hub.ports import IncompleteAnswer, ReachRefused, UnexpectedAnswer

Change = Callable[[dict[str, Any]], None]
DEVICES = "/api/v2/account/devices"


@pytest.fixture
def fake() -> Iterator[FakeDattoRmm]:
    with FakeDattoRmm(["Acme"], page_size=2) as fake:
        fake.add_devices(fake.sites[0], category="Laptop", count=7)
        yield fake


def change_page(fake: FakeDattoRmm, *, page: int, change: Change, path: str = DEVICES) -> None:
    """Change one page of a list before it is sent."""

    def fault(request: Request, answer: Answer) -> Answer:
        if request.path != path or request.query.get("page", "0") != str(page):
            return answer
        body = answer.body
        assert isinstance(body, dict)
        copy = {**body, "pageDetails": dict(body["pageDetails"])}
        change(copy)
        return Answer(body=copy)

    fake.fault = fault


def cut_after(body: dict[str, Any]) -> None:
    body["pageDetails"]["nextPageUrl"] = None


def emptied(body: dict[str, Any]) -> None:
    body["devices"] = []
    body["pageDetails"]["count"] = 0


def one_fewer(body: dict[str, Any]) -> None:
    body["devices"] = body["devices"][1:]


def one_fewer_and_said(body: dict[str, Any]) -> None:
    one_fewer(body)
    body["pageDetails"]["count"] -= 1


def other_total(body: dict[str, Any]) -> None:
    body["pageDetails"]["totalCount"] += 1


def first_row_again(body: dict[str, Any]) -> None:
    body["devices"] = [body["devices"][0], body["devices"][0]]


def to_itself(body: dict[str, Any]) -> None:
    body["pageDetails"]["nextPageUrl"] = body["pageDetails"]["nextPageUrl"].replace("=2", "=1")


def without_totals(body: dict[str, Any]) -> None:
    body["pageDetails"].update(totalCount=None, count=None)


def test_every_page_counts(fake: FakeDattoRmm) -> None:
    assert found(taken(fake))["Acme", "Laptop"] == 7


@pytest.mark.parametrize("page", [0, 1, 2])
@pytest.mark.parametrize(
    "change",
    [cut_after, emptied, one_fewer, one_fewer_and_said, other_total, first_row_again],
    ids=lambda change: change.__name__,
)
def test_a_list_that_is_not_whole_is_refused(fake: FakeDattoRmm, page: int, change: Change) -> None:
    change_page(fake, page=page, change=change)
    with pytest.raises(IncompleteAnswer, match="Nothing was stored"):
        taken(fake)


def test_the_last_page_may_not_be_short(fake: FakeDattoRmm) -> None:
    change_page(fake, page=3, change=emptied)
    with pytest.raises(IncompleteAnswer, match="7 were announced and 6 came"):
        taken(fake)


def test_pages_that_lead_in_a_circle_end_the_reading(fake: FakeDattoRmm) -> None:
    change_page(fake, page=1, change=to_itself)
    with pytest.raises(IncompleteAnswer, match="in a circle"):
        taken(fake)
    assert len(fake.requests) < 10


def test_a_list_that_moves_while_it_is_read_is_refused(fake: FakeDattoRmm) -> None:
    """A device of the first page goes, so that one of the second slips past."""

    def fault(request: Request, answer: Answer) -> Answer:
        if request.path == DEVICES and request.query.get("page", "0") == "0":
            fake.devices.pop(0)
        return answer

    fake.fault = fault
    with pytest.raises(IncompleteAnswer, match="total changed"):
        taken(fake)


def test_without_totals_the_sites_own_figures_are_the_check(fake: FakeDattoRmm) -> None:
    change_page(fake, page=3, change=without_totals)
    assert found(taken(fake))["Acme", "Laptop"] == 7

    def fault(request: Request, answer: Answer) -> Answer:
        body = answer.body
        if request.path != DEVICES or not isinstance(body, dict):
            return answer
        details = {"nextPageUrl": None}
        return Answer(body={"pageDetails": details, "devices": body["devices"]})

    fake.fault = fault
    with pytest.raises(IncompleteAnswer, match="Acme has 7 devices and 2 came"):
        taken(fake)


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/api/v2/account/devices?page=1",
        "https://merlot-api.centrastage.net/api/v2/account/users?page=1",
        "http://169.254.169.254/latest",
    ],
)
def test_a_next_page_somewhere_else_is_not_followed(fake: FakeDattoRmm, address: str) -> None:
    change_page(fake, page=0, change=lambda body: body["pageDetails"].update(nextPageUrl=address))
    with pytest.raises(ReachRefused):
        taken(fake)


def test_a_next_page_of_another_list_is_not_counted(fake: FakeDattoRmm) -> None:
    address = "https://merlot-api.centrastage.net/api/v2/account/sites?page=0"
    change_page(fake, page=0, change=lambda body: body["pageDetails"].update(nextPageUrl=address))
    with pytest.raises(UnexpectedAnswer, match=r"devices .*missing"):
        taken(fake)


def test_sites_that_are_missing_are_noticed(fake: FakeDattoRmm) -> None:
    fake.add_site("Baker")
    fake.add_devices(fake.add_site("Cole"), category="Server")

    def change(body: dict[str, Any]) -> None:
        body["pageDetails"].update(nextPageUrl=None, totalCount=2)

    change_page(fake, page=0, change=change, path="/api/v2/account/sites")
    with pytest.raises(IncompleteAnswer, match="the list of sites does not hold"):
        taken(fake)
