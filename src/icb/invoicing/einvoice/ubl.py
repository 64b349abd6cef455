"""EN 16931 terms as UBL 2.1, with the identifiers of Peppol BIS Billing 3.

The order of elements is that of the UBL schemas; CreditNote differs from Invoice in the names of
four elements and in having no due date of its own.
"""

from __future__ import annotations

from lxml.etree import _Element

from icb.invoicing.einvoice.terms import (
    Category,
    ElectronicInvoice,
    Line,
    Party,
    Period,
    TaxGroup,
)
from icb.invoicing.einvoice.xml_writing import Writer, price_text
from icb.kernel.quantity import format_micro

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd"


def ubl(invoice: ElectronicInvoice) -> bytes:
    """The invoice or credit note as a UBL file."""
    name = "CreditNote" if invoice.is_credit_note else "Invoice"
    namespaces: dict[str, str] = {
        "": f"{_UBL}:{name}-2",
        "cac": f"{_UBL}:CommonAggregateComponents-2",
        "cbc": f"{_UBL}:CommonBasicComponents-2",
    }
    to = Writer(name, namespaces=namespaces, currency=invoice.currency)
    _heading(to, invoice, name)
    _references(to, invoice)
    seller = to.add(to.root, tag="cac:AccountingSupplierParty")
    _party(to, to.add(seller, tag="cac:Party"), invoice.seller)
    buyer = to.add(to.root, tag="cac:AccountingCustomerParty")
    _party(to, to.add(buyer, tag="cac:Party"), invoice.buyer)
    if invoice.deliver_to:
        delivery = to.add(to.root, tag="cac:Delivery")
        address = to.add(to.add(delivery, tag="cac:DeliveryLocation"), tag="cac:Address")
        to.text(
            to.add(address, tag="cac:Country"),
            tag="cbc:IdentificationCode",
            value=invoice.deliver_to,
        )
    _payment(to, invoice)
    _taxes(to, invoice)
    _totals(to, invoice)
    for line in invoice.lines:
        _line(to, line, name)
    return to.content()


def _heading(to: Writer, invoice: ElectronicInvoice, name: str) -> None:
    root = to.root
    to.text(root, tag="cbc:CustomizationID", value=CUSTOMIZATION)
    to.text(root, tag="cbc:ProfileID", value=PROFILE)
    to.text(root, tag="cbc:ID", value=invoice.number)
    to.text(root, tag="cbc:IssueDate", value=invoice.issued_on.isoformat())
    if not invoice.is_credit_note:
        to.text(root, tag="cbc:DueDate", value=invoice.due_on.isoformat())
    to.text(root, tag=f"cbc:{name}TypeCode", value=invoice.type_code)
    to.text(root, tag="cbc:Note", value=invoice.note)
    to.text(root, tag="cbc:DocumentCurrencyCode", value=invoice.currency)
    to.text(root, tag="cbc:BuyerReference", value=invoice.buyer_reference)


def _references(to: Writer, invoice: ElectronicInvoice) -> None:
    _period(to, to.root, invoice.period)
    if invoice.purchase_order:
        to.text(
            to.add(to.root, tag="cac:OrderReference"), tag="cbc:ID", value=invoice.purchase_order
        )
    if invoice.credited:
        before = to.add(to.root, tag="cac:BillingReference")
        credited = to.add(before, tag="cac:InvoiceDocumentReference")
        to.text(credited, tag="cbc:ID", value=invoice.credited)
        if invoice.credited_on:
            to.text(credited, tag="cbc:IssueDate", value=invoice.credited_on.isoformat())


def _period(to: Writer, parent: _Element, period: Period | None) -> None:
    if period:
        dates = to.add(parent, tag="cac:InvoicePeriod")
        to.text(dates, tag="cbc:StartDate", value=period.first.isoformat())
        to.text(dates, tag="cbc:EndDate", value=period.last.isoformat())


def _party(to: Writer, parent: _Element, party: Party) -> None:
    to.text(parent, tag="cbc:EndpointID", value=party.endpoint, schemeID=party.endpoint_scheme)
    if party.identifier:
        to.text(to.add(parent, tag="cac:PartyIdentification"), tag="cbc:ID", value=party.identifier)
    if party.name:
        to.text(to.add(parent, tag="cac:PartyName"), tag="cbc:Name", value=party.name)
    _address(to, to.add(parent, tag="cac:PostalAddress"), party)
    for number, scheme in ((party.vat_id, "VAT"), (party.tax_registration, "TAX")):
        if number:
            tax = to.add(parent, tag="cac:PartyTaxScheme")
            to.text(tax, tag="cbc:CompanyID", value=number)
            to.text(to.add(tax, tag="cac:TaxScheme"), tag="cbc:ID", value=scheme)
    to.text(
        to.add(parent, tag="cac:PartyLegalEntity"), tag="cbc:RegistrationName", value=party.name
    )
    if party.phone or party.email:
        contact = to.add(parent, tag="cac:Contact")
        to.text(contact, tag="cbc:Name", value=party.name)
        to.text(contact, tag="cbc:Telephone", value=party.phone)
        to.text(contact, tag="cbc:ElectronicMail", value=party.email)


