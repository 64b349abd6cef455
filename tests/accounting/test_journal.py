"""The journal: one balanced entry for each document, reversed by a void, to the cent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic
from tests.invoicing.factory import Books

from icb.accounting.chart import Accounts
from icb.accounting.chart_actions import add_account, remove_rule, set_rule
from icb.accounting.journal import BookedLine, Side, reversed_sides, sides_of
from icb.accounting.models import JournalEntry, JournalLine
from icb.accounting.verify import accounting_problems
from icb.foundation.bulk import execute, fetch
from icb.foundation.models import Provider
from icb.hub.actions import connect_modules
from icb.hub.inputs import NewBillingType, NewConnection
from icb.invoicing import actions
from icb.invoicing.models import Document
from icb.kernel import clock
from icb.kernel.errors import InvalidInput, Refused
from icb.mapping.actions import map_service
from icb.mapping.inputs import NewServiceMapping

RULES = {("receivable", ""): 1, ("revenue", ""): 2, ("tax", ""): 3}


@pytest.fixture
def books(provider: Provider) -> Books:
    made = Books()
    made.organization("acme")
    return made


@pytest.fixture(autouse=True)
def _still() -> object:
    with clock.frozen(datetime(2026, 7, 1, 12, tzinfo=UTC)):
        yield


def booked(number: str, *, kind: str = "document") -> list[tuple[str, str, str]]:
    """The lines of a document's entry: account, debit and credit."""
    lines = JournalLine.objects.filter(entry__document__number=number, entry__kind=kind)
    rows = lines.order_by("position").values_list("account__code", "debit", "credit")
    return [(code, f"{debit:.2f}", f"{credit:.2f}") for code, debit, credit in rows]


def test_revenue_finds_the_account_of_service_then_module_then_any() -> None:
    accounts = Accounts(RULES | {("service", "agents"): 7, ("module", "rmm"): 8})
    assert accounts.revenue(service="agents", module="rmm") == 7
    assert accounts.revenue(service="other", module="rmm") == 8
    assert accounts.revenue(service="other", module="") == 2
    assert Accounts(RULES | {("service", ""): 9}).revenue(service="", module="") == 2


def test_what_is_negative_stands_on_the_other_side() -> None:
    lines = [BookedLine("a", "", "vat", -1000, -200), BookedLine("b", "", "", 300, 0)]
    sides = sides_of(lines, accounts=Accounts(RULES | {("service", "b"): 9}))
    assert sides == [
        Side(1, "", 0, 900),
        Side(2, "", 1000, 0),
        Side(9, "", 0, 300),
        Side(3, "vat", 200, 0),
    ]
    assert reversed_sides(sides)[0] == Side(1, "", 900, 0)


def test_a_document_is_booked_in_the_act_that_issues_it(books: Books) -> None:
    books.item("acme", "128.40", tax_percent=Decimal(20))
    books.item("acme", "10.00")
    actions.issue_documents()
    assert booked("INV-000001") == [
        ("1200", "164.08", "0.00"),
        ("4000", "0.00", "138.40"),
        ("2200", "0.00", "25.68"),
    ]
    entry = JournalEntry.objects.get()
    assert (entry.booked_on, entry.currency, entry.amount) == (
        date(2026, 7, 1),
        "USD",
        Decimal("164.08"),
    )
    assert accounting_problems() == []


def test_a_service_with_an_account_is_booked_there(books: Books) -> None:
    add_account("4010", name="Managed workstations", kind="revenue")
    set_rule("service", subject="agents", account="4010")
    books.item("acme", "100.00")
    actions.issue_documents()
    assert [line[0] for line in booked("INV-000001")] == ["1200", "4010"]
    remove_rule("service", subject="agents")
    books.item("acme", "1.00")
    actions.issue_documents()
    assert [line[0] for line in booked("INV-000002")] == ["1200", "4000"]
    assert accounting_problems() == []


def test_a_line_is_booked_on_the_account_of_the_module_that_drives_it(books: Books) -> None:
    connect_modules([NewConnection(key="rmm", billing_types=[NewBillingType(key="agents")])])
    map_service("acme-1", mapping=NewServiceMapping("rmm", "agents", "agents"))
    add_account("4020", name="Managed by RMM", kind="revenue")
    set_rule("module", subject="rmm", account="4020")
    books.item("acme", "128.40", tax_percent=Decimal(20))
    actions.issue_documents()
    assert booked("INV-000001") == [
        ("1200", "154.08", "0.00"),
        ("4020", "0.00", "128.40"),
        ("2200", "0.00", "25.68"),
    ]
    actions.credit_document("INV-000001", net=Decimal("28.40"), reason="too many")
    assert ("4020", "28.40", "0.00") in booked("CN-000001")
    assert accounting_problems() == []


