"""What of ours is what of theirs, for one target (pure), and what of a document is not mapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from icb.accounting.ports import Listing, TargetDescription

_WORDS = {
    Listing.CUSTOMERS: "the client {}",
    Listing.ACCOUNTS: "the account {}",
    Listing.ITEMS: "the service {}",
    Listing.TAX_CODES: "the tax {}",
}


@dataclass
class Mapped:
    """The mappings of one target, and what was asked for in vain.

    `account_names`: names of our accounts by code. In files, what is not mapped has our own name.
    """

    description: TargetDescription
    is_file: bool
    ids: Mapping[tuple[str, str], str]
    account_names: Mapping[str, str]
    lacking: list[str] = field(default_factory=list)

    def customer(self, key: str, *, name: str) -> str:
        """The target's id of an organization."""
        return self._found(Listing.CUSTOMERS, key, usual=name)

    def account(self, code: str) -> str:
        """The target's id of one of our accounts."""
        name = self.account_names.get(code, code)
        usual = name if self.description.names_accounts else code
        return self._found(Listing.ACCOUNTS, code, usual=usual)

    def counter_account(self, code: str) -> str:
        """The target's id of the account of receivables or of a tax.

        An application books those itself; only a file has to name them.
        """
        return self.account(code) if self.is_file else self.ids.get((Listing.ACCOUNTS, code), "")

    def item(self, service: str) -> str:
        """The target's id of a service; of one without its own, that of all others."""
        if (Listing.ITEMS, service) not in self.ids and (Listing.ITEMS, "") in self.ids:
            return self.ids[Listing.ITEMS, ""]
        return self._found(Listing.ITEMS, service, usual=service)

    def tax_code(self, key: str) -> str:
        """The target's id of a tax; of an empty key, what it has for no tax."""
        return self._found(Listing.TAX_CODES, key, usual=key)

    def _found(self, kind: Listing, ours: str, *, usual: str) -> str:
        found = self.ids.get((kind, ours), "")
        if found:
            return found
        if kind in self.description.needed:
            words = _WORDS[kind].format(ours) if ours else f"{_WORDS[kind].format('none')}"
            if words not in self.lacking:
                self.lacking.append(words)
        return usual if self.is_file else ""
