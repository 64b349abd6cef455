"""The files of a bundle and their columns: the one description that reading, writing, checking
and the documentation share. Files stand in the order in which they are taken in.
"""

from __future__ import annotations

from dataclasses import replace

from icb.exchange.columns import Column, Kind
from icb.exchange.count_words import COUNT_STATES, DAY_STATES, DECISIONS, MERGES, SHAPES, VALUES
from icb.exchange.document_columns import OF_ORGANIZATION, OF_PROVIDER
from icb.exchange.file_format import (
    FileFormat,
    choice,
    currency,
    day,
    key_column,
    named,
    number,
    reference,
    text,
    truth,
    whole,
)
from icb.exchange.settings_format import (
    ACCOUNT_RULES,
    ACCOUNTS,
    DOCUMENT_CHOICES,
    MAPPING_TEMPLATES,
    RECIPIENTS,
)
from icb.exchange.values import YES
from icb.kernel.period import Anchor, PeriodLength
from icb.rating.tax import CATEGORIES
from icb.rating.terms import Billing, PricingKind, UnitChanges

ORGANIZATION_TYPES = ("customer", "lead", "prospect", "partner", "vendor", "dead", "cancelation")
UNIT_CHANGES = tuple(word.value for word in UnitChanges)


_MODULE = key_column("module", about="key of the module", refers_to="modules")
_CONTRACT = key_column("contract", about="key of the contract", refers_to="contracts")
_ON_CONTRACT = Column(
    "service",
    Kind.KEY,
    "key of the contract service: its service's key, or its own",
    required=True,
    refers_to="contract_services",
    within="contract",
)
_ID = Column(
    "id",
    Kind.KEY,
    "id of the module organization",
    required=True,
    refers_to="module_organizations",
    within="module",
)
_BILLING_TYPE = Column(
    "billing_type",
    Kind.KEY,
    "key of the billing type",
    required=True,
    refers_to="billing_types",
    within="module",
)
_FROM = day("from", about="first day on which this is in force", required=True)
_TIERS = Column("tiers", Kind.TIERS, 'prices by band, such as "10:5.00 50:4.50 *:4.00"')

