"""One job's page: its progress, its end, whom it left out, and who may end it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.conftest import ClientOf, words

from icb.foundation.actor import acting_as, acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.jobs import JobRow, NewJob, enqueue, job_row
from icb.foundation.models import Job, Role
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.kernel import clock
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization

pytestmark = pytest.mark.usefixtures("provider", "clock")


def asked_by(name: str, *, kind: str = "issue") -> JobRow:
    with acting_as(name):
        return enqueue(NewJob(kind=kind, payload={"about": "300 payers"}))


def page_of(client: Client, job: JobRow) -> str:
    return client.get(reverse("job", kwargs={"id": job.id})).content.decode()


def test_a_job_shows_how_far_it_is_while_it_runs(owner: Client) -> None:
    job = asked_by("olivia")
    assert "Waiting" in words(page_of(owner, job).encode())
    Job.objects.update(state="running", progress={"done": 200, "total": 300})
    page = page_of(owner, job)
    assert '<progress class="mt" value="200" max="300"' in page
    assert "200 of 300 done" in words(page.encode())
    assert 'hx-trigger="every 1s"' in page
    part = owner.get(reverse("job", kwargs={"id": job.id}), headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert b'id="job-now"' in part.content


def test_a_job_that_ended_says_what_came_of_it_and_whom_it_left_out(owner: Client) -> None:
    add_organizations([NewOrganization(key=key, name=key.title()) for key in ("birch", "cedar")])
    job = asked_by("olivia")
    Job.objects.update(
        state="done",
        message="Issued 298 documents.",
        finished_at=clock.now(),
        progress={"done": 300, "total": 300, "changed": ["birch"], "gone": ["cedar"]},
    )
    page = page_of(owner, job)
    said = words(page.encode())
    assert "Issued 298 documents." in said
    assert "Changed since it was looked at: look again birch" in said
    assert "Nothing waits any more cedar" in said
    assert reverse("invoices-issued") in page
    assert "hx-trigger" not in page.split('id="job-now"')[1].split("</main>")[0]


def test_whoever_asked_may_cancel_and_others_only_with_the_right(
    owner: Client, client_of: ClientOf
) -> None:
    approver, reader = client_of(Role.APPROVER), client_of(Role.READ_ONLY)
    job = asked_by(Role.APPROVER)
    stop = reverse("job-stop", kwargs={"id": job.id})
    assert stop in page_of(approver, job)
    assert stop not in page_of(reader, job)
    assert reader.post(stop).status_code == 403
    assert job_row(job.id).state == "waiting"
    assert "Cancelled" in words(approver.post(stop, follow=True).content)
    assert job_row(job.id).state == "cancelled"
    assert reverse("job-retry") in page_of(owner, job)
    assert reverse("job-retry") not in page_of(approver, job)
    assert owner.post(stop).status_code == 409


def test_a_posting_of_what_changed_is_not_to_be_retried(owner: Client) -> None:
    job = asked_by("olivia", kind="post")
    ended = {"state": "failed", "finished_at": clock.now()}
    Job.objects.update(**ended)
    assert reverse("job-retry") in page_of(owner, job)
    Job.objects.update(**ended, progress={"changed": ["birch"]})
    assert reverse("job-retry") not in page_of(owner, job)


def test_a_job_of_another_provider_is_not_there(owner: Client) -> None:
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="USD"))
        with in_provider(other):
            job = enqueue(NewJob(kind="issue"))
    assert owner.get(reverse("job", kwargs={"id": job.id})).status_code == 404
