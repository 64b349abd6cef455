"""Issuing: which documents come out, numbered without a gap, frozen, each item once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests.invoicing.factory import Books

from icb.billing.models import ItemToInvoice
from icb.foundation.actor import acting_as
from icb.foundation.canonical import digest
from icb.foundation.inputs import NewUser
from icb.foundation.installation import lock_issuing
from icb.foundation.models import Provider, Role
from icb.foundation.users import add_users
from icb.invoicing import actions, queries
from icb.invoicing.models import Document, DocumentLine, NumberSeries
from icb.invoicing.verify import document_problems
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused
from icb.organizations.models import Organization
from icb.payments.queries import balances


@pytest.fixture
def books(provider: Provider) -> Iterator[Books]:
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        yield Books()


def test_items_of_one_bill_to_and_currency_make_one_document(books: Books) -> None:
    books.organization("acme")
    books.item("acme", "128.40", tax_percent=Decimal(20))
    books.item("acme", "10.00")
    (issued,) = actions.issue_documents()
    assert issued == ("INV-000001", "invoice", "acme", "USD", 13840, 2568, 16408)
    details = queries.document("INV-000001")
    assert [(line.position, line.amount) for line in details.lines] == [(1, 12840), (2, 1000)]
    assert details.taxes == ((20_000_000, "S", "", 1, 12840, 2568),)
    assert details.row.issued_on == date(2026, 7, 1)
    assert details.row.credits_left == 16408
    assert not ItemToInvoice.objects.exists()
    assert queries.numbers_of_items() == {1: "INV-000001", 2: "INV-000001"}
    assert document_problems() == []


def test_numbers_follow_the_order_of_entry_then_currency(books: Books) -> None:
    books.organization("zebra")
    books.organization("alder")
    books.item("alder", "1.00", currency="EUR")
    books.item("zebra", "2.00")
    books.item("alder", "3.00")
    books.item("zebra", "4", currency="JPY")
    found = [(one.number, one.organization, one.currency) for one in actions.issue_documents()]
    assert found == [
        ("INV-000001", "zebra", "JPY"),
        ("INV-000002", "zebra", "USD"),
        ("INV-000003", "alder", "EUR"),
        ("INV-000004", "alder", "USD"),
    ]
    assert balances() == [
        ("zebra", "JPY", 4),
        ("zebra", "USD", 200),
        ("alder", "EUR", 100),
        ("alder", "USD", 300),
    ]


def test_credits_that_exceed_charges_become_a_credit_note(books: Books) -> None:
    books.organization("raven")
    books.item("raven", "78.00")
    books.item("raven", "-104.00", kind="adjustment")
    books.item("raven", "0.00")
    issued = actions.issue_documents()
    assert [(one.number, one.total) for one in issued] == [
        ("INV-000001", 7800),
        ("CN-000001", -10400),
    ]
    assert len(queries.document("INV-000001").lines) == 2
    assert balances() == [("raven", "USD", -2600)]
    assert queries.document("CN-000001").row.credits_left is None


def test_nothing_but_zero_lines_takes_no_number_and_waits(books: Books) -> None:
    books.organization("acme")
    books.item("acme", "0.00")
    assert actions.issue_documents() == []
    assert ItemToInvoice.objects.count() == 1
    assert not Document.objects.exists()
    books.item("acme", "5.00")
    (issued,) = actions.issue_documents()
    assert issued.number == "INV-000001"
    assert len(queries.document(issued.number).lines) == 2


def test_documents_are_listed_by_organization_and_day(books: Books) -> None:
    books.organization("acme")
    books.organization("birch")
    books.item("acme", "5.00", tax_percent=Decimal("7.5"))
    books.item("birch", "6.00")
    actions.issue_documents()
    with clock.frozen(datetime(2026, 8, 1, 12, tzinfo=UTC)):
        books.item("acme", "-7.00")
        actions.issue_documents()
    assert [row.number for row in queries.documents()] == ["CN-000001", "INV-000001", "INV-000002"]
    assert [row.number for row in queries.documents(organization="acme")] == [
        "CN-000001",
        "INV-000001",
    ]
    assert [row.number for row in queries.documents(since=date(2026, 7, 2))] == ["CN-000001"]
    (note, invoice) = queries.document_details(organization="acme")
    assert note.row.total == note.lines[0].amount == -700
    assert invoice.taxes == ((7_500_000, "S", "", 1, 500, 38),)
    assert invoice.lines[0].tax_percent == 7_500_000
    assert invoice == queries.document("INV-000001")


def test_a_second_run_finds_nothing(books: Books) -> None:
    books.organization("acme")
    books.item("acme", "5.00")
    assert len(actions.issue_documents()) == 1
    assert actions.issue_documents() == []


def test_the_bill_goes_to_the_organization_that_is_billed(books: Books) -> None:
    head = books.organization("head")
    books.organization("branch", bill_to=head)
    books.organization("other")
    books.item("branch", "5.00")
    books.item("head", "7.00")
    books.item("other", "9.00")
    (issued,) = actions.issue_documents(organization="branch")
    assert (issued.organization, issued.total) == ("head", 1200)
    lines = queries.data_of(issued.number)["lines"]
    assert [line["organization_name"] for line in lines] == ["", "Branch Ltd"]
    assert ItemToInvoice.objects.count() == 1
    with pytest.raises(NotFound):
        actions.issue_documents(organization="nobody")


def test_a_document_is_frozen_when_it_is_issued(books: Books, provider: Provider) -> None:
    organization = books.organization("acme", address="1 Street", tax_number="X1")
    books.item("acme", "5.00")
    actions.issue_documents()
    before = Document.objects.get()
    assert before.data_hash == digest(before.data)
    Organization.objects.filter(pk=organization.pk).update(name="Renamed", address="elsewhere")
    Provider.objects.filter(pk=provider.pk).update(legal_name="Sold")
    after = Document.objects.get()
    assert after.data == before.data
    data = json.loads(after.data)
    assert data["organization"]["name"] == "Acme Ltd"
    assert data["organization"]["address"] == "1 Street"
    assert data["provider"]["name"] == "Own Provider"
    assert data["lines"][0]["detail"] == "1–30 Jun 2026 · 300 unit-days"
    assert document_problems() == []


def test_work_in_chunks_has_no_gap(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "ORGANIZATIONS_PER_CHUNK", 2)
    seen = []
    for number in range(5):
        books.organization(f"org{number}")
        books.item(f"org{number}", f"{number + 1}.00")
    issued = actions.issue_documents(progress=lambda done, total: seen.append((done, total)))
    assert [one.number for one in issued] == [f"INV-00000{n}" for n in range(1, 6)]
    assert seen == [(2, 5), (4, 5), (5, 5)]
    assert NumberSeries.objects.get(kind="invoice").next_number == 6


def test_a_failure_takes_no_number(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    books.organization("acme")
    books.item("acme", "5.00")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no audit")

    with monkeypatch.context() as broken:
        broken.setattr("icb.foundation.audit.record", fail)
        with pytest.raises(RuntimeError):
            actions.issue_documents()
    assert not Document.objects.exists()
    assert ItemToInvoice.objects.count() == 1
    assert [one.number for one in actions.issue_documents()] == ["INV-000001"]


def test_voiding_and_crediting_need_a_reason(books: Books) -> None:
    books.organization("acme")
    books.item("acme", "5.00")
    actions.issue_documents()
    for without_one in (actions.void_document, actions.credit_document):
        with pytest.raises(InvalidInput, match="reason: is empty"):
            without_one("INV-000001", reason=" ")
    (row,) = queries.documents()
    assert (row.is_void, row.credits_left) == (False, 500)


def test_void_returns_the_items_and_keeps_the_number(books: Books) -> None:
    books.organization("acme")
    books.item("acme", "5.00")
    actions.issue_documents()
    actions.void_document("1", reason="wrong address")
    row = queries.documents()[0]
    assert (row.number, row.is_void, row.credits_left) == ("INV-000001", True, 0)
    assert balances() == []
    assert queries.numbers_of_items() == {}
    assert ItemToInvoice.objects.count() == 1
    assert document_problems() == []
    (again,) = actions.issue_documents()
    assert again.number == "INV-000002"
    assert list(DocumentLine.objects.order_by("pk").values_list("attempt", flat=True)) == [1, 2]
    assert queries.document_named("last").number == "INV-000002"
    assert document_problems() == []
    with pytest.raises(Refused) as refused:
        actions.void_document("INV-000001", reason="again")
    assert refused.value.code == "already_void"
    with pytest.raises(NotFound):
        actions.void_document("INV-999999", reason="unknown")


def test_who_has_seen_a_document_may_object_to_its_void(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    from icb.invoicing import ports

    monkeypatch.setattr(ports, "_obstacles", [])
    said = {"reason": ""}

    def obstacle(document_id: int) -> str:
        return said["reason"]

    ports.register_void_obstacle(obstacle)
    ports.register_void_obstacle(obstacle)
    books.organization("acme")
    books.item("acme", "5.00")
    actions.issue_documents()
    said["reason"] = "it was delivered on 2 July"
    with pytest.raises(Refused, match="delivered on 2 July") as refused:
        actions.void_document("last", reason="wrong")
    assert refused.value.code == "not_voidable"
    said["reason"] = ""
    actions.void_document("last", reason="wrong")
    assert queries.documents()[0].is_void


def test_credit_notes_take_no_more_than_is_left(books: Books) -> None:
    books.organization("acme")
    books.item("acme", "10.00", tax_percent=Decimal(20))
    books.item("acme", "20.00", tax_percent=Decimal(20), kind="minimum")
    actions.issue_documents()
    part = actions.credit_document("last", net=Decimal("3.00"), reason="goodwill")
    assert part == ("CN-000001", "credit_note", "acme", "USD", -300, -60, -360)
    note = queries.document("CN-000001")
    assert [line.amount for line in note.lines] == [-100, -200]
    assert note.row.credited == "INV-000001"
    assert queries.credits_left("INV-000001") == 3240
    line = actions.credit_document("INV-000001", lines=[2], reason="not delivered")
    assert line.total == -2160
    with pytest.raises(Refused) as refused:
        actions.credit_document("INV-000001", net=Decimal("9.01"), reason="too much")
    assert refused.value.code == "credit_exceeds"
    rest = actions.credit_document("INV-000001", reason="the rest")
    assert rest.total == -1080
    assert queries.credits_left("INV-000001") == 0
    with pytest.raises(Refused) as refused:
        actions.credit_document("INV-000001", reason="once more")
    assert refused.value.code == "nothing_left"
    assert balances() == [("acme", "USD", 0)]
    assert document_problems() == []


def test_a_void_credit_note_gives_back_what_it_took(books: Books) -> None:
    books.organization("acme")
    books.item("acme", "10.00")
    actions.issue_documents()
    actions.credit_document("last", reason="all")
    with pytest.raises(Refused, match="CN-000001") as refused:
        actions.void_document("last", reason="wrong")
    assert refused.value.code == "has_credit_notes"
    actions.void_document("CN-000001", reason="wrong")
    assert queries.credits_left("1") == 1000
    assert actions.credit_document("last", reason="all again").number == "CN-000002"
    actions.void_document("CN-000002", reason="wrong")
    actions.void_document("last", reason="wrong")
    assert document_problems() == []
    with pytest.raises(Refused) as refused:
        actions.credit_document("last", reason="void")
    assert refused.value.code == "already_void"
    with pytest.raises(Refused) as refused:
        actions.credit_document("CN-000001", reason="a credit")
    assert refused.value.code == "not_an_invoice"


def test_who_may_not_issue_is_refused(books: Books) -> None:
    add_users([NewUser("rita", role=Role.READ_ONLY)])
    books.organization("acme")
    books.item("acme", "5.00")
    with acting_as("rita"):
        for act in (
            lambda: actions.issue_documents(),
            lambda: actions.void_document("1", reason="x"),
            lambda: actions.credit_document("1", reason="x"),
            lambda: actions.render_documents(),
            lambda: actions.set_numbering("invoice", prefix="A-"),
            lambda: actions.unlock_issuing({}),
        ):
            with pytest.raises(NotPermitted):
                act()
    assert not Document.objects.exists()


def test_numbering_is_set_for_the_documents_to_come(books: Books) -> None:
    books.organization("acme")
    books.item("acme", "5.00")
    actions.set_numbering("invoice", prefix="R2026-", digits=4, first_number=118)
    assert actions.issue_documents()[0].number == "R2026-0118"
    actions.set_numbering("invoice", prefix="N-")
    books.item("acme", "6.00")
    assert actions.issue_documents()[0].number == "N-0119"
    with pytest.raises(Refused) as refused:
        actions.set_numbering("invoice", first_number=500)
    assert refused.value.code == "series_in_use"
    with pytest.raises(Refused) as refused:
        actions.set_numbering("credit_note", prefix="r2026-")
    assert refused.value.code == "prefix_in_use"
    with pytest.raises(InvalidInput, match="kind"):
        actions.set_numbering("receipt", prefix="R-")
    with pytest.raises(InvalidInput, match="first_number"):
        actions.set_numbering("credit_note", first_number=0)
    assert document_problems() == []


def test_after_a_restore_the_last_numbers_are_entered_first(books: Books) -> None:
    books.organization("acme")
    for _ in range(3):
        books.item("acme", "5.00")
        actions.issue_documents()
    with pytest.raises(Refused) as refused:
        actions.unlock_issuing({"invoice": 3, "credit_note": 0})
    assert refused.value.code == "not_locked"
    lock_issuing()
    books.item("acme", "6.00")
    for act in (
        lambda: actions.issue_documents(),
        lambda: actions.credit_document("1", reason="x"),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "issuing_locked"
    with pytest.raises(InvalidInput, match="too small"):
        actions.unlock_issuing({"invoice": 2, "credit_note": 0})
    with pytest.raises(InvalidInput, match="credit_note"):
        actions.unlock_issuing({"invoice": 7})
    actions.unlock_issuing({"invoice": 7, "credit_note": 0})
    assert actions.issue_documents()[0].number == "INV-000008"
    assert document_problems() == []
    assert actions.credit_document("8", reason="x").number == "CN-000001"


def test_a_line_explains_itself(books: Books) -> None:
    books.organization("acme")
    books.item("acme", "5.00", kind="manual", line="manual", reason="Extra day on site")
    actions.issue_documents()
    actions.credit_document("last", reason="never came")
    assert queries.explain_line("last", line=1) == [
        "INV-000001, line 1: Extra day on site · Managed workstation",
        "Organization acme, contract acme-1, service agents",
        "Added by hand: Extra day on site",
        "Amount: 5.00 USD",
    ]
    credited = queries.explain_line("CN-000001", line=1)
    assert credited[2] == "Credits 5.00 USD of what follows:"
    assert credited[3:] == queries.explain_line("last", line=1)
    with pytest.raises(InvalidInput, match="lines 1 to 1, not 2"):
        queries.explain_line("last", line=2)
