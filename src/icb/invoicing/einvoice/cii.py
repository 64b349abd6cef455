"""EN 16931 terms as a Cross Industry Invoice, the syntax that Factur-X carries inside a PDF.

The order of elements is that of the Factur-X schema of profile EN 16931.
"""

from __future__ import annotations

from datetime import date

from lxml.etree import _Element

from icb.invoicing.einvoice.terms import (
    Category,
    ElectronicInvoice,
    Line,
    Party,
    Payment,
    Period,
    TaxGroup,
)
from icb.invoicing.einvoice.xml_writing import Writer, price_text
from icb.kernel.quantity import format_micro

GUIDELINE = "urn:cen.eu:en16931:2017"
_STANDARD = "urn:un:unece:uncefact:data:standard"
_NAMESPACES: dict[str, str] = {
    "rsm": f"{_STANDARD}:CrossIndustryInvoice:100",
    "ram": f"{_STANDARD}:ReusableAggregateBusinessInformationEntity:100",
    "qdt": f"{_STANDARD}:QualifiedDataType:100",
    "udt": f"{_STANDARD}:UnqualifiedDataType:100",
}
_DAY_FORMAT = "102"  # YYYYMMDD


def cii(invoice: ElectronicInvoice) -> bytes:
    """The invoice or credit note as a CII file."""
    to = Writer("rsm:CrossIndustryInvoice", namespaces=_NAMESPACES, currency=invoice.currency)
    context = to.add(to.root, "rsm:ExchangedDocumentContext")
    guideline = to.add(context, "ram:GuidelineSpecifiedDocumentContextParameter")
    to.text(guideline, "ram:ID", GUIDELINE)
    heading = to.add(to.root, "rsm:ExchangedDocument")
    to.text(heading, "ram:ID", invoice.number)
    to.text(heading, "ram:TypeCode", invoice.type_code)
    _day(to, to.add(heading, "ram:IssueDateTime"), invoice.issued_on)
    if invoice.note:
        to.text(to.add(heading, "ram:IncludedNote"), "ram:Content", invoice.note)
    trade = to.add(to.root, "rsm:SupplyChainTradeTransaction")
    for line in invoice.lines:
        _line(to, to.add(trade, "ram:IncludedSupplyChainTradeLineItem"), line)
    _agreement(to, to.add(trade, "ram:ApplicableHeaderTradeAgreement"), invoice)
    delivery = to.add(trade, "ram:ApplicableHeaderTradeDelivery")
    if invoice.deliver_to:
        address = to.add(to.add(delivery, "ram:ShipToTradeParty"), "ram:PostalTradeAddress")
        to.text(address, "ram:CountryID", invoice.deliver_to)
    _settlement(to, to.add(trade, "ram:ApplicableHeaderTradeSettlement"), invoice)
    return to.content()


def _day(to: Writer, parent: _Element, day: date, kind: str = "udt") -> None:
    to.text(parent, f"{kind}:DateTimeString", f"{day:%Y%m%d}", format=_DAY_FORMAT)


