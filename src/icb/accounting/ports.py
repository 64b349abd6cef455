"""What an accounting target is: somewhere a document's entry is sent to, once, to the cent.

A target knows no database and no app but this file. It is given everything it needs, and says what
the other side answered; what that means for the outbox is decided here, above it. All amounts are
exact `Decimal`s in major units; a credit note's amounts are negative as in its data, and a target
turns the sign where its own records want that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol

INVOICE = "invoice"
CREDIT_NOTE = "credit_note"


class Listing(StrEnum):
    """What a target has that ours is mapped to."""

    CUSTOMERS = "customers"
    ACCOUNTS = "accounts"
    ITEMS = "items"
    TAX_CODES = "tax_codes"


@dataclass(frozen=True, slots=True)
class Theirs:
    """A record of the target: its id there and what people call it."""

    id: str
    name: str
    code: str = ""  # such as an account's number; blank where it has none
    percent: Decimal | None = None  # of a tax code


@dataclass(frozen=True, slots=True)
class Customer:
    """Who a document goes to. `id` is the target's; blank where nobody mapped it yet."""

    key: str
    name: str
    id: str = ""
    email: str = ""
    address: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    tax_number: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document. `tax` is its share of the document's tax (largest remainder).

    `account`, `item` and `tax_code` are the target's own ids or codes, mapped beforehand.
    `quantity` times `unit_price` is `net`, exactly; where units and price do not give the amount
    (days counted, a credit), the quantity is 1 or -1.
    """

    position: int
    description: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    tax: Decimal
    account: str
    tax_code: str
    item: str = ""
    service: str = ""
    module: str = ""


class TaxPart(NamedTuple):
    """One part of a tax of several: its percentage, what it was worked out on, and the tax."""

    percent: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax of one code and percentage of a document: a code may have come to two percentages,
    of two days of supply or of two regions, and then there are two of these.

    `percent` is that of all parts together; `parts` are told where there are several. With a
    compound one they are not in the proportion of their percentages.
    """

    name: str
    tax_code: str
    percent: Decimal
    net: Decimal
    tax: Decimal
    account: str = ""  # that it is booked on, where the target wants it named
    parts: tuple[TaxPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as a target takes it. `key` stands for this transfer and never for another:
    it is the idempotency key of every write."""

    key: str
    kind: str
    number: str
    issued_on: date
    due_on: date
    currency: str
    decimals: int
    customer: Customer
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    credited: str = ""  # number of the credited invoice
    credited_id: str = ""  # and its id at the target
    reference: str = ""  # the client's purchase order or buyer reference
    receivable: str = ""  # account of what clients owe, where the target wants it named


@dataclass(frozen=True, slots=True)
class Sent:
    """A document as it stands at the target, signs as in `Entry`."""

    id: str
    number: str
    net: Decimal | None
    tax: Decimal | None
    total: Decimal
    address: str = ""  # where a person opens it
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that the target says a document got, in the document's currency.

    `id` stands for this payment of this document; an amount of 0 says that it is gone there. With
    a blank `document_id` it stands for a payment of several documents as a whole, whose parts bear
    an `id` that begins with `<id>:`: of them only those that are told beside it still stand.
    """

    id: str
    document_id: str
    paid_on: date
    amount: Decimal
    reference: str = ""


class Trouble(StrEnum):
    """What came of a call that did not succeed, and so what may be done."""

    UNKNOWN = "unknown"  # the answer was lost: it may stand there; look it up before any retry
    LATER = "later"  # it surely does not stand there; try again (limit, outage)
    REFUSED = "refused"  # it surely does not stand there; a person must change something
    SIGN_IN = "sign_in"  # the connection itself is refused; connect again


class TargetError(Exception):
    """A call that did not succeed, in words for a person, with no secret in them."""

    def __init__(self, trouble: Trouble, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.message = message
        self.retry_after = retry_after  # seconds


@dataclass(frozen=True, slots=True)
class Tokens:
    """OAuth tokens: what a refresh gave. Whoever gets them stores them before anything else."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime


class TargetSession(Protocol):
    """A connection to one company of a target. Every method may raise TargetError."""

    def test(self) -> str:
        """The company's name there: the connection works."""
        ...

    def listing(self, what: Listing) -> Sequence[Theirs]:
        """All records of a kind, whole; those not in use any more left out."""
        ...

    def create_customer(self, customer: Customer, *, key: str) -> Theirs:
        """Make the customer there, or find the one that an earlier try with `key` made."""
        ...

    def find(self, entry: Entry) -> Sent | None:
        """The document as it stands there, by its number; None where it surely does not."""
        ...

    def send(self, entry: Entry) -> Sent:
        """Write the document there; with the same `entry.key` again it stands there once."""
        ...

    def void(self, sent_id: str, *, key: str) -> Sent:
        """Void the document there."""
        ...

    def payments(self, *, since: date) -> Sequence[Paid]:
        """Payments changed since a day."""
        ...


@dataclass(frozen=True, slots=True)
class SettingField:
    """One thing that a person gives to connect a target."""

    name: str
    label: str
    help: str = ""
    is_secret: bool = False
    is_required: bool = True
    default: str = ""


@dataclass(frozen=True, slots=True)
class TargetDescription:
    """What a target is and can do. Files have no session: `write` is what they can.

    `listings` are what can be mapped (an online target can list it). `needed` are those of which
    everything on a document must be mapped before it goes: what lacks one is refused in words
    before the target is asked. Of other listings an unmapped line, tax or customer has a blank id
    online; in files our own account code (with `names_accounts` its name), tax key, service key
    and the customer's name stand instead.
    """

    key: str
    name: str
    about: str
    settings: tuple[SettingField, ...]
    listings: frozenset[Listing]
    hosts: tuple[str, ...] = ()  # that it reaches; blank for files
    needs_sign_in: bool = False  # OAuth with a person at the browser
    reads_payments: bool = False
    voids: bool = False
    needed: frozenset[Listing] = frozenset()
    names_accounts: bool = False
    # The setting that says which company; a person leaves it blank, and signing in fills it.
    company_setting: str = ""


class SignIn(Protocol):
    """The OAuth part of a target (authorization code with state and PKCE)."""

    def address(self, settings: Mapping[str, str], *, redirect: str, state: str, proof: str) -> str:
        """Where the person's browser goes; `proof` is the PKCE challenge (S256)."""
        ...

    def exchange(
        self, settings: Mapping[str, str], *, redirect: str, code: str, verifier: str
    ) -> Tokens:
        """The first tokens for a code."""
        ...

    def refresh(self, settings: Mapping[str, str], tokens: Tokens) -> Tokens:
        """New tokens; the old refresh token may be worth nothing from then on."""
        ...

    def companies(
        self, settings: Mapping[str, str], tokens: Tokens, *, answer: Mapping[str, str]
    ) -> Sequence[Theirs]:
        """The companies that the person opened to us, asked right after `exchange`.

        `answer` holds the parameters with which the browser came back. Where it is one, its id
        goes into the setting `description.company_setting`; of several, a person chooses one.
        """
        ...


class OnlineTarget(Protocol):
    """An accounting application that is reached over HTTP.

    Listed by key in `ICB_TARGETS` of config/settings.py. `sign_in` is asked only where
    `description.needs_sign_in`; others get `Tokens` that are blank.
    """

    description: TargetDescription
    sign_in: SignIn

    def open(self, settings: Mapping[str, str], tokens: Tokens) -> TargetSession:
        """A session for a company, with tokens that are good for some minutes yet."""
        ...


class FileTarget(Protocol):
    """A format that a person carries over: a file of many documents' entries."""

    description: TargetDescription
    extension: str
    content_type: str

    def write(self, entries: Sequence[Entry]) -> bytes:
        """The file of these entries; the same bytes for the same entries. Raises TargetError with
        REFUSED that names the document and field which the format cannot hold."""
        ...
