"""NinjaOne: devices of every class, some that wait for approval, and an empty organization."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.conformance.case import Case, Strange

import icb.modules.ninjaone
from icb.demo.vendors.ninjaone import FakeNinjaOne
from icb.demo.vendors.server import Fake
from icb.modules.ninjaone.adapter import ADAPTER

CLASSES = (
    "WINDOWS_SERVER",
    "WINDOWS_WORKSTATION",
    "LINUX_WORKSTATION",
    "MAC",
    "ANDROID",
    "APPLE_IOS",
    "APPLE_IPADOS",
    "VMWARE_VM_HOST",
    "VMWARE_VM_GUEST",
    "HYPERV_VMM_HOST",
    "HYPERV_VMM_GUEST",
    "LINUX_SERVER",
    "MAC_SERVER",
    "CLOUD_MONITOR_TARGET",
    "NMS_SWITCH",
    "NMS_ROUTER",
    "NMS_FIREWALL",
    "NMS_PRIVATE_NETWORK_GATEWAY",
    "NMS_PRINTER",
    "NMS_SCANNER",
    "NMS_DIAL_MANAGER",
    "NMS_WAP",
    "NMS_IPSLA",
    "NMS_COMPUTER",
    "NMS_VM_HOST",
    "NMS_APPLIANCE",
    "NMS_OTHER",
    "NMS_SERVER",
    "NMS_PHONE",
    "NMS_VIRTUAL_MACHINE",
    "NMS_NETWORK_MANAGEMENT_AGENT",
    "UNMANAGED_DEVICE",
    "MANAGED_DEVICE",
)


class NinjaOne(Case):
    adapter = ADAPTER
    contract_file = Path(icb.modules.ninjaone.__file__).with_name("contract.json")
    settings = {"region": "eu", "client_id": "ninja-client", "client_secret": "ninja-secret"}
    lists = ("organizations", "devices", "devices of an organization")
    tokens = ("token",)

    def fake(self) -> FakeNinjaOne:
        fake = FakeNinjaOne(["Acme Ltd", "Baker & Sons", "Quiet Place"], page_size=2)
        acme, baker, _ = fake.organizations
        for number, word in enumerate(CLASSES):
            fake.add_devices(acme, node_class=word, count=1 + number % 2)
        fake.add_devices(baker, node_class="WINDOWS_SERVER", count=3)
        fake.add_devices(baker, node_class="MAC", count=2, approval="PENDING")
        fake.add_devices(baker, node_class="WINDOWS_WORKSTATION", count=3)
        return fake

    def counted(self, fake: Fake) -> dict[tuple[str, str], int]:
        assert isinstance(fake, FakeNinjaOne)
        found: Counter[tuple[str, str]] = Counter()
        for device in fake.devices:
            if device.approval == "APPROVED":
                place = str(device.organization.id)
                found[place, "devices"] += 1
                if device.node_class in CLASSES:
                    found[place, device.node_class.lower()] += 1
        return dict(found)

    def excluded(self, fake: Fake) -> int:
        assert isinstance(fake, FakeNinjaOne)
        return sum(device.approval != "APPROVED" for device in fake.devices)

    def add_strange(self, fake: Fake) -> Strange:
        assert isinstance(fake, FakeNinjaOne)
        fake.add_devices(fake.organizations[0], node_class="HOLO_DECK", count=2)
        return Strange("HOLO_DECK", 2)


CASE = NinjaOne()
