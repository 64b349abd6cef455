"""Every accounting target keeps what the port promises, files and applications alike.

What applications promise beyond this stands in `tests/accounting/targets/test_both.py`, which runs
over each of them with its fake.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.accounting import fake
from tests.accounting.targets.examples import QuickBooksSide, XeroSide, line, usual_entry

from icb.accounting.ports import Entry, FileTarget, Listing, OnlineTarget, TargetError, Tax, Trouble
from icb.accounting.registry import AnyTarget, is_file, is_online, registered, target, targets

ALL = sorted(targets())
FILES = [key for key in ALL if is_file(target(key))]
ONLINE = [key for key in ALL if is_online(target(key))]
HOSTILE = ("=1+1", "a\tb\nc", 'say "no"', "<b>&amp;", "\x07\u202e", "@x", "-1")


def file_target(key: str) -> FileTarget:
    found: AnyTarget = target(key)
    assert is_file(found)
    return found


def example(**changes: Any) -> Entry:
    """A balanced document whose accounts are named."""
    whole = usual_entry()
    taxes = tuple(replace(tax, account="2200") for tax in whole.taxes)
    named = replace(whole, taxes=taxes, receivable="1200", number="INV-000001")
    return replace(named, **changes)


def test_there_are_files_and_applications() -> None:
    assert FILES == ["csv_journal", "quickbooks_desktop", "xml_journal"]
    assert {side.key for side in (QuickBooksSide, XeroSide)} == set(ONLINE)


@pytest.mark.parametrize("key", ALL)
def test_the_description_is_sound(key: str) -> None:
    told = target(key).description
    assert told.key == key and re.fullmatch(r"[a-z][a-z0-9_]*", key)
    assert told.name and told.about
    names = [one.name for one in told.settings]
    assert len(set(names)) == len(names) and all(one.label for one in told.settings)
    assert told.needed <= told.listings <= frozenset(Listing)
    assert not told.company_setting or told.company_setting in names
    assert bool(told.hosts) == (key in ONLINE)
    assert not (key in FILES and (told.voids or told.reads_payments or told.needs_sign_in))


@pytest.mark.parametrize("key", ONLINE)
def test_an_application_has_everything_that_the_port_names(key: str) -> None:
    found = target(key)
    assert is_online(found)
    wanted: OnlineTarget = found
    assert callable(wanted.open)
    for name in ("address", "exchange", "refresh", "companies"):
        assert callable(getattr(wanted.sign_in, name))


@pytest.mark.parametrize("key", FILES)
def test_a_file_is_the_same_for_the_same_documents(key: str) -> None:
    one = file_target(key)
    assert one.write([example()]) == one.write([example()])
    assert b"INV-000001" in one.write([example()])


@pytest.mark.parametrize("key", FILES)
def test_a_file_holds_no_document_that_does_not_balance(key: str) -> None:
    with pytest.raises(TargetError) as told:
        file_target(key).write([example(total=Decimal("238.00"))])
    assert told.value.trouble == Trouble.REFUSED
    assert "INV-000001" in told.value.message


@pytest.mark.parametrize("key", FILES)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_row_and_no_field(key: str, text: str) -> None:
    plain = example(lines=(line(1, "10.00", "1.90", description="Seats"),), **_sums())
    hostile = example(lines=(line(1, "10.00", "1.90", description=text),), **_sums())
    first, second = (_shape(file_target(key).write([one]), key=key) for one in (plain, hostile))
    assert first == second


def _shape(content: bytes, *, key: str) -> list[int]:
    """How many fields each row has; of XML, how many elements each element has."""
    if key == "xml_journal":
        return [len(element) for element in ElementTree.fromstring(content).iter()]
    if key == "csv_journal":
        text = io.StringIO(content.decode("utf-8-sig"), newline="")
        return [len(row) for row in csv.reader(text)]
    return [row.count(b"\t") for row in content.split(b"\r\n")]


def _sums() -> dict[str, Any]:
    tax = Tax("VAT", "VAT", Decimal(19), Decimal("10.00"), Decimal("1.90"), account="2200")
    amounts = {"net": Decimal("10.00"), "tax": Decimal("1.90"), "total": Decimal("11.90")}
    return {"taxes": (tax,), **amounts}


def test_a_target_of_a_test_is_found_before_others() -> None:
    with registered(fake.FakeTarget()):
        assert target("fake").description.name == "Fake Books"
    assert "fake" not in targets()
