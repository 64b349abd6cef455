"""A Pax8 account that is not one: companies, subscriptions, pages with totals, and tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from icb.demo.vendors.server import Answer, Fake, Request

INSTANT = "2026-03-09T21:30:00Z"
AUDIENCE = "https://api.pax8.com"


@dataclass(eq=False, kw_only=True)
class Company:
    """One company of the account."""

    number: int
    name: str
    external_id: str | None = None
    status: str = "Active"

    @property
    def id(self) -> str:
        """The company's id."""
        return f"c0000000-0000-4000-8000-{self.number:012x}"


@dataclass(eq=False, kw_only=True)
class Subscription:
    """A company's subscription of a product. `product` counts products from 1."""

    number: int
    company: Company
    product: int
    quantity: int | float | None
    status: str = "Active"
    term: str = "Monthly"

    @property
    def id(self) -> str:
        """The subscription's id."""
        return f"50000000-0000-4000-8000-{self.number:012x}"

    @property
    def product_id(self) -> str:
        """The product's id."""
        return f"d0000000-0000-4000-8000-{self.product:012x}"


class FakePax8(Fake):
    """The account. `page_size` caps a page; `products` names the products from 1 on."""

    hosts = ("api.pax8.com",)

    def __init__(self, clients: Iterable[str] = (), *, page_size: int = 200) -> None:
        super().__init__()
        self.client, self.secret = "pax8-client", "pax8-secret"
        self.page_size = page_size
        self.companies: list[Company] = []
        self.subscriptions: list[Subscription] = []
        self.products: dict[int, str] = {}
        self.tokens: list[str] = []
        for name in clients:
            self.add_company(name)

    def add_company(
        self, name: str, *, external_id: str | None = None, status: str = "Active"
    ) -> Company:
        """Add a company to the account."""
        number = len(self.companies) + 1
        added = Company(number=number, name=name, external_id=external_id, status=status)
        self.companies.append(added)
        return added

    def subscribe(
        self,
        company: Company,
        *,
        product: int,
        quantity: int | float | None,
        status: str = "Active",
        term: str = "Monthly",
    ) -> Subscription:
        """Let a company subscribe so many of a product."""
        added = Subscription(
            number=len(self.subscriptions) + 1,
            company=company,
            product=product,
            quantity=quantity,
            status=status,
            term=term,
        )
        self.subscriptions.append(added)
        return added

    def expire_tokens(self) -> None:
        """Let every token that was given end now."""
        self.tokens.clear()

    def answer(self, request: Request) -> Answer:
        """What the account says: tokens, or one of its lists."""
        if request.path == "/v1/token" and request.method == "POST":
            return self._token(request)
        if request.bearer() not in self.tokens:
            return _refusal(401, path=request.path)
        if request.method != "GET":
            return _refusal(405, path=request.path)
        if request.path == "/v1/companies":
            ordered = sorted(self.companies, key=lambda company: company.name)
            return self._page(request, rows=[self._company(row) for row in ordered])
        if request.path == "/v1/subscriptions":
            return self._page(request, rows=[self._subscription(row) for row in self.subscriptions])
        return _refusal(404, path=request.path)

    def _token(self, request: Request) -> Answer:
        wanted = {
            "client_id": self.client,
            "client_secret": self.secret,
            "audience": AUDIENCE,
            "grant_type": "client_credentials",
        }
        if request.json() != wanted:
            return Answer(status=401, body={"error": "access_denied"})
        token = f"pax8-{len(self.exchanges)}"
        self.tokens.append(token)
        return Answer(body={"access_token": token, "token_type": "Bearer", "expires_in": 86400})

    def _page(self, request: Request, *, rows: Sequence[dict[str, object]]) -> Answer:
        size = min(int(request.query.get("size", "10")), self.page_size)
        number = int(request.query.get("page", "0"))
        return Answer(
            body={
                "content": rows[number * size : (number + 1) * size],
                "page": {
                    "size": size,
                    "totalElements": len(rows),
                    "totalPages": -(-len(rows) // size),
                    "number": number,
                },
            }
        )

    def _company(self, company: Company) -> dict[str, object]:
        return {
            "id": company.id,
            "name": company.name,
            "address": {
                "street": "1 Made-up Street",
                "city": "Nowhere",
                "postalCode": "00000",
                "country": "US",
            },
            "phone": "555-0100",
            "website": f"https://www.{company.number}.example",
            "externalId": company.external_id,
            "billOnBehalfOfEnabled": False,
            "selfServiceAllowed": False,
            "orderApprovalRequired": False,
            "status": company.status,
            "updatedDate": INSTANT,
        }

    def _subscription(self, subscription: Subscription) -> dict[str, object]:
        return {
            "id": subscription.id,
            "companyId": subscription.company.id,
            "productId": subscription.product_id,
            "vendorSkuId": None,
            "quantity": subscription.quantity,
            "startDate": INSTANT,
            "endDate": None,
            "createdDate": INSTANT,
            "billingStart": "2026-01-01",
            "status": subscription.status,
            "price": 15.39,
            "currencyCode": "USD",
            "partnerCost": 11.39,
            "productName": self.products.get(
                subscription.product, f"Product {subscription.product}"
            ),
            "billingTerm": subscription.term,
        }


def _refusal(status: int, *, path: str) -> Answer:
    words = {401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed"}
    body = {"type": words[status], "message": words[status], "instance": path, "status": status}
    return Answer(status=status, body=body)
