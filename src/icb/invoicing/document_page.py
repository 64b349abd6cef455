"""The page of an invoice or a credit note: every text of it, in its language, ready to be drawn.

Pure: from the frozen data alone, in which the design stands as well.
"""

from __future__ import annotations

from decimal import Decimal

from icb.invoicing.design import Design, design_of
from icb.invoicing.document_annexes import change_list, unit_list
from icb.invoicing.document_rows import line_table
from icb.invoicing.page_parts import Page, day_of, facts, iban_text, shared_page
from icb.invoicing.payment_code import payment_code
from icb.invoicing.wording import Wording, wording


def document_page(data: Page) -> Page:
    """All that the template draws of a document's frozen data."""
    said, design = wording(data["language"]), design_of(data["design"])
    return shared_page(data, design=design, said=said) | {
        "title": said.say(data["kind"]),
        "date": data["issued_on"],
        "to_label": said.say("bill_to" if data["kind"] == "invoice" else "credit_to"),
        "facts": _facts(data, said),
        "reason": [said.say("reason"), data["reason"]] if data["reason"] else [],
        "table": line_table(data, design=design),
        "totals": _totals(data, design, said),
        "total": [_total_label(data, said), said.number(data["total"])],
        "included": _included(data, design, said),
        "notes": _notes(data),
        "payment": _payment(data, design, said),
        "annexes": _annexes(data, design, said),
    }


def _facts(data: Page, said: Wording) -> list[list[str]]:
    is_invoice = data["kind"] == "invoice"
    credited = data["credited"]
    if credited and data["credited_on"]:
        credited += f" ({said.day(day_of(data['credited_on']))})"
    return facts(
        [
            (said.say("date"), said.long_day(day_of(data["issued_on"]))),
            (said.say("number"), data["number"]),
            (said.say("due_on"), said.long_day(day_of(data["due_on"])) if is_invoice else ""),
            (said.say("currency"), data["currency"]),
            (said.say("credits_invoice"), credited),
            (said.say("buyer_reference"), data["buyer_reference"]),
            (said.say("purchase_order"), data["purchase_order"]),
        ]
    )


def _total_label(data: Page, said: Wording) -> str:
    return f"{said.say('total')} {data['currency']}"


def _totals(data: Page, design: Design, said: Wording) -> list[list[str]]:
    """What leads to the total; nothing where the amounts hold the tax already."""
    if design.is_inclusive:
        return []
    taxes = [[_tax_label("tax_on", tax, said), said.number(tax["tax"])] for tax in data["taxes"]]
    return [[said.say("total_net"), said.number(data["net"])], *taxes]


def _included(data: Page, design: Design, said: Wording) -> list[list[str]]:
    """What the total holds, where the amounts hold the tax."""
    if not design.is_inclusive or not data["taxes"]:
        return []
    taxes = [[_tax_label("tax_in", tax, said), said.number(tax["tax"])] for tax in data["taxes"]]
    return [*taxes, [said.say("total_net"), said.number(data["net"])]]


def _tax_label(key: str, tax: Page, said: Wording) -> str:
    percent = f"{said.number(tax['percent'])} %"
    name = tax["name"] or said.say("tax")
    called = name if percent.replace(" ", "") in name.replace(" ", "") else f"{name} {percent}"
    return said.say(key, net=said.number(tax["net"]), tax=called)


def _notes(data: Page) -> list[str]:
    """Why no tax is charged, each reason once."""
    return list({tax["reason"]: None for tax in data["taxes"] if tax["reason"]})


def _payment(data: Page, design: Design, said: Wording) -> Page | None:
    if data["kind"] != "invoice" or Decimal(data["total"]) <= 0:
        return None
    sender = data["provider"]
    until = said.say("pay_until", day=said.long_day(day_of(data["due_on"])))
    own = design.text("payment", language=data["language"])
    texts = [*data["payment_terms"].splitlines(), until, *own.splitlines()]
    account = facts(
        [
            (said.say("account_holder"), sender["account_holder"]),
            ("IBAN", iban_text(sender["iban"])),
            ("BIC", sender["bic"]),
            (said.say("bank"), sender["bank_name"]),
            (said.say("reference"), data["number"]),
        ]
    )
    code = payment_code(data) if design.has_payment_code else ""
    return {
        "label": said.say("payment"),
        "texts": [text for text in texts if text.strip()],
        "account": account if sender["iban"] else [],
        "code": code,
        "code_label": said.say("scan_to_pay"),
    }


def _annexes(data: Page, design: Design, said: Wording) -> list[Page]:
    annexes = []
    if design.has_unit_list:
        annexes.append(unit_list(data, said=said))
    if design.has_changes and data["changes"]:
        annexes.append(change_list(data, said=said))
    return [annex for annex in annexes if annex["note"] or annex["table"]["groups"][0]["rows"]]
