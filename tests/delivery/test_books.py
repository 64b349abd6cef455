"""Bounces, links, settings and the rules that the database keeps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from tests.delivery.reports import report
from tests.delivery.sending import issued, only, work
from tests.invoicing.factory import Books
from tests.support.clocks import StillClock
from tests.support.mail_box import Box

from icb.delivery.actions import remind, resend_document, send_documents
from icb.delivery.bounce_actions import clear_bounces, record_bounce
from icb.delivery.inputs import NewMailServer, NewRecipient
from icb.delivery.link_actions import make_link, record_view, revoke_link
from icb.delivery.link_queries import digest_of, links_of, open_link
from icb.delivery.models import Attempt, Bounce, Delivery, LinkView, SharedLink
from icb.delivery.outbox import NewDelivery, delivery_key
from icb.delivery.queries import delivery_details
from icb.delivery.settings_actions import (
    add_recipient,
    choose_for_organization,
    set_mail_server,
    set_usual,
)
from icb.delivery.settings_queries import choice_of, usual
from icb.delivery.verify import delivery_problems
from icb.foundation.actor import acting_as
from icb.foundation.bulk import execute
from icb.foundation.guards import guard_differences
from icb.foundation.inputs import NewUser
from icb.foundation.models import AuditEvent, Role
from icb.foundation.transactions import transaction
from icb.foundation.users import add_users
from icb.invoicing.actions import credit_document, void_document
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused
from icb.operations.syncing.scheduler import tick
from icb.operations.verify import run

SITE = "https://billing.example.org"


def test_a_report_marks_known_addresses_once(office: Box, books: Books) -> None:
    send_documents([issued()[0]])
    work()
    id = str(office.messages[0]["Message-ID"]).strip("<>")
    content = report("Office@Acme.example.org", "stranger@evil.example.org", message_id=id)
    found = record_bounce(content)
    assert found.marked == ["office@acme.example.org"]
    assert found.unknown == ["stranger@evil.example.org"]
    assert found.number == "INV-000001"
    assert record_bounce(content).marked == []
    assert Bounce.objects.get().delivery_id == only().pk
    with pytest.raises(Refused):
        record_bounce(report("stranger@evil.example.org"))
    clear_bounces("office@acme.example.org")
    with pytest.raises(NotFound):
        clear_bounces("office@acme.example.org")


def test_a_link_is_of_one_document_and_ends(office: Box, books: Books, clock: StillClock) -> None:
    number = issued()[0]
    token = make_link(number, base_url=SITE).rpartition("/")[2]
    found = open_link(token)
    assert found is not None
    assert (found.number, SharedLink.objects.get().token_hash) == (number, digest_of(token))
    record_view(found, act="shown", address="192.0.2.1", agent="Firefox, Linux")
    (row,) = links_of(number)
    assert (row.state, row.views) == ("open", 1)
    revoke_link(row.id)
    assert open_link(token) is None
    with pytest.raises(Refused):
        revoke_link(row.id)
    with pytest.raises(NotFound):
        revoke_link(999)
    clock.set(clock.now + timedelta(days=31))
    assert links_of(number)[0].state == "revoked"
    with pytest.raises(InvalidInput):
        make_link(number, base_url=SITE, days=400)


def test_no_link_is_made_to_a_void_document(office: Box, books: Books) -> None:
    number = issued()[0]
    token = make_link(number, base_url=SITE).rpartition("/")[2]
    void_document(number, reason="wrong")
    assert open_link(token) is None
    assert delivery_problems() == []
    with pytest.raises(Refused):
        make_link(number, base_url=SITE)


def test_a_reminder_is_of_an_invoice_that_holds(office: Box, books: Books) -> None:
    first, second = issued()
    remind(first)
    with pytest.raises(Refused):
        remind(first)
    note = credit_document(first, reason="wrong")
    with pytest.raises(Refused):
        remind(note.number)
    work()
    assert office.messages[0]["Subject"].startswith("Reminder: invoice")
    assert second


def test_an_organization_chooses_for_itself(office: Box, books: Books) -> None:
    set_usual(on_issue=True, link_days=10, has_link=True)
    assert usual().link_days == 10
    choose_for_organization("acme", on_issue=False)
    assert choice_of("acme") is False
    choose_for_organization("acme", on_issue=None)
    assert choice_of("acme") is None
    issued()
    assert Delivery.objects.count() == 2
    with pytest.raises(InvalidInput):
        set_usual(on_issue=True, link_days=0, has_link=True)


def test_the_scheduler_finds_what_waits(office: Box, books: Books) -> None:
    from icb.foundation.models import Job

    send_documents([issued()[0]])
    Job.objects.all().delete()
    tick(kinds=("deliver",))
    assert Job.objects.get().kind == "deliver"


def test_who_may_not_may_not(office: Box, books: Books) -> None:
    number = issued()[0]
    add_users([NewUser("rita", role=Role.READ_ONLY), NewUser("bill", role=Role.BILLING)])
    with acting_as("rita"):
        for act in (
            lambda: send_documents([number]),
            lambda: resend_document(number),
            lambda: remind(number),
            lambda: make_link(number, base_url=SITE),
            lambda: record_bounce(report("office@acme.example.org")),
            lambda: add_recipient("acme", new=NewRecipient(address="a@b.org")),
            lambda: set_usual(on_issue=True, link_days=1, has_link=True),
        ):
            with pytest.raises(NotPermitted):
                act()
    moved = NewMailServer(host="evil.example.org", port=587, sender="a@own.example.org")
    with acting_as("bill"), pytest.raises(NotPermitted):
        set_mail_server(moved)
    assert not Delivery.objects.exists()


def test_what_is_done_is_audited(office: Box, books: Books) -> None:
    number = issued()[0]
    send_documents([number])
    work()
    resend_document(number)
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"set_mail_server", "send_documents", "deliver", "resend_document"} <= actions


def test_a_message_has_the_same_id_after_a_restore() -> None:
    new = NewDelivery("invoice", 1, 2, "hash")
    assert delivery_key(new) == delivery_key(new._replace(document=9))
    assert delivery_key(new) != delivery_key(new._replace(round=2))
    assert delivery_key(new) != delivery_key(new._replace(kind="reminder"))


def test_the_details_of_a_message(office: Box, books: Books) -> None:
    send_documents([issued()[0]])
    work()
    details = delivery_details(only().pk)
    assert [one.result for one in details.history] == ["begun", "sent"]
    assert details.message_id == str(office.messages[0]["Message-ID"])
    with pytest.raises(NotFound):
        delivery_details(999)


BREAKS: tuple[tuple[str, str], ...] = (
    ("UPDATE delivery_attempt SET answer = 'x'", "what happened to a message is final"),
    ("DELETE FROM delivery", "stays in the books"),
    ("UPDATE delivery SET state = 'waiting' WHERE state = 'sent'", "is not sent again"),
    ("UPDATE delivery SET attempts = attempts + 1", "each try is counted"),
    ("UPDATE delivery SET round = 7", "stays that of its document"),
    ("UPDATE link_view SET act = 'downloaded'", "somebody looked is final"),
    ("UPDATE shared_link SET token_hash = 'x'", "leads to its document alone"),
    ("UPDATE bounce SET reason = 'x'", "what a server reported is final"),
)


@pytest.mark.parametrize(("statement", "says"), BREAKS)
def test_the_database_keeps_the_rules(office: Box, books: Books, statement: str, says: str) -> None:
    number = issued()[0]
    send_documents([number])
    work()
    record_bounce(report("office@acme.example.org"))
    found = open_link(make_link(number, base_url=SITE).rpartition("/")[2])
    assert found is not None
    record_view(found, act="shown", address="", agent="")
    with pytest.raises(IntegrityError) as refused, transaction():
        execute(statement)
    assert says in str(refused.value)
    assert guard_differences() == []


def test_a_void_document_is_shown_and_sent_to_nobody_by_the_database_itself(
    office: Box, books: Books
) -> None:
    number = issued()[0]
    send_documents([number])
    make_link(number, base_url=SITE)
    link = SharedLink.objects.get()
    void_document(number, reason="wrong")
    with pytest.raises(IntegrityError), transaction():
        LinkView.objects.create(link=link, act="shown", at=link.created_at)
    with pytest.raises(IntegrityError), transaction():
        Delivery.objects.update(state="sending", attempts=1)


def test_one_live_message_of_a_kind(office: Box, books: Books) -> None:
    send_documents([issued()[0]])
    row = Delivery.objects.values().get()
    for name in ("id", "provider_id"):
        row.pop(name)
    with pytest.raises(IntegrityError), transaction():
        Delivery.objects.create(**{**row, "round": 2, "key": "icb-other"})


def broken_attempts() -> None:
    Attempt.objects.create(delivery=only(), number=2, result="begun", actor="x", at=only().due_at)


def broken_result() -> None:
    Attempt.objects.create(delivery=only(), number=1, result="sent", actor="x", at=only().due_at)


@pytest.mark.parametrize(
    ("break_it", "says"),
    [(broken_attempts, "other tries"), (broken_result, "more than once")],
)
def test_verify_finds_what_is_wrong(office: Box, books: Books, break_it: Any, says: str) -> None:
    send_documents([issued()[0]])
    work()
    assert delivery_problems() == []
    break_it()
    assert any(says in problem for problem in delivery_problems())
    assert any(problem.area == "deliveries" for problem in run())
