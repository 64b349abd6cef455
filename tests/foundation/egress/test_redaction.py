"""Known secrets are taken out of texts, however they are written there."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icb.foundation.egress.redaction import SHOWN_INSTEAD, without_secrets

SECRETS = ["s3cret/+=&?% \"'<é", "AKIA0123456789", "pass word", "日本語のパス", "a.*(b"]
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=4, max_size=20)


def written(secret: str) -> list[str]:
    """The secret in the ways in which texts hold it."""
    data = secret.encode()
    return [
        secret,
        secret.upper(),
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        quote(secret, safe="").lower(),
        "".join(f"%{byte:02X}" for byte in data),
        data.hex(),
        json.dumps({"a": secret}),
        json.dumps([secret], ensure_ascii=False),
        repr(secret),
        repr(data),
        ascii([secret]),
    ]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_taken_out_in_every_form(secret: str) -> None:
    for form in written(secret):
        left = without_secrets(f"it was {form}, so it was", secrets=[secret])
        assert SHOWN_INSTEAD in left, form
        assert left.startswith("it was ") and left.endswith(", so it was")


@given(texts, st.binary(max_size=5), st.binary(max_size=5))
def test_a_secret_inside_of_base64_is_taken_out(secret: str, before: bytes, after: bytes) -> None:
    packed = base64.b64encode(before + secret.encode() + after).decode()
    left = without_secrets(packed, secrets=[secret])
    assert SHOWN_INSTEAD in left
    assert SHOWN_INSTEAD in without_secrets(
        packed.replace("+", "-").replace("/", "_"), secrets=[secret]
    )


@given(texts, texts, texts)
def test_nothing_of_it_is_left(secret: str, before: str, after: str) -> None:
    assert secret not in without_secrets(before + secret + after, secrets=[secret]) or (
        secret in SHOWN_INSTEAD or secret in before + SHOWN_INSTEAD + after
    )


def test_short_and_missing_secrets_take_nothing_away() -> None:
    assert without_secrets("1 of 12 abc", secrets=["1", "abc", ""]) == "1 of 12 abc"
    assert without_secrets("plain", secrets=[]) == "plain"
