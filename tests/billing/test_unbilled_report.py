"""Unbilled usage of large books is worked out by a job, and says the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from tests.support import story
from tests.support.clocks import StillClock
from tests.web.conftest import words

from icb.billing import unbilled_report
from icb.billing.actions import bill
from icb.billing.models import UnbilledReport, UnbilledStretch
from icb.billing.unbilled_report import UnbilledSince, refresh_unbilled, start_unbilled
from icb.foundation.jobs import JobRow, cancel_job, job_row
from icb.foundation.listing import Wanted
from icb.foundation.models import User
from icb.hub.actions import decide
from icb.hub.models import ModuleOrganization
from icb.kernel.errors import InvalidInput
from icb.operations.worker import Worker

SINCE = date(2025, 5, 1)
ALL = Wanted()


@pytest.fixture(autouse=True)
def june(provider: object, clock: StillClock) -> None:
    """Seats of acme, drafted for May and counted in June, and of another that nobody pays for."""
    story.at("05-01")
    story.connect("7", "8")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "06-10", {"7": 31, "8": 4})
    story.at("06-11")
    bill()


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unbilled_report, "AT_ONCE", 0)


def worked(row: JobRow) -> JobRow:
    assert Worker(by_kind={"unbilled": unbilled_report.run_unbilled}).work_off() == 1
    return job_row(row.id)


def test_a_job_works_out_what_is_worked_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = UnbilledSince(SINCE)
    assert not now.is_long
    monkeypatch.setattr(unbilled_report, "AT_ONCE", 0)
    before = UnbilledSince(SINCE)
    assert (before.is_long, before.is_missing, before.page(ALL).total) == (True, True, 0)
    ended = worked(start_unbilled(SINCE))
    assert (ended.state, ended.message) == ("done", "Worked out 2 stretches of days.")
    stored = UnbilledSince(SINCE)
    assert not stored.is_missing
    assert stored.made_at is not None
    assert list(stored.page(ALL).rows) == list(now.page(ALL).rows)
    assert sorted(stored.sums(ALL)) == sorted(now.sums(ALL))
    assert sum(one.amount for one in stored.sums(ALL)) > Decimal(0)
    for wanted in (
        Wanted(search="8"),
        Wanted(conditions={"reason": "unmapped"}, sort="-amount"),
        Wanted(conditions={"from": "2025-06-01.."}),
    ):
        assert list(stored.page(wanted).rows) == list(now.page(wanted).rows)
        assert sorted(stored.sums(wanted)) == sorted(now.sums(wanted))
    for one in (now, stored):
        with pytest.raises(InvalidInput):
            one.sums(Wanted(conditions={"from": "soon"}))


def test_it_takes_the_place_of_what_was_worked_out_before(long: None) -> None:
    worked(start_unbilled(SINCE))
    story.receive("06-11", "06-11", {"7": 31, "8": 40})
    story.at("06-12")
    first = UnbilledSince(SINCE).page(ALL).rows
    worked(start_unbilled(SINCE))
    assert UnbilledSince(SINCE).page(ALL).rows != first
    assert UnbilledReport.objects.count() == 1
    assert UnbilledSince(date(2025, 4, 1)).is_missing


def test_asked_twice_it_is_one_job_and_cancelled_it_stores_nothing(long: None) -> None:
    first, second = start_unbilled(SINCE), start_unbilled(SINCE)
    assert first.id == second.id
    cancel_job(first.id)
    assert not UnbilledStretch.objects.exists()


def test_it_is_done_anew_after_the_counts_of_a_day_where_a_job_does_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refresh_unbilled()
    assert unbilled_report.open_unbilled(SINCE) is None
    monkeypatch.setattr(unbilled_report, "AT_ONCE", 0)
    refresh_unbilled()
    assert unbilled_report.open_unbilled(SINCE) is not None


def test_the_page_says_when_it_was_worked_out_and_lets_it_be_done_anew(long: None) -> None:
    browser = Client()
    browser.force_login(User.objects.get(username="olivia"))
    page = words(browser.get("/reports/unbilled").content)
    assert "Not worked out yet" in page
    assert "gone through by a job" in page
    answer = browser.post("/reports/unbilled/work-out", {"since": "2025-05-01"}, follow=True)
    assert answer.status_code == 200
    assert "A job is working it out" in words(browser.get("/reports/unbilled").content)
    job = unbilled_report.open_unbilled(SINCE)
    assert job is not None
    worked(job)
    page = words(browser.get("/reports/unbilled").content)
    assert "Worked out 2025-06-11" in page
    assert "Unmapped" in page
    assert "Work it out now" in page


def test_days_of_a_departure_are_no_part_of_what_waits() -> None:
    """31 seats at 2.00 on the first 5 of 30 days are 10.33; what came since is told apart."""
    site = ModuleOrganization.objects.get(external_id="7").pk
    decide([site], from_day=date(2025, 6, 6), decision="departed")
    found = {
        (row.reason, row.from_day.day, row.to_day.day, row.amount)
        for row in UnbilledSince(date(2025, 6, 1)).page(ALL).rows
        if row.module_organization == "7"
    }
    assert found == {("waiting", 1, 5, Decimal("10.33")), ("out_of_cover", 6, 10, None)}
