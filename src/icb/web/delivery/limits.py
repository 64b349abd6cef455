"""How often an address may ask for what needs no sign-in, counted in this process."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

from icb.kernel import clock

_A_MINUTE = 120
_WRONG_A_MINUTE = 20


def sender_of(request: HttpRequest) -> str:
    """The address of whoever asks, as the number of proxies says; blank where it is not known."""
    adapter: Any = get_adapter()
    return str(adapter.get_client_ip(request) or "")


def is_too_often(sender: str) -> bool:
    """Count a request; whether the sender asks too often, or tried too many wrong links."""
    asked = _counted("asked", sender)
    wrong = int(cache.get(_key("wrong", sender), 0))
    return asked > _A_MINUTE or wrong > _WRONG_A_MINUTE


def note_wrong(sender: str) -> None:
    """Count a link that led nowhere."""
    _counted("wrong", sender)


def _counted(what: str, sender: str) -> int:
    key = _key(what, sender)
    cache.add(key, 0, timeout=120)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ended in between
        return 1


def _key(what: str, sender: str) -> str:
    return f"shared:{what}:{sender}:{clock.now():%Y%m%d%H%M}"
