"""Actions on how messages are sent: the mail server, the choices, the words, the recipients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from icb.delivery.addressing import KINDS
from icb.delivery.inputs import NewMailServer, NewRecipient
from icb.delivery.models import (
    DeliveryChoice,
    MailServer,
    MessageKind,
    MessageTemplate,
    Place,
    Recipient,
    Security,
)
from icb.delivery.placeholders import check_placeholders
from icb.delivery.plain_text import check_address, lines, one_line
from icb.delivery.settings_queries import PASSWORD, mail_server, message_template
from icb.foundation import audit
from icb.foundation.actor import Permission, require
from icb.foundation.egress.guard import read_target
from icb.foundation.egress.problems import NotAllowed
from icb.foundation.secrets import remove_secret, store_secret
from icb.foundation.transactions import transaction
from icb.kernel.checks import check_choice, check_text
from icb.kernel.errors import InvalidInput, NotFound, Refused
from icb.kernel.languages import check_language
from icb.kernel.problems import Problems, unknown
from icb.organizations.queries import (
    known_organization_ids,
    organization_ids,
    organization_named,
)

LONGEST_SUBJECT, LONGEST_BODY, LONGEST_NAME = 200, 10_000, 200
MOST_LINK_DAYS = 365
_AT_ONCE = 10_000
_LINE = ("host", "port", "security", "user")


def set_mail_server(new: NewMailServer) -> None:
    """Say which server takes the provider's messages, and from whom they come.

    Where and as whom the line is made needs leave to manage secrets: a stored password would
    otherwise be sent wherever somebody points to. A change of it forgets a password that is not
    given anew. Raises InvalidInput for what cannot be used.
    """
    with transaction(lock="delivery"):
        require(Permission.MANAGE_PROVIDER)
        values = _checked(new)
        before = mail_server()
        is_moved = before is None or any(getattr(before, name) != values[name] for name in _LINE)
        if is_moved or new.password is not None:
            require(Permission.MANAGE_SECRETS)
        MailServer.objects.update_or_create(defaults=values)
        had = before is not None and before.has_password
        if new.password:
            store_secret(PASSWORD, text=new.password)
        elif had and (is_moved or new.password == ""):
            remove_secret(PASSWORD)
        audit.record("set_mail_server", subject="mail server", data=values)


def set_usual(*, on_issue: bool, link_days: int, has_link: bool) -> None:
    """Say how documents are sent where an organization chose nothing else.

    Raises InvalidInput for days that are none or more than a year.
    """
    with transaction(lock="delivery"):
        require(Permission.MANAGE_PROVIDER)
        check_link_days(link_days)
        values = {"on_issue": on_issue, "link_days": link_days, "has_link": has_link}
        DeliveryChoice.objects.update_or_create(organization=None, defaults=values)
        audit.record("set_usual_delivery", subject="delivery", data=values)


def choose_for_organization(organization: str, *, on_issue: bool | None) -> None:
    """Let an organization's documents be sent as they are issued, or not; None: as usual.

    Raises NotFound for an unknown organization.
    """
    with transaction(lock="delivery"):
        require(Permission.MANAGE_ORGANIZATIONS)
        found = organization_named(organization)
        rows = DeliveryChoice.objects.filter(organization_id=found.id)
        if on_issue is None:
            rows.delete()
        else:
            DeliveryChoice.objects.update_or_create(
                organization_id=found.id, defaults={"on_issue": on_issue}
            )
        audit.record("choose_delivery", subject=found.key, data={"on_issue": on_issue})


def choose_for_organizations(choices: Mapping[str, bool | None]) -> None:
    """As `choose_for_organization`, for many organizations by their keys."""
    with transaction(lock="delivery"):
        require(Permission.MANAGE_ORGANIZATIONS)
        ids = known_organization_ids(choices)
        usual = [ids[key] for key, on_issue in choices.items() if on_issue is None]
        for at in range(0, len(usual), _AT_ONCE):
            chosen = usual[at : at + _AT_ONCE]
            DeliveryChoice.objects.filter(organization_id__in=chosen).delete()
        DeliveryChoice.objects.bulk_create(
            [
                DeliveryChoice(organization_id=ids[key], on_issue=on_issue)
                for key, on_issue in choices.items()
                if on_issue is not None
            ],
            update_conflicts=True,
            unique_fields=["provider", "organization"],
            update_fields=["on_issue"],
        )
        told = dict(list(choices.items())[:500])
        subject = ", ".join(choices)[:200]
        audit.record("choose_deliveries", subject=subject, data={"on_issue": told})


def set_message_template(kind: str, *, language: str, subject: str, body: str) -> None:
    """Give a kind of message the provider's own words in a language.

    Raises InvalidInput for an unknown kind or language, an empty or long text, and a placeholder
    that stands for nothing.
    """
    with transaction(lock="delivery"):
        require(Permission.MANAGE_PROVIDER)
        check_choice(kind, field="kind", allowed=MessageKind.values)
        check_language(language)
        words = checked_words(kind, subject=subject, body=body)
        MessageTemplate.objects.update_or_create(kind=kind, language=language, defaults=words)
        audit.record("set_message_template", subject=f"{kind} {language}", data=words)


def reset_message_template(kind: str, *, language: str) -> None:
    """Take the product's words for a kind of message again; NotFound for an unknown one."""
    with transaction(lock="delivery"):
        require(Permission.MANAGE_PROVIDER)
        row = message_template(kind, language=language)
        if not row.is_own:
            raise Refused(
                "standard_words", "These are the product's words already. Nothing was changed."
            )
        MessageTemplate.objects.filter(kind=kind, language=language).delete()
        audit.record("reset_message_template", subject=f"{kind} {language}", data={})


