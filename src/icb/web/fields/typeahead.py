"""Fields that offer what there is while somebody types: organizations, services and the like."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.forms import TextInput
from django.http import JsonResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

SHOWN = 20
"""So many choices are offered at a time."""


class Choice(NamedTuple):
    """What is sent, what is shown for it, and a softer second line."""

    value: str
    text: str
    note: str = ""


class Typeahead(TextInput):
    """A text field around which the browser makes a list of choices; `src` gives the address.

    `told` gives the text that is shown for a value. What is typed and not chosen is sent as it
    stands: the field reads it, or says what is wrong with it.
    """

    def __init__(self, *, src: Callable[[], str], told: Callable[[str], str]) -> None:
        super().__init__(attrs={"autocomplete": "off"})
        self._src = src
        self._told = told

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: Any = None,
    ) -> SafeString:
        field = super().render(name, value, attrs, renderer)
        text = self._told(str(value)) if value else ""
        return format_html(
            '<icb-choice free src="{}" data-text="{}">{}</icb-choice>', self._src(), text, field
        )


def answer_choices(choices: Iterable[Choice]) -> JsonResponse:
    """The answer that the field of the browser reads."""
    return JsonResponse([choice._asdict() for choice in choices], safe=False)
