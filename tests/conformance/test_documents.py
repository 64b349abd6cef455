"""The fakes and the contract files against the vendors' own documents, where those are at hand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.conformance.case import Case, all_cases
from tests.conformance.contract import Call
from tests.conformance.documents import SPECS, Document, folder, is_demanded, read_document
from tests.conformance.test_adapters import use_everything

CASES = [case for case in all_cases() if any(call.file for call in case.contract.calls)]


@pytest.fixture
def specs() -> Iterator[Path]:
    found = folder()
    if found is None:
        if is_demanded():
            pytest.fail(f"{SPECS} names no folder")
        pytest.skip(f"{SPECS} names no folder")
    yield found


@cache
def document(case: Case, *, specs: Path, file: str) -> Document:
    return read_document(
        specs / file, patches=[patch for patch in case.patches if patch.file == file]
    )


def documented(case: Case, *, specs: Path) -> Iterator[tuple[Call, Document]]:
    for call in case.contract.calls:
        if call.file:
            yield call, document(case, specs=specs, file=call.file)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_contract_says_what_the_document_says(case: Case, specs: Path) -> None:
    drifted = [line for call, found in documented(case, specs=specs) for line in found.drift(call)]
    assert not drifted


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_fake_speaks_as_the_document_says(case: Case, specs: Path) -> None:
    with case.fake() as fake:
        use_everything(case, fake)
    checked = 0
    for exchange in fake.exchanges:
        call = case.contract.call_of(exchange.request)
        assert call
        if call.file:
            found = document(case, specs=specs, file=call.file)
            assert list(found.exchange_problems(call, exchange)) == [], call.name
            checked += 1
    assert checked


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_patch_is_of_a_document_that_is_used(case: Case) -> None:
    used = {call.file for call in case.contract.calls}
    assert {patch.file for patch in case.patches} <= used
