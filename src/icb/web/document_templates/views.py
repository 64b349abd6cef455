"""The list of templates, and what is done with each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.invoicing.logo import LARGEST
from icb.invoicing.template_actions import (
    change_template,
    choose_template,
    copy_template,
    retire_template,
    set_default_template,
    store_logo,
)
from icb.invoicing.template_queries import template_named, templates
from icb.kernel.errors import IcbError, InvalidInput, without_commands
from icb.web.document_templates.forms import CopyForm
from icb.web.fields.attempts import attempt


@page()
def document_templates(request: HttpRequest) -> HttpResponseBase:
    """All templates: those of the product and one's own."""
    return render(request, "document_templates/list.html", {"rows": templates()})


@page(Permission.MANAGE_PROVIDER)
def copy(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Make a template of one's own from another one."""
    row = template_named(key)
    form = CopyForm(request.POST or None)
    status = 200
    if request.method == "POST":
        tried = attempt(
            form,
            act=lambda: copy_template(
                key, to=form.cleaned_data["key"], name=form.cleaned_data["name"]
            ),
        )
        if tried:
            messages.success(request, _("Copied. Change it as you like."))
            return redirect("document-template", key=form.cleaned_data["key"])
        status = tried.status
    context = {"form": form, "row": row}
    return render(request, "document_templates/copy.html", context, status=status)


@require_POST
@page(Permission.MANAGE_PROVIDER)
def set_default(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Draw documents with this template where nothing else is chosen."""
    set_default_template(key)
    messages.success(request, _("Documents issued from now on have it, unless chosen otherwise."))
    return redirect("document-templates")


@require_POST
@page(Permission.MANAGE_PROVIDER)
def retire(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Offer a template of one's own no more."""
    if _told(request, lambda: retire_template(key)):
        messages.success(request, _("Removed. Documents that have it keep their look."))
        return redirect("document-templates")
    return redirect("document-template", key=key)


@require_POST
@page(Permission.MANAGE_PROVIDER)
def change_logo(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Put an uploaded logo on a template of one's own, or take its logo off."""
    row = template_named(key)
    upload = request.FILES.get("logo")

    def change() -> None:
        logo = "" if "remove" in request.POST else store_logo(_read(upload))
        change_template(key, settings={"logo": logo}, seen=row.version)

    if _told(request, change):
        messages.success(request, _("Stored. Documents issued from now on have it."))
    return redirect("document-template", key=key)


@require_POST
@page(Permission.MANAGE_ORGANIZATIONS)
def choose(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """Choose the template of one organization's documents."""
    template = request.POST.get("template", "")
    if _told(request, lambda: choose_template(key, template=template)):
        messages.success(request, _("Stored. Its documents issued from now on have it."))
    return redirect("organization-edit", key=key)


def _read(upload: UploadedFile[Any] | None) -> bytes:
    if upload is None:
        raise InvalidInput(
            field="logo", message=_("logo: no file was picked. Nothing was stored. Pick one.")
        )
    content: bytes = upload.read(LARGEST + 1)
    return content


def _told(request: HttpRequest, act: Callable[[], object]) -> bool:
    """Whether it was done; a refusal is told on the page that follows."""
    try:
        act()
    except IcbError as error:
        messages.error(request, without_commands(error.message))
        return False
    return True
