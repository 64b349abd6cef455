"""What a cell may say: each kind of column turns text into its one canonical text.

Canonical text is what an export writes, so that two cells mean the same exactly where their
canonical texts are equal.
"""

from __future__ import annotations

import re
from datetime import date

from icb.exchange.problems import CellRefused
from icb.kernel.errors import InvalidInput
from icb.kernel.quantity import Micro, format_micro, to_micro

_ISO_DAY = re.compile(r"(\d{4})([-/])(\d{2})\2(\d{2})", re.ASCII)
_DOTTED_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_SLASHED_DAY = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{2,4})", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([ '’.,\u00a0\u202f]\d{3})+([.,]\d+)?", re.ASCII)
_AMBIGUOUS_POINT = re.compile(r"[+-]?\d{1,3}\.\d{3}", re.ASCII)

YES, NO = "yes", "no"
_TRUTH = {"yes": YES, "true": YES, "1": YES, "no": NO, "false": NO, "0": NO}


def read_day(text: str) -> date:
    """The day that a cell names. ISO, or day.month.year with points; never with slashes."""
    if match := _ISO_DAY.fullmatch(text):
        return _day(text, match[1], match[3], match[4])
    if match := _DOTTED_DAY.fullmatch(text):
        return _day(text, match[3], match[2], match[1])
    if match := _SLASHED_DAY.fullmatch(text):
        raise CellRefused(_ambiguous_day(match))
    raise CellRefused("is not a day; write it as year-month-day, such as 2026-01-31")


def read_number(
    text: str, *, decimal_comma: bool, minimum: Micro | None = 0, whole: bool = False
) -> Micro:
    """The number in a cell, in millionths.

    In a file whose cells are separated by semicolons or tabs the decimal sign is a comma; a point
    is taken there too, unless it could separate thousands. Thousands are never separated.
    """
    plain = _plain_number(text, decimal_comma=decimal_comma)
    try:
        return to_micro(plain, field="value", minimum=minimum, whole=whole)
    except InvalidInput as refused:
        problem = refused.message.split(plain, 1)[-1].split(". Nothing", 1)[0].strip()
        raise CellRefused(problem) from None


def canonical_number(text: str, *, decimal_comma: bool, minimum: Micro | None = 0) -> str:
    """The shortest plain text of the number in a cell."""
    return format_micro(read_number(text, decimal_comma=decimal_comma, minimum=minimum))


def canonical_truth(text: str) -> str:
    """ "yes" or "no"."""
    try:
        return _TRUTH[text.lower()]
    except KeyError:
        raise CellRefused("is neither yes nor no") from None


def canonical_choice(text: str, *, choices: tuple[str, ...]) -> str:
    """One of `choices`; case and spaces for underscores do not matter."""
    by_word = {_word(choice): choice for choice in choices}
    word = _word(text)
    if word not in by_word:
        raise CellRefused(f"is not allowed; give one of {', '.join(choices)}")
    return by_word[word]


def canonical_tiers(text: str, *, decimal_comma: bool) -> str:
    """Price tiers as "10:5 50:4.5 *:4": up to and including 10 units, up to 50, all beyond."""
    parts = []
    for part in text.split():
        up_to, colon, price = part.partition(":")
        if not colon:
            raise CellRefused('is not a list of tiers; write them as "10:5.00 50:4.50 *:4.00"')
        bound = up_to if up_to == "*" else canonical_number(up_to, decimal_comma=decimal_comma)
        parts.append(f"{bound}:{canonical_number(price, decimal_comma=decimal_comma)}")
    return " ".join(parts)


def join_list(items: list[str]) -> str:
    """Several texts in one cell, separated by | ; a | inside one is written as \\|."""
    return "|".join(item.replace("\\", "\\\\").replace("|", "\\|") for item in items)


def split_list(text: str) -> list[str]:
    """The texts that `join_list` put into one cell."""
    if not text:
        return []
    items = [""]
    characters = iter(text)
    for character in characters:
        if character == "|":
            items.append("")
        else:
            items[-1] += next(characters, "") if character == "\\" else character
    return items


def _word(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text.strip().lower())


def _plain_number(text: str, *, decimal_comma: bool) -> str:
    if not decimal_comma and "," in text:
        raise CellRefused("has a comma; write numbers as 1234.50, without separated thousands")
    if decimal_comma and _AMBIGUOUS_POINT.fullmatch(text):
        whole, _, rest = text.partition(".")
        raise CellRefused(f"could mean {whole}{rest} or {whole},{rest}; write one of these")
    if not _NUMBER.fullmatch(text):
        if _THOUSANDS.fullmatch(text):
            raise CellRefused("separates thousands; write the number without that sign")
        raise CellRefused("is not a number")
    return text.replace(",", ".")


def _day(text: str, year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise CellRefused("is not a day of the calendar") from None


def _ambiguous_day(match: re.Match[str]) -> str:
    first, second, year = match[1].zfill(2), match[2].zfill(2), match[3]
    century = year if len(year) == 4 else f"20{year}"
    return (
        f"is not clear: it could be {century}-{second}-{first} or {century}-{first}-{second}; "
        "write days as year-month-day"
    )
