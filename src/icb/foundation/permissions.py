"""What each role may do. One table: an action asks for a permission, never for a role."""

from __future__ import annotations

from enum import StrEnum

from icb.foundation.models import Role


class Permission(StrEnum):
    """Something that an action may need leave for."""

    READ = "read"
    MANAGE_PROVIDER = "manage_provider"
    MANAGE_USERS = "manage_users"
    MANAGE_SECRETS = "manage_secrets"
    MANAGE_ORGANIZATIONS = "manage_organizations"
    MANAGE_CONTRACTS = "manage_contracts"
    MANAGE_MODULES = "manage_modules"
    RECORD_COUNTS = "record_counts"
    MAP = "map"
    DECIDE = "decide"  # on holds, gaps and quarantined counts
    BILL = "bill"
    POST = "post"
    ISSUE = "issue"  # and void, credit and render
    DELIVER = "deliver"  # documents to organizations, by e-mail or link
    TRANSFER = "transfer"  # documents to accounting, with its accounts, periods and targets
    RECORD_PAYMENTS = "record_payments"


EVERYTHING = frozenset(Permission)

BY_ROLE: dict[Role, frozenset[Permission]] = {
    Role.OWNER: EVERYTHING,
    Role.BILLING: EVERYTHING - {Permission.MANAGE_USERS, Permission.MANAGE_SECRETS},
    Role.APPROVER: frozenset({Permission.READ, Permission.POST, Permission.ISSUE}),
    Role.MAPPER: frozenset({Permission.READ, Permission.MAP, Permission.DECIDE}),
    Role.READ_ONLY: frozenset({Permission.READ}),
    Role.AUDITOR: frozenset({Permission.READ}),
    Role.API: frozenset({Permission.RECORD_COUNTS}),
}
