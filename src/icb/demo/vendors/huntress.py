"""A Huntress account that is not one: organizations, agents, identities and cursors."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from icb.demo.vendors.server import Answer, Fake, Request

INSTANT = "2026-03-09T21:30:00Z"


@dataclass(eq=False, kw_only=True)
class Organization:
    """One organization with what it uses. `products` are named in its own page."""

    id: int
    name: str
    agents: list[str] = field(default_factory=list)
    billable: list[str] = field(default_factory=list)
    guests: list[str] = field(default_factory=list)
    learners: int = 0
    sources: int = 0
    unresponsive: int = 0
    products: list[str] = field(default_factory=lambda: ["edr", "itdr", "sat", "siem"])

    @property
    def key(self) -> str:
        """The short name in addresses."""
        return "".join(letter for letter in self.name.lower() if letter.isalnum())


class FakeHuntress(Fake):
    """The account. `page_size` caps a page."""

    hosts = ("api.huntress.io",)

    def __init__(self, clients: Iterable[str] = (), *, page_size: int = 500) -> None:
        super().__init__()
        self.key, self.secret = "hk_1234", "hs_5678"
        self.page_size = page_size
        self.organizations: list[Organization] = []
        for name in clients:
            self.add_organization(name)

    def add_organization(
        self,
        name: str,
        *,
        agents: int = 0,
        identities: int = 0,
        learners: int = 0,
        sources: int = 0,
    ) -> Organization:
        """Add an organization with so many of each."""
        number = 100 + len(self.organizations)
        added = Organization(id=number, name=name, learners=learners, sources=sources)
        added.agents = [f"{added.key[:6].upper()}-{each:03}" for each in range(agents)]
        added.billable = [f"user{each}@{added.key}.example" for each in range(identities)]
        self.organizations.append(added)
        return added

    def answer(self, request: Request) -> Answer:
        """What the account says."""
        if request.basic() != (self.key, self.secret):
            return _refusal(401, words="The API credentials are invalid.")
        lists = {
            "/v1/organizations": ("organizations", self._organizations),
            "/v1/agents": ("agents", self._agents),
            "/v1/identities": ("identities", self._identities),
        }
        if request.method != "GET":
            return _refusal(405, words="Method not allowed.")
        if request.path in lists:
            name, rows = lists[request.path]
            return self._page(request, name=name, rows=rows(request))
        chosen = request.path.removeprefix("/v1/organizations/")
        for organization in self.organizations:
            if str(organization.id) == chosen:
                return Answer(body={"organization": self._own_page(organization)})
        return _refusal(404, words="Not found.")

    def _page(self, request: Request, *, name: str, rows: Sequence[dict[str, object]]) -> Answer:
        query = request.query
        is_descending = query.get("sort_direction", "desc") == "desc"
        ordered = sorted(rows, key=lambda row: str(row["id"]).zfill(12), reverse=is_descending)
        first = _opened(query["page_token"]) if "page_token" in query else 0
        size = min(int(query.get("limit", "10")), self.page_size)
        following: dict[str, str] = {}
        if first + size < len(ordered):
            token = _sealed(first + size)
            address = urlencode({**query, "page_token": token})
            following = {
                "next_page_token": token,
                "next_page_url": f"https://{self.hosts[0]}{request.path}?{address}",
            }
        return Answer(body={name: ordered[first : first + size], "pagination": following})

    def _chosen(self, request: Request) -> list[Organization]:
        wanted = request.query.get("organization_id")
        return [each for each in self.organizations if wanted in (None, str(each.id))]

    def _organizations(self, request: Request) -> list[dict[str, object]]:
        return [self._organization(each) for each in self.organizations]

    def _organization(self, organization: Organization) -> dict[str, object]:
        return {
            "id": organization.id,
            "account_id": 5,
            "name": organization.name,
            "key": organization.key,
            "created_at": "2024-02-29T23:10:00Z",
            "updated_at": INSTANT,
            "agents_count": len(organization.agents),
            "billable_identity_count": len(organization.billable),
            "sat_learner_count": organization.learners,
            "logs_sources_count": organization.sources,
            "incident_reports_count": 0,
            "identity_provider_tenant_id": None,
            "report_recipients": [],
        }

    def _own_page(self, organization: Organization) -> dict[str, object]:
        billable = len(organization.billable)
        providers = [
            {
                "type": "microsoft",
                "identity_provider_tenant_id": f"tenant-{organization.id}",
                "billable_identities_count": billable,
                "total_identities_count": billable + len(organization.guests),
            }
        ]
        figures: dict[str, object] = {
            "edr": {
                "billable_agents_count": len(organization.agents) - organization.unresponsive,
                "unresponsive_agents_count": organization.unresponsive,
                "outdated_agents_count": 0,
                "isolated_agents_count": 0,
            },
            "itdr": providers,
            "ispm": providers,
            "sat": {"learners_count": organization.learners},
            "siem": {"billable_log_sources_count": organization.sources, "retention": "90/7"},
        }
        usages = {name: figures.get(name, {}) for name in organization.products}
        return {**self._organization(organization), "actual_usages": usages}

    def _agents(self, request: Request) -> list[dict[str, object]]:
        return [
            {
                "id": organization.id * 1000 + number,
                "account_id": 5,
                "organization_id": organization.id,
                "hostname": name,
                "os": "Windows 11 Pro",
                "platform": "windows",
                "edr_version": None,
                "created_at": INSTANT,
                "last_callback_at": INSTANT,
            }
            for organization in self._chosen(request)
            for number, name in enumerate(organization.agents)
        ]

    def _identities(self, request: Request) -> list[dict[str, object]]:
        return [
            {
                "id": organization.id * 1000 + number,
                "organization": {"id": organization.id, "name": organization.name},
                "username": name,
                "email": name,
                "enabled": True,
                "billable": name in organization.billable,
                "external": name in organization.guests,
                "enabled_products": ["itdr"],
                "created_at": INSTANT,
                "updated_at": INSTANT,
            }
            for organization in self._chosen(request)
            for number, name in enumerate([*organization.billable, *organization.guests])
        ]


def _sealed(position: int) -> str:
    return base64.urlsafe_b64encode(f"from {position}".encode()).decode()


def _opened(token: str) -> int:
    return int(base64.urlsafe_b64decode(token).decode().removeprefix("from "))


def _refusal(status: int, *, words: str) -> Answer:
    return Answer(status=status, body={"error": {"message": words}})
