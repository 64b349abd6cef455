"""What each verb of a timeline calls: the same actions as web, API and jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack

from icb.billing import posting
from icb.billing import queries as billing_queries
from icb.billing.actions import bill
from icb.contracts import actions as contracts
from icb.foundation.providers import set_timezone
from icb.hub import actions as hub
from icb.hub import queries as hub_queries
from icb.hub.inputs import Answer, CountRow
from icb.invoicing import actions as invoicing
from icb.kernel.days import ONE_DAY, DayRange
from icb.kernel.errors import NotFound, Refused
from icb.mapping import actions as mapping
from icb.mapping.inputs import NewServiceMapping, Whose
from icb.mapping.queries import organization_mappings
from icb.scenarios import steps
from icb.scenarios.payment_steps import Pay, Reverse
from icb.scenarios.payment_verbs import pay, reverse
from icb.scenarios.schedule import Moment
from icb.scenarios.tax_steps import Exempt, SetTax
from icb.scenarios.tax_verbs import exempt, set_tax

_UNSAID = "as the scenario says"

LAST = "last"


def perform(moment: Moment) -> None:
    """Do what the step says, now. Raises what the action raises."""
    does = moment.step.does
    if isinstance(does, steps.Receive):
        _receive(does, moment.days or does.days)
    else:
        _PERFORM[type(does)](does)


def _receive(step: steps.Receive, days: DayRange) -> None:
    rows = [CountRow(*row) for row in step.rows]
    answers = [
        Answer(
            day=days.start + ONE_DAY * number,
            rows=rows,
            is_complete=step.complete,
            stamp=step.revision,
            names=step.names,
            created=step.created,
        )
        for number in range(days.days)
    ]
    hub.take_snapshots(step.module, answers=answers)


def _receive_event(step: steps.ReceiveEvent) -> None:
    hub.take_event(
        step.module,
        organization=step.id,
        billing_type=step.billing_type,
        count=step.count,
        at=step.at,
    )


def _sync_failed(step: steps.SyncFailed) -> None:
    hub.record_failed_sync(step.module, days=step.days, reason=step.reason)


def _bill(step: steps.Bill) -> None:
    bill(through=step.through)


def _post(step: steps.Post) -> None:
    posting.post_items(organization=step.organization)


def _invoice(step: steps.Invoice) -> None:
    invoicing.issue_documents(organization=step.organization)


def _close(_: steps.Close) -> None:
    bill()
    posting.post_items()
    invoicing.issue_documents()


def _unpost(step: steps.Unpost) -> None:
    posting.unpost_item(_item(step.item), reason=step.reason or _UNSAID)


def _item(number: str) -> int:
    """The id of an item: the last posted one, or the one at that place of the output, from 1."""
    items = billing_queries.items()
    posted = [item.id for item in items if item.status in ("posted", "invoiced")]
    if number == LAST and posted:
        return posted[-1]
    if number.isdigit() and 0 < int(number) <= len(items):
        return items[int(number) - 1].id
    raise NotFound(
        "unknown_item",
        f"There is no item {number}. Nothing was changed. Name an item by its place in the list "
        "of items, or the last posted one as `last`.",
    )


def _void(step: steps.Void) -> None:
    invoicing.void_document(step.invoice, reason=step.reason or _UNSAID)


def _credit(step: steps.Credit) -> None:
    invoicing.credit_document(
        step.invoice, lines=step.lines, net=step.net, reason=step.reason or _UNSAID
    )


def _set_price(step: steps.SetPrice) -> None:
    contracts.set_price(
        step.contract,
        service=step.service,
        price=step.price,
        from_day=step.from_day,
        tiers=step.tiers,
    )


def _set_units(step: steps.SetUnits) -> None:
    mapping.type_units(
        step.contract, service=step.service, units=step.units, from_day=step.from_day
    )


def _set_unit_changes(step: steps.SetUnitChanges) -> None:
    mapping.set_unit_changes(
        step.contract,
        module=step.module,
        billing_type=step.billing_type,
        unit_changes=step.unit_changes,
    )


def _map_organization(step: steps.MapOrganization) -> None:
    mapping.map_organization(
        step.module,
        id=step.id,
        organization=step.organization,
        from_day=step.from_day,
        until=step.until,
        reason=step.reason,
    )


def _unmap_organization(step: steps.UnmapOrganization) -> None:
    mapping.unmap_organization(step.module, id=step.id, from_day=step.from_day, reason=step.reason)


def _map_service(step: steps.MapService) -> None:
    mapping.map_service(
        step.contract,
        mapping=NewServiceMapping(
            module=step.module,
            billing_type=step.billing_type,
            service=step.service,
            unit_changes=step.unit_changes,
            from_day=step.from_day,
            until=step.until,
            also=step.also,
            reason=step.reason,
        ),
    )


def _ignore(step: steps.Ignore) -> None:
    if step.id:
        mapping.ignore_organization(
            step.module,
            id=step.id,
            from_day=step.from_day,
            until=step.until,
            reason=step.reason,
        )
        return
    mapping.map_service(
        step.contract,
        mapping=NewServiceMapping(
            module=step.module,
            billing_type=step.billing_type,
            ignore=True,
            from_day=step.from_day,
            until=step.until,
            reason=step.reason,
        ),
    )


def _unmap_service(step: steps.UnmapService) -> None:
    mapping.unmap_service(
        step.contract,
        module=step.module,
        billing_type=step.billing_type,
        service=step.service,
        from_day=step.from_day,
        reason=step.reason,
    )


def _add_contract(step: steps.AddContract) -> None:
    contracts.add_contracts([step.contract])


def _end_contract(step: steps.EndContract) -> None:
    contracts.end_contract(step.contract, ends_on=step.ends_on)


def _set_timezone(step: steps.SetTimezone) -> None:
    set_timezone(step.timezone, from_day=step.from_day)


def _decide(step: steps.Decide) -> None:
    try:
        _answer(
            step,
            module=step.module,
            id=step.id,
            organization=step.organization,
            billing_type=step.billing_type,
        )
    except Refused as error:
        waiting = _quarantined(step) if error.code == "nothing_held" else []
        if not waiting:
            raise
        # The only thing that waits for this organization is an answer as a whole.
        for module in waiting:
            _answer(step, module=module)


def _answer(step: steps.Decide, **whose: Unpack[Whose]) -> None:
    mapping.decide(
        from_day=step.from_day,
        decision=step.decision,
        reason=step.reason,
        **whose,
    )


def _quarantined(step: steps.Decide) -> list[str]:
    """The modules of the step's organization whose answers wait as a whole, from its day on."""
    modules = {step.module} if step.module else _modules_of(step.organization)
    waiting = [
        hold.connection
        for hold in hub_queries.holds()
        if hold.reason == "quarantined" and hold.from_day >= step.from_day
    ]
    return [module for module in dict.fromkeys(waiting) if module in modules]


def _modules_of(organization: str | None) -> set[str | None]:
    return {
        row.module for row in organization_mappings() if row.organization == (organization or "")
    }


_PERFORM: dict[type[Any], Callable[[Any], None]] = {
    steps.ReceiveEvent: _receive_event,
    steps.SyncFailed: _sync_failed,
    steps.Bill: _bill,
    steps.Post: _post,
    steps.Invoice: _invoice,
    steps.Close: _close,
    steps.Unpost: _unpost,
    steps.Void: _void,
    steps.Credit: _credit,
    steps.SetPrice: _set_price,
    steps.SetUnits: _set_units,
    steps.SetUnitChanges: _set_unit_changes,
    steps.MapOrganization: _map_organization,
    steps.UnmapOrganization: _unmap_organization,
    steps.MapService: _map_service,
    steps.Ignore: _ignore,
    steps.UnmapService: _unmap_service,
    steps.AddContract: _add_contract,
    steps.EndContract: _end_contract,
    steps.SetTimezone: _set_timezone,
    SetTax: set_tax,
    Exempt: exempt,
    Pay: pay,
    Reverse: reverse,
    steps.Decide: _decide,
}
