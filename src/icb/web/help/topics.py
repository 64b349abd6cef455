"""Which page of the guide is about which screen."""

from __future__ import annotations

from functools import cache
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "guide"

# By how the name of a screen's address begins: the longest that fits counts. A screen that bears
# the name of a topic has that one.
_TOPICS = {
    "find": "home",
    "home-": "home",
    "insight-": "insights",
    "accounting-": "accounting",
    "document-template": "document-templates",
    "audit-": "audit-log",
    "settings-": "settings",
    "settings-tax": "taxes",
    "settings-approvals": "approve-and-post",
    "contract": "contracts",
    "contract-service-mapping": "service-mapping",
    "contract-mapping-": "service-mapping",
    "mapping-template": "service-mapping",
    "service-": "contracts",
    "services": "contracts",
    "job": "jobs",
    "module": "enable-by-module",
    "snapshot": "enable-by-module",
    "bounces": "delivery",
    "delivery-": "delivery",
    "invoice-delivery": "delivery",
    "invoice-link": "delivery",
    "mail-server": "delivery",
    "message-template": "delivery",
    "organization-delivery": "delivery",
    "recipient": "delivery",
    "payment": "payments",
    "allocation-": "payments",
    "credit-allocate": "payments",
    "invoice-settle": "payments",
    "statement": "payments",
    "report-": "reports",
    "invoice": "invoices",
    "hold": "holds",
    "drafts-": "approve-and-post",
    "posted-items": "approve-and-post",
    "billing-item": "approve-and-post",
    "post-": "approve-and-post",
    "items-unpost": "approve-and-post",
    "run-billing": "approve-and-post",
    "manual-item": "approve-and-post",
    "approv": "approve-and-post",
    "organization": "organizations",
    "organization-taxes": "taxes",
    "organization-exempt": "taxes",
    "organization-mapping": "organization-mapping",
    "organization-mapping-of": "organizations",
    "account": "users",
    "activity": "activity-log",
    "invite": "users",
    "mfa_": "users",
    "user": "users",
}


def topic_of(screen: str) -> str:
    """The page of the guide about a screen; empty where there is none."""
    if screen in topics():
        return screen
    beginnings = [beginning for beginning in _TOPICS if screen.startswith(beginning)]
    return _TOPICS[max(beginnings, key=len)] if beginnings else ""


@cache
def topics() -> frozenset[str]:
    """The pages of the guide that there are."""
    return frozenset(path.stem for path in GUIDE.glob("*.md") if path.stem != "index")
