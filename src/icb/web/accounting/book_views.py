"""The journal, the chart of accounts with its rules, and periods."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from icb.accounting.chart_actions import add_account, change_account, remove_rule, set_rule
from icb.accounting.chart_queries import accounts, rules
from icb.accounting.journal_queries import JournalRow, journal_page
from icb.accounting.period_actions import close_period, reopen_period
from icb.accounting.period_queries import closed_until, period_changes
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.web.accounting.forms import AccountForm, CloseForm, ReopenForm, RuleForm
from icb.web.accounting.tabs import tabs
from icb.web.accounting.words import ACCOUNT_KINDS, ENTRIES, RULES, word
from icb.web.fields.attempts import attempt
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look


def _document(row: JournalRow) -> str:
    return reverse("invoice", kwargs={"number": row.number})


JOURNAL = Listing(
    key="journal",
    title=lazy("Journal"),
    rows=journal_page,
    search=lazy("Search number, organization or account"),
    template="accounting/journal.html",
    columns=(
        Column(key="booked", label=lazy("Booked"), value=lambda row: row.booked_on, look=Look.DAY),
        Column(key="number", label=lazy("Document"), value=lambda row: row.number, link=_document),
        Column(
            key="kind",
            label=lazy("Entry"),
            value=lambda row: word(ENTRIES, key=row.kind),
            choices=ENTRIES,
        ),
        Column(
            key="organization",
            label=lazy("Organization"),
            value=lambda row: row.organization_name,
        ),
        Column(key="account", label=lazy("Account"), value=lambda row: row.account),
        Column(key="name", label=lazy("Name"), value=lambda row: row.account_name),
        Column(key="tax_code", label=lazy("Tax"), value=lambda row: row.tax_code, is_shown=False),
        Column(
            key="debit",
            label=lazy("Debit"),
            value=lambda row: row.debit or None,
            look=Look.MONEY,
            currency=lambda row: row.currency,
        ),
        Column(
            key="credit",
            label=lazy("Credit"),
            value=lambda row: row.credit or None,
            look=Look.MONEY,
            currency=lambda row: row.currency,
        ),
        Column(
            key="currency", label=lazy("Currency"), value=lambda row: row.currency, is_shown=False
        ),
    ),
    empty=Empty(
        title=lazy("The journal is empty"),
        text=lazy("Every document that is issued is booked here at once."),
    ),
)


@page()
def journal(request: HttpRequest) -> HttpResponseBase:
    """All lines of the journal."""
    return answer_list(request, JOURNAL, tabs=tabs("accounting-journal"))


@page()
def chart(request: HttpRequest) -> HttpResponseBase:
    """The accounts, and what is booked where."""
    return _chart(request, AccountForm(), RuleForm())


@require_POST
@page(Permission.TRANSFER)
def add(request: HttpRequest) -> HttpResponseBase:
    """Add an account."""
    form = AccountForm(request.POST)
    tried = attempt(
        form,
        act=lambda: add_account(
            form.cleaned_data["code"],
            name=form.cleaned_data["name"],
            kind=form.cleaned_data["kind"],
        ),
    )
    if not tried:
        return _chart(request, form, RuleForm(), status=tried.status)
    messages.success(request, _("The account was added."))
    return redirect("accounting-accounts")


@require_POST
@page(Permission.TRANSFER)
def rename(request: HttpRequest, *, code: str) -> HttpResponseBase:
    """Call an account otherwise, or take it out of use."""
    change_account(
        code, name=request.POST.get("name", ""), is_active=request.POST.get("active") == "yes"
    )
    messages.success(request, _("Stored."))
    return redirect("accounting-accounts")


@require_POST
@page(Permission.TRANSFER)
def book_on(request: HttpRequest) -> HttpResponseBase:
    """Say what is booked on which account."""
    form = RuleForm(request.POST)
    tried = attempt(
        form,
        act=lambda: set_rule(
            form.cleaned_data["kind"],
            subject=form.cleaned_data["subject"],
            account=form.cleaned_data["account"],
        ),
    )
    if not tried:
        return _chart(request, AccountForm(), form, status=tried.status)
    messages.success(request, _("It is booked there from now on."))
    return redirect("accounting-accounts")


@require_POST
@page(Permission.TRANSFER)
def book_as_others(request: HttpRequest) -> HttpResponseBase:
    """Take a rule away."""
    remove_rule(request.POST.get("kind", ""), subject=request.POST.get("subject", ""))
    messages.success(request, _("It is booked like the others from now on."))
    return redirect("accounting-accounts")


@page()
def periods(request: HttpRequest) -> HttpResponseBase:
    """Until when the books are closed, and who closed or opened them."""
    return _periods(request, CloseForm(), ReopenForm())


@require_POST
@page(Permission.TRANSFER)
def close(request: HttpRequest) -> HttpResponseBase:
    """Close the books until a day."""
    form = CloseForm(request.POST)
    tried = attempt(form, act=lambda: close_period(form.cleaned_data["until"]))
    if not tried:
        return _periods(request, form, ReopenForm(), status=tried.status)
    messages.success(request, _("The books are closed."))
    return redirect("accounting-periods")


@require_POST
@page(Permission.TRANSFER)
def reopen(request: HttpRequest) -> HttpResponseBase:
    """Open closed days again."""
    form = ReopenForm(request.POST)
    tried = attempt(
        form,
        act=lambda: reopen_period(
            form.cleaned_data["stays_until"], reason=form.cleaned_data["reason"]
        ),
    )
    if not tried:
        return _periods(request, CloseForm(), form, status=tried.status)
    messages.success(request, _("The days are open again."))
    return redirect("accounting-periods")


def _chart(request: HttpRequest, form: Form, rule: Form, status: int = 200) -> HttpResponseBase:
    context = {
        "tabs": tabs("accounting-accounts"),
        "accounts": [(row, word(ACCOUNT_KINDS, key=row.kind)) for row in accounts()],
        "rules": [(row, word(RULES, key=row.kind)) for row in rules()],
        "form": form,
        "rule": rule,
    }
    return render(request, "accounting/accounts.html", context, status=status)


def _periods(
    request: HttpRequest, close: Form, reopen: Form, status: int = 200
) -> HttpResponseBase:
    context = {
        "tabs": tabs("accounting-periods"),
        "until": closed_until(),
        "changes": period_changes(),
        "close": close,
        "reopen": reopen,
    }
    return render(request, "accounting/periods.html", context, status=status)
