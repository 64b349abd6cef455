"""What was picked in a list."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from icb.kernel.errors import InvalidInput


def picked_texts(request: HttpRequest) -> list[str]:
    """The rows that were picked; InvalidInput where none was."""
    found = request.POST.getlist("row")
    if not found:
        raise InvalidInput(
            field="row", message=_("row: nothing is picked. Nothing was changed. Pick rows first.")
        )
    return found


def picked(request: HttpRequest) -> list[int]:
    """The ids of the rows that were picked; InvalidInput where none was."""
    return [int(text) for text in picked_texts(request) if text.isdecimal()]
