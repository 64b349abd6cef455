"""What stands behind the vendors of the demo: the sites and devices that they count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Self

from icb.demo.cast import CLIENTS, VENDORS
from icb.demo.vendors.datto_rmm import NOT_BILLABLE, FakeDattoRmm, Site
from icb.demo.vendors.huntress import FakeHuntress, Organization
from icb.demo.vendors.server import Fake

Key = tuple[str, str, int]  # module, client's key, number of the site
_LAPTOPS = 3  # one in so many workstations is one
_IN_STOCK = 2  # devices that the account holds and nobody is billed for


class Fleet:
    """The vendors' accounts. Used as a context: the vendors listen from `with` on.

    `ids` are the vendors' own for each site of each client; they are the same in every fleet.
    """

    def __init__(self) -> None:
        self.rmm, self.security = FakeDattoRmm(), FakeHuntress()
        self.ids: dict[Key, str] = {}
        self._sites: dict[str, Site] = {}
        self._organizations: dict[str, Organization] = {}
        self._open = ExitStack()
        for client in CLIENTS:
            for number in range(client.sites):
                name = client.name + (f", site {number + 1}" if number else "")
                site, organization = self.rmm.add_site(name), self.security.add_organization(name)
                self.ids["rmm", client.key, number] = site.uid
                self.ids["security", client.key, number] = str(organization.id)
                self._sites[site.uid] = site
                self._organizations[str(organization.id)] = organization
        stock = self.rmm.add_devices(self.rmm.sites[0], category="Desktop", count=_IN_STOCK)
        self.rmm.add_filter(NOT_BILLABLE, devices=stock)
        self._stock = list(stock)

    @property
    def vendors(self) -> dict[str, Fake]:
        """The vendor behind each connection."""
        return {"rmm": self.rmm, "security": self.security}

    @property
    def settings(self) -> dict[str, dict[str, str]]:
        """What each connection is set up with."""
        rmm, security = self.rmm, self.security
        return {
            "rmm": {"platform": "merlot", "api_key": rmm.key, "api_secret": rmm.secret},
            "security": {"api_key": security.key, "api_secret": security.secret},
        }

    def hold(self, counts: Iterable[tuple[str, str, str, int]]) -> None:
        """Make the accounts hold so many: module, id, billing type and how many.

        Whatever is not named does not exist.
        """
        by_site: dict[str, dict[str, int]] = defaultdict(dict)
        for module, id, billing_type, units in counts:
            if module in VENDORS:
                by_site[id][billing_type] = units
        self.rmm.sites = [site for id, site in self._sites.items() if id in by_site]
        self.security.organizations = [
            one for id, one in self._organizations.items() if id in by_site
        ]
        self._hold_devices(by_site)
        for one in self.security.organizations:
            agents = by_site[str(one.id)]["agents"]
            one.agents = [f"{one.key[:6].upper()}-{number:03}" for number in range(agents)]

    def _hold_devices(self, by_site: dict[str, dict[str, int]]) -> None:
        self.rmm.devices = list(self._stock)
        for site in self.rmm.sites:
            units = by_site[site.uid]
            laptops = units["Desktop & Laptop"] // _LAPTOPS
            desktops = units["Desktop & Laptop"] - laptops
            kinds = {"Desktop": desktops, "Laptop": laptops}
            kinds |= {"Server": units["Server"], "Printer": units["Printer"]}
            for category, count in kinds.items():
                self.rmm.add_devices(site, category=category, count=count)

    def __enter__(self) -> Self:
        for fake in self.vendors.values():
            self._open.enter_context(fake)
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()
