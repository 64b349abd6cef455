"""Which providers a person belongs to: asked before any provider is in scope."""

from __future__ import annotations

from icb.foundation.models import Membership
from icb.foundation.scope import every_provider


def memberships_of(username: str) -> dict[int, tuple[str, str]]:
    """The providers that an active user is a member of: id to name and role, as entered."""
    with every_provider():
        rows = Membership.objects.filter(user__username=username, user__is_active=True)
        named = rows.order_by("pk").values_list("provider_id", "provider__name", "role")
        return {provider: (name, role) for provider, name, role in named}
