"""The process with the validators: kept warm, started again where it dies, fast enough."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from tests.invoicing.einvoice.made import document, line

from icb.invoicing.einvoice import validating
from icb.invoicing.einvoice.from_data import terms_of
from icb.invoicing.einvoice.ubl import ubl
from icb.invoicing.einvoice.validating import Validators
from icb.kernel.errors import Refused

XML = ubl(terms_of(document([line("180.00")])))
SLOWEST = 0.3


def pid_of(validators: Validators) -> int:
    process = validators._process
    assert process is not None
    return process.pid


def test_one_process_answers_many_times_and_is_replaced_where_it_dies() -> None:
    validators = Validators()
    try:
        assert validators.check(XML, format="ubl").failed == []
        first = pid_of(validators)
        assert validators.check(XML, format="ubl").failed == []
        assert pid_of(validators) == first
        os.kill(first, 9)
        assert validators.check(XML, format="ubl").failed == []
        assert pid_of(validators) != first
    finally:
        validators.close()


def test_it_is_replaced_when_it_grew_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validating, "FILES_PER_PROCESS", 1)
    validators = Validators()
    try:
        validators.check(XML, format="ubl")
        first = pid_of(validators)
        validators.check(XML, format="ubl")
        assert pid_of(validators) != first
    finally:
        validators.close()


def test_a_check_takes_less_than_the_third_of_a_second_once_warm() -> None:
    xml = ubl(
        terms_of(document([line("180.00"), line("10.00", percent="7", unit_price=None)] * 25))
    )
    validators = Validators()
    try:
        for _ in range(5):
            validators.check(xml, format="ubl")
        took = []
        for _ in range(9):
            begun = time.perf_counter()
            validators.check(xml, format="ubl")
            took.append(time.perf_counter() - begun)
        assert sorted(took)[4] < SLOWEST
    finally:
        validators.close()


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit",
        'print(\'{"versions": "x"}\', flush=True); input(); raise SystemExit(1)',
    ],
)
def test_validators_that_cannot_be_asked_are_told_in_words(program: str) -> None:
    validators = Validators([sys.executable, "-c", program])
    with pytest.raises(Refused, match="not checked") as refused:
        validators.check(XML, format="ubl")
    assert refused.value.code == "no_validator"
    validators.close()


def test_one_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(validating, "SECONDS_TO_ANSWER", 1)
    program = 'import time; print(\'{"versions": "x"}\', flush=True); time.sleep(600)'
    validators = Validators([sys.executable, "-c", program])
    with pytest.raises(Refused, match="without an answer"):
        validators.check(XML, format="ubl")
    assert validators._process is None
