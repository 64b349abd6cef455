"""A provider with a mail server on this machine, and documents to send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_django.fixtures import Settings
from tests.invoicing.factory import Books
from tests.support.mail_box import Box, mail_box

from icb.delivery.inputs import NewMailServer
from icb.delivery.settings_actions import set_mail_server
from icb.foundation.egress.guard import read_private_targets
from icb.foundation.models import Provider

SITE = "https://billing.example.org"


@pytest.fixture
def box(settings: Settings) -> Iterator[Box]:
    """A mail server on this machine, which the installation allows."""
    with mail_box() as found:
        private = read_private_targets([f"127.0.0.1:{found.port}"])
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, private_targets=private, url=SITE)
        yield found


@pytest.fixture
def office(provider: Provider, clock: object, box: Box) -> Box:
    """The provider's mail server, set."""
    set_mail_server(
        NewMailServer(
            host="127.0.0.1", port=box.port, security="none", sender="billing@own.example.org"
        )
    )
    return box


@pytest.fixture
def books(provider: Provider, clock: object) -> Books:
    """Two organizations with an item each that waits for an invoice."""
    made = Books()
    made.organization("acme", email="office@acme.example.org")
    made.organization("bolt", email="office@bolt.example.org")
    made.item("acme", "120")
    made.item("bolt", "80")
    return made
