"""What the actions of payments take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Spread(StrEnum):
    """How a payment finds the documents it settles, where nobody names them."""

    OLDEST = "oldest"  # what is due first, as far as the payment reaches
    NONE = "none"  # it stays as credit of the organization


@dataclass(frozen=True, slots=True)
class Share:
    """A document by its number, and how much of it is settled; None: as much as there is."""

    document: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """Money that came. `amount` is in major units; a blank currency is the organization's.

    `shares` names what it settles; without them `spread` decides. `external_id` makes it one
    payment however often it is recorded: the id in a bank file, or what a form carries.
    """

    organization: str
    amount: str | Decimal
    received_on: date
    currency: str = ""
    method: str = "bank"
    reference: str = ""
    external_id: str = ""
    spread: Spread = Spread.OLDEST
    shares: Sequence[Share] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalPayment:
    """A payment of one document as an accounting program tells it, in the document's currency.

    `external_id` stays the same for as long as the program knows the payment; an amount of 0 says
    that it is gone there.
    """

    external_id: str
    document: str
    received_on: date
    amount: Decimal
    reference: str = ""
    method: str = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """A line of a bank's file as it was read; amounts in major units, money that went out below 0.

    `line` is its place in the file. `organization` and `document` are blank where the file has no
    column for them: then the reference is searched.
    """

    line: int
    received_on: date
    amount: Decimal
    currency: str
    reference: str
    organization: str = ""
    document: str = ""
    external_id: str = ""
