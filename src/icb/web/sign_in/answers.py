"""How the sign-in library's views answer here."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.generic.base import TemplateResponseMixin

UNPROCESSABLE = 422


class Told422(TemplateResponseMixin):
    """A view whose form was not taken answers with the page and status 422."""

    def render_to_response(self, context: dict[str, Any], **more: Any) -> HttpResponse:
        """The page; what is wrong with its form stands in it."""
        form = context.get("form")
        if form is not None and form.errors:
            more.setdefault("status", UNPROCESSABLE)
        return super().render_to_response(context, **more)
