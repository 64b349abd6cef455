"""Who is counted where: sites, devices that are left out, and what has to add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.modules.datto_rmm.accounts import found, session, taken

from icb.demo.vendors.datto_rmm import DELETED_SITE, FakeDattoRmm
from icb.demo.vendors.server import Answer, Request
from icb.hub.ports import IncompleteAnswer, Item, UnexpectedAnswer
from icb.modules.datto_rmm.adapter import ADAPTER
from icb.modules.datto_rmm.kinds import BILLING_TYPES, COMPUTERS, TOTAL


@pytest.fixture
def fake() -> Iterator[FakeDattoRmm]:
    with FakeDattoRmm(["Acme", "Baker"]) as fake:
        yield fake


def items(fake: FakeDattoRmm, *, site: int = 0, billing_type: str = TOTAL) -> list[Item]:
    organization = fake.sites[site].uid
    return list(ADAPTER.items(session(fake), organization=organization, billing_type=billing_type))


def changed_rows(fake: FakeDattoRmm, *, name: str, **fields: object) -> None:
    """Give every row of a list other fields."""

    def fault(request: Request, answer: Answer) -> Answer:
        body = answer.body
        if not isinstance(body, dict) or name not in body:
            return answer
        rows = [{**row, **fields} for row in body[name]]
        return Answer(body={**body, name: rows})

    fake.fault = fault


def test_on_demand_sites_are_listed_with_zeros(fake: FakeDattoRmm) -> None:
    site = fake.add_site("Walk-ins", is_on_demand=True)
    fake.add_devices(site, category="Laptop", count=4)
    snapshot = taken(fake)
    assert site.uid in {seen.id for seen in snapshot.organizations}
    assert found(snapshot) == {}
    assert snapshot.manifest.excluded == {"on demand": 4}


def test_deleted_devices_count_nowhere(fake: FakeDattoRmm) -> None:
    gone, stays = fake.add_devices(fake.sites[0], category="Laptop", count=2)
    fake.delete(gone)
    assert found(taken(fake))["Acme", TOTAL] == 1
    fake.add_site(DELETED_SITE)
    fake.delete(stays)
    snapshot = taken(fake)
    assert found(snapshot) == {}
    assert snapshot.manifest.excluded == {"deleted": 2}
    assert DELETED_SITE not in {seen.name for seen in snapshot.organizations}


def test_the_site_of_graves_counts_nothing_even_without_the_mark(fake: FakeDattoRmm) -> None:
    graves = fake.add_site(DELETED_SITE)
    fake.add_devices(graves, category="Server", count=3)
    snapshot = taken(fake)
    assert found(snapshot) == {}
    assert snapshot.manifest.excluded == {"deleted": 3}


def test_unapproved_devices_are_left_out_by_their_filter(fake: FakeDattoRmm) -> None:
    waiting, _ = fake.add_devices(fake.sites[0], category="Desktop", count=2)
    fake.add_filter("Waiting", devices=[waiting])
    snapshot = taken(fake, unapproved_filter="Waiting")
    assert found(snapshot)["Acme", "Desktop"] == 1
    assert snapshot.manifest.excluded == {"unapproved": 1}


def test_own_categories_are_counted_as_said(fake: FakeDattoRmm) -> None:
    fake.add_devices(fake.sites[0], category="Thin Client", count=3)
    assert taken(fake).manifest.unknown == {"Thin Client": 3}
    snapshot = taken(fake, categories="Thin Client = Desktop")
    assert snapshot.manifest.unknown == {}
    assert found(snapshot)["Acme", "Desktop"] == 3


@pytest.mark.parametrize(
    ("sent", "hint"),
    [("29683500", "29683500"), (29683500, "29683500"), (None, ""), ("0", ""), (-1, ""), ("", "")],
)
def test_the_company_in_autotask_is_a_hint(fake: FakeDattoRmm, sent: object, hint: str) -> None:
    changed_rows(fake, name="sites", autotaskCompanyId=sent)
    assert {seen.hint for seen in taken(fake).organizations} == {hint}


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("2026-03-09T21:30:00Z", ", last seen 2026-03-09"),
        ("2026-03-09T21:30:00.123+0000", ", last seen 2026-03-09"),
        (1773091800000, ", last seen 2026-03-09"),
        (None, ""),
    ],
)
def test_instants_come_as_text_or_milliseconds(
    fake: FakeDattoRmm, sent: object, words: str
) -> None:
    fake.add_devices(fake.sites[0], category="Laptop", type="Notebook")
    changed_rows(fake, name="devices", lastSeen=sent)
    (item,) = items(fake)
    assert item.kind == f"Laptop / Notebook{words}"


@pytest.mark.parametrize("sent", ["yesterday", True, -5, 10**18, []])
def test_an_instant_that_is_none_is_refused(fake: FakeDattoRmm, sent: object) -> None:
    fake.add_devices(fake.sites[0], category="Laptop")
    changed_rows(fake, name="devices", lastSeen=sent)
    with pytest.raises(UnexpectedAnswer, match="lastSeen"):
        items(fake)


def test_items_name_what_is_left_out_and_why(fake: FakeDattoRmm) -> None:
    acme = fake.sites[0]
    fake.add_devices(acme, category="Laptop")
    fake.add_devices(acme, category="Tablet")
    fake.delete(fake.add_devices(acme, category="Laptop")[0])
    reasons = [(item.is_counted, item.reason) for item in items(fake)]
    assert reasons == [(True, ""), (False, "tablet"), (False, "deleted")]
    assert len(items(fake, billing_type="Laptop")) == 2


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"numberOfDevices": 3}, "Acme has 3 devices and 2 came"),
        ({"numberOfDevices": 1}, "the sites have 2 devices, the account 4"),
    ],
)
def test_figures_that_do_not_add_up_are_refused(
    fake: FakeDattoRmm, status: dict[str, int], words: str
) -> None:
    for site in fake.sites:
        fake.add_devices(site, category="Laptop", count=2)
    changed_rows(fake, name="sites", devicesStatus=status)
    with pytest.raises(IncompleteAnswer, match=words):
        taken(fake)


def test_a_site_without_figures_is_counted_all_the_same(fake: FakeDattoRmm) -> None:
    fake.add_devices(fake.sites[0], category="Laptop", count=2)
    changed_rows(fake, name="sites", devicesStatus=None)
    assert found(taken(fake))["Acme", "Laptop"] == 2


@pytest.mark.parametrize(
    ("field", "sent"),
    [("id", None), ("id", 1.5), ("siteUid", None), ("deleted", "no"), ("deviceType", "Laptop")],
)
def test_a_device_that_cannot_be_read_is_refused(
    fake: FakeDattoRmm, field: str, sent: object
) -> None:
    fake.add_devices(fake.sites[0], category="Laptop")
    changed_rows(fake, name="devices", **{field: sent})
    with pytest.raises(UnexpectedAnswer, match=rf"devices\[0\]\.{field} .*Nothing was stored"):
        taken(fake)


KINDS: list[tuple[str | None, str | None]] = [
    *((name, None) for name in ("Desktop", "Laptop", "Server", "Printer", "ESXi Host", "Unknown")),
    *(("Network Device", name) for name in ("Router", "Switch", "NAS", "Camera", None)),
    *((name, None) for name in ("Datto Switch", "Datto Continuity", "Smartphone", "Tablet")),
    ("Holo Deck", "Deck"),
    (None, None),
]
DEVICES = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(KINDS), st.booleans(), st.booleans()), max_size=25
)


def naive(rows: list[Any]) -> Counter[tuple[int, str]]:
    """The counts of a fleet, one device after the other."""
    counts: Counter[tuple[int, str]] = Counter()
    for site, (category, type), is_deleted, is_spared in rows:
        if is_deleted or is_spared or site == 3 or category in ("Smartphone", "Tablet"):
            continue
        counts[site, TOTAL] += 1
        if category in ("Desktop", "Laptop"):
            counts[site, COMPUTERS] += 1
        if category == "Network Device":
            known = type in ("Router", "Switch", "NAS")
            counts[site, f"Network Device ({type if known else 'other'})"] += 1
        elif category != "Holo Deck":
            counts[site, category or "Unknown"] += 1
    return counts


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=DEVICES, page_size=st.integers(1, 9), in_epoch=st.booleans())
def test_any_fleet_is_counted_like_by_hand(rows: list[Any], page_size: int, in_epoch: bool) -> None:
    with FakeDattoRmm(["A", "B", "C"], page_size=page_size, in_epoch=in_epoch) as fake:
        fake.add_site("Walk-ins", is_on_demand=True)
        spared = []
        for site, (category, type), is_deleted, is_spared in rows:
            (device,) = fake.add_devices(fake.sites[site], category=category, type=type)
            device.is_deleted = is_deleted
            spared += [device] if is_spared else []
        fake.add_filter("_NotBillable_", devices=spared)
        snapshot = taken(fake, not_billable_filter="_NotBillable_")
    uids = {site.uid: number for number, site in enumerate(fake.sites)}
    counts = {(uids[row.organization], row.billing_type): row.count for row in snapshot.counts}
    wanted = naive(rows)
    assert counts == {
        (site, name): wanted[site, name] for site in range(4) for name in BILLING_TYPES
    }
    manifest = snapshot.manifest
    total = sum(wanted[site, TOTAL] for site in range(4))
    assert total + sum(manifest.excluded.values()) == len(rows) == manifest.items
    parts = sum(wanted[key] for key in wanted if key[1] not in (TOTAL, COMPUTERS))
    assert parts + sum(manifest.unknown.values()) == total
