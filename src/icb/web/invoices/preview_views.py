"""Documents as they are printed: the pages of what would be issued, of what was, and the PDF."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.invoicing.actions import rendered_file
from icb.invoicing.page_queries import document_pages, preview_pages
from icb.invoicing.waiting_queries import Payer, issue_plan
from icb.web.document_templates.forms import template_choices
from icb.web.invoices.document_views import canonical


@page(Permission.READ)
def preview(request: HttpRequest, *, organization: str, currency: str) -> HttpResponseBase:
    """The pages of the documents that one organization would get now; nothing is stored."""
    payer = Payer(organization, currency)
    plan = issue_plan([payer])
    template = request.GET.get("template", "")
    drawn = preview_pages(payer, number=_no_number(), template=template) if plan.documents else []
    context = {
        "plan": plan,
        "payer": payer,
        "row": f"{currency} {organization}",
        "template": template,
        "templates": template_choices(_("As chosen for the organization")),
        "documents": [
            (planned, index, range(1, len(pages) + 1))
            for index, (planned, pages) in enumerate(zip(plan.documents, drawn, strict=True), 1)
        ],
    }
    return render(request, "invoices/preview.html", context)


@page(Permission.READ)
def preview_page(
    request: HttpRequest, *, organization: str, currency: str, document: int, page: int
) -> HttpResponseBase:
    """One page of such a document as a picture."""
    payer, template = Payer(organization, currency), request.GET.get("template", "")
    drawn = preview_pages(payer, number=_no_number(), template=template)
    if not 1 <= document <= len(drawn):
        raise Http404
    return _picture(drawn[document - 1], page)


@page(Permission.READ)
def document_page(request: HttpRequest, *, number: str, page: int) -> HttpResponseBase:
    """One page of an issued document as a picture."""
    return _picture(document_pages(canonical(number)), page)


@page(Permission.READ)
def pdf(request: HttpRequest, *, number: str) -> HttpResponseBase:
    """The PDF of an issued document; its first reader has it rendered."""
    file = rendered_file(canonical(number))
    return FileResponse(
        file.open("rb"), as_attachment=True, filename=file.name, content_type="application/pdf"
    )


def _picture(pages: list[bytes], page: int) -> HttpResponse:
    if not 1 <= page <= len(pages):
        raise Http404
    return HttpResponse(pages[page - 1], content_type="image/png")


def _no_number() -> str:
    return _("no number yet")
