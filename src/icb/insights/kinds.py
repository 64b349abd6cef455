"""All kinds of insights: the rule that finds each, what it says, and what to do. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from icb.insights import connection_rules, contract_rules, mapping_rules
from icb.insights.finding import Finding
from icb.insights.situation import Situation

Rule = Callable[[Situation], Iterator[Finding]]
Facts = Mapping[str, Any]


class Kind(NamedTuple):
    """A kind of insight. The texts are filled with the facts; `page` is where the fix is made."""

    title: str
    text: str
    fix: str
    page: str


KINDS: dict[str, Kind] = {
    "credentials_refused": Kind(
        "Credentials Refused",
        "{name} refuses our credentials ({code}): nothing is counted until they are changed. "
        "{message}",
        "icb modules change {module}, then icb sync {module}",
        "modules",
    ),
    "sync_failed": Kind(
        "Sync Failed",
        "The last counts of {name} did not come ({code}). {message}",
        "icb sync {module}, or send its counts again where it sends them itself",
        "modules",
    ),
    "module_silent": Kind(
        "Module Silent",
        "{name} has sent no counts for {days} days (the last: {since}); what it counted last is "
        "carried on.",
        "icb coverage MONTH --module {module}, then icb sync {module}",
        "modules",
    ),
    "activate_module": Kind(
        "Activate Integrated Customer Billing",
        "{name} is connected, but not enabled: no counts of it are asked for or taken.",
        "icb modules enable {module}",
        "modules",
    ),
    "new_organization": Kind(
        "Integrated Customer Billing Available for New Organization",
        "{module} reports {name} ({id}), which is mapped to nobody. It counts: {usage}.",
        "icb map set {module} {id} ORGANIZATION (icb map suggest proposes one), or ignore it",
        "organization-mapping",
    ),
    "unmapped_type": Kind(
        "Usage Without a Service",
        "{organization} has {units} {name} in {module}, which no service of its contracts takes.",
        "icb map set {module} {billing_type} SERVICE --contract CONTRACT, or ignore it",
        "service-mapping",
    ),
    "unknown_type": Kind(
        "Unknown Billing Type",
        "{module} reports {billing_type} ({units} units), which the catalogue does not know.",
        "icb modules describe {module} {billing_type}",
        "catalogue",
    ),
    "count_jumped": Kind(
        "Count Jumped",
        "{organization}: {billing_type} of {name} in {module} went from {before} to {after}.",
        "icb activity --organization {organization} --type {billing_type}; icb hold list",
        "holds",
    ),
    "no_active_contract": Kind(
        "Mapped, but No Active Contract",
        "{organization} is counted and mapped, and no contract of its covers today. "
        "It counts: {usage}.",
        "icb contract add, or unmap it",
        "contracts",
    ),
    "dead_organization": Kind(
        "Usage of a Former Client",
        "{organization} is of type {type} and is still counted: {usage}.",
        "icb hold departed for its ids, or change its type",
        "organizations",
    ),
    "overlapping_types": Kind(
        "Overlapping Billing Types",
        "{contract} bills {total} and {part} of {module}; {units} {part} are in both.",
        "icb unmap one of the two from {contract}",
        "service-mapping",
    ),
    "price_below_cost": Kind(
        "Price Below Cost",
        "{contract} sells {service} at {price} {currency}; it costs {cost} a month.",
        "icb contract price {contract} {service}",
        "contracts",
    ),
    "contract_ending": Kind(
        "Contract Ending",
        "{contract} of {organization} ends on {ends_on}.",
        "icb contract add a new one, or icb contract end {contract} at a later day",
        "contracts",
    ),
}

RULES: tuple[Rule, ...] = (
    connection_rules.not_enabled,
    connection_rules.silent,
    connection_rules.failed,
    connection_rules.unknown_types,
    connection_rules.jumped,
    mapping_rules.new_organizations,
    mapping_rules.unmapped_types,
    mapping_rules.no_contract,
    mapping_rules.dead_organizations,
    mapping_rules.overlaps,
    contract_rules.below_cost,
    contract_rules.ending,
)


def findings(situation: Situation) -> list[Finding]:
    """Everything that needs attention as things stand."""
    return [finding for rule in RULES for finding in rule(situation)]


def title_of(kind: str) -> str:
    """What the kind is called."""
    return KINDS[kind].title


def text_of(kind: str, *, facts: Facts) -> str:
    """What was found, in a sentence or two; what no price is known for is said."""
    text = KINDS[kind].text.format_map(_Words(facts)).strip()
    if unpriced := facts.get("unpriced"):
        text += f" No price is known for {', '.join(unpriced)}."
    if held := facts.get("held"):
        text += f" It is held ({held}) and waits for a decision."
    return text


def fix_of(kind: str, *, facts: Facts) -> str:
    """What to do about it, as a command."""
    return KINDS[kind].fix.format_map(_Words(facts))


class _Words(dict[str, str]):
    """The facts as words: what there is none of is said so."""

    def __init__(self, facts: Facts) -> None:
        super().__init__({name: _word(value) for name, value in facts.items()})


def _word(value: object) -> str:
    return "nothing" if value in (None, "") else str(value)
