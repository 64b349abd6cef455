"""Saving what was chosen on a page of the grid, and saying before what it bills anew."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from icb.billing.rebilled_queries import Rebilled, rebilled
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.providers import local_today
from icb.kernel.errors import IcbError, InvalidInput
from icb.mapping.actions import change_organization_mappings
from icb.mapping.inputs import MappingChange
from icb.web.errors import status_of
from icb.web.shell import formats

_MOST_BYTES = 1_000_000
_MOST_CHANGES = 2_000
_LONGEST = 200


def posted(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that a page sent. Raises InvalidInput where it is too large or none."""
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length[:12]) > _MOST_BYTES:
        raise InvalidInput(
            message=_(
                "This is too much at once: a page may send one megabyte. Nothing was stored. "
                "Save fewer changes at a time."
            )
        )
    try:
        sent = json.loads(request.body)
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise InvalidInput(
            message=_("What was sent cannot be read. Nothing was stored. Load the page again.")
        )
    return sent


@require_POST
@page(Permission.MAP)
def save(request: HttpRequest) -> HttpResponseBase:
    """Store the changes of a page in one transaction; its suggestions only if told to.

    `with_suggestions` is the person's answer to the question; without a yes no suggestion is
    stored, whatever was sent along.
    """
    try:
        sent = posted(request)
        from_day = _from_day(sent)
        changes = _changes(sent, "changes", from_day)
        if sent.get("with_suggestions") is True:
            changes += _changes(sent, "suggestions", from_day)
        count = change_organization_mappings(changes)
    except IcbError as error:
        return _told(error)
    said = ngettext("%(count)s mapping saved.", "%(count)s mappings saved.", count)
    messages.success(request, said % {"count": count})
    return JsonResponse({"saved": count})


@require_POST
@page(Permission.MAP)
def effect(request: HttpRequest) -> HttpResponseBase:
    """What saving with an earlier day would bill anew, in words."""
    try:
        sent = posted(request)
        from_day = _from_day(sent)
        keys = {one.organization for one in _changes(sent, "changes", from_day)}
    except IcbError as error:
        return _told(error)
    owners = sent.get("owners")
    keys |= {key for key in owners if isinstance(key, str)} if isinstance(owners, list) else set()
    found = rebilled(keys - {""}, from_day=from_day)
    return JsonResponse({"text": effect_in_words(found, from_day=from_day)})


def effect_in_words(found: Rebilled, *, from_day: date | None) -> str:
    """What becomes of contracts and posted lines when mappings change from a day on."""
    today = local_today()
    if from_day is not None and from_day >= today:
        return _("Nothing before %(day)s is billed anew.") % {"day": formats.day(from_day)}
    day = formats.day(from_day) if from_day else _("the first day each was seen")
    if not found.contracts:
        return _(
            "From %(day)s: none of these organizations has a contract, so no bill changes."
        ) % {"day": day}
    contracts = ngettext(
        "%(count)s contract is calculated anew", "%(count)s contracts are calculated anew",
        found.contracts,
    ) % {"count": found.contracts}  # fmt: skip
    items = ngettext(
        "%(count)s line that is posted already is never changed: what differs is billed or "
        "credited beside it.",
        "%(count)s lines that are posted already are never changed: what differs is billed or "
        "credited beside them.",
        found.items,
    ) % {"count": found.items}  # fmt: skip
    said = _("%(contracts)s from %(day)s.") % {"contracts": contracts, "day": day}
    return f"{said} {items}" if found.items else said


def read_day(text: str, *, field: str) -> date:
    """A day as a field of the browser sends it; InvalidInput for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            field=field,
            value=text[:_LONGEST],
            message=_(
                "%(field)s: %(text)s is not a day. Nothing was stored. Give one as 2026-01-31."
            )
            % {"field": field, "text": text[:40] or _("nothing")},
        ) from None


def _from_day(sent: dict[str, Any]) -> date | None:
    """The day from which the page's changes hold; None: each from the first day it was seen."""
    said = sent.get("from", "")
    if said == "first":
        return None
    return read_day(said if isinstance(said, str) else "", field=_("from"))


def _changes(sent: dict[str, Any], name: str, from_day: date | None) -> list[MappingChange]:
    rows = sent.get(name, [])
    if not isinstance(rows, list) or len(rows) > _MOST_CHANGES:
        raise InvalidInput(
            message=_(
                "A page may save %(count)s changes at once. Nothing was stored. Save fewer at a "
                "time."
            )
            % {"count": formats.number(_MOST_CHANGES)}
        )
    return [_change(row, from_day) for row in rows]


def _change(row: Any, from_day: date | None) -> MappingChange:
    module, id_, organization, seen = (
        _text(row, name) for name in ("module", "id", "organization", "seen")
    )
    # An end needs a day; where the others begin with the first one seen, it is today.
    day = local_today() if from_day is None and not organization else from_day
    return MappingChange(module, id_, organization=organization, from_day=day, seen=seen)


def _text(row: Any, name: str) -> str:
    value = row.get(name, "") if isinstance(row, dict) else None
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise InvalidInput(
            message=_("A change cannot be read. Nothing was stored. Load the page again.")
        )
    return value


def _told(error: IcbError) -> JsonResponse:
    """The refusal as the page's element shows it: beside what was chosen, which stays."""
    parts = error.parts or [(error.message, error.details)]
    said = [{"text": message, "subject": about.get("subject", "")} for message, about in parts]
    return JsonResponse({"problems": said[:50]}, status=status_of(error))
