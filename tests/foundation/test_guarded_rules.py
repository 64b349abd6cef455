"""The rules that the database holds by itself: what each guard lets through, and what not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, models
from django.db.transaction import atomic
from tests.support import ledger

from icb.billing.models import DraftItem, Unposting
from icb.foundation import audit, bulk
from icb.foundation.models import AuditEvent, Provider
from icb.hub.models import Count, ModuleOrganization, Snapshot
from icb.invoicing.models import Document, DocumentLine, DocumentVoid, NumberSeries
from icb.mapping.models import OrganizationMapping, ServiceMapping


def day(number: int) -> date:
    return date(2026, 1, number)


def refused(guard: str, act: Any, *arguments: Any, **named: Any) -> None:
    """The act is refused by that guard, and by nothing that comes before it."""
    with pytest.raises(IntegrityError, match=f"guard_{guard}"), atomic():
        act(*arguments, **named)


# Mappings: no two of one day.


def mapped(module: ledger.Module, start: date | None, end: date | None) -> OrganizationMapping:
    made: OrganizationMapping = OrganizationMapping.objects.create(
        module_organization=module.organization,
        starts_on=start,
        ends_on=end,
        actor="olivia",
        recorded_at=ledger.AT,
    )
    return made


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((None, None), (None, None)),
        ((None, None), (day(5), day(5))),
        ((None, day(10)), (day(10), None)),
        ((day(5), day(10)), (day(10), day(20))),
        ((day(5), day(10)), (day(6), day(7))),
        ((day(5), None), (None, day(5))),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_an_organization_mapping_overlaps_no_other(
    provider: Provider, one: Any, other: Any, turned: bool
) -> None:
    module = ledger.module()
    first, second = (other, one) if turned else (one, other)
    mapped(module, *first)
    refused("organization_mapping_one_per_day", mapped, module, *second)
    mapped(ledger.module("another"), *second)


def test_organization_mappings_may_follow_each_other(provider: Provider) -> None:
    module = ledger.module()
    before, after = mapped(module, None, day(9)), mapped(module, day(10), None)
    before.ends_on = day(10)
    refused("organization_mapping_one_per_day", before.save)
    refused("organization_mapping_one_per_day", OrganizationMapping.objects.update, ends_on=None)
    after.starts_on = day(11)
    after.save()
    before.refresh_from_db()
    before.ends_on = day(10)
    before.save()


def test_overlapping_rows_of_one_bulk_insert_are_refused(provider: Provider) -> None:
    module = ledger.module()
    columns = ["module_organization_id", "starts_on", "ends_on", "reason", "actor", "recorded_at"]
    rows = [
        (module.organization.pk, day(1), day(5), "", "o", "2026-01-01 00:00:00+00:00"),
        (module.organization.pk, day(5), None, "", "o", "2026-01-01 00:00:00+00:00"),
    ]
    refused(
        "organization_mapping_one_per_day",
        bulk.insert_rows,
        OrganizationMapping,
        columns=columns,
        rows=rows,
    )


class Driven:
    """A billing type and a contract of two services, to be mapped onto each other."""

    def __init__(self) -> None:
        self.module, self.agreed = ledger.module(), ledger.agreement()

    def drives(
        self, service: str, start: date | None, end: date | None = None, *, also: bool = False
    ) -> ServiceMapping:
        made: ServiceMapping = ServiceMapping.objects.create(
            contract=self.agreed.contract,
            billing_type=self.module.billing_type,
            contract_service={"first": self.agreed.first, "second": self.agreed.second}.get(
                service
            ),
            starts_on=start,
            ends_on=end,
            is_also=also,
            actor="olivia",
            recorded_at=ledger.AT,
        )
        return made


SERVICE_GUARD = "service_mapping_one_per_day"


def test_a_type_drives_two_services_only_by_also(provider: Provider) -> None:
    case = Driven()
    case.drives("first", day(1), day(10))
    refused(SERVICE_GUARD, case.drives, "second", day(10))
    case.drives("second", day(10), day(10), also=True)
    case.drives("first", day(11))


def test_a_type_never_drives_one_service_twice(provider: Provider) -> None:
    case = Driven()
    case.drives("first", day(1), day(10))
    refused(SERVICE_GUARD, case.drives, "first", day(10), also=True)
    case.drives("first", day(11))


def test_ignored_and_driving_exclude_each_other(provider: Provider) -> None:
    case = Driven()
    case.drives("", day(1), day(10))
    refused(SERVICE_GUARD, case.drives, "first", day(10))
    refused(SERVICE_GUARD, case.drives, "", None, also=True)
    case.drives("first", day(11))


def test_the_later_mapping_is_the_one_that_must_say_also(provider: Provider) -> None:
    case = Driven()
    case.drives("first", day(1), day(10), also=True)
    later = case.drives("second", day(5), day(10), also=True)
    later.is_also = False
    refused(SERVICE_GUARD, later.save)
    earlier = ServiceMapping.objects.order_by("pk")[0]
    earlier.is_also = False
    earlier.save()
    earlier.contract_service = case.agreed.second
    refused(SERVICE_GUARD, earlier.save)


# Counts: replaced once, never changed.


def test_a_count_is_replaced_once(provider: Provider) -> None:
    module = ledger.module()
    rows = Count.objects.filter(pk=module.count.pk)
    guard = "usage_count_is_final"
    refused(guard, rows.update, value=8)
    refused(guard, rows.update, day=day(9))
    refused(guard, rows.update, state="rejected")
    refused(guard, rows.update, reason="fall")
    refused(guard, rows.update, replaced_by=module.snapshot)
    refused(guard, rows.update, replaced_at=ledger.AT, value=8)
    assert rows.update(replaced_at=ledger.AT, replaced_by=module.snapshot) == 1
    refused(guard, rows.update, replaced_at=None, replaced_by=None)
    refused(guard, rows.update, replaced_at=ledger.AT)
    refused("usage_count_stays", rows.delete)
    refused("usage_count_stays", bulk.execute, "DELETE FROM usage_count")


def test_a_quarantined_answer_is_decided_once(provider: Provider) -> None:
    module = ledger.module()
    guard = "snapshot_is_final"
    for revision, decided in enumerate(("accepted", "rejected", "superseded"), start=2):
        waiting = ledger.snapshot(module.connection, state="quarantined", revision=revision)
        rows = Snapshot.objects.filter(pk=waiting.pk)
        refused(guard, rows.update, state="duplicate")
        refused(guard, rows.update, reason="another")
        refused(guard, rows.update, state=decided, row_count=2)
        assert rows.update(state=decided) == 1
        refused(guard, rows.update, state="quarantined")
        refused(guard, rows.update, content_hash="1" * 64)
        refused("snapshot_stays", bulk.execute, "DELETE FROM snapshot WHERE revision > 1")


@pytest.mark.parametrize("state", ["accepted", "duplicate", "refused", "superseded", "rejected"])
def test_a_judged_answer_keeps_its_state(provider: Provider, state: str) -> None:
    module = ledger.module()
    made = ledger.snapshot(module.connection, state=state, revision=2)
    for other in ("accepted", "quarantined"):
        refused("snapshot_is_final", Snapshot.objects.filter(pk=made.pk).update, state=other)


# Identities.


def test_identities_stay(provider: Provider) -> None:
    module, agreed = ledger.module(), ledger.agreement()
    renamed: list[tuple[str, models.Model, dict[str, Any]]] = [
        ("module_organization", module.organization, {"external_id": "18"}),
        ("billing_type", module.billing_type, {"key": "user"}),
        ("count_key", module.count.count_key, {"billing_type_id": 99}),
        ("organization", agreed.organization, {"key": "other"}),
        ("contract", agreed.contract, {"key": "other"}),
    ]
    for table, row, change in renamed:
        rows = type(row)._default_manager.filter(pk=row.pk)
        refused(f"{table}_keeps_identity", rows.update, **change)
    assert ModuleOrganization.objects.update(name="New name") == 1


# Drafts come after what is posted.


def test_a_draft_comes_after_every_posted_item_of_its_key(provider: Provider) -> None:
    kept = ledger.books()
    guard = "draft_item_follows_posted"
    refused(guard, ledger.draft, kept.agreement, revision=1)
    made = ledger.draft(kept.agreement, revision=2)
    made.amount = 7
    made.save()
    made.revision = 1
    refused(guard, made.save)
    other = ledger.draft(kept.agreement, effective_on=day(30), revision=1)
    refused(guard, DraftItem.objects.filter(pk=other.pk).update, effective_on=day(1))


def test_the_contracts_own_lines_are_held_to_it_too(provider: Provider) -> None:
    kept = ledger.books()
    own = {**ledger.item_values(kept.agreement), "contract_service": None, "line": "minimum"}
    type(kept.issued).objects.create(id=9, posting=kept.posting, **own)
    refused("draft_item_follows_posted", DraftItem.objects.create, **own)
    DraftItem.objects.create(**{**own, "revision": 2})


# Items and documents.


def test_an_item_on_a_live_document_is_not_unposted(provider: Provider) -> None:
    kept = ledger.books()
    unposted = {"item": kept.issued, "actor": "olivia", "unposted_at": ledger.AT}
    refused("unposting_is_on_no_document", Unposting.objects.create, **unposted)
    DocumentVoid.objects.create(document=kept.document, reason="r", actor="o", voided_at=ledger.AT)
    Unposting.objects.create(**unposted)


def test_an_unposted_item_goes_on_no_document(provider: Provider) -> None:
    kept = ledger.books()
    Unposting.objects.create(item=kept.waiting, actor="olivia", unposted_at=ledger.AT)
    line = {"document": kept.document, "position": 2, "item": kept.waiting, "amount": 35, "tax": 0}
    refused("document_line_takes_posted", DocumentLine.objects.create, **line)


def test_an_item_goes_on_a_second_document_only_after_a_void(provider: Provider) -> None:
    kept = ledger.books()
    again = ledger.document(kept.agreement.organization, sequence=2)
    line = {"document": again, "position": 1, "item": kept.issued, "amount": 35, "tax": 0}
    guard = "document_line_item_once"
    refused(guard, DocumentLine.objects.create, **line, attempt=2)
    refused(guard, DocumentLine.objects.create, **line, attempt=0)
    with pytest.raises(IntegrityError), atomic():
        DocumentLine.objects.create(**line, attempt=1)
    DocumentVoid.objects.create(document=kept.document, reason="r", actor="o", voided_at=ledger.AT)
    refused(guard, DocumentLine.objects.create, **line, attempt=3)
    DocumentLine.objects.create(**line, attempt=2)


# Numbers.


def test_numbers_have_no_gap(provider: Provider) -> None:
    kept = ledger.books()
    organization = kept.agreement.organization
    guard = "document_sequence_has_no_gap"
    refused(guard, ledger.document, organization, sequence=3)
    refused(guard, ledger.document, organization, sequence=0)
    refused(guard, ledger.document, organization, sequence=1, kind="credit_note")
    ledger.document(organization, sequence=2)
    ledger.document(organization, sequence=3)
    refused(guard, ledger.document, organization, sequence=5)


def test_the_next_number_moves_on_with_the_documents(provider: Provider) -> None:
    kept = ledger.books()
    rows = NumberSeries.objects.filter(pk=kept.series.pk)
    guard = "number_series_goes_on"
    refused(guard, rows.update, next_number=1)
    refused(guard, rows.update, next_number=3)
    ledger.document(kept.agreement.organization, sequence=2)
    ledger.document(kept.agreement.organization, sequence=3)
    rows.update(next_number=4)
    rows.update(prefix="R-")
    refused("number_series_keeps_identity", rows.update, kind="credit_note")
    refused("number_series_stays", bulk.execute, "DELETE FROM number_series")


def test_a_first_number_may_be_chosen(provider: Provider) -> None:
    series = NumberSeries.objects.create(kind="credit_note", prefix="CN-")
    NumberSeries.objects.filter(pk=series.pk).update(next_number=1000)
    agreed = ledger.agreement()
    refused(
        "document_sequence_has_no_gap",
        ledger.document,
        agreed.organization,
        sequence=1,
        kind="credit_note",
    )
    ledger.document(agreed.organization, sequence=1000, kind="credit_note")


def test_numbers_are_skipped_only_while_issuing_is_locked(provider: Provider) -> None:
    kept = ledger.books()
    rows = NumberSeries.objects.filter(pk=kept.series.pk)
    refused("number_series_goes_on", rows.update, next_number=50)
    own = Provider.objects.filter(pk=provider.pk)
    own.update(issuing_locked=True)
    rows.update(next_number=50)
    own.update(issuing_locked=False)
    ledger.document(kept.agreement.organization, sequence=50)
    assert Document.objects.count() == 2


# The audit chain.


def test_an_event_follows_the_newest_and_carries_its_hash(provider: Provider) -> None:
    audit.record("try", subject="books", data={})
    newest = audit.head()
    guard = "audit_event_chain"

    def add(sequence: int, previous: str) -> None:
        AuditEvent.objects.create(
            sequence=sequence,
            at=ledger.AT,
            actor="o",
            action="a",
            subject="s",
            data="{}",
            previous_hash=previous,
            hash="1" * 64,
        )

    refused(guard, add, newest.sequence + 2, newest.hash)
    refused(guard, add, newest.sequence + 1, "0" * 64)
    refused(guard, add, newest.sequence + 1, "")
    refused(guard, add, 0, "0" * 64)
    add(newest.sequence + 1, newest.hash)
