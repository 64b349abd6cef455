"""What holds for Xero alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from tests.accounting.targets.examples import D, XeroSide, entry, line, usual_entry

from icb.accounting.ports import CREDIT_NOTE, Customer, Listing, TargetError, Trouble
from icb.accounting.targets.xero.dates import day_of
from icb.demo.vendors.server import Answer, Request


def trouble_of(call: Callable[[], object]) -> TargetError:
    with pytest.raises(TargetError) as caught:
        call()
    return caught.value


def test_the_record_says_what_it_has_to(xero: XeroSide) -> None:
    whole = xero.mapped(replace(usual_entry(), reference="PO 7"))
    sent = xero.open().send(whole)
    kept = xero.written()
    assert (kept["Type"], kept["Status"], kept["LineAmountTypes"]) == (
        "ACCREC",
        "AUTHORISED",
        "Exclusive",
    )
    assert (kept["InvoiceNumber"], kept["CurrencyCode"]) == ("INV-2026-0001", "EUR")
    assert kept["Contact"] == {"ContactID": xero.contact} and kept["Reference"] == "PO 7"
    (first, second) = kept["LineItems"]
    assert (second["Quantity"], second["UnitAmount"], second["LineAmount"]) == (
        D(3),
        D("33.33"),
        D("99.99"),
    )
    assert (first["TaxType"], first["TaxAmount"], first["AccountCode"]) == ("VAT", D(19), "200")
    assert sent.address.endswith(f"View.aspx?InvoiceID={sent.id.partition(':')[2]}")


def test_a_price_of_four_decimals_is_kept(xero: XeroSide) -> None:
    cheap = line(1, "12.34", "2.34", quantity=D(1000), unit_price=D("0.01234"))
    fine = line(2, "12.50", "2.38", quantity=D(10000), unit_price=D("0.00125"))
    four = line(3, "12.50", "2.38", quantity=D(10000), unit_price=D("0.0012500"))
    kept = line(4, "12.00", "2.28", quantity=D(10000), unit_price=D("0.0012"))
    xero.open().send(xero.mapped(entry(cheap, fine, four, kept)))
    prices = [each["UnitAmount"] for each in xero.written()["LineItems"]]
    assert prices == [D("12.34"), D("12.50"), D("12.50"), D("0.0012")]


def test_a_line_without_a_tax_does_not_take_its_accounts(xero: XeroSide) -> None:
    whole = xero.mapped(entry(line(1, "10.00", "0.00", tax_code=""), taxes=()))
    assert xero.open().send(whole).tax == D(0)
    assert xero.written()["LineItems"][0]["TaxType"] == "NONE"


def test_a_credit_note_names_what_it_credits(xero: XeroSide) -> None:
    whole = xero.mapped(entry(line(1, "-10.00", "-1.90"), kind=CREDIT_NOTE))
    sent = xero.open().send(whole)
    assert xero.written()["Reference"] == "INV-2026-0001"
    assert xero.written()["Type"] == "ACCRECCREDIT" and sent.id.startswith("credit_note:")
    assert "ViewCreditNote" in sent.address


def test_what_is_wrong_with_a_record_is_told_whole(xero: XeroSide) -> None:
    wrong = entry(line(1, "10.00", "1.90", account="999", item="NOT-THERE"))
    error = trouble_of(lambda: xero.open().send(xero.mapped(wrong)))
    assert error.trouble is Trouble.REFUSED
    assert "Account code '999'" in error.message and "Item code 'NOT-THERE'" in error.message
    assert "Nothing was written there" in error.message


def test_after_mapping_anew_the_same_transfer_goes_through(xero: XeroSide) -> None:
    session = xero.open()
    wrong = xero.mapped(entry(line(1, "10.00", "1.90", account="999")))
    trouble_of(lambda: session.send(wrong))
    right = replace(wrong, lines=(replace(wrong.lines[0], account="200"),))
    sent = session.send(right)
    # What was sent already keeps what it was sent with.
    again = replace(right, lines=(replace(right.lines[0], item=""),))
    assert session.send(again) == sent
    assert xero.documents() == 1


def test_a_locked_period_is_told(xero: XeroSide) -> None:
    xero.organisation.locked_until = "2026-03-31"
    error = trouble_of(lambda: xero.open().send(xero.mapped(usual_entry())))
    assert error.trouble is Trouble.REFUSED and "lock date" in error.message
    xero.organisation.locked_until = ""
    assert xero.open().send(xero.mapped(usual_entry())).total == D("237.99")


def test_a_document_with_payments_is_not_made_void(xero: XeroSide) -> None:
    session = xero.open()
    sent = session.send(xero.mapped(usual_entry()))
    xero.pay(sent.id, "1.00")
    error = trouble_of(lambda: session.void(sent.id, key="v-1"))
    assert error.trouble is Trouble.REFUSED and "payments" in error.message


def test_a_payment_that_was_taken_back_has_nothing(xero: XeroSide) -> None:
    session = xero.open()
    sent = session.send(xero.mapped(usual_entry()))
    xero.pay(sent.id, "10.00")
    (payment,) = xero.organisation.records["Payments"].values()
    payment["Status"] = "DELETED"
    (paid,) = session.payments(since=date(2026, 3, 1))
    assert (paid.document_id, paid.amount) == (sent.id, D(0))


def test_payments_of_bills_are_left_out(xero: XeroSide) -> None:
    session = xero.open()
    sent = session.send(xero.mapped(usual_entry()))
    xero.pay(sent.id, "10.00")
    (payment,) = xero.organisation.records["Payments"].values()
    payment["PaymentType"] = "ACCPAYPAYMENT"
    assert session.payments(since=date(2026, 3, 1)) == []


def test_which_limit_was_reached_is_told(xero: XeroSide) -> None:
    session = xero.open()
    xero.limit(0)
    error = trouble_of(session.test)
    assert (error.trouble, error.retry_after) == (Trouble.LATER, 30)
    assert "limit of: minute" in error.message


def test_an_organisation_that_was_closed_to_us_is_told(xero: XeroSide) -> None:
    session = xero.open()
    xero.organisation.tenant = "another"
    error = trouble_of(session.test)
    assert error.trouble is Trouble.SIGN_IN and "AuthenticationUnsuccessful" in error.message


def test_a_contact_with_our_key_is_taken_before_one_with_the_name(xero: XeroSide) -> None:
    ours = xero.organisation.add_contact("Baker, renamed", number="baker")
    xero.organisation.add_contact("Baker")
    made = xero.open().create_customer(Customer(key="baker", name="Baker"), key="c-1")
    assert made.id == ours


def test_an_archived_contact_does_not_stand_in_the_way(xero: XeroSide) -> None:
    old = xero.organisation.add_contact("Baker", number="baker")
    xero.organisation.records["Contacts"][old]["ContactStatus"] = "ARCHIVED"
    made = xero.open().create_customer(Customer(key="baker", name="Baker"), key="c-1")
    assert made.id != old


def test_only_what_can_be_used_is_offered(xero: XeroSide) -> None:
    organisation = xero.organisation
    organisation.add("Accounts", Name="Bank", Type="BANK", Status="ACTIVE")
    organisation.add("Accounts", Code="900", Name="Old", Type="REVENUE", Status="ARCHIVED")
    organisation.add_tax("INPUT", "On purchases", percent="19")
    organisation.records["TaxRates"]["INPUT"]["CanApplyToRevenue"] = False
    session = xero.open()
    assert [each.id for each in session.listing(Listing.ACCOUNTS)] == ["200"]
    assert [each.id for each in session.listing(Listing.TAX_CODES)] == ["VAT", "LOW", "ZERO"]


def test_short_pages_do_not_end_a_list(xero: XeroSide) -> None:
    xero.organisation.page_size = 2
    for number in range(4):
        xero.organisation.add_contact(f"Client {number}")
    assert len(xero.open().listing(Listing.CUSTOMERS)) == 5


def test_pages_that_name_no_end_are_read_until_one_is_empty(xero: XeroSide) -> None:
    def bare(request: Request, answer: Answer) -> Answer:
        assert isinstance(answer.body, dict)
        return Answer(body={"Contacts": answer.body["Contacts"]})

    xero.organisation.page_size = 2
    for number in range(4):
        xero.organisation.add_contact(f"Client {number}")
    session = xero.open()
    xero.fake.fault = bare
    assert len(session.listing(Listing.CUSTOMERS)) == 5


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("/Date(1772323200000+0000)/", date(2026, 3, 1)),
        ("/Date(1772323200000)/", date(2026, 3, 1)),
        ("/Date(-86400000+0000)/", date(1969, 12, 31)),
        ("2026-03-01T00:00:00", date(2026, 3, 1)),
        ("2026-03-01", date(2026, 3, 1)),
        ("/Date(99999999999999999)/", None),
        ("/Date(999999999999999)/", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_days_are_read_in_both_forms(text: str, day: date | None) -> None:
    assert day_of(text) == day