def checked_words(kind: str, *, subject: str, body: str) -> dict[str, str]:
    """Subject and body as they are stored; InvalidInput for what they may not hold."""
    check_text(subject, field="subject", longest=LONGEST_SUBJECT, required=True)
    check_text(body, field="body", longest=LONGEST_BODY, required=True)
    check_placeholders(subject, kind=kind, field="subject")
    check_placeholders(body, kind=kind, field="body")
    return {"subject": one_line(subject), "body": lines(body).strip() + "\n"}


def add_recipient(organization: str, *, new: NewRecipient) -> int:
    """Name an address that gets an organization's messages; its id.

    Raises NotFound for an unknown organization, InvalidInput for an address that is none or is
    named already, and for unknown kinds.
    """
    with transaction(lock="delivery"):
        require(Permission.MANAGE_ORGANIZATIONS)
        found = organization_named(organization)
        values = _recipient_values(new)
        _refuse_twice(found.id, values["address"])
        row = Recipient.objects.create(organization_id=found.id, **values)
        audit.record("add_recipient", subject=found.key, data=values)
    return int(row.pk)


def add_recipients(news: Sequence[tuple[str, NewRecipient]]) -> None:
    """Name addresses for organizations (their keys). As `add_recipient`, for all that is wrong."""
    with transaction(lock="delivery"):
        require(Permission.MANAGE_ORGANIZATIONS)
        problems, rows, ids = Problems(), [], organization_ids()
        named = Recipient.objects.values_list("organization_id", "address")
        taken = {(id_, address.lower()) for id_, address in named}
        for key, new in news:
            with problems.noting(f"recipient {key} {new.address}"):
                if key not in ids:
                    raise unknown("organization", key=key, known=ids)
                values = _recipient_values(new)
                place = ids[key], str(values["address"]).lower()
                if place in taken:
                    raise _named_already(values["address"])
                taken.add(place)
                rows.append(Recipient(organization_id=ids[key], **values))
        problems.raise_if_any()
        Recipient.objects.bulk_create(rows)
        told = [[key, new.address] for key, new in news[:500]]
        subject = ", ".join(dict.fromkeys(key for key, _ in news))[:200]
        audit.record("add_recipients", subject=subject, data={"count": len(news), "rows": told})


def change_recipient(id: int, *, new: NewRecipient) -> None:
    """Change an address, what it gets and where it stands; NotFound for an unknown one."""
    with transaction(lock="delivery"):
        require(Permission.MANAGE_ORGANIZATIONS)
        row = _recipient(id)
        values = _recipient_values(new)
        _refuse_twice(row.organization_id, values["address"], but=row.pk)
        Recipient.objects.filter(pk=row.pk).update(**values)
        audit.record("change_recipient", subject=row.organization.key, data=values)


def remove_recipient(id: int) -> None:
    """Let an address get no more messages; NotFound for an unknown one."""
    with transaction(lock="delivery"):
        require(Permission.MANAGE_ORGANIZATIONS)
        row = _recipient(id)
        key, address = row.organization.key, row.address
        row.delete()
        audit.record("remove_recipient", subject=key, data={"address": address})


def check_link_days(days: int) -> int:
    """How long a link may last; InvalidInput for less than a day or more than a year."""
    if not 1 <= days <= MOST_LINK_DAYS:
        raise InvalidInput(
            field="link_days",
            value=days,
            message=f"link_days: {days} is not between 1 and {MOST_LINK_DAYS}. Nothing was stored. "
            "Give the days after which a link ends.",
        )
    return days


def _checked(new: NewMailServer) -> dict[str, str | int]:
    check_choice(new.security, field="security", allowed=Security.values)
    check_text(new.user, field="user", longest=LONGEST_NAME)
    reply_to = check_address(new.reply_to, field="reply_to") if new.reply_to.strip() else ""
    try:
        host = read_target(f"https://{new.host.strip()}:{new.port}").host
    except NotAllowed as error:
        raise InvalidInput(
            field="host", value=new.host, message=f"host: {error.message} Nothing was stored."
        ) from error
    return {
        "host": host,
        "port": new.port,
        "security": new.security,
        "user": new.user,
        "sender_name": one_line(new.sender_name, longest=LONGEST_NAME),
        "sender": check_address(new.sender, field="sender"),
        "reply_to": reply_to,
    }


def _recipient_values(new: NewRecipient) -> dict[str, str | bool]:
    check_choice(new.place, field="place", allowed=Place.values)
    check_language(new.language)
    for kind in new.kinds:
        check_choice(kind, field="kinds", allowed=KINDS)
    if not new.kinds:
        raise InvalidInput(
            field="kinds",
            message="kinds: the address would get nothing. Nothing was stored. Choose a kind, or "
            "remove the address.",
        )
    gets: dict[str, str | bool] = {field: kind in new.kinds for kind, field in KINDS.items()}
    return gets | {
        "address": check_address(new.address, field="address"),
        "name": one_line(new.name, longest=LONGEST_NAME),
        "place": new.place,
        "language": new.language,
    }


def _recipient(id: int) -> Recipient:
    found = Recipient.objects.select_related("organization").filter(pk=id).first()
    if found is None:
        raise NotFound("unknown_recipient", "There is no such address. Nothing was changed.")
    row: Recipient = found
    return row


def _refuse_twice(organization: int, address: object, *, but: int = 0) -> None:
    same = Recipient.objects.filter(organization_id=organization, address__iexact=address)
    if same.exclude(pk=but).exists():
        raise _named_already(address)


def _named_already(address: object) -> InvalidInput:
    return InvalidInput(
        field="address",
        value=address,
        message=f"address: {address} is named already. Nothing was stored. Change that one.",
    )
