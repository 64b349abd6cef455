"""Microsoft 365: purchased and assigned, and tenants that refuse."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.modules import direct

from icb.demo.vendors.microsoft_365 import CLIENT, PARTNER, FakeMicrosoft365
from icb.demo.vendors.server import Answer
from icb.hub.ports import (
    AccessRefused,
    CredentialsRefused,
    DaySnapshot,
    IncompleteAnswer,
    ReachRefused,
    SyncProblem,
    Throttled,
    UnexpectedAnswer,
    WrongSettings,
)
from icb.modules.microsoft_365.adapter import ADAPTER

SETTINGS = {"tenant_id": PARTNER, "client_id": CLIENT, "client_secret": "graph-secret"}
PARTS = ("SPB", "EXCHANGESTANDARD", "FLOW_FREE")


def taken(fake: FakeMicrosoft365, **settings: str) -> DaySnapshot:
    return direct.taken(fake, adapter=ADAPTER, settings={**SETTINGS, **settings})


@pytest.fixture
def fake() -> FakeMicrosoft365:
    fake = FakeMicrosoft365(["Acme", "Baker", "Charlie"], page_size=2)
    acme, baker, _ = fake.tenants
    for part in PARTS:
        fake.license(acme, part=part, assigned=3, enabled=7, warning=2, suspended=1)
    fake.license(baker, part="SPB", assigned=1, enabled=1)
    return fake


UNITS = st.integers(0, 3000)
HELD = st.tuples(st.integers(0, 3), st.sampled_from(PARTS), UNITS, UNITS, UNITS, UNITS)


@given(
    st.lists(HELD, max_size=12, unique_by=lambda held: held[:2]),
    st.integers(1, 4),
    st.booleans(),
)
def test_any_tenants_count_as_they_are_counted_by_hand(
    held: list[tuple[int, str, int, int, int, int]], page_size: int, has_grace: bool
) -> None:
    fake = FakeMicrosoft365(["A", "B", "C", "D"], page_size=page_size)
    wanted: Counter[tuple[str, str]] = Counter()
    for place, part, assigned, enabled, warning, suspended in held:
        tenant = fake.tenants[place]
        fake.license(
            tenant, part=part, assigned=assigned, enabled=enabled, warning=warning,
            suspended=suspended,
        )  # fmt: skip
        wanted[tenant.id, f"{part}:purchased"] += enabled + warning * has_grace
        wanted[tenant.id, f"{part}:assigned"] += assigned
    snapshot = taken(fake, grace_period="yes" if has_grace else "no")
    assert direct.found(snapshot) == {key: count for key, count in wanted.items() if count}
    left_out = sum(row[5] + row[4] * (not has_grace) for row in held)
    assert sum(snapshot.manifest.excluded.values()) == left_out
    assert len(snapshot.counts) == 4 * 2 * len({row[1] for row in held})


def test_units_that_are_not_normal_are_named(fake: FakeMicrosoft365) -> None:
    excluded = taken(fake).manifest.excluded
    assert excluded == {"units in the grace period": 6, "suspended units": 3}
    assert taken(fake, grace_period="yes").manifest.excluded == {"suspended units": 3}


def test_purchased_and_assigned_are_called_so(fake: FakeMicrosoft365) -> None:
    manifest = taken(fake).manifest
    assert manifest.names["SPB:purchased"] == "SPB, purchased"
    assert set(manifest.names) == set(manifest.billing_types)


@pytest.mark.parametrize("what", ["has_consent", "has_permission"])
def test_one_tenant_that_refuses_makes_the_day_incomplete(
    fake: FakeMicrosoft365, what: str
) -> None:
    setattr(fake.tenants[1], what, False)
    with pytest.raises(IncompleteAnswer, match="1 of 3 tenants") as raised:
        taken(fake)
    assert f"Baker ({fake.tenants[1].id})" in raised.value.message
    assert "left_out_tenants" in raised.value.message


def test_all_tenants_that_refuse_are_named_and_not_the_first_alone(fake: FakeMicrosoft365) -> None:
    fake.tenants[0].has_consent = fake.tenants[2].has_permission = False
    with pytest.raises(IncompleteAnswer, match=r"Acme .*, Charlie "):
        taken(fake)


@pytest.mark.parametrize(("what", "kind"), [
    ("has_consent", CredentialsRefused), ("has_permission", AccessRefused),
])  # fmt: skip
def test_where_every_tenant_refuses_it_is_the_application(
    fake: FakeMicrosoft365, what: str, kind: type[SyncProblem]
) -> None:
    for tenant in fake.tenants:
        setattr(tenant, what, False)
    with pytest.raises(kind, match="None of the 3 tenants"):
        taken(fake)


def test_a_tenant_that_the_settings_leave_out_is_not_asked(fake: FakeMicrosoft365) -> None:
    fake.tenants[1].has_consent = False
    for named in ("baker", fake.tenants[1].id.upper(), f"No Such, {fake.tenants[1].id}"):
        fake.exchanges.clear()
        snapshot = taken(fake, left_out_tenants=named)
        assert [one.name for one in snapshot.organizations] == ["Acme", "Charlie"]
        assert snapshot.manifest.excluded["tenant left out by the settings"] == 1
        assert not [one for one in fake.requests if fake.tenants[1].id in one.path]


def test_a_name_that_two_tenants_have_leaves_out_neither(fake: FakeMicrosoft365) -> None:
    fake.add_tenant("Baker")
    with pytest.raises(WrongSettings, match="2 tenants are called 'Baker'"):
        taken(fake, left_out_tenants="Baker")


def test_two_tenants_of_one_name_are_two(fake: FakeMicrosoft365) -> None:
    twin = fake.add_tenant("Baker")
    fake.license(twin, part="SPB", assigned=5, enabled=6)
    assert direct.found(taken(fake))[twin.id, "SPB:assigned"] == 5


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/v1.0/tenantRelationships/delegatedAdminCustomers?$skiptoken=2",
        "https://graph.microsoft.com/v1.0/users?$skiptoken=2",
        "http://graph.microsoft.com/v1.0/subscribedSkus",
        "https://graph.microsoft.com@evil.example/v1.0/subscribedSkus",
    ],
)
def test_a_next_page_elsewhere_is_never_asked(fake: FakeMicrosoft365, address: str) -> None:
    fake.fault = lambda request, answer: (
        Answer(body={"value": [], "@odata.nextLink": address})
        if "delegatedAdminCustomers" in request.path
        else answer
    )
    with pytest.raises(ReachRefused):
        taken(fake)
    assert len([request for request in fake.requests if request.method == "GET"]) == 1


def test_an_announced_page_that_is_empty_is_refused(fake: FakeMicrosoft365) -> None:
    fake.fault = lambda request, answer: (
        Answer(body={"value": []}) if "$skiptoken" in request.query else answer
    )
    with pytest.raises(IncompleteAnswer, match="announced is empty"):
        taken(fake)


def test_pages_in_a_circle_are_refused(fake: FakeMicrosoft365) -> None:
    first = "https://graph.microsoft.com/v1.0/subscribedSkus"
    fake.fault = lambda request, answer: (
        Answer(body={**answer.body, "@odata.nextLink": first})
        if request.path.endswith("subscribedSkus") and isinstance(answer.body, dict)
        else answer
    )
    with pytest.raises(IncompleteAnswer, match="circle"):
        taken(fake)


def test_a_licence_or_a_tenant_that_comes_twice_is_refused(fake: FakeMicrosoft365) -> None:
    fake.license(fake.tenants[1], part="SPB", assigned=5, enabled=6)
    with pytest.raises(IncompleteAnswer, match="licences is not whole"):
        taken(fake)
    fake.tenants.append(fake.tenants[1])
    with pytest.raises(IncompleteAnswer, match="customers is not whole"):
        taken(fake)


def test_a_missing_number_is_no_zero(fake: FakeMicrosoft365) -> None:
    fake.fault = lambda request, answer: (
        Answer(body={"value": [{"skuId": "1", "consumedUnits": 1, "prepaidUnits": {}}]})
        if request.path.endswith("subscribedSkus")
        else answer
    )
    with pytest.raises(UnexpectedAnswer, match="enabled is missing"):
        taken(fake)


def test_a_pause_that_graph_asks_for_reaches_the_sync(fake: FakeMicrosoft365) -> None:
    fake.fault = lambda request, answer: (
        Answer(status=429, body={}, headers={"retry-after": "117"})
        if request.path.endswith("subscribedSkus")
        else answer
    )
    with pytest.raises(Throttled) as raised:
        taken(fake)
    assert raised.value.retry_after == 117
