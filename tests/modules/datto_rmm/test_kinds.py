"""Which billing types a device counts for."""

from __future__ import annotations

import pytest

from icb.hub.ports import WrongSettings
from icb.modules.datto_rmm.kinds import (
    BILLING_TYPES,
    COMPUTERS,
    TOTAL,
    Kind,
    kind_of,
    own_categories,
)


def counted(category: str, *, type: str = "", device_class: str = "device") -> tuple[str, ...]:
    return tuple(kind_of(category, type=type, device_class=device_class).billing_types)


def test_there_are_21_billing_types() -> None:
    assert len(set(BILLING_TYPES)) == len(BILLING_TYPES) == 21


@pytest.mark.parametrize(
    ("category", "type", "wanted"),
    [
        ("Desktop", "Main System Chassis", (TOTAL, COMPUTERS, "Desktop")),
        ("Laptop", "Notebook", (TOTAL, COMPUTERS, "Laptop")),
        ("Server", "", (TOTAL, "Server")),
        ("Printer", "", (TOTAL, "Printer")),
        ("Unknown", "", (TOTAL, "Unknown")),
        ("ESXi Host", "", (TOTAL, "ESXi Host")),
        ("Network Device", "Router", (TOTAL, "Network Device (Router)")),
        ("Network Device", "Switch", (TOTAL, "Network Device (Switch)")),
        ("Network Device", "UPS", (TOTAL, "Network Device (UPS)")),
        ("Network Device", "Firewall", (TOTAL, "Network Device (Firewall)")),
        ("Network Device", "IP Phone", (TOTAL, "Network Device (IP Phone)")),
        ("Network Device", "NAS", (TOTAL, "Network Device (NAS)")),
        ("Network Device", "Network Appliance", (TOTAL, "Network Device (Network Appliance)")),
        ("Network Device", "SAN", (TOTAL, "Network Device (SAN)")),
        ("Network Device", "Camera", (TOTAL, "Network Device (other)")),
        ("Network Device", "", (TOTAL, "Network Device (other)")),
        ("Network Device", "Datto Switch", (TOTAL, "Datto Switch")),
        ("Datto Access Point", "", (TOTAL, "Datto Access Point")),
        ("Datto Managed Power", "", (TOTAL, "Datto Managed Power")),
        ("Datto Switch", "", (TOTAL, "Datto Switch")),
        ("Datto Continuity", "", (TOTAL, "Datto Continuity")),
    ],
)
def test_each_category_has_its_type(category: str, type: str, wanted: tuple[str, ...]) -> None:
    assert counted(category, type=type) == wanted


@pytest.mark.parametrize("written", ["esxi_host", "ESXI-HOST", "  ESXi  Host "])
def test_capitals_and_blanks_do_not_matter(written: str) -> None:
    assert counted(written) == (TOTAL, "ESXi Host")


@pytest.mark.parametrize(
    ("device_class", "wanted"),
    [
        ("printer", "Printer"),
        ("esxihost", "ESXi Host"),
        ("rmmnetworkdevice", "Network Device (other)"),
        ("unknown", "Unknown"),
        ("device", "Unknown"),
        ("", "Unknown"),
    ],
)
def test_without_a_category_the_class_decides(device_class: str, wanted: str) -> None:
    assert counted("", device_class=device_class) == (TOTAL, wanted)


@pytest.mark.parametrize("category", ["Smartphone", "Tablet"])
def test_phones_and_tablets_are_left_out(category: str) -> None:
    assert kind_of(category, type="", device_class="device") == Kind(
        billing_types=(TOTAL,), left_out=category.lower()
    )


def test_an_unknown_word_counts_in_the_total_and_is_named() -> None:
    assert kind_of("Holo Deck", type="", device_class="device") == Kind(
        billing_types=(TOTAL,), unknown="Holo Deck"
    )


def test_a_table_of_ones_own_comes_first() -> None:
    own = own_categories("Thin Client = Desktop; holo_deck=leave out ;Laptop=Server;")
    assert own == {"thin client": "Desktop", "holo deck": "leave out", "laptop": "Server"}
    kinds = {
        word: kind_of(word, type="", device_class="device", own=own)
        for word in ("thin-client", "Holo Deck", "Laptop", "Desktop")
    }
    assert kinds["thin-client"].billing_types == (TOTAL, COMPUTERS, "Desktop")
    assert kinds["Holo Deck"].left_out == "holo deck"
    assert kinds["Laptop"].billing_types == (TOTAL, "Server")
    assert kinds["Desktop"].billing_types == (TOTAL, COMPUTERS, "Desktop")


@pytest.mark.parametrize("text", ["Thin Client", "Thin Client=Toaster", "=Desktop", f"A={TOTAL}"])
def test_a_table_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(WrongSettings, match=r"categories: .* Nothing was stored"):
        own_categories(text)
