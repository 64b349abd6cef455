"""Durable marks: what a contract costs may have changed from a day on.

Whoever changes an input of billing writes them, in the transaction of the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from icb.contracts.models import ContractMark
from icb.foundation.bulk import insert_rows


def mark_contracts(contract_ids: Iterable[int], *, from_day: date) -> None:
    """Let the next bill run look at these contracts again, from a day on."""
    mark_each(dict.fromkeys(contract_ids, from_day))


def mark_each(first_days: Mapping[int, date]) -> None:
    """Let the next bill run look at each contract again, from a day of its own on."""
    insert_rows(ContractMark, columns=("contract_id", "from_day"), rows=first_days.items())
