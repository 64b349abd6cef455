"""Microsoft 365: tenants with licences in every state, one with none, one left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.conformance.case import Case, Strange
from tests.conformance.documents import Node, Patch

import icb.modules.microsoft_365
from icb.demo.vendors.microsoft_365 import CLIENT, PARTNER, FakeMicrosoft365
from icb.demo.vendors.server import Fake
from icb.modules.microsoft_365.adapter import ADAPTER

TENANTS = "msgraph/tenantrelationships-openapi-original.yml"
LICENCES = "msgraph/microsoft-graph-subscribedskus-subscribedsku-api-openapi.yml"
LEFT_OUT = "Own Sandbox"


def _plain_statuses(root: Node) -> bool:
    """Statuses are given as ranges; ours is the 200 of them."""
    changed = False
    for operations in root["paths"].values():
        for operation in operations.values():
            responses = operation.get("responses", {}) if isinstance(operation, dict) else {}
            if "2XX" in responses:
                responses["200"] = responses.pop("2XX")
                changed = True
    return changed


def _types_go_unnamed(root: Node) -> bool:
    """Every object has to name its type; the service does so only where it is not plain."""
    return _forget_type(root["components"]["schemas"]) > 0


def _forget_type(node: Any) -> int:
    if isinstance(node, list):
        return sum(_forget_type(inner) for inner in node)
    if not isinstance(node, dict):
        return 0
    changed = 0
    if node.get("required") == ["@odata.type"]:
        del node["required"]
        changed = 1
    return changed + sum(_forget_type(inner) for inner in node.values())


def _page_of_customers(root: Node) -> bool:
    """The document refers to the page of customers and leaves it out; other pages look like it."""
    name = "microsoft.graph.delegatedAdminCustomerCollectionResponse"
    responses = root["components"]["responses"]
    if name in responses:
        return False
    customer = {"$ref": "#/components/schemas/microsoft.graph.delegatedAdminCustomer"}
    page = {
        "type": "object",
        "properties": {
            "@odata.count": {"type": "integer"},
            "@odata.nextLink": {"type": "string"},
            "value": {"type": "array", "items": customer},
        },
    }
    responses[name] = {"content": {"application/json": {"schema": page}}}
    return True


def _pages_have_tokens(root: Node) -> bool:
    """Addresses of next pages carry a parameter that is not described."""
    changed = False
    for path in ("/tenantRelationships/delegatedAdminCustomers", "/subscribedSkus"):
        parameters = root["paths"].get(path, {}).get("get", {}).get("parameters", [])
        if parameters and "$skiptoken" not in [each.get("name") for each in parameters]:
            parameters.append({"name": "$skiptoken", "in": "query", "schema": {"type": "string"}})
            changed = True
    return changed


def _left_out_models(root: Node) -> bool:
    """Models that the document refers to and does not hold: any object fits them."""
    schemas = root["components"]["schemas"]
    missing = set(_referred(root)) - set(schemas)
    schemas.update({name: {"type": "object"} for name in missing})
    return bool(missing)


def _referred(node: Any) -> Iterator[str]:
    """The names of all schemas that are referred to."""
    if isinstance(node, list):
        for inner in node:
            yield from _referred(inner)
    if isinstance(node, dict):
        target = str(node.get("$ref", ""))
        if target.startswith("#/components/schemas/"):
            yield target.removeprefix("#/components/schemas/")
        for inner in node.values():
            yield from _referred(inner)


def _both(*changes: tuple[str, Callable[[Node], bool]]) -> Iterator[Patch]:
    """The same patches for both documents."""
    for file in (TENANTS, LICENCES):
        for name, apply in changes:
            yield Patch(name, file, apply)


class Microsoft365(Case):
    adapter = ADAPTER
    contract_file = Path(icb.modules.microsoft_365.__file__).with_name("contract.json")
    settings = {
        "tenant_id": PARTNER,
        "client_id": CLIENT,
        "client_secret": "graph-secret",
        "left_out_tenants": LEFT_OUT,
    }
    patches = (
        Patch("page of customers that is left out", TENANTS, _page_of_customers),
        Patch("models that are left out", TENANTS, _left_out_models),
        *_both(
            ("statuses in ranges", _plain_statuses),
            ("types that go unnamed", _types_go_unnamed),
            ("tokens of next pages", _pages_have_tokens),
        ),
    )
    lists = ("customers", "licences")
    tokens = ("token",)

    def fake(self) -> FakeMicrosoft365:
        fake = FakeMicrosoft365(["Acme Ltd", "Baker & Sons", "Quiet Place", LEFT_OUT], page_size=2)
        acme, baker, _, sandbox = fake.tenants
        fake.license(acme, part="SPB", assigned=9, enabled=10, warning=2)
        fake.license(acme, part="EXCHANGESTANDARD", enabled=5, suspended=3)
        fake.license(acme, part="FLOW_FREE", assigned=1, enabled=10000)
        fake.license(baker, part="SPB", assigned=4, enabled=4, lockedOut=1)
        sandbox.has_consent = False
        return fake

    def counted(self, fake: Fake) -> dict[tuple[str, str], int]:
        assert isinstance(fake, FakeMicrosoft365)
        found: Counter[tuple[str, str]] = Counter()
        for tenant in fake.tenants:
            for licence in tenant.licences:
                found[tenant.id, f"{licence.part}:purchased"] += licence.units.get("enabled", 0)
                found[tenant.id, f"{licence.part}:assigned"] += licence.assigned
        return dict(found)

    def excluded(self, fake: Fake) -> int:
        return 2 + 3 + 1 + 1  # units in grace, suspended, locked out; the tenant left out

    def add_strange(self, fake: Fake) -> Strange:
        assert isinstance(fake, FakeMicrosoft365)
        fake.tenants[0].licences[0].units["levitating"] = 6
        return Strange("levitating units", 6)


CASE = Microsoft365()
