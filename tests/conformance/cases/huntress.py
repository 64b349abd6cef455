"""Huntress: three organizations, one with nothing, one with guests and an unknown product."""

from __future__ import annotations

from pathlib import Path

from tests.conformance.case import Case, Strange
from tests.conformance.documents import Node, Patch

import icb.modules.huntress
from icb.demo.vendors.huntress import FakeHuntress
from icb.demo.vendors.server import Fake
from icb.modules.huntress.adapter import ADAPTER

FILE = "huntress/huntress-rest-openapi.json"


def _plain_types(root: Node) -> bool:
    """Types are written in small letters, and the name of a model is no type."""
    return _write_plain(root["definitions"]) > 0


def _write_plain(node: object) -> int:
    if isinstance(node, list):
        return sum(_write_plain(inner) for inner in node)
    if not isinstance(node, dict):
        return 0
    changed = 0
    if isinstance(node.get("type"), str) and node["type"][:1].isupper():
        node["type"] = "object"
        changed = 1
    return changed + sum(_write_plain(inner) for inner in node.values())


def _nothing_required(root: Node) -> bool:
    """An organization requires fields that it does not have any more."""
    changed = False
    for name in ("Organization", "OrganizationWithActualProductUsages"):
        model = root["definitions"][name]
        strange = [each for each in model.get("required", []) if each not in model["properties"]]
        if strange:
            model["required"] = [each for each in model["required"] if each not in strange]
            changed = True
    return changed


def _usages_are_an_object(root: Node) -> bool:
    """The actual usages are called a string; their own example is an object."""
    model = root["definitions"]["OrganizationWithActualProductUsages"]["properties"]
    usages = model["actual_usages"]
    applies = usages.get("type") == "string" and isinstance(usages.get("example"), dict)
    usages["type"] = "object"
    return applies


class Huntress(Case):
    adapter = ADAPTER
    contract_file = Path(icb.modules.huntress.__file__).with_name("contract.json")
    settings = {"api_key": "hk_1234", "api_secret": "hs_5678", "per_product": "yes"}
    patches = (
        Patch("types with capital letters", FILE, _plain_types),
        Patch("required fields that are not there", FILE, _nothing_required),
        Patch("actual usages are an object", FILE, _usages_are_an_object),
    )
    lists = ("organizations", "agents", "identities")
    without_items = (
        "sat_learners",
        "siem_sources",
        "edr_billable_agents",
        "itdr_billable_identities",
        "ispm_billable_identities",
    )

    def fake(self) -> FakeHuntress:
        fake = FakeHuntress(page_size=2)
        fake.add_organization("Acme Ltd", agents=5, identities=3, learners=7)
        fake.add_organization("Baker & Sons", agents=1, identities=4)
        fake.add_organization("Quiet Place")
        acme, baker, quiet = fake.organizations
        acme.unresponsive, acme.sources, baker.sources = 2, 1, 9
        baker.guests = ["guest@elsewhere.example"]
        baker.products = ["edr", "ispm"]
        quiet.products = []
        return fake

    def counted(self, fake: Fake) -> dict[tuple[str, str], int]:
        assert isinstance(fake, FakeHuntress)
        found = {}
        for each in fake.organizations:
            identities = len(each.billable)
            figures = {
                "agents": len(each.agents),
                "billable_identities": identities,
                "sat_learners": each.learners,
                "siem_sources": each.sources,
                "edr_billable_agents": len(each.agents) - each.unresponsive,
                "itdr_billable_identities": identities if "itdr" in each.products else 0,
                "ispm_billable_identities": identities if "ispm" in each.products else 0,
            }
            found.update({(str(each.id), name): count for name, count in figures.items()})
        return found

    def add_strange(self, fake: Fake) -> Strange:
        assert isinstance(fake, FakeHuntress)
        fake.organizations[0].products.append("mdr_for_fridges")
        return Strange("mdr_for_fridges", 1)


CASE = Huntress()
