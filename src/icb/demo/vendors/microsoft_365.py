"""Microsoft Graph as a partner sees it, but made up: customers, their licences, consent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from icb.demo.vendors.server import Answer, Fake, Request

GRAPH, LOGIN = "graph.microsoft.com", "login.microsoftonline.com"
PARTNER = "aaaaaaaa-0000-4000-8000-000000000001"
CLIENT = "bbbbbbbb-0000-4000-8000-000000000001"
CUSTOMERS = "/v1.0/tenantRelationships/delegatedAdminCustomers"
LICENCES = "/v1.0/subscribedSkus"


@dataclass(eq=False, kw_only=True)
class Licence:
    """A licence that a tenant holds, with its units by state."""

    part: str
    number: int
    assigned: int = 0
    units: dict[str, int] = field(default_factory=dict)

    @property
    def sku(self) -> str:
        """The id of the licence, the same in all tenants."""
        return f"cccccccc-0000-4000-8000-{self.number:012x}"


@dataclass(eq=False, kw_only=True)
class Tenant:
    """A customer's tenant. Without consent there is no token; without permission, no reading."""

    number: int
    name: str
    has_consent: bool = True
    has_permission: bool = True
    licences: list[Licence] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The tenant's id."""
        return f"dddddddd-0000-4000-8000-{self.number:012x}"


class FakeMicrosoft365(Fake):
    """The partner's customers. `page_size` caps a page."""

    hosts = (GRAPH, LOGIN)

    def __init__(self, clients: Iterable[str] = (), *, page_size: int = 100) -> None:
        super().__init__()
        self.secret = "graph-secret"
        self.page_size = page_size
        self.tenants: list[Tenant] = []
        self.parts: list[str] = []
        self.tokens: dict[str, str] = {}
        for name in clients:
            self.add_tenant(name)

    def add_tenant(self, name: str) -> Tenant:
        """Add a customer."""
        added = Tenant(number=len(self.tenants) + 1, name=name)
        self.tenants.append(added)
        return added

    def license(self, tenant: Tenant, *, part: str, assigned: int = 0, **units: int) -> Licence:
        """Let a tenant hold units of a licence, by their state: enabled, warning, suspended."""
        if part not in self.parts:
            self.parts.append(part)
        number = self.parts.index(part) + 1
        added = Licence(part=part, number=number, assigned=assigned, units=units)
        tenant.licences.append(added)
        return added

    def expire_tokens(self) -> None:
        """Let every token that was given end now."""
        self.tokens.clear()

    def answer(self, request: Request) -> Answer:
        """What Graph says, or the identity platform."""
        if request.path.endswith("/oauth2/v2.0/token") and request.method == "POST":
            return self._token(request, tenant=request.path.split("/")[1])
        owner = self.tokens.get(request.bearer())
        if owner is None:
            return _refusal(401, code="InvalidAuthenticationToken")
        if request.method != "GET":
            return _refusal(405, code="Request_BadRequest")
        if request.path == CUSTOMERS and owner == PARTNER:
            return self._page(request, rows=[self._customer(row) for row in self.tenants])
        tenant = next((row for row in self.tenants if row.id == owner), None)
        if request.path != LICENCES:
            return _refusal(404, code="Request_ResourceNotFound")
        if tenant is None or not tenant.has_permission:
            return _refusal(403, code="Authorization_RequestDenied")
        return self._page(request, rows=[self._licence(row) for row in tenant.licences])

    def _token(self, request: Request, *, tenant: str) -> Answer:
        form = request.form()
        known = {PARTNER, *(row.id for row in self.tenants if row.has_consent)}
        wanted = {
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "client_secret": self.secret,
            "scope": f"https://{GRAPH}/.default",
        }
        if form != wanted:
            return Answer(status=401, body={"error": "invalid_client"})
        if tenant not in known:
            return Answer(status=400, body={"error": "unauthorized_client"})
        token = f"graph-{len(self.exchanges)}"
        self.tokens[token] = tenant
        return Answer(body={"access_token": token, "token_type": "Bearer", "expires_in": 3599})

    def _page(self, request: Request, *, rows: Sequence[dict[str, object]]) -> Answer:
        first = int(request.query.get("$skiptoken", "0"))
        last = first + self.page_size
        body: dict[str, object] = {
            "@odata.context": f"https://{GRAPH}/v1.0/$metadata",
            "value": rows[first:last],
        }
        if last < len(rows):
            query = urlencode({"$skiptoken": str(last)})
            body["@odata.nextLink"] = f"https://{GRAPH}{request.path}?{query}"
        return Answer(body=body)

    def _customer(self, tenant: Tenant) -> dict[str, object]:
        return {"id": tenant.id, "tenantId": tenant.id, "displayName": tenant.name}

    def _licence(self, licence: Licence) -> dict[str, object]:
        states = {"enabled": 0, "suspended": 0, "warning": 0, "lockedOut": 0}
        return {
            "id": f"{PARTNER}_{licence.sku}",
            "skuId": licence.sku,
            "skuPartNumber": licence.part,
            "appliesTo": "User",
            "capabilityStatus": "Enabled" if licence.units.get("enabled") else "Suspended",
            "consumedUnits": licence.assigned,
            "prepaidUnits": {**states, **licence.units},
            "subscriptionIds": [],
            "servicePlans": [],
        }


def _refusal(status: int, *, code: str) -> Answer:
    return Answer(status=status, body={"error": {"code": code, "message": code}})
