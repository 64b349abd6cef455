"""Which tenants are asked: the customers of the partner, without those that settings leave out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from icb.hub.ports import IncompleteAnswer, Seen, SyncProblem, WrongSettings
from icb.modules.reading import Record

LEFT_OUT = "tenant left out by the settings"
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """The tenants to ask, and how many the settings leave out."""

    asked: Sequence[Seen]
    left_out: int


def read_customer(row: Record) -> Seen:
    """A row of the list of customers. A tenant without a name is called by its id."""
    tenant = row.key("tenantId")
    return Seen(id=tenant, name=row.text_or("displayName") or tenant)


def chosen(customers: Sequence[Seen], *, left_out: str) -> Customers:
    """The customers without those that `left_out` names, by id or whole name, apart by commas.

    A name that none of them has any more changes nothing. Raises WrongSettings for one that several
    have, and IncompleteAnswer for a tenant that is listed twice.
    """
    if len({customer.id for customer in customers}) != len(customers):
        raise IncompleteAnswer(
            "The list of customers is not whole: some came twice, it moved while it was read. "
            "Nothing was stored; it is read again later."
        )
    named: set[str] = set()
    for word in filter(None, (part.strip() for part in left_out.split(","))):
        found = [each.id for each in customers if word.casefold() in _words(each)]
        if len(found) > 1:
            raise WrongSettings(
                f"left_out_tenants: {len(found)} tenants are called '{word}'. Nothing was stored. "
                f"Enter the id of the right one: {', '.join(found)}."
            )
        named.update(found)
    asked = [customer for customer in customers if customer.id not in named]
    return Customers(asked=asked, left_out=len(named))


def refuse_gaps(refused: Mapping[str, SyncProblem], *, customers: Collection[Seen]) -> None:
    """Raise for the tenants that did not let themselves be read, by id; nothing where none.

    One missing tenant makes the whole day incomplete: the rest would look like all there is.
    """
    if not refused:
        return
    names = [f"{each.name} ({each.id})" for each in customers if each.id in refused]
    shown = ", ".join(names[:_SHOWN])
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    reason = next(iter(refused.values())).message
    if len(names) == len(customers):
        raise type(next(iter(refused.values())))(
            f"None of the {len(names)} tenants lets itself be read. Nothing was stored. Give the "
            f"application its permission in the tenants. The first refusal: {reason}"
        )
    raise IncompleteAnswer(
        f"{len(names)} of {len(customers)} tenants refuse to be read: {shown}{rest}. Nothing was "
        "stored. Let each consent to the application, or name those that are not to be billed in "
        f"the setting left_out_tenants. The first refusal: {reason}"
    )


def _words(customer: Seen) -> tuple[str, str]:
    return customer.id.casefold(), customer.name.casefold()
