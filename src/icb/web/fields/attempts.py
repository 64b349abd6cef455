"""Trying what a form asks for: a refusal is told in the form, with everything still typed in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import BaseForm

from icb.foundation.versions import CHANGED_SINCE
from icb.kernel.errors import IcbError, NotPermitted
from icb.web.errors import add_error, status_of

UNREAD = 422
"""The status of a form whose fields cannot be taken as they are."""


class Attempt:
    """What became of it: `status` 0 where it was done, else that of the refusal.

    `is_overtaken`: somebody else changed the same thing since the form was opened.
    """

    def __init__(self, status: int, *, is_overtaken: bool = False) -> None:
        self.status = status
        self.is_overtaken = is_overtaken

    def __bool__(self) -> bool:
        return self.status == 0


def attempt(form: BaseForm, *, act: Callable[[], Any]) -> Attempt:
    """Do it where the form can be read; a refusal is told at the fields that it names.

    What the person has no permission for is raised: no correction of the form would help.
    """
    if not form.is_valid():
        return Attempt(UNREAD)
    try:
        act()
    except NotPermitted:
        raise
    except IcbError as error:
        add_error(form, error=error)
        return Attempt(status_of(error), is_overtaken=error.code == CHANGED_SINCE)
    return Attempt(0)


def take_up(form: BaseForm, *, seen: str) -> None:
    """Let an overtaken form be saved once more: it has now seen what stands."""
    form.data = {**{name: form.data[name] for name in form.data}, "seen": seen}
