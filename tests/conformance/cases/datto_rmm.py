"""Datto RMM: three sites with devices of every kind, one empty, one on demand, one of graves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.conformance.case import Case, Strange
from tests.conformance.documents import Node, Patch

import icb.modules.datto_rmm
from icb.demo.vendors.datto_rmm import DELETED_SITE, NOT_BILLABLE, FakeDattoRmm
from icb.demo.vendors.server import Fake
from icb.modules.datto_rmm.adapter import ADAPTER

FILE = "datto-rmm/datto-rmm-v2-openapi3.1.json"
NETWORK = ("Router", "Switch", "UPS", "Firewall", "IP Phone", "NAS", "Network Appliance", "SAN")
PLAIN = ("Desktop", "Laptop", "Server", "Printer", "Unknown", "ESXi Host")
DATTO = ("Datto Access Point", "Datto Managed Power", "Datto Switch", "Datto Continuity")


def _without_blanks(root: Node) -> bool:
    """Names of schemas may not hold blanks."""
    schemas = root["components"]["schemas"]
    blank = [name for name in schemas if " " in name]
    for name in blank:
        schemas[name.replace(" ", "")] = schemas.pop(name)
    return bool(blank) and _rename_references(root, set(blank)) > 0


def _rename_references(node: object, blank: set[str]) -> int:
    if isinstance(node, list):
        return sum(_rename_references(inner, blank) for inner in node)
    if not isinstance(node, dict):
        return 0
    changed = 0
    name = str(node.get("$ref", "")).removeprefix("#/components/schemas/")
    if name in blank:
        node["$ref"] = f"#/components/schemas/{name.replace(' ', '')}"
        changed = 1
    return changed + sum(_rename_references(inner, blank) for inner in node.values())


def _instants_in_milliseconds(root: Node) -> bool:
    """The vendor's help says that instants are milliseconds since 1970; its document, ISO texts."""
    return all(
        _also_milliseconds(root["components"]["schemas"][name]["properties"])
        for name in ("Device", "Filter")
    )


def _also_milliseconds(properties: Node) -> bool:
    dated = [name for name, inner in properties.items() if inner.get("format") == "date-time"]
    for name in dated:
        properties[name] = {"type": ["string", "integer"], "format": "date-time"}
    return bool(dated)


class DattoRmm(Case):
    adapter = ADAPTER
    contract_file = Path(icb.modules.datto_rmm.__file__).with_name("contract.json")
    settings = {"platform": "merlot", "api_key": "API-KEY", "api_secret": "API-SECRET"}
    patches = (
        Patch("names of schemas with blanks", FILE, _without_blanks),
        Patch("instants may be milliseconds", FILE, _instants_in_milliseconds),
    )
    lists = ("sites", "devices", "devices of a site", "saved filters")
    tokens = ("token",)

    def fake(self) -> FakeDattoRmm:
        fake = FakeDattoRmm(["Acme Ltd", "Baker & Sons"], page_size=3, in_epoch=True)
        fake.sites[0].autotask_id = "29683500"
        fake.add_site("Quiet Place")
        fake.add_site("OnDemand", is_on_demand=True)
        fake.add_site(DELETED_SITE)
        acme, baker, _, visiting, _ = fake.sites
        for number, category in enumerate((*PLAIN, *DATTO, "Smartphone", "Tablet")):
            fake.add_devices(acme, category=category, count=1 + number % 3)
        for type in (*NETWORK, "Load Balancer"):
            fake.add_devices(baker, category="Network Device", type=type, count=2)
        fake.add_devices(baker, category=None)
        fake.add_devices(visiting, category="Laptop", count=2)
        fake.delete(fake.add_devices(baker, category="Server")[0])
        spared = [fake.add_devices(acme, category="Laptop")[0], fake.devices[0]]
        fake.add_filter("Old laptops")
        fake.add_filter("Servers")
        fake.add_filter("Printers")
        fake.add_filter(NOT_BILLABLE, devices=spared)
        return fake

    def counted(self, fake: Fake) -> dict[tuple[str, str], int]:
        assert isinstance(fake, FakeDattoRmm)
        found: Counter[tuple[str, str]] = Counter()
        for device in fake.devices:
            if self._is_left_out(fake, device=device.id):
                continue
            names = ["AllDevicesMetric"]
            if device.category in ("Desktop", "Laptop"):
                names.append("Desktop & Laptop")
            if device.category == "Network Device":
                known = device.type in NETWORK
                names.append(f"Network Device ({device.type if known else 'other'})")
            else:
                names.append(device.category or "Unknown")
            found.update((device.site.uid, name) for name in names)
        return dict(found)

    def excluded(self, fake: Fake) -> int:
        assert isinstance(fake, FakeDattoRmm)
        return sum(self._is_left_out(fake, device=device.id) for device in fake.devices)

    def _is_left_out(self, fake: FakeDattoRmm, *, device: int) -> bool:
        found = next(row for row in fake.devices if row.id == device)
        return (
            found.is_deleted
            or found.site.is_on_demand
            or found.category in ("Smartphone", "Tablet")
            or found in next(row.devices for row in fake.filters if row.name == NOT_BILLABLE)
        )

    def add_strange(self, fake: Fake) -> Strange:
        assert isinstance(fake, FakeDattoRmm)
        fake.add_devices(fake.sites[0], category="Holo Deck", count=2)
        return Strange("Holo Deck", 2)


CASE = DattoRmm()
