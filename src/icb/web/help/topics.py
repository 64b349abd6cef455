"""Which page of the guide is about which screen."""

from __future__ import annotations

from pathlib import Path

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "guide"

# By the name of a screen's address; one that is not here has the topic of the same name, if any.
_TOPICS = {
    "find": "home",
    "accounting-transfer": "accounting",
    "accounting-journal": "accounting",
    "accounting-accounts": "accounting",
    "accounting-account-add": "accounting",
    "accounting-rule": "accounting",
    "accounting-periods": "accounting",
    "accounting-close": "accounting",
    "accounting-reopen": "accounting",
    "accounting-reset": "accounting",
    "accounting-targets": "accounting",
    "accounting-target": "accounting",
    "accounting-target-edit": "accounting",
    "accounting-connect": "accounting",
    "accounting-sign-in": "accounting",
    "accounting-signed-in": "accounting",
    "accounting-mapping": "accounting",
    "accounting-mapping-one": "accounting",
    "accounting-not-handed": "accounting",
    "accounting-reconciliation": "accounting",
    "accounting-files": "accounting",
    "accounting-file-undo": "accounting",
    "document-template": "document-templates",
    "document-template-copy": "document-templates",
    "insight-dismiss": "insights",
    "settings-profile": "settings",
    "settings-taxes": "settings",
    "settings-numbering": "settings",
    "settings-schedules": "settings",
    "settings-approvals": "approve-and-post",
    "audit-event": "audit-log",
    "contract": "contracts",
    "contract-services": "contracts",
    "contract-service-mapping": "service-mapping",
    "contract-notes": "contracts",
    "contract-preview": "contracts",
    "bounces": "delivery",
    "delivery-message": "delivery",
    "invoice-delivery": "delivery",
    "invoice-link": "delivery",
    "mail-server": "delivery",
    "message-template": "delivery",
    "message-templates": "delivery",
    "organization-delivery": "delivery",
    "recipient": "delivery",
    "payment": "payments",
    "payment-new": "payments",
    "payment-files": "payments",
    "payment-reverse": "payments",
    "allocation-take-back": "payments",
    "statement": "payments",
    "report-receivables": "reports",
    "invoice": "invoices",
    "invoice-line": "invoices",
    "invoices-issued": "invoices",
    "invoices-numbers": "invoices",
    "invoices-process": "invoices",
    "invoices-preview": "invoices",
    "invoice-changes": "invoices",
    "invoice-document": "invoices",
    "invoice-void": "invoices",
    "invoice-credit": "invoices",
    "module": "enable-by-module",
    "modules": "enable-by-module",
    "organization": "organizations",
    "account": "users",
    "activity": "activity-log",
    "invite": "users",
    "mfa_activate_totp": "users",
    "mfa_index": "users",
    "user": "users",
    "usersessions_list": "users",
    "services": "contracts",
    "service-edit": "contracts",
    "service-new": "contracts",
    "contract-new": "contracts",
    "contract-edit": "contracts",
    "contract-end": "contracts",
    "contract-service-add": "contracts",
    "contract-price": "contracts",
    "contract-units": "contracts",
    "contract-unit-changes": "contracts",
    "contract-mapping-add": "service-mapping",
    "mapping-templates": "service-mapping",
    "mapping-template": "service-mapping",
    "organization-new": "organizations",
    "organization-edit": "organizations",
    "organization-mapping-of": "organizations",
    "organization-usage": "organizations",
    "organization-invoices": "organizations",
    "organization-activity": "organizations",
}


def topic_of(screen: str) -> str:
    """The page of the guide about a screen; empty where there is none."""
    topic = _TOPICS.get(screen, screen)
    return topic if topic in topics() else ""


def topics() -> frozenset[str]:
    """The pages of the guide that there are."""
    return frozenset(path.stem for path in GUIDE.glob("*.md") if path.stem != "index")
