"""Template tags: formats, icons, states, fields. Loaded in every template."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from icb.kernel.errors import without_commands
from icb.kernel.money import Minor
from icb.web.shell import formats
from icb.web.shell.states import state_word

register = template.Library()
register.filter("number", formats.number)
register.filter("day", formats.day)
register.filter("moment", formats.moment)
register.filter("micro", formats.micro)
register.filter("plain", formats.text)
register.filter("state_word", state_word)
register.filter("price", lambda value, currency: formats.price(value, currency=currency))

# Words of state in every app, and how much they want to be looked at.
TONES = {
    "good": "accepted active confirmed connected done fresh healthy invoiced issued mapped ok on "
    "paid posted received sent stored synced",
    "warn": "carried deferred draft estimated expiring late new partial pending quarantined "
    "retrying snoozed stale unmapped unverified waiting warning suspended",
    "bad": "absent broken cancelled dead failed failing gap held missing overdue refused rejected "
    "silent void voided",
    "accent": "running open suggested",
}
_TONE_OF = {word: tone for tone, words in TONES.items() for word in words.split()}


register.filter(without_commands)


@register.filter
def named(key: str, names: Mapping[str, str]) -> str:
    """What people call what a key names, by the view's `names`; the key where none is known."""
    return names.get(key) or key


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A picture of the sprite; without a label it is decoration."""
    address = static("vendor/icons.svg")
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>',
            label,
            address,
            name,
        )
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', address, name
    )


@register.simple_tag
def money(value: Decimal | None, currency: str) -> SafeString:
    """An amount in major units with its currency."""
    return _with_currency(formats.amount(value, currency=currency), currency)


@register.simple_tag
def minor(value: Minor | None, currency: str) -> SafeString:
    """An amount in minor units with its currency."""
    return _with_currency(formats.minor(value, currency=currency), currency)


@register.simple_tag
def plain_money(value: str, currency: str) -> SafeString:
    """An amount that is plain text ("128.40") with its currency."""
    return _with_currency(formats.plain_amount(value), currency)


@register.simple_tag
def state(word: str, label: str = "", tone: str = "") -> SafeString:
    """A word of state with its colour and shape."""
    shown = label or state_word(word)
    return format_html('<span class="state {}">{}</span>', tone or tone_of(word), shown)


@register.inclusion_tag("shell/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A field of a form: label, control, help and errors, tied together for screen readers."""
    return {"field": bound, "is_check": isinstance(bound.field.widget, CheckboxInput)}


@register.simple_tag(takes_context=True)
def address_with(context: template.Context, **changes: Any) -> str:
    """The address of this page with parameters replaced; an empty value takes one out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in ("", None):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


def tone_of(word: str) -> str:
    """How much a word of state wants to be looked at: good, warn, bad, accent or nothing."""
    return _TONE_OF.get(word.lower().replace(" ", "_").split("_")[-1], "")


def _with_currency(text: str, currency: str) -> SafeString:
    if not text:
        return SafeString("")
    return format_html('{} <span class="currency">{}</span>', text, currency)
