"""Who may open an address: said once, at the view, and asked before it runs.

Every view of the program carries one of these; the middleware refuses one that does not. What a
person may change is asked again, and decided, by the action that the view calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from icb.foundation.actor import Permission

_MARK = "icb_access"
View = TypeVar("View", bound=Callable[..., Any])


class Access(NamedTuple):
    """What an address asks of whoever opens it.

    `is_public`: nobody need have signed in. `needs_provider`: a provider is in scope and the person
    is its member with `permission`.
    """

    is_public: bool
    needs_provider: bool
    permission: Permission | None


def page(permission: Permission = Permission.READ) -> Callable[[View], View]:
    """For a view of members who have the permission; it runs in scope of their provider."""
    return _marked(Access(is_public=False, needs_provider=True, permission=permission))


def personal(view: View) -> View:
    """For a view of whoever has signed in; in scope of a provider where the person is a member."""
    return _marked(Access(is_public=False, needs_provider=False, permission=None))(view)


def public(view: View) -> View:
    """For a view that anybody may open, or that asks for a token itself."""
    return _marked(Access(is_public=True, needs_provider=False, permission=None))(view)


def access_of(view: Callable[..., Any]) -> Access | None:
    """What the view was marked with; None where it was forgotten."""
    return getattr(view, _MARK, None)


def _marked(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _MARK, access)
        return view

    return mark
