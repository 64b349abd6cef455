"""The mail server, how documents are usually sent, and a test message."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from icb.delivery.actions import send_test_message
from icb.delivery.inputs import NewMailServer
from icb.delivery.settings_actions import set_mail_server, set_usual
from icb.delivery.settings_queries import mail_server, public_address, usual
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.web.delivery.forms import MailServerForm, TestForm, UsualForm
from icb.web.delivery.queue_views import tabs
from icb.web.fields.attempts import attempt


@sensitive_post_parameters("password")
@page()
def server(request: HttpRequest) -> HttpResponseBase:
    """The mail server; a POST changes it."""
    form = MailServerForm(request.POST or None, initial=_stored())
    tried = attempt(form, act=lambda: _set(form)) if request.method == "POST" else None
    if tried:
        messages.success(request, _("Stored. Send a test message to see whether it takes mail."))
        return redirect("mail-server")
    return _answer(request, tried.status if tried is not None else 200, form=form)


@require_POST
@page(Permission.MANAGE_PROVIDER)
def choose_usual(request: HttpRequest) -> HttpResponseBase:
    """Say how documents are sent where an organization chose nothing else."""
    form = UsualForm(request.POST)
    tried = attempt(form, act=lambda: set_usual(**form.cleaned_data))
    if tried:
        messages.success(request, _("Stored."))
        return redirect("mail-server")
    return _answer(request, tried.status, usual_form=form)


@require_POST
@page(Permission.MANAGE_PROVIDER)
def send_test(request: HttpRequest) -> HttpResponseBase:
    """Send a message about nothing; what the server answered is told."""
    form = TestForm(request.POST)
    answers: list[str] = []
    tried = attempt(
        form, act=lambda: answers.append(send_test_message(form.cleaned_data["address"]))
    )
    if tried:
        messages.success(request, _("The mail server took it: %(said)s") % {"said": answers[0]})
        return redirect("mail-server")
    return _answer(request, tried.status, test_form=form)


def _set(form: MailServerForm) -> None:
    said = form.cleaned_data
    set_mail_server(NewMailServer(**{**said, "password": said["password"] or None}))


def _stored() -> dict[str, Any]:
    row = mail_server()
    return row._asdict() if row else {}


def _answer(request: HttpRequest, status: int, **forms: Any) -> HttpResponseBase:
    context = {
        "tabs": tabs("mail-server"),
        "form": MailServerForm(initial=_stored()),
        "usual_form": UsualForm(initial=usual()._asdict()),
        "test_form": TestForm(),
        "row": mail_server(),
        "public_address": public_address(),
    }
    return render(request, "delivery/mail_server.html", context | forms, status=status)
