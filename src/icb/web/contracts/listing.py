"""The list of contracts, on its own page and on that of an organization."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from icb.contracts.queries import ContractListRow, contract_page
from icb.web.contracts.labels import BILLED, PERIODS
from icb.web.lists.columns import Column, Empty, Listing, Look


def address_of(row: ContractListRow) -> str:
    """The page of a contract."""
    return reverse("contract", kwargs={"key": row.key})


def _organization_address(row: ContractListRow) -> str:
    return reverse("organization", kwargs={"key": row.organization})


CONTRACTS = Listing(
    key="contracts",
    title=_("Contracts"),
    rows=contract_page,
    search=_("Search contract or organization"),
    columns=(
        Column(
            key="key",
            label=_("Contract"),
            value=lambda row: row.key,
            link=address_of,
            note=lambda row: row.name,
        ),
        Column(
            key="organization",
            label=_("Organization"),
            value=lambda row: row.organization_name,
            link=_organization_address,
        ),
        Column(
            key="period",
            label=_("Period"),
            value=lambda row: str(dict(PERIODS)[row.period]),
            choices=PERIODS,
        ),
        Column(
            key="billing",
            label=_("Billed"),
            value=lambda row: str(dict(BILLED)[row.billing]),
            choices=BILLED,
        ),
        Column(
            key="services",
            label=_("Services"),
            value=lambda row: row.services,
            look=Look.NUMBER,
            is_sorted=False,
            is_filtered=False,
        ),
        Column(key="starts_on", label=_("Starts"), value=lambda row: row.starts_on, look=Look.DAY),
        Column(key="ends_on", label=_("Ends"), value=lambda row: row.ends_on, look=Look.DAY),
        Column(key="currency", label=_("Currency"), value=lambda row: row.currency, is_shown=False),
    ),
    empty=Empty(
        title=_("No contracts yet"),
        text=_(
            "A recurring service contract says what an organization is billed for, for how much "
            "and how often. Add one, then map what its modules count to its services."
        ),
    ),
    template="contracts/list.html",
)
