"""The reader: what stands in a file, and which line is wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from icb.scenarios.malformed import MalformedScenario
from icb.scenarios.reader import Story, read_story
from icb.scenarios.steps import Close, Receive


def _story(*lines: str) -> Story:
    return read_story("\n".join(lines))


def test_the_key_on_stays_a_key_and_dates_and_numbers_stay_text() -> None:
    story = _story(
        "name: 2026-01-01",
        "services: [{key: 007, name: Desk, price: 12.10}]",
        "timeline:",
        "  - {on: 2026-07-01, close: {}}",
        "  - {on: 2026-07-01T10:00:00+02:00, close: }",
    )
    assert story.name == "2026-01-01"
    assert story.services[0].key == "007"
    assert story.services[0].price == Decimal("12.10")
    first, second = story.timeline
    assert (first.on, first.does) == (date(2026, 7, 1), Close())
    assert second.on == datetime(2026, 7, 1, 8, tzinfo=UTC)


def test_only_true_and_false_are_booleans() -> None:
    with pytest.raises(MalformedScenario, match=r"tax_exempt: true or false .* \"yes\""):
        _story("organizations: [{key: a, name: A, tax_exempt: yes}]")


def test_counts_are_taken_as_they_come() -> None:
    story = _story(
        "timeline:",
        "- receive:",
        "    module: rmm",
        "    days: 2026-06-01..2026-06-30",
        '    counts: {7: {a: 5, b: 2.50, c: true, d: "5", e: , f: .nan, g: -1, h: 0x1F}}',
    )
    does = story.timeline[0].does
    assert isinstance(does, Receive)
    assert does.days.days == 30
    values = {row.billing_type: row.value for row in does.rows}
    assert {row.organization for row in does.rows} == {"7"}
    assert values == {
        "a": 5,
        "b": Decimal("2.50"),
        "c": True,
        "d": "5",
        "e": None,
        "f": ".nan",
        "g": -1,
        "h": "0x1F",
    }
    assert isinstance(values["a"], int)
    assert isinstance(values["d"], str)


def test_defaults_are_those_of_the_format() -> None:
    story = _story(
        "contracts: [{key: c, organization: a, starts_on: 2026-01-01, services: [{service: s}]}]",
        "modules: [{key: rmm, billing_types: [{key: devices}], organizations: [{id: 7}]}]",
    )
    contract = story.contracts[0]
    assert (contract.period, contract.anchor, contract.billing) == (
        "monthly",
        "calendar",
        "in_arrears",
    )
    assert contract.services[0].pricing == "per_unit"
    assert story.provider.currency == "USD"
    assert story.provider.timezone == "UTC"
    assert story.provider.tax_rates == {}
    assert story.expect is None
    assert story.modules[0].billing_types[0].merge == "sum"


MALFORMED = {
    "empty": ("", "line 1: the file is empty"),
    "not yaml": ("name: [", "not YAML"),
    "two documents": ("name: a\n---\nname: b", "not YAML"),
    "a list": ("- name: a", "line 1: a scenario is a mapping"),
    "unknown field": ("name: a\norganisations: []", "line 2, organisations: unknown field"),
    "unknown field below": (
        "organizations:\n  - {key: a, name: A}\n  - {key: b, nmae: B}",
        'line 3, organizations.2.nmae: unknown field. Did you mean "name"?',
    ),
    "missing field": (
        "contracts:\n  - {key: a, starts_on: 2026-01-01}",
        "line 2, contracts.1.organization: the field is missing",
    ),
    "field twice": ("name: a\nname: b", "line 2, name: the field stands here twice"),
    "tag": ("name: !!python/name:os.system a", "line 1: the tag"),
    "not a date": (
        "contracts:\n  - {key: a, organization: b, starts_on: 2026-02-30}",
        'line 2, contracts.1.starts_on: a date belongs here (YYYY-MM-DD), not "2026-02-30"',
    ),
    "not a number": ("services: [{key: a, price: cheap}]", "services.1.price: a number belongs"),
    "not a choice": (
        "contracts: [{key: a, organization: b, starts_on: 2026-01-01, period: weekly}]",
        'contracts.1.period: "weekly" is none of monthly, quarterly, semi_annual, yearly',
    ),
    "not a list": ("services: {key: a}", "line 1, services: a list belongs here, not fields"),
    "not fields": ("provider: USD", 'provider: fields belong here ({name: value}), not "USD"'),
    "unknown currency": ("provider: {currency: XXQ}", 'provider.currency: "XXQ" is not known'),
    "unknown zone": ("provider: {timezone: Mars}", 'provider.timezone: "Mars" is not known'),
    "range backwards": (
        "timeline:\n- {sync_failed: {module: a, days: 2026-06-02..2026-06-01}}",
        "line 2, timeline.1.sync_failed.days: the range ends on 2026-06-01",
    ),
    "no verb": ("timeline: [{on: 2026-01-01}]", "timeline.1: a step has one verb, this one has 0"),
    "two verbs": (
        "timeline: [{on: 2026-01-01, bill: {}, post: {}}]",
        "timeline.1: a step has one verb, this one has 2",
    ),
    "unknown verb": (
        "timeline: [{on: 2026-01-01, recieve: {}}]",
        'timeline.1.recieve: unknown verb. Did you mean "receive"?',
    ),
    "no date": ("timeline: [{bill: {}}]", "timeline.1: bill needs `on`"),
    "no offset": (
        "timeline: [{on: 2026-01-01T10:00:00, bill: {}}]",
        'timeline.1.on: "2026-01-01T10:00:00" has no offset',
    ),
    "field of a verb": (
        "timeline: [{on: 2026-01-01, close: {organization: a}}]",
        "timeline.1.close.organization: unknown field. Allowed: no fields",
    ),
    "counts and rows": (
        "timeline: [{receive: {module: a, days: 2026-01-01, counts: {}, rows: []}}]",
        "timeline.1.receive: give exactly one of counts, rows",
    ),
    "short row": (
        "timeline: [{receive: {module: a, days: 2026-01-01, rows: [[7, devices]]}}]",
        "timeline.1.receive.rows.1: a row has three values",
    ),
    "nested count": (
        "timeline: [{receive: {module: a, days: 2026-01-01, counts: {7: {d: [1]}}}}]",
        "counts.7.d: a count belongs here, not a list",
    ),
    "lines and net": (
        "timeline: [{on: 2026-01-01, credit: {invoice: last, lines: [1], net: 5}}]",
        "timeline.1.credit: give either lines or net",
    ),
    "whose decision": (
        "timeline: [{on: 2026-01-01, decide: {from: 2026-01-01, decision: carry}}]",
        "timeline.1.decide: give exactly one of organization, module",
    ),
    "no target": (
        "service_mappings: [{contract: a, module: b, billing_type: c}]",
        "service_mappings.1: give either service or ignore: true",
    ),
    "two targets": (
        "service_mappings: [{contract: a, module: b, billing_type: c, service: d, ignore: true}]",
        "service_mappings.1: give either service or ignore: true",
    ),
    "unknown output list": ("expect: {item: []}", "expect.item: no such list in the output"),
    "unknown output field": (
        "expect: {items: [{amont: 5}]}",
        "expect.items.1.amont: no such field in the output",
    ),
    "unknown nested field": (
        "expect: {invoices: [{taxes: [{percent: 5}]}]}",
        "expect.invoices.1.taxes.1.percent: no such field in the output",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_file_is_refused_with_line_and_field(case: str) -> None:
    text, message = MALFORMED[case]
    with pytest.raises(MalformedScenario) as error:
        read_story(text)
    assert message in error.value.message


def test_a_file_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(MalformedScenario, match=r"not UTF-8 \(byte 6\)"):
        read_story(b"name: \xff")


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    assert read_story("\ufeffname: a".encode()).name == "a"
