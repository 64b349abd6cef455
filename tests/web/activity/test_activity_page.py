"""The Activity Log as a page: its columns, filters, pages by position, and the remembered box."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from tests.hub.books import june
from tests.hub.stored import say, stand_at
from tests.operations.chain import mapped_module
from tests.web.conftest import ClientOf, words

from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.listing import Wanted
from icb.foundation.models import Provider
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.hub.actions import record_failed_sync
from icb.hub.models import Snapshot
from icb.kernel.days import DayRange
from icb.kernel.errors import InvalidInput
from icb.mapping.activity_queries import activity_log, activity_page, log_choices
from icb.operations.daily_chain import follow

LOG = "/activity"


@pytest.fixture(autouse=True)
def story(provider: Provider, clock: object) -> None:
    stand_at(june(5), hour=9)
    mapped_module()
    say(1, {"7": {"devices": 10, "users": 60}, "8": {"devices": 5}, "9": {"devices": 1}})
    say(2, {"7": {"devices": 12, "users": 10}, "8": {"devices": 4}, "9": {"devices": 1}})
    record_failed_sync("rmm", days=DayRange(june(3), june(4)), reason="no connection")
    follow()


def rows(client: Client, query: str = "") -> list[str]:
    """The rows of the log's page, each as text."""
    page = client.get(LOG + query).content.decode()
    return [words(part.encode()) for part in page.split("<tr data-row")[1:]]


def test_each_row_says_what_changed_and_where_it_stands(owner: Client) -> None:
    found = rows(owner)
    assert len(found) == len(activity_log().rows) > 5
    increased = next(row for row in found if "Increase" in row)
    for text in (str(june(2)), "rmm", "devices", "acme-1", "10 12", "2 Increase"):
        assert text in increased
    assert "Failed no connection" in found[0]


def test_rows_lead_to_module_organization_contract_and_snapshot(owner: Client) -> None:
    page = owner.get(LOG + "?f.status=increased").content.decode()
    snapshot = Snapshot.objects.get(day=june(2)).pk
    assert reverse("snapshot", kwargs={"id": snapshot}) in page
    assert reverse("module", kwargs={"connection": "rmm"}) in page
    assert "/organizations/acme" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?f.status=increased", 1),
        ("?f.type=users", 2),
        ("?f.organization=acme&f.status=new", 2),
        ("?f.contract=acme-1", 4),
        ("?f.service=agents", 4),
        ("?f.module=rmm&f.day.from=2026-06-03", 1),
        ("?f.day.from=2026-06-02&f.day.to=2026-06-02", 4),
    ],
)
def test_every_column_narrows(query: str, count: int, owner: Client) -> None:
    assert len(rows(owner, query)) == count


def test_only_failed_is_remembered_for_each_person(owner: Client, client_of: ClientOf) -> None:
    everything = len(rows(owner))
    owner.post(reverse("activity-failed"), {"failed": "yes"})
    failed = rows(owner)
    assert 0 < len(failed) < everything
    assert all("Failed" in row or "Held" in row for row in failed)
    assert "checked" in owner.get(LOG).content.decode().split("only-failed")[1][:200]
    assert len(rows(client_of("read_only"))) == everything
    assert len(rows(owner, "?failed=no")) == everything
    owner.post(reverse("activity-failed"))
    assert len(rows(owner)) == everything
    assert len(rows(owner, "?failed=yes")) == len(failed)


def test_the_box_keeps_the_filters(owner: Client) -> None:
    came_from = "http://testserver/activity?f.module=rmm&at=after:2026-06-02/3&failed=no"
    answer = owner.post(reverse("activity-failed"), headers={"Referer": came_from})
    assert answer["Location"] == "/activity?f.module=rmm"
    elsewhere = "http://elsewhere.example/activity?f.module=rmm"
    answer = owner.post(reverse("activity-failed"), headers={"Referer": elsewhere})
    assert answer["Location"] == "/activity"


def test_pages_go_on_by_position_and_back_again() -> None:
    everything = [row.id for row in activity_log().rows]
    first = activity_page(Wanted(size=4))
    assert first.before == ""
    second = activity_page(Wanted(size=4, position=first.after))
    assert [row.id for row in (*first.rows, *second.rows)] == everything[:8]
    back = activity_page(Wanted(size=4, position=second.before))
    assert [row.id for row in back.rows] == everything[:4]
    assert back.before == ""
    last = activity_page(Wanted(size=4, position=second.after))
    assert last.after == ""
    assert [row.id for row in last.rows] == everything[8:]


def test_rows_that_arrive_meanwhile_shift_no_page() -> None:
    first = activity_page(Wanted(size=4))
    before = activity_page(Wanted(size=4, position=first.after))
    say(4, {"7": {"devices": 20, "users": 10}, "8": {"devices": 4}, "9": {"devices": 1}})
    follow()
    after = activity_page(Wanted(size=4, position=first.after))
    assert [row.id for row in before.rows] == [row.id for row in after.rows]
    assert activity_page(Wanted(size=4, position=before.before)).before != ""


def test_the_page_has_its_next_and_previous(owner: Client) -> None:
    page = owner.get(LOG + "?size=25").content.decode()
    assert 'rel="next"' not in page
    position = activity_page(Wanted(size=4)).after
    later = owner.get(f"{LOG}?at={position}").content.decode()
    assert 'rel="prev"' in later
    assert owner.get(LOG + "?at=after:nonsense/1").status_code == 200


def test_what_cannot_be_looked_for_is_told_on_the_page(owner: Client) -> None:
    response = owner.get(LOG + "?f.organization=nobody")
    assert response.status_code == 200
    assert "There is no organization 'nobody'" in words(response.content)
    assert "day" in words(owner.get(LOG + "?f.day.from=soon").content)
    with pytest.raises(InvalidInput, match="there is no sideways"):
        activity_page(Wanted(conditions={"status": "sideways"}))


def test_all_rows_are_exported_whatever_the_page(owner: Client) -> None:
    answer: Any = owner.get(LOG + "?as=csv&size=25&f.type=devices")
    lines = b"".join(answer.streaming_content).decode().strip().splitlines()
    assert len(lines) == 1 + sum(row.billing_type == "devices" for row in activity_log().rows)
    assert lines[0].lstrip("\ufeff").startswith("Day,Module,Billing type")
    workbook = load_workbook(BytesIO(owner.get(LOG + "?as=xlsx&size=25&f.type=devices").content))
    assert workbook.worksheets[0].max_row == len(lines)


def test_filters_suggest_what_there_is(owner: Client) -> None:
    found = owner.get("/activity/choices/organization?q=acm").json()
    assert [one["value"] for one in found] == ["acme"]
    assert owner.get("/activity/choices/contract?q=acme-1").json()[0]["value"] == "acme-1"
    assert "agents" in [key for key, _ in log_choices("service", words="")]
    assert log_choices("organization", words="100%_") == []
    assert owner.get("/activity/choices/secrets").status_code == 404


def test_another_providers_rows_are_neither_shown_nor_suggested(owner: Client) -> None:
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="USD"))
        with in_provider(other):
            assert activity_log().rows == []
            assert log_choices("organization", words="acme") == []


def test_a_page_costs_few_statements(owner: Client, django_assert_max_num_queries: Any) -> None:
    for query in ("", "?f.contract=acme-1&f.module=rmm&f.type=devices"):
        with django_assert_max_num_queries(20):
            assert owner.get(LOG + query).status_code == 200
