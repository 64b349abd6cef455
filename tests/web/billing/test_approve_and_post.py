"""Approve and Post over HTTP."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from tests.support import story
from tests.web.conftest import ClientOf, words

from icb.billing.actions import bill
from icb.billing.approval_actions import set_posting_limit
from icb.billing.posting import add_manual_item
from icb.billing.queries import items

pytestmark = pytest.mark.usefixtures("provider", "clock")
LIST = "approve-and-post"


@pytest.fixture
def may() -> None:
    """31 seats at 2.00 drafted for May."""
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": 31})
    story.at("06-01")
    bill()


@pytest.fixture
def held() -> None:
    """A draft with a gap too long."""
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-10", {"7": 31})
    story.at("06-02")
    bill()


def text(client: Client, name: str, **args: object) -> str:
    response = client.get(reverse(name, kwargs=args or None))
    assert response.status_code == 200
    return words(response.content)


def statuses() -> list[str]:
    return [row.status for row in items()]


def post_everything(client: Client) -> object:
    summary = client.get(reverse("post-summary") + "?query=").content.decode()
    found = re.search(r'name="seen" value="(\w+)"', summary)
    assert found is not None
    sent = {"query": "", "seen": found[1], "estimates": "yes"}
    return client.post(reverse("post-drafts"), sent, follow=True)


def test_an_empty_list_says_what_to_do(owner: Client) -> None:
    page = text(owner, LIST)
    assert "Nothing waits to be approved" in page
    assert "Run billing" in page


def test_a_draft_is_shown_explained_and_posted(owner: Client, may: None) -> None:
    page = text(owner, LIST)
    assert "Managed seat" in page
    assert "62.00 USD" in page
    explained = text(owner, "billing-item", id=items()[0].id)
    assert "How the amount comes about" in explained
    assert "Counted by" in explained
    post_everything(owner)
    assert statuses() == ["posted"]
    assert "62.00" in text(owner, "posted-items")


def test_the_summary_says_what_stays_and_why(owner: Client, held: None) -> None:
    page = words(owner.get(reverse("post-summary") + "?query=").content)
    assert "Held items cannot be posted" in page
    assert "Nothing of it can be posted now" in page
    answer = post_everything(owner)
    assert statuses() == ["held"]
    assert "decide the holds first" in words(answer.content)  # type: ignore[attr-defined]


def test_what_changed_since_the_summary_is_refused(owner: Client, may: None) -> None:
    sent = {"row": [items()[0].id], "seen": "0" * 64, "estimates": "yes"}
    response = owner.post(reverse("post-drafts"), sent)
    assert response.status_code == 409
    assert statuses() == ["draft"]


def test_drafts_are_deferred_taken_back_and_waived(owner: Client, may: None) -> None:
    row = items()[0].id
    form = owner.post(reverse("drafts-defer"), {"row": [row]})
    assert "Defer until" in words(form.content)
    sent = {"row": [row], "sure": "yes", "until": "2025-05-01", "reason": "later"}
    assert owner.post(reverse("drafts-defer"), sent).status_code == 422
    assert owner.post(reverse("drafts-defer"), {**sent, "until": "2025-06-09"}).status_code == 302
    assert "Deferred" in text(owner, LIST)
    owner.post(reverse("drafts-undefer"), {"row": [row]})
    assert "until 2025-06-09" not in text(owner, LIST)
    assert owner.post(reverse("drafts-waive"), {"row": [row], "sure": "yes"}).status_code == 422
    owner.post(reverse("drafts-waive"), {"row": [row], "sure": "yes", "reason": "goodwill"})
    assert items() == []


def test_posted_items_are_taken_back(owner: Client, may: None) -> None:
    post_everything(owner)
    sent = {"row": [items()[0].id], "sure": "yes", "reason": "wrong"}
    assert owner.post(reverse("items-unpost"), sent).status_code == 302
    assert statuses() == ["draft"]


def test_a_preview_writes_nothing_and_a_run_does(owner: Client) -> None:
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": 31})
    story.at("06-01")
    page = owner.post(reverse("run-billing"), {"through": "2025-06-01", "preview": "yes"})
    assert "nothing was written" in words(page.content)
    assert "rmm" in words(page.content)
    assert items() == []
    owner.post(reverse("run-billing"), {"through": "2025-06-01", "run": "yes"})
    assert statuses() == ["draft"]
    future = owner.post(reverse("run-billing"), {"through": "2025-07-01", "run": "yes"})
    assert future.status_code == 422


def test_manual_items_are_added_changed_and_removed(owner: Client, may: None) -> None:
    sent = {"contract": "acme", "on": "2025-06-01", "amount": "x", "tax": "", "reason": "on site"}
    assert owner.post(reverse("manual-item-new"), sent).status_code == 422
    assert owner.post(reverse("manual-item-new"), {**sent, "amount": "12.5"}).status_code == 302
    assert "on site" in text(owner, "manual-items")
    row = next(row.id for row in items() if row.kind == "manual")
    edit = reverse("manual-item-edit", kwargs={"id": row})
    assert owner.post(edit, {"amount": "1.005", "reason": "y"}).status_code == 422
    assert owner.post(edit, {"amount": "13", "reason": "y"}).status_code == 302
    assert owner.post(reverse("manual-item-delete", kwargs={"id": row})).status_code == 302
    assert owner.get(edit).status_code == 404


def test_a_large_posting_is_asked_for_and_approved(
    owner: Client, client_of: ClientOf, may: None
) -> None:
    set_posting_limit("USD", amount="10")
    page = words(owner.get(reverse("post-summary") + "?query=").content)
    assert "takes a second person" in page
    assert "Ask for approval" in page
    owner.post(reverse("post-ask"), {"query": ""})
    assert "Approvals (1)" in text(owner, LIST)
    page_of_requests = owner.get(reverse("approvals")).content.decode()
    number = int(re.findall(r"/approvals/(\d+)/withdraw", page_of_requests)[0])
    approve = reverse("approve", kwargs={"number": number})
    assert owner.post(approve).status_code == 403
    assert client_of("approver").post(approve).status_code == 302
    assert owner.post(reverse("post-approved", kwargs={"number": number})).status_code == 302
    assert statuses() == ["posted"]


def test_limits_are_the_owners(owner: Client, client_of: ClientOf, may: None) -> None:
    address = reverse("settings-approvals")
    assert owner.post(address, {"currency": "USD", "amount": "x"}).status_code == 422
    assert owner.post(address, {"currency": "USD", "amount": "500"}).status_code == 302
    assert "500.00 USD" in text(owner, "settings-approvals")
    approver = client_of("approver")
    assert approver.post(address, {"currency": "USD", "amount": ""}).status_code == 403


@pytest.mark.parametrize("role", ["read_only", "mapper", "auditor"])
def test_who_may_only_read_is_refused(client_of: ClientOf, may: None, role: str) -> None:
    client = client_of(role)
    row = {"row": [items()[0].id], "sure": "yes", "reason": "x"}
    for name in ("post-drafts", "drafts-waive", "drafts-defer", "drafts-undefer", "post-ask"):
        assert client.post(reverse(name), row).status_code == 403
    assert "Approve and post…" not in text(client, LIST)
    assert statuses() == ["draft"]


def test_bad_picks_are_refused(owner: Client, may: None) -> None:
    for rows in ([], ["x"], ["1"] * 251):
        response = owner.post(reverse("drafts-undefer"), {"row": rows})
        assert response.status_code == 422
    assert owner.get(reverse("billing-item", kwargs={"id": 10**9})).status_code == 404


def test_pages_ask_little(owner: Client, may: None, django_assert_max_num_queries: object) -> None:
    for number in range(60):
        add_manual_item("acme", amount=str(number + 1), reason="x")
    for name in (LIST, "drafts-by-organization", "posted-items", "manual-items", "approvals"):
        with django_assert_max_num_queries(20):  # type: ignore[operator]
            owner.get(reverse(name))
