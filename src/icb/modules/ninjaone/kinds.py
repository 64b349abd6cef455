"""Which billing types a NinjaOne device counts for, by its node class."""

from __future__ import annotations

TOTAL = "devices"
NO_CLASS = "no node class"
CLASSES = (
    "WINDOWS_SERVER",
    "WINDOWS_WORKSTATION",
    "LINUX_SERVER",
    "LINUX_WORKSTATION",
    "MAC",
    "MAC_SERVER",
    "ANDROID",
    "APPLE_IOS",
    "APPLE_IPADOS",
    "VMWARE_VM_HOST",
    "VMWARE_VM_GUEST",
    "HYPERV_VMM_HOST",
    "HYPERV_VMM_GUEST",
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
_TYPES = {word: word.lower() for word in CLASSES}
BILLING_TYPES = (TOTAL, *_TYPES.values())


def types_of(node_class: str) -> tuple[str, ...]:
    """The billing types of a device; one of an unknown class counts in the total."""
    named = _TYPES.get(node_class)
    return (TOTAL, named) if named else (TOTAL,)


def unknown_word(node_class: str) -> str:
    """The vendor's word for a class that has no billing type; empty where it has one."""
    return "" if node_class in _TYPES else node_class or NO_CLASS
