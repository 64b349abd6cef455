"""Until which day documents took a tax. Whoever issues them says so, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from icb.organizations.models import TaxUse
from icb.organizations.tax_book import Use


def note_uses(last_days: Mapping[Use, date]) -> None:
    """Keep the last day of each use, where it is later than what is kept already.

    Uses are few: taxes times regions, however many documents there are.
    """
    kept = {
        Use(row.tax_rate_id, row.region, row.found_in): row
        for row in TaxUse.objects.filter(tax_rate_id__in={use.tax for use in last_days})
    }
    for use, day in last_days.items():
        row = kept.get(use)
        if row is None:
            TaxUse.objects.create(
                tax_rate_id=use.tax, region=use.region, found_in=use.found_in, last_day=day
            )
        elif row.last_day < day:
            row.last_day = day
            row.save(update_fields=["last_day"])
