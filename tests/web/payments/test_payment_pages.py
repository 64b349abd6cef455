"""Payments on the pages: recorded, brought as a file, allocated, taken back, stated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.invoicing.factory import Books
from tests.payments.accounts import balance, invoice, money
from tests.web.conftest import ClientOf, words

from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.models import Provider, Role, User
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.foundation.users import add_users
from icb.invoicing.actions import credit_document
from icb.kernel import clock
from icb.payments.actions import record_file, record_payment
from icb.payments.inputs import Spread
from icb.payments.models import Payment
from icb.payments.payment_queries import payment_facts

START = datetime(2026, 7, 1, 12, tzinfo=UTC)
LATER = START + timedelta(days=40)


@pytest.fixture
def books(provider: Provider) -> Iterator[Books]:
    with clock.frozen(START):
        yield Books()


def form(client: Client, **values: str) -> dict[str, str]:
    """The form as the page gives it, filled in."""
    page = client.get("/payments/new").content.decode()
    (token,) = re.findall(r'name="token" value="([0-9a-f]+)"', page)
    usual = {
        "organization": "acme",
        "received_on": "2026-07-01",
        "method": "bank",
        "settles": "oldest",
        "token": token,
    }
    return usual | values


def test_a_payment_is_recorded_once_and_settles_what_is_due(books: Books, owner: Client) -> None:
    number = invoice(books, "acme", "100.00")
    filled = form(owner, amount="130.00", reference="July")
    answer = owner.post("/payments/new", filled, follow=True)
    said = words(answer.content)
    assert "Payment 1 is recorded." in said
    assert "30.00 USD of it settles nothing yet and stays as credit." in said
    assert "recorded already" in words(owner.post("/payments/new", filled, follow=True).content)
    assert Payment.objects.count() == 1
    assert "Paid" in words(owner.get(f"/invoices/{number}").content)
    listed = words(owner.get("/payments").content)
    assert "Acme Ltd" in listed and "July" in listed and "30.00" in listed


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"amount": "-1"}, "is not above 0"),
        ({"amount": "1e99"}, "too large"),
        ({"amount": "x"}, "is not a number"),
        ({"amount": "1", "received_on": "2026-07-09"}, "is not yet there"),
        ({"amount": "1", "currency": "XQX"}, "is not a currency code"),
        ({"amount": "1", "organization": "nobody"}, "There is no organization"),
        ({"amount": "1", "settles": "named"}, "Name at least one invoice"),
        ({"amount": "1", "documents": "INV-1"}, "would not count"),
        ({"amount": "1", "settles": "named", "documents": "INV-7"}, "no invoice 'INV-7'"),
    ],
)
def test_a_form_that_cannot_be_taken_says_why(
    books: Books, owner: Client, values: dict[str, str], said: str
) -> None:
    invoice(books, "acme", "100.00")
    answer = owner.post("/payments/new", form(owner, **values))
    assert answer.status_code in (404, 409, 422)
    assert said in words(answer.content)
    assert not Payment.objects.exists()


def test_what_is_left_is_allocated_by_amounts_or_by_age(books: Books, owner: Client) -> None:
    one, two = invoice(books, "acme", "100.00"), invoice(books, "acme", "50.00")
    record_payment(money("acme", "60.00", spread=Spread.NONE))
    page = owner.get("/payments/1")
    assert "Left over" in words(page.content)
    seen = payment_facts(1).seen
    chosen = {f"amount:{two}": "20.00", f"amount:{one}": "", "seen": seen}
    owner.post("/payments/1/allocate", chosen)
    assert payment_facts(1).left == 4000
    stale = owner.post("/payments/1/allocate", {"seen": seen})
    assert stale.status_code == 409
    owner.post("/payments/1/allocate", {"seen": payment_facts(1).seen})
    assert [one.document for one in payment_facts(1).allocations] == [two, one]
    too_much = owner.post("/payments/1/allocate", {f"amount:{one}": "1.001"})
    assert too_much.status_code in (409, 422)


def test_taking_back_and_reversing_need_a_reason(books: Books, owner: Client) -> None:
    number = invoice(books, "acme", "100.00")
    record_payment(money("acme", "100.00"))
    (allocation,) = payment_facts(1).allocations
    address = f"/allocations/{allocation.id}/take-back?next=/payments/1"
    assert owner.get(address).status_code == 200
    assert owner.post(address, {"reason": ""}).status_code == 422
    back = owner.post(address, {"reason": "wrong", "next": "/payments/1"})
    assert (back.status_code, back["Location"]) == (302, "/payments/1")
    away = owner.post(address, {"reason": "wrong", "next": "//elsewhere.example"})
    assert away.status_code == 409
    assert owner.get("/payments/1/reverse").status_code == 200
    seen = payment_facts(1).seen
    assert owner.post("/payments/1/reverse", {"reason": "", "seen": seen}).status_code == 422
    owner.post("/payments/1/reverse", {"reason": "bounced", "seen": seen})
    said = words(owner.get("/payments/1").content)
    assert "Reversed" in said and "bounced" in said
    assert owner.post("/payments/1/reverse", {"reason": "x"}).status_code == 409
    assert balance("acme") == 10000
    assert "Open" in words(owner.get(f"/invoices/{number}").content)


def test_credit_is_offered_where_something_is_open(books: Books, owner: Client) -> None:
    first = invoice(books, "acme", "100.00")
    record_payment(money("acme", "100.00"))
    note = credit_document(first, reason="Agreed").number
    second = invoice(books, "acme", "30.00")
    page = owner.get(f"/invoices/{second}")
    assert "The organization has credit of 100.00 USD" in words(page.content)
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', page.content.decode())
    answer = owner.post(f"/invoices/{second}/settle", {"seen": seen}, follow=True)
    assert "30.00 USD of credit settles" in words(answer.content)
    third = invoice(books, "acme", "20.00")
    page = owner.get(f"/invoices/{note}")
    assert "Left to use 70.00 USD" in words(page.content)
    answer = owner.post(f"/invoices/{note}/allocate", follow=True)
    assert "20.00 USD is allocated." in words(answer.content)
    assert owner.post(f"/invoices/{third}/settle").status_code == 409


def test_a_file_is_shown_recorded_and_undone(books: Books, owner: Client) -> None:
    number = invoice(books, "acme", "100.00")

    def upload(text: str = "date;amount;text\n2026-07-01;40,00;{}\n2026-07-01;1;who\n") -> Any:
        return SimpleUploadedFile("bank.csv", text.format(number).encode())

    assert "No file yet" in words(owner.get("/payments/files").content)
    looked = owner.post("/payments/files/look", {"file": upload()}, headers={"HX-Request": "true"})
    said = words(looked.content)
    assert "Record 1 payment" in said and "1 line is left out" in said
    assert not Payment.objects.exists()
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', looked.content.decode())
    other = upload("date;amount;text\n2026-07-01;41,00;acme\n")
    changed = owner.post("/payments/files/take", {"file": other, "seen": seen})
    assert (changed.status_code, Payment.objects.count()) == (422, 0)
    taken = owner.post("/payments/files/take", {"file": upload(), "seen": seen}, follow=True)
    assert "1 payment is recorded." in words(taken.content)
    bad = owner.post("/payments/files/look", {"file": upload("date;amount;text\n1;2;3\n")})
    assert "line 2, column date" in words(bad.content)
    assert owner.post("/payments/files/undo", {"reason": ""}).status_code == 422
    undone = owner.post("/payments/files/undo", {"reason": "wrong"}, follow=True)
    assert "bank.csv is undone: 1 of its payments are reversed." in words(undone.content)
    assert balance("acme") == 10000


def test_markup_in_a_file_and_a_reference_stays_text(books: Books, owner: Client) -> None:
    invoice(books, "acme", "100.00")
    attack = "<script>alert(1)</script>{{7*7}}"
    file = SimpleUploadedFile("x.csv", f"date;amount;text\n2026-07-01;1;acme {attack}\n".encode())
    looked = owner.post("/payments/files/look", {"file": file})
    assert b"<script>alert(1)" not in looked.content
    record_payment(money("acme", "1.00", reference=attack))
    record_payment(money("acme", "1.00", reference="=HYPERLINK(1)"))
    for address in ("/payments", "/payments/1", "/organizations/acme/statement"):
        content = owner.get(address).content
        assert b"<script>alert(1)" not in content
        assert b"&lt;script&gt;" in content
    sheet = owner.get("/organizations/acme/statement?as=csv").content.decode()
    assert "'=HYPERLINK(1)" in sheet


def test_a_statement_adds_up_for_any_days(books: Books, owner: Client) -> None:
    number = invoice(books, "acme", "100.00")
    with clock.frozen(LATER):
        record_payment(money("acme", "40.00", received_on=LATER.date()))
        said = words(owner.get("/organizations/acme/statement").content)
        assert f"Invoice {number}" in said
        assert "Closing balance 60.00 USD" in said
        early = words(owner.get("/organizations/acme/statement?as_of=2026-07-20").content)
        assert "Closing balance 100.00 USD" in early
        later = words(owner.get("/organizations/acme/statement?first=2026-07-20").content)
        assert "Opening balance 100.00 USD" in later
        sheet = owner.get("/organizations/acme/statement?as=csv")
        assert sheet["Content-Disposition"].startswith("attachment")
        lines = sheet.content.decode().splitlines()
        assert lines[-1] == "2026-08-10,closing,,,,,60.00,USD"
        for query in (
            "currency=XQX",
            "as_of=2027-01-01",
            "first=x",
            "first=2026-08-01&as_of=2026-07-01",
        ):
            answer = owner.get(f"/organizations/acme/statement?{query}")
            assert (query, answer.status_code) == (query, 422)


def test_what_is_overdue_stands_on_home_by_currency(books: Books, owner: Client) -> None:
    invoice(books, "acme", "100.00")
    invoice(books, "bolt", "50.00", currency="EUR")
    with clock.frozen(LATER):
        said = words(owner.get("/").content)
        assert "Overdue" in said and "2 invoices" in said
        assert "100.00 USD" in said and "50.00 EUR" in said and "150.00" not in said
        assert "INV-000001" in words(owner.get("/invoices/issued?state=overdue").content)


def test_receivables_by_age_never_add_currencies(books: Books, owner: Client) -> None:
    invoice(books, "acme", "100.00")
    invoice(books, "bolt", "50.00", currency="EUR")
    with clock.frozen(LATER):
        record_payment(money("acme", "130.00", received_on=LATER.date()))
        page = owner.get("/reports/receivables")
        said = words(page.content)
        assert "Acme Ltd" in said and "Bolt Ltd" in said
        assert "50.00 EUR" in said and "30.00 USD" in said
        assert "80.00" not in said
        before = words(owner.get("/reports/receivables?as_of=2026-07-02").content)
        assert "100.00 USD" in before
        sheet = owner.get("/reports/receivables?as=csv")
        assert b"Acme Ltd" in b"".join(sheet.streaming_content)  # type: ignore[attr-defined]
        assert owner.get("/reports/receivables?as_of=x").status_code == 422


def test_who_may_only_read_sees_but_changes_nothing(books: Books, client_of: ClientOf) -> None:
    number = invoice(books, "acme", "100.00")
    record_payment(money("acme", "10.00"))
    (allocation,) = payment_facts(1).allocations
    reader = client_of(Role.READ_ONLY)
    for address in ("/payments", "/payments/1", "/organizations/acme/statement"):
        assert reader.get(address).status_code == 200
    assert "Record a payment" not in words(reader.get("/payments").content)
    assert "Take back" not in words(reader.get("/payments/1").content)
    for address in (
        "/payments/new",
        "/payments/files",
        "/payments/1/reverse",
        f"/allocations/{allocation.id}/take-back",
    ):
        assert reader.get(address).status_code == 403
    for address in (
        "/payments/new",
        "/payments/1/allocate",
        "/payments/1/reverse",
        f"/allocations/{allocation.id}/take-back",
        f"/invoices/{number}/settle",
        f"/invoices/{number}/allocate",
        "/payments/files/look",
        "/payments/files/take",
        "/payments/files/undo",
    ):
        assert reader.post(address, {"reason": "x"}).status_code == 403
    assert balance("acme") == 9000


def test_what_another_provider_has_is_not_there(books: Books, owner: Client) -> None:
    number = invoice(books, "acme", "100.00")
    record_payment(money("acme", "10.00"))
    (allocation,) = payment_facts(1).allocations
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="USD"))
        with in_provider(other):
            add_users([NewUser("otto", role=Role.OWNER)])
    stranger = Client()
    stranger.force_login(User.objects.get(username="otto"))
    for address in ("/payments/1", "/payments/1/reverse", "/organizations/acme/statement"):
        assert stranger.get(address).status_code == 404
    for address in (
        "/payments/1/allocate",
        f"/allocations/{allocation.id}/take-back",
        f"/invoices/{number}/allocate",
    ):
        assert stranger.post(address, {"reason": "x"}).status_code == 404
    assert "10.00" not in words(stranger.get("/payments").content)


@pytest.mark.parametrize(
    "address",
    [
        "/payments",
        "/payments/1",
        "/invoices/issued",
        "/organizations/acme/invoices",
        "/organizations/acme/statement",
        "/reports/receivables",
        "/payments/files",
    ],
)
def test_pages_ask_few_questions_however_much_there_is(
    books: Books, owner: Client, django_assert_max_num_queries: Any, address: str
) -> None:
    for _ in range(12):
        invoice(books, "acme", "10.00")
        invoice(books, "bolt", "10.00")
    lines = [money("acme", "2.50", external_id=str(at)) for at in range(60)]
    record_file("bank.csv", sha256="0" * 64, payments=lines)
    owner.get(address)
    with django_assert_max_num_queries(20):
        assert owner.get(address).status_code == 200
