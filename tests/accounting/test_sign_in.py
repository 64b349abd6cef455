"""Signing in to a target: once, by whoever began it; tokens are stored before they are used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.accounting import fake
from tests.accounting.conftest import BEGIN, Place

from icb.accounting import registry
from icb.accounting.models import SignInAttempt, Target
from icb.accounting.ports import TargetError, Tokens, Trouble
from icb.accounting.sign_in_actions import begin_sign_in, finish_sign_in
from icb.accounting.target_queries import target_named
from icb.accounting.tokens import fresh_tokens, store_tokens
from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.models import Role, StoredSecret
from icb.foundation.users import add_users
from icb.invoicing import actions
from icb.kernel import clock
from icb.kernel.errors import NotPermitted, Refused

BACK = "https://icb.example/back"


@pytest.fixture
def signed(place: Place) -> Iterator[Place]:
    """A place whose target wants a sign-in."""
    asking = replace(fake.DESCRIPTION, needs_sign_in=True)
    with registry.registered(fake.FakeTarget(asking)):
        place.connect()
        yield place


def begun(session: str = "s1") -> str:
    """The state of a sign-in that was begun."""
    address = begin_sign_in("fake", session=session, redirect=BACK)
    asked = parse_qs(urlsplit(address).query)
    assert asked["redirect"] == [BACK]
    assert len(asked["proof"][0]) == 43
    return asked["state"][0]


def test_tokens_and_company_are_stored(signed: Place) -> None:
    state = begun()
    told = finish_sign_in("fake", session="s1", answer={"state": state, "code": "good"})
    assert told.is_chosen
    row = Target.objects.get()
    assert (row.settings["company"], row.company, row.trouble) == ("77", "Fake Books Ltd", "")
    assert fresh_tokens(row).refresh == "refresh-0"
    sealed = StoredSecret.objects.get(name="accounting:fake:tokens").sealed
    assert "refresh" not in sealed
    assert state not in str(list(SignInAttempt.objects.values()))


def test_a_sign_in_is_good_once(signed: Place) -> None:
    state = begun()
    finish_sign_in("fake", session="s1", answer={"state": state, "code": "good"})
    with pytest.raises(Refused, match="was used already"):
        finish_sign_in("fake", session="s1", answer={"state": state, "code": "good"})


@pytest.mark.parametrize("case", ["session", "state", "late", "person", "target"])
def test_nobody_else_finishes_it(signed: Place, case: str) -> None:
    state, session, target = begun(), "s1", "fake"
    add_users([NewUser("otto", role=Role.OWNER)])
    who, at = "olivia", BEGIN
    if case == "session":
        session = "s2"
    elif case == "state":
        state = "x" * 43
    elif case == "late":
        at = BEGIN + timedelta(minutes=11)
    elif case == "person":
        who = "otto"
    else:
        target = "other"
    with acting_as(who), clock.frozen(at), pytest.raises(Refused, match="not begun here"):
        finish_sign_in(target, session=session, answer={"state": state, "code": "good"})
    assert not StoredSecret.objects.exists()


def test_a_code_that_the_target_does_not_know_is_told(signed: Place) -> None:
    with pytest.raises(Refused, match="The code is not known there"):
        finish_sign_in("fake", session="s1", answer={"state": begun(), "code": "bad"})
    with pytest.raises(Refused, match="access_denied"):
        finish_sign_in("fake", session="s1", answer={"state": begun(), "error": "access_denied"})


def test_who_may_not_store_secrets_signs_in_nowhere(signed: Place) -> None:
    add_users([NewUser("ben", role=Role.BILLING)])
    with acting_as("ben"), pytest.raises(NotPermitted):
        begin_sign_in("fake", session="s1", redirect=BACK)


def old_tokens(place: Place) -> Target:
    row = target_named("fake")
    store_tokens(row, tokens=Tokens("old", "refresh-0", BEGIN + timedelta(minutes=1)))
    return row


def test_tokens_that_end_soon_are_fetched_once(signed: Place) -> None:
    row = old_tokens(signed)
    assert fresh_tokens(row).access == "access-1"
    assert fresh_tokens(row).access == "access-1"
    assert signed.theirs.refreshed == 1
    row.refresh_from_db()
    assert (row.refreshing, row.tokens_expire_at) == ("", datetime(2099, 1, 1, tzinfo=UTC))


def test_tokens_are_stored_before_they_are_used(signed: Place) -> None:
    """The refresh token of the answer is the only good one: what fails after it loses nothing."""
    row = old_tokens(signed)
    signed.theirs.faults["INV-000001"] = [fake.CUT]
    signed.ours.item("acme", "1.00")
    actions.issue_documents()
    signed.work()
    assert signed.state("INV-000001") == "unknown"
    assert fresh_tokens(row).refresh == "re-access-1"
    assert signed.theirs.refreshed == 1


def test_who_comes_second_waits_and_reads_what_the_first_fetched(
    signed: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = old_tokens(signed)
    later = BEGIN + timedelta(minutes=3)
    Target.objects.update(refreshing="another", refreshing_until=later)

    def done(seconds: float) -> None:
        store_tokens(row, tokens=Tokens("theirs", "refresh-9", datetime(2099, 1, 1, tzinfo=UTC)))
        Target.objects.update(refreshing="", refreshing_until=None)

    monkeypatch.setattr("icb.accounting.tokens.time.sleep", done)
    assert fresh_tokens(row).access == "theirs"
    assert signed.theirs.refreshed == 0


def test_a_dead_one_is_waited_for_only_so_long(signed: Place) -> None:
    row = old_tokens(signed)
    Target.objects.update(refreshing="dead", refreshing_until=BEGIN - timedelta(seconds=1))
    assert fresh_tokens(row).access == "access-1"


def test_without_a_sign_in_the_target_waits_for_one(signed: Place) -> None:
    with pytest.raises(TargetError) as told:
        fresh_tokens(target_named("fake"))
    assert told.value.trouble == Trouble.SIGN_IN
    signed.ours.item("acme", "1.00")
    actions.issue_documents()
    signed.work()
    assert "not signed in to" in Target.objects.get().trouble
    assert signed.state("INV-000001") == "waiting"
