"""What can be done with taxes: add and change them, say what they come to, exempt from them.

Percentages are read by whoever issues documents, under the lock `billing`; so who changes them
holds it too. Up to the last day that a document took, they stay as they are (`TaxUse`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.bulk import execute, ids_in, insert_rows, reserve_ids
from icb.foundation.canonical import canonical_json, digest
from icb.foundation.providers import FROM_EVER
from icb.foundation.scope import provider_id
from icb.foundation.transactions import transaction
from icb.foundation.versions import check_version, version_of
from icb.kernel.checks import check_choice, check_new_key, check_text
from icb.kernel.errors import InvalidInput, NotFound, Refused
from icb.kernel.problems import Problems, unknown
from icb.kernel.quantity import Micro, to_micro
from icb.organizations.inputs import NewTaxExemption, NewTaxPart, NewTaxPercentage, NewTaxRate
from icb.organizations.models import (
    Organization,
    TaxCategory,
    TaxExemption,
    TaxPercentage,
    TaxRate,
    TaxUse,
)
from icb.organizations.tax_queries import tax_is_used, tax_rate_named, tax_rates

_ORGANIZATIONS = "organizations"
_BILLING = "billing"
_LONGEST_REASON = 500
_CHANGEABLE = ("name", "category", "reason")
_COLUMNS = ("tax_rate_id", "region", "from_day", "part", "name", "percent", "is_compound")


def add_tax_rates(news: Sequence[NewTaxRate]) -> dict[str, int]:
    """Add taxes; their ids by key.

    Raises InvalidInput for a key that is missing, taken or given twice, a category that is none,
    and for a percentage that is negative, not an exact number, or not of the category.
    """
    with transaction(lock=_ORGANIZATIONS):
        require(Permission.MANAGE_ORGANIZATIONS)
        problems, taken = Problems(), {row.key for row in tax_rates()}
        rows, percentages = [], []
        for place, new in enumerate(news):
            at = f"tax rate {new.key}"
            with problems.noting(at):
                check_new_key(new.key, taken=taken)
                check_text(new.key, field="key", longest=60)
            with problems.noting(at):
                percent = _percent(new.percent)
                category = new.category or _category_of(percent)
                rows.append(_checked(new.key, new.name or new.key, category, new.reason))
                _check_percent(category, percent)
                if percent and category == TaxCategory.STANDARD:
                    percentages.append((place, percent))
        problems.raise_if_any()
        ids = reserve_ids(TaxRate, count=len(rows))
        columns = ("id", "key", "name", "category", "reason")
        insert_rows(
            TaxRate,
            columns=columns,
            rows=((id_, *row) for id_, row in zip(ids, rows, strict=True)),
        )
        insert_rows(
            TaxPercentage,
            columns=_COLUMNS,
            rows=((ids[place], "", FROM_EVER, 1, "", value, False) for place, value in percentages),
        )
        _record("add_tax_rates", [row[0] for row in rows], [rows, percentages])
        return {row[0]: id_ for id_, row in zip(ids, rows, strict=True)}


def change_tax_rate(key: str, *, changes: Mapping[str, str], seen: str = "") -> None:
    """Change name, category or reason of a tax; the key stays, and so do issued documents.

    `seen` is the version (foundation.versions) of the row that the change was typed over. Raises
    NotFound and InvalidInput; Refused with `tax_is_used` for another category of a tax that a
    document took, and where somebody else changed the tax since.
    """
    with transaction(lock=_BILLING):
        require(Permission.MANAGE_ORGANIZATIONS)
        for name in changes:
            check_choice(name, field="field", allowed=_CHANGEABLE)
        row = tax_rate_named(key)
        check_version(seen, version=version_of(row[:5]), subject=key)
        before = {name: getattr(row, name) for name in _CHANGEABLE}
        after = before | dict(changes)
        if after == before:
            return
        _checked(key, after["name"], after["category"], after["reason"])
        if after["category"] != before["category"]:
            _check_recategorized(row.id, key=key, category=after["category"])
        TaxRate.objects.filter(pk=row.id).update(**after)
        changed = {
            name: [before[name], after[name]] for name in after if before[name] != after[name]
        }
        audit.record("change_tax_rate", subject=key, data={"changes": changed})


def set_tax_percentages(news: Sequence[NewTaxPercentage]) -> None:
    """Say what taxes come to from a day on; of the same tax, region and day, instead of before.

    Raises NotFound for an unknown tax; InvalidInput for parts that are none, or that a tax of this
    category does not have; Refused with `tax_is_used` where documents took the tax in the region
    on the day or later.
    """
    with transaction(lock=_BILLING):
        require(Permission.MANAGE_ORGANIZATIONS)
        rates = {row.key: row for row in tax_rates()}
        problems, rows, used = Problems(), [], _last_uses()
        for new in news:
            with problems.noting(f"tax {new.tax}"):
                if new.tax not in rates:
                    raise unknown("tax rate", key=new.tax, known=rates)
                from_day = new.from_day or FROM_EVER
                check_text(new.region, field="region", longest=60)
                _check_unused(used, tax=rates[new.tax].id, percentage=new)
                parts = _parts(new.parts, category=rates[new.tax].category)
                rows += [
                    (rates[new.tax].id, new.region, from_day, place, *part)
                    for place, part in enumerate(parts, start=1)
                ]
        problems.raise_if_any()
        _refuse_twice(news)
        _remove_percentages({row[:3] for row in rows})
        insert_rows(TaxPercentage, columns=_COLUMNS, rows=rows)
        _record("set_tax_percentages", list(dict.fromkeys(new.tax for new in news)), rows)


def _remove_percentages(places: Collection[tuple[int, str, date]]) -> None:
    """Remove all parts of the percentages of these taxes, regions and days."""
    known = TaxPercentage.objects.values_list("tax_rate_id", "region", "from_day", "pk")
    old = [id_ for *place, id_ in known if tuple(place) in places]
    if old:
        chosen, params = ids_in("id", ids=old)
        execute(
            f"DELETE FROM tax_percentage WHERE provider_id = %s AND {chosen}",
            [provider_id(), *params],
        )


def remove_tax_percentage(tax: str, *, region: str, from_day: date) -> None:
    """Remove what a tax comes to in a region from a day on: what was said before goes on.

    Raises NotFound; Refused with `tax_is_used` where documents took it.
    """
    with transaction(lock=_BILLING):
        require(Permission.MANAGE_ORGANIZATIONS)
        found = tax_rate_named(tax)
        percentage = NewTaxPercentage(tax, (), region=region, from_day=from_day)
        _check_unused(_last_uses(), tax=found.id, percentage=percentage)
        removed, _ = TaxPercentage.objects.filter(
            tax_rate_id=found.id, region=region, from_day=from_day
        ).delete()
        if not removed:
            raise NotFound(
                "unknown_percentage",
                f"The tax {tax} has no percentage of its own from {from_day} on. Nothing was "
                "changed. Look at its percentages again.",
            )
        audit.record(
            "remove_tax_percentage", subject=tax, data={"region": region, "from_day": from_day}
        )


def add_tax_exemptions(news: Sequence[NewTaxExemption]) -> list[int]:
    """Exempt organizations from a tax, or from any; the ids of the exemptions.

    Documents that are issued keep what they say. Raises NotFound for an organization or a tax;
    InvalidInput without a reason and for an end before the start; Refused with `exempt_already`
    where an exemption from the same tax covers one of the days.
    """
    with transaction(lock=_ORGANIZATIONS):
        require(Permission.MANAGE_ORGANIZATIONS)
        known = _Known.now()
        problems, rows = Problems(), []
        for new in news:
            with problems.noting(f"organization {new.organization}"):
                rows.append(known.row(new))
        problems.raise_if_any()
        ids = reserve_ids(TaxExemption, count=len(rows))
        insert_rows(
            TaxExemption,
            columns=(
                "id",
                "organization_id",
                "tax_rate_id",
                "starts_on",
                "ends_on",
                "reason",
                "certificate",
            ),
            rows=((id_, *row) for id_, row in zip(ids, rows, strict=True)),
        )
        _record("add_tax_exemptions", [new.organization for new in news], rows)
        return list(ids)


def end_tax_exemption(exemption: int, *, ends_on: date | None) -> None:
    """Let an exemption end with a day, or without one let it go on. As `add_tax_exemptions`."""
    with transaction(lock=_ORGANIZATIONS):
        require(Permission.MANAGE_ORGANIZATIONS)
        row = _exemption(exemption)
        _check_days(row.starts_on, ends_on)
        others = _Known.now()
        whose = others.forget(row)
        others.check_free(*whose, starts_on=row.starts_on, ends_on=ends_on)
        before, row.ends_on = row.ends_on, ends_on
        row.save(update_fields=["ends_on"])
        audit.record(
            "end_tax_exemption",
            subject=row.organization.key,
            data={"starts_on": row.starts_on, "ends_on": [before, ends_on]},
        )


def remove_tax_exemption(exemption: int) -> None:
    """Remove an exemption that was entered by mistake. Raises NotFound where there is none."""
    with transaction(lock=_ORGANIZATIONS):
        require(Permission.MANAGE_ORGANIZATIONS)
        row = _exemption(exemption)
        audit.record(
            "remove_tax_exemption",
            subject=row.organization.key,
            data={
                "starts_on": row.starts_on,
                "ends_on": row.ends_on,
                "reason": row.reason,
                "certificate": row.certificate,
            },
        )
        row.delete()


@dataclass
class _Known:
    """Organizations and taxes by key, and the days of the exemptions there are."""

    organizations: dict[str, int]
    taxes: dict[str, int]
    days: dict[tuple[int, int | None], list[tuple[date, date | None]]]

    @classmethod
    def now(cls) -> _Known:
        known = cls(
            dict(Organization.objects.values_list("key", "pk")),
            {row.key: row.id for row in tax_rates()},
            {},
        )
        for organization, tax, *days in TaxExemption.objects.values_list(
            "organization_id", "tax_rate_id", "starts_on", "ends_on"
        ):
            known.days.setdefault((organization, tax), []).append((days[0], days[1]))
        return known

    def row(self, new: NewTaxExemption) -> tuple[Any, ...]:
        """The values of a new exemption, which is known from then on."""
        if new.organization not in self.organizations:
            raise unknown("organization", key=new.organization, known=self.organizations)
        if new.tax and new.tax not in self.taxes:
            raise unknown("tax rate", key=new.tax, known=self.taxes)
        check_text(new.reason, field="reason", longest=_LONGEST_REASON, required=True)
        check_text(new.certificate, field="certificate", longest=120)
        _check_days(new.starts_on, new.ends_on)
        organization, tax = self.organizations[new.organization], self.taxes.get(new.tax)
        self.check_free(organization, tax, starts_on=new.starts_on, ends_on=new.ends_on)
        self.days.setdefault((organization, tax), []).append((new.starts_on, new.ends_on))
        return organization, tax, new.starts_on, new.ends_on, new.reason, new.certificate

    def forget(self, row: TaxExemption) -> tuple[int, int | None]:
        """Leave an exemption out that is about to change; whose it is, and from which tax."""
        whose = row.organization.pk, row.tax_rate.pk if row.tax_rate else None
        self.days[whose].remove((row.starts_on, row.ends_on))
        return whose

    def check_free(
        self, organization: int, tax: int | None, *, starts_on: date, ends_on: date | None
    ) -> None:
        """Refuse days that another exemption from the same tax covers."""
        for first, last in self.days.get((organization, tax), []):
            if (last is None or starts_on <= last) and (ends_on is None or first <= ends_on):
                until = f"until {last}" if last else "without an end"
                raise Refused(
                    "exempt_already",
                    f"There is an exemption from the same tax from {first} on, {until}. Nothing "
                    "was stored. End that one the day before, or choose other days.",
                )


def _exemption(exemption: int) -> TaxExemption:
    found: TaxExemption | None = (
        TaxExemption.objects.select_related("organization", "tax_rate").filter(pk=exemption).first()
    )
    if found is None:
        raise NotFound(
            "unknown_exemption",
            "There is no such exemption any more. Nothing was changed. Look at the list again.",
        )
    return found


def _check_days(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise InvalidInput(
            field="ends_on",
            value=ends_on,
            message=f"ends_on: {ends_on} is before {starts_on}, the first day. Nothing was stored. "
            "Give that day or a later one.",
        )


def _percent(value: Decimal | str | int | None) -> Micro | None:
    return None if value is None else to_micro(value, field="percent", minimum=0)


def _category_of(percent: Micro | None) -> str:
    return TaxCategory.ZERO.value if percent == 0 else TaxCategory.STANDARD.value


def _checked(key: str, name: str, category: str, reason: str) -> tuple[str, str, str, str]:
    check_text(name, field="name", longest=120, required=True)
    check_choice(category, field="category", allowed=TaxCategory.values)
    check_text(reason, field="reason", longest=_LONGEST_REASON)
    if category == TaxCategory.STANDARD and reason:
        raise InvalidInput(
            field="reason",
            value=reason,
            message="reason: a tax of category S is charged, so there is no reason why it is not. "
            "Nothing was stored. Leave the reason out, or choose another category.",
        )
    return key, name, category, reason


def _check_percent(category: str, percent: Micro | None) -> None:
    if percent is not None and (category == TaxCategory.STANDARD) != (percent > 0):
        raise InvalidInput(
            field="percent",
            message=(
                "percent: a tax of category S is above 0; what carries no tax has another "
                "category, such as Z."
                if percent == 0
                else f"percent: a tax of category {category} is not charged, so it has no "
                "percentage above 0."
            )
            + " Nothing was stored. Correct one of them.",
        )


def _parts(news: Sequence[NewTaxPart], *, category: str) -> list[tuple[str, Micro, bool]]:
    """The parts of a percentage, checked: something is charged, and several have names."""
    parts: list[tuple[str, Micro, bool]] = []
    for new in news:
        check_text(new.name, field="name", longest=60, required=len(news) > 1)
        percent = to_micro(new.percent, field="percent", minimum=0)
        parts.append((new.name, percent, bool(new.is_compound and parts)))
    _check_percent(category, sum(percent for _, percent, _ in parts))
    if category != TaxCategory.STANDARD:
        raise InvalidInput(
            field="percent",
            message=f"percent: a tax of category {category} is not charged, on any day. Nothing "
            "was stored. Add percentages to a tax of category S.",
        )
    return parts


def _refuse_twice(news: Sequence[NewTaxPercentage]) -> None:
    said = [(new.tax, new.region, new.from_day or FROM_EVER) for new in news]
    twice = next((one for place, one in enumerate(said) if one in said[:place]), None)
    if twice:
        raise InvalidInput(
            field="from_day",
            value=twice[2],
            message=f"from_day: the tax {twice[0]} has two percentages from {twice[2]} on. Nothing "
            "was stored. Give all parts together, once.",
        )


def _last_uses() -> list[tuple[int, str, str, date]]:
    rows = TaxUse.objects.values_list("tax_rate_id", "region", "found_in", "last_day")
    return [(tax, region, found_in, day) for tax, region, found_in, day in rows]


def _check_unused(
    used: Sequence[tuple[int, str, str, date]], *, tax: int, percentage: NewTaxPercentage
) -> None:
    region, from_day = percentage.region, percentage.from_day or FROM_EVER
    last = max(
        (day for id_, own, found, day in used if id_ == tax and region in (own, found)),
        default=None,
    )
    if last is not None and from_day <= last:
        where = f" in the region {region}" if region else ""
        raise Refused(
            "tax_is_used",
            f"Documents took the tax {percentage.tax}{where} until {last}, so what it comes to by "
            "then stays. Nothing was changed. Give a percentage from a later day on; a document "
            "with a wrong tax is credited.",
        )


def _check_recategorized(tax: int, *, key: str, category: str) -> None:
    if tax_is_used(tax):
        raise Refused(
            "tax_is_used",
            f"Documents took the tax {key}, so its category stays. Nothing was changed. Add "
            "another tax for the other category.",
        )
    if category != TaxCategory.STANDARD and TaxPercentage.objects.filter(tax_rate_id=tax).exists():
        raise Refused(
            "tax_has_percentages",
            f"The tax {key} has percentages, and a tax of category {category} is not charged. "
            "Nothing was changed. Remove its percentages first, or add another tax.",
        )


def _record(action: str, keys: Sequence[str], rows: Sequence[Any]) -> None:
    if keys:
        audit.record(
            action,
            subject=", ".join(keys)[:200],
            data={"count": len(keys), "digest": digest(canonical_json(rows))},
        )
