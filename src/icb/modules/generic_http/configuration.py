"""What a person configures: the address, who asks, how lists go on, and where in an answer is what.

A path names fields by their names, joined by dots, and places in a list by their number:
`data.0.organization.id`. A name that holds dots itself is found too where it stands whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from icb.hub.ports import SettingField, WrongSettings

NONE, BEARER, BASIC, HEADER = "none", "bearer", "basic", "header"
PAGE, OFFSET, NEXT_LINK, CURSOR = "page", "offset", "next_link", "cursor"
REFUSE, ADD = "refuse", "add"
_DEFAULT_PARAMETERS = {PAGE: "page", OFFSET: "offset", CURSOR: "cursor"}

SETTINGS = (
    SettingField(
        name="url",
        label="Address",
        help="Of the list, such as https://rmm.example.com/api/v1/devices?state=active",
        pattern=r"https?://[^\s/?#@]+([/?][^\s#]*)?",
    ),
    SettingField(
        name="authentication",
        label="Authentication",
        help="bearer: the secret is a token. basic: user name and secret. header: the secret in a "
        "header of its own.",
        choices=(NONE, BEARER, BASIC, HEADER),
        default=NONE,
    ),
    SettingField(
        name="user_name",
        label="User name",
        help="For basic.",
        is_required=False,
        pattern=r"[^:]*",
    ),
    SettingField(
        name="secret",
        label="Token, password or key",
        is_secret=True,
        is_required=False,
    ),
    SettingField(
        name="header",
        label="Header of the secret",
        help="For header.",
        is_required=False,
        default="X-API-Key",
        pattern=r"[A-Za-z0-9-]+",
    ),
    SettingField(
        name="paging",
        label="How the list goes on",
        help="page: a page number in the address. offset: the number of items read so far. "
        "next_link: the answer holds the address of the next page. cursor: the answer holds a "
        "word that is sent with the next request.",
        choices=(NONE, PAGE, OFFSET, NEXT_LINK, CURSOR),
        default=NONE,
    ),
    SettingField(
        name="page_parameter",
        label="Parameter of page, offset or cursor",
        help="Empty: page, offset or cursor.",
        is_required=False,
    ),
    SettingField(
        name="first_page",
        label="Number of the first page",
        default="1",
        is_required=False,
        pattern="[01]",
    ),
    SettingField(
        name="next_path",
        label="Path to the next address or cursor",
        is_required=False,
    ),
    SettingField(
        name="list_path",
        label="Path to the list",
        help="Empty: the answer itself is the list.",
        is_required=False,
    ),
    SettingField(
        name="total_path",
        label="Path to the number of all items",
        help="Where the answer holds it. A list that ends before it is refused.",
        is_required=False,
    ),
    SettingField(
        name="item_path",
        label="Path to an item's id",
        help="Within an item. An id that comes twice shows that the list moved while it was read.",
        is_required=False,
    ),
    SettingField(
        name="organization_path",
        label="Path to the organization's id",
        help="Within an item, as all paths below.",
    ),
    SettingField(
        name="name_path",
        label="Path to the organization's name",
        help="Empty: the id is the name.",
        is_required=False,
    ),
    SettingField(
        name="type_path",
        label="Path to the billing type",
        help="Empty: all items are of the one billing type below.",
        is_required=False,
    ),
    SettingField(
        name="billing_types",
        label="Billing types",
        help="Separated by commas. With a path: those that are counted; empty counts all.",
        is_required=False,
    ),
    SettingField(
        name="count_path",
        label="Path to the count",
        help="Empty: each item counts as one.",
        is_required=False,
    ),
    SettingField(
        name="repeated",
        label="Counts that come twice",
        help="Two counts of one billing type at one organization are refused, or added.",
        choices=(REFUSE, ADD),
        default=REFUSE,
        is_required=False,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The settings of a connection, checked against each other."""

    url: str
    authentication: str
    user_name: str
    secret: str = field(repr=False)
    header: str
    paging: str
    page_parameter: str
    first_page: int
    next_path: str
    list_path: str
    total_path: str
    item_path: str
    organization_path: str
    name_path: str
    type_path: str
    billing_types: tuple[str, ...]
    count_path: str
    repeated: str


def read_configuration(settings: Mapping[str, str]) -> Configuration:
    """The configuration in a connection's settings; WrongSettings names the field that lacks."""
    given = {one.name: settings.get(one.name, "") or one.default for one in SETTINGS}
    for one in SETTINGS:
        if one.choices and given[one.name] not in one.choices:
            raise _wrong(one.name, f"it is none of {', '.join(one.choices)}")
    types = [part.strip() for part in given.pop("billing_types").split(",")]
    first_page = 0 if given.pop("first_page").strip() == "0" else 1
    texts = {name: text if name == "secret" else text.strip() for name, text in given.items()}
    texts["page_parameter"] = texts["page_parameter"] or _DEFAULT_PARAMETERS.get(
        texts["paging"], ""
    )
    found = Configuration(
        first_page=first_page, billing_types=tuple(name for name in types if name), **texts
    )
    _check(found)
    return found


def _check(configuration: Configuration) -> None:
    if not configuration.organization_path:
        raise _wrong("organization_path", "it is missing")
    if configuration.authentication != NONE and not configuration.secret:
        raise _wrong("secret", f"it is missing, and {configuration.authentication} needs it")
    if configuration.authentication == BASIC and not configuration.user_name:
        raise _wrong("user_name", "it is missing, and basic needs it")
    if configuration.paging in (NEXT_LINK, CURSOR) and not configuration.next_path:
        raise _wrong("next_path", f"it is missing, and {configuration.paging} needs it")
    if not configuration.type_path and len(configuration.billing_types) != 1:
        raise _wrong("billing_types", "without type_path it names exactly one billing type")


def _wrong(name: str, reason: str) -> WrongSettings:
    return WrongSettings(f"{name}: {reason}. Nothing was asked. Correct it in the connection.")
