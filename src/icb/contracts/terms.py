"""The terms of a contract service as they were typed, checked and in database values. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, cast

from icb.contracts.inputs import NewContractService, NewTier, Number
from icb.kernel.checks import check_choice
from icb.kernel.currency import minor_digits
from icb.kernel.errors import InvalidInput
from icb.kernel.money import to_minor
from icb.kernel.quantity import MICRO, Micro, to_micro
from icb.rating.terms import Billing, CountingRule, PricingKind, Tier, UnitChanges, check_policy
from icb.rating.terms import check_tiers as check_order_of_tiers

_AMOUNT_DIGITS = 4
_TIERED = (PricingKind.GRADUATED, PricingKind.VOLUME)
NO_TIERS = "[]"


class ServiceTerms(NamedTuple):
    """What a contract service's row holds, in millionths; amounts in ten-thousandths."""

    pricing: str
    package_size: Micro
    minimum: Micro
    included: Micro
    discount: Micro
    minimum_amount: int | None


def checked_terms(new: NewContractService, *, currency: str) -> ServiceTerms:
    """The terms in database values; InvalidInput for a number or word that cannot be."""
    pricing = _pricing(new.pricing)
    package_size = micro(new.package_size, field="package_size")
    if (pricing is PricingKind.PACKAGE) != (package_size > 0):
        raise InvalidInput(
            field="package_size",
            value=new.package_size,
            message="package_size: package pricing needs one above 0, and no other pricing takes "
            "one. Nothing was stored. Correct package_size or pricing.",
        )
    discount = micro(new.discount, field="discount")
    if discount > 100 * MICRO:
        raise InvalidInput(
            field="discount",
            value=new.discount,
            message=f"discount {new.discount}: it is not from 0 to 100 per cent. Nothing was "
            "stored. Correct it.",
        )
    return ServiceTerms(
        pricing.value,
        package_size,
        micro(new.minimum, field="minimum"),
        micro(new.included, field="included"),
        discount,
        amount(new.minimum_amount, currency=currency, field="minimum_amount"),
    )


@lru_cache(maxsize=4096, typed=True)
def micro(value: Number, *, field: str) -> Micro:
    """A number of units, or a price, in millionths; InvalidInput below 0."""
    return to_micro(value, field=field, minimum=0)


@lru_cache(maxsize=4096, typed=True)
def amount(value: Number | None, *, currency: str, field: str) -> int | None:
    """Money of the currency in ten-thousandths; InvalidInput below 0 or with lost decimals."""
    if value is None:
        return None
    exact = Decimal(value) if type(value) is int else value
    minor = to_minor(cast(Decimal | str, exact), currency, field=field)
    if minor < 0:
        raise InvalidInput(
            field=field,
            value=value,
            message=f"{field} {value}: it is below 0. Nothing was stored. Correct it.",
        )
    return minor * int(10 ** (_AMOUNT_DIGITS - minor_digits(currency)))


@lru_cache(maxsize=4096, typed=True)
def price(value: Number) -> Micro:
    """A unit price in millionths; InvalidInput below 0, where a discount is meant."""
    exact = to_micro(value, field="price")
    if exact < 0:
        raise InvalidInput(
            field="price",
            value=value,
            message=f"price {value}: it is below 0. Nothing was stored. Give a price of 0 or "
            "more, and a discount in per cent where less is to be billed.",
        )
    return exact


def tiers_text(tiers: Sequence[NewTier], *, pricing: str) -> str:
    """The tiers as their column holds them; InvalidInput where they do not fit the pricing."""
    if pricing in _TIERED:
        return _tiers_text(tuple((up_to, each) for up_to, each in tiers))
    if tiers:
        raise InvalidInput(
            field="tiers",
            message=f"tiers: {pricing} pricing has none. Nothing was stored. Leave them out, or "
            "choose graduated or volume pricing.",
        )
    return NO_TIERS


@lru_cache(maxsize=256)
def _tiers_text(tiers: tuple[NewTier, ...]) -> str:
    exact = tuple(
        Tier(None if up_to is None else micro(up_to, field="tiers"), price(each))
        for up_to, each in tiers
    )
    check_order_of_tiers(exact)
    return json.dumps(exact)


@lru_cache(maxsize=64)
def check_unit_changes(unit_changes: str, *, billing: str) -> str:
    """`unit_changes` itself, where it fits a contract billed so; empty means no choice.

    Raises InvalidInput for an unknown word, and Refused for a peak in advance.
    """
    if unit_changes:
        check_choice(unit_changes, field="unit_changes", allowed=UnitChanges)
        check_policy(
            counting=CountingRule.LEVEL,
            billing=Billing(billing),
            unit_changes=UnitChanges(unit_changes),
        )
    return unit_changes


@lru_cache(maxsize=16)
def _pricing(word: str) -> PricingKind:
    return PricingKind(check_choice(word, field="pricing", allowed=PricingKind))