def _line(to: Writer, row: _Element, line: Line) -> None:
    to.text(to.add(row, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(line.position))
    product = to.add(row, "ram:SpecifiedTradeProduct")
    to.text(product, "ram:SellerAssignedID", line.seller_item)
    to.text(product, "ram:Name", line.name)
    to.text(product, "ram:Description", line.description)
    agreement = to.add(row, "ram:SpecifiedLineTradeAgreement")
    price = to.add(agreement, "ram:NetPriceProductTradePrice")
    to.text(price, "ram:ChargeAmount", price_text(line.price, currency=to.currency))
    if line.base_quantity != 1:
        to.text(price, "ram:BasisQuantity", str(line.base_quantity), unitCode=line.unit)
    delivery = to.add(row, "ram:SpecifiedLineTradeDelivery")
    to.text(delivery, "ram:BilledQuantity", format_micro(line.quantity), unitCode=line.unit)
    settlement = to.add(row, "ram:SpecifiedLineTradeSettlement")
    tax = to.add(settlement, "ram:ApplicableTradeTax")
    to.text(tax, "ram:TypeCode", "VAT")
    to.text(tax, "ram:CategoryCode", line.category)
    _percent(to, tax, line)
    _period(to, settlement, line.period)
    sums = to.add(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    to.amount(sums, "ram:LineTotalAmount", line.net)


def _percent(to: Writer, tax: _Element, stated: Line | TaxGroup) -> None:
    if stated.category != Category.NOT_SUBJECT:
        to.text(tax, "ram:RateApplicablePercent", format_micro(stated.percent))


def _period(to: Writer, parent: _Element, period: Period | None) -> None:
    if period:
        dates = to.add(parent, "ram:BillingSpecifiedPeriod")
        _day(to, to.add(dates, "ram:StartDateTime"), period.first)
        _day(to, to.add(dates, "ram:EndDateTime"), period.last)


def _agreement(to: Writer, agreement: _Element, invoice: ElectronicInvoice) -> None:
    to.text(agreement, "ram:BuyerReference", invoice.buyer_reference)
    _party(to, to.add(agreement, "ram:SellerTradeParty"), invoice.seller)
    _party(to, to.add(agreement, "ram:BuyerTradeParty"), invoice.buyer)
    if invoice.purchase_order:
        order = to.add(agreement, "ram:BuyerOrderReferencedDocument")
        to.text(order, "ram:IssuerAssignedID", invoice.purchase_order)


def _party(to: Writer, parent: _Element, party: Party) -> None:
    to.text(parent, "ram:ID", party.identifier)
    to.text(parent, "ram:Name", party.name)
    if party.phone or party.email:
        contact = to.add(parent, "ram:DefinedTradeContact")
        to.text(contact, "ram:PersonName", party.name)
        if party.phone:
            phone = to.add(contact, "ram:TelephoneUniversalCommunication")
            to.text(phone, "ram:CompleteNumber", party.phone)
        if party.email:
            mail = to.add(contact, "ram:EmailURIUniversalCommunication")
            to.text(mail, "ram:URIID", party.email)
    address = to.add(parent, "ram:PostalTradeAddress")
    to.text(address, "ram:PostcodeCode", party.postal_code)
    for tag, line in zip(("LineOne", "LineTwo", "LineThree"), party.address, strict=False):
        to.text(address, f"ram:{tag}", line)
    to.text(address, "ram:CityName", party.city)
    to.text(address, "ram:CountryID", party.country)
    to.text(address, "ram:CountrySubDivisionName", party.region)
    if party.endpoint:
        endpoint = to.add(parent, "ram:URIUniversalCommunication")
        to.text(endpoint, "ram:URIID", party.endpoint, schemeID=party.endpoint_scheme)
    for number, scheme in ((party.vat_id, "VA"), (party.tax_registration, "FC")):
        if number:
            tax = to.add(parent, "ram:SpecifiedTaxRegistration")
            to.text(tax, "ram:ID", number, schemeID=scheme)


def _settlement(to: Writer, settlement: _Element, invoice: ElectronicInvoice) -> None:
    payment = invoice.payment
    if payment:
        to.text(settlement, "ram:PaymentReference", payment.reference)
    to.text(settlement, "ram:InvoiceCurrencyCode", invoice.currency)
    if payment:
        _payment(to, to.add(settlement, "ram:SpecifiedTradeSettlementPaymentMeans"), payment)
    for group in invoice.taxes:
        _tax(to, to.add(settlement, "ram:ApplicableTradeTax"), group)
    _period(to, settlement, invoice.period)
    terms = to.add(settlement, "ram:SpecifiedTradePaymentTerms")
    to.text(terms, "ram:Description", invoice.payment_terms)
    _day(to, to.add(terms, "ram:DueDateDateTime"), invoice.due_on)
    _totals(to, to.add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation"), invoice)
    if invoice.credited:
        before = to.add(settlement, "ram:InvoiceReferencedDocument")
        to.text(before, "ram:IssuerAssignedID", invoice.credited)
        if invoice.credited_on:
            _day(to, to.add(before, "ram:FormattedIssueDateTime"), invoice.credited_on, "qdt")


def _payment(to: Writer, means: _Element, payment: Payment) -> None:
    to.text(means, "ram:TypeCode", payment.means)
    account = to.add(means, "ram:PayeePartyCreditorFinancialAccount")
    to.text(account, "ram:IBANID", payment.iban)
    to.text(account, "ram:AccountName", payment.holder)
    if payment.bic:
        bank = to.add(means, "ram:PayeeSpecifiedCreditorFinancialInstitution")
        to.text(bank, "ram:BICID", payment.bic)


def _tax(to: Writer, tax: _Element, group: TaxGroup) -> None:
    to.amount(tax, "ram:CalculatedAmount", group.tax)
    to.text(tax, "ram:TypeCode", "VAT")
    to.text(tax, "ram:ExemptionReason", group.reason)
    to.amount(tax, "ram:BasisAmount", group.net)
    to.text(tax, "ram:CategoryCode", group.category)
    to.text(tax, "ram:ExemptionReasonCode", group.reason_code)
    _percent(to, tax, group)


def _totals(to: Writer, totals: _Element, invoice: ElectronicInvoice) -> None:
    to.amount(totals, "ram:LineTotalAmount", sum(line.net for line in invoice.lines))
    to.amount(totals, "ram:TaxBasisTotalAmount", invoice.net)
    to.amount(totals, "ram:TaxTotalAmount", invoice.tax, currencyID=invoice.currency)
    to.amount(totals, "ram:GrandTotalAmount", invoice.total)
    to.amount(totals, "ram:DuePayableAmount", invoice.total)
