"""What a module's adapter is: the whole port, for those who write one.

An adapter turns one vendor's API into one day's counts, in the vendor's own ids. It knows no
database, organization or price. It asks through the `Http` that it is given, which reaches only
what the adapter's description declares, and it says what went wrong by raising a `SyncProblem`.
How to write one, step by step: `docs/writing-a-module.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

ENTRY_POINTS = "icb_modules"
"""The entry point group in which adapters are found: name = adapter key, value = the adapter."""


class Capability(StrEnum):
    """What an adapter can do beyond counting the present."""

    HISTORY = "history"  # gives the counts of a day that has passed as they were on that day
    EVIDENCE = "evidence"  # lists the items behind a count
    MAPPING_HINTS = "mapping_hints"  # knows the id of the organization in the provider's own books


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One thing that a person enters to connect the module.

    `pattern` (a whole match) and `choices` say what is allowed. A secret is stored sealed, is never
    shown again, and reaches the adapter like any other setting.
    """

    name: str
    label: str
    help: str = ""
    is_secret: bool = False
    is_required: bool = True
    default: str = ""
    choices: Sequence[str] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One kind of request that the adapter makes: method, host and path.

    Host and path may hold `{setting}` for a setting's text and, in a path, `{*}` for one segment of
    any text. Nothing else is let through, neither by the adapter nor by a redirect or a
    next-page address of the vendor.
    """

    method: str
    host: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Who the adapter is. `module` is the key of the module in the catalogue.

    `billing_types`: the types that every complete snapshot speaks of; an adapter whose types
    depend on the account leaves it empty and names them in the manifest. `per_minute`: how many
    requests the vendor allows; 0 where unknown. `is_for_any`: it counts whatever it is pointed at,
    so that the person who connects it may say which module that is.
    """

    key: str
    module: str
    name: str
    version: str
    settings: Sequence[SettingField]
    reach: Sequence[Reach]
    capabilities: frozenset[Capability] = frozenset()
    billing_types: Sequence[str] = ()
    per_minute: int = 0
    is_proven: bool = False  # against a live account
    is_for_any: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The vendor's own record of a client, as it stood in the answer.

    `hint` is the id of the organization in the provider's own books, where the vendor knows it.
    """

    id: str
    name: str
    parent: str = ""
    domain: str = ""
    created_on: date | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCount:
    """How many of a billing type at a module organization; a measured zero is a count too."""

    organization: str
    billing_type: str
    count: int | Decimal | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an answer covers, so that a missing key can be told from a zero.

    `is_complete`: every organization and every type in `billing_types` was asked about, to the last
    page. `pages` and `items`: how much the vendor sent. `excluded`: how many items were left out,
    by reason. `unknown`: the vendor's own words for kinds of items that no billing type covers,
    with how many of each. `names`: what the vendor calls a billing type, by key, where the types
    depend on the account and no catalogue can know them.
    """

    is_complete: bool
    billing_types: Sequence[str]
    pages: int = 0
    items: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySnapshot:
    """One module's counts of one day. `as_of`: the instant the vendor says it describes.

    `stamp` is the vendor's own revision of the day, where it has one.
    """

    day: date
    counts: Sequence[UsageCount]
    organizations: Sequence[Seen]
    manifest: Manifest
    as_of: datetime | None = None
    stamp: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing behind a count: a device, a person, a licence. `counted` with the reason if not."""

    id: str
    name: str
    kind: str
    is_counted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTest:
    """What a test of the connection found: words for a person, and how much is visible."""

    message: str
    organizations: int


class Response(Protocol):
    """An answer that was read to its end, within the limits of size and time."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name."""
        ...

    def json(self) -> object:
        """The body: numbers with a fraction are Decimal. UnexpectedAnswer where it is no JSON."""
        ...

    def text(self) -> str:
        """The body as text; UnexpectedAnswer where its bytes are none."""
        ...


class Http(Protocol):
    """Asks a vendor. Only declared hosts and paths, within a limit of time, size and requests.

    An answer of 200-299 is returned. Anything else becomes a SyncProblem of the fitting kind after
    the tries that make sense (429 and 503 by Retry-After, broken connections, 500-504), unless its
    status is in `allow`. Redirects are never followed.
    """

    def request(
        self,
        method: str,
        *,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        allow: Sequence[int] = (),
    ) -> Response: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request carries: JSON, or the fields of a form."""

    json: object = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What an adapter works with: settings (secrets among them), HTTP, and the instant of now.

    `progress` takes a few words for the person who watches.
    """

    settings: Mapping[str, str] = field(repr=False)
    http: Http
    now: datetime
    today: date  # of the provider
    progress: Callable[[str], None] = lambda words: None


class Adapter(Protocol):
    """The port. All four read only; each may be called at any time, in any thread."""

    @property
    def description(self) -> Description: ...

    def test(self, session: Session) -> ConnectionTest:
        """Make the least request that proves that credentials and rights suffice."""
        ...

    def organizations(self, session: Session) -> Iterable[Seen]:
        """Every client that the vendor knows of for this account."""
        ...

    def snapshot(self, session: Session, *, day: date) -> DaySnapshot:
        """The counts of a day: whole, or a SyncProblem. Never fewer because something failed.

        Without Capability.HISTORY `day` is the day that the present state is counted for.
        """
        ...

    def items(self, session: Session, *, organization: str, billing_type: str) -> Iterable[Item]:
        """The items behind a count of now; called only with Capability.EVIDENCE."""
        ...


class SyncProblem(Exception):
    """Why there is no snapshot. `code` is the state word, the text says what to do.

    `is_passing`: trying again later may help. `retry_after`: seconds that the vendor asked for.
    """

    code = "failed"
    is_passing = False

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


class WrongSettings(SyncProblem):
    """A setting is missing or cannot be right."""

    code = "wrong_settings"


class CredentialsRefused(SyncProblem):
    """The vendor does not accept the credentials (401)."""

    code = "credentials_refused"


class AccessRefused(SyncProblem):
    """The credentials are good but may not read this (403)."""

    code = "access_refused"


class Throttled(SyncProblem):
    """The vendor asks to come back later (429, or a 403 that means it)."""

    code = "throttled"
    is_passing = True


class VendorUnavailable(SyncProblem):
    """No answer, a broken one, or a failure of the vendor's own (5xx)."""

    code = "vendor_unavailable"
    is_passing = True


class UnexpectedAnswer(SyncProblem):
    """An answer that is not what the vendor documents: nothing can be counted on it."""

    code = "unexpected_answer"
    is_passing = True


class ReachRefused(SyncProblem):
    """A request outside of what the adapter declares, or to an address that is not allowed."""

    code = "reach_refused"


class IncompleteAnswer(SyncProblem):
    """The vendor's totals say that something is missing, or its list moved while it was read."""

    code = "incomplete_answer"
    is_passing = True
