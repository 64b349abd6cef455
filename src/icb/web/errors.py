"""What a person sees when something does not go: the words of the error, in the page's own look."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from icb.foundation.access import public
from icb.kernel.errors import (
    IcbError,
    InvalidInput,
    NotFound,
    NotPermitted,
    Refused,
    without_commands,
)

_STATUS: tuple[tuple[type[IcbError], int], ...] = (
    (NotFound, 404),
    (NotPermitted, 403),
    (InvalidInput, 422),
    (Refused, 409),
)


def status_of(error: IcbError) -> int:
    """The HTTP status that tells what kind of refusal it is; 500 for what is broken."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def told(request: HttpRequest, error: IcbError) -> HttpResponse:
    """The error as an answer: a toast where a part of a page asked, else a page of its own."""
    status = status_of(error)
    if request.headers.get("HX-Request"):
        return HttpResponse(
            status=status, headers=toast(without_commands(error.message), tone="bad")
        )
    return _page(request, status, title=_title(status), message=without_commands(error.message))


def toast(text: str, *, tone: str = "good") -> dict[str, str]:
    """Headers that make a page show a short message, for answers to a part of it."""
    return {"HX-Trigger": json.dumps({"icb:toast": {"text": text, "tone": tone}})}


def add_error(form: BaseForm, *, error: IcbError) -> None:
    """Tell each part of a refusal at the form's field that it names, else above the form."""
    for message, details in error.parts or [(error.message, error.details)]:
        field = details.get("field", "")
        form.add_error(field if field in form.fields else None, without_commands(message))


@public
def absent(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Nothing is at this address, or nothing of this provider: the two are told alike."""
    message = _("There is nothing at this address. Nothing was changed. Go back, or search.")
    return _page(request, 404, title=_title(404), message=message)


@public
def broken(request: HttpRequest) -> HttpResponse:
    """The program failed; what was not finished was not stored."""
    message = _(
        "The program failed at this. What was not finished was not stored. Try again; if it "
        "stays so, look into the log of the server."
    )
    # Without what the page's frame reads: that may be what is broken.
    words = {"title": _title(500), "message": message}
    return HttpResponse(render_to_string("shell/broken.html", words), status=500)


@public
def too_many(request: HttpRequest) -> HttpResponse:
    """Too many attempts in a short time: of signing in, mostly."""
    message = _("That was tried too often. Nothing was changed. Wait some minutes and try again.")
    return _page(request, 429, title=_title(429), message=message)


@public
def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that cannot be taken as it is: too large, mostly."""
    if not isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        message = _("This request cannot be read. Nothing was stored. Go back, and try again.")
        return _page(request, 400, title=_title(422), message=message)
    message = _(
        "This is too much at once: a form may send %(megabytes)s MB beside its files, and "
        "%(fields)s fields. Nothing was stored. Go back and send less; much comes as a file."
    ) % {
        "megabytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1_000_000,
        "fields": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
    }
    if request.headers.get("HX-Request"):
        return HttpResponse(status=413, headers=toast(message, tone="bad"))
    return _page(request, 413, title=_("Too much at once"), message=message)


def not_taken(request: HttpRequest) -> HttpResponse:
    """A form without the mark of its page: from elsewhere, or from before signing in anew."""
    message = _(
        "This form did not come from a page of your session. Nothing was changed. Go back, load "
        "the page again and send the form once more."
    )
    return _page(request, 403, title=_("The form was not taken"), message=message)


def _title(status: int) -> str:
    titles = {
        403: _("Not permitted"),
        404: _("Not found"),
        409: _("This cannot be done now"),
        422: _("This cannot be taken"),
        429: _("Too many attempts"),
    }
    return titles.get(status, _("Something is broken"))


def _page(request: HttpRequest, status: int, **words: Any) -> HttpResponse:
    return render(request, "shell/refusal.html", {"status": status, **words}, status=status)
