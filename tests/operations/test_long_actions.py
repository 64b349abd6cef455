"""Posting and issuing very many: by a job of whoever asked, once, whatever ends its worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.invoicing.factory import Books
from tests.support import story
from tests.support.clocks import StillClock

from icb.billing.actions import bill
from icb.billing.draft_queries import draft_ids, drafts_version
from icb.billing.models import BillingItem, DraftItem, ItemToInvoice
from icb.billing.posting import PostResult
from icb.foundation.jobs import (
    JobContext,
    JobLost,
    JobRow,
    TryLater,
    cancel_job,
    job_row,
    still_held,
)
from icb.foundation.listing import Wanted
from icb.foundation.models import AuditEvent, Job, Membership, Role, User
from icb.foundation.providers import current_provider
from icb.invoicing.actions import issue_chosen
from icb.invoicing.models import Document
from icb.invoicing.waiting_queries import Payer, issue_plan
from icb.kernel.errors import Refused
from icb.operations import issuing_run, posting_run
from icb.operations.worker import Worker

ALL = Wanted()
KEYS = ("acme", "birch", "cedar")


class Killed(BaseException):
    """Stands for a worker that ends in the middle."""


@pytest.fixture(autouse=True)
def long(provider: object, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is very much."""
    monkeypatch.setattr(posting_run, "AT_ONCE", 0)
    monkeypatch.setattr(issuing_run, "AT_ONCE", 0)
    monkeypatch.setattr(issuing_run, "_PER_STEP", 1)


@pytest.fixture
def drafts() -> None:
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme")
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": 31})
    story.at("06-01")
    bill()


@pytest.fixture
def books() -> Books:
    made = Books()
    for key in KEYS:
        made.organization(key)
        made.item(key, "100.00")
    return made


def worker() -> Worker:
    return Worker(by_kind={"post": posting_run.run_post, "issue": issuing_run.run_issue})


def ended(row: object) -> JobRow:
    assert isinstance(row, JobRow)
    assert worker().work_off() == 1
    return job_row(row.id)


def start_posting() -> PostResult | JobRow:
    return posting_run.start_posting(ALL, seen=drafts_version(draft_ids(ALL)), with_estimates=True)


def start_issuing(payers: list[Payer]) -> object:
    return issuing_run.start_issuing(payers, seen=issue_plan(payers).seen)


def payers(*keys: str) -> list[Payer]:
    return [Payer(key, "USD") for key in keys or KEYS]


def watched(taken: JobRow) -> JobContext:
    """What a worker gives the handler of a job that it took."""
    return JobContext(
        progress=lambda shown: None,
        is_cancelled=lambda: False,
        is_stopping=lambda: False,
        hold=lambda: still_held(taken),
        done=lambda message="": None,
    )


def killed_after(steps: int, row: object) -> None:
    """Run a job in the place of a worker that is killed when it has stored so many steps."""
    assert isinstance(row, JobRow)
    Job.objects.filter(pk=row.id).update(state="running", worker="first", attempts=1)
    taken = job_row(row.id)
    left = [steps]

    def hold() -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1
        still_held(taken)

    def progress(shown: Mapping[str, Any]) -> None:
        Job.objects.filter(pk=taken.id).update(progress=dict(shown))

    context = replace(watched(taken), progress=progress, hold=hold)
    with pytest.raises(Killed):
        (posting_run.run_post if taken.kind == "post" else issuing_run.run_issue)(
            taken, context=context
        )
    Job.objects.filter(pk=row.id).update(lease_until=taken.created_at - timedelta(seconds=1))


def take_away(name: str, role: Role | None) -> None:
    """Give a person another role, or none at all."""
    if role:
        Membership.objects.filter(user__username=name).update(role=role)
    else:
        User.objects.filter(username=name).update(is_active=False)


# Posting


def test_posting_is_done_by_a_job_in_the_name_of_whoever_asked(drafts: None) -> None:
    row = ended(start_posting())
    assert (row.state, row.message) == ("done", "Posted 1 items: 62.00 USD.")
    assert BillingItem.objects.get().posting.actor == row.requested_by != "post"
    assert not DraftItem.objects.exists()


def test_asking_twice_is_one_job(drafts: None) -> None:
    first, second = start_posting(), start_posting()
    assert isinstance(first, JobRow)
    assert isinstance(second, JobRow)
    assert first.id == second.id
    assert worker().work_off() == 1
    assert BillingItem.objects.count() == 1


def test_drafts_that_changed_before_the_job_ran_are_not_posted(drafts: None) -> None:
    row = start_posting()
    DraftItem.objects.update(amount=1)
    told = ended(row)
    assert told.state == "failed"
    assert told.message.startswith("The drafts changed since you looked at them. Nothing was")
    assert told.message.endswith("They are those of: acme.")
    assert told.progress == {"changed": ["acme"]}
    assert not BillingItem.objects.exists()
    with pytest.raises(Refused, match="Nothing was posted"):
        posting_run.start_posting(ALL, seen="0" * 64, with_estimates=True)


