"""Statements of account, and what all organizations owe by age."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from icb.exchange.statement_file import csv_of
from icb.foundation.access import page
from icb.foundation.providers import local_today
from icb.kernel.errors import InvalidInput
from icb.kernel.money import minor_to_decimal
from icb.payments.aging_queries import AgingRow, aging, aging_page
from icb.payments.statement import Statement
from icb.payments.statement_queries import account_currencies, statement, statement_pdf
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.payments.forms import PeriodForm
from icb.web.payments.words import CLASSES, KINDS
from icb.web.reports.tabs import tabs as report_tabs
from icb.web.shell.navigation import Words


@page()
def organization_statement(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """The account of an organization in one currency, between two days."""
    found = _statement(request, key)
    if request.GET.get("as") == "csv":
        return _file(found, csv_of(found).encode(), "csv", "text/csv; charset=utf-8")
    if request.GET.get("as") == "pdf":
        return _file(found, statement_pdf(found), "pdf", "application/pdf")
    entries = [(entry, KINDS[entry.kind], balance) for entry, balance in found.with_balances()]
    context = {
        "statement": found,
        "entries": entries,
        "aging": [(CLASSES[name], amount) for name, amount in found.aging.items()],
        "currencies": sorted({*account_currencies(key), found.currency}),
        "query": _query(request),
    }
    return render(request, "payments/statement.html", context)


def _statement(request: HttpRequest, key: str) -> Statement:
    form = PeriodForm(request.GET)
    if not form.is_valid():
        name, texts = next(iter(form.errors.items()))
        raise InvalidInput(field=name, message=f"{name}: {' '.join(map(str, texts))}")
    asked = form.cleaned_data
    return statement(
        key,
        currency=asked["currency"].upper(),
        first=asked["first"],
        as_of=asked["as_of"],
    )


def _query(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("as", None)
    return query.urlencode()


def _file(found: Statement, content: bytes, kind: str, of_type: str) -> HttpResponse:
    name = f"statement-{found.currency}-{found.as_of.isoformat()}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=of_type, headers=headers)


def _amount(key: str, label: Words) -> Column:
    return Column(
        key=key,
        label=label,
        value=lambda row: minor_to_decimal(getattr(row, key), currency=row.currency),
        currency=lambda row: row.currency,
        look=Look.MONEY,
        is_filtered=False,
    )


def _statement_address(row: AgingRow) -> str:
    address = reverse("statement", kwargs={"key": row.organization})
    return f"{address}?currency={row.currency}"


def _currencies() -> list[tuple[str, str]]:
    found = {row.currency for row in aging(local_today())}
    return [(currency, currency) for currency in sorted(found)]


RECEIVABLES = Listing(
    key="receivables",
    title=lazy("Receivables"),
    rows=lambda wanted: aging_page(wanted, as_of=local_today()),
    search=lazy("Search organization or key"),
    columns=(
        Column(
            key="organization",
            label=lazy("Organization"),
            value=lambda row: row.name,
            link=_statement_address,
        ),
        Column(key="key", label=lazy("Key"), value=lambda row: row.organization, is_shown=False),
        Column(
            key="currency",
            label=lazy("Currency"),
            value=lambda row: row.currency,
            choices=_currencies,
        ),
        _amount("not_due", CLASSES["not_due"]),
        _amount("days_1_30", CLASSES["1_30"]),
        _amount("days_31_60", CLASSES["31_60"]),
        _amount("days_61_90", CLASSES["61_90"]),
        _amount("over_90", CLASSES["over_90"]),
        _amount("credit", CLASSES["credit"]),
        _amount("balance", lazy("Balance")),
    ),
    empty=Empty(
        title=lazy("Nothing is open"),
        text=lazy("Issued invoices stand here until they are paid or credited."),
    ),
    template="payments/receivables.html",
)


@page()
def receivables(request: HttpRequest) -> HttpResponseBase:
    """What each organization owes, by how long it has been due, as of a day."""
    as_of = _day(request.GET.get("as_of", ""))
    listing = replace(RECEIVABLES, rows=partial(aging_page, as_of=as_of))
    context: dict[str, Any] = {
        "tabs": report_tabs("report-receivables"),
        "as_of": as_of,
        "today": local_today(),
        "totals": _totals(as_of),
    }
    return answer_list(request, listing, **context)


def _totals(as_of: date) -> list[tuple[str, list[tuple[Words, int]]]]:
    """The sums of each currency, side by side and never together."""
    sums: dict[str, list[int]] = {}
    for row in aging(as_of):
        before = sums.setdefault(row.currency, [0] * len(row[3:]))
        sums[row.currency] = [one + more for one, more in zip(before, row[3:], strict=True)]
    labels = [*CLASSES.values(), lazy("Balance")]
    return [(code, list(zip(labels, sums[code], strict=True))) for code in sorted(sums)]


def _day(text: str) -> date:
    if not text:
        return local_today()
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            field="as_of", value=text, message=_("as_of: this is not a day. Nothing is shown.")
        ) from None
    return min(found, local_today())
