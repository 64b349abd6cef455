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
    context = to.add(to.root, tag="rsm:ExchangedDocumentContext")
    guideline = to.add(context, tag="ram:GuidelineSpecifiedDocumentContextParameter")
    to.text(guideline, tag="ram:ID", value=GUIDELINE)
    heading = to.add(to.root, tag="rsm:ExchangedDocument")
    to.text(heading, tag="ram:ID", value=invoice.number)
    to.text(heading, tag="ram:TypeCode", value=invoice.type_code)
    _day(to, to.add(heading, tag="ram:IssueDateTime"), invoice.issued_on)
    if invoice.note:
        to.text(to.add(heading, tag="ram:IncludedNote"), tag="ram:Content", value=invoice.note)
    trade = to.add(to.root, tag="rsm:SupplyChainTradeTransaction")
    for line in invoice.lines:
        _line(to, to.add(trade, tag="ram:IncludedSupplyChainTradeLineItem"), line)
    _agreement(to, to.add(trade, tag="ram:ApplicableHeaderTradeAgreement"), invoice)
    delivery = to.add(trade, tag="ram:ApplicableHeaderTradeDelivery")
    if invoice.deliver_to:
        address = to.add(to.add(delivery, tag="ram:ShipToTradeParty"), tag="ram:PostalTradeAddress")
        to.text(address, tag="ram:CountryID", value=invoice.deliver_to)
    _settlement(to, to.add(trade, tag="ram:ApplicableHeaderTradeSettlement"), invoice)
    return to.content()


def _day(to: Writer, parent: _Element, day: date, kind: str = "udt") -> None:
    to.text(parent, tag=f"{kind}:DateTimeString", value=f"{day:%Y%m%d}", format=_DAY_FORMAT)


def _line(to: Writer, row: _Element, line: Line) -> None:
    to.text(
        to.add(row, tag="ram:AssociatedDocumentLineDocument"),
        tag="ram:LineID",
        value=str(line.position),
    )
    product = to.add(row, tag="ram:SpecifiedTradeProduct")
    to.text(product, tag="ram:SellerAssignedID", value=line.seller_item)
    to.text(product, tag="ram:Name", value=line.name)
    to.text(product, tag="ram:Description", value=line.description)
    agreement = to.add(row, tag="ram:SpecifiedLineTradeAgreement")
    price = to.add(agreement, tag="ram:NetPriceProductTradePrice")
    to.text(price, tag="ram:ChargeAmount", value=price_text(line.price, currency=to.currency))
    if line.base_quantity != 1:
        to.text(price, tag="ram:BasisQuantity", value=str(line.base_quantity), unitCode=line.unit)
    delivery = to.add(row, tag="ram:SpecifiedLineTradeDelivery")
    to.text(
        delivery, tag="ram:BilledQuantity", value=format_micro(line.quantity), unitCode=line.unit
    )
    settlement = to.add(row, tag="ram:SpecifiedLineTradeSettlement")
    tax = to.add(settlement, tag="ram:ApplicableTradeTax")
    to.text(tax, tag="ram:TypeCode", value="VAT")
    to.text(tax, tag="ram:CategoryCode", value=line.category)
    _percent(to, tax, line)
    _period(to, settlement, line.period)
    sums = to.add(settlement, tag="ram:SpecifiedTradeSettlementLineMonetarySummation")
    to.amount(sums, tag="ram:LineTotalAmount", value=line.net)


def _percent(to: Writer, tax: _Element, stated: Line | TaxGroup) -> None:
    if stated.category != Category.NOT_SUBJECT:
        to.text(tax, tag="ram:RateApplicablePercent", value=format_micro(stated.percent))


def _period(to: Writer, parent: _Element, period: Period | None) -> None:
    if period:
        dates = to.add(parent, tag="ram:BillingSpecifiedPeriod")
        _day(to, to.add(dates, tag="ram:StartDateTime"), period.first)
        _day(to, to.add(dates, tag="ram:EndDateTime"), period.last)


def _agreement(to: Writer, agreement: _Element, invoice: ElectronicInvoice) -> None:
    to.text(agreement, tag="ram:BuyerReference", value=invoice.buyer_reference)
    _party(to, to.add(agreement, tag="ram:SellerTradeParty"), invoice.seller)
    _party(to, to.add(agreement, tag="ram:BuyerTradeParty"), invoice.buyer)
    if invoice.purchase_order:
        order = to.add(agreement, tag="ram:BuyerOrderReferencedDocument")
        to.text(order, tag="ram:IssuerAssignedID", value=invoice.purchase_order)


