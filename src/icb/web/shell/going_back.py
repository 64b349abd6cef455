"""Where a person goes on after a form: back to where it stood."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def back_address(request: HttpRequest, *, usual: str = "/") -> str:
    """The address of this site that a form names as `next`; anything else is not followed."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return target if is_ours and target.startswith("/") else usual
