"""Sessions and one's own account: seen, ended, and forms that outlive them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from tests.support.clocks import StillClock
from tests.web.conftest import words
from tests.web.sign_in.conftest import OTHER_PASSWORD, PASSWORD, Browser, told

from icb.foundation.actor import acting_as
from icb.foundation.inputs import NewUser
from icb.foundation.links import LinkKind, one_time_link
from icb.foundation.models import Provider, Role, User
from icb.foundation.users import add_users
from icb.web.sign_in.agents import browser_words
from icb.web.sign_in.kept_forms import LARGEST_BYTES

ACCOUNT = {"name": "Olivia Stone", "email": "Olivia.Stone@example.org"}


@pytest.fixture
def peter(provider: Provider) -> User:
    """A second member with a password."""
    add_users([NewUser("peter", role=Role.READ_ONLY)])
    user = User.objects.get(username="peter")
    user.set_password(PASSWORD)
    user.save()
    return user


def lose_session(browser: Browser) -> None:
    """Let the session run out on the server."""
    Session.objects.filter(session_key=browser.session_key).delete()


def test_the_other_sessions_are_shown_and_ended(browser: Browser, provider: Provider) -> None:
    other = Browser()
    other.sign_in(headers={"user-agent": "Other Browser 7"})
    browser.sign_in()
    page = browser.get("/account/sessions")
    assert "Other Browser 7" in words(page.content)
    assert "127.0.0.1" in words(page.content)
    assert len(page.context["sessions"]) == 2
    left = browser.post("/account/sessions")
    assert other.get("/account").request["PATH_INFO"] == "/sign-in"
    assert browser.get("/account").status_code == 200
    assert len(left.context["sessions"]) == 1
    assert told("end_sessions", provider=provider)[0]["actor"] == "olivia"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605.1", "Safari, macOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/141.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "–"),
    ],
)
def test_a_browser_is_named_as_people_do(said: str, shown: str) -> None:
    assert browser_words(said) == shown


def test_a_new_password_ends_the_others_and_keeps_this_one(browser: Browser) -> None:
    other = Browser()
    other.sign_in()
    browser.sign_in()
    browser.get("/account/password")
    sent = {"old": PASSWORD, "password": OTHER_PASSWORD, "password_again": OTHER_PASSWORD}
    browser.post("/account/password", sent)
    assert browser.get("/account").status_code == 200
    assert other.get("/account").request["PATH_INFO"] == "/sign-in"
    assert Browser().sign_in().status_code == 422
    assert Browser().sign_in(password=OTHER_PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"old": OTHER_PASSWORD}, "not right"),
        ({"password": "olivia@example.org", "password_again": "olivia@example.org"}, "similar"),
        ({"password_again": PASSWORD + "x"}, "not the same"),
    ],
)
def test_a_bad_change_of_password_changes_nothing(
    browser: Browser, changed: dict[str, str], said: str
) -> None:
    browser.sign_in()
    browser.get("/account/password")
    good = {"old": PASSWORD, "password": OTHER_PASSWORD, "password_again": OTHER_PASSWORD}
    response = browser.post("/account/password", {**good, **changed})
    assert response.status_code == 422
    assert said in words(response.content)
    assert User.objects.get(username="olivia").check_password(PASSWORD)


def test_changing_the_password_is_not_for_guessing(browser: Browser) -> None:
    browser.sign_in()
    browser.get("/account/password")
    sent = {"old": "x", "password": OTHER_PASSWORD, "password_again": OTHER_PASSWORD}
    codes = [browser.post("/account/password", sent).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]


def test_who_came_by_a_link_sets_the_first_password(provider: Provider) -> None:
    browser = Browser()
    browser.get(one_time_link("olivia", kind=LinkKind.SIGN_IN, base_url=""))
    browser.post("/link")
    assert "Present password" not in words(browser.get("/account/password").content)
    browser.post("/account/password", {"password": PASSWORD, "password_again": PASSWORD})
    assert Browser().sign_in().status_code == 200


def test_name_and_address_are_ones_own_to_change(browser: Browser, provider: Provider) -> None:
    browser.sign_in()
    open_link = one_time_link("olivia", kind=LinkKind.RESET, base_url="")
    browser.get("/account")
    browser.post("/account", ACCOUNT)
    olivia = User.objects.get(username="olivia")
    assert (olivia.name, olivia.email) == ("Olivia Stone", "olivia.stone@example.org")
    assert told("change_account", provider=provider)[0]["actor"] == "olivia"
    assert Browser().get(open_link).status_code == 410, "it went to the old address"
    assert browser.post("/account", {"email": "no address"}).status_code == 422


def test_a_form_that_outlived_its_session_is_sent_again(browser: Browser) -> None:
    browser.sign_in()
    browser.get("/account")
    lose_session(browser)
    asked = browser.post("/account", {"name": "Typed & <b>kept</b>\nlong", "email": ""})
    assert asked.request["PATH_INFO"] == "/sign-in"
    sent = {"login": "olivia", "password": PASSWORD, "next": "/sign-in/kept"}
    page = browser.post("/sign-in", sent)
    assert "Nothing was lost" in words(page.content)
    assert 'action="/account"' in page.content.decode()
    assert "<b>kept" not in page.content.decode()
    assert User.objects.get(username="olivia").name == ""
    kept = dict(page.context["kept"].fields)
    # Shown is what was typed; what was left empty is sent all the same.
    shown = page.content.decode()
    assert '<dt data-name="name">Name</dt>' in shown and 'data-name="email"' not in shown
    assert kept["email"] == ""
    browser.post(page.context["kept"].address, kept)
    assert User.objects.get(username="olivia").name.startswith("Typed & <b>kept</b>")


def test_who_drops_it_is_back_on_the_page_it_was_typed_on(browser: Browser) -> None:
    browser.sign_in()
    browser.get("/account")
    lose_session(browser)
    browser.post("/account", ACCOUNT, headers={"referer": "http://testserver/account?tab=name"})
    sent = {"login": "olivia", "password": PASSWORD, "next": "/sign-in/kept"}
    page = browser.post("/sign-in", sent)
    assert 'data-page="/account?tab=name"' in page.content.decode()
    dropped = browser.post("/sign-in/kept", {"next": page.context["kept"].page})
    assert dropped.request["PATH_INFO"] == "/account"


def test_a_page_of_elsewhere_is_not_gone_back_to(browser: Browser) -> None:
    browser.sign_in()
    browser.get("/account")
    lose_session(browser)
    browser.post("/account", ACCOUNT, headers={"referer": "https://elsewhere.example/account"})
    sent = {"login": "olivia", "password": PASSWORD, "next": "/sign-in/kept"}
    assert browser.post("/sign-in", sent).context["kept"].page == "/"


HERE = {"origin": "http://testserver", "referer": "http://testserver/account"}


def test_a_page_of_an_earlier_session_loses_nothing_either(browser: Browser) -> None:
    browser.sign_in()
    browser.get("/account")
    of_before = browser.mark
    browser.client.logout()
    browser.sign_in()
    assert User.objects.get(username="olivia").name == ""
    browser.mark = of_before
    page = browser.post("/account", ACCOUNT, headers=HERE)
    assert "Nothing was lost" in words(page.content)
    assert User.objects.get(username="olivia").name == "", "it waits for a click"
    browser.post(page.context["kept"].address, dict(page.context["kept"].fields))
    assert User.objects.get(username="olivia").name == ACCOUNT["name"]


def test_a_form_from_elsewhere_is_kept_for_nobody(browser: Browser) -> None:
    browser.sign_in()
    for origin in ({}, {"origin": "https://elsewhere.example"}, {"origin": "null"}):
        answer = browser.client.post("/account", ACCOUNT, headers=origin)
        assert answer.status_code == 403
        assert "kept_form" not in browser.client.session


def test_it_is_not_sent_again_by_itself_nor_without_its_mark(browser: Browser) -> None:
    browser.sign_in()
    browser.get("/account")
    lose_session(browser)
    browser.post("/account", ACCOUNT)
    browser.post("/sign-in", {"login": "olivia", "password": PASSWORD, "next": "/sign-in/kept"})
    assert User.objects.get(username="olivia").name == ""
    assert browser.client.post("/account", ACCOUNT).status_code == 403


def test_another_person_does_not_get_it(browser: Browser, peter: User) -> None:
    browser.sign_in()
    browser.get("/account")
    lose_session(browser)
    browser.post("/account", ACCOUNT)
    sent = {"login": "peter", "password": PASSWORD, "next": "/sign-in/kept"}
    page = browser.post("/sign-in", sent)
    assert "Olivia Stone" not in page.content.decode()
    assert page.request["PATH_INFO"] == "/"
    assert "kept_form" not in browser.client.session


def test_who_was_never_signed_in_here_has_nothing_kept(browser: Browser) -> None:
    browser.get("/sign-in")
    browser.post("/account", ACCOUNT)
    assert "kept_form" not in browser.client.session


def test_secrets_and_files_are_not_kept_and_it_is_said(browser: Browser) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    browser.sign_in()
    browser.get("/account/password")
    lose_session(browser)
    sent = {"old_password": PASSWORD, "api_key": "sk-1", "client_secret": "s-2", "note": "mine"}
    browser.post("/account/password", {**sent, "file": SimpleUploadedFile("a.csv", b"rows")})
    stored = str(browser.client.session["kept_form"])
    for secret in (PASSWORD, "sk-1", "s-2", "rows"):
        assert secret not in stored
    browser.post("/sign-in", {"login": "olivia", "password": PASSWORD, "next": "/sign-in/kept"})
    said = words(browser.get("/sign-in/kept").content)
    assert "mine" in said
    for label in ("Api key", "Client secret", "File", "Old password"):
        assert label in said


def test_what_is_too_large_is_not_kept_and_it_is_said(browser: Browser) -> None:
    browser.sign_in()
    browser.get("/account")
    lose_session(browser)
    browser.post("/account", {"name": "x" * (LARGEST_BYTES + 1)})
    assert len(str(dict(browser.client.session))) < 2_000
    page = browser.post(
        "/sign-in", {"login": "olivia", "password": PASSWORD, "next": "/sign-in/kept"}
    )
    assert "too large to be kept" in words(page.content)


def test_it_is_kept_for_an_hour(browser: Browser, clock: StillClock) -> None:
    browser.sign_in()
    browser.get("/account")
    lose_session(browser)
    browser.post("/account", ACCOUNT)
    browser.post("/sign-in", {"login": "olivia", "password": PASSWORD, "next": "/sign-in/kept"})
    clock.set("2026-01-01T10:00:01")
    assert browser.get("/sign-in/kept").request["PATH_INFO"] == "/"


def test_a_part_of_a_page_goes_to_signing_in_and_back_to_its_page(browser: Browser) -> None:
    browser.sign_in()
    browser.get("/account")
    lose_session(browser)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/organizations?q=a"}
    response = browser.client.get("/organizations", headers=headers)
    assert response.status_code == 401
    assert response["HX-Redirect"] == "/sign-in?next=%2Forganizations%3Fq%3Da"
    elsewhere = {**headers, "HX-Current-URL": "http://elsewhere.example/x"}
    assert browser.client.get("/organizations", headers=elsewhere)["HX-Redirect"].endswith(
        "next=%2Forganizations"
    )


def test_a_part_of_a_form_is_sent_again_into_its_place(browser: Browser) -> None:
    browser.sign_in()
    browser.get("/organizations")
    lose_session(browser)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/organizations?q=a"}
    sent = {"csrfmiddlewaretoken": browser.mark, "units": "12"}
    response = browser.client.post("/lists/organizations/columns", sent, headers=headers)
    assert response["HX-Redirect"] == "/sign-in?next=%2Fsign-in%2Fkept"
    browser.get("/sign-in")
    page = browser.post(
        "/sign-in", {"login": "olivia", "password": PASSWORD, "next": "/sign-in/kept"}
    )
    assert 'hx-post="/lists/organizations/columns"' in page.content.decode()
    assert 'href="/organizations?q=a"' in page.content.decode()
    dropped = browser.post("/sign-in/kept", {"next": "/organizations?q=a"})
    assert dropped.redirect_chain[-1][0] == "/organizations?q=a"
    assert "kept_form" not in browser.client.session


def test_an_owner_ends_the_sessions_of_a_member(browser: Browser, peter: User) -> None:
    other = Browser()
    other.sign_in("peter")
    browser.sign_in()
    browser.get("/users/of/peter")
    browser.post("/users/of/peter/end-sessions")
    assert other.get("/account").request["PATH_INFO"] == "/sign-in"
    with acting_as("peter"):
        assert Browser().sign_in("peter").status_code == 200


def test_a_session_that_ran_out_is_forgotten_when_somebody_signs_in(browser: Browser) -> None:
    browser.sign_in()
    rows = Session.objects.filter(session_key=browser.session_key)
    rows.update(expire_date=rows.get().expire_date - timedelta(days=1))
    Browser().sign_in()
    assert not rows.exists()