def _party(to: Writer, parent: _Element, party: Party) -> None:
    to.text(parent, tag="ram:ID", value=party.identifier)
    to.text(parent, tag="ram:Name", value=party.name)
    if party.phone or party.email:
        contact = to.add(parent, tag="ram:DefinedTradeContact")
        to.text(contact, tag="ram:PersonName", value=party.name)
        if party.phone:
            phone = to.add(contact, tag="ram:TelephoneUniversalCommunication")
            to.text(phone, tag="ram:CompleteNumber", value=party.phone)
        if party.email:
            mail = to.add(contact, tag="ram:EmailURIUniversalCommunication")
            to.text(mail, tag="ram:URIID", value=party.email)
    address = to.add(parent, tag="ram:PostalTradeAddress")
    to.text(address, tag="ram:PostcodeCode", value=party.postal_code)
    for tag, line in zip(("LineOne", "LineTwo", "LineThree"), party.address, strict=False):
        to.text(address, tag=f"ram:{tag}", value=line)
    to.text(address, tag="ram:CityName", value=party.city)
    to.text(address, tag="ram:CountryID", value=party.country)
    to.text(address, tag="ram:CountrySubDivisionName", value=party.region)
    if party.endpoint:
        endpoint = to.add(parent, tag="ram:URIUniversalCommunication")
        to.text(endpoint, tag="ram:URIID", value=party.endpoint, schemeID=party.endpoint_scheme)
    for number, scheme in ((party.vat_id, "VA"), (party.tax_registration, "FC")):
        if number:
            tax = to.add(parent, tag="ram:SpecifiedTaxRegistration")
            to.text(tax, tag="ram:ID", value=number, schemeID=scheme)


def _settlement(to: Writer, settlement: _Element, invoice: ElectronicInvoice) -> None:
    payment = invoice.payment
    if payment:
        to.text(settlement, tag="ram:PaymentReference", value=payment.reference)
    to.text(settlement, tag="ram:InvoiceCurrencyCode", value=invoice.currency)
    if payment:
        _payment(to, to.add(settlement, tag="ram:SpecifiedTradeSettlementPaymentMeans"), payment)
    for group in invoice.taxes:
        _tax(to, to.add(settlement, tag="ram:ApplicableTradeTax"), group)
    _period(to, settlement, invoice.period)
    terms = to.add(settlement, tag="ram:SpecifiedTradePaymentTerms")
    to.text(terms, tag="ram:Description", value=invoice.payment_terms)
    _day(to, to.add(terms, tag="ram:DueDateDateTime"), invoice.due_on)
    _totals(
        to, to.add(settlement, tag="ram:SpecifiedTradeSettlementHeaderMonetarySummation"), invoice
    )
    if invoice.credited:
        before = to.add(settlement, tag="ram:InvoiceReferencedDocument")
        to.text(before, tag="ram:IssuerAssignedID", value=invoice.credited)
        if invoice.credited_on:
            _day(to, to.add(before, tag="ram:FormattedIssueDateTime"), invoice.credited_on, "qdt")


def _payment(to: Writer, means: _Element, payment: Payment) -> None:
    to.text(means, tag="ram:TypeCode", value=payment.means)
    account = to.add(means, tag="ram:PayeePartyCreditorFinancialAccount")
    to.text(account, tag="ram:IBANID", value=payment.iban)
    to.text(account, tag="ram:AccountName", value=payment.holder)
    if payment.bic:
        bank = to.add(means, tag="ram:PayeeSpecifiedCreditorFinancialInstitution")
        to.text(bank, tag="ram:BICID", value=payment.bic)


def _tax(to: Writer, tax: _Element, group: TaxGroup) -> None:
    to.amount(tax, tag="ram:CalculatedAmount", value=group.tax)
    to.text(tax, tag="ram:TypeCode", value="VAT")
    to.text(tax, tag="ram:ExemptionReason", value=group.reason)
    to.amount(tax, tag="ram:BasisAmount", value=group.net)
    to.text(tax, tag="ram:CategoryCode", value=group.category)
    to.text(tax, tag="ram:ExemptionReasonCode", value=group.reason_code)
    _percent(to, tax, group)


def _totals(to: Writer, totals: _Element, invoice: ElectronicInvoice) -> None:
    to.amount(totals, tag="ram:LineTotalAmount", value=sum(line.net for line in invoice.lines))
    to.amount(totals, tag="ram:TaxBasisTotalAmount", value=invoice.net)
    to.amount(totals, tag="ram:TaxTotalAmount", value=invoice.tax, currencyID=invoice.currency)
    to.amount(totals, tag="ram:GrandTotalAmount", value=invoice.total)
    to.amount(totals, tag="ram:DuePayableAmount", value=invoice.total)
