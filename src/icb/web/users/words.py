"""What the roles are called, and what each may do in a few words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from icb.foundation.inputs import Role

ROLES = {
    Role.OWNER: _("Owner"),
    Role.BILLING: _("Billing administrator"),
    Role.APPROVER: _("Approver"),
    Role.MAPPER: _("Mapper"),
    Role.READ_ONLY: _("Read-only"),
    Role.AUDITOR: _("Auditor"),
    Role.API: _("API client"),
}
ABOUT = {
    Role.OWNER: _("Everything, users and secrets too"),
    Role.BILLING: _("Everything but users and secrets"),
    Role.APPROVER: _("Reads, approves and posts, issues documents"),
    Role.MAPPER: _("Reads, maps, decides on holds"),
    Role.READ_ONLY: _("Reads"),
    Role.AUDITOR: _("Reads, for somebody from outside"),
    Role.API: _("A program that brings counts; opens no page"),
}


def label_of(role: str) -> str:
    """What a role is called."""
    return str(ROLES[Role(role)])
