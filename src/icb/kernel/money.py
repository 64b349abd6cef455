"""Amounts of money: exact integers in the currency's minor unit (cents)."""

from dataclasses import dataclass
from decimal import Decimal

from icb.kernel.currency import check_currency, minor_digits
from icb.kernel.errors import Refused
from icb.kernel.quantity import scaled

Minor = int


def to_minor(value: str | Decimal, currency: str, *, field: str = "amount") -> Minor:
    """An amount in major units ("128.40") in minor units (12840 for USD), exactly.

    Raises InvalidInput, naming `field`, for a value with more decimals than the currency has,
    a non-finite one, a float, and anything else that is not an exact number.
    """
    return scaled(value, field=field, places=minor_digits(currency))


def format_minor(amount: Minor, currency: str) -> str:
    """The plain text of an amount with all its decimals: "128.40" USD, "5392" JPY."""
    digits = minor_digits(currency)
    whole, fraction = divmod(abs(amount), 10**digits)
    text = f"{whole}.{fraction:0{digits}d}" if digits else str(whole)
    return f"-{text}" if amount < 0 else text


def minor_to_decimal(amount: Minor, *, currency: str) -> Decimal:
    """The amount as an exact Decimal in major units."""
    return Decimal(format_minor(amount, currency))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount together with its currency. Two currencies are never added."""

    minor: Minor
    currency: str

    def __post_init__(self) -> None:
        check_currency(self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._minor_of(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._minor_of(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{format_minor(self.minor, self.currency)} {self.currency}"

    def _minor_of(self, other: "Money") -> Minor:
        if other.currency != self.currency:
            raise Refused(
                "two_currencies",
                f"{self.currency} and {other.currency} cannot be added. Nothing was stored. "
                "Keep a sum per currency.",
            )
        return other.minor
