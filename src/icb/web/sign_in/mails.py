"""Mails with one-time links. Who asked is answered before, so that no delay tells who is known."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from functools import partial
from threading import Thread

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from icb.foundation.links import reset_links

_LOG = logging.getLogger(__name__)


def is_mail_sent() -> bool:
    """Whether a server for mail is set."""
    return bool(settings.ENVIRONMENT.mail.host)


def mail_reset_links(login: str, *, base_url: str) -> None:
    """Mail a link to whoever has this name or e-mail address, beside the answer to the request."""
    beside(partial(_mail_reset_links, login, base_url=base_url))


def beside(work: Callable[[], None]) -> None:
    """Do something while the request is answered; the database is let go of at its end."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    Thread(target=run, daemon=True).start()


def mail_link(address: str, *, link: str, template: str, subject: str) -> bool:
    """Mail one link; whether the server took it. The link is written nowhere else."""
    text = render_to_string(f"sign_in/mail/{template}.txt", {"link": link})
    try:
        return bool(EmailMessage(subject, text, to=[address]).send())
    except (OSError, smtplib.SMTPException) as error:
        _LOG.warning("A mail could not be sent: %s.", type(error).__name__)
        return False


def _mail_reset_links(login: str, *, base_url: str) -> None:
    for address, link in reset_links(login, base_url=base_url):
        mail_link(address, link=link, template="reset", subject=_("A new password for ICB"))
