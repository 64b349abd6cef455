"""Pages over HTTP: a client for each role at the provider in scope, and pages read as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from icb.foundation.inputs import NewUser
from icb.foundation.models import Provider, Role, User
from icb.foundation.users import add_users

ClientOf = Callable[[str], Client]


@pytest.fixture
def client_of(provider: Provider) -> ClientOf:
    """A client signed in as a member with a role; the owner is olivia, others bear their role."""
    made: dict[str, Client] = {}

    def client(role: str) -> Client:
        if role not in made:
            name = "olivia" if role == Role.OWNER else role
            if role != Role.OWNER:
                add_users([NewUser(name, role=role)])
            made[role] = Client()
            made[role].force_login(User.objects.get(username=name))
        return made[role]

    return client


@pytest.fixture
def owner(client_of: ClientOf) -> Client:
    """A client signed in as the owner of the provider in scope."""
    return client_of(Role.OWNER)


def words(content: bytes) -> str:
    """What a page says, without its marks, in one line."""
    text = re.sub(r"<(script|style|template)\b.*?</\1>", " ", content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
