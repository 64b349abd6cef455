"""The list of payments, recording one, its page, and taking back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.providers import local_today
from icb.kernel.money import Minor, minor_to_decimal, to_minor
from icb.payments.actions import (
    allocate_credit,
    allocate_payment,
    record_payment,
    reverse_payment,
    settle_with_credit,
    unallocate,
)
from icb.payments.inputs import Share
from icb.payments.payment_queries import (
    ListedPayment,
    PaymentFacts,
    payment_currencies,
    payment_facts,
    payment_page,
)
from icb.payments.queries import open_documents
from icb.web.fields.attempts import attempt
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.payments.forms import NAMED, PaymentForm, ReasonForm
from icb.web.payments.words import METHODS, STATES, method_word, state_word, tone_of_state
from icb.web.shell.formats import minor as minor_text
from icb.web.shell.going_back import back_address

_AMOUNT = "amount:"


def _address(row: ListedPayment) -> str:
    return reverse("payment", kwargs={"number": row.number})


def _organization_address(row: ListedPayment) -> str:
    return reverse("organization", kwargs={"key": row.organization})


def _currencies() -> list[tuple[str, str]]:
    return [(currency, currency) for currency in payment_currencies()]


PAYMENTS = Listing(
    key="payments",
    title=lazy("Payments"),
    rows=payment_page,
    search=lazy("Search organization or reference"),
    columns=(
        Column(
            key="number",
            label=lazy("Number"),
            value=lambda row: row.number,
            look=Look.NUMBER,
            link=_address,
        ),
        Column(
            key="received", label=lazy("Received"), value=lambda row: row.received_on, look=Look.DAY
        ),
        Column(
            key="organization",
            label=lazy("Organization"),
            value=lambda row: row.name,
            link=_organization_address,
        ),
        Column(key="key", label=lazy("Key"), value=lambda row: row.organization, is_shown=False),
        Column(
            key="method",
            label=lazy("Method"),
            value=lambda row: method_word(row.method),
            choices=METHODS,
        ),
        Column(key="reference", label=lazy("Reference"), value=lambda row: row.reference),
        Column(
            key="amount",
            label=lazy("Amount"),
            value=lambda row: row.amount,
            look=Look.MONEY,
            currency=lambda row: row.currency,
        ),
        Column(
            key="left",
            label=lazy("Left over"),
            value=lambda row: row.left,
            look=Look.MONEY,
            currency=lambda row: row.currency,
            is_sorted=False,
            is_filtered=False,
        ),
        Column(
            key="state",
            label=lazy("State"),
            value=lambda row: state_word(row.state),
            look=Look.STATE,
            choices=STATES,
            tone=lambda row: tone_of_state(row.state),
        ),
        Column(
            key="currency",
            label=lazy("Currency"),
            value=lambda row: row.currency,
            choices=_currencies,
            is_shown=False,
        ),
        Column(key="source", label=lazy("Source"), value=lambda row: row.source, is_shown=False),
        Column(key="file", label=lazy("File"), value=lambda row: row.file, is_shown=False),
        Column(key="by", label=lazy("Recorded by"), value=lambda row: row.actor, is_shown=False),
    ),
    empty=Empty(
        title=lazy("No payment yet"),
        text=lazy("Record money as it comes, or bring the file of your bank."),
    ),
    template="payments/payments.html",
)


@page()
def payments(request: HttpRequest) -> HttpResponseBase:
    """All payments, reversed ones too."""
    return answer_list(request, PAYMENTS, tabs=tabs("payments"))


@page(Permission.RECORD_PAYMENTS)
def payment_new(request: HttpRequest) -> HttpResponseBase:
    """Record a payment that came."""
    document = request.GET.get("document", "")
    usual = {
        "organization": request.GET.get("organization", ""),
        "received_on": local_today(),
        "documents": document,
        "settles": NAMED if document else "",
    }
    form = PaymentForm(request.POST or None, initial=usual)
    status = 200
    if request.method == "POST":
        made: list[Any] = []
        tried = attempt(form, act=lambda: made.append(record_payment(form.payment())))
        if tried:
            _tell_recorded(request, made[0])
            return redirect("payment", number=made[0].number)
        status = tried.status
    return render(request, "payments/new.html", {"form": form}, status=status)


def _tell_recorded(request: HttpRequest, made: Any) -> None:
    if not made.is_new:
        messages.info(request, _("This payment was recorded already. Nothing was stored again."))
        return
    words = {"number": made.number, "left": _with_currency(made.left, made.currency)}
    text = _("Payment %(number)s is recorded.") % words
    if made.left:
        text += " " + _("%(left)s of it settles nothing yet and stays as credit.") % words
    messages.success(request, text)


@page()
def payment(request: HttpRequest, *, number: int) -> HttpResponseBase:
    """One payment: what it settles, what it could, and what became of it."""
    return _page(request, payment_facts(number))


def _page(
    request: HttpRequest, facts: PaymentFacts, *, problem: str = "", status: int = 200
) -> HttpResponse:
    claims = open_documents(facts.account) if facts.left else []
    context = {
        "facts": facts,
        "method": method_word(facts.method),
        "state_label": state_word(facts.state),
        "state_tone": tone_of_state(facts.state),
        "claims": [(one, request.POST.get(f"{_AMOUNT}{one.number}", "")) for one in claims],
        "problem": problem,
    }
    return render(request, "payments/payment.html", context, status=status)


@require_POST
@page(Permission.RECORD_PAYMENTS)
def payment_allocate(request: HttpRequest, *, number: int) -> HttpResponseBase:
    """Settle documents with what is left: those with an amount, or what is due first."""
    facts = payment_facts(number)
    shares = [
        Share(name.removeprefix(_AMOUNT), _decimal(value, facts.currency))
        for name in request.POST
        if name.startswith(_AMOUNT) and (value := request.POST.get(name, "")).strip()
    ]
    made = allocate_payment(number, shares=shares, seen=request.POST.get("seen", ""))
    words = {"amount": _with_currency(made.amount, made.currency)}
    messages.success(request, _("%(amount)s is allocated.") % words)
    return redirect("payment", number=number)


def _decimal(text: str, currency: str) -> Decimal:
    return minor_to_decimal(to_minor(text.strip(), currency), currency=currency)


@page(Permission.RECORD_PAYMENTS)
def payment_reverse(request: HttpRequest, *, number: int) -> HttpResponseBase:
    """Reverse a payment that was wrong or bounced, with all that it settled."""
    facts = payment_facts(number)
    form = ReasonForm(request.POST or None, initial={"seen": facts.seen})
    status = 200
    if request.method == "POST":
        tried = attempt(form, act=lambda: reverse_payment(number, **form.cleaned_data))
        if tried:
            words = {"number": number}
            messages.success(request, _("Payment %(number)s is reversed.") % words)
            return redirect("payment", number=number)
        status = tried.status
    context = {"facts": facts, "form": form}
    return render(request, "payments/reverse.html", context, status=status)


@page(Permission.RECORD_PAYMENTS)
def allocation_take_back(request: HttpRequest, *, allocation: int) -> HttpResponseBase:
    """Take one allocation back: its amount is open again."""
    form = ReasonForm(request.POST or None)
    back = back_address(request, usual=reverse("payments"))
    status = 200
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        tried = attempt(form, act=lambda: unallocate(allocation, reason=reason))
        if tried:
            messages.success(request, _("The allocation is taken back."))
            return redirect(back)
        status = tried.status
    asked = request.POST.get("next") or request.GET.get("next", "")
    context = {"form": form, "next": asked}
    return render(request, "payments/take_back.html", context, status=status)


@require_POST
@page(Permission.RECORD_PAYMENTS)
def invoice_settle(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """Settle an invoice with the credit of its organization."""
    made = settle_with_credit(number, seen=request.POST.get("seen", ""))
    words = {"amount": _with_currency(made.amount, made.currency), "number": number}
    messages.success(request, _("%(amount)s of credit settles %(number)s.") % words)
    return redirect("invoice", number=number)


@require_POST
@page(Permission.RECORD_PAYMENTS)
def credit_allocate(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """Settle what is due first with what is left of a credit note."""
    made = allocate_credit(number, seen=request.POST.get("seen", ""))
    words = {"amount": _with_currency(made.amount, made.currency)}
    messages.success(request, _("%(amount)s is allocated.") % words)
    return redirect("invoice", number=number)


def _with_currency(amount: Minor, currency: str) -> str:
    return f"{minor_text(amount, currency=currency)} {currency}"


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """The tabs of the screen."""
    labels = {"payments": _("Payments"), "payment-files": _("Bank files")}
    return [(label, reverse(name), name == here) for name, label in labels.items()]
