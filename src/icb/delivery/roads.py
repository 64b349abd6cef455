"""The line to the provider's mail server: with its password, and only where it may lead."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from icb.delivery.composing import Sender
from icb.delivery.settings_queries import PASSWORD, MailServerRow
from icb.foundation.egress.client import Roads
from icb.foundation.egress.mail import MailLine, MailPlace
from icb.foundation.installation import is_demo
from icb.foundation.secrets import secret

OpenLine = Callable[[MailServerRow], MailLine]
"""How a line to a server comes about; tests give one of their own."""


def line_to(server: MailServerRow) -> MailLine:
    """A line to the server, not opened yet. A demo's leads to this machine alone."""
    password = secret(PASSWORD) if server.has_password else ""
    place = MailPlace(
        host=server.host,
        port=server.port,
        security=server.security,
        user=server.user,
        password=password,
    )
    roads = Roads(private=settings.ENVIRONMENT.private_targets)
    return MailLine(place, roads=roads, is_local_only=is_demo())


def sender_of(server: MailServerRow) -> Sender:
    """Who the messages come from."""
    return Sender(server.sender, server.sender_name, server.reply_to)
