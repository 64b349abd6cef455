"""People who sign in over HTTP, as browsers do: with cookies and the marks of forms."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import Client

from icb.foundation import audit
from icb.foundation.environment import Mail
from icb.foundation.models import AuditEvent, Provider, User
from icb.foundation.scope import in_provider

PASSWORD = "a long enough pass phrase"
OTHER_PASSWORD = "quite another pass phrase"


class Browser:
    """One browser: keeps cookies, sends the mark of the last page with a form."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.mark = ""

    def get(self, address: str, **more: Any) -> Any:
        """The page at an address, after every redirect."""
        return self._seen(self.client.get(address, follow=True, **more))

    def post(self, address: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        """What comes of a form, after every redirect."""
        sent = {"csrfmiddlewaretoken": self.mark, **(data or {})}
        return self._seen(self.client.post(address, sent, follow=True, **more))

    def sign_in(self, login: str = "olivia", password: str = PASSWORD, **more: Any) -> Any:
        """What comes of signing in by the page for it."""
        self.get("/sign-in", **more)
        sent = {"login": login, "password": password, "next": "/account"}
        return self.post("/sign-in", sent, **more)

    @property
    def session_key(self) -> str:
        """The cookie that carries the session; empty where there is none."""
        cookie = self.client.cookies.get("sessionid")
        return cookie.value if cookie else ""

    def _seen(self, response: Any) -> Any:
        found = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', response.content)
        self.mark = found.group(1).decode() if found else self.mark
        return response


@pytest.fixture(autouse=True)
def no_limits_from_before() -> Iterator[None]:
    """Limits on attempts count from zero in each test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def olivia(provider: Provider) -> User:
    """The owner of the provider in scope, with a password and an e-mail address."""
    user = User.objects.get(username="olivia")
    user.email = "olivia@example.org"
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def browser(olivia: User) -> Browser:
    """A browser that nobody has signed in with yet."""
    return Browser()


@pytest.fixture
def mailed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A server for mail is set; mails are sent at once, and what was sent stands here."""
    server = Mail(host="mail.example.org", sender="icb@example.org")
    environment = dataclasses.replace(settings.ENVIRONMENT, mail=server)
    monkeypatch.setattr(settings, "ENVIRONMENT", environment)
    monkeypatch.setattr("icb.web.sign_in.mails.beside", lambda work: work())
    mail.outbox = []
    outbox: list[Any] = mail.outbox
    return outbox


def told(action: str, *, provider: Provider) -> list[dict[str, Any]]:
    """The events of one action in the provider's chain, newest last, with who is recorded."""
    with in_provider(provider.pk):
        assert audit.check_chain() == []
        rows = AuditEvent.objects.filter(action=action).order_by("sequence")
        return list(rows.values("actor", "subject", "data"))
