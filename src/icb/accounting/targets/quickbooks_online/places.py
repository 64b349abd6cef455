"""Where QuickBooks Online is, and what of it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icb.accounting.ports import TargetError, Trouble
from icb.accounting.targets.online.reach import Road

NAME = "QuickBooks Online"
MINOR_VERSION = "75"
LIVE, SANDBOX = "live", "sandbox"
_APIS = {LIVE: "quickbooks.api.intuit.com", SANDBOX: "sandbox-quickbooks.api.intuit.com"}
_PAGES = {LIVE: "app.qbo.intuit.com", SANDBOX: "app.sandbox.qbo.intuit.com"}
SIGN_IN_PAGE = "https://appcenter.intuit.com/connect/oauth2"
TOKENS = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
HOSTS = (*_APIS.values(), "oauth.platform.intuit.com")
_COMPANY = "/v3/company/{}"
_READ = ("/companyinfo/{}", "/query", "/cdc")
_WRITTEN = ("/invoice", "/creditmemo", "/customer")
REACH = tuple(
    Road(method, host, f"{_COMPANY}{path}")
    for host in _APIS.values()
    for method, paths in (("GET", _READ), ("POST", _WRITTEN))
    for path in paths
)


@dataclass(frozen=True, slots=True)
class Company:
    """One company: its id (Intuit calls it realm) and whether it is one of the sandbox."""

    id: str
    environment: str

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Company:
        """The company that the settings name."""
        environment = settings.get("environment", "") or LIVE
        if environment not in _APIS:
            raise TargetError(
                Trouble.REFUSED,
                f"environment: {environment!r} is not known. Nothing was asked. Write {LIVE}, or "
                f"{SANDBOX} for a company to try things with.",
            )
        id = settings.get("company_id", "").strip()
        if not id.isdecimal() or not id.isascii():
            raise TargetError(
                Trouble.SIGN_IN,
                "company_id: it is not known yet. Nothing was asked. Connect, which fills it in, "
                "or copy the digits that QuickBooks shows under Account and settings, Billing.",
            )
        return cls(id, environment)

    def url(self, path: str) -> str:
        """The API's address of something of the company."""
        return f"https://{_APIS[self.environment]}{_COMPANY.format(self.id)}{path}"

    def page(self, record: str, *, id: str) -> str:
        """Where a person opens a record."""
        return f"https://{_PAGES[self.environment]}/app/{record}?txnId={id}"
