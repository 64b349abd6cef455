"""Xero: what it is, how one signs in, and how a session opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from icb.accounting.ports import (
    Listing,
    OnlineTarget,
    SettingField,
    SignIn,
    TargetDescription,
    TargetError,
    Theirs,
    Tokens,
    Trouble,
)
from icb.accounting.targets.online.http import TargetHttp
from icb.accounting.targets.online.sign_in import (
    CLIENT_ID,
    CLIENT_SECRET,
    Authority,
    CodeSignIn,
)
from icb.accounting.targets.online.ways import Ways
from icb.accounting.targets.xero.places import HOSTS, NAME, REACH, SIGN_IN_PAGE, TOKENS
from icb.accounting.targets.xero.session import XeroSession
from icb.accounting.targets.xero.tenant_api import TenantApi

SCOPES = (
    "offline_access accounting.invoices accounting.payments.read accounting.contacts "
    "accounting.settings.read"
)
DESCRIPTION = TargetDescription(
    key="xero",
    name=NAME,
    about="Sales invoices and credit notes in an organisation of Xero, with its contacts, "
    "accounts and tax rates.",
    settings=(
        SettingField(
            name=CLIENT_ID,
            label="Client ID",
            help="Of your app at developer.xero.com, under Configuration.",
        ),
        SettingField(
            name=CLIENT_SECRET,
            label="Client secret",
            help="Blank for an app of the kind that has none.",
            is_secret=True,
            is_required=False,
        ),
        SettingField(
            name="tenant_id",
            label="Organisation",
            help="Leave it blank: connecting fills it in.",
            is_required=False,
        ),
        SettingField(
            name="scopes",
            label="Scopes",
            help="Apps made before March 2026 may need accounting.transactions in place of "
            "accounting.invoices and accounting.payments.read.",
            is_required=False,
            default=SCOPES,
        ),
    ),
    listings=frozenset(Listing),
    hosts=HOSTS,
    needs_sign_in=True,
    reads_payments=True,
    voids=True,
    needed=frozenset({Listing.CUSTOMERS, Listing.ACCOUNTS}),
    company_setting="tenant_id",
)


class XeroSignIn(CodeSignIn):
    """Xero's sign-in. The person may open several organisations; Xero lists them afterwards."""

    def scopes(self, settings: Mapping[str, str]) -> str:
        """What the app asks for; see the README for what each is needed for."""
        return " ".join(settings.get("scopes", "").split()) or SCOPES

    def companies(
        self, settings: Mapping[str, str], tokens: Tokens, *, answer: Mapping[str, str]
    ) -> Sequence[Theirs]:
        """See `icb.accounting.ports.SignIn`."""
        rows = _api("", settings=settings, tokens=tokens, ways=self._ways).connections()
        return [
            Theirs(row.text("tenantId"), row.text_or("tenantName") or row.text("tenantId"))
            for row in rows
            if row.text_or("tenantType") == "ORGANISATION"
        ]


class Xero(OnlineTarget):
    """The `OnlineTarget` of the port. Tests and the demo give it ways of their own."""

    description = DESCRIPTION

    def __init__(self, *, ways: Ways | None = None) -> None:
        self._ways = ways or Ways()
        authority = Authority(name=NAME, page=SIGN_IN_PAGE, token=TOKENS)
        self.sign_in: SignIn = XeroSignIn(authority, ways=self._ways)

    def open(self, settings: Mapping[str, str], tokens: Tokens) -> XeroSession:
        """See `icb.accounting.ports.OnlineTarget`."""
        tenant = settings.get("tenant_id", "").strip()
        if not tenant:
            raise TargetError(
                Trouble.SIGN_IN,
                "tenant_id: it is not known yet which organisation is meant. Nothing was asked. "
                "Connect, and choose one.",
            )
        return XeroSession(_api(tenant, settings=settings, tokens=tokens, ways=self._ways))


def _api(tenant: str, *, settings: Mapping[str, str], tokens: Tokens, ways: Ways) -> TenantApi:
    secrets = (tokens.access, tokens.refresh, settings.get(CLIENT_SECRET, ""))
    http = TargetHttp(NAME, reach=REACH, ways=ways, secrets=secrets)
    return TenantApi(tenant, http=http, token=tokens.access)


TARGET = Xero()
