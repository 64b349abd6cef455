"""The words of messages: each kind in each language, with a preview while one writes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from icb.delivery.composing import Letter, letter_of
from icb.delivery.letter_queries import example_values
from icb.delivery.placeholders import names_for
from icb.delivery.settings_actions import (
    checked_words,
    reset_message_template,
    set_message_template,
)
from icb.delivery.settings_queries import MESSAGE_KINDS, message_template, message_templates
from icb.delivery.standard_messages import Words
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.kernel.errors import InvalidInput
from icb.kernel.languages import LANGUAGES
from icb.web.delivery.forms import WordsForm
from icb.web.delivery.queue_views import tabs
from icb.web.delivery.words import MEANINGS, kind_word
from icb.web.fields.attempts import attempt


@page()
def templates(request: HttpRequest) -> HttpResponseBase:
    """Every kind of message, with the languages in which the provider has words of its own."""
    rows = message_templates()
    kinds = [
        (kind_word(kind), [(row, LANGUAGES[row.language]) for row in rows if row.kind == kind])
        for kind in MESSAGE_KINDS
    ]
    context = {"tabs": tabs("message-templates"), "kinds": kinds}
    return render(request, "delivery/templates.html", context)


@page()
def template(request: HttpRequest, *, kind: str, language: str) -> HttpResponseBase:
    """The words of one kind of message in a language; a POST stores them."""
    row = message_template(kind, language=language)
    form = WordsForm(request.POST or None, initial=row._asdict())
    tried = None
    if request.method == "POST":
        tried = attempt(
            form, act=lambda: set_message_template(kind, language=language, **form.cleaned_data)
        )
        if tried:
            messages.success(request, _("Stored. Messages sent from now on say so."))
            return redirect("message-template", kind=kind, language=language)
    context = {
        "form": form,
        "row": row,
        "kind": kind_word(kind),
        "language_name": LANGUAGES[language],
        "placeholders": [(name, MEANINGS[name]) for name in names_for(kind)],
        "letter": _preview(Words(row.subject, row.body), kind=kind, language=language),
    }
    status = tried.status if tried is not None else 200
    return render(request, "delivery/template.html", context, status=status)


@require_POST
@page()
def preview(request: HttpRequest, *, kind: str, language: str) -> HttpResponseBase:
    """The message as it would read, with an example's values; nothing is stored."""
    message_template(kind, language=language)
    typed = {name: request.POST.get(name, "") for name in ("subject", "body")}
    try:
        words = checked_words(kind, **typed)
    except InvalidInput as error:
        return render(request, "delivery/preview.html", {"problem": error.message})
    letter = _preview(Words(**words), kind=kind, language=language)
    return render(request, "delivery/preview.html", {"letter": letter})


@require_POST
@page(Permission.MANAGE_PROVIDER)
def reset(request: HttpRequest, *, kind: str, language: str) -> HttpResponseBase:
    """Take the product's words again."""
    reset_message_template(kind, language=language)
    messages.success(request, _("The product's words are used again."))
    return redirect("message-template", kind=kind, language=language)


def _preview(words: Words, *, kind: str, language: str) -> Letter:
    values = example_values(kind, language=language)
    return letter_of(words, values=values, language=language)