PROVIDER = FileFormat(
    "provider",
    "Who bills: one row. Needed only for the first import into an empty database.",
    ("key",),
    (
        key_column("key", about="short name, in small letters, digits and hyphens", longest=60),
        text("name", about="name on documents and screens", required=True, longest=200),
        currency("currency", about="the currency of catalogue prices", required=True),
        Column("timezone", Kind.TEXT, "zone whose calendar counts", default="UTC", longest=64),
        Column("legal_name", Kind.TEXT, "on documents; empty: the name", stands=True, longest=200),
        text("address", about="postal address on documents"),
        text("tax_number", about="tax number on documents", longest=60),
        text("email", about="address for questions", longest=254),
        text("payment_terms", about="terms of payment on documents"),
        *OF_PROVIDER,
    ),
)
TIMEZONES = FileFormat(
    "timezones",
    "Later time zones of the provider; the first one stands in provider.csv.",
    ("from",),
    (
        day("from", about="first local day of the new zone", required=True),
        text("timezone", about="zone, such as Europe/London", required=True, longest=64),
    ),
)
TAX_RATES = FileFormat(
    "tax_rates",
    "Taxes by name. What one comes to by region and day stands in tax_percentages.csv.",
    ("key",),
    (
        key_column("key", about="short name, used by the other files", longest=60),
        named("its name; empty: its key", longest=120),
        number(
            "percent", about="per cent of the net amount, everywhere and on every day", stands=True
        ),
        choice(
            "category",
            about="of EN 16931; empty: S, or Z where the percentage is 0",
            choices=CATEGORIES,
            stands=True,
        ),
        text("reason", about="why no tax is charged, for documents", longest=500),
    ),
)
TAX_PERCENTAGES = FileFormat(
    "tax_percentages",
    "What taxes come to in a region from a day on, where tax_rates.csv does not say it.",
    ("tax", "region", "from", "part"),
    (
        key_column("tax", about="key of the tax", refers_to="tax_rates", longest=60),
        text(
            "region", about="such as DE or US-CA; empty: wherever nothing else is said", longest=60
        ),
        day("from", about="first day; empty: from ever"),
        whole("part", about="place of the part, from 1", default="1"),
        text("name", about="name of the part; needed where there are several", longest=60),
        number("percent", about="per cent", required=True),
        truth("compound", about="whether it is computed on the parts before it as well"),
    ),
)
ORGANIZATIONS = FileFormat(
    "organizations",
    "The clients. Their order is the order of documents.",
    ("key",),
    (
        key_column("key", about="short name, used by the other files"),
        text("name", about="name on documents and screens", required=True, longest=200),
        choice("type", about="kind of relation", choices=ORGANIZATION_TYPES, default="customer"),
        currency("currency", about="currency of its contracts; empty: the provider's"),
        reference("tax", about="tax rate", refers_to="tax_rates"),
        truth("tax_exempt", about="whether no tax is charged"),
        text("tax_region", about="region whose percentages it is charged", longest=60),
        reference(
            "bill_to", about="organization that receives the invoice", refers_to="organizations"
        ),
        reference("parent", about="organization above it", refers_to="organizations"),
        text("domain", about="internet domain, for suggestions", longest=253),
        text("address", about="postal address on documents"),
        text("tax_number", about="tax number on documents", longest=60),
        text("email", about="where invoices go", longest=254),
        *OF_ORGANIZATION,
    ),
)
SERVICES = FileFormat(
    "services",
    "The catalogue: what is sold, in the provider's currency.",
    ("key",),
    (
        key_column("key", about="short name, used by the other files"),
        text("name", about="name on documents", required=True, longest=200),
        number("price", about="price of one unit for one period", required=True),
        number("cost", about="what one unit costs the provider"),
        reference("tax", about="tax rate; empty: the organization's", refers_to="tax_rates"),
        truth("active", about="whether contracts may take it from now on", default=YES),
    ),
)
TAX_EXEMPTIONS = FileFormat(
    "tax_exemptions",
    "Days on which organizations are not charged a tax.",
    ("organization", "tax", "from"),
    (
        key_column("organization", about="who is exempt", refers_to="organizations"),
        reference("tax", about="from which tax; empty: from any", refers_to="tax_rates"),
        _FROM,
        day("until", about="last day; empty: open"),
        text("reason", about="why, as documents print it", required=True, longest=500),
        text("certificate", about="number of the certificate", longest=120),
    ),
)
CONTRACTS = FileFormat(
    "contracts",
    "The recurring service contracts.",
    ("key",),
    (
        key_column("key", about="short name, used by the other files"),
        text("name", about="name on documents", longest=200),
        key_column("organization", about="who is served", refers_to="organizations"),
        day("starts_on", about="first day", required=True),
        day("ends_on", about="last day; empty: open"),
        choice(
            "period",
            about="how often it is billed",
            choices=tuple(word.value for word in PeriodLength),
            default=PeriodLength.MONTHLY.value,
        ),
        choice(
            "anchor",
            about="where periods begin",
            choices=tuple(word.value for word in Anchor),
            default=Anchor.CALENDAR.value,
        ),
        choice(
            "billing",
            about="before or after the period",
            choices=tuple(word.value for word in Billing),
            default=Billing.IN_ARREARS.value,
        ),
        currency("currency", about="empty: the organization's, else the provider's", stands=True),
        number("minimum_amount", about="least amount for one period"),
    ),
)
CONTRACT_SERVICES = FileFormat(
    "contract_services",
    "The services on the contracts, as they stand on the contract's first day.",
    ("contract", "key"),
    (
        _CONTRACT,
        Column("key", Kind.KEY, "needed where a service stands twice", longest=120),
        key_column("service", about="key of the service", refers_to="services"),
        number("price", about="price on the contract; empty: the catalogue's", stands=True),
        _TIERS,
        number("units", about="units, where no count drives the service", stands=True),
        choice("unit_changes", about="how changes are billed", choices=UNIT_CHANGES, stands=True),
        choice(
            "pricing",
            about="how the price follows the units",
            choices=tuple(word.value for word in PricingKind),
            default=PricingKind.PER_UNIT.value,
        ),
        number("package_size", about="units in one package", default="0"),
        number("included", about="units that cost nothing", default="0"),
        number("minimum", about="least number of billed units", default="0"),
        number("discount", about="per cent off", default="0"),
        number("minimum_amount", about="least amount for one period"),
    ),
)
CONTRACT_PRICES = FileFormat(
    "contract_prices",
    "Prices that take effect later than the contract's first day.",
    ("contract", "service", "from"),
    (_CONTRACT, _ON_CONTRACT, _FROM, number("price", about="new price", required=True), _TIERS),
)
CONTRACT_UNITS = FileFormat(
    "contract_units",
    "Typed units that take effect later than the contract's first day.",
    ("contract", "service", "from"),
    (_CONTRACT, _ON_CONTRACT, _FROM, number("units", about="new units", required=True)),
)
CONTRACT_UNIT_CHANGES = FileFormat(
    "contract_unit_changes",
    "Policies that take effect later than the contract's first day.",
    ("contract", "service", "from"),
    (
        _CONTRACT,
        _ON_CONTRACT,
        _FROM,
        Column(
            "unit_changes",
            Kind.CHOICE,
            "how changes are billed, for periods from then on",
            required=True,
            choices=UNIT_CHANGES,
        ),
    ),
)
MODULES = FileFormat(
    "modules",
    "The vendors' products that count, and when their counts are doubted.",
    ("key",),
    (
        key_column("key", about="short name, used by the other files"),
        named("name on screens; empty: its key", longest=200),
        Column("module", Kind.TEXT, "key in the catalogue; empty: its own", stands=True),
        whole("gap_days", about="longest gap that is carried without a hold", default="3"),
        whole("fall_percent", about="a larger fall is held,", default="50"),
        whole("fall_units", about="where it is more units than this", default="20"),
        whole("rise_percent", about="a larger rise is held,", default="100"),
        whole("rise_units", about="where it is more units than this", default="50"),
    ),
)
BILLING_TYPES = FileFormat(
    "billing_types",
    "What the modules count.",
    ("module", "key"),
    (
        _MODULE,
        key_column("key", about="the vendor's name for it"),
        named("name on screens; empty: its key", longest=200),
        text("unit", about="what one is, such as device", longest=60),
        choice("value", about="what a count is", choices=VALUES, default="whole"),
        choice("shape", about="what a day's number means", choices=SHAPES, stands=True),
        choice("merge", about="how several sites make one number", choices=MERGES, default="sum"),
        truth("absent_is_zero", about="whether a missing count means 0"),
        Column("overlaps", Kind.LIST, "keys of types that it contains"),
        truth("known", about="whether the catalogue has it", default=YES),
        day("retired_on", about="last day with counts"),
    ),
)
MODULE_ORGANIZATIONS = FileFormat(
    "module_organizations",
    "The vendors' own records of the clients.",
    ("module", "id"),
    (
        _MODULE,
        key_column("id", about="the vendor's id, never its name", longest=200),
        text("name", about="the vendor's name for it", required=True, longest=200),
        Column("parent", Kind.KEY, "id of the record above it", longest=200),
        text("domain", about="internet domain, for suggestions", longest=253),
        day("created_on", about="day on which the vendor made the record"),
    ),
)
COUNTS = FileFormat(
    "counts",
    "What was counted. A row counts for every day from `day` to `to` that is complete; on a "
    "partial day, only where it begins on it.",
    ("module", "id", "billing_type", "day"),
    (
        _MODULE,
        _ID,
        _BILLING_TYPE,
        day("day", about="the day of the count, or the first of several equal ones", required=True),
        day("to", about="the last of several equal days; empty: only that day"),
        number("count", about="how many", required=True),
        choice(
            "state",
            about="what is said to it already; empty: it is judged as if it came today",
            choices=COUNT_STATES,
            stands=True,
        ),
        number("kept", about="the day's accepted count, where a correction of it is held"),
    ),
)
COUNT_DAYS = FileFormat(
    "count_days",
    "Days whose answer was not an ordinary one. Any other day from a module's first count to its "
    "last on which something counts is complete: what has no count on it was absent.",
    ("module", "from"),
    (
        _MODULE,
        _FROM,
        day("to", about="the last of several such days; empty: only that day"),
        Column(
            "state",
            Kind.CHOICE,
            "what the answer was: complete, partial (only its own counts), missing, or failed",
            required=True,
            choices=DAY_STATES,
        ),
        text("reason", about="why it failed"),
    ),
)
COUNT_DECISIONS = FileFormat(
    "count_decisions",
    "What people said to missing counts.",
    ("module", "id", "billing_type", "from", "decision"),
    (
        _MODULE,
        _ID,
        replace(_BILLING_TYPE, about="empty: all of them", required=False),
        _FROM,
        day("until", about="day whose count ended it, the first on which it no longer held"),
        Column("decision", Kind.CHOICE, "what was said", required=True, choices=DECISIONS),
        text("reason", about="why"),
    ),
)
ORGANIZATION_MAPPINGS = FileFormat(
    "organization_mappings",
    "Whose usage it is: module organization to organization.",
    ("module", "id", "from"),
    (
        _MODULE,
        _ID,
        reference("organization", about="who receives the bill", refers_to="organizations"),
        truth("ignore", about="whether it is left out instead"),
        day("from", about="first day; empty: the first day seen"),
        day("until", about="last day; empty: open"),
        text("reason", about="why"),
    ),
)
SERVICE_MAPPINGS = FileFormat(
    "service_mappings",
    "What it drives: billing type to contract service.",
    ("contract", "module", "billing_type", "service", "from"),
    (
        _CONTRACT,
        _MODULE,
        _BILLING_TYPE,
        replace(_ON_CONTRACT, about="key of the contract service", required=False),
        truth("ignore", about="whether it is left out instead"),
        Column(
            "unit_changes",
            Kind.CHOICE,
            "how changes are billed, for a new mapping",
            choices=UNIT_CHANGES,
            at_first=True,
        ),
        day("from", about="first day; empty: the contract's start"),
        day("until", about="last day; empty: open"),
        truth("also", about="whether it drives this service besides another"),
        text("reason", about="why"),
    ),
)

