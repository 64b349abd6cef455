"""Facts as people call them: names in place of keys. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from icb.kernel.errors import without_commands


@dataclass(frozen=True, slots=True)
class Names:
    """Names by key; billing types by module and key, services by contract and key."""

    organizations: Mapping[str, str] = field(default_factory=dict)
    contracts: Mapping[str, str] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    billing_types: Mapping[tuple[str, str], str] = field(default_factory=dict)
    services: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def put_into(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts with names; what has no name keeps its key."""
        named = dict(facts)
        module, contract = facts.get("module", ""), facts.get("contract", "")
        for fact, names in (
            ("organization", self.organizations),
            ("contract", self.contracts),
            ("module", self.modules),
        ):
            if facts.get(fact):
                named[fact] = names.get(facts[fact], facts[fact])
        for fact in ("billing_type", "total", "part"):
            if fact in facts:
                named[fact] = self.billing_types.get((module, facts[fact]), facts[fact])
        if "service" in facts:
            named["service"] = self.services.get((contract, facts["service"]), facts["service"])
        if "unpriced" in facts:
            named["unpriced"] = [self._counted(key, facts) for key in facts["unpriced"]]
        if "message" in facts:
            named["message"] = without_commands(facts["message"])
        return named

    def _counted(self, key: str, facts: Mapping[str, Any]) -> str:
        """What a billing type, or a service of a contract, without a price is called."""
        places = [facts["module"]] if "module" in facts else facts.get("modules", [])
        found = (self.billing_types.get((module, key)) for module in places)
        return next((name for name in found if name), key)
