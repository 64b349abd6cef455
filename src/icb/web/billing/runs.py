"""Run billing now: what it would look at, a preview that writes nothing, and the run."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from icb.billing.actions import BillResult
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.providers import local_today
from icb.hub.queries import module_names
from icb.operations.bill_run import AT_ONCE, contracts_to_bill, preview_bill, start_bill
from icb.operations.unchecked import checked_modules
from icb.web.billing.views import by_currency
from icb.web.fields.attempts import attempt


class RunForm(forms.Form):
    """Through which day."""

    through = forms.DateField(
        label=lazy("Through"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=lazy("The last day that counts: what is due by then is drafted."),
    )


@page(Permission.BILL)
def run_billing(request: HttpRequest) -> HttpResponseBase:
    """Preview a bill run, or run it: at once where it is short, else as a job."""
    form = RunForm(request.POST or None, initial={"through": local_today()})
    count = contracts_to_bill()
    context = {"form": form, "contracts": count, "is_long": count > AT_ONCE, "status": 200}
    if request.method == "POST":
        tried = attempt(form, act=lambda: context.update(_done(request, form)))
        if tried and "result" in context:
            return redirect("approve-and-post")
        if tried and "job" in context:
            return redirect("job", id=context["job"])
        context["status"] = tried.status or 200
    if "preview" not in context:
        context |= {"checked": checked_modules(), "module_names": module_names()}
    return render(request, "billing/run.html", context, status=int(str(context["status"])))


def _done(request: HttpRequest, form: RunForm) -> dict[str, object]:
    through: date = form.cleaned_data["through"]
    if "preview" in request.POST:
        preview = preview_bill(through=through)
        return {
            "preview": preview,
            "totals": by_currency(preview.totals),
            "checked": preview.checked,
            "module_names": module_names(),
        }
    result = start_bill(through=through)
    if not isinstance(result, BillResult):
        messages.success(request, _("The bill run is a job now. It can be left."))
        return {"job": result.id}
    messages.success(
        request,
        _("Looked at %(contracts)s contracts: %(made)s new drafts, %(removed)s replaced.")
        % {"contracts": result.contracts, "made": result.made, "removed": result.removed},
    )
    return {"result": result}
