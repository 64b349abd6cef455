"""Which organization may stand above another, or receive its bill. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from icb.kernel.errors import Refused


def check_bill_to(key: str, *, bill_to: Mapping[str, str]) -> None:
    """Refuse a bill that would be passed on twice.

    `bill_to` names, for each organization that does not receive its own bills, who does.
    """
    receiver = bill_to.get(key, "")
    passed_on = bill_to.get(receiver, "")
    if receiver and passed_on:
        raise Refused(
            "bill_to_passed_on",
            f"{key} cannot send its bill to {receiver}: that one sends its own to {passed_on}. "
            f"Nothing was stored. Give {passed_on}, or let {receiver} receive its own bill.",
            organization=key,
            bill_to=receiver,
        )


def check_parent(key: str, *, parent: Mapping[str, str]) -> None:
    """Refuse an organization that would stand above itself."""
    above, seen = parent.get(key, ""), {key}
    while above:
        if above in seen:
            raise Refused(
                "parent_loop",
                f"{key} would stand above itself, through {above}. Nothing was stored. Give "
                f"another parent.",
                organization=key,
                parent=parent[key],
            )
        seen.add(above)
        above = parent.get(above, "")