BUNDLE: tuple[FileFormat, ...] = (
    PROVIDER,
    TIMEZONES,
    TAX_RATES,
    TAX_PERCENTAGES,
    ORGANIZATIONS,
    TAX_EXEMPTIONS,
    SERVICES,
    CONTRACTS,
    CONTRACT_SERVICES,
    CONTRACT_PRICES,
    CONTRACT_UNITS,
    CONTRACT_UNIT_CHANGES,
    MODULES,
    BILLING_TYPES,
    MODULE_ORGANIZATIONS,
    COUNT_DAYS,
    COUNTS,
    COUNT_DECISIONS,
    ORGANIZATION_MAPPINGS,
    SERVICE_MAPPINGS,
    MAPPING_TEMPLATES,
    DOCUMENT_CHOICES,
    RECIPIENTS,
    ACCOUNTS,
    ACCOUNT_RULES,
)
"""Every file of a bundle, in the order in which they are taken in."""

LEFT_OUT = (
    "issued documents and their numbering, billing items, deferrals and waivers",
    "payments and what they settled, which speak of issued documents; messages and transfers",
    "document templates with their logos, who chose which, and the words of messages",
    "the mail server, and whether documents are sent where nobody chose otherwise",
    "accounting targets with what is mapped there, journal entries, closed periods",
    "quarantined and refused answers, earlier revisions of counts, what a held identity claims",
    "earlier entries for the same day, contract notes, the audit log, users and secrets",
)
"""What an export does not carry; a backup does."""
