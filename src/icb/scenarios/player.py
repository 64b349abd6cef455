"""Plays a story on a throw-away database with a clock that stands still between steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from icb.contracts.actions import add_contracts, add_services
from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.providers import create_provider, provider_days
from icb.foundation.scope import in_provider
from icb.hub.actions import connect_modules
from icb.kernel import clock
from icb.kernel.errors import IcbError, InvalidInput, NotFound, NotPermitted, Refused
from icb.mapping.actions import map_organizations, map_services
from icb.organizations.actions import add_organizations, add_tax_rates
from icb.organizations.inputs import NewTaxRate
from icb.scenarios.database import throw_away_database
from icb.scenarios.output import Output, collect
from icb.scenarios.reader import Story
from icb.scenarios.schedule import Moment, moments
from icb.scenarios.verbs import perform

ACTOR = "scenario"
_REFUSALS = (Refused, InvalidInput, NotFound, NotPermitted)
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)

Entry = TypeVar("Entry")
Refusals = list[dict[str, Any]]


def play(story: Story) -> Output:
    """Play the story through the product's own actions; what came out, as SCENARIOS' output.

    What the product refuses is recorded and the story goes on. Raises MalformedScenario where
    the clock of the timeline would run backwards.
    """
    refused: Refusals = []
    with throw_away_database(), acting_as_system(ACTOR), clock.frozen(_NEVER):
        provider = create_provider(_provider(story))
        with in_provider(provider):
            timeline = moments(story.timeline, provider_days=provider_days)
            first = next(timeline, None)
            if first is not None:
                clock.set_frozen(first.at)
            _set_the_stage(story, refused)
            for moment in _from(first, timeline):
                clock.set_frozen(moment.at)
                with _recording(moment.step.verb, refused):
                    perform(moment)
            return collect(refused)


def _from(first: Moment | None, rest: Iterator[Moment]) -> Iterator[Moment]:
    if first is not None:
        yield first
        yield from rest


def _provider(story: Story) -> NewProvider:
    return NewProvider(
        key=ACTOR,
        name=story.name or ACTOR,
        currency=story.provider.currency,
        timezone=story.provider.timezone,
        tax_day=story.provider.tax_day,
    )


def _set_the_stage(story: Story, refused: Refusals) -> None:
    rates = [NewTaxRate(key, percent) for key, percent in story.provider.tax_rates.items()]
    _add("tax_rates", rates, add_tax_rates, refused)
    _add("taxes", story.taxes, add_tax_rates, refused)
    _add("organizations", story.organizations, add_organizations, refused)
    _add("services", story.services, add_services, refused)
    _add("contracts", story.contracts, add_contracts, refused)
    _add("modules", story.modules, connect_modules, refused)
    _add("organization_mappings", story.organization_mappings, map_organizations, refused)
    _add("service_mappings", story.service_mappings, map_services, refused)


def _add(
    step: str,
    entries: Sequence[Entry],
    add: Callable[[Sequence[Entry]], object],
    refused: Refusals,
) -> None:
    """Add all entries at once, as an import would; where one is refused, one by one."""
    if not entries:
        return
    try:
        add(entries)
    except _REFUSALS:
        for entry in entries:
            with _recording(step, refused):
                add([entry])


@contextmanager
def _recording(step: str, refused: Refusals) -> Iterator[None]:
    try:
        yield
    except _REFUSALS as error:
        refused.append(_refusal(step, error))


def _refusal(step: str, error: IcbError) -> dict[str, Any]:
    return {"step": step, "code": error.code, "message": error.message}
