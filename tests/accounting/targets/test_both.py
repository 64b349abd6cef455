"""What every accounting application that is reached over HTTP promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.accounting.targets.examples import NOW, D, Side, entry, line, usual_entry

from icb.accounting.ports import CREDIT_NOTE, Customer, Listing, TargetError, Tax, Trouble
from icb.kernel import clock

SIGNED = (D("199.99"), D("38.00"), D("237.99"))


def test_the_company_says_its_name(side: Side) -> None:
    assert side.open().test() == "Example Services"


def test_an_invoice_stands_there_with_our_figures(side: Side) -> None:
    whole = side.mapped(usual_entry())
    sent = side.open().send(whole)
    assert (sent.net, sent.tax, sent.total) == SIGNED
    assert sent.number == whole.number and not sent.is_void
    assert sent.address.startswith("https://")
    assert side.open().find(whole) == sent


def test_what_is_not_there_is_not_found(side: Side) -> None:
    assert side.open().find(side.mapped(usual_entry())) is None


def test_a_credit_note_comes_back_with_our_signs(side: Side) -> None:
    lines = (
        line(1, "-100.00", "-19.00", quantity=D(-1), unit_price=D(100)),
        line(2, "-99.99", "-19.00", quantity=D(-3), unit_price=D("33.33")),
    )
    whole = side.mapped(entry(*lines, kind=CREDIT_NOTE))
    session = side.open()
    sent = session.send(whole)
    assert (sent.net, sent.tax, sent.total) == tuple(-figure for figure in SIGNED)
    assert session.find(whole) == sent
    total = side.written()["TotalAmt" if side.key == "quickbooks_online" else "Total"]
    assert total == D("237.99")


def test_an_invoice_and_a_credit_note_may_have_one_number(side: Side) -> None:
    session = side.open()
    invoice = session.send(side.mapped(usual_entry()))
    credit = entry(line(1, "-10.00", "-1.90"), kind=CREDIT_NOTE, number="INV-2026-0001")
    whole = replace(side.mapped(credit), key="t-0002")
    assert session.send(whole).id != invoice.id
    found = session.find(whole)
    assert found is not None and found.total == D("-11.90")


def test_a_line_that_gives_money_back_is_taken_off(side: Side) -> None:
    back = line(2, "-20.00", "-3.80", quantity=D(-1), unit_price=D(20))
    sent = side.open().send(side.mapped(entry(line(1, "100.00", "19.00"), back)))
    assert sent.total == D("95.20")


@pytest.mark.parametrize(
    ("quantity", "price", "net"),
    [
        ("3", "0.333333", "1.00"),  # rounded
        ("1.5", "12.345678", "18.52"),  # more decimals than there are
        ("7", "1.5", "9.00"),  # a price of tiers
        ("0", "5", "4.00"),  # an included part
        ("2.5", "3.2", "8.00"),
        ("-2", "4", "-8.00"),
        ("2", "-4", "-8.00"),
    ],
)
def test_an_amount_is_exact_whatever_quantity_and_price_say(
    side: Side, quantity: str, price: str, net: str
) -> None:
    odd = line(2, net, "0.00", quantity=D(quantity), unit_price=D(price))
    sent = side.open().send(side.mapped(entry(line(1, "100.00", "19.00"), odd)))
    assert sent.net == D("100.00") + D(net)
    text = str(side.written())
    if D(quantity) * D(price) != D(net):
        assert f"({quantity} × {price})" in text
    else:
        assert "×" not in text


def test_the_documents_tax_is_theirs_where_lines_would_give_a_cent_more(side: Side) -> None:
    # 19 % of 0.13 is 0.0247: 0.02 three times by line, 0.07 on the sum.
    shares = ("0.03", "0.02", "0.02")
    whole = side.mapped(entry(*(line(n, "0.13", tax) for n, tax in enumerate(shares, start=1))))
    sent = side.open().send(whole)
    assert (sent.net, sent.tax, sent.total) == (D("0.39"), D("0.07"), D("0.46"))


def test_the_documents_tax_is_theirs_where_the_sum_would_give_a_cent_less(side: Side) -> None:
    # As in a document whose tax is worked out for each line: three times 0.03 of 0.15.
    whole = side.mapped(entry(*(line(n, "0.15", "0.03") for n in (1, 2, 3))))
    assert side.open().send(whole).tax == D("0.09")


def test_a_document_of_two_rates_and_none_keeps_each(side: Side) -> None:
    lines = (
        line(1, "100.00", "19.00"),
        line(2, "50.00", "3.50", tax_code="LOW"),
        line(3, "10.00", "0.00", tax_code="ZERO"),
    )
    taxes = (
        Tax("VAT", "VAT", D(19), D(100), D("19.00")),
        Tax("Reduced", "LOW", D(7), D(50), D("3.50")),
        Tax("Zero", "ZERO", D(0), D(10), D(0)),
    )
    sent = side.open().send(side.mapped(entry(*lines, taxes=taxes)))
    assert (sent.net, sent.tax) == (D(160), D("22.50"))


def test_a_currency_without_decimals_travels_as_it_is(side: Side) -> None:
    whole = entry(line(1, "1000", "190"), currency="JPY", decimals=0)
    side.add_customer("Nihon", currency="JPY")
    assert side.open().send(side.mapped(whole)).total == D(1190)


def test_sent_again_with_its_key_it_stands_there_once(side: Side) -> None:
    whole = side.mapped(usual_entry())
    session = side.open()
    assert session.send(whole) == session.send(whole)
    assert side.documents() == 1


def test_sent_by_another_key_it_is_known_by_its_number(side: Side) -> None:
    whole = side.mapped(usual_entry())
    session = side.open()
    first = session.send(whole)
    assert session.send(replace(whole, key="t-0002")) == first
    assert side.documents() == 1


def test_another_document_under_the_number_is_told_with_both_figures(side: Side) -> None:
    session = side.open()
    session.send(side.mapped(entry(line(1, "10.00", "1.90"))))
    with pytest.raises(TargetError) as caught:
        session.send(replace(side.mapped(usual_entry()), key="t-0002"))
    assert caught.value.trouble is Trouble.REFUSED
    assert "11.9 EUR" in caught.value.message and "237.99 EUR" in caught.value.message
    assert side.documents() == 1


def test_a_document_is_made_void_once(side: Side) -> None:
    whole = side.mapped(usual_entry())
    session = side.open()
    sent = session.send(whole)
    for key in ("v-0001", "v-0001", "v-0002"):
        assert session.void(sent.id, key=key).is_void
    found = session.find(whole)
    assert found is not None and found.is_void


def test_a_credit_note_is_made_void_once(side: Side) -> None:
    whole = side.mapped(entry(line(1, "-10.00", "-1.90"), kind=CREDIT_NOTE))
    session = side.open()
    sent = session.send(whole)
    for key in ("v-0001", "v-0001", "v-0002"):
        assert session.void(sent.id, key=key).is_void
    found = session.find(whole)
    assert found is None or found.is_void


def test_what_was_never_sent_cannot_be_made_void(side: Side) -> None:
    with pytest.raises(TargetError) as caught:
        side.open().void("17", key="v-0001")
    assert caught.value.trouble is Trouble.REFUSED


def test_payments_come_back_with_their_document(side: Side) -> None:
    session = side.open()
    sent = session.send(side.mapped(usual_entry()))
    side.pay(sent.id, "100.00")
    side.pay(sent.id, "37.99")
    told = session.payments(since=date(2026, 3, 10))
    paid = [each for each in told if each.document_id]
    assert [(each.document_id, each.amount) for each in paid] == [
        (sent.id, D("100.00")),
        (sent.id, D("37.99")),
    ]
    assert len({each.id for each in paid}) == 2
    assert {each.paid_on for each in paid} == {date(2026, 3, 20)}
    assert session.payments(since=date(2026, 3, 13)) == []


def test_a_customer_is_made_once(side: Side) -> None:
    client = Customer(
        key="baker",
        name="Baker & Sons",
        email="office@baker.example",
        address="1 High Street\nYard 2",
        city="Leeds",
        postal_code="LS1 1AA",
        country="GB",
        tax_number="GB123456789",
    )
    session = side.open()
    made = session.create_customer(client, key="c-0001")
    assert session.create_customer(client, key="c-0001") == made
    assert session.create_customer(client, key="c-0002") == made
    names = [each.name for each in session.listing(Listing.CUSTOMERS)]
    assert sorted(names) == ["Acme Ltd", "Baker & Sons"]


def test_long_names_that_begin_alike_are_two_customers(side: Side) -> None:
    session = side.open()
    long = "Holding of many words " * 30
    made = {
        session.create_customer(Customer(key=key, name=f"{long}{key}"), key=key).id
        for key in ("north", "south")
    }
    assert len(made) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tax": D("38.01"), "total": D("238.00")}, "add up"),
        ({"total": D("237.98")}, "add up"),
        ({"number": "I" * 300}, "300 characters"),
    ],
)
def test_a_document_that_does_not_hold_together_is_not_sent(
    side: Side, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(TargetError, match=words) as caught:
        side.open().send(replace(side.mapped(usual_entry()), **change))
    assert caught.value.trouble is Trouble.REFUSED
    assert side.documents() == 0


def test_tax_without_a_code_is_not_sent(side: Side) -> None:
    whole = side.mapped(entry(line(1, "10.00", "1.90", tax_code="")))
    with pytest.raises(TargetError, match="mapped to none"):
        side.open().send(whole)
    assert side.documents() == 0


def test_a_token_that_ran_out_is_a_matter_of_signing_in(side: Side) -> None:
    session = side.open()
    with clock.frozen(NOW + timedelta(hours=2)), pytest.raises(TargetError) as caught:
        session.test()
    assert caught.value.trouble is Trouble.SIGN_IN


def test_too_many_requests_are_told_with_the_pause_that_is_asked_for(side: Side) -> None:
    side.limit(1)
    session = side.open()
    session.test()
    with pytest.raises(TargetError) as caught:
        session.find(side.mapped(usual_entry()))
    assert (caught.value.trouble, caught.value.retry_after) == (Trouble.LATER, 30)


def test_lists_are_read_to_their_end(side: Side) -> None:
    for number in range(1100):
        side.add_customer(f"Client {number}")
    assert len(side.open().listing(Listing.CUSTOMERS)) == 1101


def test_every_listing_can_be_mapped(side: Side) -> None:
    session = side.open()
    for what in Listing:
        rows = session.listing(what)
        assert all(row.id and row.name for row in rows)
        assert len({row.id for row in rows}) == len(rows)
    codes = {row.name: row.percent for row in session.listing(Listing.TAX_CODES)}
    assert set(codes.values()) == {Decimal(19), Decimal(7), Decimal(0)}
