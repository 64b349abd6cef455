"""Writes the demo's input as CSV bundles, as an MSP's own tools would export them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from icb.demo.cast import CLIENTS, FILES, OFFERS, TAXES, VENDORS, Client, Offer
from icb.demo.counts import CountRow, daily_counts, failures, place_ids, sites_of
from icb.demo.year import Year

Row = Sequence[object]
LATE, NEVER, CORRECTED = "umber-arch", "yarrow-farm", "ferrous-works"
"""Clients whose sites were mapped late, and not at all, and one with a corrected count."""


def write_agreements(folder: Path, *, year: Year) -> None:
    """Who is billed for what."""
    _write_all(folder, _agreement_files(year))


def write_mappings(folder: Path) -> None:
    """What is counted where, and what is mapped from the beginning."""
    _write_all(folder, _mapping_files())


def write_counts(folder: Path, *, year: Year) -> list[tuple[date, Path]]:
    """One bundle of counts per month: its first day and its folder.

    Without the counts that the vendors are asked for themselves.
    """
    written = []
    rows = (
        row for row in daily_counts(year) if not (row.module in VENDORS and year.is_live(row.day))
    )
    by_month = groupby(rows, key=lambda row: row.day.replace(day=1))
    for month, found in by_month:
        path = folder / f"{month:%Y-%m}"
        path.mkdir(parents=True, exist_ok=True)
        _write(path / "counts.csv", "module id billing_type day count", map(_count, found))
        failed = [
            (failure.module, failure.first, failure.last, "failed", failure.reason)
            for failure in failures(year)
            if failure.first.replace(day=1) == month
        ]
        if failed:
            _write(path / "count_days.csv", "module from to state reason", failed)
        written.append((month, path))
    return written


def write_correction(folder: Path, *, year: Year, day: date) -> None:
    """One day of one module told again: a client had four devices more."""
    folder.mkdir(parents=True, exist_ok=True)
    id = next(id for module, id in sites_of(CORRECTED) if module == "rmm")
    rows = []
    for row in daily_counts(year):
        if row.day > day:
            break
        if row.day == day and row.module == "rmm":
            is_wrong = row.id == id and row.billing_type == "Desktop & Laptop"
            rows.append(row._replace(value=str(int(row.value) + 4)) if is_wrong else row)
    _write(folder / "counts.csv", "module id billing_type day count", map(_count, rows))


def _count(row: CountRow) -> Row:
    return row.module, row.id, row.billing_type, row.day, row.value


def _write_all(folder: Path, files: Iterable[tuple[str, str, Iterable[Row]]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns, rows in files:
        _write(folder / f"{name}.csv", columns, rows)


def _write(path: Path, columns: str, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split())
        writer.writerows(rows)


def _agreement_files(year: Year) -> Iterator[tuple[str, str, Iterable[Row]]]:
    yield "provider", " ".join(_PROVIDER), [tuple(_PROVIDER.values())]
    yield "tax_rates", "key name percent category reason", TAXES
    yield (
        "organizations",
        " ".join(_ORGANIZATION),
        map(_organization, CLIENTS),
    )
    yield (
        "services",
        "key name price cost",
        [(offer.key, offer.name, offer.price, offer.cost) for offer in OFFERS],
    )
    yield (
        "contracts",
        "key name organization starts_on ends_on period anchor billing",
        [_contract(client, year) for client in CLIENTS],
    )
    yield (
        "contract_services",
        "contract service price units unit_changes discount",
        [_contract_service(client, offer) for client in CLIENTS for offer in OFFERS],
    )


def _mapping_files() -> Iterator[tuple[str, str, Iterable[Row]]]:
    yield "modules", "key name", [(key, name) for key, (name, _) in FILES.items()]
    yield (
        "billing_types",
        "module key name unit value shape merge",
        [
            (module, entry.key, entry.name, entry.unit, entry.value, entry.shape, entry.merge)
            for module, (_, types) in FILES.items()
            for entry in types
        ],
    )
    yield "module_organizations", "module id name", _module_organizations()
    yield "organization_mappings", "module id organization", _organization_mappings()
    yield (
        "service_mappings",
        "contract module billing_type service ignore unit_changes",
        _service_mappings(),
    )


_PROVIDER = {
    "key": "harbour",
    "name": "Harbour Managed IT",
    "currency": "USD",
    "timezone": "America/New_York",
    "address": "Pier 4, 218 Quay Street",
    "postal_code": "04101",
    "city": "Portland",
    "region": "ME",
    "country": "US",
    "email": "billing@harbour.example",
    "phone": "+1 207 555 0142",
    "payment_terms": "Payable within 30 days, without deduction.",
    "payment_days": "30",
    "account_holder": "Harbour Managed IT",
    "iban": "DE89370400440532013000",
    "bic": "COBADEFFXXX",
    "bank_name": "Account for euros",
    "electronic_address": "0614141000005",
    "electronic_scheme": "0088",
}


_GLN = "0088"  # the scheme of location numbers
_ORGANIZATION = (
    *("key", "name", "currency", "tax", "tax_exempt", "address", "email"),
    *("postal_code", "city", "region", "country", "language", "tax_number", "purchase_order"),
    *("electronic_address", "electronic_scheme"),
)


def _organization(client: Client) -> Row:
    exempt = client.tax == "exempt"
    return (
        client.key,
        client.name,
        client.currency,
        "" if exempt else client.tax,
        "yes" if exempt else "no",
        f"{client.people} Main Street",
        f"accounts@{client.key}.example",
        *client.place,
        client.language,
        client.tax_number,
        client.order,
        client.location,
        _GLN if client.location else "",
    )


def _contract(client: Client, year: Year) -> Row:
    starts_on = year.month(client.joins_in_month)
    if client.anchor == "anniversary":
        starts_on = starts_on.replace(day=15)
    ends_on = year.month(client.leaves_in_month)
    return (
        f"{client.key}-care",
        f"{client.name}: managed services",
        client.key,
        starts_on,
        "" if ends_on == date.max else ends_on.replace(day=18),
        client.period,
        client.anchor,
        client.billing,
    )


def _contract_service(client: Client, offer: Offer) -> Row:
    price = {"EUR": offer.price_eur, "JPY": offer.price_jpy}.get(client.currency, "")
    if client.period == "quarterly":
        price = str(3 * Decimal(offer.price))  # a price is that of a whole period
    return (
        f"{client.key}-care",
        offer.key,
        price,
        "" if offer.module else 1,
        _unit_changes(client, offer),
        client.discount,
    )


def _unit_changes(client: Client, offer: Offer) -> str:
    """A peak is known only afterwards: in advance the service is prorated instead."""
    if offer.unit_changes == "peak" and client.billing == "in_advance":
        return "prorate_daily"
    return offer.unit_changes


def _module_organizations() -> Iterator[Row]:
    for place, id in place_ids().items():
        yield place.module, id, place.name


def _organization_mappings() -> Iterator[Row]:
    for place, id in place_ids().items():
        if place.client.key not in (LATE, NEVER):
            yield place.module, id, place.client.key


def _service_mappings() -> Iterator[Row]:
    for client in CLIENTS:
        contract = f"{client.key}-care"
        for offer in OFFERS:
            if offer.module:
                choice = _unit_changes(client, offer)
                yield contract, offer.module, offer.billing_type, offer.key, "no", choice
        for module, vendor in VENDORS.items():
            for ignored in vendor.ignored:
                yield contract, module, ignored, "", "yes", ""
