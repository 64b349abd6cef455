"""Which organization a module organization probably is. Pure; nothing here is ever saved.

A shared id or domain, or the same name once case, punctuation and the legal form are left out, is
a suggestion if it is the only one. Otherwise names that are nearly alike are ranked. Where several
are equally good there is none, and a warning.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

SAME = 100
LEAST = 80
"""Names that are less alike than this, of 100, are not suggested."""
RANKED = 3
"""So many near matches are offered at most."""

_WORDS = re.compile(r"[^\W_]+")
_LEGAL_FORMS = frozenset(
    _WORDS.findall(
        "ab ag aps as asa bv bvba co company corp corporation cv eirl ek eurl ev gbr gesmbh gmbh "
        "inc incorporated kft kg kgaa kk limited llc llp lp ltd ltda mbh nv ohg ou oy oyj plc pllc "
        "pte pty pvt sa sae sarl sas sc sca se sl slu sp spa spzoo sro srl stiftung ug vof zoo"
    )
)
_JOINING = ("and", "und")  # what "& Co. KG" leaves behind
# Letters that no decomposition takes apart.
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})


class Known(NamedTuple):
    """An organization that may be suggested."""

    key: str
    name: str
    domain: str = ""


class Unmapped(NamedTuple):
    """A module organization that a suggestion is wanted for.

    `hint`: the organization's id in the provider's own books, where the module was told it.
    """

    module: str
    id: str
    name: str
    domain: str = ""
    hint: str = ""


class Suggestion(NamedTuple):
    """An organization for a module organization: `score` of 100, and why, in words.

    Where several are equally good `organization` is empty, `equals` holds them and `warning`
    names them.
    """

    unmapped: Unmapped
    organization: str
    score: int
    reason: str
    warning: str = ""
    equals: tuple[str, ...] = ()


@lru_cache(maxsize=65_536)  # the same names are compared at each look
def normalised(name: str) -> str:
    """The name without case, accents, punctuation and legal form."""
    folded = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    # Forms are written with points as well: B.V., S.à r.l., Sp. z o.o.
    words = _WORDS.findall(plain.replace(".", "").replace("&", " and "))
    for length in (3, 2):
        if "".join(words[-length:]) in _LEGAL_FORMS and len(words) > length:
            words = words[:-length]
    while len(words) > 1 and (words[-1] in _LEGAL_FORMS or words[-1] in _JOINING):
        words.pop()
    return " ".join(words)


def compared_by(id: str, *, domain: str = "", name: str = "") -> set[tuple[str, str]]:
    """Everything by which two are compared for being the same; empty texts are not."""
    values = (("id", id.casefold()), ("domain", _domain(domain)), ("name", normalised(name)))
    return {(kind, value) for kind, value in values if value}


def suggest(wanted: Iterable[Unmapped], *, among: Sequence[Known]) -> list[Suggestion]:
    """Suggestions for each module organization, best first; several where names are near."""
    index = _Index(among)
    return [suggestion for unmapped in wanted for suggestion in index.suggest(unmapped)]


class _Index:
    """The organizations by what can be compared."""

    def __init__(self, among: Sequence[Known]) -> None:
        self._names = {known.key: normalised(known.name) for known in among}
        self._by: dict[str, dict[str, list[str]]] = {
            "id": defaultdict(list),
            "domain": defaultdict(list),
            "name": defaultdict(list),
        }
        for known in among:
            self._by["id"][known.key.casefold()].append(known.key)
            self._by["domain"][_domain(known.domain)].append(known.key)
            self._by["name"][self._names[known.key]].append(known.key)

    def suggest(self, unmapped: Unmapped) -> list[Suggestion]:
        shared: dict[str, list[str]] = {}
        for kind, value, reason in (
            ("id", unmapped.id.casefold(), "same id"),
            ("id", unmapped.hint.casefold(), "id that the module was told"),
            ("domain", _domain(unmapped.domain), "same domain"),
            ("name", normalised(unmapped.name), "same name"),
        ):
            for key in self._by[kind].get(value, []) if value else []:
                shared.setdefault(key, []).append(reason)
        if shared:
            return [_only_one(unmapped, shared)]
        return self._near(unmapped)

    def _near(self, unmapped: Unmapped) -> list[Suggestion]:
        name = normalised(unmapped.name)
        if not name:
            return []
        found = process.extract(
            name, self._names, scorer=fuzz.ratio, score_cutoff=LEAST, limit=RANKED + 1
        )
        best = [key for _, score, key in found if score == found[0][1]]
        if len(best) > 1:
            return [_several(unmapped, best)]
        return [
            Suggestion(unmapped, key, int(score), f"similar name: {self._names[key]}")
            for _, score, key in found[:RANKED]
        ]


def _only_one(unmapped: Unmapped, shared: dict[str, list[str]]) -> Suggestion:
    most = max(len(reasons) for reasons in shared.values())
    best = sorted(key for key, reasons in shared.items() if len(reasons) == most)
    if len(best) > 1:
        return _several(unmapped, best)
    return Suggestion(unmapped, best[0], SAME, ", ".join(shared[best[0]]))


def _several(unmapped: Unmapped, keys: Sequence[str]) -> Suggestion:
    warning = f"several are equally good: {', '.join(keys)}"
    return Suggestion(unmapped, "", 0, "", warning, tuple(keys))


def _domain(domain: str) -> str:
    return domain.strip().casefold().removeprefix("www.").rstrip(".")
