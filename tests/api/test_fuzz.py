"""Whatever is sent, the server answers in the form that is promised, and never with an error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.pushing import DAY, EVENT, EVENTS, JSON, ROW, event, push, send

pytestmark = pytest.mark.usefixtures("provider", "clock")
ANSWERS = (200, 400, 409, 413, 415, 422)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from(["day", "complete", "counts", "snapshot", "part", "parts"])
CHANGED_ROW = st.tuples(st.sampled_from(sorted(ROW)), ANYTHING).map(
    lambda change: {**DAY, "counts": [{**ROW, change[0]: change[1]}]}
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.dictionaries(FIELDS, ANYTHING, max_size=3), other=CHANGED_ROW)
def test_no_body_ends_in_an_error_of_the_server(
    token: str, changes: dict[str, Any], other: dict[str, Any]
) -> None:
    for said in ({**DAY, **changes}, other):
        assert push(said, token=token).status_code in ANSWERS


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    field=st.sampled_from(sorted(event())),
    data=st.dictionaries(st.sampled_from(sorted(event()["data"])), ANYTHING, max_size=2),
    value=ANYTHING,
)
def test_no_event_ends_in_an_error_of_the_server(
    token: str, field: str, data: dict[str, Any], value: object
) -> None:
    for said in (event(**{field: value}), event(data={**event()["data"], **data})):
        assert push([said, event(id="2")], token=token, form=EVENTS).status_code in ANSWERS


HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-encoding", "accept")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    headers=st.dictionaries(st.sampled_from(NAMES), HEADER),
    authorization=HEADER,
    form=st.sampled_from([JSON, EVENT, EVENTS]) | HEADER,
    body=st.binary(max_size=60),
)
def test_no_header_ends_in_an_error_of_the_server(
    token: str, headers: dict[str, str], authorization: str, form: str, body: bytes
) -> None:
    good = {**headers, "Authorization": f"Bearer {token}"}
    assert send(body, headers=good, form=form).status_code in ANSWERS
    bad = {**headers, "Authorization": authorization}
    assert send(body, headers=bad, form=form).status_code == 401
    signed = send(body, headers=headers, form=form, at="/api/v1/usage/own/rmm")
    assert signed.status_code in (401, 415)
