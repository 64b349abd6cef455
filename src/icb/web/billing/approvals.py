"""Second persons: requests to post, answers to them, and from which amount on they are needed."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from icb.billing.approval_actions import approve_posting, set_posting_limit, withdraw_request
from icb.billing.approval_queries import posting_limits, posting_requests
from icb.foundation.access import page
from icb.foundation.actor import Permission, current_actor, require
from icb.foundation.jobs import JobRow
from icb.operations.posting_run import start_approved_posting
from icb.organizations.queries import currencies_in_use
from icb.web.billing.tabs import tabs
from icb.web.fields.attempts import attempt


class LimitForm(forms.Form):
    """From which amount on posting takes a second person."""

    currency = forms.ChoiceField(label=lazy("Currency"))
    amount = forms.CharField(
        label=lazy("Above"),
        required=False,
        help_text=lazy("Empty: no second person in this currency."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )

    def set_currencies(self, codes: list[str]) -> None:
        """Offer these currencies."""
        field = self.fields["currency"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(code, code) for code in codes]


@page()
def approvals(request: HttpRequest) -> HttpResponseBase:
    """Requests to post, newest first, with what can be done about each."""
    context = {
        "requests": posting_requests(),
        "limits": posting_limits(),
        "me": current_actor(),
        "tabs": tabs("approvals"),
    }
    return render(request, "billing/approvals.html", context)


@require_POST
@page(Permission.POST)
def approve(request: HttpRequest, *, number: int) -> HttpResponseBase:
    """Approve a request as the second person."""
    approve_posting(number)
    messages.success(request, _("Approved. The drafts can be posted as they stand."))
    return redirect("approvals")


@require_POST
@page(Permission.POST)
def withdraw(request: HttpRequest, *, number: int) -> HttpResponseBase:
    """Take a request back, or refuse it."""
    withdraw_request(number)
    messages.success(request, _("The request is withdrawn."))
    return redirect("approvals")


@require_POST
@page(Permission.POST)
def post_approved(request: HttpRequest, *, number: int) -> HttpResponseBase:
    """Post exactly the drafts that were approved; very many by a job."""
    result = start_approved_posting(number)
    if isinstance(result, JobRow):
        messages.success(request, _("Posting is a job now. It can be left."))
        return redirect("job", id=result.id)
    messages.success(request, _("Posted %(n)s items.") % {"n": result.posted})
    return redirect("approvals")


@page()
def approval_settings(request: HttpRequest) -> HttpResponseBase:
    """From which amount on posting takes a second person, by currency."""
    limits = posting_limits()
    codes = sorted({*limits, *(row.currency for row in currencies_in_use())})
    form = LimitForm(request.POST or None)
    form.set_currencies(codes)
    status = 200
    if request.method == "POST":
        require(Permission.MANAGE_PROVIDER)
        tried = attempt(form, act=lambda: _set(form))
        if tried:
            messages.success(request, _("Saved."))
            return redirect("settings-approvals")
        status = tried.status
    context = {"form": form, "limits": [(code, limits.get(code)) for code in codes]}
    return render(request, "billing/approval_settings.html", context, status=status)


def _set(form: LimitForm) -> None:
    set_posting_limit(
        form.cleaned_data["currency"], amount=form.cleaned_data["amount"].strip() or None
    )
