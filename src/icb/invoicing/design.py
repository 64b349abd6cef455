"""How a document looks: the settings of a template, checked. Pure.

The whole of it is frozen into each document's data, so a later change of a template changes
nothing that is issued.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, Final

from icb.kernel.checks import check_choice, check_text
from icb.kernel.errors import InvalidInput
from icb.kernel.languages import LANGUAGES

COLUMNS: Final = (
    "position",
    "service",
    "detail",
    "period",
    "quantity",
    "unit_price",
    "tax",
    "net",
    "gross",
)
"""What a table of lines can show; `detail` is days and units with their arithmetic."""
AMOUNTS: Final = ("net", "gross")
GROUPINGS: Final = ("none", "module", "contract", "site")
PAPERS: Final = ("a4", "letter")
TEXTS: Final = ("heading", "intro", "payment", "footer")
"""Texts of one's own: beside the kind of document, above the lines, at the payment, at the foot."""
LEAST_CONTRAST: Final = Decimal("4.5")
"""Of the accent to white paper, as accessible text needs it."""
TRUTHS: Final = (
    "is_rolled_up",
    "is_inclusive",
    "has_unit_list",
    "has_changes",
    "has_payment_code",
    "is_compact",
)
"""What a design says yes or no to."""
_LONGEST = {"heading": 80, "intro": 2000, "payment": 2000, "footer": 400}

Settings = dict[str, Any]


@dataclass(frozen=True)
class Design:
    """One look of documents. `texts` are by name and language; `logo` is the SHA-256 of one.

    `template` is the key, and for those of one's own the version, of the template it stands in.
    """

    template: str = ""
    logo: str = ""
    accent: str = "#0f4c75"
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    columns: tuple[str, ...] = ("position", "service", "detail", "tax", "net")
    grouping: str = "none"
    is_rolled_up: bool = False  # one row for each service and period, its lines summed
    is_inclusive: bool = False  # amounts with tax; else before tax
    has_unit_list: bool = False
    has_changes: bool = False
    has_payment_code: bool = True
    is_compact: bool = False
    paper: str = "a4"

    def text(self, name: str, *, language: str) -> str:
        """A text of one's own in a language; blank where there is none."""
        return self.texts.get(name, {}).get(language, "")


def settings_of(design: Design) -> Settings:
    """A design as plain JSON, to be stored and frozen."""
    return asdict(design) | {"columns": list(design.columns), "texts": _plain(design.texts)}


def design_of(settings: Mapping[str, Any]) -> Design:
    """The design of stored settings; InvalidInput, naming the field, where they are none."""
    known = {one.name: one for one in fields(Design)}
    for name in settings:
        check_choice(name, field="settings", allowed=known)
    for name, check in _CHECKS.items():
        if name in settings:
            check(name, settings[name])
    values = dict(settings)
    if "columns" in values:
        values["columns"] = tuple(values["columns"])
    design = replace(Design(), **values)
    return replace(design, texts=_plain(design.texts))


def contrast_to_white(color: str) -> Decimal:
    """How much a colour stands out on white paper: 1 (white) to 21 (black)."""
    red, green, blue = (_linear(int(color[at : at + 2], 16)) for at in (1, 3, 5))
    light = Decimal("0.2126") * red + Decimal("0.7152") * green + Decimal("0.0722") * blue
    return Decimal("1.05") / (light + Decimal("0.05"))


def _linear(channel: int) -> Decimal:
    share = Decimal(channel) / 255
    if share <= Decimal("0.04045"):
        return share / Decimal("12.92")
    return ((share + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")


def _plain(texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The texts without those that are blank, in the order of names and languages."""
    return {
        name: by_language
        for name in TEXTS
        if (
            by_language := {
                language: text
                for language in LANGUAGES
                if (text := texts.get(name, {}).get(language, "").strip())
            }
        )
    }


def _refuse(name: str, says: str) -> InvalidInput:
    return InvalidInput(field=name, message=f"{name}: {says} Nothing was stored.")


def _check_logo(name: str, value: object) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"(?:[0-9a-f]{64})?", value):
        raise _refuse(name, "is no stored logo. Upload one, or give none.")


def _check_accent(name: str, value: object) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise _refuse(name, "is no colour. Give one such as #0f4c75.")
    contrast = contrast_to_white(value)
    if contrast < LEAST_CONTRAST:
        raise _refuse(
            name,
            f"{value} stands out from white paper {contrast:.1f} to 1; text needs "
            f"{LEAST_CONTRAST} to 1. Choose a darker colour.",
        )


def _check_texts(name: str, value: object) -> None:
    if not isinstance(value, Mapping):
        raise _refuse(name, "are no texts by name and language.")
    for text_name, by_language in value.items():
        check_choice(text_name, field=name, allowed=TEXTS)
        if not isinstance(by_language, Mapping):
            raise _refuse(name, f"{text_name} is no text by language.")
        for language, text in by_language.items():
            check_choice(language, field=name, allowed=LANGUAGES)
            if not isinstance(text, str):
                raise _refuse(name, f"{text_name} in {language} is no text.")
            check_text(text, field=f"{text_name} ({language})", longest=_LONGEST[text_name])


def _check_columns(name: str, value: object) -> None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _refuse(name, "are no list of columns.")
    for column in value:
        check_choice(column, field=name, allowed=COLUMNS)
    if len(set(value)) < len(value):
        raise _refuse(name, "a column stands twice. Name each once.")
    if "service" not in value or not set(AMOUNTS) & set(value):
        raise _refuse(name, "a line needs its service and an amount. Add them.")


def _one_of(allowed: Sequence[str]) -> Callable[[str, object], None]:
    def check(name: str, value: object) -> None:
        check_choice(str(value), field=name, allowed=allowed)

    return check


def _check_truth(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise _refuse(name, "is neither true nor false.")


def _check_name(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise _refuse(name, "is no text.")
    check_text(value, field=name, longest=80)


_CHECKS: Mapping[str, Callable[[str, object], None]] = {
    "template": _check_name,
    "logo": _check_logo,
    "accent": _check_accent,
    "texts": _check_texts,
    "columns": _check_columns,
    "grouping": _one_of(GROUPINGS),
    "paper": _one_of(PAPERS),
} | dict.fromkeys(TRUTHS, _check_truth)
