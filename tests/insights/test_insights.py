"""Insights: each rule's money and facts, and what becomes of one that is put aside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.hub.books import june
from tests.hub.stored import organization_id, say, stand_at
from tests.operations.chain import mapped_module

from icb.contracts.actions import add_contracts, add_services, end_contract, set_price
from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.models import AuditEvent, Provider, Role
from icb.foundation.users import add_users
from icb.hub.actions import connect_modules, decide
from icb.hub.inputs import NewBillingType, NewConnection
from icb.hub.models import BillingType, ModuleConnection, Sync
from icb.insights.actions import RefreshResult, dismiss, refresh_insights, snooze
from icb.insights.kinds import KINDS
from icb.insights.models import Insight
from icb.insights.queries import InsightRow, insights, money_at_stake
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted
from icb.mapping.actions import ignore_organization, map_organization, map_service
from icb.mapping.inputs import NewServiceMapping
from icb.organizations.models import Organization

NOTHING = RefreshResult(0, 0, 0, 0)


@pytest.fixture(autouse=True)
def module(provider: Provider, clock: object) -> Iterator[None]:
    stand_at(june(10), hour=2)
    mapped_module()
    ignore_organization("rmm", id="9")
    yield


def count(day: int = 9, **more: object) -> None:
    """A day as it should be, or with other counts at organization 7."""
    say(day, {"7": {"devices": 10, **more}, "8": {"devices": 5}})


def found(kind: str) -> list[InsightRow]:
    refresh_insights()
    return insights(kind=kind)


def one(kind: str) -> InsightRow:
    (row,) = found(kind)
    return row


def test_where_everything_is_mapped_and_counted_nothing_needs_attention() -> None:
    count()
    refresh_insights()
    assert insights() == []


def test_a_module_that_is_not_enabled_is_to_be_activated() -> None:
    count()
    ModuleConnection.objects.update(is_enabled=False)
    row = one("activate_module")
    assert row.title == "Activate Integrated Customer Billing"
    assert row.fix == "icb modules enable rmm"
    assert row.amounts == {}


def test_a_new_organization_with_the_money_that_its_usage_would_bring() -> None:
    say(9, {"7": {"devices": 10}, "8": {"devices": 5}, "12": {"devices": 3, "searches": 4}})
    row = one("new_organization")
    assert row.title == "Integrated Customer Billing Available for New Organization"
    # Three devices at 12.00; nobody has ever billed searches, so they are left out and named.
    assert row.amounts == {"USD": "36.00"}
    assert "No price is known for searches." in row.text
    map_organization("rmm", id="12", organization="birch")
    assert found("new_organization") == []


def test_usage_of_a_client_under_contract_that_no_service_takes() -> None:
    count(searches=7)
    row = one("unmapped_type")
    assert (row.subject, row.facts["units"], row.amounts) == ("acme/rmm/searches", "7", {})
    ignore = NewServiceMapping("rmm", "searches", ignore=True)
    map_service("acme-1", mapping=ignore)
    assert found("unmapped_type") == []


def test_an_unknown_billing_type_waits() -> None:
    count(toasters=2)
    assert one("unknown_type").subject == "rmm/toasters"
    BillingType.objects.filter(key="toasters").update(is_known=True)
    assert found("unknown_type") == []


def test_an_unknown_billing_type_that_is_billed_says_how_much() -> None:
    count(toasters=2)
    assert one("unknown_type").amounts == {}
    toasters = NewServiceMapping("rmm", "toasters", service="agents", also=True)
    map_service("acme-1", mapping=toasters)
    # Nobody knows how toasters are counted, and two of them are billed at 12.00.
    assert one("unknown_type").amounts == {"USD": "24.00"}


def test_a_silent_module_with_the_money_that_rests_on_it() -> None:
    count(7)
    stand_at(june(9), hour=13)
    assert found("module_silent") == []
    stand_at(june(10), hour=13)
    row = one("module_silent")
    assert row.facts["days"] == 2
    assert row.amounts == {"USD": "180.00"}
    assert row.facts["since"] == "2026-06-07"


def test_a_module_that_never_answered_is_silent_from_its_first_expected_day_on() -> None:
    ModuleConnection.objects.update(expected_from=june(5))
    assert one("module_silent").facts["days"] == 4


@pytest.mark.parametrize(
    ("code", "kind"),
    [("vendor_unavailable", "sync_failed"), ("credentials_refused", "credentials_refused")],
)
def test_a_failed_sync(code: str, kind: str) -> None:
    count()
    before = datetime(2026, 6, 10, 2, tzinfo=UTC)
    rmm = ModuleConnection.objects.get()
    failure = {"connection": rmm, "day": june(9), "state": "failed", "code": code}
    Sync.objects.create(**failure, message="Its counts came since.", started_at=before)
    assert found(kind) == []
    at = clock.now() + timedelta(minutes=1)
    Sync.objects.create(**failure, message="Try.", started_at=at)
    row = one(kind)
    assert (row.facts["code"], row.amounts) == (code, {"USD": "180.00"})
    assert "Try." in row.text
    Sync.objects.create(connection=rmm, day=june(9), state="stored", started_at=at)
    assert found(kind) == []


def test_a_count_that_jumped_and_one_that_is_held() -> None:
    say(1, {"7": {"devices": 30}, "8": {"devices": 100}})
    say(9, {"7": {"devices": 45}, "8": {"devices": 1}})
    rows = {row.facts["id"]: row for row in found("count_jumped")}
    assert (rows["7"].facts["before"], rows["7"].facts["after"]) == ("30", "45")
    assert rows["7"].amounts == {"USD": "180.00"}
    assert rows["8"].facts["held"] == "fall"
    assert (rows["8"].facts["before"], rows["8"].facts["after"]) == ("100", "1")
    assert "waits for a decision" in rows["8"].text


def test_a_mapped_organization_without_a_contract_and_a_dead_one() -> None:
    map_organization("rmm", id="9", organization="birch", from_day=june(1))
    say(9, {"7": {"devices": 10}, "8": {"devices": 5}, "9": {"devices": 2}})
    assert one("no_active_contract").amounts == {"USD": "24.00"}
    Organization.objects.filter(key="birch").update(type="dead")
    assert one("dead_organization").amounts == {"USD": "24.00"}
    assert found("no_active_contract") == []
    decide([organization_id("9")], from_day=june(9), decision="departed")
    assert found("dead_organization") == []


def test_a_total_and_a_part_that_are_both_billed() -> None:
    BillingType.objects.filter(key="devices").update(overlaps=["users"])
    count(users=4)
    row = one("overlapping_types")
    assert row.subject == "acme-1/rmm/devices/users"
    assert row.amounts == {"USD": "22.00"}


def test_a_price_below_cost_and_a_contract_that_ends() -> None:
    add_services([NewService("dear", "Dear", "9.00", cost="10.00")])
    services = [NewContractService("dear", units="20")]
    add_contracts([NewContract("birch-1", "birch", date(2026, 1, 1), services=services)])
    row = one("price_below_cost")
    assert (row.subject, row.amounts) == ("birch-1/dear", {"USD": "20.00"})
    set_price("birch-1", service="dear", price="10.00", from_day=june(10))
    assert found("price_below_cost") == []
    assert found("contract_ending") == []
    end_contract("birch-1", ends_on=date(2026, 7, 10))
    ending = one("contract_ending")
    assert (ending.facts["ends_on"], ending.amounts) == ("2026-07-10", {"USD": "200.00"})


def test_a_price_for_three_months_is_a_third_of_it_a_month() -> None:
    new = NewContract(
        "birch-1",
        "birch",
        date(2026, 1, 1),
        date(2026, 6, 30),
        period="quarterly",
        services=[NewContractService("agents", price="30.00", units="2")],
    )
    add_contracts([new])
    assert one("contract_ending").amounts == {"USD": "20.00"}


def test_where_contracts_differ_the_price_of_the_catalogue_is_the_usual_one() -> None:
    new = NewContract(
        "birch-1",
        "birch",
        date(2026, 1, 1),
        services=[NewContractService("agents", price="20.00")],
    )
    add_contracts([new])
    map_service("birch-1", mapping=NewServiceMapping("rmm", "devices", service="agents"))
    set_price("acme-1", service="agents", price="15.00", from_day=june(1))
    say(9, {"7": {"devices": 10}, "8": {"devices": 5}, "12": {"devices": 3}})
    # Three devices at neither 15.00 nor 20.00, but at the catalogue's 12.00.
    assert one("new_organization").amounts == {"USD": "36.00"}


def test_several_currencies_are_summed_each_by_itself_and_own_money_comes_first() -> None:
    for key, organization, currency in (("b-1", "birch", "EUR"), ("a-2", "acme", "USD")):
        service = NewContractService("setup", key="extra", price="50.00", units="1")
        if organization == "acme":
            add_services([NewService("more", "More", "50")])
            service = NewContractService("more", units="1")
        new = NewContract(
            key,
            organization,
            date(2026, 1, 1),
            date(2026, 6, 30),
            currency=currency,
            services=[service],
        )
        add_contracts([new])
    rows = found("contract_ending")
    assert [row.amounts for row in rows] == [{"USD": "50.00"}, {"EUR": "50.00"}]
    assert money_at_stake(rows) == {"EUR": "50.00", "USD": "50.00"}


def test_most_money_comes_first_and_what_has_no_price_last() -> None:
    counts = {str(n): {"devices": n} for n in (30, 31, 12)}
    say(9, {"7": {"devices": 10}, "8": {"devices": 5}, **counts, "99": {"searches": 1}})
    refresh_insights()
    rows = insights(kind="new_organization")
    assert [row.facts["id"] for row in rows] == ["31", "30", "12", "99"]


def test_refreshing_again_changes_nothing_and_tells_nothing() -> None:
    count(searches=7)
    assert refresh_insights().new == 1
    events = AuditEvent.objects.count()
    assert refresh_insights() == NOTHING
    assert AuditEvent.objects.count() == events


def test_a_snoozed_one_comes_back_on_its_day() -> None:
    count(searches=7)
    row = one("unmapped_type")
    snooze(row.id, until=june(12))
    refresh_insights()
    assert insights() == []
    assert [each.id for each in insights(state="snoozed")] == [row.id]
    stand_at(june(12), hour=1)
    assert [each.id for each in insights()] == [row.id]
    assert refresh_insights().returned == 1
    assert insights(kind="unmapped_type")[0].state == "open"


@pytest.mark.parametrize("how", ["snooze", "dismiss"])
def test_what_was_put_aside_comes_back_when_its_facts_change(how: str) -> None:
    say(9, {"7": {"devices": 10}, "8": {"devices": 5}, "12": {"devices": 3}})
    row = one("new_organization")
    if how == "snooze":
        snooze(row.id, until=date(2027, 1, 1))
    else:
        dismiss(row.id, reason="a test system")
    # More of the same is no other fact; something else that is counted is one.
    say(9, {"7": {"devices": 10}, "8": {"devices": 5}, "12": {"devices": 4}})
    assert found("new_organization") == []
    say(9, {"7": {"devices": 10}, "8": {"devices": 5}, "12": {"devices": 4, "users": 1}})
    back = one("new_organization")
    assert (back.id, back.state, back.reason, back.said_by) == (row.id, "open", "", "")


def test_what_was_fixed_goes_by_itself_and_returns_open() -> None:
    count(searches=7)
    row = one("unmapped_type")
    dismiss(row.id, reason="free of charge")
    say(9, {"7": {"devices": 10, "searches": 0}, "8": {"devices": 5}})
    assert refresh_insights().gone == 1
    assert insights(state="all") == []
    count(searches=7)
    assert one("unmapped_type").id == row.id


def test_saying_something_is_audited_with_the_reason() -> None:
    count(searches=7)
    row = one("unmapped_type")
    dismiss(row.id, reason="  free of charge ")
    event = AuditEvent.objects.order_by("-sequence")[0]
    assert (event.action, event.actor) == ("dismiss_insight", "olivia")
    assert "free of charge" in event.data
    (shown,) = insights(state="dismissed")
    assert (shown.reason, shown.said_by) == ("free of charge", "olivia")


def test_a_reason_a_later_day_and_an_insight_are_needed() -> None:
    count(searches=7)
    row = one("unmapped_type")
    with pytest.raises(InvalidInput, match="reason"):
        dismiss(row.id, reason="  ")
    with pytest.raises(InvalidInput, match="later day"):
        snooze(row.id, until=june(10))
    with pytest.raises(NotFound, match="4711"):
        dismiss(4711, reason="gone")
    assert Insight.objects.get().state == "open"


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.APPROVER, Role.MAPPER])
def test_each_action_asks_for_its_permission(role: Role) -> None:
    count(searches=7)
    row = one("unmapped_type")
    add_users([NewUser("nora", role=role)])
    with acting_as("nora"):
        with pytest.raises(NotPermitted):
            refresh_insights()
        if role == Role.MAPPER:
            snooze(row.id, until=june(12))
            return
        with pytest.raises(NotPermitted):
            snooze(row.id, until=june(12))
        with pytest.raises(NotPermitted):
            dismiss(row.id, reason="no")


def test_a_refresh_costs_the_same_whatever_there_is_to_find() -> None:
    costs = []
    for first, size in ((100, 2), (200, 2), (300, 300)):
        counts = {str(first + n): {"devices": 1, "users": 1} for n in range(size)}
        say(9, {"7": {"devices": 10}, "8": {"devices": 5}, **counts})
        with CaptureQueriesContext(connection) as captured:
            refresh_insights()
        costs.append(len(captured))
    assert costs[1] == costs[2]


def test_every_kind_says_what_was_found_and_what_to_do() -> None:
    connect_modules([NewConnection(key="other", billing_types=[NewBillingType(key="devices")])])
    ModuleConnection.objects.filter(key="other").update(is_enabled=False)
    count(searches=7, toasters=1)
    refresh_insights()
    rows = insights()
    assert {row.kind for row in rows} >= {"activate_module", "unmapped_type", "unknown_type"}
    for row in rows:
        assert row.text and row.fix.startswith("icb ") and "{" not in row.text + row.fix
    assert all(kind.page and kind.fix.startswith("icb ") for kind in KINDS.values())
    with pytest.raises(InvalidInput, match="broken"):
        insights(kind="broken")


def test_a_text_calls_things_by_their_names_and_leaves_commands_to_the_fix() -> None:
    count(searches=7)
    row = one("unmapped_type")
    organization, module = Organization.objects.get(key="acme"), ModuleConnection.objects.get()
    Organization.objects.filter(key="acme").update(name="Acme Works")
    ModuleConnection.objects.update(name="Device Care")
    (row,) = insights(kind="unmapped_type")
    assert row.text.startswith("Acme Works has 7 ") and " in Device Care" in row.text
    assert (row.facts["organization"], row.facts["module"]) == (organization.key, module.key)
    assert f"icb map set {module.key} searches" in row.fix
    message = "It said no. Enter others with `icb modules change`."
    failure = {"connection": module, "day": june(9), "code": "credentials_refused"}
    at = clock.now() + timedelta(minutes=1)
    Sync.objects.create(**failure, state="failed", message=message, started_at=at)
    (refused,) = found("credentials_refused")
    assert refused.text.endswith("It said no.") and refused.fix.startswith("icb modules change rmm")


def test_names_of_many_insights_take_as_many_statements_as_those_of_one() -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            insights()
        return len(seen)

    count(searches=7)
    refresh_insights()
    few = statements()
    say(
        9, {"7": {"devices": 10, "searches": 7}} | {str(id): {"devices": 1} for id in range(20, 40)}
    )
    assert len(found("new_organization")) == 20
    assert statements() <= few + 1
