"""A NinjaOne account that is not one: organizations, devices, approvals and tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from icb.demo.vendors.server import Answer, Fake, Request

SECONDS = 1773091800.123456


@dataclass(eq=False, kw_only=True)
class Organization:
    """One organization of the account."""

    id: int
    name: str


@dataclass(eq=False, kw_only=True)
class Device:
    """One device of an organization."""

    id: int
    organization: Organization
    node_class: str | None
    approval: str = "APPROVED"
    is_offline: bool = False


class FakeNinjaOne(Fake):
    """The account. `page_size` caps a page."""

    hosts = ("eu.ninjarmm.com",)

    def __init__(self, clients: Iterable[str] = (), *, page_size: int = 1000) -> None:
        super().__init__()
        self.client, self.secret = "ninja-client", "ninja-secret"
        self.page_size = page_size
        self.organizations: list[Organization] = []
        self.devices: list[Device] = []
        self.tokens: list[str] = []
        for name in clients:
            self.add_organization(name)

    def add_organization(self, name: str) -> Organization:
        """Add an organization to the account."""
        added = Organization(id=len(self.organizations) + 2, name=name)
        self.organizations.append(added)
        return added

    def add_devices(
        self,
        organization: Organization,
        *,
        node_class: str | None,
        count: int = 1,
        approval: str = "APPROVED",
    ) -> list[Device]:
        """Add devices of one class to an organization; every third is off."""
        first = len(self.devices) * 3 + 5
        added = [
            Device(
                id=first + number * 3,
                organization=organization,
                node_class=node_class,
                approval=approval,
                is_offline=number % 3 == 2,
            )
            for number in range(count)
        ]
        self.devices += added
        return added

    def expire_tokens(self) -> None:
        """Let every token that was given end now."""
        self.tokens.clear()

    def answer(self, request: Request) -> Answer:
        """What the account says: tokens, or one of its lists."""
        if request.path == "/ws/oauth/token" and request.method == "POST":
            return self._token(request)
        if request.bearer() not in self.tokens:
            return _refusal(401, words="invalid_token")
        if request.method != "GET":
            return _refusal(405, words="method_not_allowed")
        if request.path == "/v2/organizations":
            return self._page(request, rows=[self._organization(row) for row in self.organizations])
        if request.path == "/v2/devices":
            return self._page(request, rows=[self._device(row) for row in self.devices])
        chosen = request.path.removeprefix("/v2/organization/").removesuffix("/devices")
        if chosen in [str(organization.id) for organization in self.organizations]:
            own = [row for row in self.devices if str(row.organization.id) == chosen]
            return self._page(request, rows=[self._device(row) for row in own])
        return _refusal(404, words="not_found")

    def _token(self, request: Request) -> Answer:
        form = request.form()
        wanted = {
            "grant_type": "client_credentials",
            "client_id": self.client,
            "client_secret": self.secret,
            "scope": "monitoring",
        }
        if form != wanted:
            return _refusal(400, words="invalid_client")
        token = f"ninja-{len(self.exchanges)}"
        self.tokens.append(token)
        return Answer(
            body={
                "access_token": token,
                "expires_in": 3600,
                "scope": "monitoring",
                "token_type": "Bearer",
            }
        )

    def _page(self, request: Request, *, rows: Sequence[dict[str, object]]) -> Answer:
        size = min(int(request.query.get("pageSize", self.page_size)), self.page_size)
        after = int(request.query.get("after", "0"))
        later = [row for row in rows if isinstance(row["id"], int) and row["id"] > after]
        return Answer(body=later[:size])

    def _organization(self, organization: Organization) -> dict[str, object]:
        return {
            "name": organization.name,
            "description": None,
            "nodeApprovalMode": "MANUAL",
            "id": organization.id,
        }

    def _device(self, device: Device) -> dict[str, object]:
        return {
            "id": device.id,
            "uid": f"00000000-0000-4000-8000-{device.id:012x}",
            "organizationId": device.organization.id,
            "locationId": device.organization.id * 10,
            "nodeClass": device.node_class,
            "nodeRoleId": 7,
            "approvalStatus": device.approval,
            "offline": device.is_offline,
            "displayName": f"{device.organization.name.split()[0].upper()}-{device.id}",
            "systemName": f"HOST{device.id}",
            "dnsName": None,
            "created": SECONDS,
            "lastContact": SECONDS,
        }


def _refusal(status: int, *, words: str) -> Answer:
    return Answer(status=status, body={"error": words})
