"""One-time links over HTTP: the first set-up, invitations, new passwords, one visit."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from tests.support.clocks import StillClock
from tests.web.conftest import words
from tests.web.sign_in.conftest import OTHER_PASSWORD, PASSWORD, Browser, told

from icb.foundation.actor import acting_as, acting_as_system
from icb.foundation.first_owner import set_up
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.links import (
    LinkKind,
    can_anybody_sign_in,
    digest_of,
    one_time_link,
    reset_links,
    set_up_link,
)
from icb.foundation.models import AuditEvent, Membership, OneTimeLink, Provider, Role, User
from icb.foundation.passwords import set_password_by_link, sign_in_by_link
from icb.foundation.providers import create_provider, providers
from icb.foundation.scope import every_provider, in_provider
from icb.foundation.users import add_users, remove_user
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused

BASE = "http://testserver"
TWICE = {"password": PASSWORD, "password_again": PASSWORD}
OWNER = {"username": "ada", "full_name": "Ada King", "email": "Ada@Example.org", **TWICE}
NORTHGATE = {
    "provider_name": "Northgate IT",
    "provider_key": "northgate",
    "currency": "EUR",
    "timezone": "Europe/Berlin",
}


def first_link() -> str:
    """The path of a fresh link for setting up."""
    with acting_as_system("test"):
        return path_of(set_up_link(base_url=BASE))


def path_of(link: str) -> str:
    """The part of a link that a test client asks for."""
    return link.removeprefix(BASE)


def link_for(username: str, kind: LinkKind) -> str:
    """The path of a fresh link for a member, made by the owner in scope."""
    return path_of(one_time_link(username, kind=kind, base_url=BASE))


def token_hash(path: str) -> str:
    """What is kept of the token in a link."""
    return digest_of(path.rpartition("/")[2])


@pytest.fixture
def anna(provider: Provider) -> User:
    """A member without a password."""
    add_users([NewUser("anna", role=Role.APPROVER, name="Anna Berg", email="anna@example.org")])
    return User.objects.get(username="anna")


def test_an_empty_installation_is_set_up_by_its_link(db: None) -> None:
    browser = Browser()
    page = browser.get(first_link())
    assert page.redirect_chain == [("/link", 302)]
    assert "Set up ICB" in words(page.content)
    browser.post("/link", {**OWNER, **NORTHGATE, "next": "/account"})
    account = browser.get("/account")
    assert "Northgate IT" in words(account.content)
    assert account.context["provider"].currency == "EUR"
    ada = User.objects.get(username="ada")
    assert (ada.name, ada.email) == ("Ada King", "ada@example.org")
    (provider,) = providers()
    with in_provider(provider.id):
        assert Membership.objects.get().role == Role.OWNER
        actions = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    assert actions == ["add_users", "create_provider", "set_up_owner", "sign_in"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "short", "password_again": "short"}, "at least 12 characters"),
        ({"password": "123456789012345", "password_again": "123456789012345"}, "entirely numeric"),
        ({"password_again": OTHER_PASSWORD}, "not the same"),
        ({"username": ""}, "required"),
        ({"username": "a b"}, "Use letters"),
        ({"provider_key": "no key!"}, "slug"),
        ({"provider_name": ""}, "required"),
        ({"currency": "XXX"}, "valid choice"),
        ({"timezone": "Mars/Olympus"}, "valid choice"),
    ],
)
def test_a_bad_set_up_stores_nothing_and_keeps_the_link(
    db: None, wrong: dict[str, str], said: str
) -> None:
    browser = Browser()
    browser.get(first_link())
    response = browser.post("/link", {**OWNER, **NORTHGATE, **wrong})
    assert response.status_code == 422
    assert said in words(response.content)
    assert not User.objects.exists()
    assert not providers()
    browser.post("/link", {**OWNER, **NORTHGATE})
    assert can_anybody_sign_in()


def test_where_a_provider_stands_the_link_makes_its_owner(provider: Provider) -> None:
    browser = Browser()
    page = browser.get(first_link())
    assert page.context["form"]["username"].value() == "olivia"
    assert "Company" not in words(page.content)
    browser.post("/link", {**OWNER, "username": "olivia"})
    assert browser.get("/account").context["provider"].pk == provider.pk
    assert Membership.objects.get(user__username="olivia").role == Role.OWNER


def test_a_member_who_sets_up_becomes_an_owner(anna: User) -> None:
    set_up_path = first_link()
    set_up(token_hash(set_up_path), owner=NewUser("anna", role=Role.OWNER), password=PASSWORD)
    assert Membership.objects.get(user=anna).role == Role.OWNER


def test_nothing_is_set_up_where_somebody_can_sign_in(olivia: User) -> None:
    with acting_as_system("test"), pytest.raises(Refused, match="can sign in here already"):
        set_up_link(base_url=BASE)


def test_a_link_of_before_sets_nothing_up_any_more(provider: Provider) -> None:
    path = first_link()
    olivia = User.objects.get(username="olivia")
    olivia.set_password(PASSWORD)
    olivia.save()
    owner = NewUser("mallory", role=Role.OWNER)
    with pytest.raises(Refused, match="can sign in here already"):
        set_up(token_hash(path), owner=owner, password=PASSWORD)
    assert not User.objects.filter(username="mallory").exists()
    assert OneTimeLink.objects.get().used_at is None


def test_only_the_program_makes_the_link_for_setting_up(provider: Provider) -> None:
    with pytest.raises(NotPermitted):
        set_up_link(base_url=BASE)


def test_an_invited_person_sets_a_password_and_is_in(anna: User, provider: Provider) -> None:
    browser = Browser()
    page = browser.get(link_for("anna", LinkKind.INVITATION))
    assert "Your user name is anna" in words(page.content)
    browser.post("/link", TWICE)
    assert "Anna Berg" in words(browser.get("/account").content)
    other = Browser()
    assert "anna" in words(other.sign_in("anna").content)
    kinds = [event["data"] for event in told("use_link", provider=provider)]
    assert kinds == ['{"kind":"invitation"}']
    assert told("set_password", provider=provider)[0]["actor"] == "anna"


def test_opening_a_link_uses_nothing_up(anna: User) -> None:
    path = link_for("anna", LinkKind.SIGN_IN)
    for _ in range(3):
        assert "signs you in as Anna Berg" in words(Browser().get(path).content)
        assert Client().head(path).status_code == 302
    browser = Browser()
    browser.get(path)
    browser.post("/link")
    assert browser.get("/account").status_code == 200


def test_a_link_works_once(anna: User) -> None:
    path = link_for("anna", LinkKind.SIGN_IN)
    first, second = Browser(), Browser()
    first.get(path)
    second.get(path)
    first.post("/link")
    late = second.post("/link")
    assert late.status_code == 410
    assert "works no more" in words(late.content)
    assert second.get("/account").request["PATH_INFO"] == "/sign-in"
    assert Browser().get(path).status_code == 410


def test_a_link_runs_out(anna: User, clock: StillClock) -> None:
    path = link_for("anna", LinkKind.RESET)
    clock.set("2026-01-02T08:59:59")
    assert Browser().get(path).status_code == 200
    clock.set("2026-01-02T09:00:00")
    assert Browser().get(path).status_code == 410
    with pytest.raises(Refused, match="has run out"):
        set_password_by_link(token_hash(path), password=PASSWORD)


def test_an_invitation_lasts_a_week(anna: User) -> None:
    link_for("anna", LinkKind.INVITATION)
    link = OneTimeLink.objects.get()
    assert link.expires_at - link.created_at == timedelta(days=7)


def test_a_newer_link_takes_the_place_of_the_older(anna: User) -> None:
    old, new = (link_for("anna", LinkKind.RESET) for _ in range(2))
    assert Browser().get(old).status_code == 410
    assert Browser().get(new).status_code == 200


def test_a_password_voids_every_other_link(anna: User) -> None:
    visit, reset = link_for("anna", LinkKind.SIGN_IN), link_for("anna", LinkKind.RESET)
    set_password_by_link(token_hash(reset), password=PASSWORD)
    assert Browser().get(visit).status_code == 410


def test_a_link_is_good_for_its_own_end_alone(anna: User) -> None:
    visit = link_for("anna", LinkKind.SIGN_IN)
    with pytest.raises(Refused):
        set_password_by_link(token_hash(visit), password=PASSWORD)
    with pytest.raises(Refused):
        set_up(token_hash(visit), owner=NewUser("x", role=Role.OWNER), password=PASSWORD)
    reset = link_for("anna", LinkKind.RESET)
    with pytest.raises(Refused):
        sign_in_by_link(token_hash(reset))


@pytest.mark.parametrize("token", ["", "x", "%00", "../account", "a" * 3000])
def test_a_token_that_never_was_leads_nowhere(db: None, token: str) -> None:
    assert Browser().get(f"/link/{token}").status_code in (404, 410)


def test_a_password_that_is_too_easy_leaves_the_link_as_good_as_before(anna: User) -> None:
    browser = Browser()
    browser.get(link_for("anna", LinkKind.RESET))
    easy = browser.post("/link", {"password": "anna@example", "password_again": "anna@example"})
    assert easy.status_code == 422
    assert "too similar" in words(easy.content)
    browser.post("/link", TWICE)
    assert browser.get("/account").status_code == 200


def test_a_new_password_ends_the_sessions_of_before(browser: Browser) -> None:
    browser.sign_in()
    other = Browser()
    other.get(link_for("olivia", LinkKind.RESET))
    other.post("/link", {"password": OTHER_PASSWORD, "password_again": OTHER_PASSWORD})
    assert browser.get("/account").request["PATH_INFO"] == "/sign-in"
    assert other.get("/account").status_code == 200


def test_the_session_of_a_link_is_a_new_one(anna: User) -> None:
    browser = Browser()
    browser.get(link_for("anna", LinkKind.SIGN_IN))
    session = browser.client.session
    session["planted"] = "by somebody else"
    session.save()
    planted = browser.session_key
    browser.post("/link")
    assert browser.session_key not in ("", planted)
    assert "planted" not in browser.client.session
    stranger = Client()
    stranger.cookies["sessionid"] = planted
    assert stranger.get("/account").status_code == 302


def test_a_link_signs_whoever_else_was_there_out(browser: Browser, anna: User) -> None:
    browser.sign_in()
    browser.get(link_for("anna", LinkKind.SIGN_IN))
    browser.post("/link")
    assert browser.get("/account").context["own"].username == "anna"


def test_of_two_at_once_one_gets_the_link(committed_provider: Provider) -> None:
    path = link_for("olivia", LinkKind.SIGN_IN)
    outcomes: list[str] = []
    barrier = threading.Barrier(4)

    def use() -> None:
        from django.db import connection

        barrier.wait()
        try:
            sign_in_by_link(token_hash(path))
            outcomes.append("in")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "refused", "refused", "refused"]


def test_a_token_is_kept_and_logged_nowhere(anna: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    path = link_for("anna", LinkKind.RESET)
    token = path.rpartition("/")[2]
    browser = Browser()
    browser.get(path)
    browser.post("/link", {"password": "x", "password_again": "x"})
    browser.post("/link", TWICE)
    browser.get("/link")
    with every_provider():
        audit = " ".join(AuditEvent.objects.values_list("data", flat=True))
    links = str(list(OneTimeLink.objects.values()))
    sessions = " ".join(str(session.get_decoded()) for session in Session.objects.all())
    logged = "\n".join(
        record.getMessage() for record in caplog.records if "/link/" in record.getMessage()
    )
    for text in (audit, links, sessions, logged):
        assert token not in text


def test_links_are_made_by_owners_for_members(anna: User, provider: Provider) -> None:
    with acting_as("anna"), pytest.raises(NotPermitted):
        one_time_link("olivia", kind=LinkKind.SIGN_IN, base_url=BASE)
    User.objects.create(username="stranger")
    with pytest.raises(NotFound):
        one_time_link("stranger", kind=LinkKind.SIGN_IN, base_url=BASE)
    assert not OneTimeLink.objects.exists()
    link_for("anna", LinkKind.RESET)
    (event,) = told("make_link", provider=provider)
    assert (event["actor"], event["subject"]) == ("olivia", "anna")


def test_an_owner_cannot_get_into_another_provider_through_a_common_member(
    anna: User, provider: Provider
) -> None:
    with acting_as_system("test"):
        other = create_provider(
            NewProvider(key="other", name="Other", currency="USD", owner="anna")
        )
    with pytest.raises(Refused, match="works for another provider too"):
        one_time_link("anna", kind=LinkKind.RESET, base_url=BASE)
    with acting_as_system("test"), in_provider(other):
        add_users([NewUser("olivia", role=Role.OWNER)])
    assert one_time_link("anna", kind=LinkKind.RESET, base_url=BASE)


def test_a_removed_member_gets_in_by_no_link_of_before(anna: User) -> None:
    path = link_for("anna", LinkKind.INVITATION)
    remove_user("anna")
    assert Browser().get(path).status_code == 410


def test_a_stopped_user_gets_in_by_no_link(anna: User) -> None:
    path = link_for("anna", LinkKind.SIGN_IN)
    anna.is_active = False
    anna.save()
    assert Browser().get(path).status_code == 410
    assert reset_links("anna", base_url=BASE) == []


@pytest.mark.parametrize("login", ["anna", "ANNA@example.org", " anna "])
def test_a_forgotten_password_is_reset_by_mail(
    anna: User, login: str, mailed: list[Any], provider: Provider
) -> None:
    browser = Browser()
    browser.get("/sign-in/forgotten")
    answer = browser.post("/sign-in/forgotten", {"login": login})
    assert "If there is such a user" in words(answer.content)
    (mail,) = mailed
    assert mail.to == ["anna@example.org"]
    (line,) = [line for line in mail.body.splitlines() if line.startswith(BASE)]
    browser.get(path_of(line))
    browser.post("/link", TWICE)
    assert browser.get("/account").context["own"].username == "anna"
    (event,) = told("ask_for_link", provider=provider)
    assert (event["actor"], event["subject"]) == ("sign-in", "anna")


@pytest.mark.parametrize("login", ["nobody", "nobody@example.org", "olivia"])
def test_who_is_unknown_or_has_no_address_is_told_the_same(
    provider: Provider, login: str, mailed: list[Any]
) -> None:
    browser = Browser()
    browser.get("/sign-in/forgotten")
    answer = browser.post("/sign-in/forgotten", {"login": login})
    assert answer.status_code == 200
    assert "If there is such a user" in words(answer.content)
    assert mailed == []


def test_links_are_not_mailed_again_and_again(anna: User, mailed: list[Any]) -> None:
    browser = Browser()
    browser.get("/sign-in/forgotten")
    codes = [browser.post("/sign-in/forgotten", {"login": "anna"}).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert len(mailed) == 3


def test_without_a_server_for_mail_an_owner_is_to_be_asked(browser: Browser) -> None:
    page = browser.get("/sign-in/forgotten")
    assert "Ask an owner for a one-time link" in words(page.content)
    browser.post("/sign-in/forgotten", {"login": "olivia"})
    assert not OneTimeLink.objects.exists()


def test_a_password_is_checked_wherever_it_is_set(anna: User) -> None:
    path = link_for("anna", LinkKind.RESET)
    with pytest.raises(InvalidInput) as error:
        set_password_by_link(token_hash(path), password="password1234")
    assert error.value.field == "password"
    assert OneTimeLink.objects.get().used_at is None
