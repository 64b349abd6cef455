"""A bank's file of payments: look at it, take it, undo the last."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from icb.exchange.bank_file import plan_bank_file, record_bank_file
from icb.exchange.count_files.sheets import LARGEST_FILE
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.kernel.errors import IcbError, InvalidInput, NotFound, NotPermitted, without_commands
from icb.payments.actions import undo_last_file
from icb.payments.matching_queries import NOBODY, RECORD, totals_of
from icb.payments.payment_queries import taken_files
from icb.web.payments.forms import BankFileForm
from icb.web.payments.views import tabs
from icb.web.payments.words import LINE_STATES, tone_of_line

_SHOWN_LINES = 500
_SHOWN_PROBLEMS = 100


@page(Permission.RECORD_PAYMENTS)
def payment_files(request: HttpRequest) -> HttpResponseBase:
    """The files that were brought, and a place for the next."""
    return _answer(request)


@require_POST
@page(Permission.RECORD_PAYMENTS)
def look(request: HttpRequest) -> HttpResponseBase:
    """Show what would become of each line. Nothing is stored."""
    shown = _looked(request)
    if request.headers.get("HX-Request"):
        return render(request, "payments/looked.html", shown)
    return _answer(request, **shown)


@require_POST
@page(Permission.RECORD_PAYMENTS)
def take(request: HttpRequest) -> HttpResponseBase:
    """Record what was shown: all of it, or nothing."""
    form = BankFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _answer(request, status=422, form=form)
    try:
        with _kept(form.cleaned_data["file"]) as path:
            made = record_bank_file(path, seen=request.POST.get("seen", ""))
    except (NotFound, NotPermitted):
        raise
    except IcbError as error:
        return _answer(request, status=422, form=form, **_refusal(error))
    text = ngettext("%(count)s payment is recorded.", "%(count)s payments are recorded.", len(made))
    messages.success(request, text % {"count": len(made)})
    return redirect("payments")


@require_POST
@page(Permission.RECORD_PAYMENTS)
def undo(request: HttpRequest) -> HttpResponseBase:
    """Reverse the payments of the file that was taken last."""
    name, count = undo_last_file(reason=request.POST.get("reason", "")[:1000])
    words = {"name": name, "count": count}
    messages.success(
        request, _("%(name)s is undone: %(count)s of its payments are reversed.") % words
    )
    return redirect("payment-files")


def _answer(request: HttpRequest, *, status: int = 200, **shown: Any) -> HttpResponse:
    files = taken_files()
    context = {
        "form": BankFileForm(),
        "files": files,
        "last": next((one for one in files if one.live), None),
        "tabs": tabs("payment-files"),
        **shown,
    }
    return render(request, "payments/files.html", context, status=status)


def _looked(request: HttpRequest) -> dict[str, Any]:
    form = BankFileForm(request.POST, request.FILES)
    if not form.is_valid():
        problems = [str(text) for texts in form.errors.values() for text in texts]
        return {"form": form, "problem": " ".join(problems)}
    try:
        with _kept(form.cleaned_data["file"]) as path:
            plan = plan_bank_file(path)
    except (NotFound, NotPermitted):
        raise
    except IcbError as error:
        return {"form": form, **_refusal(error)}
    states = [one.state for one in plan.lines]
    return {
        "form": form,
        "plan": plan,
        "lines": [
            (one, LINE_STATES[one.state], tone_of_line(one.state))
            for one in plan.lines[:_SHOWN_LINES]
        ],
        "rest": max(len(plan.lines) - _SHOWN_LINES, 0),
        "new": states.count(RECORD),
        "nobody": states.count(NOBODY),
        "totals": totals_of(plan.lines),
    }


def _refusal(error: IcbError) -> dict[str, Any]:
    """Why a file is not taken, with every reason that it gives."""
    found = list(getattr(error, "found", ()))[:_SHOWN_PROBLEMS]
    return {
        "problem": without_commands(error.message),
        "problem_lines": [str(one) for one in found],
    }


@contextmanager
def _kept(upload: Any) -> Iterator[Path]:
    """The upload under its own name in a folder of its own, for as long as it is read."""
    if (upload.size or 0) > LARGEST_FILE:
        raise InvalidInput(
            field="file",
            message=_("file: it is larger than 20 MB. Nothing was stored. Bring it in parts."),
        )
    with tempfile.TemporaryDirectory(prefix="icb-payments-") as folder:
        path = Path(folder) / Path(upload.name or "file").name
        with path.open("wb") as target:
            for chunk in upload.chunks():
                target.write(chunk)
        yield path
