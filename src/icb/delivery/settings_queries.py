"""Reads of how messages are sent: the mail server, the usual choice, each kind's words."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings

from icb.delivery.addressing import KINDS
from icb.delivery.models import DeliveryChoice, MailServer, MessageTemplate, Recipient
from icb.delivery.standard_messages import Words, standard_words
from icb.foundation.models import StoredSecret
from icb.kernel.errors import InvalidInput, NotFound
from icb.kernel.languages import LANGUAGES
from icb.organizations.queries import organization_named

PASSWORD = "delivery/mail-server"
"""The name of the stored secret."""

MESSAGE_KINDS = tuple(KINDS)


class MailServerRow(NamedTuple):
    """The mail server; `has_password` says whether one is stored."""

    host: str
    port: int
    security: str
    user: str
    sender_name: str
    sender: str
    reply_to: str
    has_password: bool


class Usual(NamedTuple):
    """How documents are sent where an organization chose nothing else."""

    on_issue: bool = False
    link_days: int = 30
    has_link: bool = True


class RecipientRow(NamedTuple):
    """An address that gets an organization's messages."""

    id: int
    address: str
    name: str
    place: str
    kinds: tuple[str, ...]
    language: str


class TemplateRow(NamedTuple):
    """The words of a kind of message in a language; `is_own` where the provider wrote them."""

    kind: str
    language: str
    subject: str
    body: str
    is_own: bool


def mail_server() -> MailServerRow | None:
    """The provider's mail server; None where there is none yet."""
    row = MailServer.objects.first()
    if row is None:
        return None
    return MailServerRow(
        row.host,
        row.port,
        row.security,
        row.user,
        row.sender_name,
        row.sender,
        row.reply_to,
        StoredSecret.objects.filter(name=PASSWORD).exists(),
    )


def usual() -> Usual:
    """How documents are sent where an organization chose nothing else."""
    row = DeliveryChoice.objects.filter(organization=None).first()
    return Usual(row.on_issue, row.link_days, row.has_link) if row else Usual()


def choice_of(organization: str) -> bool | None:
    """Whether an organization's documents are sent as they are issued; None: as usual.

    Raises NotFound for an unknown organization.
    """
    chosen = DeliveryChoice.objects.filter(organization_id=organization_named(organization).id)
    found: bool | None = chosen.values_list("on_issue", flat=True).first()
    return found


def recipients_of(organization: str) -> list[RecipientRow]:
    """The addresses named for an organization, in the order of entry.

    Raises NotFound for an unknown organization.
    """
    rows = Recipient.objects.filter(organization_id=organization_named(organization).id)
    return [
        RecipientRow(row.pk, row.address, row.name, row.place, kinds_of(row), row.language)
        for row in rows.order_by("pk")
    ]


def recipient_ids() -> dict[tuple[str, str], int]:
    """The ids of all named addresses, by the organization's key and the address."""
    rows = Recipient.objects.values_list("organization__key", "address", "pk")
    return {(organization, address): id_ for organization, address, id_ in rows}


def kinds_of(row: Recipient) -> tuple[str, ...]:
    """The kinds of messages that a recipient gets."""
    return tuple(kind for kind, field in KINDS.items() if getattr(row, field))


def message_templates() -> list[TemplateRow]:
    """The words of every kind of message in every language."""
    own = {
        (kind, language): Words(subject, body)
        for kind, language, subject, body in MessageTemplate.objects.values_list(
            "kind", "language", "subject", "body"
        )
    }
    return [
        TemplateRow(
            kind,
            language,
            *(own.get((kind, language)) or standard_words(kind, language=language)),
            (kind, language) in own,
        )
        for kind in MESSAGE_KINDS
        for language in LANGUAGES
    ]


def message_template(kind: str, *, language: str) -> TemplateRow:
    """The words of one kind of message in a language; NotFound for a kind or language unknown."""
    for row in message_templates():
        if (row.kind, row.language) == (kind, language):
            return row
    raise NotFound(
        "unknown_template",
        f"There is no message {kind} in {language}. Nothing was changed. Choose one of the list.",
    )


def public_address() -> str:
    """Where links begin that are mailed; blank where ICB_URL is not set."""
    return str(settings.ENVIRONMENT.url)


def needed_public_address() -> str:
    """Where links begin; InvalidInput where ICB_URL is not set."""
    found = public_address()
    if not found:
        raise InvalidInput(
            field="ICB_URL",
            message="ICB_URL: it is not set, so nobody knows where a link has to lead. Nothing was "
            "made. Set it to the address of the pages.",
        )
    return found
