"""The templates that come with the product: nobody edits them, everybody may copy them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from icb.invoicing.design import Design


class SystemTemplate(NamedTuple):
    """A template of the product."""

    key: str
    name: str
    about: str
    design: Design


USUAL: Final = "standard"
"""The template where nothing else is chosen."""

SYSTEM_TEMPLATES: Mapping[str, SystemTemplate] = {
    one.key: one
    for one in (
        SystemTemplate(
            USUAL,
            "Standard",
            "Every line with its days, units and arithmetic.",
            Design(template=USUAL),
        ),
        SystemTemplate(
            "detailed",
            "Detailed with annexes",
            "Columns for period, quantity and price, grouped by module; with the units by day and "
            "what changed since the last invoice.",
            Design(
                template="detailed",
                columns=("position", "service", "period", "quantity", "unit_price", "tax", "net"),
                grouping="module",
                has_unit_list=True,
                has_changes=True,
            ),
        ),
        SystemTemplate(
            "compact",
            "Compact",
            "One row for each service and period, in small print.",
            Design(
                template="compact",
                columns=("position", "service", "period", "net"),
                is_rolled_up=True,
                is_compact=True,
            ),
        ),
    )
}
"""By key."""
