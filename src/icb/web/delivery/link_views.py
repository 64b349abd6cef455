"""The page behind a link: a document for whoever has its token, without signing in.

Programs that look through mail open every link in it. So opening one shows only whose document it
is and a button; pressing it is what counts as a view, and so is getting the PDF with a plain GET
by an address that stands behind the button.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from icb.delivery.link_actions import record_view
from icb.delivery.link_queries import OpenLink, open_link
from icb.delivery.plain_text import file_name
from icb.foundation.access import public
from icb.foundation.actor import acting_as_system
from icb.foundation.scope import in_provider
from icb.invoicing.document_queries import document_facts
from icb.invoicing.page_queries import document_pages
from icb.invoicing.render_actions import rendered_file
from icb.web.delivery.limits import is_too_often, note_wrong, sender_of
from icb.web.invoices.words import kind_word
from icb.web.sign_in.agents import browser_words

_ACTOR = "link"
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cache-Control": "no-store",
}
Shown = Callable[..., HttpResponseBase]


def _behind_a_link(show: Shown) -> Shown:
    """Let `show` answer for an open link, in the scope of its provider."""

    @wraps(show)
    def answer(request: HttpRequest, *, token: str, **more: Any) -> HttpResponseBase:
        sender = sender_of(request)
        if is_too_often(sender):
            return _plain(request, "delivery/too_often.html", status=429)
        link = open_link(token)
        if link is None:
            note_wrong(sender)
            return _plain(request, "delivery/no_link.html", status=404)
        with in_provider(link.provider_id), acting_as_system(_ACTOR):
            return _with_headers(show(request, link, token=token, **more))

    return answer


# No cookie stands for anybody here, so no other page could misuse one: the token is in the address.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@public
@_behind_a_link
def shared(request: HttpRequest, link: OpenLink, *, token: str) -> HttpResponseBase:
    """Whose document it is; after the button was pressed its pages."""
    facts = document_facts(link.number)
    context: dict[str, Any] = {
        "facts": facts,
        "kind": kind_word(facts.row.kind),
        "token": token,
        "link": link,
    }
    if request.method != "POST":
        return render(request, "delivery/shared.html", context)
    _note(request, link, "shown")
    context["pages"] = range(1, len(document_pages(link.number)) + 1)
    return render(request, "delivery/shared_pages.html", context)


@require_http_methods(["GET", "HEAD"])
@public
@_behind_a_link
def shared_page(request: HttpRequest, link: OpenLink, *, token: str, page: int) -> HttpResponseBase:
    """One page as a picture."""
    pages = document_pages(link.number)
    if not 1 <= page <= len(pages):
        return _plain(request, "delivery/no_link.html", status=404)
    return HttpResponse(pages[page - 1], content_type="image/png")


@require_http_methods(["GET", "HEAD"])
@public
@_behind_a_link
def shared_pdf(request: HttpRequest, link: OpenLink, *, token: str) -> HttpResponseBase:
    """The PDF. A request that only asks ahead is answered, and is no view."""
    file = rendered_file(link.number)
    if request.method == "GET" and not _is_ahead(request):
        _note(request, link, "downloaded")
    return FileResponse(
        file.open("rb"),
        as_attachment=True,
        filename=file_name(link.number, ending="pdf"),
        content_type="application/pdf",
    )


def _note(request: HttpRequest, link: OpenLink, act: str) -> None:
    agent = browser_words(request.headers.get("User-Agent", ""))
    record_view(link, act=act, address=sender_of(request), agent=agent)


def _is_ahead(request: HttpRequest) -> bool:
    """Whether a program asks in advance, and nobody looks."""
    told = [request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")]
    return any("prefetch" in text.lower() for text in told)


def _plain(request: HttpRequest, template: str, *, status: int) -> HttpResponseBase:
    return _with_headers(render(request, template, status=status))


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response
