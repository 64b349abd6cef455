"""Home, insights and finding things."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from tests.web.conftest import ClientOf, words

from icb.foundation.models import Provider
from icb.hub.connecting_actions import set_enabled
from icb.hub.inputs import NewBillingType, NewConnection
from icb.hub.module_actions import connect_modules
from icb.insights.actions import refresh_insights
from icb.insights.queries import insights
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization


@pytest.fixture
def one_insight(provider: Provider) -> int:
    """A module that is connected and not enabled; the number of the insight about it."""
    types = [NewBillingType(key="devices")]
    connect_modules([NewConnection(key="rmm", name="My RMM", billing_types=types)])
    set_enabled("rmm", is_enabled=False)
    refresh_insights()
    return insights()[0].id


def test_a_new_provider_is_led_step_by_step(owner: Client) -> None:
    page = words(owner.get(reverse("home")).content)
    assert "To the first invoice" in page
    assert page.index("Connect a module") < page.index("Do this next") < page.index("Enable it")


def test_what_is_done_is_ticked_and_the_next_step_moves_on(owner: Client, one_insight: int) -> None:
    page = words(owner.get(reverse("home")).content)
    assert page.index("Enable it") < page.index("Do this next")
    assert "Activate Integrated Customer Billing" in page


def test_home_asks_little(
    owner: Client, one_insight: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(20):
        owner.get(reverse("home"))


def test_holds_and_revenue_come_beside_the_page(owner: Client, one_insight: int) -> None:
    page = owner.get(reverse("home")).content.decode()
    assert f'hx-get="{reverse("home-holds")}?alone"' in page
    assert f'hx-get="{reverse("home-revenue")}"' in page
    assert "Nothing waits for you" in words(owner.get(reverse("home-holds") + "?alone").content)
    assert words(owner.get(reverse("home-holds")).content).strip() == ""
    assert words(owner.get(reverse("home-revenue")).content).strip() == ""


class TestInsights:
    def test_each_leads_to_where_it_is_mended(self, owner: Client, one_insight: int) -> None:
        page = owner.get(reverse("insights")).content.decode()
        assert f'href="{reverse("module", kwargs={"connection": "rmm"})}"' in page

    def test_one_is_put_aside_and_taken_back(self, owner: Client, one_insight: int) -> None:
        snooze = reverse("insight-snooze", kwargs={"number": one_insight, "days": 7})
        assert owner.post(snooze).status_code == 302
        assert "Nothing needs attention" in words(owner.get(reverse("insights")).content)
        assert "My RMM" in words(owner.get(reverse("insights") + "?state=snoozed").content)
        owner.post(reverse("insight-reopen", kwargs={"number": one_insight}))
        assert "My RMM" in words(owner.get(reverse("insights")).content)

    def test_one_is_dismissed_with_a_reason(self, owner: Client, one_insight: int) -> None:
        dismiss = reverse("insight-dismiss", kwargs={"number": one_insight})
        assert owner.post(dismiss, {"reason": " "}).status_code == 422
        assert owner.post(dismiss, {"reason": "A trial."}).status_code == 302
        page = words(owner.get(reverse("insights") + "?state=dismissed").content)
        assert "A trial." in page
        assert "olivia" in page

    def test_a_reader_cannot_put_one_aside(self, client_of: ClientOf, one_insight: int) -> None:
        reader = client_of("read_only")
        snooze = reverse("insight-snooze", kwargs={"number": one_insight, "days": 7})
        assert reader.post(snooze).status_code == 403
        assert "Put aside" not in words(reader.get(reverse("insights")).content)

    def test_one_that_is_gone_is_absent(self, owner: Client) -> None:
        assert owner.get(reverse("insight-dismiss", kwargs={"number": 1})).status_code == 404


class TestFind:
    def test_the_only_one_opens_at_once(self, owner: Client) -> None:
        add_organizations([NewOrganization(key="acme", name="Acme Ltd")])
        response = owner.get(reverse("find") + "?q=acme")
        assert response["Location"] == reverse("organization", kwargs={"key": "acme"})

    def test_several_are_listed_by_kind(self, owner: Client) -> None:
        news = [NewOrganization(key=f"acme-{i}", name=f"Acme {i}") for i in range(12)]
        add_organizations(news)
        page = words(owner.get(reverse("find") + "?q=acme").content)
        assert "Organizations 12" in page
        assert "All of them" in page

    def test_nothing_that_fits_says_so(self, owner: Client) -> None:
        assert "Nothing fits" in words(owner.get(reverse("find") + "?q=nobody").content)
        assert "Write a word" in words(owner.get(reverse("find")).content)
