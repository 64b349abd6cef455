"""The files of a bundle and their columns: the one description that reading, writing, checking
and the documentation share. Files stand in the order in which they are taken in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from icb.exchange.columns import Column, Kind
from icb.exchange.count_words import COUNT_STATES, DAY_STATES, DECISIONS, MERGES, SHAPES, VALUES
from icb.exchange.document_columns import OF_ORGANIZATION, OF_PROVIDER
from icb.exchange.values import NO, YES
from icb.kernel.period import Anchor, PeriodLength
from icb.rating.tax import CATEGORIES
from icb.rating.terms import Billing, PricingKind, UnitChanges

ORGANIZATION_TYPES = ("customer", "lead", "prospect", "partner", "vendor", "dead", "cancelation")
UNIT_CHANGES = tuple(word.value for word in UnitChanges)


@dataclass(frozen=True)
class FileFormat:
    """One file: its name without ".csv", its columns, and which of them identify a row."""

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.csv"

    def position(self, name: str) -> int:
        """Where the column of that name stands among the columns."""
        return next(place for place, column in enumerate(self.columns) if column.name == name)

    def key_of(self, cells: Sequence[str | None]) -> tuple[str, ...]:
        """What identifies a row."""
        return tuple(cells[self.position(name)] or "" for name in self.key)

    def named(self, cells: Sequence[str | None]) -> dict[str, str]:
        """A row's cells by column; what the file did not say is the column's default."""
        return {
            column.name: column.default if cell is None else cell
            for column, cell in zip(self.columns, cells, strict=True)
        }


def _key(name: str, about: str, *, refers_to: str = "", longest: int = 120) -> Column:
    return Column(name, Kind.KEY, about, required=True, refers_to=refers_to, longest=longest)


def _reference(name: str, about: str, *, refers_to: str) -> Column:
    return Column(name, Kind.KEY, about, refers_to=refers_to, longest=120)


def _text(name: str, about: str, *, required: bool = False, longest: int = 0) -> Column:
    return Column(name, Kind.TEXT, about, required=required, longest=longest)


def _day(name: str, about: str, *, required: bool = False, stands: bool = False) -> Column:
    return Column(name, Kind.DAY, about, required=required, stands=stands)


def _number(
    name: str, about: str, *, required: bool = False, default: str = "", stands: bool = False
) -> Column:
    return Column(name, Kind.NUMBER, about, required=required, default=default, stands=stands)


def _truth(name: str, about: str, *, default: str = NO) -> Column:
    return Column(name, Kind.TRUTH, about, default=default)


def _choice(
    name: str,
    about: str,
    *,
    choices: tuple[str, ...],
    default: str = "",
    stands: bool = False,
) -> Column:
    return Column(name, Kind.CHOICE, about, choices=choices, default=default, stands=stands)


def _named(about: str, *, longest: int) -> Column:
    return Column("name", Kind.TEXT, about, stands=True, longest=longest)


def _whole(name: str, about: str, default: str) -> Column:
    return Column(name, Kind.WHOLE, about, default=default)


def _currency(name: str, about: str, *, required: bool = False, stands: bool = False) -> Column:
    return Column(name, Kind.CURRENCY, about, required=required, stands=stands)


_MODULE = _key("module", "key of the module", refers_to="modules")
_CONTRACT = _key("contract", "key of the contract", refers_to="contracts")
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
_FROM = _day("from", "first day on which this is in force", required=True)
_TIERS = Column("tiers", Kind.TIERS, 'prices by band, such as "10:5.00 50:4.50 *:4.00"')

PROVIDER = FileFormat(
    "provider",
    "Who bills: one row. Needed only for the first import into an empty database.",
    ("key",),
    (
        _key("key", "short name, in small letters, digits and hyphens", longest=60),
        _text("name", "name on documents and screens", required=True, longest=200),
        _currency("currency", "the currency of catalogue prices", required=True),
        Column("timezone", Kind.TEXT, "zone whose calendar counts", default="UTC", longest=64),
        Column("legal_name", Kind.TEXT, "on documents; empty: the name", stands=True, longest=200),
        _text("address", "postal address on documents"),
        _text("tax_number", "tax number on documents", longest=60),
        _text("email", "address for questions", longest=254),
        _text("payment_terms", "terms of payment on documents"),
        *OF_PROVIDER,
    ),
)
TIMEZONES = FileFormat(
    "timezones",
    "Later time zones of the provider; the first one stands in provider.csv.",
    ("from",),
    (
        _day("from", "first local day of the new zone", required=True),
        _text("timezone", "zone, such as Europe/London", required=True, longest=64),
    ),
)
TAX_RATES = FileFormat(
    "tax_rates",
    "Taxes by name. What one comes to by region and day stands in tax_percentages.csv.",
    ("key",),
    (
        _key("key", "short name, used by the other files", longest=60),
        _named("its name; empty: its key", longest=120),
        _number("percent", "per cent of the net amount, everywhere and on every day", stands=True),
        _choice(
            "category",
            "of EN 16931; empty: S, or Z where the percentage is 0",
            choices=CATEGORIES,
            stands=True,
        ),
        _text("reason", "why no tax is charged, for documents", longest=500),
    ),
)
TAX_PERCENTAGES = FileFormat(
    "tax_percentages",
    "What taxes come to in a region from a day on, where tax_rates.csv does not say it.",
    ("tax", "region", "from", "part"),
    (
        _key("tax", "key of the tax", refers_to="tax_rates", longest=60),
        _text("region", "such as DE or US-CA; empty: wherever nothing else is said", longest=60),
        _day("from", "first day; empty: from ever"),
        _whole("part", "place of the part, from 1", "1"),
        _text("name", "name of the part; needed where there are several", longest=60),
        _number("percent", "per cent", required=True),
        _truth("compound", "whether it is computed on the parts before it as well"),
    ),
)
ORGANIZATIONS = FileFormat(
    "organizations",
    "The clients. Their order is the order of documents.",
    ("key",),
    (
        _key("key", "short name, used by the other files"),
        _text("name", "name on documents and screens", required=True, longest=200),
        _choice("type", "kind of relation", choices=ORGANIZATION_TYPES, default="customer"),
        _currency("currency", "currency of its contracts; empty: the provider's"),
        _reference("tax", "tax rate", refers_to="tax_rates"),
        _truth("tax_exempt", "whether no tax is charged"),
        _text("tax_region", "region whose percentages it is charged", longest=60),
        _reference("bill_to", "organization that receives the invoice", refers_to="organizations"),
        _reference("parent", "organization above it", refers_to="organizations"),
        _text("domain", "internet domain, for suggestions", longest=253),
        _text("address", "postal address on documents"),
        _text("tax_number", "tax number on documents", longest=60),
        _text("email", "where invoices go", longest=254),
        *OF_ORGANIZATION,
    ),
)
SERVICES = FileFormat(
    "services",
    "The catalogue: what is sold, in the provider's currency.",
    ("key",),
    (
        _key("key", "short name, used by the other files"),
        _text("name", "name on documents", required=True, longest=200),
        _number("price", "price of one unit for one period", required=True),
        _number("cost", "what one unit costs the provider"),
        _reference("tax", "tax rate; empty: the organization's", refers_to="tax_rates"),
    ),
)
TAX_EXEMPTIONS = FileFormat(
    "tax_exemptions",
    "Days on which organizations are not charged a tax.",
    ("organization", "tax", "from"),
    (
        _key("organization", "who is exempt", refers_to="organizations"),
        _reference("tax", "from which tax; empty: from any", refers_to="tax_rates"),
        _FROM,
        _day("until", "last day; empty: open"),
        _text("reason", "why, as documents print it", required=True, longest=500),
        _text("certificate", "number of the certificate", longest=120),
    ),
)
CONTRACTS = FileFormat(
    "contracts",
    "The recurring service contracts.",
    ("key",),
    (
        _key("key", "short name, used by the other files"),
        _text("name", "name on documents", longest=200),
        _key("organization", "who is served", refers_to="organizations"),
        _day("starts_on", "first day", required=True),
        _day("ends_on", "last day; empty: open"),
        _choice(
            "period",
            "how often it is billed",
            choices=tuple(word.value for word in PeriodLength),
            default=PeriodLength.MONTHLY.value,
        ),
        _choice(
            "anchor",
            "where periods begin",
            choices=tuple(word.value for word in Anchor),
            default=Anchor.CALENDAR.value,
        ),
        _choice(
            "billing",
            "before or after the period",
            choices=tuple(word.value for word in Billing),
            default=Billing.IN_ARREARS.value,
        ),
        _currency("currency", "empty: the organization's, else the provider's", stands=True),
        _number("minimum_amount", "least amount for one period"),
    ),
)
CONTRACT_SERVICES = FileFormat(
    "contract_services",
    "The services on the contracts, as they stand on the contract's first day.",
    ("contract", "key"),
    (
        _CONTRACT,
        Column("key", Kind.KEY, "needed where a service stands twice", longest=120),
        _key("service", "key of the service", refers_to="services"),
        _number("price", "price on the contract; empty: the catalogue's", stands=True),
        _TIERS,
        _number("units", "units, where no count drives the service", stands=True),
        _choice("unit_changes", "how changes are billed", choices=UNIT_CHANGES, stands=True),
        _choice(
            "pricing",
            "how the price follows the units",
            choices=tuple(word.value for word in PricingKind),
            default=PricingKind.PER_UNIT.value,
        ),
        _number("package_size", "units in one package", default="0"),
        _number("included", "units that cost nothing", default="0"),
        _number("minimum", "least number of billed units", default="0"),
        _number("discount", "per cent off", default="0"),
        _number("minimum_amount", "least amount for one period"),
    ),
)
CONTRACT_PRICES = FileFormat(
    "contract_prices",
    "Prices that take effect later than the contract's first day.",
    ("contract", "service", "from"),
    (_CONTRACT, _ON_CONTRACT, _FROM, _number("price", "new price", required=True), _TIERS),
)
CONTRACT_UNITS = FileFormat(
    "contract_units",
    "Typed units that take effect later than the contract's first day.",
    ("contract", "service", "from"),
    (_CONTRACT, _ON_CONTRACT, _FROM, _number("units", "new units", required=True)),
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
        _key("key", "short name, used by the other files"),
        _named("name on screens; empty: its key", longest=200),
        Column("module", Kind.TEXT, "key in the catalogue; empty: its own", stands=True),
        _whole("gap_days", "longest gap that is carried without a hold", "3"),
        _whole("fall_percent", "a larger fall is held,", "50"),
        _whole("fall_units", "where it is more units than this", "20"),
        _whole("rise_percent", "a larger rise is held,", "100"),
        _whole("rise_units", "where it is more units than this", "50"),
    ),
)
BILLING_TYPES = FileFormat(
    "billing_types",
    "What the modules count.",
    ("module", "key"),
    (
        _MODULE,
        _key("key", "the vendor's name for it"),
        _named("name on screens; empty: its key", longest=200),
        _text("unit", "what one is, such as device", longest=60),
        _choice("value", "what a count is", choices=VALUES, default="whole"),
        _choice("shape", "what a day's number means", choices=SHAPES, stands=True),
        _choice("merge", "how several sites make one number", choices=MERGES, default="sum"),
        _truth("absent_is_zero", "whether a missing count means 0"),
        Column("overlaps", Kind.LIST, "keys of types that it contains"),
        _truth("known", "whether the catalogue has it", default=YES),
        _day("retired_on", "last day with counts"),
    ),
)
MODULE_ORGANIZATIONS = FileFormat(
    "module_organizations",
    "The vendors' own records of the clients.",
    ("module", "id"),
    (
        _MODULE,
        _key("id", "the vendor's id, never its name", longest=200),
        _text("name", "the vendor's name for it", required=True, longest=200),
        Column("parent", Kind.KEY, "id of the record above it", longest=200),
        _text("domain", "internet domain, for suggestions", longest=253),
        _day("created_on", "day on which the vendor made the record"),
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
        _day("day", "the day of the count, or the first of several equal ones", required=True),
        _day("to", "the last of several equal days; empty: only that day"),
        _number("count", "how many", required=True),
        _choice(
            "state",
            "what is said to it already; empty: it is judged as if it came today",
            choices=COUNT_STATES,
            stands=True,
        ),
        _number("kept", "the day's accepted count, where a correction of it is held"),
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
        _day("to", "the last of several such days; empty: only that day"),
        Column(
            "state",
            Kind.CHOICE,
            "what the answer was: complete, partial (only its own counts), missing, or failed",
            required=True,
            choices=DAY_STATES,
        ),
        _text("reason", "why it failed"),
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
        _day("until", "day whose count ended it, the first on which it no longer held"),
        Column("decision", Kind.CHOICE, "what was said", required=True, choices=DECISIONS),
        _text("reason", "why"),
    ),
)
ORGANIZATION_MAPPINGS = FileFormat(
    "organization_mappings",
    "Whose usage it is: module organization to organization.",
    ("module", "id", "from"),
    (
        _MODULE,
        _ID,
        _reference("organization", "who receives the bill", refers_to="organizations"),
        _truth("ignore", "whether it is left out instead"),
        _day("from", "first day; empty: the first day seen"),
        _day("until", "last day; empty: open"),
        _text("reason", "why"),
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
        _truth("ignore", "whether it is left out instead"),
        Column(
            "unit_changes",
            Kind.CHOICE,
            "how changes are billed, for a new mapping",
            choices=UNIT_CHANGES,
            at_first=True,
        ),
        _day("from", "first day; empty: the contract's start"),
        _day("until", "last day; empty: open"),
        _truth("also", "whether it drives this service besides another"),
        _text("reason", "why"),
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
)
"""Every file of a bundle, in the order in which they are taken in."""

LEFT_OUT = (
    "issued documents and their numbering, billing items, deferrals and waivers",
    "quarantined and refused answers, earlier revisions of counts, what a held identity claims",
    "earlier entries for the same day, contract notes, the audit log, users and secrets",
)
"""What an export does not carry; a backup does."""
