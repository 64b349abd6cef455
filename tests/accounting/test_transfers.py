"""Transfers: once in effect, to the cent, whatever becomes of the answer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic
from tests.accounting import fake
from tests.accounting.conftest import Place

from icb.accounting.inputs import NewMapping
from icb.accounting.mapping_actions import set_mappings
from icb.accounting.models import Target, Transfer, TransferEvent
from icb.accounting.period_actions import close_period
from icb.accounting.target_actions import set_target_enabled
from icb.accounting.transfer_actions import (
    look_again,
    queue_documents,
    request_transfer,
    reset_transfers,
    retry_transfers,
)
from icb.accounting.verify import accounting_problems
from icb.foundation.bulk import execute
from icb.foundation.models import AuditEvent, Job
from icb.invoicing import actions
from icb.invoicing.models import Document, DocumentVoid
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, NotFound, Refused


def issue(place: Place, *amounts: str) -> None:
    for amount in amounts:
        place.ours.item("acme", amount, tax_percent=Decimal(20))
        actions.issue_documents()


def test_a_document_is_queued_by_the_act_that_issues_it_and_sent(place: Place) -> None:
    place.connect()
    issue(place, "100.00")
    assert place.state("INV-000001") == "waiting"
    assert place.theirs.documents == []
    place.work()
    row = place.transfer("INV-000001")
    assert (row.state, row.sent_id, row.their_total) == ("sent", "D1", Decimal("120.00"))
    (there,) = place.theirs.documents
    assert (there["customer"], there["total"]) == ("C9", "120.00")
    assert there["lines"] == [["I1", "100.00", "20.00"]]
    place.later(days=1)
    assert place.theirs.numbers() == {"INV-000001": 1}
    assert accounting_problems() == []


def test_the_documents_tax_is_shared_by_its_lines_to_the_cent(place: Place) -> None:
    # 19 % of 0.13 is 0.0247, so 0.02 for each line; of the sum 0.39 it is 0.0741, so 0.07 in all.
    place.connect()
    for _ in range(3):
        place.ours.item("acme", "0.13", tax_percent=Decimal(19))
    actions.issue_documents()
    place.work()
    (there,) = place.theirs.documents
    assert (there["tax"], there["total"]) == ("0.07", "0.46")
    assert [tax for _, _, tax in there["lines"]] == ["0.03", "0.02", "0.02"]
    assert place.state("INV-000001") == "sent"


def test_what_fails_to_be_issued_leaves_nothing_to_send(place: Place) -> None:
    place.connect()
    place.ours.item("acme", "10.00")
    close_period(place.ours.posting.posted_on)
    with pytest.raises(Refused):
        actions.issue_documents()
    assert not Transfer.objects.exists()
    assert not Document.objects.exists()


@pytest.mark.parametrize("fault", [fake.CUT, fake.CUT_BEFORE, fake.FAIL, fake.LIMIT])
def test_a_lost_answer_is_looked_up_before_a_retry(place: Place, fault: str) -> None:
    place.connect()
    place.theirs.faults["INV-000001"] = [fault]
    issue(place, "100.00")
    place.work()
    unknown = fault in (fake.CUT, fake.CUT_BEFORE)
    assert place.state("INV-000001") == ("unknown" if unknown else "waiting")
    place.later(minutes=5)
    assert place.state("INV-000001") == "sent"
    assert place.theirs.numbers() == {"INV-000001": 1}
    assert place.theirs.asked["GET /documents"] == 1


def test_a_look_up_that_fails_changes_nothing(place: Place) -> None:
    place.connect()
    place.theirs.faults["INV-000001"] = [fake.CUT]
    place.theirs.faults["find INV-000001"] = [fake.CUT, fake.FAIL, fake.REFUSE]
    issue(place, "100.00")
    place.work()
    for _ in range(3):
        place.later(hours=2)
        assert place.state("INV-000001") == "unknown"
    place.later(hours=2)
    assert place.state("INV-000001") == "sent"
    assert place.theirs.numbers() == {"INV-000001": 1}


def test_what_a_dead_worker_left_is_looked_up(place: Place) -> None:
    place.connect()
    issue(place, "100.00")
    place.work()
    Transfer.objects.filter(state="sent").exists()
    place.ours.item("acme", "1.00")
    actions.issue_documents()
    Transfer.objects.filter(document__number="INV-000002").update(state="sending", attempts=1)
    place.theirs.documents.append(
        place.theirs.documents[0]
        | {"id": "D2", "number": "INV-000002", "net": "1.00", "tax": "0.00", "total": "1.00"}
    )
    place.work()
    assert place.state("INV-000002") == "sent"
    assert place.theirs.numbers() == {"INV-000001": 1, "INV-000002": 1}
    messages = TransferEvent.objects.filter(transfer__document__number="INV-000002")
    assert [event.state for event in messages.order_by("pk")] == ["unknown", "sent"]


def test_a_cent_of_difference_stops_that_document_with_both_figures(place: Place) -> None:
    place.connect()
    place.theirs.faults["INV-000001"] = [fake.WRONG]
    issue(place, "100.00", "50.00")
    place.work()
    row = place.transfer("INV-000001")
    assert row.state == "mismatch"
    assert "total 120.00 USD here, 120.01 there" in row.message
    assert row.their_total == Decimal("120.01")
    assert place.state("INV-000002") == "sent"
    place.later(days=1)
    assert place.theirs.numbers() == {"INV-000001": 1, "INV-000002": 1}
    with pytest.raises(IntegrityError, match="same figures"), atomic():
        execute("UPDATE transfer SET state = 'sent' WHERE state = 'mismatch'")


def test_a_corrected_document_is_looked_at_again(place: Place) -> None:
    place.connect()
    place.theirs.faults["INV-000001"] = [fake.WRONG]
    issue(place, "100.00")
    place.work()
    row = place.transfer("INV-000001")
    assert look_again([row.pk]) == 1
    place.work()
    assert place.state("INV-000001") == "mismatch"
    place.theirs.documents[0]["total"] = "120.00"
    look_again([row.pk])
    place.work()
    assert place.state("INV-000001") == "sent"
    assert place.theirs.numbers() == {"INV-000001": 1}


def test_what_is_gone_there_is_not_sent_by_looking(place: Place) -> None:
    place.connect()
    place.theirs.faults["INV-000001"] = [fake.WRONG]
    issue(place, "100.00")
    place.work()
    place.theirs.documents.clear()
    look_again([place.transfer("INV-000001").pk])
    place.work()
    row = place.transfer("INV-000001")
    assert (row.state, row.code) == ("mismatch", "gone")
    assert place.theirs.documents == []


def test_one_refused_document_delays_no_other(place: Place) -> None:
    place.connect()
    place.theirs.faults["INV-000001"] = [fake.REFUSE]
    issue(place, "1.00", "2.00", "3.00")
    place.work()
    assert place.state("INV-000001") == "refused"
    assert "the period is closed there" in place.transfer("INV-000001").message
    assert place.state("INV-000002") == place.state("INV-000003") == "sent"
    place.later(days=1)
    assert place.state("INV-000001") == "refused"
    assert retry_transfers([place.transfer("INV-000001").pk]) == 1
    place.work()
    assert place.state("INV-000001") == "sent"


def test_nothing_is_asked_before_the_target_wants_to_be(place: Place) -> None:
    place.connect()
    place.theirs.faults["INV-000001"] = [fake.LIMIT]
    issue(place, "1.00", "2.00")
    place.work()
    clock.set_frozen(clock.now() + timedelta(seconds=80))
    request_transfer("fake")
    place.work()
    assert place.theirs.asked["POST /documents"] == 1
    place.later(seconds=11)
    assert place.theirs.numbers() == {"INV-000001": 1, "INV-000002": 1}


def test_a_target_that_is_out_is_left_alone_after_a_few_tries(place: Place) -> None:
    place.connect()
    for number in range(1, 7):
        place.theirs.faults[f"INV-{number:06}"] = [fake.FAIL]
    issue(place, "1.00", "2.00", "3.00", "4.00", "5.00", "6.00")
    place.work()
    assert place.theirs.asked["POST /documents"] == 3
    place.later(hours=2)
    place.later(hours=2)
    place.later(hours=2)
    assert len(place.theirs.documents) == 6


def test_what_is_not_mapped_is_refused_in_words_and_goes_once_it_is(place: Place) -> None:
    place.connect()
    set_mappings("fake", news=[NewMapping(kind="customers", ours="acme", theirs="")])
    issue(place, "1.00")
    place.work()
    row = place.transfer("INV-000001")
    assert (row.state, row.code) == ("refused", "mapping")
    assert "the client acme" in row.message
    assert not place.theirs.asked
    place.map()
    assert place.state("INV-000001") == "waiting"
    place.work()
    assert place.state("INV-000001") == "sent"


def test_a_client_is_made_there_where_that_is_wanted(place: Place) -> None:
    place.connect(creates_customers=True)
    set_mappings("fake", news=[NewMapping(kind="customers", ours="acme", theirs="")])
    issue(place, "1.00", "2.00")
    place.work()
    assert place.theirs.customers == [{"id": "C1", "name": "Acme Ltd"}]
    assert {one["customer"] for one in place.theirs.documents} == {"C1"}


def test_a_credit_note_waits_until_its_invoice_stands_there(place: Place) -> None:
    place.connect()
    place.theirs.faults["INV-000001"] = [fake.FAIL]
    issue(place, "100.00")
    actions.credit_document("INV-000001", net=Decimal(10), reason="too much")
    place.work()
    note = place.transfer("CN-000001")
    assert (note.state, note.code) == ("waiting", "awaits_invoice")
    place.later(hours=2)
    assert place.state("CN-000001") == "sent"
    invoice, credit = place.theirs.documents
    assert (credit["number"], credit["credited_id"]) == ("CN-000001", invoice["id"])
    assert credit["total"] == "-12.00"


def test_a_credit_of_an_invoice_that_never_went_needs_a_person(place: Place) -> None:
    issue(place, "100.00")
    place.connect()
    actions.credit_document("INV-000001", net=Decimal(10), reason="too much")
    place.work()
    assert place.transfer("CN-000001").code == "invoice_missing"
    assert queue_documents("fake", numbers=["INV-000001"]) == 1
    retry_transfers([place.transfer("CN-000001").pk])
    place.work()
    assert [one["number"] for one in place.theirs.documents] == ["INV-000001", "CN-000001"]


def test_a_void_before_it_went_withdraws_it(place: Place) -> None:
    place.connect()
    issue(place, "100.00")
    actions.void_document("INV-000001", reason="wrong client")
    place.work()
    assert place.state("INV-000001") == "withdrawn"
    assert place.theirs.documents == []
    assert accounting_problems() == []


def test_a_void_follows_to_a_target_that_voids(place: Place) -> None:
    place.connect()
    issue(place, "100.00")
    place.work()
    actions.void_document("INV-000001", reason="wrong client")
    place.work()
    assert place.state("INV-000001", act="void") == "sent"
    assert [one["is_void"] for one in place.theirs.documents] == [True]
    assert accounting_problems() == []


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_what_is_on_its_way_is_not_voided(place: Place, state: str) -> None:
    place.connect()
    issue(place, "100.00")
    Transfer.objects.update(state=state)
    with pytest.raises(Refused, match="it is just being transferred to Fake Books"):
        actions.void_document("INV-000001", reason="wrong client")
    assert not DocumentVoid.objects.exists()


def test_what_was_transferred_goes_again_only_after_a_reset(place: Place) -> None:
    place.connect()
    issue(place, "100.00")
    place.work()
    row = place.transfer("INV-000001")
    assert queue_documents("fake", numbers=["INV-000001"]) == 0
    assert retry_transfers([row.pk]) == 0
    with pytest.raises(IntegrityError, match="until it is reset"), atomic():
        execute("UPDATE transfer SET state = 'waiting' WHERE state = 'sent'")
    with pytest.raises(InvalidInput, match="reason"):
        reset_transfers([row.pk], reason="")
    assert reset_transfers([row.pk], reason="deleted there by mistake") == 1
    assert "deleted there by mistake" in AuditEvent.objects.get(action="reset_transfer").data
    place.theirs.documents.clear()
    place.work()
    again = place.transfer("INV-000001")
    assert (again.round, again.state) == (2, "sent")
    assert again.key != row.key
    assert place.theirs.numbers() == {"INV-000001": 1}


def test_a_reset_of_what_still_stands_there_doubles_nothing(place: Place) -> None:
    place.connect()
    issue(place, "100.00")
    place.work()
    reset_transfers([place.transfer("INV-000001").pk], reason="to be sure")
    place.work()
    assert place.transfer("INV-000001").round == 2
    assert place.theirs.numbers() == {"INV-000001": 1}


def test_documents_go_by_hand_where_that_is_said(place: Place) -> None:
    place.connect(is_automatic=False)
    issue(place, "1.00", "2.00")
    assert not Transfer.objects.exists()
    with pytest.raises(NotFound, match="INV-000009"):
        queue_documents("fake", numbers=["INV-000001", "INV-000009"])
    assert queue_documents("fake", numbers=["INV-000002"]) == 1
    place.work()
    assert place.theirs.numbers() == {"INV-000002": 1}


def test_a_target_that_is_off_gets_nothing(place: Place) -> None:
    place.connect()
    set_target_enabled("fake", is_enabled=False)
    issue(place, "1.00")
    assert not Transfer.objects.exists()
    with pytest.raises(Refused, match="switched off"):
        request_transfer("fake")
    place.work()
    assert not place.theirs.asked


def test_a_lost_job_stores_nothing(place: Place) -> None:
    """A worker that lost its lease may have sent, but marks nothing: the next one looks."""
    from icb.accounting.transferring import run_transfer
    from icb.foundation.jobs import JobContext, JobLost, claim

    place.connect()
    issue(place, "1.00")
    request_transfer("fake")
    (job,) = claim("one", slots=1, kinds=["transfer"])
    held = iter([True, True])

    def hold() -> None:
        if next(held, None) is None:
            raise JobLost("job_lost", "another worker has it")

    context = JobContext(
        progress=lambda shown: None,
        is_cancelled=lambda: False,
        is_stopping=lambda: False,
        hold=hold,
        done=lambda message="": None,
    )
    with pytest.raises(JobLost):
        run_transfer(job, context=context)
    assert place.state("INV-000001") == "sending"
    assert len(place.theirs.documents) == 1
    Job.objects.all().delete()
    place.work()
    assert place.state("INV-000001") == "sent"
    assert place.theirs.numbers() == {"INV-000001": 1}


def test_a_refused_sign_in_stops_the_target_until_it_is_connected_again(place: Place) -> None:
    place.connect()
    place.theirs.faults["INV-000001"] = [fake.CUT]
    place.theirs.faults["find INV-000001"] = ["unsigned", "unsigned"]
    issue(place, "1.00", "2.00")
    place.work()
    place.later(hours=2)
    assert Target.objects.get().trouble == "It wants you to sign in."
    assert place.state("INV-000001") == "unknown"
