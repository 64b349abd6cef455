"""The accounting pages: what a person sees and does, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from tests.accounting import fake
from tests.accounting.conftest import Place
from tests.web.conftest import ClientOf, words

from icb.accounting import registry
from icb.accounting.inputs import NewMapping, NewTarget
from icb.accounting.mapping_actions import set_mappings
from icb.accounting.models import Account, Target, Transfer
from icb.accounting.period_queries import closed_until
from icb.accounting.target_actions import connect_target, read_records
from icb.accounting.target_queries import mappings
from icb.foundation.models import Role
from icb.invoicing import actions

Queries = Callable[[int], AbstractContextManager[Any]]
PAGES = [
    "/accounting",
    "/accounting/journal",
    "/accounting/accounts",
    "/accounting/periods",
    "/accounting/targets",
    "/accounting/targets/fake",
    "/accounting/targets/fake/mapping",
    "/accounting/targets/fake/mapping?kind=items",
    "/accounting/targets/fake/mapping?kind=tax_codes",
    "/accounting/targets/fake/mapping?kind=accounts",
    "/accounting/targets/fake/not-handed-over",
    "/accounting/targets/fake/reconciliation",
]


@pytest.fixture
def sent(place: Place) -> Iterator[Place]:
    place.connect()
    for amount in ("100.00", "50.00", "30.00"):
        place.ours.item("acme", amount, tax_percent=Decimal(20))
        actions.issue_documents()
    place.theirs.faults["INV-000002"] = [fake.WRONG]
    place.theirs.faults["INV-000003"] = [fake.REFUSE]
    place.work()
    yield place


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("role", [Role.OWNER, Role.READ_ONLY])
def test_pages_open(
    sent: Place,
    client_of: ClientOf,
    address: str,
    role: str,
    django_assert_max_num_queries: Queries,
) -> None:
    client = client_of(role)
    with django_assert_max_num_queries(20):
        answer = client.get(address)
    assert answer.status_code == 200, answer.content
    assert (b'method="post" action="/accounting' in answer.content) <= (role == Role.OWNER)


def test_the_queue_says_why_something_did_not_go(sent: Place, owner: Client) -> None:
    said = words(owner.get("/accounting").content)
    assert "Accounting transfer" in said
    assert "the period is closed there" in said
    assert "total 60.00 USD here, 60.01 there" in said
    row = sent.transfer("INV-000002")
    said = words(owner.get(f"/accounting/transfers/{row.pk}").content)
    assert "60.01" in said and "Look again" in said


def test_a_refused_document_is_retried(sent: Place, owner: Client) -> None:
    row = sent.transfer("INV-000003")
    answer = owner.post("/accounting/retry", {"row": row.pk}, follow=True)
    assert "It goes again now." in words(answer.content)
    owner.post("/accounting/send")
    sent.work()
    assert sent.state("INV-000003") == "sent"


def test_a_corrected_document_is_looked_at_again(sent: Place, owner: Client) -> None:
    sent.theirs.documents[1]["total"] = "60.00"
    owner.post("/accounting/look-again", {"row": sent.transfer("INV-000002").pk})
    sent.work()
    assert sent.state("INV-000002") == "sent"


def test_a_reset_asks_for_a_reason_first(sent: Place, owner: Client) -> None:
    row = sent.transfer("INV-000001")
    asked = owner.post("/accounting/reset", {"row": row.pk})
    assert asked.status_code == 200 and "INV-000001" in words(asked.content)
    refused = owner.post("/accounting/reset", {"row": row.pk, "reason": " "})
    assert refused.status_code == 422
    assert sent.state("INV-000001") == "sent"
    owner.post("/accounting/reset", {"row": row.pk, "reason": "deleted there", "again": "yes"})
    assert sent.transfer("INV-000001").round == 2


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.APPROVER, Role.MAPPER])
def test_who_may_not_transfer_is_refused(sent: Place, client_of: ClientOf, role: str) -> None:
    row = sent.transfer("INV-000003")
    for address in ("/accounting/retry", "/accounting/reset", "/accounting/look-again"):
        assert client_of(role).post(address, {"row": row.pk}).status_code == 403
    assert client_of(role).get("/accounting/connect/csv_journal").status_code == 403
    assert sent.state("INV-000003") == "refused"


def test_what_is_not_there_is_not_found(sent: Place, owner: Client) -> None:
    assert owner.get("/accounting/transfers/999999").status_code == 404
    assert owner.get("/accounting/targets/nobody").status_code == 404
    assert owner.get("/accounting/connect/nothing").status_code == 404


def test_a_target_is_connected_and_its_secret_never_shown(place: Place, owner: Client) -> None:
    assert "Address" in words(owner.get("/accounting/connect/fake").content)
    wrong = owner.post("/accounting/connect/fake", {"name": "Books", "key": "b"})
    assert wrong.status_code == 422
    given = {
        "name": "Books",
        "key": "b",
        "is_automatic": "on",
        "setting_address": place.address,
        "setting_secret": "hunter-2-hunter",
    }
    owner.post("/accounting/connect/fake", given)
    row = Target.objects.get(key="b")
    assert (row.name, row.is_automatic, row.creates_customers) == ("Books", True, False)
    page = owner.get("/accounting/targets/b/settings")
    assert b"hunter" not in page.content
    assert "Stored on" in words(page.content)
    seen = page.context["seen"]
    change = {"name": "Our books", "setting_address": place.address, "seen": seen}
    assert owner.post("/accounting/targets/b/settings", change).status_code == 302
    late = owner.post("/accounting/targets/b/settings", change)
    assert late.status_code == 409
    assert "was changed by olivia" in words(late.content)
    answer = owner.post("/accounting/targets/b/check", follow=True)
    assert "Fake Books Ltd" in words(answer.content)


def test_mapping_offers_what_fits_and_takes_what_is_chosen(sent: Place, owner: Client) -> None:
    set_mappings("fake", news=[NewMapping(kind="items", ours="", theirs="")])
    read_records("fake")
    said = words(owner.get("/accounting/targets/fake/mapping?kind=items").content)
    assert "Managed workstation" in said and "same name" in said
    owner.post("/accounting/targets/fake/mapping/items/accept")
    assert [(one.ours, one.theirs) for one in mappings("fake", kind="items")] == [("agents", "I1")]
    found = owner.get("/accounting/targets/fake/mapping/items/choices?q=other").json()
    assert [one["value"] for one in found] == ["I2"]
    assert owner.get("/accounting/targets/fake/mapping/items/one?ours=agents").status_code == 200
    owner.post("/accounting/targets/fake/mapping/items/save", {"ours": "agents", "theirs": "I2"})
    assert mappings("fake", kind="items")[0].name == "Other things"
    owner.post("/accounting/targets/fake/mapping/items/save", {"ours": "agents", "theirs": ""})
    assert mappings("fake", kind="items") == []
    owner.post("/accounting/targets/fake/mapping/items/save", {"take": "agents"})
    assert mappings("fake", kind="items")[0].theirs == "I1"
    assert owner.get("/accounting/targets/fake/mapping/items/one?ours=no").status_code == 404


def test_documents_from_before_are_handed_over(place: Place, owner: Client) -> None:
    place.ours.item("acme", "9.00")
    actions.issue_documents()
    place.connect()
    address = "/accounting/targets/fake/not-handed-over"
    assert "INV-000001" in words(owner.get(address).content)
    owner.post("/accounting/targets/fake/hand-over", {"row": "INV-000001"})
    assert "INV-000001" not in words(owner.get(address).content).replace("row INV", "")
    place.work()
    assert place.state("INV-000001") == "sent"


def test_a_file_is_made_downloaded_twice_and_taken_back(place: Place, owner: Client) -> None:
    connect_target(NewTarget(key="iif", kind="quickbooks_desktop"))
    place.ours.item("acme", "9.00")
    actions.issue_documents()
    made = owner.post("/accounting/targets/iif/files/make", follow=True)
    assert "iif-0001-USD.iif was made: one document." in words(made.content)
    first = owner.get("/accounting/targets/iif/files/1")
    assert first["Content-Disposition"] == 'attachment; filename="iif-0001-USD.iif"'
    assert first.content == owner.get("/accounting/targets/iif/files/1").content
    assert owner.get("/accounting/targets/iif/files/2").status_code == 404
    undo = "/accounting/targets/iif/files/1/undo"
    assert owner.post(undo, {"reason": ""}).status_code == 422
    assert undo in owner.get("/accounting/targets/iif/files").content.decode()
    after = owner.post(undo, {"reason": "not imported"}, follow=True)
    assert "taken back" in words(after.content) and undo not in after.content.decode()
    assert Transfer.objects.order_by("-pk")[0].state == "waiting"


def test_accounts_rules_and_periods_are_changed(sent: Place, owner: Client) -> None:
    owner.post(
        "/accounting/accounts/add", {"code": "4010", "name": "Workstations", "kind": "revenue"}
    )
    twice = owner.post(
        "/accounting/accounts/add", {"code": "4010", "name": "Again", "kind": "revenue"}
    )
    assert twice.status_code == 422
    rule = {"kind": "service", "subject": "agents", "account": "4010"}
    owner.post("/accounting/rules", rule)
    said = words(owner.get("/accounting/accounts").content)
    assert "agents 4010 Workstations" in said
    refused = owner.post("/accounting/accounts/of/4010", {"name": "Workstations", "active": "no"})
    assert refused.status_code == 409
    owner.post("/accounting/rules/remove", {"kind": "service", "subject": "agents"})
    owner.post("/accounting/accounts/of/4010", {"name": "Workstations", "active": "no"})
    assert not Account.objects.get(code="4010").is_active
    owner.post("/accounting/periods/close", {"until": "2026-06-30"})
    assert str(closed_until()) == "2026-06-30"
    assert owner.post("/accounting/periods/reopen", {"reason": ""}).status_code == 422
    owner.post("/accounting/periods/reopen", {"reason": "late bill"})
    assert closed_until() is None


def test_the_journal_is_exported(sent: Place, owner: Client) -> None:
    answer = owner.get("/accounting/journal?as=csv")
    rows = b"".join(answer) if answer.streaming else answer.content
    assert b"INV-000001" in rows and b"1200" in rows


def test_the_comparison_shows_the_difference(sent: Place, owner: Client) -> None:
    owner.post("/accounting/targets/fake/reconciliation/look")
    sent.later(minutes=1)
    said = words(owner.get("/accounting/targets/fake/reconciliation").content)
    assert "Differs" in said and "0.01" in said


def test_a_person_signs_in_there_and_comes_back(place: Place, owner: Client) -> None:
    asking = replace(fake.DESCRIPTION, needs_sign_in=True)
    with registry.registered(fake.FakeTarget(asking)):
        place.connect()
        page = owner.post("/accounting/targets/fake/sign-in")
        asked = parse_qs(urlsplit(page.context["address"]).query)
        back = "/accounting/targets/fake/sign-in/back"
        assert asked["redirect"][0].endswith(back)
        forged = owner.get(back, {"state": "x", "code": "good"})
        assert forged.status_code == 409
        answer = owner.get(back, {"state": asked["state"][0], "code": "good"}, follow=True)
        assert "You are signed in" in words(answer.content)
        again = owner.get(back, {"state": asked["state"][0], "code": "good"})
        assert again.status_code == 409
