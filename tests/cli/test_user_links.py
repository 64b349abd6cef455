"""Links that work once, printed by commands for whoever is at the machine."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Icb

from icb.cli import serve
from icb.cli.codes import ExitCode
from icb.cli.session import pages_url
from icb.foundation.first_owner import set_up
from icb.foundation.inputs import NewUser
from icb.foundation.links import LinkKind, digest_of, open_link
from icb.foundation.models import Role, User


def opened(said: str) -> str:
    """What the link at the end of an output is good for."""
    found = open_link(digest_of(said.strip().rpartition("/")[2]))
    assert found
    return found.kind


def test_an_empty_installation_prints_the_link_of_its_set_up(icb: Icb) -> None:
    said = icb("user", "link")
    assert said.startswith("http://127.0.0.1:8000/link/")
    assert opened(said) == LinkKind.SET_UP


def test_a_user_gets_a_link(icb: Icb) -> None:
    icb("init", "own", "--name", "Own", "--currency", "USD")
    icb("user", "add", "anna", "--role", "approver")
    assert opened(icb("user", "link", "anna")) == LinkKind.RESET
    said = icb("user", "link", "anna", "--sign-in", "--url", "https://billing.example.org/")
    assert said.startswith("https://billing.example.org/link/")
    assert opened(said) == LinkKind.SIGN_IN
    icb.refused(ExitCode.NOT_POSSIBLE, "user", "link", "nobody")


def test_where_somebody_can_sign_in_nothing_is_to_be_set_up(icb: Icb) -> None:
    icb("init", "own", "--name", "Own", "--currency", "USD")
    olivia = User.objects.get(username="olivia")
    olivia.set_password("a long enough pass phrase")
    olivia.save()
    said = icb.refused(ExitCode.REFUSED, "user", "link")
    assert "can sign in here already" in said


def test_serving_says_how_the_first_user_gets_in(icb: Icb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "answer", lambda **_: None)
    said = icb("serve", "--no-worker", "--port", "8123")
    link = next(line for line in said.splitlines() if "/link/" in line)
    assert link.strip().startswith("http://127.0.0.1:8123/link/")
    token_hash = digest_of(link.rpartition("/")[2])
    icb("init", "own", "--name", "Own", "--currency", "USD")
    set_up(token_hash, owner=NewUser("ada", role=Role.OWNER), password="a long pass phrase")
    assert "/link/" not in icb("serve", "--no-worker")


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_links_begin_where_the_pages_are(
    address: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pages_url(address=address) == url
    monkeypatch.setenv("ICB_URL", "https://billing.example.org")
    assert pages_url(address=address) == "https://billing.example.org"
