"""Who settles what: sums on one side, claims of the same account on the other.

Amounts are as their columns hold them (ten-thousandths).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from icb.foundation.amounts import from_stored, to_stored
from icb.foundation.bulk import fetch, ids_in
from icb.foundation.scope import provider_id
from icb.kernel.errors import InvalidInput, NotFound
from icb.kernel.money import format_minor, to_minor
from icb.payments.inputs import Share
from icb.payments.sharing import Part, taken_in_turn

Account = tuple[int, str]
"""An organization's id and a currency."""


class Claim(NamedTuple):
    """A live document that has to be paid, with what is open of it."""

    id: int
    number: str
    organization_id: int
    organization: str
    currency: str
    total: int
    open: int


_CLAIMS = """
SELECT owed.id, owed.number, item.organization_id, whose.key, item.currency, item.amount, item.open
FROM account_item item
JOIN document owed ON owed.id = item.document_id
JOIN organization whose ON whose.id = item.organization_id
WHERE item.provider_id = %s AND item.amount > 0 AND {which}
ORDER BY item.due_on, owed.id
"""


def open_claims(accounts: Iterable[Account]) -> dict[Account, list[Claim]]:
    """What is open on these accounts, due first first."""
    wanted = set(accounts)
    chosen, params = ids_in("item.organization_id", ids={account[0] for account in wanted})
    which = f"{chosen} AND NOT (item.open = 0)"
    found: dict[Account, list[Claim]] = defaultdict(list)
    for row in fetch(_CLAIMS.format(which=which), [provider_id(), *params]):
        claim = Claim(*row)
        if (claim.organization_id, claim.currency) in wanted:
            found[claim.organization_id, claim.currency].append(claim)
    return found


class Purse(NamedTuple):
    """A sum that settles documents: whose it is, and what is left of it."""

    organization_id: int
    organization: str
    currency: str
    left: int

    @property
    def account(self) -> Account:
        """The account that it is on."""
        return self.organization_id, self.currency


def claims_named(numbers: Iterable[str]) -> dict[str, Claim]:
    """The live documents of these numbers that have to be paid, open or not, by number."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    rows = fetch(_CLAIMS.format(which=f"owed.number IN ({marks})"), [provider_id(), *wanted])
    return {row[1]: Claim(*row) for row in rows}


def chosen_parts(
    shares: Sequence[Share],
    *,
    purse: Purse,
    claims: Mapping[str, Claim],
    taken: dict[int, int],
) -> list[Part]:
    """The parts of documents that were named; `taken` holds what others took before, and grows.

    A share without an amount takes what is open and left, be it nothing. Raises NotFound for an
    unknown document and InvalidInput, naming the document, for one that is not of this account or
    is not open for as much; `shares` where all is too much.
    """
    parts: list[Part] = []
    rest = purse.left
    for share in shares:
        claim = _claim(claims, share.document)
        _check_account(claim, purse=purse)
        if any(part.id == claim.id for part in parts):
            raise _refused(share.document, "it is named twice")
        is_open = claim.open - taken.get(claim.id, 0)
        amount = _amount(share, claim=claim._replace(open=is_open), left=rest)
        rest -= amount
        if amount:
            parts.append(Part(claim.id, amount))
            taken[claim.id] = taken.get(claim.id, 0) + amount
    if rest < 0:
        raise InvalidInput(
            field="shares",
            message=f"shares: they come to {_text(purse.left - rest, purse.currency)}, but only "
            f"{_text(purse.left, purse.currency)} is left to allocate. Nothing was stored. Take "
            "less.",
        )
    return parts


def spread(total: int, *, claims: Sequence[Claim], taken: dict[int, int]) -> list[Part]:
    """What a sum settles of open claims in their order; `taken` holds what others took before."""
    parts = taken_in_turn(
        total, claims=[Part(claim.id, claim.open - taken.get(claim.id, 0)) for claim in claims]
    )
    for part in parts:
        taken[part.id] = taken.get(part.id, 0) + part.amount
    return parts


def _claim(claims: Mapping[str, Claim], number: str) -> Claim:
    if number in claims:
        return claims[number]
    raise NotFound(
        "unknown_document",
        f"shares: there is no invoice {number[:60]!r} that could be settled. Nothing was stored. "
        "It may be void, or a credit note. Look at: icb invoice list",
        number=number[:60],
    )


def _check_account(claim: Claim, *, purse: Purse) -> None:
    if claim.organization_id != purse.organization_id:
        words = f"it is owed by {claim.organization}, not by {purse.organization}"
        raise _refused(claim.number, words)
    if claim.currency != purse.currency:
        raise _refused(claim.number, f"it is in {claim.currency}, the money in {purse.currency}")


def _amount(share: Share, *, claim: Claim, left: int) -> int:
    if share.amount is None:
        return max(min(claim.open, left), 0)
    amount = to_stored(to_minor(share.amount, claim.currency), claim.currency)
    if amount <= 0:
        raise _refused(claim.number, "the amount is not above 0")
    if amount > claim.open:
        open_text = _text(claim.open, claim.currency)
        raise _refused(claim.number, f"only {open_text} of it is open, not {share.amount}")
    return amount


def _refused(number: str, problem: str) -> InvalidInput:
    return InvalidInput(
        field="shares",
        value=number,
        message=f"shares: {number}: {problem}. Nothing was stored. Choose another amount or "
        "document.",
    )


def _text(amount: int, currency: str) -> str:
    return f"{format_minor(from_stored(amount, currency), currency)} {currency}"
