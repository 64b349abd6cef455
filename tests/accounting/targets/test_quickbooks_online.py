"""What holds for QuickBooks Online alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
from tests.accounting.targets.examples import D, QuickBooksSide, entry, line, usual_entry

from icb.accounting.ports import (
    CREDIT_NOTE,
    Customer,
    Entry,
    Listing,
    TargetError,
    Tax,
    TaxPart,
    Trouble,
)
from icb.demo.vendors.quickbooks_online import FakeQuickBooks
from icb.demo.vendors.server import Answer, Request


@pytest.fixture
def american() -> Iterator[QuickBooksSide]:
    with FakeQuickBooks(country="US") as fake:
        yield QuickBooksSide(fake)


def trouble_of(call: Callable[[], object]) -> TargetError:
    with pytest.raises(TargetError) as caught:
        call()
    return caught.value


def test_the_sandbox_is_another_host(quickbooks: QuickBooksSide) -> None:
    quickbooks.settings["environment"] = "sandbox"
    session = quickbooks.open()
    sent = session.send(quickbooks.mapped(usual_entry()))
    hosts = {request.host for request in quickbooks.fake.requests}
    assert hosts == {"sandbox-quickbooks.api.intuit.com"}
    assert sent.address == "https://app.sandbox.qbo.intuit.com/app/invoice?txnId=145"


@pytest.mark.parametrize("environment", ["production", "https://evil.example", "live/../x"])
def test_another_environment_is_none(quickbooks: QuickBooksSide, environment: str) -> None:
    quickbooks.settings["environment"] = environment
    assert trouble_of(quickbooks.open).trouble is Trouble.REFUSED


@pytest.mark.parametrize("company", ["12/../../x", "12?x=1", "twelve", "٣"])
def test_a_company_is_digits(quickbooks: QuickBooksSide, company: str) -> None:
    quickbooks.settings["company_id"] = company
    assert trouble_of(quickbooks.open).trouble is Trouble.SIGN_IN


def test_the_record_says_what_it_has_to(quickbooks: QuickBooksSide) -> None:
    whole = quickbooks.mapped(replace(usual_entry(), reference="PO 7"))
    quickbooks.open().send(whole)
    kept = quickbooks.written()
    assert (kept["DocNumber"], kept["TxnDate"]) == ("INV-2026-0001", "2026-03-01")
    assert (kept["DueDate"], kept["CurrencyRef"]) == ("2026-03-31", {"value": "EUR"})
    assert kept["CustomerMemo"] == {"value": "PO 7"} and "t-0001" in kept["PrivateNote"]
    assert kept["GlobalTaxCalculation"] == "TaxExcluded"
    assert "BillEmail" not in kept and "EmailStatus" not in kept
    detail = kept["Line"][1]["SalesItemLineDetail"]
    assert (detail["Qty"], detail["UnitPrice"], kept["Line"][1]["Amount"]) == (
        D(3),
        D("33.33"),
        D("99.99"),
    )
    (share,) = kept["TxnTaxDetail"]["TaxLine"]
    assert (kept["TxnTaxDetail"]["TotalTax"], share["Amount"]) == (D("38.00"), D("38.00"))
    assert share["TaxLineDetail"]["NetAmountTaxable"] == D("199.99")


def test_an_american_document_has_one_code_and_lines_that_are_taxed_or_not(
    american: QuickBooksSide,
) -> None:
    lines = (
        line(1, "100.00", "19.00"),
        line(2, "50.00", "0.00", tax_code=""),
        line(3, "50.00", "0.00", tax_code="ZERO"),
    )
    taxes = (
        Tax("VAT", "VAT", D(19), D(100), D("19.00")),
        Tax("Zero", "ZERO", D(0), D(50), D(0)),
    )
    sent = american.open().send(american.mapped(entry(*lines, taxes=taxes)))
    kept = american.written()
    codes = [each["SalesItemLineDetail"]["TaxCodeRef"]["value"] for each in kept["Line"]]
    assert codes == ["TAX", "NON", "NON"]
    assert kept["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": american.codes["VAT"]}
    assert "GlobalTaxCalculation" not in kept and sent.tax == D("19.00")


def test_an_american_document_of_two_codes_is_refused(american: QuickBooksSide) -> None:
    lines = (line(1, "100.00", "19.00"), line(2, "50.00", "3.50", tax_code="LOW"))
    taxes = (
        Tax("VAT", "VAT", D(19), D(100), D("19.00")),
        Tax("Reduced", "LOW", D(7), D(50), D("3.50")),
    )
    whole = american.mapped(entry(*lines, taxes=taxes))
    error = trouble_of(lambda: american.open().send(whole))
    assert error.trouble is Trouble.REFUSED and "one code that holds all rates" in error.message


def test_a_code_of_several_rates_gets_its_tax_in_parts(quickbooks: QuickBooksSide) -> None:
    quickbooks.codes["VAT"] = quickbooks.company.add_tax("GST and QST", "5", "9.975")
    whole = quickbooks.mapped(entry(line(1, "0.37", "0.06"), percent="14.975"))
    assert quickbooks.open().send(whole).tax == D("0.06")
    parts = [each["Amount"] for each in quickbooks.written()["TxnTaxDetail"]["TaxLine"]]
    assert parts == [D("0.02"), D("0.04")]


def test_the_parts_of_a_compound_tax_go_to_their_own_rates(quickbooks: QuickBooksSide) -> None:
    # 9.975 % of 105.00 is 10.47: in the proportion of the percentages it would be 10.30.
    quickbooks.codes["VAT"] = quickbooks.company.add_tax("GST and QST", "5", "9.975")
    parts = (TaxPart(D(5), D(100), D("5.00")), TaxPart(D("9.975"), D(105), D("10.47")))
    tax = Tax("GST + QST", "VAT", D("14.975"), D(100), D("15.47"), parts=parts)
    whole = quickbooks.mapped(entry(line(1, "100.00", "15.47"), taxes=(tax,)))
    assert quickbooks.open().send(whole).tax == D("15.47")
    told = [
        (each["Amount"], each["TaxLineDetail"]["NetAmountTaxable"])
        for each in quickbooks.written()["TxnTaxDetail"]["TaxLine"]
    ]
    assert told == [(D("5.00"), D(100)), (D("10.47"), D(105))]


def test_two_of_our_taxes_that_are_one_there_are_told_once(quickbooks: QuickBooksSide) -> None:
    lines = (line(1, "100.00", "19.00"), line(2, "10.00", "1.90"))
    taxes = (
        Tax("VAT", "VAT", D(19), D(100), D("19.00")),
        Tax("VAT, old", "VAT", D(19), D(10), D("1.90")),
    )
    quickbooks.open().send(quickbooks.mapped(entry(*lines, taxes=taxes)))
    (share,) = quickbooks.written()["TxnTaxDetail"]["TaxLine"]
    assert share["Amount"] == D("20.90")


def test_a_rate_that_was_another_one_on_the_day_still_fits(quickbooks: QuickBooksSide) -> None:
    company = quickbooks.company
    code = company.records["TaxCode"][quickbooks.codes["VAT"]]
    id = code["SalesTaxRateList"]["TaxRateDetail"][0]["TaxRateRef"]["value"]
    company.records["TaxRate"][id]["EffectiveTaxRate"] = [
        {"RateValue": D(16)},
        {"RateValue": D(19)},
    ]
    whole = quickbooks.mapped(entry(line(1, "100.00", "16.00"), percent="16"))
    assert quickbooks.open().send(whole).tax == D("16.00")


def test_a_tax_that_is_mapped_to_another_rate_is_refused(quickbooks: QuickBooksSide) -> None:
    whole = quickbooks.mapped(entry(line(1, "100.00", "20.00"), percent="20"))
    error = trouble_of(lambda: quickbooks.open().send(whole))
    assert error.trouble is Trouble.REFUSED and "which has 19 % there" in error.message
    gone = replace(whole, lines=(replace(whole.lines[0], tax_code="99"),))
    assert "not in use" in trouble_of(lambda: quickbooks.open().send(gone)).message
    assert quickbooks.documents() == 0


def test_a_void_of_something_that_was_changed_meanwhile_goes_through(
    quickbooks: QuickBooksSide,
) -> None:
    session = quickbooks.open()
    sent = session.send(quickbooks.mapped(usual_entry()))
    changes: list[int] = []

    def change(request: Request, answer: Answer) -> Answer:
        if request.method == "GET" and not changes:
            changes.append(request.number)
            quickbooks.company.touch("Invoice", id="145")
        return answer

    quickbooks.fake.fault = change
    assert session.void(sent.id, key="v-1").is_void
    assert changes


def test_a_void_that_is_always_too_late_is_refused_in_words(quickbooks: QuickBooksSide) -> None:
    session = quickbooks.open()
    sent = session.send(quickbooks.mapped(usual_entry()))

    def change(request: Request, answer: Answer) -> Answer:
        if request.method == "GET":
            quickbooks.company.touch("Invoice", id="145")
        return answer

    quickbooks.fake.fault = change
    error = trouble_of(lambda: session.void(sent.id, key="v-1"))
    assert error.trouble is Trouble.REFUSED and "changed it there" in error.message


def test_an_invoice_and_a_credit_memo_of_one_id_are_made_void_apart(
    quickbooks: QuickBooksSide,
) -> None:
    session = quickbooks.open()
    invoice = session.send(quickbooks.mapped(usual_entry()))
    credit = entry(line(1, "-10.00", "-1.90"), kind=CREDIT_NOTE, key="t-2")
    credited = session.send(quickbooks.mapped(credit))
    assert invoice.id.partition(":")[2] == credited.id.partition(":")[2]
    session.void(invoice.id, key="v-1")
    session.void(credited.id, key="v-1")
    assert quickbooks.company.records["CreditMemo"] == {}


def test_payments_are_shared_out_without_what_credit_memos_cover(
    quickbooks: QuickBooksSide,
) -> None:
    company = quickbooks.company
    company.pay(
        ("Invoice", "145", "100.00"),
        ("Invoice", "146", "50.00"),
        ("CreditMemo", "147", "30.00"),
        total="120.00",
    )
    company.pay(("Invoice", "148", "30.00"), ("CreditMemo", "147", "30.00"), total="0")
    told = quickbooks.open().payments(since=date(2026, 3, 1))
    assert [each.id for each in told if not each.document_id] == ["200", "201"]
    paid = [each for each in told if each.document_id]
    assert [(each.id, each.amount) for each in paid] == [
        ("200:145", D("70.00")),
        ("200:146", D("50.00")),
        ("201:148", D(0)),
    ]
    assert sum(each.amount for each in paid) == D("120.00")


def test_a_payment_that_was_removed_is_told_as_a_whole(quickbooks: QuickBooksSide) -> None:
    company = quickbooks.company
    id = company.pay(("Invoice", "145", "100.00"), total="100.00")
    company.unpay(id)
    for since in (date(2026, 3, 1), date(2020, 1, 1)):
        (told,) = quickbooks.open().payments(since=since)
        assert (told.id, told.document_id, told.amount) == (id, "", D(0))


FAULTS = {
    "2500": (Trouble.REFUSED, "not in use any more"),
    "6000": (Trouble.REFUSED, "rule of the company"),
    "6070": (Trouble.REFUSED, "quantity times its price"),
    "6210": (Trouble.REFUSED, "books there are closed"),
    "5010": (Trouble.REFUSED, "changed it there"),
    "9999": (Trouble.REFUSED, "Because of that (code 9999"),
    "3200": (Trouble.SIGN_IN, "Connect it again"),
    "003200": (Trouble.SIGN_IN, "Connect it again"),
    "3001": (Trouble.LATER, "too many requests"),
    "10000": (Trouble.UNKNOWN, "failed on its own side"),
}


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_is_told_in_words(quickbooks: QuickBooksSide, code: str) -> None:
    session, whole = quickbooks.open(), quickbooks.mapped(usual_entry())

    def fault(request: Request, answer: Answer) -> Answer:
        error = {"Message": "No", "Detail": "Because of that", "code": code, "element": "Line"}
        refused = {"Fault": {"Error": [error], "type": "ValidationFault"}, "time": "t"}
        return Answer(status=400, body=refused) if request.method == "POST" else answer

    quickbooks.fake.fault = fault
    error = trouble_of(lambda: session.send(whole))
    trouble, words = FAULTS[code]
    assert error.trouble is trouble and words in error.message


def test_a_closed_period_is_told(quickbooks: QuickBooksSide) -> None:
    quickbooks.company.closed_until = "2026-03-31"
    whole = quickbooks.mapped(usual_entry())
    error = trouble_of(lambda: quickbooks.open().send(whole))
    assert error.trouble is Trouble.REFUSED and "closed" in error.message


def test_after_a_refusal_the_same_key_goes_through(quickbooks: QuickBooksSide) -> None:
    session, whole = quickbooks.open(), quickbooks.mapped(usual_entry())
    quickbooks.company.closed_until = "2026-03-31"
    trouble_of(lambda: session.send(whole))
    quickbooks.company.closed_until = ""
    assert session.send(whole).total == whole.total


def test_a_name_that_a_supplier_has_is_told(quickbooks: QuickBooksSide) -> None:
    quickbooks.company.add("Customer", DisplayName="Taken", Active=False)
    supplier = Customer(key="taken", name="Taken")
    quickbooks.company.records["Customer"]["59"]["DisplayName"] = "Taken"
    session = quickbooks.open()
    found = session.create_customer(supplier, key="c-1")
    assert found.id == "59"

    def nobody(request: Request, answer: Answer) -> Answer:
        return Answer(body={"QueryResponse": {}}) if request.method == "GET" else answer

    quickbooks.fake.fault = nobody
    error = trouble_of(lambda: session.create_customer(supplier, key="c-2"))
    assert error.trouble is Trouble.REFUSED and "supplier" in error.message


def test_a_key_that_is_too_long_still_stands_for_one_document(quickbooks: QuickBooksSide) -> None:
    session = quickbooks.open()
    long = "k" * 60
    first = replace(quickbooks.mapped(usual_entry()), key=f"{long}1")
    second = replace(first, key=f"{long}2", number="INV-2026-0002")
    assert session.send(first).id != session.send(second).id
    assert session.send(first).number == first.number


def test_two_documents_of_one_number_are_told_but_ours_is_known(quickbooks: QuickBooksSide) -> None:
    session, whole = quickbooks.open(), quickbooks.mapped(usual_entry())

    def stranger() -> str:
        return quickbooks.company.add("Invoice", DocNumber=whole.number, TotalAmt=D(1))

    stranger(), stranger()
    quickbooks.company.records["Invoice"]["145"]["PrivateNote"] = "ICB t-00010"
    assert "2 documents" in trouble_of(lambda: session.find(whole)).message
    ours = quickbooks.company.add(
        "Invoice", DocNumber=whole.number, TotalAmt=whole.total, PrivateNote="ICB t-0001"
    )
    found = session.find(whole)
    assert found is not None and found.id == f"invoice:{ours}"


def test_items_that_only_group_are_not_offered(quickbooks: QuickBooksSide) -> None:
    quickbooks.company.add_item("Everything", kind="Category")
    quickbooks.company.add("Item", Name="Old", Active=False, Type="Service")
    names = [each.name for each in quickbooks.open().listing(Listing.ITEMS)]
    assert names == ["Seat"]


def test_a_total_below_zero_is_refused(quickbooks: QuickBooksSide) -> None:
    whole: Entry = quickbooks.mapped(entry(line(1, "-10.00", "-1.90")))
    assert trouble_of(lambda: quickbooks.open().send(whole)).trouble is Trouble.REFUSED
