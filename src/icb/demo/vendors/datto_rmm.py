"""A Datto RMM account that is not one: sites, devices, saved filters, tokens and limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlencode

from icb.demo.vendors.server import Answer, Fake, Request
from icb.kernel import clock

Row = TypeVar("Row")

DELETED_SITE = "Deleted Devices"
NOT_BILLABLE = "_NotBillable_"
CLASSES = {
    "Printer": "printer",
    "ESXi Host": "esxihost",
    "Network Device": "rmmnetworkdevice",
    "Unknown": "unknown",
}


@dataclass(eq=False, kw_only=True)
class Device:
    """One device of a site, with what its kind is called."""

    id: int
    site: Site
    category: str | None
    type: str | None = None
    is_deleted: bool = False
    seen_at: datetime = datetime(2026, 3, 9, 21, 30, tzinfo=UTC)

    @property
    def uid(self) -> str:
        """The device's unique text."""
        return f"dev-{self.id:08x}"

    @property
    def hostname(self) -> str:
        """A name as a technician would give it."""
        return f"{self.site.name.split()[0].upper()}-{self.id:04}"


@dataclass(eq=False, kw_only=True)
class Site:
    """One site of the account."""

    id: int
    name: str
    is_on_demand: bool = False
    autotask_id: str | None = None

    @property
    def uid(self) -> str:
        """The site's unique text."""
        return f"5f3a{self.id:04x}-0000-4000-8000-{self.id:012x}"


@dataclass(eq=False, kw_only=True)
class Filter:
    """A saved filter and the devices that it finds."""

    id: int
    name: str
    devices: list[Device] = field(default_factory=list)


