"""JSON from outside is exact, has one meaning, and cannot exhaust the machine."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icb.foundation.strict_json import NoJson, read_json

texts = st.text(st.characters(codec="utf-8"))
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


@given(plain)
def test_what_is_written_is_read(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


def test_fractions_are_exact() -> None:
    assert read_json(b"[1.10, 1e3, 12345678901234567890, -0]") == [
        Decimal("1.10"),
        Decimal(1000),
        12345678901234567890,
        0,
    ]
    assert isinstance(read_json(b"0.1"), Decimal)


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read_json(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no JSON"),
        (b"<html>", "no JSON"),
        (b"{}{}", "no JSON"),
        (b'{"a": 1', "no JSON"),
        (b"{'a': 1}", "no JSON"),
        (b"[1,]", "no JSON"),
        (b'"\x01"', "no JSON"),
        (b'"\xff"', "UTF-8"),
        (b'"\xc3"', "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b"\xff\xfe[\x00]\x00", "UTF-8"),
        (b'"\\ud800"', "UTF-8"),
        (b'{"a": {"\\uDFFF": 1}}', "UTF-8"),
        (b"NaN", "no number"),
        (b"[Infinity]", "no number"),
        (b"-Infinity", "no number"),
        (b"1" * 41, "41 digits"),
        (b"1" * 5_000_000, "digits"),
        (b"1." + b"1" * 50, "too large or too long"),
        (b"1e31", "too large or too long"),
        (b"1e-31", "too large or too long"),
        (b"1e999999999999", "too large or too long"),
        (b'{"count": 1, "count": 2}', "'count' twice"),
        (b'{"a": {"b": 1, "b": 1}}', "'b' twice"),
        (b"[" * 65 + b"]" * 65, "64 deep"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "64 deep"),
        (b"[" * 1_000_000, "64 deep"),
        (b'{"a":' * 1_000_000, "64 deep"),
        (b"[" * 1_000_000 + b"]" * 1_000_000, "64 deep"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_has_no_one_meaning_is_refused_at_once(body: bytes, message: str) -> None:
    began = time.monotonic()
    with pytest.raises(NoJson, match=message):
        read_json(body)
    assert time.monotonic() - began < 2


def test_what_is_nested_to_the_limit_is_taken() -> None:
    assert read_json(b"[" * 63 + b"]" * 63)
    assert read_json(b'["\\ud83d\\ude00"]') == ["😀"]
