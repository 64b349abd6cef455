"""Where what an insight is about can be mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

Facts = Mapping[str, Any]


def fix_address(page: str, *, facts: Facts) -> str:
    """The page that mends it, as near to the thing as the facts allow."""
    named = _NAMED.get(page, _list_of)(page, facts)
    try:
        return reverse(named[0], kwargs=named[1]) + _query(page, facts)
    except NoReverseMatch:
        return reverse("insights")


def _query(page: str, facts: Facts) -> str:
    wanted = {"module": facts["module"]} if page in _BY_MODULE and "module" in facts else {}
    if page == "organization-mapping":
        wanted["tab"] = "module"
    return f"?{urlencode(wanted)}" if wanted else ""


def _list_of(page: str, _facts: Facts) -> tuple[str, dict[str, str]]:
    return page, {}


def _module(_page: str, facts: Facts) -> tuple[str, dict[str, str]]:
    return ("module", {"connection": facts["module"]}) if "module" in facts else ("modules", {})


def _contract(page: str, facts: Facts) -> tuple[str, dict[str, str]]:
    view = "contract-service-mapping" if page == "service-mapping" else "contract"
    if facts.get("contract"):
        return view, {"key": facts["contract"]}
    return _organization(page, facts)


def _organization(_page: str, facts: Facts) -> tuple[str, dict[str, str]]:
    if facts.get("organization"):
        return "organization", {"key": facts["organization"]}
    return "organizations", {}


_BY_MODULE = ("organization-mapping", "holds")
_NAMED = {
    "modules": _module,
    "catalogue": _module,
    "service-mapping": _contract,
    "contracts": _contract,
    "organizations": _organization,
}
