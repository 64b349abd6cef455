"""What is sent, to whom, and that nothing is sent twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from pytest_django.fixtures import Settings
from tests.delivery.sending import issued, only, work
from tests.invoicing.factory import Books
from tests.support.clocks import StillClock
from tests.support.mail_box import Box

from icb.delivery.actions import (
    cancel_deliveries,
    remind,
    resend_document,
    resolve_delivery,
    retry_deliveries,
    send_documents,
    send_test_message,
)
from icb.delivery.bounce_queries import bouncing
from icb.delivery.inputs import NewRecipient
from icb.delivery.models import Bounce, Delivery, SharedLink
from icb.delivery.queries import deliveries_of, delivery_details, has_messages_to_send
from icb.delivery.settings_actions import (
    add_recipient,
    choose_for_organization,
    set_message_template,
    set_usual,
)
from icb.delivery.statement_actions import send_statement
from icb.delivery.verify import delivery_problems
from icb.foundation.installation import mark_installation
from icb.foundation.jobs import job_row
from icb.foundation.models import Installation
from icb.invoicing.actions import credit_document, void_document
from icb.invoicing.einvoice_actions import set_electronic_format
from icb.invoicing.models import Document, ElectronicFile
from icb.invoicing.render_actions import rendered_file
from icb.kernel.errors import NotFound, Refused


def test_documents_are_sent_as_they_are_issued_where_that_was_chosen(
    office: Box, books: Books
) -> None:
    set_usual(on_issue=True, link_days=30, has_link=False)
    choose_for_organization("bolt", on_issue=False)
    issued()
    work()
    (message,) = office.messages
    assert message["To"] == "Acme Ltd <office@acme.example.org>"
    assert message["Subject"] == "Invoice INV-000001 from Own Provider"
    (file,) = message.iter_attachments()
    assert file.get_filename() == "INV-000001.pdf"
    assert file.get_content().startswith(b"%PDF")
    assert only().state == "sent"
    assert "120.00 USD" in only().text


def test_nothing_is_queued_for_a_document_that_was_not_issued(office: Box, books: Books) -> None:
    set_usual(on_issue=True, link_days=30, has_link=False)
    from icb.foundation.transactions import transaction

    with pytest.raises(ZeroDivisionError), transaction():
        issued()
        raise ZeroDivisionError
    assert not Delivery.objects.exists()
    assert not has_messages_to_send()


def test_a_person_sends_and_what_was_sent_is_not_queued_again(office: Box, books: Books) -> None:
    numbers = issued()
    queued = send_documents(numbers)
    assert queued.numbers == numbers
    work()
    assert len(office.messages) == 2
    with pytest.raises(Refused) as refused:
        send_documents(numbers)
    assert "INV-000001: it was sent before" in refused.value.message
    work()
    assert len(office.messages) == 2


def test_sending_again_is_a_message_of_its_own(office: Box, books: Books) -> None:
    number = issued()[0]
    send_documents([number])
    with pytest.raises(Refused):
        resend_document(number)
    work()
    resend_document(number)
    work()
    first, second = office.messages
    assert first["Message-ID"] != second["Message-ID"]
    assert [row.round for row in deliveries_of(number)] == [2, 1]
    assert delivery_problems() == []


def test_a_lost_answer_is_unknown_and_no_retry_sends_it_again(
    office: Box, books: Books, clock: StillClock
) -> None:
    number = issued()[0]
    send_documents([number])
    office.cut_after = True
    work()
    row = only()
    assert (row.state, len(office.messages)) == ("unknown", 1)
    assert "may have arrived" in row.message
    office.cut_after = False
    clock.set(clock.now + timedelta(days=3))
    work()
    with pytest.raises(Refused) as refused:
        retry_deliveries([row.pk])
    assert "unknown" in refused.value.message
    work()
    assert len(office.messages) == 1
    with pytest.raises(Refused):
        resend_document(number)
    assert delivery_problems() == []


def test_a_person_who_found_that_it_arrived_ends_it(office: Box, books: Books) -> None:
    send_documents([issued()[0]])
    office.cut_after = True
    work()
    resolve_delivery(only().pk, has_arrived=True)
    work()
    assert (only().state, len(office.messages)) == ("sent", 1)
    assert delivery_problems() == []


def test_a_person_who_found_that_it_is_lost_sends_it_under_the_same_id(
    office: Box, books: Books
) -> None:
    send_documents([issued()[0]])
    office.cut_after = True
    work()
    office.cut_after = False
    resolve_delivery(only().pk, has_arrived=False)
    work()
    first, second = office.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert only().attempts == 2
    assert delivery_problems() == []


def test_what_a_stopped_worker_was_sending_is_unknown(office: Box, books: Books) -> None:
    send_documents([issued()[0]])
    row = only()
    Delivery.objects.filter(pk=row.pk).update(state="sending", attempts=1)
    from icb.delivery.outbox import Happening, note

    note([Happening(row.pk, 1, "begun")])
    assert has_messages_to_send()
    work()
    assert (only().state, office.messages) == ("unknown", [])
    assert delivery_problems() == []


def test_a_clean_refusal_is_tried_again_later(office: Box, books: Books, clock: StillClock) -> None:
    send_documents([issued()[0]])
    office.verdicts = ["451 come later"]
    work()
    assert (only().state, only().code) == ("waiting", "deferred")
    work()
    assert office.messages == []
    clock.set(clock.now + timedelta(minutes=6))
    work()
    assert (only().state, only().attempts) == ("sent", 2)
    assert len(office.messages) == 1


def test_a_line_that_is_cut_before_the_end_of_a_message_is_no_doubt(
    office: Box, books: Books, clock: StillClock
) -> None:
    send_documents([issued()[0]])
    office.answers["office@acme.example.org"] = "421 closing"
    work()
    assert (only().state, only().code) == ("waiting", "deferred")


def test_a_final_refusal_fails_with_the_servers_words(office: Box, books: Books) -> None:
    send_documents([issued()[0]])
    office.verdicts = ["554 looks like spam"]
    work()
    assert only().state == "failed"
    assert "554 looks like spam" in only().message
    retry_deliveries([only().pk])
    work()
    assert only().state == "sent"


def test_an_address_that_is_none_is_marked_and_the_next_message_warns(
    office: Box, books: Books
) -> None:
    add_recipient("acme", new=NewRecipient(address="old@acme.example.org"))
    add_recipient("acme", new=NewRecipient(address="new@acme.example.org", place="cc"))
    office.answers["old@acme.example.org"] = "550 5.1.1 no such user"
    number = issued()[0]
    send_documents([number])
    work()
    assert only().state == "sent"
    assert "old@acme.example.org: 550 5.1.1 no such user" in only().message
    bounce = Bounce.objects.get()
    assert (bounce.address, bounce.status) == ("old@acme.example.org", "5.1.1")
    assert bouncing([bounce.address]) == {bounce.address: "550 5.1.1 no such user"}
    office.answers.clear()
    resend_document(number)
    work()
    assert "old@acme.example.org did not take mail before" in deliveries_of(number)[0].message


def test_copies_go_out_and_blind_ones_are_seen_by_nobody(office: Box, books: Books) -> None:
    for place, address in (("to", "a"), ("cc", "b"), ("bcc", "c")):
        new = NewRecipient(address=f"{address}@acme.example.org", place=place)
        add_recipient("acme", new=new)
    reminders = NewRecipient(address="d@acme.example.org", kinds=("reminder",))
    add_recipient("acme", new=reminders)
    send_documents([issued()[0]])
    work()
    assert office.recipients == [[f"{one}@acme.example.org" for one in "abc"]]
    assert b"c@acme.example.org" not in office.contents[0]
    assert b"d@acme.example.org" not in office.contents[0]


def test_a_message_is_in_the_language_of_its_recipient(office: Box, books: Books) -> None:
    add_recipient("acme", new=NewRecipient(address="buero@acme.example.org", language="de"))
    set_message_template(
        "invoice", language="de", subject="R {number}", body="{total} bis {due_on}"
    )
    send_documents([issued()[0]])
    work()
    (message,) = office.messages
    assert message["Subject"] == "R INV-000001"
    part = message.get_body(("plain",))
    assert part is not None
    assert part.get_content().startswith("120,00 USD bis 15.01.2026")


def test_the_link_of_a_message_is_nowhere_in_the_books(office: Box, books: Books) -> None:
    send_documents([issued()[0]])
    work()
    body = office.messages[0].get_body(("plain",))
    assert body is not None
    text = body.get_content()
    token = text.partition("https://billing.example.org/d/")[2].split()[0]
    assert len(token) == 43
    details = delivery_details(only().pk)
    kept = [details.text, details.subject, *(one.answer for one in details.history)]
    assert all(token not in one for one in kept)
    assert SharedLink.objects.get().token_hash != token


def test_the_link_of_a_try_that_failed_works_no_more(office: Box, books: Books) -> None:
    send_documents([issued()[0]])
    office.verdicts = ["451 later"]
    work()
    assert SharedLink.objects.get().revoked_at is not None


def test_without_a_recipient_it_fails_in_words(office: Box, books: Books) -> None:
    books.organization("cole")
    books.item("cole", "5")
    send_documents([issued()[-1]])
    work()
    assert (only().state, only().code) == ("failed", "no_recipient")


def test_a_server_that_is_away_costs_no_try(office: Box, books: Books, clock: StillClock) -> None:
    from icb.delivery.models import MailServer

    port = office.port
    MailServer.objects.update(port=1)
    send_documents([issued()[0]])
    assert "may not be asked" in work()
    assert (only().state, only().attempts) == ("waiting", 0)
    MailServer.objects.update(port=port)
    clock.set(clock.now + timedelta(minutes=16))
    work()
    assert only().state == "sent"


def test_a_cancelled_message_is_not_sent(office: Box, books: Books) -> None:
    send_documents(issued())
    first, second = Delivery.objects.order_by("pk")
    cancel_deliveries([first.pk])
    work()
    assert len(office.messages) == 1
    with pytest.raises(Refused):
        cancel_deliveries([second.pk])
    with pytest.raises(NotFound):
        cancel_deliveries([second.pk, 999])


def test_a_sent_document_is_not_voided(office: Box, books: Books) -> None:
    number = issued()[0]
    send_documents([number])
    work()
    with pytest.raises(Refused) as refused:
        void_document(number, reason="wrong")
    assert "it was sent on 2026-01-01" in refused.value.message


def test_one_that_waits_is_voided_and_never_sent(office: Box, books: Books) -> None:
    number = issued()[0]
    send_documents([number])
    void_document(number, reason="wrong")
    work()
    assert (only().state, office.messages) == ("cancelled", [])
    assert delivery_problems() == []


def test_a_cancelled_job_sends_nothing_until_somebody_retries(
    office: Box, books: Books, clock: StillClock
) -> None:
    from icb.foundation.jobs import cancel_job

    queued = send_documents([issued()[0]])
    cancel_job(queued.job.id)
    work()
    assert office.messages == []
    clock.set(clock.now + timedelta(seconds=1))
    retry_deliveries([only().pk])
    work()
    assert len(office.messages) == 1


def test_a_demo_sends_to_this_machine_alone(office: Box, books: Books, settings: Settings) -> None:
    from dataclasses import replace

    from icb.delivery.models import MailServer
    from icb.foundation.egress.guard import read_private_targets

    Installation.objects.all().delete()
    mark_installation_as_demo()
    send_documents([issued()[0]])
    private = read_private_targets(["10.9.8.7:587"])
    allowed = settings.ENVIRONMENT.private_targets
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, private_targets=(*allowed, *private))
    port = office.port
    MailServer.objects.update(host="10.9.8.7", port=587, security="starttls")
    assert "This is a demo" in work()
    MailServer.objects.update(host="127.0.0.1", port=port, security="none")
    retry_deliveries([only().pk])
    work()
    assert len(office.messages) == 1


def mark_installation_as_demo() -> None:
    from icb.kernel import clock as kernel_clock

    Installation.objects.create(is_demo=True, created_at=kernel_clock.now())
    assert mark_installation is not None


def test_many_messages_are_one_job_that_tells_how_far_it_is(office: Box, books: Books) -> None:
    for number in range(60):
        books.organization(f"client-{number}", email=f"office@c{number}.example.org")
        books.item(f"client-{number}", "10")
    job = send_documents(issued()).job
    work()
    told = job_row(job.id)
    assert (told.state, told.progress["done"], told.progress["total"]) == ("done", 62, 62)
    assert len(office.messages) == 62
    assert office.lines < 5


def test_a_test_message_says_what_the_server_answered(office: Box) -> None:
    assert send_test_message("me@own.example.org") == "250 taken"
    office.verdicts = ["550 go away"]
    with pytest.raises(Refused) as refused:
        send_test_message("me@own.example.org")
    assert "550 go away" in refused.value.message


def test_an_organization_gets_the_e_invoice_that_it_wants(
    office: Box, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_electronic_format("acme", format="ubl")
    made: list[str] = []

    def electronic(number: str, *, format: str) -> None:
        made.append(number)
        document = Document.objects.get(number=number)
        file = rendered_file(number).with_suffix(".xml")
        file.write_text("<Invoice/>")
        ElectronicFile.objects.create(
            document=document,
            format=format,
            maker="test",
            sha256="0" * 64,
            size=10,
            path=str(file.relative_to(settings.DATA_DIR)),
            made_at=document.issued_at,
        )

    monkeypatch.setattr("icb.delivery.attaching.electronic_file", electronic)
    send_documents(issued())
    work()
    names = [
        [file.get_filename() for file in message.iter_attachments()] for message in office.messages
    ]
    assert names == [["INV-000001.pdf", "INV-000001.xml"], ["INV-000002.pdf"]]
    assert made == ["INV-000001"]


def test_what_is_no_valid_e_invoice_is_not_sent_where_one_is_wanted(
    office: Box, books: Books
) -> None:
    set_electronic_format("acme", format="ubl")
    send_documents([issued()[0]])
    work()
    assert (only().state, only().code, office.messages) == ("failed", "no_file", [])
    assert only().message


def test_a_reminder_says_what_is_open(office: Box, books: Books) -> None:
    number = issued()[0]
    credit_document(number, net=Decimal(20), reason="agreed")
    remind(number)
    work()
    body = office.messages[0].get_body(("plain",))
    assert body is not None
    assert "100.00 USD is open" in body.get_content()


def test_a_statement_of_account_is_sent(office: Box, books: Books) -> None:
    issued()
    send_statement("acme")
    with pytest.raises(Refused):
        send_statement("acme")
    work()
    (message,) = office.messages
    assert message["Subject"] == "Statement of account from Own Provider"
    (file,) = message.iter_attachments()
    assert file.get_filename() == "statement-USD-2026-01-01.pdf"
    assert file.get_content().startswith(b"%PDF")
    assert "120.00 USD is open" in only().text
    send_statement("acme")
    work()
    assert len({str(message["Message-ID"]) for message in office.messages}) == 2
    assert delivery_problems() == []
