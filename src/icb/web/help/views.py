"""A page of the guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from icb.foundation.access import page
from icb.web.help.topics import GUIDE, topics

if TYPE_CHECKING:
    from markdown_it.token import Token


@page()
def topic(request: HttpRequest, *, topic: str) -> HttpResponse:
    """What the guide says about one screen."""
    if topic not in topics():
        raise Http404
    title, body = _read(topic)
    return render(request, "help/topic.html", {"title": title, "body": body})


def _read(topic: str) -> tuple[str, SafeString]:
    from markdown_it import MarkdownIt

    heading, _line, text = (GUIDE / f"{topic}.md").read_text("utf-8").partition("\n")
    # Markup that stands in the text is shown as text: the guide has none.
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    for token in tokens:
        _lead(token.children or [])
    return heading.lstrip("# "), SafeString(reader.renderer.render(tokens, reader.options, {}))


def _lead(tokens: list[Token]) -> None:
    """Let links lead to other pages of the guide; the rest of the documentation is not here."""
    for opening, token in enumerate(tokens):
        if token.type == "image":  # of a page that is a click away
            token.type, token.tag, token.content = "text", "", ""
        if token.type != "link_open":
            continue
        name = str(token.attrGet("href")).partition("#")[0].removesuffix(".md")
        if name in topics():
            token.attrSet("href", reverse("help", kwargs={"topic": name}))
        else:
            closing = next(one for one in tokens[opening:] if one.type == "link_close")
            for one in (token, closing):
                one.type, one.tag, one.content = "text", "", ""
