"""The way to a target's sign-in page and back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.accounting.sign_in_actions import begin_sign_in, choose_company, finish_sign_in
from icb.accounting.target_queries import target_row
from icb.foundation.access import page
from icb.foundation.actor import Permission

_LONGEST = 4000


@require_POST
@page(Permission.MANAGE_SECRETS)
def begin(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Show the link to the target's own sign-in page; the person follows it."""
    back = request.build_absolute_uri(reverse("accounting-signed-in", kwargs={"key": key}))
    address = begin_sign_in(key, session=_session(request), redirect=back)
    context = {"row": target_row(key), "address": address, "back": back}
    return render(request, "accounting/sign_in.html", context)


@page(Permission.MANAGE_SECRETS)
def back(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Take what the target sent the browser back with."""
    answer = {name: request.GET[name][:_LONGEST] for name in request.GET}
    told = finish_sign_in(key, session=_session(request), answer=answer)
    if told.is_chosen:
        messages.success(request, _("You are signed in. Read what it has, then map."))
        return redirect("accounting-target", key=key)
    context = {"row": target_row(key), "companies": told.companies}
    return render(request, "accounting/companies.html", context)


@require_POST
@page(Permission.TRANSFER)
def choose(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Take one of the companies that the person opened."""
    company, _separator, name = request.POST.get("company", "").partition("|")
    choose_company(key, company=company, name=name)
    messages.success(request, _("Documents go to %(name)s.") % {"name": name or company})
    return redirect("accounting-target", key=key)


def _session(request: HttpRequest) -> str:
    return request.session.session_key or ""
