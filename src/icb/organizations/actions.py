"""What can be done with organizations; with taxes and exemptions: `tax_actions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import execute_many, insert_rows, reserve_ids
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.provider_details import check_email, check_payment_days, check_scheme
from icb.foundation.transactions import transaction
from icb.foundation.versions import check_version, version_of
from icb.kernel.checks import check_choice, check_new_key, check_text
from icb.kernel.countries import check_country
from icb.kernel.currency import check_currency
from icb.kernel.languages import check_language
from icb.kernel.problems import Problems, unknown
from icb.organizations.family import check_bill_to, check_parent
from icb.organizations.inputs import NewOrganization
from icb.organizations.models import Organization, OrganizationType
from icb.organizations.queries import OrganizationRow, organization_named, organizations
from icb.organizations.tax_actions import add_tax_rates
from icb.organizations.tax_queries import tax_rates

__all__ = ["add_organizations", "add_tax_rates", "change_organization"]

_LOCK = "organizations"
_LONGEST_NOTE = 4000
_TEXTS = {
    "key": 120,
    "name": 200,
    "domain": 253,
    "address": _LONGEST_NOTE,
    "tax_region": 60,
    "tax_number": 60,
    "email": 254,
    "postal_code": 20,
    "city": 120,
    "region": 120,
    "country": 2,
    "language": 10,
    "payment_days": 3,
    "buyer_reference": 120,
    "purchase_order": 120,
    "electronic_address": 120,
    "electronic_scheme": 4,
}
_COLUMNS = (
    "id",
    "key",
    "name",
    "type",
    "currency",
    "tax_rate_id",
    "tax_exempt",
    "tax_region",
    "bill_to_id",
    "parent_id",
    "domain",
    "address",
    "tax_number",
    "email",
    "postal_code",
    "city",
    "region",
    "country",
    "language",
    "payment_days",
    "buyer_reference",
    "purchase_order",
    "electronic_address",
    "electronic_scheme",
)


def add_organizations(news: Sequence[NewOrganization]) -> dict[str, int]:
    """Add organizations, in this order; their ids by key.

    `bill_to` and `parent` may name organizations of the same call, also later ones. Raises, for
    everything that is wrong at once, InvalidInput (a key missing, taken or given twice, a type,
    currency or address that is none), NotFound (tax rate, bill-to, parent) and Refused (a bill
    that would be passed on twice, a parent below itself).
    """
    with transaction(lock=_LOCK):
        require(Permission.MANAGE_ORGANIZATIONS)
        known = _known()
        problems, taken = Problems(), set(known.ids)
        for new in news:
            with problems.noting(f"organization {new.key}"):
                check_new_key(new.key, taken=taken)
        ids = reserve_ids(Organization, count=len(news))
        known.take_in(news, ids=ids)
        for new in news:
            _check(problems, new, known)
        problems.raise_if_any()
        rows = [known.row(new) for new in news]
        insert_rows(Organization, columns=_COLUMNS, rows=rows)
        _record("add_organizations", [new.key for new in news], [row[1:] for row in rows])
        return {new.key: id_ for new, id_ in zip(news, ids, strict=True)}


def change_organization(key: str, *, changes: Mapping[str, Any], seen: str = "") -> None:
    """Change fields of an organization, named as in NewOrganization; the key stays.

    Changing nothing writes nothing. Documents that are issued keep what they say. `seen` is the
    version (foundation.versions) of the row that the change was typed over. Raises NotFound,
    InvalidInput and Refused as `add_organizations` does, and Refused where somebody else changed
    the organization since.
    """
    with transaction(lock=_LOCK):
        require(Permission.MANAGE_ORGANIZATIONS)
        allowed = [field.name for field in fields(NewOrganization) if field.name != "key"]
        for name in changes:
            check_choice(name, field="field", allowed=allowed)
        row = organization_named(key)
        check_version(seen, version=version_of(row), subject=key)
        before = _as_new(row)
        after = _without_self(replace(before, **changes))
        if after == before:
            return
        problems, known = Problems(), _known()
        known.take_in([after], ids=[known.ids[key]])
        for new in (after, *known.billed_to(key)):
            _check(problems, new, known)
        problems.raise_if_any()
        stored = known.row(after)
        settings = ", ".join(f'"{column}" = %s' for column in _COLUMNS[2:])
        execute_many(
            f"UPDATE organization SET {settings} WHERE id = %s", [(*stored[2:], stored[0])]
        )
        old, new_values = asdict(before), asdict(after)
        changed = {
            name: [old[name], new_values[name]] for name in old if old[name] != new_values[name]
        }
        audit.record("change_organization", subject=key, data={"changes": changed})


@dataclass
class _Known:
    """What organizations and rates there are, with those that are about to be added."""

    ids: dict[str, int]
    rates: dict[str, int]
    bill_to: dict[str, str]
    parent: dict[str, str]

    def take_in(self, news: Sequence[NewOrganization], *, ids: Sequence[int]) -> None:
        """Count new or changed organizations as known."""
        for new, id_ in zip(news, ids, strict=True):
            self.ids[new.key] = id_
            self.bill_to[new.key] = "" if new.bill_to == new.key else new.bill_to
            self.parent[new.key] = new.parent

    def billed_to(self, key: str) -> list[NewOrganization]:
        """The organizations whose bills this one receives."""
        keys = [other for other, receiver in self.bill_to.items() if receiver == key]
        return [_as_new(row) for row in organizations(keys=keys)] if keys else []

    def row(self, new: NewOrganization) -> tuple[Any, ...]:
        """The values of _COLUMNS."""
        receiver = self.bill_to[new.key]
        return (
            self.ids[new.key],
            new.key,
            new.name,
            new.type,
            new.currency,
            self.rates.get(new.tax),
            new.tax_exempt,
            new.tax_region,
            self.ids.get(receiver),
            self.ids.get(new.parent),
            new.domain,
            new.address,
            new.tax_number,
            new.email,
            new.postal_code,
            new.city,
            new.region,
            new.country,
            new.language,
            int(new.payment_days) if new.payment_days else None,
            new.buyer_reference,
            new.purchase_order,
            new.electronic_address,
            new.electronic_scheme,
        )


def _known() -> _Known:
    rows = organizations()
    return _Known(
        ids={row.key: row.id for row in rows},
        rates={row.key: row.id for row in tax_rates()},
        bill_to={row.key: row.bill_to for row in rows},
        parent={row.key: row.parent for row in rows},
    )


def _check(problems: Problems, new: NewOrganization, known: _Known) -> None:
    at = f"organization {new.key}"
    for name, longest in _TEXTS.items():
        with problems.noting(at):
            check_text(getattr(new, name), field=name, longest=longest, required=name == "name")
    checks: tuple[Callable[[], object], ...] = (
        lambda: check_choice(new.type, field="type", allowed=OrganizationType.values),
        lambda: new.currency and check_currency(new.currency),
        lambda: check_email(new.email),
        lambda: check_payment_days(new.payment_days, otherwise="the provider's"),
        lambda: check_country(new.country),
        lambda: check_language(new.language),
        lambda: check_scheme(new.electronic_scheme),
        lambda: _check_known("tax rate", new.tax, known.rates),
        lambda: _check_known("organization", new.bill_to, known.ids),
        lambda: _check_known("organization", new.parent, known.ids),
        lambda: check_bill_to(new.key, bill_to=known.bill_to),
        lambda: check_parent(new.key, parent=known.parent),
    )
    for check in checks:
        with problems.noting(at):
            check()


def _check_known(kind: str, key: str, known: Mapping[str, int]) -> None:
    if key and key not in known:
        raise unknown(kind, key=key, known=known)


def _as_new(row: OrganizationRow) -> NewOrganization:
    return NewOrganization(
        **{field.name: getattr(row, field.name) for field in fields(NewOrganization)}
    )


def _without_self(new: NewOrganization) -> NewOrganization:
    """An organization that sends its bill to itself simply receives its own."""
    return replace(new, bill_to="") if new.bill_to == new.key else new


def _record(action: str, keys: Sequence[str], rows: Sequence[Any]) -> None:
    if keys:
        audit.record(
            action,
            subject=", ".join(keys)[:200],
            data={"count": len(keys), "digest": digest(canonical_json(rows))},
        )
