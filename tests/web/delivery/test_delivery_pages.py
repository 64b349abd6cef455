"""The pages of delivery as a person uses them: send, look, decide, name recipients, set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.delivery.reports import report
from tests.delivery.sending import issued, only, work
from tests.invoicing.factory import Books
from tests.support.mail_box import Box
from tests.web.conftest import ClientOf, words

from icb.delivery.actions import send_documents
from icb.delivery.models import Bounce, Delivery, MailServer, MessageTemplate, Recipient
from icb.delivery.settings_queries import PASSWORD
from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.models import Role, StoredSecret
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider


def test_documents_are_sent_from_the_list(owner: Client, office: Box, books: Books) -> None:
    numbers = issued()
    answer = owner.post(reverse("delivery-send"), {"row": numbers}, follow=True)
    assert "2 documents are sent now." in words(answer.content)
    work()
    page = words(owner.get(reverse("delivery")).content)
    assert "Acme Ltd" in page
    assert "250 taken" in page
    assert len(office.messages) == 2


def test_the_tab_of_a_document_sends_it_once_more_and_reminds(
    owner: Client, office: Box, books: Books
) -> None:
    number = issued()[0]
    address = reverse("invoice-send", kwargs={"number": number})
    tab = reverse("invoice-delivery", kwargs={"number": number})
    assert "Not sent yet" in words(owner.get(tab).content)
    owner.post(address, {"what": "send"})
    work()
    owner.post(address, {"what": "resend"})
    owner.post(address, {"what": "remind"})
    work()
    subjects = [message["Subject"] for message in office.messages]
    assert len(subjects) == 3
    assert "Reminder: invoice INV-000001 from Own Provider" in subjects
    assert "Invoice (2)" in words(owner.get(tab).content)
    assert owner.post(address, {"what": ""}).status_code == 422


def test_a_lost_answer_is_decided_by_a_person(owner: Client, office: Box, books: Books) -> None:
    send_documents([issued()[0]])
    office.cut_after = True
    work()
    address = reverse("delivery-message", kwargs={"id": only().pk})
    page = words(owner.get(address).content)
    assert "It may have arrived" in page
    resolve = reverse("delivery-resolve", kwargs={"id": only().pk})
    assert owner.post(resolve, {"answer": "perhaps"}).status_code == 422
    owner.post(resolve, {"answer": "arrived"})
    assert only().state == "sent"
    assert "A person found that it arrived" in words(owner.get(address).content)


def test_the_queue_retries_and_cancels(owner: Client, office: Box, books: Books) -> None:
    send_documents(issued())
    first, second = Delivery.objects.order_by("pk")
    owner.post(reverse("delivery-cancel"), {"row": first.pk})
    owner.post(reverse("delivery-retry"), {"row": second.pk})
    first.refresh_from_db()
    assert first.state == "cancelled"
    refused = owner.post(reverse("delivery-retry"), {"row": first.pk})
    assert refused.status_code == 409
    assert owner.post(reverse("delivery-retry")).status_code == 422


def test_the_queue_takes_a_fixed_number_of_statements(
    owner: Client, office: Box, books: Books, django_assert_max_num_queries: Any
) -> None:
    for name in range(30):
        books.organization(f"client-{name}", email=f"a{name}@client.example.org")
        books.item(f"client-{name}", "10")
    send_documents(issued())
    with django_assert_max_num_queries(20):
        assert owner.get(reverse("delivery")).status_code == 200


def test_a_recipient_is_named_changed_and_removed(owner: Client, office: Box, books: Books) -> None:
    address = reverse("organization-delivery", kwargs={"key": "acme"})
    assert "office@acme.example.org" in words(owner.get(address).content)
    form = {"address": "x@acme.example.org", "name": "X", "place": "to", "kinds": ["invoice"]}
    owner.post(address, form)
    row = Recipient.objects.get()
    assert (row.gets_invoices, row.gets_reminders) == (True, False)
    again = owner.post(address, form)
    assert again.status_code == 422
    assert "is named already" in words(again.content)
    one = reverse("recipient", kwargs={"key": "acme", "id": row.pk})
    assert owner.get(one).status_code == 200
    owner.post(one, {**form, "place": "cc", "language": "fr"})
    assert Recipient.objects.get().place == "cc"
    elsewhere = reverse("recipient-remove", kwargs={"key": "bolt", "id": row.pk})
    assert owner.post(elsewhere).status_code == 404
    owner.post(reverse("recipient-remove", kwargs={"key": "acme", "id": row.pk}))
    assert not Recipient.objects.exists()


def test_an_organization_chooses_when(owner: Client, office: Box, books: Books) -> None:
    address = reverse("organization-delivery-set", kwargs={"key": "acme"})
    owner.post(address, {"on_issue": "yes"})
    issued()
    assert only().organization.key == "acme"


def test_the_mail_server_is_set_and_its_password_shown_nowhere(owner: Client, office: Box) -> None:
    address = reverse("mail-server")
    form = {
        "host": "mail.own.example.org",
        "port": "587",
        "security": "starttls",
        "user": "billing",
        "password": "a secret word",
        "sender": "billing@own.example.org",
    }
    owner.post(address, form)
    assert StoredSecret.objects.filter(name=PASSWORD).exists()
    page = owner.get(address).content.decode()
    assert "a secret word" not in page
    assert "A password is stored" in page
    owner.post(address, {**form, "password": "", "sender_name": "Own"})
    assert StoredSecret.objects.filter(name=PASSWORD).exists()
    owner.post(address, {**form, "password": "", "host": "mail.elsewhere.example.org"})
    assert not StoredSecret.objects.filter(name=PASSWORD).exists()
    wrong = owner.post(address, {**form, "host": "a b", "sender": "nobody"})
    assert wrong.status_code == 422
    assert MailServer.objects.get().host == "mail.elsewhere.example.org"


def test_only_an_owner_points_the_line_elsewhere(client_of: ClientOf, office: Box) -> None:
    form = {
        "host": "mail.elsewhere.example.org",
        "port": "587",
        "security": "starttls",
        "sender": "billing@own.example.org",
    }
    billing = client_of(Role.BILLING)
    assert billing.post(reverse("mail-server"), form).status_code == 403
    kept = {**form, "host": "127.0.0.1", "port": str(office.port), "security": "none"}
    billing.post(reverse("mail-server"), {**kept, "sender_name": "Own Billing"})
    row = MailServer.objects.get()
    assert (row.host, row.sender_name) == ("127.0.0.1", "Own Billing")


def test_a_test_message_tells_what_the_server_said(owner: Client, office: Box) -> None:
    address = reverse("mail-server-test")
    answer = owner.post(address, {"address": "me@own.example.org"}, follow=True)
    assert "The mail server took it: 250 taken" in words(answer.content)
    office.verdicts = ["554 no"]
    refused = owner.post(address, {"address": "me@own.example.org"})
    assert refused.status_code == 409
    assert "554 no" in words(refused.content)


def test_the_words_of_a_message_are_written_and_taken_back(owner: Client, office: Box) -> None:
    names = {"kind": "invoice", "language": "de"}
    address = reverse("message-template", kwargs=names)
    page = words(owner.get(address).content)
    assert "Rechnung INV-000042 von Own Provider" in page
    wrong = owner.post(address, {"subject": "S", "body": "{password}"})
    assert wrong.status_code == 422
    assert "{number}" in words(wrong.content)
    code = owner.post(address, {"subject": "S", "body": "{% now %}"})
    assert code.status_code == 422
    typed = {"subject": "Unsere {number}", "body": "{{number}} %(x)s {total}"}
    owner.post(address, typed)
    assert MessageTemplate.objects.get().subject == "Unsere {number}"
    preview = owner.post(reverse("message-template-preview", kwargs=names), typed)
    assert "{INV-000042} %(x)s 1.234,50 USD" in words(preview.content)
    owner.post(reverse("message-template-reset", kwargs=names))
    assert not MessageTemplate.objects.exists()
    unknown = reverse("message-template", kwargs={"kind": "invoice", "language": "xx"})
    assert owner.get(unknown).status_code == 404
    assert owner.get(reverse("message-templates")).status_code == 200


def test_a_report_marks_an_address_until_it_is_cleared(
    owner: Client, office: Box, books: Books
) -> None:
    content = report("office@acme.example.org")
    file = SimpleUploadedFile("bounce.eml", content, content_type="message/rfc822")
    answer = owner.post(reverse("bounces"), {"file": file}, follow=True)
    assert "Marked: office@acme.example.org" in words(answer.content)
    tab = reverse("organization-delivery", kwargs={"key": "acme"})
    assert "does not take mail" in words(owner.get(tab).content)
    owner.post(reverse("bounces-clear"), {"address": "office@acme.example.org"})
    assert Bounce.objects.get().cleared_at is not None
    nonsense = SimpleUploadedFile("x.eml", b"Subject: hello\r\n\r\nhello")
    assert owner.post(reverse("bounces"), {"file": nonsense}).status_code == 422


READING: tuple[Callable[[], str], ...] = (
    lambda: reverse("delivery"),
    lambda: reverse("bounces"),
    lambda: reverse("message-templates"),
    lambda: reverse("mail-server"),
    lambda: reverse("organization-delivery", kwargs={"key": "acme"}),
    lambda: reverse("invoice-delivery", kwargs={"number": "INV-000001"}),
)
CHANGING: tuple[Callable[[], str], ...] = (
    lambda: reverse("delivery-send"),
    lambda: reverse("delivery-retry"),
    lambda: reverse("delivery-cancel"),
    lambda: reverse("bounces"),
    lambda: reverse("delivery-usual"),
    lambda: reverse("mail-server-test"),
    lambda: reverse("organization-delivery", kwargs={"key": "acme"}),
    lambda: reverse("organization-delivery-set", kwargs={"key": "acme"}),
    lambda: reverse("invoice-send", kwargs={"number": "INV-000001"}),
    lambda: reverse("invoice-link", kwargs={"number": "INV-000001"}),
)


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.AUDITOR, Role.MAPPER])
def test_who_may_not_send_may_look_and_change_nothing(
    client_of: ClientOf, office: Box, books: Books, role: Role
) -> None:
    issued()
    client = client_of(role)
    for address in READING:
        assert client.get(address()).status_code == 200, address()
    for address in CHANGING:
        assert client.post(address(), {"row": "1"}).status_code == 403, address()
    assert not Delivery.objects.exists()


def test_another_providers_messages_are_not_there(
    owner: Client, client_of: ClientOf, office: Box, books: Books
) -> None:
    send_documents([issued()[0]])
    row = only()
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="USD"))
    stranger = _stranger(other)
    for view, names in (
        ("delivery-message", {"id": row.pk}),
        ("invoice-delivery", {"number": "INV-000001"}),
        ("organization-delivery", {"key": "acme"}),
    ):
        assert stranger.get(reverse(view, kwargs=names)).status_code == 404, view
    retry = stranger.post(reverse("delivery-retry"), {"row": row.pk})
    assert retry.status_code == 404
    resolve = stranger.post(reverse("delivery-resolve", kwargs={"id": row.pk}), {"answer": "lost"})
    assert resolve.status_code == 404
    assert "Acme" not in words(stranger.get(reverse("delivery")).content)


def _stranger(provider: int) -> Client:
    from icb.foundation.inputs import NewUser
    from icb.foundation.models import User
    from icb.foundation.users import add_users

    with in_provider(provider), acting_as_system("test"):
        add_users([NewUser("stranger", role=Role.OWNER)])
    client = Client()
    client.force_login(User.objects.get(username="stranger"))
    return client


def test_a_statement_is_sent_from_its_page(owner: Client, office: Box, books: Books) -> None:
    issued()
    page = owner.get(reverse("statement", kwargs={"key": "acme"}))
    assert reverse("statement-send", kwargs={"key": "acme"}) in page.content.decode()
    address = reverse("statement-send", kwargs={"key": "acme"})
    assert owner.post(address, {"first": "soon"}).status_code == 422
    owner.post(address, {"currency": "USD", "first": "2026-01-01", "last": "2026-01-01"})
    assert only().about == "USD 2026-01-01 2026-01-01"
    assert "USD 2026-01-01" in words(owner.get(reverse("delivery")).content)
    message = reverse("delivery-message", kwargs={"id": only().pk})
    assert owner.get(message).status_code == 200
