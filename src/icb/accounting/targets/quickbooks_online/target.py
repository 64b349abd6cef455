"""QuickBooks Online: what it is, how one signs in, and how a session opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from icb.accounting.ports import (
    Listing,
    OnlineTarget,
    SettingField,
    SignIn,
    TargetDescription,
    Theirs,
    Tokens,
)
from icb.accounting.targets.online.http import TargetHttp
from icb.accounting.targets.online.sign_in import (
    CLIENT_ID,
    CLIENT_SECRET,
    Authority,
    CodeSignIn,
)
from icb.accounting.targets.online.ways import Ways
from icb.accounting.targets.quickbooks_online.company_api import CompanyApi
from icb.accounting.targets.quickbooks_online.places import (
    HOSTS,
    LIVE,
    NAME,
    REACH,
    SANDBOX,
    SIGN_IN_PAGE,
    TOKENS,
    Company,
)
from icb.accounting.targets.quickbooks_online.session import QuickBooksSession

SCOPE = "com.intuit.quickbooks.accounting"
DESCRIPTION = TargetDescription(
    key="quickbooks_online",
    name=NAME,
    about="Invoices and credit memos in a company of QuickBooks Online, with its customers, "
    "items and tax codes.",
    settings=(
        SettingField(
            name=CLIENT_ID,
            label="Client ID",
            help="Of your application at developer.intuit.com, under Keys and credentials.",
        ),
        SettingField(name=CLIENT_SECRET, label="Client secret", is_secret=True),
        SettingField(
            name="company_id",
            label="Company ID",
            help="Leave it blank: connecting fills it in.",
            is_required=False,
        ),
        SettingField(
            name="environment",
            label="Environment",
            help=f"{LIVE}, or {SANDBOX} for a company of Intuit's to try things with.",
            is_required=False,
            default=LIVE,
        ),
    ),
    listings=frozenset({Listing.CUSTOMERS, Listing.ITEMS, Listing.TAX_CODES}),
    hosts=HOSTS,
    needs_sign_in=True,
    reads_payments=True,
    voids=True,
    needed=frozenset({Listing.CUSTOMERS, Listing.ITEMS}),
    company_setting="company_id",
)


class QuickBooksSignIn(CodeSignIn):
    """Intuit's sign-in. The person chooses one company, whose id comes back with the code."""

    def scopes(self, settings: Mapping[str, str]) -> str:
        """The one scope that there is for accounting."""
        return SCOPE

    def companies(
        self, settings: Mapping[str, str], tokens: Tokens, *, answer: Mapping[str, str]
    ) -> Sequence[Theirs]:
        """See `icb.accounting.ports.SignIn`."""
        id = answer.get("realmId", "")
        if not id:
            return []
        opened = _session({**settings, "company_id": id}, tokens, ways=self._ways)
        return [Theirs(id, opened.test())]


class QuickBooksOnline(OnlineTarget):
    """The `OnlineTarget` of the port. Tests and the demo give it ways of their own."""

    description = DESCRIPTION

    def __init__(self, *, ways: Ways | None = None) -> None:
        self._ways = ways or Ways()
        authority = Authority(name=NAME, page=SIGN_IN_PAGE, token=TOKENS)
        self.sign_in: SignIn = QuickBooksSignIn(authority, ways=self._ways)

    def open(self, settings: Mapping[str, str], tokens: Tokens) -> QuickBooksSession:
        """See `icb.accounting.ports.OnlineTarget`."""
        return _session(settings, tokens, ways=self._ways)


def _session(settings: Mapping[str, str], tokens: Tokens, *, ways: Ways) -> QuickBooksSession:
    secrets = (tokens.access, tokens.refresh, settings.get(CLIENT_SECRET, ""))
    http = TargetHttp(NAME, reach=REACH, ways=ways, secrets=secrets)
    return QuickBooksSession(CompanyApi(Company.of(settings), http=http, token=tokens.access))


TARGET = QuickBooksOnline()
