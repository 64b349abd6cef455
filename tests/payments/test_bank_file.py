"""A bank's file of payments: shown before it is taken, taken once, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.invoicing.factory import Books
from tests.payments.accounts import balance, invoice, money

from icb.exchange.bank_file import plan_bank_file, record_bank_file
from icb.exchange.count_files.sheets import BadFile
from icb.foundation.models import Provider
from icb.kernel import clock
from icb.kernel.errors import IcbError, InvalidInput, Refused
from icb.payments.actions import record_payment, undo_last_file
from icb.payments.matching import numbers_in, organizations_in
from icb.payments.models import Payment
from icb.payments.payment_queries import taken_files
from icb.payments.verify import payment_problems

START = datetime(2026, 7, 10, 12, tzinfo=UTC)


@pytest.fixture
def books(provider: Provider) -> Iterator[Books]:
    with clock.frozen(START):
        yield Books()
        assert payment_problems() == []


def bank(folder: Path, *lines: str, header: str = "Booking date;Amount;Purpose") -> Path:
    """A file as a bank gives it."""
    path = folder / "bank.csv"
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    return path


def test_lines_find_their_documents_and_payers(books: Books, tmp_path: Path) -> None:
    one = invoice(books, "acme", "100.00")
    two = invoice(books, "bolt", "50.00")
    assert (one, two) == ("INV-000001", "INV-000002")
    path = bank(
        tmp_path,
        "2026-07-02;100,00;invoice inv 000001 thanks",
        "02.07.2026;20,00;INV000002",
        "2026-07-03;7,50;Bolt Ltd July",
        "2026-07-03;-12,00;fee",
        "2026-07-03;1,00;somebody",
        "2026-07-03;1,00;INV-000001 and INV-000002",
        "2026-07-03;1,00;INV-00000",
    )
    plan = plan_bank_file(path)
    assert [(one.state, one.organization, one.documents) for one in plan.lines] == [
        ("record", "acme", ("INV-000001",)),
        ("record", "bolt", ("INV-000002",)),
        ("record", "bolt", ()),
        ("out", "", ()),
        ("nobody", "", ()),
        ("nobody", "", ()),
        ("nobody", "", ()),
    ]
    assert not Payment.objects.exists()
    made = record_bank_file(path, seen=plan.seen)
    assert [(one.organization, one.amount, one.allocated) for one in made] == [
        ("acme", 10000, 10000),
        ("bolt", 2000, 2000),
        ("bolt", 750, 750),
    ]
    assert (balance("acme"), balance("bolt")) == (0, 2250)
    again = plan_bank_file(path)
    assert [one.state for one in again.lines[:3]] == ["known"] * 3
    with pytest.raises(InvalidInput, match="no line of it would be recorded"):
        record_bank_file(path)
    assert [(one.name, one.payments, one.live) for one in taken_files()] == [("bank.csv", 3, 3)]
    undo_last_file(reason="another bank account")
    assert (balance("acme"), balance("bolt")) == (10000, 5000)
    assert len(record_bank_file(path)) == 3


def test_equal_lines_of_one_file_are_two_payments(books: Books, tmp_path: Path) -> None:
    invoice(books, "acme", "100.00")
    line = "2026-07-02;10,00;acme"
    assert len(record_bank_file(bank(tmp_path, line, line))) == 2
    plan = plan_bank_file(bank(tmp_path, line, line, line))
    assert [one.state for one in plan.lines] == ["known", "known", "record"]


def test_the_banks_own_id_decides_where_there_is_one(books: Books, tmp_path: Path) -> None:
    invoice(books, "acme", "100.00")
    header = "date,amount,reference,transaction id,currency"
    path = bank(tmp_path, "2026-07-02,10.00,acme,T1,USD", header=header)
    assert len(record_bank_file(path)) == 1
    path = bank(
        tmp_path,
        "2026-07-02,10.00,acme again,T1,USD",
        "2026-07-02,10.00,acme,T2,USD",
        "2026-07-02,10.00,acme,T3,EUR",
        header=header,
    )
    plan = plan_bank_file(path)
    assert [(one.state, one.currency) for one in plan.lines] == [
        ("known", "USD"),
        ("record", "USD"),
        ("record", "EUR"),
    ]
    twice = bank(tmp_path, "2026-07-02,1,acme,T9,", "2026-07-03,2,acme,T9,", header=header)
    with pytest.raises(InvalidInput, match="is there twice"):
        record_bank_file(twice)


def test_a_plan_that_is_not_true_any_more_is_refused(books: Books, tmp_path: Path) -> None:
    number = invoice(books, "acme", "100.00")
    path = bank(tmp_path, f"2026-07-02;100,00;{number}")
    seen = plan_bank_file(path).seen
    record_payment(money("acme", "100.00"))
    with pytest.raises(Refused, match="has changed since you looked"):
        record_bank_file(path, seen=seen)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["2026-07-32;1,00;acme"], "line 2, column date"),
        (["07/02/2026;1,00;acme"], "is not clear"),
        (["2026-07-02;1.000;acme"], "could mean 1000 or 1,000"),
        (["2026-07-02;1e5;acme"], "is not a number"),
        (["2026-07-02;=1+1;acme"], "is not a number"),
        (["2026-07-02;;acme"], "line 2, column amount"),
        (["2026-07-02;1,001;acme"], "too many decimals"),
        (["2026-07-11;1,00;acme"], "line 2: received_on"),
        (["2026-07-02;1,00;acme " + "x" * 600], "line 2: reference"),
        (["2026-07-02;1,00;acme\u202egnp"], "cannot be seen"),
    ],
)
def test_what_cannot_be_read_is_refused_by_line_and_field(
    books: Books, tmp_path: Path, lines: list[str], words: str
) -> None:
    invoice(books, "acme", "100.00")
    with pytest.raises(IcbError) as refused:
        record_bank_file(bank(tmp_path, "2026-07-02;5,00;acme", "", *lines))
    told = " ".join(map(str, getattr(refused.value, "found", []))) + refused.value.message
    assert words.replace("line 2", "line 4") in told
    assert "Nothing was stored" in refused.value.message
    assert not Payment.objects.exists()


@pytest.mark.parametrize("header", ["a;b;c", "date;amount", "date;date;amount;reference", ""])
def test_a_file_without_the_columns_is_refused(books: Books, tmp_path: Path, header: str) -> None:
    with pytest.raises(BadFile, match="Nothing was stored"):
        plan_bank_file(bank(tmp_path, "2026-07-02;1,00;acme", header=header))


def test_numbers_and_names_are_whole_words() -> None:
    known = {"inv000012", "inv00001"}
    assert numbers_in("RE: INV-000012/inv 00001.", known=known) == ["inv000012", "inv00001"]
    assert numbers_in("INV-0000121 XINV-00001", known=known) == []
    names = {"acme": ["a"], "acme north": ["n"], "zoë": ["z"]}
    assert organizations_in("ACME North, thanks", known=names) == ["n"]
    assert organizations_in("acme", known=names) == ["a"]
    assert organizations_in("ZOË", known=names) == ["z"]
    assert organizations_in("acmee zo", known=names) == []
    assert organizations_in("bolt to bolt", known={"bolt": ["bolt"]}) == ["bolt"]


def test_a_large_file_takes_few_statements(
    books: Books, tmp_path: Path, django_assert_max_num_queries: object
) -> None:
    for name in ("acme", "bolt"):
        invoice(books, name, "1000.00")
    lines = [f"2026-07-02;1,00;{name} {at}" for at in range(200) for name in ("acme", "bolt")]
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        assert len(record_bank_file(bank(tmp_path, *lines))) == 400
    assert balance("acme") == 80000
