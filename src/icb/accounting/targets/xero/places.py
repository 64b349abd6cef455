"""Where Xero is, and what of it is asked."""

from __future__ import annotations

from icb.accounting.targets.online.reach import Road

NAME = "Xero"
HOST = "api.xero.com"
BASE = "/api.xro/2.0"
CONNECTIONS = "/connections"
SIGN_IN_PAGE = "https://login.xero.com/identity/connect/authorize"
TOKENS = "https://identity.xero.com/connect/token"
HOSTS = (HOST, "identity.xero.com")
_READ = ("Organisation", "Accounts", "Items", "TaxRates", "Contacts", "Payments")
_DOCUMENTS = ("Invoices", "CreditNotes")
REACH = (
    Road("GET", HOST, CONNECTIONS),
    *(Road("GET", HOST, f"{BASE}/{name}") for name in (*_READ, *_DOCUMENTS)),
    *(Road("PUT", HOST, f"{BASE}/{name}") for name in ("Contacts", *_DOCUMENTS)),
    *(
        Road(method, HOST, f"{BASE}/{name}/{{}}")
        for method in ("GET", "POST")
        for name in _DOCUMENTS
    ),
)
