"""A page of the guide."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from icb.foundation.access import page
from icb.web.help.topics import GUIDE, topics


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
    return heading.lstrip("# "), SafeString(reader.render(text))
