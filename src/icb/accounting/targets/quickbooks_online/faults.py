"""What QuickBooks says when it does not do something, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from icb.accounting.ports import TargetError, Trouble
from icb.accounting.targets.online.answers import Part
from icb.accounting.targets.online.http import Got, TargetHttp
from icb.accounting.targets.online.texts import plain_line

STALE, DUPLICATE_NUMBER, DUPLICATE_NAME, NOT_FOUND = "5010", "6140", "6240", "610"
_THROTTLED = ("3001",)
_NOT_SIGNED_IN = ("3100", "3200", "3202", "100", "120", "270")
_WORDS = {
    STALE: "somebody changed it there in the meantime.",
    DUPLICATE_NUMBER: "its number is taken there.",
    DUPLICATE_NAME: "the name is taken there by a customer, supplier or employee.",
    NOT_FOUND: "what it names is not there, or is not in use any more.",
    "2500": "what it names is not there, or is not in use any more. Read the lists anew and see "
    "to what customer, items and taxes are mapped.",
    "2020": "something that it needs is missing.",
    "2010": "it holds a field that QuickBooks does not know.",
    "2050": "a text is longer than QuickBooks keeps.",
    "6000": "it breaks a rule of the company there.",
    "6070": "an amount is not its quantity times its price.",
    "6190": "the company's subscription there does not allow changes now.",
    "6200": "the books there are closed on that day.",
    "6210": "the books there are closed on that day.",
    "6540": "it was deposited there already.",
    "6480": "it is linked to something there.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something was not done: Intuit's code, in words, and what Intuit says itself."""

    code: str
    detail: str
    element: str = ""

    @property
    def words(self) -> str:
        """All of it in one sentence or two."""
        known = _WORDS.get(self.code, "")
        place = f", field {self.element}" if self.element else ""
        said = f"{self.detail.rstrip('.')} (code {self.code}{place})."
        return f"{known} Intuit's own words: {said}" if known else said


def fault_of(got: Got) -> Fault | None:
    """The first fault of an answer; None where it tells of none."""
    part = got.part_or_none()
    if part is None:
        return None
    # Refusals before the company is reached have a small first letter.
    for name, errors in (("Fault", "Error"), ("fault", "error")):
        if part.holds(name):
            return _first(part.part(name), errors=errors)
    return None


def fault_problem(fault: Fault, *, got: Got, http: TargetHttp) -> TargetError:
    """The error that a fault is."""
    if got.status >= 500 or fault.code == "10000":
        failed = f"{http.name} failed on its own side (status {got.status}): {fault.words}"
        return http.lost(got.call, message=failed, retry_after=got.wait)
    if got.status == 429 or fault.code in _THROTTLED:
        message = (
            f"{http.name} asks to come back later: too many requests. Nothing was written there."
        )
        return http.error(Trouble.LATER, message=message, retry_after=got.wait)
    if got.status in (401, 403) or fault.code in _NOT_SIGNED_IN:
        message = (
            f"{http.name} does not accept the connection: {fault.words} Nothing was written "
            "there. Connect it again, with a user who may do this there."
        )
        return http.error(Trouble.SIGN_IN, message=message)
    return http.refusal(fault.words)


def _first(fault: Part, *, errors: str) -> Fault:
    for error in fault.parts_or_none(errors):
        text = error.text_or("Detail") or error.text_or("detail")
        text = text or error.text_or("Message") or error.text_or("message")
        return Fault(
            # Some are filled up with zeros in front, as 003200.
            code=error.text_or("code").lstrip("0"),
            detail=plain_line(text, longest=300),
            element=plain_line(error.text_or("element"), longest=60),
        )
    return Fault(code="", detail=plain_line(fault.text_or("type"), longest=60))
