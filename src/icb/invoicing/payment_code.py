"""The code that a banking app scans to pay an invoice (EPC069-12, "GiroCode"). Pure."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from segno.helpers import make_epc_qr
from stdnum import bic, iban

from icb.invoicing.drawable import drawable

_LONGEST_NAME: Final = 70
_LONGEST_TEXT: Final = 140
_MOST: Final = Decimal("999999999.99")


def payment_code(data: dict[str, Any]) -> str:
    """The code of an invoice's frozen data as SVG; blank where there is none.

    There is one for euros that are owed, to an account with an IBAN.
    """
    sender, total = data["provider"], Decimal(data["total"])
    if data["kind"] != "invoice" or data["currency"] != "EUR" or not 0 < total <= _MOST:
        return ""
    holder = _line(sender["account_holder"] or sender["name"])[:_LONGEST_NAME].strip()
    if not holder or not iban.is_valid(sender["iban"]):
        return ""
    code = make_epc_qr(
        name=holder,
        iban=sender["iban"],
        amount=total,
        text=_line(data["number"])[:_LONGEST_TEXT],
        bic=sender["bic"] if bic.is_valid(sender["bic"]) else None,
        encoding="utf-8",
    )
    drawn = BytesIO()
    code.save(drawn, kind="svg", xmldecl=False, border=0, unit="mm", scale=1)
    return drawn.getvalue().decode("utf-8")


def _line(text: str) -> str:
    return " ".join(drawable(text).replace("\u200b", "").split())