def _address(to: Writer, address: _Element, party: Party) -> None:
    lines = (*party.address, "", "", "")
    to.text(address, tag="cbc:StreetName", value=lines[0])
    to.text(address, tag="cbc:AdditionalStreetName", value=lines[1])
    to.text(address, tag="cbc:CityName", value=party.city)
    to.text(address, tag="cbc:PostalZone", value=party.postal_code)
    to.text(address, tag="cbc:CountrySubentity", value=party.region)
    if lines[2]:
        to.text(to.add(address, tag="cac:AddressLine"), tag="cbc:Line", value=lines[2])
    if party.country:
        to.text(
            to.add(address, tag="cac:Country"), tag="cbc:IdentificationCode", value=party.country
        )


def _payment(to: Writer, invoice: ElectronicInvoice) -> None:
    payment = invoice.payment
    if payment:
        means = to.add(to.root, tag="cac:PaymentMeans")
        to.text(means, tag="cbc:PaymentMeansCode", value=payment.means)
        to.text(means, tag="cbc:PaymentID", value=payment.reference)
        account = to.add(means, tag="cac:PayeeFinancialAccount")
        to.text(account, tag="cbc:ID", value=payment.iban)
        to.text(account, tag="cbc:Name", value=payment.holder)
        if payment.bic:
            to.text(
                to.add(account, tag="cac:FinancialInstitutionBranch"),
                tag="cbc:ID",
                value=payment.bic,
            )
    if invoice.payment_terms:
        to.text(
            to.add(to.root, tag="cac:PaymentTerms"), tag="cbc:Note", value=invoice.payment_terms
        )


def _taxes(to: Writer, invoice: ElectronicInvoice) -> None:
    total = to.add(to.root, tag="cac:TaxTotal")
    to.amount(total, tag="cbc:TaxAmount", value=invoice.tax, currencyID=invoice.currency)
    for group in invoice.taxes:
        part = to.add(total, tag="cac:TaxSubtotal")
        to.amount(part, tag="cbc:TaxableAmount", value=group.net, currencyID=invoice.currency)
        to.amount(part, tag="cbc:TaxAmount", value=group.tax, currencyID=invoice.currency)
        _category(to, to.add(part, tag="cac:TaxCategory"), group)


def _category(to: Writer, category: _Element, stated: TaxGroup | Line) -> None:
    to.text(category, tag="cbc:ID", value=stated.category)
    if stated.category != Category.NOT_SUBJECT:
        to.text(category, tag="cbc:Percent", value=format_micro(stated.percent))
    if isinstance(stated, TaxGroup):
        to.text(category, tag="cbc:TaxExemptionReasonCode", value=stated.reason_code)
        to.text(category, tag="cbc:TaxExemptionReason", value=stated.reason)
    to.text(to.add(category, tag="cac:TaxScheme"), tag="cbc:ID", value="VAT")


def _totals(to: Writer, invoice: ElectronicInvoice) -> None:
    totals = to.add(to.root, tag="cac:LegalMonetaryTotal")
    for tag, amount in (
        ("cbc:LineExtensionAmount", sum(line.net for line in invoice.lines)),
        ("cbc:TaxExclusiveAmount", invoice.net),
        ("cbc:TaxInclusiveAmount", invoice.total),
        ("cbc:PayableAmount", invoice.total),
    ):
        to.amount(totals, tag=tag, value=amount, currencyID=invoice.currency)


def _line(to: Writer, line: Line, name: str) -> None:
    row = to.add(to.root, tag=f"cac:{name}Line")
    to.text(row, tag="cbc:ID", value=str(line.position))
    quantity = "CreditedQuantity" if name == "CreditNote" else "InvoicedQuantity"
    to.text(row, tag=f"cbc:{quantity}", value=format_micro(line.quantity), unitCode=line.unit)
    to.amount(row, tag="cbc:LineExtensionAmount", value=line.net, currencyID=to.currency)
    _period(to, row, line.period)
    item = to.add(row, tag="cac:Item")
    to.text(item, tag="cbc:Description", value=line.description)
    to.text(item, tag="cbc:Name", value=line.name)
    if line.seller_item:
        to.text(
            to.add(item, tag="cac:SellersItemIdentification"), tag="cbc:ID", value=line.seller_item
        )
    _category(to, to.add(item, tag="cac:ClassifiedTaxCategory"), line)
    price = to.add(row, tag="cac:Price")
    to.text(
        price,
        tag="cbc:PriceAmount",
        value=price_text(line.price, currency=to.currency),
        currencyID=to.currency,
    )
    if line.base_quantity != 1:
        to.text(price, tag="cbc:BaseQuantity", value=str(line.base_quantity), unitCode=line.unit)
