"""What somebody with a link sees, and what nobody learns without one."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from tests.delivery.sending import issued
from tests.invoicing.factory import Books
from tests.support.clocks import StillClock
from tests.support.mail_box import Box
from tests.web.conftest import ClientOf, words

from icb.delivery.link_actions import make_link
from icb.delivery.models import LinkView, SharedLink
from icb.foundation.audit_queries import audit_page
from icb.foundation.listing import Wanted
from icb.foundation.models import Role
from icb.invoicing.actions import void_document
from icb.kernel.errors import Refused

SITE = "https://billing.example.org"


@pytest.fixture(autouse=True)
def uncounted() -> None:
    cache.clear()


@pytest.fixture
def path(office: Box, books: Books) -> str:
    """The path of a link to the first invoice."""
    return urlsplit(make_link(issued()[0], base_url=SITE)).path


def test_a_link_shows_the_document_without_signing_in(path: str) -> None:
    stranger = Client(enforce_csrf_checks=True)
    first = stranger.get(path)
    assert first.status_code == 200
    assert "Invoice INV-000001 for Acme Ltd" in words(first.content)
    shown = stranger.post(path)
    assert shown.status_code == 200
    assert b'pages/1.png"' in shown.content
    picture = stranger.get(f"{path}/pages/1.png")
    assert picture.content.startswith(b"\x89PNG")
    pdf = stranger.get(f"{path}/pdf")
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert "INV-000001.pdf" in pdf["Content-Disposition"]
    for answer in (first, shown, picture, pdf):
        assert not answer.cookies
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Cache-Control"] == "no-store"
    assert list(LinkView.objects.order_by("pk").values_list("act", flat=True)) == [
        "shown",
        "downloaded",
    ]


def test_a_program_that_looks_through_mail_is_no_viewer(path: str) -> None:
    scanner = Client()
    scanner.get(path)
    scanner.head(path)
    scanner.head(f"{path}/pdf")
    scanner.get(f"{path}/pdf", headers={"Sec-Purpose": "prefetch"})
    scanner.get(f"{path}/pages/1.png")
    assert not LinkView.objects.exists()
    void_document("INV-000001", reason="nobody looked")
    assert scanner.get(path).status_code == 404


def test_what_somebody_looked_at_is_not_voided(path: str) -> None:
    Client().post(path)
    with pytest.raises(Refused) as refused:
        void_document("INV-000001", reason="wrong")
    assert "it was looked at through its link on 2026-01-01" in refused.value.message
    actions = [row.action for row in audit_page(Wanted()).rows]
    assert actions.count("open_document_link") == 1


def test_wrong_over_and_revoked_get_the_same_answer(
    path: str, owner: Client, clock: StillClock
) -> None:
    wrong = Client().get(f"{path[:-1]}{'a' if path[-1] != 'a' else 'b'}")
    link = SharedLink.objects.get()
    owner.post(reverse("invoice-link-revoke", kwargs={"number": "INV-000001", "id": link.pk}))
    revoked = Client().get(path)
    other = urlsplit(make_link("INV-000001", base_url=SITE, days=2)).path
    assert Client().get(other).status_code == 200
    clock.set(clock.now + timedelta(days=3))
    over = Client().get(other)
    for answer in (wrong, revoked, over):
        assert answer.status_code == 404
        assert answer.content == wrong.content
        assert "Ask whoever sent it" in words(answer.content)
    for part in ("/pdf", "/pages/1.png"):
        assert Client().get(f"{other}{part}").status_code == 404


def test_a_page_that_is_not_there_is_not_drawn(path: str) -> None:
    assert Client().get(f"{path}/pages/0.png").status_code == 404
    assert Client().get(f"{path}/pages/99.png").status_code == 404


def test_who_guesses_is_stopped(path: str) -> None:
    guesser = Client()
    answers = [guesser.get(f"/d/{number:043d}").status_code for number in range(25)]
    assert answers[:5] == [404] * 5
    assert answers[-1] == 429
    assert guesser.get(path).status_code == 429


def test_the_token_is_shown_once_and_kept_nowhere(
    client_of: ClientOf, office: Box, books: Books
) -> None:
    number = issued()[0]
    client = client_of(Role.BILLING)
    made = client.post(reverse("invoice-link", kwargs={"number": number}), {"days": "5"})
    address = made.content.decode().split('readonly value="')[1].split('"')[0]
    token = address.rpartition("/")[2]
    assert len(token) == 43
    link = SharedLink.objects.get()
    assert token not in (link.token_hash, str(link.__dict__))
    later = client.get(reverse("invoice-delivery", kwargs={"number": number}))
    assert token not in later.content.decode()
    told = " ".join(str(row.data) for row in audit_page(Wanted()).rows)
    assert token not in told
    wrong = client.post(reverse("invoice-link", kwargs={"number": number}), {"days": "0"})
    assert wrong.status_code == 422
