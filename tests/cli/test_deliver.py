"""`icb deliver`: send, list, take reports, make links, from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from tests.cli.conftest import Icb
from tests.delivery.reports import report
from tests.invoicing.factory import Books
from tests.support.mail_box import Box, mail_box

from icb.delivery.inputs import NewMailServer
from icb.delivery.settings_actions import set_mail_server
from icb.foundation.actor import acting_as_system
from icb.foundation.egress.guard import read_private_targets
from icb.foundation.providers import provider_named
from icb.foundation.scope import in_provider
from icb.invoicing.actions import issue_documents

FINDING, BAD_INPUT, REFUSED, NOT_POSSIBLE = 1, 2, 3, 4


@pytest.fixture
def office(icb: Icb, settings: Settings) -> Iterator[Box]:
    """Two issued invoices, and a server that takes their messages."""
    icb("init", "own", "--name", "Own", "--currency", "USD")
    with mail_box() as box:
        private = read_private_targets([f"127.0.0.1:{box.port}"])
        site = "https://billing.example.org"
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, private_targets=private, url=site)
        with in_provider(provider_named()), acting_as_system("test"):
            books = Books()
            for key in ("acme", "bolt"):
                books.organization(key, email=f"office@{key}.example.org")
                books.item(key, "120")
            issue_documents()
            set_mail_server(
                NewMailServer(
                    host="127.0.0.1",
                    port=box.port,
                    security="none",
                    sender="billing@own.example.org",
                )
            )
        yield box


def test_documents_are_sent_and_listed(icb: Icb, office: Box) -> None:
    assert "2 sent" in icb("deliver", "--number", "INV-000001", "--number", "INV-000002")
    assert len(office.messages) == 2
    rows = icb.data("deliver", "list", "--state", "sent")
    assert {row["number"] for row in rows} == {"INV-000001", "INV-000002"}
    assert "sent before" in icb.refused(REFUSED, "deliver", "--number", "INV-000001")
    icb.refused(NOT_POSSIBLE, "deliver", "--number", "INV-999999")


def test_a_lost_answer_is_a_finding(icb: Icb, office: Box) -> None:
    office.cut_after = True
    result = icb.call("deliver", "--number", "INV-000001")
    assert result.exit_code == FINDING
    assert "1 unknown" in result.stdout
    office.cut_after = False
    assert icb.call("deliver", "--waiting").exit_code == FINDING
    assert len(office.messages) == 1


def test_what_is_queued_is_sent_by_the_next(icb: Icb, office: Box) -> None:
    icb("deliver", "--number", "INV-000001", "--no-wait")
    assert office.messages == []
    assert "1 sent" in icb("deliver", "--waiting")


def test_reports_are_taken_and_others_told(icb: Icb, office: Box, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(report("office@acme.example.org"))
    (tmp_path / "b.eml").write_bytes(b"Subject: hello\r\n\r\nhello\r\n")
    result = icb.call("deliver", "bounce", str(tmp_path))
    assert result.exit_code == FINDING
    assert "1 mark set" in result.stdout
    assert "b.eml" in result.stderr


def test_a_link_is_made(icb: Icb, office: Box) -> None:
    link = icb("deliver", "link", "INV-000001", "--days", "3").strip()
    assert link.startswith("https://billing.example.org/d/")
    icb.refused(BAD_INPUT, "deliver", "link", "INV-000001", "--days", "400")


def test_without_a_word_help_is_shown(icb: Icb, office: Box) -> None:
    assert "--waiting" in icb("deliver")
