"""Signing in and out with a password: who gets in, who does not, and what is kept of it."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as settings_in_use
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from tests.web.conftest import words
from tests.web.sign_in.conftest import OTHER_PASSWORD, PASSWORD, Browser, told

from icb.config import settings as installed
from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.models import AuditEvent, Provider, Role, User
from icb.foundation.providers import create_provider
from icb.foundation.scope import every_provider, in_provider
from icb.foundation.users import add_users

WRONG = "The user name or the password is not right."


@pytest.mark.parametrize("login", ["olivia", "OLIVIA", "olivia@example.org", " olivia "])
def test_somebody_signs_in_and_out(browser: Browser, provider: Provider, login: str) -> None:
    browser.sign_in(login)
    assert browser.get("/account").status_code == 200
    (event,) = told("sign_in", provider=provider)
    assert event["actor"] == event["subject"] == "olivia"
    assert json.loads(event["data"]) == {"address": "127.0.0.1", "means": "password"}
    browser.post("/sign-out")
    assert browser.get("/account").request["PATH_INFO"] == "/sign-in"
    assert told("sign_out", provider=provider)[0]["actor"] == "olivia"


def test_what_was_asked_for_comes_after_signing_in(browser: Browser) -> None:
    page = browser.get("/organizations?q=acme")
    assert page.request["PATH_INFO"] == "/sign-in"
    sent = {"login": "olivia", "password": PASSWORD, "next": "/organizations?q=acme"}
    response = browser.post("/sign-in", sent)
    assert response.redirect_chain[-1][0] == "/organizations?q=acme"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/x"])
def test_signing_in_leads_to_no_other_site(browser: Browser, target: str) -> None:
    browser.get("/sign-in")
    mark = {"csrfmiddlewaretoken": browser.mark}
    sent = {"login": "olivia", "password": PASSWORD, "next": target, **mark}
    assert browser.client.post("/sign-in", sent)["Location"] == "/"


@pytest.mark.parametrize(
    ("login", "password"),
    [("olivia", OTHER_PASSWORD), ("nobody", PASSWORD), ("nobody@example.org", PASSWORD)],
)
def test_a_wrong_name_and_a_wrong_password_are_told_alike(
    browser: Browser, login: str, password: str
) -> None:
    response = browser.sign_in(login, password)
    assert response.status_code == 422
    assert WRONG in words(response.content)
    assert password.encode() not in response.content


def test_a_stopped_user_hears_what_everybody_hears(
    browser: Browser, olivia: User, provider: Provider
) -> None:
    olivia.is_active = False
    olivia.save()
    response = browser.sign_in()
    assert WRONG in words(response.content)
    assert browser.get("/account").request["PATH_INFO"] == "/sign-in"
    assert len(told("sign_in_failed", provider=provider)) == 1


def test_a_user_without_a_password_cannot_sign_in(browser: Browser, olivia: User) -> None:
    olivia.set_unusable_password()
    olivia.save()
    for password in ("", olivia.password, "!"):
        assert browser.sign_in(password=password).status_code == 422


def test_failures_are_recorded_where_the_user_belongs(browser: Browser, provider: Provider) -> None:
    browser.sign_in(password=OTHER_PASSWORD)
    browser.sign_in("nobody", PASSWORD)
    (event,) = told("sign_in_failed", provider=provider)
    assert (event["actor"], event["subject"]) == ("sign-in", "olivia")


def test_each_provider_of_a_person_is_told(browser: Browser, provider: Provider) -> None:
    with acting_as_system("test"):
        second = create_provider(
            NewProvider(key="second", name="Second", currency="USD", owner="olivia")
        )
    browser.sign_in()
    with in_provider(second):
        assert AuditEvent.objects.filter(action="sign_in").count() == 1
    assert len(told("sign_in", provider=provider)) == 1


def test_no_password_stands_anywhere(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    browser.sign_in(password=OTHER_PASSWORD)
    browser.sign_in("passphrase typed as a name " + OTHER_PASSWORD, PASSWORD)
    browser.sign_in()
    with every_provider():
        kept = " ".join(AuditEvent.objects.values_list("data", flat=True))
        kept += " ".join(AuditEvent.objects.values_list("subject", flat=True))
    sessions = " ".join(str(session.get_decoded()) for session in Session.objects.all())
    for text in (caplog.text, kept, sessions):
        assert PASSWORD not in text
        assert OTHER_PASSWORD not in text


def test_trying_too_often_is_refused_even_with_the_right_password(browser: Browser) -> None:
    for _ in range(5):
        assert WRONG in words(browser.sign_in(password=OTHER_PASSWORD).content)
    response = browser.sign_in()
    assert "tried too often" in words(response.content)
    assert browser.get("/account").request["PATH_INFO"] == "/sign-in"


def test_one_machine_cannot_try_many_names(browser: Browser) -> None:
    answers = [browser.sign_in(f"name-{number}").status_code for number in range(12)]
    assert "tried too often" in words(browser.sign_in("one-more").content)
    assert set(answers) <= {422, 429}


def test_a_sender_cannot_choose_where_limits_count(browser: Browser) -> None:
    for number in range(12):
        browser.sign_in(f"name-{number}", headers={"x-forwarded-for": f"192.0.2.{number}"})
    assert "tried too often" in words(browser.sign_in("one-more").content)


def test_behind_a_proxy_limits_count_by_sender(browser: Browser, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(12):
        forged = {"x-forwarded-for": f"198.51.100.{number}, 192.0.2.1"}
        browser.sign_in(f"name-{number}", headers=forged)
    refused = browser.sign_in("one-more", headers={"x-forwarded-for": "192.0.2.1"})
    assert "tried too often" in words(refused.content)
    other = browser.sign_in(headers={"x-forwarded-for": "192.0.2.2"})
    assert other.request["PATH_INFO"] == "/account"


def test_forms_arrive_through_a_proxy_that_ends_https(browser: Browser, settings: Any) -> None:
    headers = {"origin": "https://testserver"}
    assert browser.sign_in(headers=headers).status_code == 403
    settings.CSRF_TRUSTED_ORIGINS = ["https://testserver"]
    assert Browser().sign_in(headers=headers).request["PATH_INFO"] == "/account"
    assert Browser().sign_in(headers={"origin": "https://elsewhere.example"}).status_code == 403


def test_a_session_of_before_is_not_the_session_after(browser: Browser) -> None:
    browser.get("/account")
    browser.client.session["seen"] = True
    session = browser.client.session
    session["before"] = "kept"
    session.save()
    planted = session.session_key or ""
    browser.client.cookies["sessionid"] = planted
    browser.sign_in()
    assert browser.session_key not in ("", planted)
    stranger = Client()
    stranger.cookies["sessionid"] = planted
    assert stranger.get("/account")["Location"].startswith("/sign-in")


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    browser.sign_in()
    for name in ("sessionid", "csrftoken", "icb_who"):
        cookie = browser.client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert not cookie["secure"], "http on this machine must be able to sign in"


def test_a_session_ends_after_a_working_day(browser: Browser) -> None:
    browser.sign_in()
    (session,) = Session.objects.filter(session_key=browser.session_key)
    left = session.expire_date - timezone.now()
    assert timedelta(hours=11) < left <= timedelta(seconds=settings_in_use.SESSION_COOKIE_AGE)


def test_a_form_without_its_mark_signs_nobody_in(browser: Browser) -> None:
    response = browser.client.post("/sign-in", {"login": "olivia", "password": PASSWORD})
    assert response.status_code == 403
    assert "The form was not taken" in words(response.content)


@pytest.mark.parametrize("address", ["/accounts/signup/", "/signup", "/sign-up"])
def test_nobody_signs_up(browser: Browser, address: str) -> None:
    assert browser.get(address).status_code == 404


def test_passwords_are_kept_by_argon2(olivia: User) -> None:
    assert olivia.password.startswith("argon2")
    # What tests use is as good a form at less cost; an installation pays the full one.
    assert installed.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def test_a_member_of_no_provider_is_told_so(browser: Browser, provider: Provider) -> None:
    lone = User(username="lone")
    lone.set_password(PASSWORD)
    lone.save()
    browser.sign_in("lone")
    response = browser.get("/account")
    assert response.status_code == 403
    assert "You belong to no provider" in words(response.content)


def test_a_person_of_two_providers_chooses(browser: Browser, provider: Provider) -> None:
    with acting_as_system("test"):
        second = create_provider(
            NewProvider(key="second", name="Second Provider", currency="USD", owner="olivia")
        )
        third = create_provider(NewProvider(key="third", name="Third", currency="USD"))
    browser.sign_in()
    page = browser.get("/account")
    assert "Own Provider" in words(page.content)
    assert page.context["provider"].pk == provider.pk
    browser.post("/provider", {"provider": second})
    assert browser.get("/account").context["provider"].pk == second
    refused = browser.post("/provider", {"provider": third})
    assert refused.status_code == 404
    assert browser.get("/account").context["provider"].pk == second
    assert browser.post("/provider", {"provider": "x"}).status_code == 404


def test_a_membership_that_ended_is_used_no_more(browser: Browser, provider: Provider) -> None:
    with acting_as_system("test"):
        add_users([NewUser("peter", role=Role.READ_ONLY)])
    peter = User.objects.get(username="peter")
    peter.set_password(PASSWORD)
    peter.save()
    browser.sign_in("peter")
    assert browser.get("/account").status_code == 200
    peter.memberships.all().delete()
    assert browser.get("/account").status_code == 403
