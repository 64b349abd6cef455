"""The files about mapping templates, and about what becomes of documents once they are issued."""

from __future__ import annotations

from icb.exchange.columns import Column, Kind
from icb.exchange.file_format import FileFormat, choice, key_column, text, truth
from icb.exchange.values import NO, YES
from icb.kernel.languages import LANGUAGES
from icb.rating.terms import UnitChanges

ACCOUNT_KINDS = ("receivable", "revenue", "tax", "rounding", "bank")
RULE_KINDS = ("service", "module", "revenue", "tax_code", "tax", "receivable")
ELECTRONIC_FORMATS = ("ubl", "factur-x")
PLACES = ("to", "cc", "bcc")

MAPPING_TEMPLATES = FileFormat(
    "mapping_templates",
    "Sets of service mappings under a name, to be applied to many contracts.",
    ("template", "module", "billing_type", "service"),
    (
        text("template", about="name of the template", required=True, longest=120),
        key_column("module", about="key of the module", refers_to="modules"),
        Column(
            "billing_type",
            Kind.KEY,
            "key of the billing type",
            required=True,
            refers_to="billing_types",
            within="module",
        ),
        text("service", about="key of the service on the contracts; empty: ignored", longest=120),
        choice(
            "unit_changes",
            about="how changes are billed, for new mappings",
            choices=tuple(word.value for word in UnitChanges),
        ),
    ),
)
DOCUMENT_CHOICES = FileFormat(
    "document_choices",
    "What organizations get otherwise than usual.",
    ("organization",),
    (
        key_column("organization", about="who gets the documents", refers_to="organizations"),
        choice(
            "electronic_format",
            about="e-invoice that it gets; empty: the PDF alone",
            choices=ELECTRONIC_FORMATS,
        ),
        choice(
            "send_on_issue",
            about="whether documents are sent as they are issued; empty: as usual",
            choices=(YES, NO),
        ),
    ),
)
RECIPIENTS = FileFormat(
    "recipients",
    "The addresses that get an organization's messages; without any, its own does.",
    ("organization", "address"),
    (
        key_column("organization", about="whose messages", refers_to="organizations"),
        text("address", about="e-mail address", required=True, longest=254),
        text("name", about="name of the person", longest=200),
        choice("place", about="where the address stands", choices=PLACES, default=PLACES[0]),
        truth("invoices", about="whether it gets invoices", default=YES),
        truth("credit_notes", about="whether it gets credit notes", default=YES),
        truth("statements", about="whether it gets statements of account", default=YES),
        truth("reminders", about="whether it gets reminders", default=YES),
        choice("language", about="of messages; empty: the document's", choices=tuple(LANGUAGES)),
    ),
)
ACCOUNTS = FileFormat(
    "accounts",
    "The chart of accounts.",
    ("code",),
    (
        key_column("code", about="short name, used by the other files", longest=40),
        text("name", about="name on screens", required=True, longest=120),
        Column("kind", Kind.CHOICE, "what it is for", required=True, choices=ACCOUNT_KINDS),
        truth("active", about="whether anything may be booked on it by a rule", default=YES),
    ),
)
ACCOUNT_RULES = FileFormat(
    "account_rules",
    "What is booked on which account; of several that fit, the narrowest holds.",
    ("kind", "subject"),
    (
        Column("kind", Kind.CHOICE, "what the rule is for", required=True, choices=RULE_KINDS),
        text("subject", about="key of the service, module or tax; empty: all others", longest=120),
        key_column(
            "account", about="account that it is booked on", refers_to="accounts", longest=40
        ),
    ),
)
