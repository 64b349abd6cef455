"""The members of a provider over HTTP: seen, invited, given roles, helped, removed, by owners."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from tests.web.conftest import ClientOf, words

from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.models import AuditEvent, Membership, OneTimeLink, Provider, Role, User
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.foundation.second_factor import is_required
from icb.foundation.users import add_users

NEW = {"username": "anna", "name": "Anna Berg", "email": "Anna@example.org", "role": "approver"}
POSTS = (
    "/users/invite",
    "/users/second-factor",
    "/users/of/olivia/role",
    "/users/of/olivia/link",
    "/users/of/olivia/end-sessions",
    "/users/of/olivia/second-factor",
    "/users/of/olivia/remove",
)


def shown_link(response: Any) -> str:
    """The link that a page shows."""
    found = re.search(r'id="link">(.*?)</pre>', response.content.decode())
    assert found
    return found.group(1)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
def test_only_owners_see_and_change_users(client_of: ClientOf, role: Role) -> None:
    client = client_of(role)
    before = AuditEvent.objects.count()
    for address in ("/users", "/users/invite", "/users/of/olivia"):
        assert client.get(address).status_code == 403
    for address in POSTS:
        response = client.post(address, {**NEW, "kind": "sign_in", "is_required": "yes"})
        assert response.status_code == 403, address
    assert AuditEvent.objects.count() == before
    assert not OneTimeLink.objects.exists()


def test_the_list_says_who_works_here_and_how_they_sign_in(owner: Client) -> None:
    add_users([NewUser("peter", role=Role.MAPPER, name="Peter Lang", email="p@example.org")])
    said = words(owner.get("/users").content)
    for expected in ("olivia", "Owner", "peter", "Peter Lang", "p@example.org", "Mapper"):
        assert expected in said
    assert "peter" not in words(owner.get("/users?q=olivia").content).replace("Peter", "")
    table = owner.get("/users?format=csv")
    assert table.status_code == 200


def test_an_invitation_gives_a_link_and_a_role(owner: Client) -> None:
    response = owner.post("/users/invite", NEW)
    link = shown_link(response)
    assert link.startswith("http://testserver/link/")
    membership = Membership.objects.get(user__username="anna")
    assert membership.role == Role.APPROVER
    assert membership.user.email == "anna@example.org"
    assert "You were invited" in words(Client().get(link, follow=True).content)
    assert link not in owner.get("/users/of/anna").content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"username": "olivia"}, "a member already"),
        ({"username": "a b"}, "Use letters"),
        ({"role": "king"}, "valid choice"),
        ({"email": "no address"}, "valid email"),
    ],
)
def test_a_bad_invitation_stores_nothing(owner: Client, wrong: dict[str, str], said: str) -> None:
    response = owner.post("/users/invite", {**NEW, **wrong})
    assert response.status_code == 422
    assert said in words(response.content)
    assert Membership.objects.count() == 1
    assert not OneTimeLink.objects.exists()


def test_somebody_who_signs_in_already_needs_no_link(owner: Client) -> None:
    anna = User(username="anna")
    anna.set_password("a long enough pass phrase")
    anna.save()
    response = owner.post("/users/invite", NEW, follow=True)
    assert "signs in as before" in words(response.content)
    assert Membership.objects.filter(user=anna, role=Role.APPROVER).exists()
    assert not OneTimeLink.objects.exists()


def test_a_stranger_of_another_provider_is_not_taken_over(owner: Client) -> None:
    with acting_as_system("test"):
        create_provider(NewProvider(key="other", name="Other", currency="USD", owner="anna"))
    response = owner.post("/users/invite", NEW)
    assert response.status_code == 422
    assert "works for another provider too" in words(response.content)
    assert Membership.objects.count() == 1


def test_an_owner_gives_another_role(owner: Client) -> None:
    add_users([NewUser("anna", role=Role.APPROVER)])
    owner.post("/users/of/anna/role", {"role": "owner"})
    assert Membership.objects.get(user__username="anna").role == Role.OWNER
    assert owner.post("/users/of/anna/role", {"role": "king"}).status_code == 422
    assert owner.post("/users/of/nobody/role", {"role": "owner"}).status_code == 404


@pytest.mark.parametrize(
    ("address", "sent"),
    [("/users/of/olivia/role", {"role": "auditor"}), ("/users/of/olivia/remove", {})],
)
def test_the_last_owner_stays(owner: Client, address: str, sent: dict[str, str]) -> None:
    add_users([NewUser("anna", role=Role.BILLING)])
    response = owner.post(address, sent)
    assert response.status_code == 409
    assert "only owner" in words(response.content)
    assert Membership.objects.get(user__username="olivia").role == Role.OWNER


def test_somebody_is_removed_and_may_do_nothing_more(owner: Client, client_of: ClientOf) -> None:
    reader = client_of(Role.READ_ONLY)
    assert reader.get("/organizations").status_code == 200
    owner.post("/users/of/read_only/remove")
    assert reader.get("/organizations").status_code == 403
    assert User.objects.filter(username="read_only").exists(), "the name stays for its record"


def test_a_link_for_one_visit_and_one_for_a_password(owner: Client) -> None:
    add_users([NewUser("anna", role=Role.APPROVER)])
    visit = shown_link(owner.post("/users/of/anna/link", {"kind": "sign_in"}))
    assert "signs you in as anna" in words(Client().get(visit, follow=True).content)
    password = shown_link(owner.post("/users/of/anna/link", {"kind": "password"}))
    assert "Choose a password" in Client().get(password, follow=True).content.decode()


def test_a_second_factor_is_asked_of_everybody_or_not(owner: Client) -> None:
    owner.post("/users/second-factor", {"is_required": "yes"})
    assert is_required()
    assert owner.get("/users")["Location"] == "/account/two-factor"
    Provider.objects.update(second_factor_required=False)
    assert "Up to each user" in words(owner.get("/users").content)


def test_a_user_of_another_provider_is_not_there(owner: Client) -> None:
    with acting_as_system("test"):
        other = create_provider(
            NewProvider(key="other", name="Other", currency="USD", owner="anna")
        )
    assert owner.get("/users/of/anna").status_code == 404
    assert "anna" not in words(owner.get("/users").content)
    for address in POSTS[2:]:
        there = address.replace("olivia", "anna")
        assert owner.post(there, {"role": "auditor"}).status_code == 404, there
    with in_provider(other):
        assert Membership.objects.get().role == Role.OWNER


def test_the_list_asks_the_database_a_fixed_number_of_times(
    owner: Client, django_assert_max_num_queries: Any
) -> None:
    add_users([NewUser(f"user-{number}", role=Role.READ_ONLY) for number in range(120)])
    with django_assert_max_num_queries(20):
        assert owner.get("/users").status_code == 200
