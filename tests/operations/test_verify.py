"""Sound books have no finding; every way to break them has one, in its area."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection
from tests.support import story

from icb.billing.actions import bill
from icb.billing.posting import defer_item, post_items, unpost_item, waive_item
from icb.billing.queries import items
from icb.contracts.actions import set_price
from icb.foundation.bulk import execute, fetch
from icb.foundation.guards import declared_guards
from icb.foundation.models import Provider
from icb.hub.actions import take_snapshot
from icb.hub.inputs import Answer, CountRow
from icb.invoicing.actions import credit_document, issue_documents, render_documents, void_document
from icb.mapping.actions import map_organization, unmap_organization
from icb.operations import verify
from icb.operations.conservation import state_problems
from icb.operations.verify import Problem, run

pytestmark = pytest.mark.usefixtures("provider", "clock")


@pytest.fixture
def books() -> None:
    """Two organizations through May, billed, posted and invoiced, and a correction drafted."""
    story.at("05-01")
    story.connect("7", "8")
    story.sell()
    for organization, id in (("acme", "7"), ("bolt", "8")):
        story.agree(organization)
        story.map_all(organization, id)
    story.receive("05-01", "05-31", {"7": 31, "8": 62})
    story.at("06-01")
    bill()
    post_items()
    issue_documents()
    render_documents()
    count("05-20", 40)
    bill()


def count(day: str, seats: int) -> None:
    """What the module now says of the organization 7 on a day."""
    rows = [CountRow("7", "seats", seats), CountRow("8", "seats", 62)]
    take_snapshot("rmm", answer=Answer(day=story.day(day), rows=rows))


def without_guards() -> None:
    """As a database from which somebody took the guards away."""
    tables = {trigger.name: each.table for each in declared_guards() for trigger in each.triggers()}
    for name, table in tables.items():
        on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
        execute(f'DROP TRIGGER "{name}"{on}')


def areas(problems: list[Problem]) -> set[str]:
    return {problem.area for problem in problems}


def test_sound_books_have_no_finding(books: None) -> None:
    assert len(items()) == 3
    assert run(recompute=True) == []


def test_books_are_sound_after_every_kind_of_change(books: None) -> None:
    (draft,) = [row for row in items() if row.status == "draft"]
    waive_item(draft.id, reason="goodwill")
    bill()
    void_document("INV-000001", reason="wrong address")
    (back, *_) = [row for row in items() if row.status == "posted"]
    fresh = unpost_item(back.id, reason="too early")
    defer_item(fresh, until=story.day("07-15"), reason="asked to")
    credit_document("INV-000002", reason="outage")
    set_price("bolt", service="seat", price="3.00", from_day=story.day("05-11"))
    unmap_organization("rmm", id="7", from_day=story.day("05-25"), reason="moved")
    assert run(recompute=True) == []  # what changed is marked, and not billed yet
    bill()
    post_items()
    issue_documents()
    assert run(recompute=True) == []


def test_a_change_of_included_units_is_no_loss_of_unit_days() -> None:
    """The count moves inside what is included: no amount changes, so no item is made."""
    story.at("05-01")
    story.connect("7")
    story.sell()
    story.agree("acme", terms={"included": 50})
    story.map_all("acme", "7")
    story.receive("05-01", "05-31", {"7": 31})
    story.at("06-01")
    bill()
    post_items()
    rows = [CountRow("7", "seats", 40)]
    take_snapshot("rmm", answer=Answer(day=story.day("05-20"), rows=rows))
    bill()
    assert [row.status for row in items()] == ["posted"]
    assert run(recompute=True) == []


BREAKS: list[tuple[str, str, Callable[[], object]]] = [
    (
        "audit",
        "changed after it was recorded",
        lambda: execute("UPDATE audit_event SET subject = 'x' WHERE sequence = 3"),
    ),
    (
        "counts",
        "no accepted answer proves",
        lambda: execute(
            "UPDATE usage_count SET day = '2025-06-20' WHERE day = '2025-05-20' "
            "AND replaced_at IS NULL"
        ),
    ),
    (
        "counts",
        "repeats the one before it",
        lambda: execute("UPDATE usage_count SET value = 31000000 WHERE day = '2025-05-20'"),
    ),
    (
        "counts",
        "after the billing type was retired",
        lambda: execute("UPDATE billing_type SET retired_on = '2025-05-10'"),
    ),
    (
        "counts",
        "first counted day",
        lambda: execute("UPDATE count_key SET first_counted_on = '2025-05-02'"),
    ),
    (
        "counts",
        "not a complete, accepted answer",
        lambda: execute("UPDATE snapshot SET state = 'refused' WHERE day = '2025-05-09'"),
    ),
    (
        "mappings",
        "mapped twice",
        lambda: execute(
            "INSERT INTO organization_mapping (provider_id, module_organization_id, "
            "organization_id, reason, actor, recorded_at) SELECT provider_id, "
            "module_organization_id, organization_id, '', 'x', recorded_at "
            "FROM organization_mapping"
        ),
    ),
    (
        "mappings",
        "two services",
        lambda: execute(
            "INSERT INTO service_mapping (provider_id, contract_id, billing_type_id, "
            "contract_service_id, is_also, reason, actor, recorded_at) SELECT provider_id, "
            "contract_id, billing_type_id, contract_service_id, is_also, '', 'x', recorded_at "
            "FROM service_mapping"
        ),
    ),
    (
        "mappings",
        "service of another contract",
        lambda: execute(
            "UPDATE service_mapping SET contract_service_id = "
            "(SELECT MAX(id) FROM contract_service)"
        ),
    ),
    (
        "items",
        "highest revision",
        lambda: execute("UPDATE billing_item SET revision = 2"),
    ),
    (
        "documents",
        "is posted and on no document, but does not wait",
        lambda: (execute("DELETE FROM document_line"), execute("DELETE FROM item_to_invoice")),
    ),
    (
        "documents",
        "waits for a document but is on one",
        lambda: execute(
            "INSERT INTO item_to_invoice (provider_id, item_id) "
            "SELECT provider_id, id FROM billing_item"
        ),
    ),
    (
        "documents",
        "not the sums",
        lambda: execute("UPDATE document SET net = net + 100 WHERE sequence = 1"),
    ),
    (
        "documents",
        "is missing",
        lambda: execute("UPDATE document SET sequence = 5 WHERE sequence = 2"),
    ),
    (
        "documents",
        "frozen data was changed",
        lambda: execute("UPDATE document SET data = '{}' WHERE sequence = 2"),
    ),
    (
        "unit-days",
        "970 unit-days were counted, and 969 are billed",
        lambda: execute("UPDATE draft_item SET unit_days = unit_days - 1000000, amount = 1"),
    ),
    (
        "recompute",
        "recomputed",
        lambda: execute("UPDATE draft_item SET amount = amount + 100"),
    ),
]


@pytest.mark.parametrize(("area", "says", "damage"), BREAKS, ids=[each[1] for each in BREAKS])
def test_every_damage_is_found(
    books: None, area: str, says: str, damage: Callable[[], object]
) -> None:
    without_guards()
    assert areas(run(recompute=True)) == {"guards"}
    damage()
    found = [problem for problem in run(recompute=True) if problem.area == area]
    assert [problem for problem in found if says in problem.message], found


def test_an_item_that_vanished_loses_unit_days(books: None) -> None:
    without_guards()
    execute("DELETE FROM draft_item")
    (problem,) = [each for each in run() if each.area == "unit-days"]
    assert problem.message == (
        "Contract acme, seat, period from 2025-05-01: 970 unit-days were counted, and 961 are "
        "billed."
    )


def test_a_rendering_that_was_changed_is_found(books: None, provider: Provider) -> None:
    ((path,),) = fetch("SELECT MIN(path) FROM rendering")
    file = settings.DATA_DIR / path
    file.write_bytes(file.read_bytes() + b" ")
    (problem,) = run()
    assert (problem.area, "was changed" in problem.message) == ("documents", True)
    file.unlink()
    assert "is missing" in run()[0].message


def test_days_in_no_state_and_in_two_are_found() -> None:
    from icb.billing.usage import Part, Standing
    from icb.kernel.days import DayRange

    def days(first: str, end: str) -> DayRange:
        return DayRange(story.day(first), story.day(end))

    whole = days("05-01", "05-31")
    one = Part(Standing.BILLED, days("05-01", "05-11"), 1, 1)
    rest = Part(Standing.UNMAPPED, days("05-11", "05-31"))
    other = Part(Standing.BILLED, days("05-01", "05-31"), 1, 2)
    assert list(state_problems([one, rest], whole=whole)) == []
    assert list(state_problems([one, rest, other], whole=whole)) == []
    assert list(state_problems([one], whole=whole)) == [
        "the days from 2025-05-11 up to 2025-05-31 are in no state."
    ]
    again = one._replace(days=days("05-10", "05-31"))
    assert list(state_problems([one, again], whole=whole)) == [
        "2025-05-10 is in two states for one service."
    ]


def test_every_provider_is_checked(books: None) -> None:
    without_guards()
    execute("UPDATE audit_event SET subject = 'x' WHERE sequence = 3")
    found = verify.run_for_all()
    assert areas(found["own"]) == {"guards", "audit"}


def test_progress_is_told(books: None) -> None:
    told: list[tuple[int, int]] = []
    run(progress=lambda done, total: told.append((done, total)))
    assert told == [(number, 10) for number in range(1, 11)]


def test_remapped_usage_stays_sound(books: None) -> None:
    map_organization("rmm", id="8", organization="acme", from_day=story.day("05-16"))
    assert run(recompute=True) == []
    bill()
    assert run(recompute=True) == []
