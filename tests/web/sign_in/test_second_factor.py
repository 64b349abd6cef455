"""The second factor: set up, asked for, good once, never a way round; its seeds are sealed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.sessions.models import Session
from tests.support.clocks import StillClock
from tests.web.conftest import words
from tests.web.sign_in.conftest import OTHER_PASSWORD, PASSWORD, Browser, told

from icb.foundation.accounts import end_every_session
from icb.foundation.actor import acting_as, acting_as_system
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.links import LinkKind, one_time_link
from icb.foundation.models import AuditEvent, Provider, Role, User
from icb.foundation.providers import create_provider
from icb.foundation.scope import every_provider
from icb.foundation.sealing import KeyRing
from icb.foundation.second_factor import (
    has_second_factor,
    remove_second_factor,
    require_second_factor,
    use_code,
)
from icb.foundation.second_factor_seeds import keys_of_seeds
from icb.foundation.secrets import rotate_keys
from icb.foundation.users import add_users
from icb.kernel import clock as program_clock
from icb.kernel.errors import NotPermitted, Refused

START = "2026-03-01T12:00:00"


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[StillClock]:
    """Both clocks, the program's and the library's, stand at noon of 1 March 2026."""
    at = datetime.fromisoformat(START).replace(tzinfo=UTC)
    with program_clock.frozen(at):
        monkeypatch.setattr(time, "time", lambda: program_clock.now().timestamp())
        yield StillClock(at)


def code_of(seed: str, *, steps: int = 0) -> str:
    """What an app with this seed shows now, or so many half minutes later."""
    now = int(program_clock.now().timestamp()) // 30
    return format_hotp_value(hotp_value(seed, now + steps))


def set_up(browser: Browser) -> tuple[str, list[str]]:
    """Set a second factor up in a browser that is signed in: its seed and the recovery codes."""
    page = browser.get("/account/two-factor/add")
    seed: str = page.context["seed"]
    shown = browser.post("/account/two-factor/add", {"code": code_of(seed)})
    return seed, shown.context["unused_codes"]


def test_an_app_is_set_up_and_asked_for(
    browser: Browser, still: StillClock, provider: Provider
) -> None:
    browser.sign_in()
    page = browser.get("/account/two-factor/add")
    assert "<svg" in page.content.decode()
    assert "data:" not in page.content.decode()
    seed, codes = set_up(browser)
    assert len(codes) == len(set(codes)) == 10
    assert has_second_factor("olivia")
    still.set("2026-03-01T12:01:00")
    other = Browser()
    asked = other.sign_in()
    assert "One more step" in words(asked.content)
    assert other.get("/account").request["PATH_INFO"] == "/sign-in/code"
    entered = other.post("/sign-in/code", {"code": code_of(seed)})
    assert entered.request["PATH_INFO"] == "/account"
    assert told("add_second_factor", provider=provider)[0]["actor"] == "olivia"
    newest = json.loads(told("sign_in", provider=provider)[-1]["data"])
    assert newest["means"] == "password, mfa"


def test_a_wrong_code_lets_nobody_in_and_is_recorded(browser: Browser, provider: Provider) -> None:
    browser.sign_in()
    seed, _codes = set_up(browser)
    other = Browser()
    other.sign_in()
    wrong = f"{(int(code_of(seed)) + 1) % 1_000_000:06}"
    response = other.post("/sign-in/code", {"code": wrong})
    assert response.status_code == 422
    assert other.get("/account").request["PATH_INFO"] != "/account"
    (event,) = told("sign_in_failed", provider=provider)
    assert json.loads(event["data"])["means"] == "second factor"


def test_a_code_is_good_once(browser: Browser, still: StillClock) -> None:
    browser.sign_in()
    seed, _codes = set_up(browser)
    assert use_code("olivia", code=code_of(seed)) is None, "it was used to set up"
    still.set("2026-03-01T12:02:00")
    code = code_of(seed)
    assert use_code("olivia", code=f" {code[:3]} {code[3:]} ")
    still.set("2026-03-01T12:02:20")
    assert use_code("olivia", code=code) is None
    assert use_code("olivia", code=code_of(seed, steps=-1)) is None, "older than the last one"
    assert use_code("olivia", code=code_of(seed, steps=1))


def test_a_code_of_another_time_is_wrong(browser: Browser, still: StillClock) -> None:
    browser.sign_in()
    seed, _codes = set_up(browser)
    still.set("2026-03-01T13:00:00")
    for steps in (-10, -2, 2, 10):
        assert use_code("olivia", code=code_of(seed, steps=steps)) is None


@pytest.mark.parametrize("code", ["", "0", "abcdef", "١٢٣٤٥٦", "0" * 300])
def test_what_is_no_code_is_wrong(browser: Browser, code: str) -> None:
    browser.sign_in()
    set_up(browser)
    assert use_code("olivia", code=code) is None


def test_a_recovery_code_lets_in_once(browser: Browser) -> None:
    browser.sign_in()
    _seed, codes = set_up(browser)
    first, second = Browser(), Browser()
    first.sign_in()
    assert first.post("/sign-in/code", {"code": codes[3]}).request["PATH_INFO"] == "/account"
    second.sign_in()
    assert second.post("/sign-in/code", {"code": codes[3]}).status_code == 422
    assert second.post("/sign-in/code", {"code": codes[4]}).status_code == 200


def test_codes_are_shown_once(browser: Browser) -> None:
    browser.sign_in()
    _seed, codes = set_up(browser)
    later = browser.get("/account/two-factor/codes").content.decode()
    assert not [code for code in codes if code in later]
    browser.get("/account/two-factor/codes/new")
    fresh = browser.post("/account/two-factor/codes/new").context["unused_codes"]
    assert not set(fresh) & set(codes)
    assert use_code("olivia", code=codes[0]) is None
    assert use_code("olivia", code=fresh[0])


def test_guessing_codes_is_stopped(browser: Browser, still: StillClock) -> None:
    browser.sign_in()
    seed, _codes = set_up(browser)
    still.set("2026-03-01T12:05:00")
    other = Browser()
    other.sign_in()
    wrong = f"{(int(code_of(seed)) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert other.post("/sign-in/code", {"code": wrong}).status_code == 422
    response = other.post("/sign-in/code", {"code": code_of(seed)})
    assert "tried too often" in words(response.content)


def test_no_link_is_a_way_round_the_second_factor(browser: Browser, provider: Provider) -> None:
    browser.sign_in()
    set_up(browser)
    for kind in (LinkKind.SIGN_IN, LinkKind.RESET):
        path = one_time_link("olivia", kind=kind, base_url="http://testserver")
        other = Browser()
        other.get(path.removeprefix("http://testserver"))
        sent = {"password": OTHER_PASSWORD, "password_again": OTHER_PASSWORD}
        landed = other.post("/link", sent)
        assert landed.request["PATH_INFO"] == "/sign-in/code"


def test_the_page_for_codes_is_for_who_gave_the_password(browser: Browser) -> None:
    assert browser.get("/sign-in/code").request["PATH_INFO"] == "/sign-in"


def test_signing_in_as_somebody_else_starts_over(browser: Browser) -> None:
    browser.sign_in()
    set_up(browser)
    other = Browser()
    other.sign_in()
    assert other.get("/sign-in").request["PATH_INFO"] == "/sign-in/code"
    other.post("/sign-out")
    assert other.get("/sign-in").request["PATH_INFO"] == "/sign-in"


def test_after_a_while_a_change_asks_who_it_is(browser: Browser, still: StillClock) -> None:
    browser.sign_in()
    assert browser.get("/account/two-factor/add").request["PATH_INFO"].endswith("/add")
    still.set("2026-03-01T12:06:00")
    asked = browser.get("/account/two-factor/add")
    assert asked.request["PATH_INFO"] == "/sign-in/again"
    sent = {"password": OTHER_PASSWORD, "next": "/account/two-factor/add"}
    assert browser.post("/sign-in/again", sent).status_code == 422
    sent["password"] = PASSWORD
    assert browser.post("/sign-in/again", sent).request["PATH_INFO"].endswith("/add")


def test_it_is_removed_by_its_user(browser: Browser, provider: Provider) -> None:
    browser.sign_in()
    set_up(browser)
    browser.get("/account/two-factor/remove")
    browser.post("/account/two-factor/remove")
    assert not Authenticator.objects.exists()
    assert told("remove_second_factor", provider=provider)[0]["actor"] == "olivia"


def test_seeds_are_sealed_and_change_keys_with_the_secrets(browser: Browser) -> None:
    browser.sign_in()
    seed, codes = set_up(browser)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert seed not in kept
    (before,) = keys_of_seeds()
    newest = rotate_keys().newest
    assert keys_of_seeds() == {newest} != {before}
    rotate_keys()
    rotate_keys()
    assert use_code("olivia", code=code_of(seed, steps=1))
    assert use_code("olivia", code=codes[0])
    sessions = " ".join(str(session.get_decoded()) for session in Session.objects.all())
    with every_provider():
        audit = " ".join(AuditEvent.objects.values_list("data", flat=True))
    for secret in (seed, *codes):
        assert secret not in sessions + audit


def test_a_key_that_still_seals_a_seed_is_kept(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(ring: KeyRing) -> tuple[int, list[str]]:
        raise RuntimeError("the power went")

    browser.sign_in()
    seed, _codes = set_up(browser)
    with monkeypatch.context() as broken:
        broken.setattr("icb.foundation.secrets.reseal_seeds", break_off)
        for _ in range(3):
            with pytest.raises(RuntimeError):
                rotate_keys()
    assert use_code("olivia", code=code_of(seed, steps=1))


def test_a_provider_asks_its_members_for_one(browser: Browser, provider: Provider) -> None:
    require_second_factor(is_required=True)
    landed = browser.sign_in()
    assert landed.request["PATH_INFO"] == "/account/two-factor"
    assert "asks its members for a second factor" in words(landed.content)
    for address in ("/organizations", "/users", "/account"):
        assert browser.get(address).request["PATH_INFO"] == "/account/two-factor"
    assert browser.client.get("/organizations", headers={"HX-Request": "true"}).status_code == 401
    set_up(browser)
    assert browser.get("/account").request["PATH_INFO"] == "/account"
    browser.get("/account/two-factor")
    refused = browser.post("/account/two-factor/remove")
    assert refused.status_code == 409
    assert has_second_factor("olivia")
    assert told("require_second_factor", provider=provider)[0]["actor"] == "olivia"


def test_an_owner_helps_a_member_who_lost_it(browser: Browser, provider: Provider) -> None:
    add_users([NewUser("anna", role=Role.APPROVER)])
    anna = User.objects.get(username="anna")
    anna.set_password(PASSWORD)
    anna.save()
    browser.sign_in("anna")
    set_up(browser)
    with acting_as("anna"), pytest.raises(NotPermitted):
        remove_second_factor("olivia")
    remove_second_factor("anna")
    assert not has_second_factor("anna")
    assert browser.get("/account").request["PATH_INFO"] == "/sign-in", "the sessions ended"
    with acting_as_system("test"):
        create_provider(NewProvider(key="other", name="Other", currency="USD", owner="anna"))
    with pytest.raises(Refused, match="another provider"):
        remove_second_factor("anna")


def test_only_owners_ask_for_it(provider: Provider) -> None:
    add_users([NewUser("anna", role=Role.BILLING)])
    with acting_as("anna"), pytest.raises(NotPermitted):
        require_second_factor(is_required=True)


def test_a_restore_brings_no_session_and_no_link_back(browser: Browser) -> None:
    browser.sign_in()
    path = one_time_link("olivia", kind=LinkKind.SIGN_IN, base_url="")
    end_every_session()
    assert browser.get("/account").request["PATH_INFO"] == "/sign-in"
    assert browser.get(path).status_code == 410
