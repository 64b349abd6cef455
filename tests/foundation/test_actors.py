"""Who may do what, and who is recorded for it."""

from __future__ import annotations

import pytest

from icb.foundation import audit, users
from icb.foundation.actor import (
    Permission,
    acting_as,
    acting_as_system,
    current_actor,
    is_system,
    require,
)
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.models import Provider, Role, User
from icb.foundation.permissions import BY_ROLE, EVERYTHING
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused


def test_every_role_has_its_permissions() -> None:
    assert set(BY_ROLE) == set(Role)
    assert BY_ROLE[Role.OWNER] == EVERYTHING
    assert Permission.MANAGE_USERS not in BY_ROLE[Role.BILLING]
    assert BY_ROLE[Role.API] == {Permission.RECORD_COUNTS}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_a_user_may_do_what_the_role_allows(
    provider: Provider, role: Role, permission: Permission
) -> None:
    users.add_users([NewUser("rita", role=role)])
    with acting_as("rita"):
        if permission in BY_ROLE[role]:
            require(permission)
        else:
            with pytest.raises(NotPermitted, match="rita"):
                require(permission)


def test_a_role_ends_at_the_provider(provider: Provider) -> None:
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="EUR"))
    require(Permission.BILL)
    with in_provider(other), pytest.raises(NotPermitted):
        require(Permission.READ)
    require(Permission.BILL)


def test_a_user_must_be_known_and_active(provider: Provider) -> None:
    User.objects.filter(username="olivia").update(is_active=False)
    for name in ("olivia", "nobody"):
        with pytest.raises(NotPermitted), acting_as(name):
            pass


def test_the_program_itself_may_do_all_under_its_own_name(provider: Provider) -> None:
    assert not is_system()
    with acting_as_system("scenario"):
        assert (current_actor(), is_system()) == ("scenario", True)
        for permission in Permission:
            require(permission)
    assert current_actor() == "olivia"


def test_users_are_added_changed_and_removed(provider: Provider) -> None:
    users.add_users([NewUser("anna", role="approver", name="Anna"), NewUser("ben", role="mapper")])
    users.change_role("anna", role=Role.OWNER)
    users.remove_user("ben")
    rows = {row.username: row.role for row in users.users()}
    assert rows == {"olivia": "owner", "anna": "owner"}
    assert not User.objects.get(username="anna").has_usable_password()
    assert audit.head().sequence == 5
    users.change_role("olivia", role="read_only")
    with acting_as("olivia"), pytest.raises(NotPermitted):
        users.add_users([NewUser("eve", role="owner")])


@pytest.mark.parametrize(
    "news",
    [
        [NewUser("a", role="king")],
        [NewUser("", role="owner")],
        [NewUser("a", role="owner"), NewUser("a", role="mapper")],
        [NewUser("olivia", role="mapper")],
    ],
)
def test_bad_users_are_refused_and_none_is_stored(provider: Provider, news: list[NewUser]) -> None:
    with pytest.raises(InvalidInput):
        users.add_users([NewUser("good", role="mapper"), *news])
    assert [row.username for row in users.users()] == ["olivia"]


def test_the_last_owner_stays(provider: Provider) -> None:
    with pytest.raises(Refused, match="only owner"):
        users.remove_user("olivia")
    with pytest.raises(Refused, match="only owner"):
        users.change_role("olivia", role="api_client")
    with pytest.raises(NotFound):
        users.remove_user("nobody")
