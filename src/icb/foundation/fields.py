"""Model fields that keep numbers exact on every database."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

if TYPE_CHECKING:
    _WholeField = models.BigIntegerField[Any, Any]
else:
    _WholeField = models.BigIntegerField

MICRO_SCALE = 6
AMOUNT_SCALE = 4


class ExactDecimalField(_WholeField):
    """A decimal kept as a whole number of 10**-scale parts.

    A DecimalField becomes a binary float on SQLite; this does not. Python sees a Decimal, the
    database a BIGINT, so sums in SQL are exact too. A value with more than `scale` decimals is
    refused, never rounded.
    """

    description = "Exact decimal with %(scale)s decimals"

    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def __init__(self, *args: Any, scale: int = MICRO_SCALE, **kwargs: Any) -> None:
        self.scale = scale
        self._unit = Decimal(1).scaleb(-scale)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "scale": self.scale}

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-self.scale)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ValidationError(f"{self.name} takes a Decimal, a whole number or a text")
        return Decimal(value)

    def get_prep_value(self, value: Any) -> int | None:
        exact = self.to_python(value)
        if exact is None:
            return None
        scaled = exact.scaleb(self.scale)
        if not exact.is_finite() or scaled != scaled.to_integral_value():
            raise ValidationError(f"{self.name} takes at most {self.scale} decimals, not {value}")
        return int(scaled)

    def get_internal_type(self) -> str:
        return "BigIntegerField"


class QuantityField(ExactDecimalField):
    """Counts, units, prices and percentages: millionths."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("scale", MICRO_SCALE)
        super().__init__(*args, **kwargs)


class AmountField(ExactDecimalField):
    """Amounts of money in the row's currency: ten-thousandths, enough for every minor unit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("scale", AMOUNT_SCALE)
        super().__init__(*args, **kwargs)