class FakeDattoRmm(Fake):
    """The account. `page_size` caps a page; `in_epoch` gives instants as milliseconds."""

    def __init__(
        self, clients: Iterable[str] = (), *, page_size: int = 250, in_epoch: bool = False
    ) -> None:
        super().__init__()
        self.hosts = ("merlot-api.centrastage.net",)
        self.key, self.secret = "API-KEY", "API-SECRET"
        self.page_size, self.in_epoch = page_size, in_epoch
        self.sites: list[Site] = []
        self.devices: list[Device] = []
        self.filters: list[Filter] = []
        self.tokens: list[str] = []
        self.reads, self.limit = 0, 600
        self.is_blocked = False
        for name in clients:
            self.add_site(name)

    def add_site(
        self, name: str, *, is_on_demand: bool = False, autotask_id: str | None = None
    ) -> Site:
        """Add a site to the account."""
        number = len(self.sites) + 1
        site = Site(id=number, name=name, is_on_demand=is_on_demand, autotask_id=autotask_id)
        self.sites.append(site)
        return site

    def add_devices(
        self, site: Site, *, category: str | None, type: str | None = None, count: int = 1
    ) -> list[Device]:
        """Add devices of one kind to a site."""
        first = len(self.devices) + 1
        added = [
            Device(id=number, site=site, category=category, type=type)
            for number in range(first, first + count)
        ]
        self.devices += added
        return added

    def add_filter(self, name: str, *, devices: Sequence[Device] = ()) -> Filter:
        """Save a filter that finds `devices`."""
        saved = Filter(id=7000 + len(self.filters), name=name, devices=list(devices))
        self.filters.append(saved)
        return saved

    def delete(self, device: Device) -> None:
        """Take a device out of its site, as a technician does; it stays listed as deleted."""
        device.is_deleted = True
        graves = [site for site in self.sites if site.name == DELETED_SITE]
        device.site = graves[0] if graves else device.site

    def expire_tokens(self) -> None:
        """Let every token that was given end now."""
        self.tokens.clear()

    def answer(self, request: Request) -> Answer:
        """What the account says: tokens, or one of its lists."""
        if request.path == "/auth/oauth/token":
            return self._token(request)
        path = request.path.removeprefix("/api")
        if self.is_blocked:
            return _refusal(403, path=path)
        if request.bearer() not in self.tokens:
            return _refusal(401, path=path)
        if request.method != "GET":
            return _refusal(405, path=path)
        return self._read(request, path=path)

    def _token(self, request: Request) -> Answer:
        form = request.form()
        if request.basic() != ("public-client", "public") or request.method != "POST":
            return Answer(status=401, body={"error": "invalid_client"})
        given = (form.get("grant_type"), form.get("username"), form.get("password"))
        if given != ("password", self.key, self.secret):
            return Answer(status=400, body={"error": "invalid_grant"})
        token = f"token-{len(self.exchanges)}"
        self.tokens.append(token)
        return Answer(
            body={"access_token": token, "token_type": "bearer", "expires_in": 100 * 3600}
        )

    def _read(self, request: Request, *, path: str) -> Answer:
        plain: dict[str, Callable[[], object]] = {
            "/v2/account": self._account,
            "/v2/system/request_rate": self._rate,
        }
        if path in plain:
            return Answer(body=plain[path]())
        self.reads += 1
        if path == "/v2/account/sites":
            return self._page(request, name="sites", rows=self.sites, write=self._writer_of_sites())
        if path == "/v2/filter/custom-filters":
            return self._page(request, name="filters", rows=self.filters, write=self._filter)
        wanted = self._devices_at(path)
        if wanted is None:
            return _refusal(404, path=path)
        return self._found(request, path=path, devices=wanted)

    def _devices_at(self, path: str) -> list[Device] | None:
        if path == "/v2/account/devices":
            return self.devices
        uid = path.removeprefix("/v2/site/").removesuffix("/devices")
        if uid in [site.uid for site in self.sites]:
            return [device for device in self.devices if device.site.uid == uid]
        return None

    def _found(self, request: Request, *, path: str, devices: list[Device]) -> Answer:
        chosen = request.query.get("filterId")
        if chosen is not None:
            found = [saved for saved in self.filters if str(saved.id) == chosen]
            if not found:
                return _refusal(404, path=path)
            wanted = set(found[0].devices)
            devices = [device for device in devices if device in wanted]
        return self._page(request, name="devices", rows=devices, write=self._device)

    def _page(
        self, request: Request, *, name: str, rows: Sequence[Row], write: Callable[[Row], object]
    ) -> Answer:
        size = min(int(request.query.get("max", "250")), self.page_size)
        page = int(request.query.get("page", "0"))
        part = rows[page * size : (page + 1) * size]
        details = {
            "count": len(part),
            "totalCount": len(rows),
            "prevPageUrl": self._page_url(request, page=page - 1) if page else None,
            "nextPageUrl": None,
        }
        if (page + 1) * size < len(rows):
            details["nextPageUrl"] = self._page_url(request, page=page + 1)
        return Answer(body={"pageDetails": details, name: [write(row) for row in part]})

    def _page_url(self, request: Request, *, page: int) -> str:
        query = urlencode({**request.query, "page": str(page)})
        return f"https://{self.hosts[0]}{request.path}?{query}"

    def _status_of(self, alive: int) -> dict[str, int]:
        return {
            "numberOfDevices": alive,
            "numberOfOnlineDevices": alive,
            "numberOfOfflineDevices": 0,
        }

    def _account(self) -> object:
        alive = [device for device in self.devices if not device.is_deleted]
        visiting = sum(device.site.is_on_demand for device in alive)
        status = self._status_of(len(alive))
        status["numberOfOnDemandDevices"] = visiting
        status["numberOfManagedDevices"] = status["numberOfDevices"] - visiting
        return {
            "id": 41,
            "uid": "acc-41",
            "name": "Made-up Provider",
            "currency": "USD",
            "descriptor": {"bilingEmail": None, "deviceLimit": 5000, "timeZone": "UTC"},
            "devicesStatus": status,
        }

    def _rate(self) -> object:
        return {
            "slidingTimeWindowSizeSeconds": 60,
            "accountUid": "acc-41",
            "accountCount": self.reads,
            "accountRateLimit": self.limit,
            "accountCutOffRatio": 0.9,
            "accountWriteRateLimit": 100,
            "accountWriteCount": 0,
            "operationWriteStatus": {},
        }

    def _writer_of_sites(self) -> Callable[[Site], object]:
        alive = Counter(device.site for device in self.devices if not device.is_deleted)
        return lambda site: self._site(site, alive=alive[site])

    def _site(self, site: Site, *, alive: int) -> dict[str, object]:
        return {
            "id": site.id,
            "uid": site.uid,
            "accountUid": "acc-41",
            "name": site.name,
            "description": None,
            "notes": None,
            "onDemand": site.is_on_demand,
            "devicesStatus": self._status_of(alive),
            "autotaskCompanyId": site.autotask_id,
            "autotaskCompanyName": site.autotask_id and site.name,
            "portalUrl": f"https://merlot.centrastage.net/csm/site/{site.id}",
        }

    def _device(self, device: Device) -> dict[str, object]:
        kind = {"category": device.category, "type": device.type}
        return {
            "id": device.id,
            "uid": device.uid,
            "siteId": device.site.id,
            "siteUid": device.site.uid,
            "siteName": device.site.name,
            "deviceType": kind if device.category or device.type else None,
            "deviceClass": CLASSES.get(device.category or "", "device"),
            "hostname": device.hostname,
            "operatingSystem": None,
            "online": True,
            "suspended": False,
            "deleted": device.is_deleted,
            "lastSeen": self._instant(device.seen_at),
            "creationDate": self._instant(device.seen_at),
            "snmpEnabled": False,
        }

    def _filter(self, saved: Filter) -> dict[str, object]:
        return {
            "id": saved.id,
            "name": saved.name,
            "description": None,
            "type": "custom",
            "dateCreate": self._instant(datetime(2025, 1, 2, tzinfo=UTC)),
            "lastUpdated": None,
        }

    def _instant(self, at: datetime) -> object:
        if self.in_epoch:
            return int(at.timestamp()) * 1000
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _refusal(status: int, *, path: str) -> Answer:
    words = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}
    at = int(clock.now().timestamp()) * 1000
    return Answer(
        status=status,
        body={"timestamp": at, "status": status, "error": words[status], "path": path},
    )