def test_a_posting_whose_worker_was_killed_is_made_once(drafts: None, clock: StillClock) -> None:
    row = start_posting()
    killed_after(0, row)
    assert not BillingItem.objects.exists()
    assert ended(row).state == "done"
    assert BillingItem.objects.count() == 1


def test_a_posting_that_was_cancelled_posts_nothing(drafts: None) -> None:
    row = start_posting()
    assert isinstance(row, JobRow)
    Job.objects.filter(pk=row.id).update(state="running", worker="first", attempts=1)
    cancel_job(row.id)
    taken = job_row(row.id)
    with pytest.raises(JobLost):
        posting_run.run_post(taken, context=watched(taken))
    assert not BillingItem.objects.exists()


def test_a_posting_whose_worker_was_killed_at_its_end_is_made_and_told_once(drafts: None) -> None:
    row = start_posting()
    assert isinstance(row, JobRow)
    Job.objects.filter(pk=row.id).update(state="running", worker="first", attempts=1)
    taken = job_row(row.id)

    def done(message: str = "") -> None:
        raise Killed

    with pytest.raises(Killed):
        posting_run.run_post(taken, context=replace(watched(taken), done=done))
    Job.objects.filter(pk=row.id).update(lease_until=taken.created_at - timedelta(seconds=1))
    told = ended(row)
    assert (told.state, told.message) == ("done", "Posted 1 items: 62.00 USD.")
    assert BillingItem.objects.count() == 1


@pytest.mark.parametrize("role", [Role.READ_ONLY, None])
def test_who_may_post_no_more_by_the_time_of_the_job_posts_nothing(
    drafts: None, role: Role | None
) -> None:
    row = start_posting()
    assert isinstance(row, JobRow)
    take_away(row.requested_by, role)
    told = ended(row)
    assert told.state == "failed"
    assert "Nothing was" in told.message
    assert not BillingItem.objects.exists()
    assert not AuditEvent.objects.filter(action="post").exists()


# Issuing


def test_documents_are_issued_by_a_job_in_the_name_of_whoever_asked(books: Books) -> None:
    row = ended(start_issuing(payers()))
    assert (row.state, row.message) == ("done", "Issued 3 documents.")
    assert (row.progress["done"], row.progress["total"]) == (3, 3)
    rows = Document.objects.order_by("number").values_list("number", "organization__key", "actor")
    assert list(rows) == [
        (f"INV-00000{place}", key, row.requested_by) for place, key in enumerate(KEYS, start=1)
    ]
    assert not ItemToInvoice.objects.exists()


def test_issuing_goes_on_after_the_last_step_that_was_stored(books: Books) -> None:
    row = start_issuing(payers())
    killed_after(2, row)
    assert Document.objects.count() == 2
    assert ended(row).message == "Issued 3 documents."
    assert sorted(Document.objects.values_list("number", flat=True)) == [
        "INV-000001",
        "INV-000002",
        "INV-000003",
    ]


def test_who_loses_the_role_in_the_middle_is_told_what_stands(books: Books) -> None:
    row = start_issuing(payers())
    killed_after(1, row)
    assert isinstance(row, JobRow)
    take_away(row.requested_by, Role.READ_ONLY)
    told = ended(row)
    assert told.state == "failed"
    assert told.message.endswith("1 documents were issued before and stand; the rest waits.")
    assert Document.objects.count() == 1


def test_payers_for_whom_others_wait_by_then_are_named_and_left(books: Books) -> None:
    row = start_issuing(payers())
    books.item("birch", "5.00")
    plan = issue_plan(payers("cedar"))
    issue_chosen(payers("cedar"), seen=plan.seen)
    told = ended(row)
    assert told.state == "done"
    assert told.message.startswith("Issued 1 documents. What waits changed since")
    assert "for: birch. Look at these and process them again." in told.message
    assert told.message.endswith("Nothing waits any more for: cedar.")
    assert (told.progress["changed"], told.progress["gone"]) == (["birch"], ["cedar"])
    assert ItemToInvoice.objects.count() == 2
    assert Document.objects.count() == 2


def test_a_cancelled_job_says_what_stands(books: Books) -> None:
    row = start_issuing(payers())
    killed_after(1, row)
    assert isinstance(row, JobRow)
    cancel_job(row.id)
    Job.objects.filter(pk=row.id).update(
        state="running", worker="second", attempts=2, finished_at=None
    )
    taken = job_row(row.id)
    context = watched(taken)
    with pytest.raises(JobLost, match="1 documents were issued before and stand"):
        issuing_run.run_issue(taken, context=context)
    stopping = replace(context, is_stopping=lambda: True)
    with pytest.raises(TryLater, match="It goes on where it was left"):
        issuing_run.run_issue(taken, context=stopping)
    assert Document.objects.count() == 1


@pytest.mark.parametrize("role", [Role.READ_ONLY, None])
def test_who_may_no_more_by_the_time_of_the_job_does_nothing(
    books: Books, role: Role | None
) -> None:
    row = start_issuing(payers())
    assert isinstance(row, JobRow)
    take_away(row.requested_by, role)
    told = ended(row)
    assert told.state == "failed"
    assert "Nothing was" in told.message
    assert not Document.objects.exists()
    assert current_provider()
    assert not AuditEvent.objects.filter(action="issue").exists()