def test_a_credit_note_books_what_it_takes_back(books: Books) -> None:
    books.item("acme", "100.00", tax_percent=Decimal(20))
    actions.issue_documents()
    actions.credit_document("INV-000001", net=Decimal("33.33"), reason="too many")
    assert booked("CN-000001") == [
        ("1200", "0.00", "40.00"),
        ("4000", "33.33", "0.00"),
        ("2200", "6.67", "0.00"),
    ]
    assert accounting_problems() == []


def test_a_void_reverses_the_entry(books: Books) -> None:
    books.item("acme", "100.00", tax_percent=Decimal(20))
    actions.issue_documents()
    with clock.frozen(datetime(2026, 7, 3, 12, tzinfo=UTC)):
        actions.void_document("INV-000001", reason="wrong client")
    assert booked("INV-000001", kind="reversal") == [
        ("1200", "0.00", "120.00"),
        ("4000", "100.00", "0.00"),
        ("2200", "20.00", "0.00"),
    ]
    assert JournalEntry.objects.get(kind="reversal").booked_on == date(2026, 7, 3)
    assert accounting_problems() == []


def test_many_documents_are_booked_in_as_many_statements_as_few(
    books: Books, django_assert_max_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def statements(count: int) -> int:
        for number in range(count):
            key = f"client-{count}-{number}"
            books.organization(key)
            books.item(key, "10.00", tax_percent=Decimal(20))
        with CaptureQueriesContext(connection) as told:
            actions.issue_documents()
        return sum("journal" in query["sql"] for query in told)

    statements(1)
    few = statements(2)
    assert statements(30) <= few


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_line SET debit = debit + 1 WHERE debit > 0",
        "DELETE FROM journal_line",
        "UPDATE journal_entry SET amount = amount + 1",
        "DELETE FROM journal_entry",
        "UPDATE account SET code = 'x'",
        "DELETE FROM account",
    ],
)
def test_the_journal_is_final(books: Books, statement: str) -> None:
    books.item("acme", "10.00")
    actions.issue_documents()
    with pytest.raises(IntegrityError), atomic():
        execute(statement)


def _free_document() -> Document:
    """A document without an entry cannot be had, so the reversal's place is taken here."""
    found: Document = Document.objects.get()
    return found


def _insert_entry(document: Document, *, lines: list[tuple[int, int]], amount: int) -> None:
    provider, account = fetch("SELECT provider_id, id FROM account ORDER BY id LIMIT 1")[0]
    entry = fetch("SELECT MAX(id) FROM journal_entry")[0][0] + 1000
    for position, (debit, credit) in enumerate(lines, start=1):
        execute(
            "INSERT INTO journal_line (provider_id, entry_id, position, account_id, tax_code, "
            "debit, credit) VALUES (%s, %s, %s, %s, '', %s, %s)",
            [provider, entry, position, account, debit, credit],
        )
    execute(
        "INSERT INTO journal_entry (id, provider_id, document_id, kind, booked_on, currency, "
        "amount) VALUES (%s, %s, %s, 'reversal', %s, 'USD', %s)",
        [entry, provider, document.pk, date(2026, 7, 1), amount],
    )


@pytest.mark.parametrize(
    ("lines", "amount"),
    [([(10, 0), (0, 9)], 10), ([(10, 0), (0, 10)], 9), ([(10, 0)], 10), ([], 0)],
)
def test_the_database_takes_no_entry_that_does_not_balance(
    books: Books, lines: list[tuple[int, int]], amount: int
) -> None:
    books.item("acme", "10.00")
    actions.issue_documents()
    with pytest.raises(IntegrityError), atomic():
        _insert_entry(_free_document(), lines=lines, amount=amount)
    _insert_entry(_free_document(), lines=[(10, 0), (0, 10)], amount=10)


def test_the_database_takes_no_line_after_the_entry(books: Books) -> None:
    books.item("acme", "10.00")
    actions.issue_documents()
    with pytest.raises(IntegrityError), atomic():
        execute(
            "INSERT INTO journal_line (provider_id, entry_id, position, account_id, tax_code, "
            "debit, credit) SELECT provider_id, entry_id, 99, account_id, '', 0, 0 "
            "FROM journal_line WHERE position = 1"
        )


def test_a_line_has_one_side(books: Books) -> None:
    books.item("acme", "10.00")
    actions.issue_documents()
    with pytest.raises(IntegrityError), atomic():
        _insert_entry(_free_document(), lines=[(10, 10)], amount=10)


def test_an_account_of_another_kind_is_refused(books: Books) -> None:
    add_account("3333", name="Other tax", kind="tax")
    with pytest.raises(InvalidInput, match="3333 Other tax is a tax account"):
        set_rule("service", subject="agents", account="3333")
    with pytest.raises(InvalidInput, match="subject"):
        set_rule("service", account="3333")
    with pytest.raises(Refused, match="rule of its own"):
        remove_rule("revenue", subject="")
