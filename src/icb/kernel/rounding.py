"""The only place that rounds (rules, section 1)."""

from collections.abc import Sequence

from icb.kernel.errors import InvalidInput


def round_ratio(numerator: int, denominator: int) -> int:
    """The integer nearest to numerator / denominator; halves go away from zero.

    The denominator is positive. Exact: no intermediate value loses a digit.
    """
    if numerator < 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def split_by_largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in integer parts that stand in the proportion of `weights` and add up to it.

    Every part gets its whole share; what is left goes, one each, to the largest remainders, and
    among equal remainders to the one that comes first. A negative total gives the negated parts
    of the positive one. A weight of 0 gets 0. Raises InvalidInput where the weights sum to 0:
    nothing says then who gets what.
    """
    weight_sum = sum(weights)
    if weight_sum == 0:
        raise InvalidInput(
            field="weights",
            value=list(weights),
            message="An amount cannot be split: the weights sum to 0. Nothing was stored. "
            "Give at least one weight above 0.",
        )
    shares = [
        divmod(abs(total) * weight * _sign(weight_sum), abs(weight_sum)) for weight in weights
    ]
    parts = [whole for whole, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    for index in by_remainder[: abs(total) - sum(parts)]:
        parts[index] += 1
    return [part * _sign(total) for part in parts]


def round_together(numerators: Sequence[int], *, denominator: int, total: int) -> list[int]:
    """Integers for numerator / denominator that add up to `total`.

    Each is rounded down, or all are rounded up where the total is negative; what is missing goes,
    one each, to the largest remainders, and among equal ones to the one that comes first. Where
    `total` is the rounded sum, no part is off by 1 or more, and a part of 0 stays 0. The
    denominator is positive. Raises InvalidInput for a total other than 0 of no numbers.
    """
    if not numerators:
        if total:
            raise InvalidInput(
                field="numerators",
                value=total,
                message=f"{total} cannot be shared among nothing. Nothing was stored.",
            )
        return []
    sign = _sign(total)
    shares = [divmod(numerator * sign, denominator) for numerator in numerators]
    missing = abs(total) - sum(whole for whole, _ in shares)
    each, more = divmod(missing, len(shares))
    parts = [whole + each for whole, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    for index in by_remainder[:more]:
        parts[index] += 1
    return [part * sign for part in parts]


def _sign(number: int) -> int:
    return -1 if number < 0 else 1
