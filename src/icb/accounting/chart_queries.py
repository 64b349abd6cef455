"""The chart of accounts, and what is booked where."""

from __future__ import annotations

from typing import NamedTuple

from icb.accounting.models import Account, AccountRule
from icb.kernel.problems import unknown


class AccountRow(NamedTuple):
    """An account of the chart."""

    id: int
    code: str
    name: str
    kind: str
    is_active: bool


class RuleRow(NamedTuple):
    """What is booked where: see `models.RuleKind`."""

    kind: str
    subject: str
    account: str
    account_name: str


def accounts() -> list[AccountRow]:
    """The provider's accounts, by code."""
    rows = Account.objects.order_by("code")
    return [AccountRow(*row) for row in rows.values_list("pk", "code", "name", "kind", "is_active")]


def account_named(code: str) -> AccountRow:
    """The account with this code; NotFound where there is none."""
    by_code = {row.code: row for row in accounts()}
    if code not in by_code:
        raise unknown("account", key=code, known=by_code)
    return by_code[code]


def account_rules() -> dict[tuple[str, str], int]:
    """The id of the account that each rule leads to, by the rule's kind and subject."""
    rows = AccountRule.objects.values_list("kind", "subject", "account_id")
    return {(kind, subject): account for kind, subject, account in rows}


def rules() -> list[RuleRow]:
    """The rules in force, those with a subject after those of their kind for all others."""
    rows = AccountRule.objects.order_by("kind", "subject")
    return [
        RuleRow(*row)
        for row in rows.values_list("kind", "subject", "account__code", "account__name")
    ]
