"""Jobs: what is at work, what comes next, and beginning anew what failed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.conftest import ClientOf, words

from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.job_actions import retry_job
from icb.foundation.jobs import NewJob, enqueue, enqueue_all, job_row, note_job
from icb.foundation.models import AuditEvent, Job, Provider
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.kernel.errors import NotFound, Refused


@pytest.fixture
def waiting(provider: Provider, clock: object) -> int:
    return enqueue(NewJob(kind="sync", payload={"connection": "rmm"}, unique_key="sync:1")).id


def test_what_waits_and_runs_is_shown_with_its_progress(owner: Client, waiting: int) -> None:
    assert "Sync rmm Waiting" in words(owner.get(reverse("jobs-now")).content)
    Job.objects.update(state="running", worker="w", attempts=1)
    note_job(job_row(waiting), progress={"words": "page 3", "done": 3, "total": 7})
    page = owner.get(reverse("jobs-now")).content.decode()
    assert '<progress value="3" max="7"' in page
    assert "page 3" in page
    assert 'hx-trigger="every 2s"' in page


def test_the_list_narrows_and_exports(owner: Client, waiting: int) -> None:
    enqueue(NewJob(kind="follow"))
    everything = words(owner.get(reverse("jobs")).content)
    assert "Carry counts on" in everything
    narrowed = owner.get(reverse("jobs") + "?f.kind=sync", headers={"HX-Target": "list-jobs"})
    assert "1–1 of 1" in words(narrowed.content)
    csv: Any = owner.get(reverse("jobs") + "?as=csv")
    assert b"waiting" in b"".join(csv.streaming_content)


def test_a_waiting_job_is_cancelled(owner: Client, waiting: int) -> None:
    answer = owner.post(reverse("job-cancel"), {"row": waiting}, headers={"HX-Request": "true"})
    assert "Nothing runs" in words(answer.content)
    assert job_row(waiting).state == "cancelled"
    again = owner.post(reverse("job-cancel"), {"row": waiting}, follow=True)
    assert "has ended already" in words(again.content)


def test_a_failed_job_is_begun_anew_as_another(owner: Client, waiting: int) -> None:
    Job.objects.update(state="failed", message="no answer")
    owner.post(reverse("job-retry"), {"row": waiting})
    new = Job.objects.exclude(pk=waiting).get()
    assert (new.kind, new.payload, new.state) == ("sync", {"connection": "rmm"}, "waiting")
    assert new.unique_key == "sync:1"
    assert job_row(waiting).state == "failed"
    assert AuditEvent.objects.filter(action="retry_job").count() == 1


def test_the_same_work_is_not_begun_twice(provider: Provider, waiting: int) -> None:
    Job.objects.update(state="failed")
    first = retry_job(waiting)
    assert retry_job(waiting).id == first.id
    assert Job.objects.count() == 2


@pytest.mark.parametrize("state", ["waiting", "running", "done"])
def test_what_did_not_fail_is_not_begun_anew(state: str, waiting: int) -> None:
    Job.objects.update(state=state)
    with pytest.raises(Refused, match="nothing to begin anew"):
        retry_job(waiting)
    assert Job.objects.count() == 1
    with pytest.raises(NotFound):
        retry_job(waiting + 1)


def test_of_several_picked_the_others_go_on(owner: Client, waiting: int) -> None:
    other = enqueue(NewJob(kind="follow")).id
    Job.objects.filter(pk=other).update(state="failed")
    response = owner.post(reverse("job-retry"), {"row": [waiting, other, "x"]}, follow=True)
    assert "1 begun anew" in words(response.content)
    assert "nothing to begin anew" in words(response.content)


@pytest.mark.parametrize("role", ["read_only", "mapper", "approver", "auditor"])
def test_who_only_looks_changes_no_job(role: str, client_of: ClientOf, waiting: int) -> None:
    client = client_of(role)
    page = client.get(reverse("jobs")).content.decode()
    assert reverse("job-cancel") not in page
    for view in ("job-cancel", "job-retry"):
        assert client.post(reverse(view), {"row": waiting}).status_code == 403
    assert job_row(waiting).state == "waiting"


def test_another_providers_jobs_are_not_seen(owner: Client, clock: object) -> None:
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="USD"))
        with in_provider(other):
            theirs = enqueue(NewJob(kind="sync", payload={"connection": "theirs"})).id
    assert "theirs" not in words(owner.get(reverse("jobs")).content)
    owner.post(reverse("job-cancel"), {"row": theirs})
    with in_provider(other):
        assert job_row(theirs).state == "waiting"


def test_many_jobs_cost_no_more_statements(
    owner: Client, provider: Provider, django_assert_max_num_queries: Any
) -> None:
    enqueue_all([NewJob(kind="sync", payload={"connection": str(n)}) for n in range(300)])
    for address in (reverse("jobs"), reverse("jobs-now")):
        with django_assert_max_num_queries(20):
            assert owner.get(address).status_code == 200


def test_why_it_failed_is_told_without_commands(owner: Client, waiting: int) -> None:
    said = "The key was refused. Enter another with `icb modules change`."
    Job.objects.filter(pk=waiting).update(state="failed", message=said)
    for address in (reverse("jobs"), reverse("job", kwargs={"id": waiting})):
        page = words(owner.get(address).content)
        assert "The key was refused." in page and "icb modules" not in page
