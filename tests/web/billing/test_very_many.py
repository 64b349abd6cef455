"""Posting and issuing very many from the pages: a job, which the pages of jobs tell of."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from tests.invoicing.factory import Books
from tests.support import story
from tests.support.clocks import StillClock
from tests.web.conftest import ClientOf, words

from icb.billing.actions import bill
from icb.billing.approval_actions import ask_to_post, set_posting_limit
from icb.billing.draft_queries import draft_ids
from icb.billing.models import BillingItem
from icb.billing.posting import defer_item
from icb.foundation.jobs import LEASE_SECONDS, JobContext, JobRow, jobs
from icb.foundation.listing import Wanted
from icb.foundation.models import Role
from icb.invoicing.models import Document
from icb.operations import issuing_run, posting_run
from icb.operations.worker import Worker
from icb.web.billing import answers

pytestmark = pytest.mark.usefixtures("provider", "clock")
MANY = 1_100  # more than the fields that a form may have


def seen_in(page: bytes) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page.decode())
    assert found is not None
    return found[1]


def one_draft() -> None:
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": 31})
    story.at("06-01")
    bill()


def test_very_many_drafts_are_posted_by_a_job(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (posting_run, answers):
        monkeypatch.setattr(place, "AT_ONCE", 0)
    one_draft()
    page = owner.get(reverse("post-summary") + "?query=").content
    assert "posted by a job" in words(page)
    sent = {"query": "", "seen": seen_in(page), "estimates": "yes"}
    answer = owner.post(reverse("post-drafts"), sent, follow=True)
    assert "Posting is a job now" in words(answer.content)
    assert "Waiting" in words(answer.content)
    assert "1 drafts" in words(answer.content)
    assert not BillingItem.objects.exists()
    assert Worker(by_kind={"post": posting_run.run_post}).work_off() == 1
    assert BillingItem.objects.count() == 1
    assert "Posted 1 items" in words(owner.get(reverse("jobs")).content)


def test_very_many_approved_drafts_are_posted_by_a_job(
    owner: Client, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (posting_run, answers):
        monkeypatch.setattr(place, "AT_ONCE", 0)
    one_draft()
    set_posting_limit("USD", amount="50")
    number = ask_to_post(draft_ids(Wanted()))
    # Below the line of whoever asked stands the limit, also where the job is made past the page.
    page = owner.get(reverse("post-summary") + "?query=").content
    sent = {"query": "", "seen": seen_in(page), "estimates": "yes"}
    owner.post(reverse("post-drafts"), sent)
    assert Worker(by_kind={"post": posting_run.run_post}).work_off() == 1
    assert "takes a second person" in jobs(kind="post")[0].message
    assert not BillingItem.objects.exists()
    second = client_of(Role.APPROVER)
    second.post(reverse("approve", kwargs={"number": number}))
    answer = second.post(reverse("post-approved", kwargs={"number": number}), follow=True)
    assert f"request {number}: 1 drafts" in words(answer.content)
    assert not BillingItem.objects.exists()
    assert Worker(by_kind={"post": posting_run.run_post}).work_off() == 1
    posting = BillingItem.objects.get().posting
    assert (posting.actor, posting.request_id) == (Role.APPROVER, number)


def test_what_stays_is_told_by_organization(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (posting_run, answers):
        monkeypatch.setattr(place, "AT_ONCE", 0)
    one_draft()
    (draft,) = draft_ids(Wanted())
    defer_item(draft, until=date(2026, 7, 1), reason="a promise")
    page = owner.get(reverse("post-summary") + "?query=").content
    assert "Nothing of it can be posted now" in words(page)
    sent = {"query": "", "seen": seen_in(page), "estimates": "yes"}
    asked = owner.post(reverse("post-drafts"), sent)
    assert Worker(by_kind={"post": posting_run.run_post}).work_off() == 1
    told = owner.get(asked["Location"])
    assert "Nothing was posted. Not posted: 1 deferred (acme)." in words(told.content)
    assert reverse("organization", kwargs={"key": "acme"}) in told.content.decode()


def test_very_many_payers_get_their_documents_by_a_job(owner: Client) -> None:
    books = Books()
    for number in range(MANY):
        books.organization(f"client-{number:04}")
        books.item(f"client-{number:04}", "10.00")
    page = owner.get(reverse("invoices-process")).content
    assert "issued by a job" in words(page)
    answer = owner.post(
        reverse("invoices-issue"), {"query": "", "seen": seen_in(page)}, follow=True
    )
    assert "Issuing is a job now" in words(answer.content)
    assert Worker(by_kind={"issue": issuing_run.run_issue}).work_off() == 1
    assert [row.message for row in jobs(kind="issue")] == [f"Issued {MANY:,} documents."]
    assert Document.objects.count() == MANY


class Killed(BaseException):
    """Stands for a worker that ends in the middle."""


def test_the_page_of_a_job_whose_worker_was_killed_goes_on_with_the_next_one(
    owner: Client, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing_run, "AT_ONCE", 0)
    monkeypatch.setattr(issuing_run, "_PER_STEP", 1)
    books = Books()
    for key in ("acme", "birch", "cedar"):
        books.organization(key)
        books.item(key, "10.00")
    page = owner.get(reverse("invoices-process")).content
    asked = owner.post(reverse("invoices-issue"), {"query": "", "seen": seen_in(page)})
    steps = iter(range(3))

    def dies(job: JobRow, *, context: JobContext) -> None:
        def hold() -> None:
            if next(steps) == 2:
                raise Killed
            context.hold()

        issuing_run.run_issue(job, context=replace(context, hold=hold))

    with pytest.raises(Killed):
        Worker(by_kind={"issue": dies}).work_off()
    said = words(owner.get(asked["Location"]).content)
    assert "Running 2 of 3 done" in said
    assert Document.objects.count() == 2
    clock.forward(seconds=LEASE_SECONDS + 1)
    assert Worker(by_kind={"issue": issuing_run.run_issue}).work_off() == 1
    assert "Issued 3 documents." in words(owner.get(asked["Location"]).content)
    numbers = Document.objects.order_by("pk").values_list("number", flat=True)
    assert list(numbers) == ["INV-000001", "INV-000002", "INV-000003"]


def test_few_that_fit_a_filter_get_theirs_at_once(owner: Client) -> None:
    books = Books()
    for key in ("acme", "birch"):
        books.organization(key)
        books.item(key, "10.00")
    page = owner.get(reverse("invoices-process") + "?q=acme").content
    assert "issued by a job" not in words(page)
    sent = {"query": "q=acme", "seen": seen_in(page)}
    owner.post(reverse("invoices-issue"), sent)
    assert [row.organization.key for row in Document.objects.all()] == ["acme"]
