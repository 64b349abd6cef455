"""What of ours is what of theirs: a list with a field for each row, filled where one fits."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from icb.accounting.inputs import NewMapping
from icb.accounting.mapping_actions import set_mappings
from icb.accounting.mapping_queries import OursRow, kinds_to_map, mapping_page, mapping_rows
from icb.accounting.target_queries import records, target_row
from icb.foundation.access import page
from icb.foundation.actor import Permission
from icb.foundation.listing import Page, Wanted
from icb.kernel.errors import NotFound
from icb.web.accounting.tabs import target_tabs
from icb.web.accounting.words import LISTINGS, MAPPED, word
from icb.web.fields.typeahead import SHOWN, Choice, answer_choices
from icb.web.lists.answer import answer_list
from icb.web.lists.columns import Column, Empty, Listing, Look
from icb.web.shell.going_back import back_address

_TONES = {"mapped": "good", "suggested": "warn"}


@page()
def mapping(request: HttpRequest, *, key: str) -> HttpResponseBase:
    """What is mapped at a target, of one kind."""
    row = target_row(key)
    kinds = kinds_to_map(key)
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds else kinds[0]
    context = {
        "row": row,
        "tabs": target_tabs(row, here="accounting-mapping"),
        "kinds": [(one, word(LISTINGS, key=one), one == kind) for one in kinds],
        "kind": kind,
        "is_sure": any(one.is_sure for one in mapping_rows(key, kind=kind)),
        "takes_files": row.takes_files,
    }
    return answer_list(request, _listing(key, kind), **context)


@page()
def choices(request: HttpRequest, *, key: str, kind: str) -> JsonResponse:
    """What the target has that fits what is typed."""
    target_row(key)
    found = records(key, kind=kind, words=request.GET.get("q", "")[:200], limit=SHOWN)
    return answer_choices(
        Choice(one.theirs, one.name, " ".join(text for text in (one.code, one.theirs) if text))
        for one in found
    )


@page(Permission.TRANSFER)
def one(request: HttpRequest, *, key: str, kind: str) -> HttpResponseBase:
    """The field for one thing of ours."""
    row = target_row(key)
    found = _standing(key, kind, request.GET.get("ours", ""))
    context = {
        "row": row,
        "kind": kind,
        "one": found,
        "name": _ours(found),
        "value": found.theirs or found.suggested,
        "shown": found.their_name or found.suggested_name,
        "takes_files": row.takes_files,
        "list_address": _address(key, kind),
    }
    return render(request, "accounting/mapping_one.html", context)


@require_POST
@page(Permission.TRANSFER)
def save(request: HttpRequest, *, key: str, kind: str) -> HttpResponseBase:
    """Store one row's mapping, or what was suggested (`take`); an empty field takes it away."""
    names = {one.theirs: one.name for one in records(key, kind=kind)}
    ours, theirs = request.POST.get("ours", ""), request.POST.get("theirs", "").strip()
    if "take" in request.POST:
        ours = request.POST["take"]
        theirs = _standing(key, kind, ours).suggested
    new = NewMapping(kind=kind, ours=ours, theirs=theirs, name=names.get(theirs, theirs))
    if set_mappings(key, news=[new]):
        messages.success(request, _("Stored.") if theirs else _("The mapping was taken away."))
    return redirect(back_address(request, usual=_address(key, kind)))


@require_POST
@page(Permission.TRANSFER)
def accept(request: HttpRequest, *, key: str, kind: str) -> HttpResponseBase:
    """Store everything that fits exactly and alone."""
    if kind not in kinds_to_map(key):
        raise Http404
    news = [
        NewMapping(kind=kind, ours=one.ours, theirs=one.suggested, name=one.suggested_name)
        for one in mapping_rows(key, kind=kind)
        if one.is_sure
    ]
    count = set_mappings(key, news=news)
    text = ngettext("One was mapped.", "%(count)s were mapped.", count)
    messages.success(request, text % {"count": count})
    return redirect(_address(key, kind))


def _standing(key: str, kind: str, ours: str) -> OursRow:
    rows = mapping_rows(key, kind=kind) if kind in kinds_to_map(key) else []
    found = next((row for row in rows if row.ours == ours), None)
    if found is None:
        raise NotFound("unknown_mapping", _("There is nothing of that key to map."))
    return found


class _Shown(NamedTuple):
    """A row with the addresses of its buttons."""

    ours: str
    name: str
    theirs: str
    their_name: str
    suggested: str
    suggested_name: str
    reason: str
    state: str
    kind: str
    save_address: str
    one_address: str


def _page(wanted: Wanted, *, key: str, kind: str) -> Page[_Shown]:
    found = mapping_page(wanted, target=key, kind=kind)
    arguments = {"key": key, "kind": kind}
    save_address = reverse("accounting-mapping-save", kwargs=arguments)
    one_address = reverse("accounting-mapping-one", kwargs=arguments)
    rows = [
        _Shown(
            row.ours,
            row.name,
            row.theirs,
            row.their_name,
            row.suggested,
            row.suggested_name,
            row.reason,
            row.state,
            row.kind,
            save_address,
            f"{one_address}?{urlencode({'ours': row.ours})}",
        )
        for row in found.rows
    ]
    return Page(rows, found.total)


def _address(key: str, kind: str) -> str:
    return f"{reverse('accounting-mapping', kwargs={'key': key})}?kind={kind}"


def _ours(row: OursRow | _Shown) -> str:
    if row.ours:
        return row.name
    return _("No tax") if row.kind == "tax_codes" else _("All other services")


def _theirs(row: OursRow | _Shown) -> str:
    return row.their_name or row.suggested_name


def _listing(key: str, kind: str) -> Listing:
    return Listing(
        key=f"accounting-mapping-{kind}",
        title=lazy("Mapping"),
        rows=partial(_page, key=key, kind=kind),
        search=lazy("Search names and keys"),
        template="accounting/mapping.html",
        actions="accounting/mapping_actions.html",
        extra={"kind": kind},
        columns=(
            Column(key="name", label=lazy("Ours"), value=_ours),
            Column(key="ours", label=lazy("Key"), value=lambda row: row.ours),
            Column(
                key="state",
                label=lazy("State"),
                value=lambda row: word(MAPPED, key=row.state),
                look=Look.STATE,
                choices=MAPPED,
                tone=lambda row: _TONES.get(row.state, ""),
            ),
            Column(key="theirs", label=lazy("Theirs"), value=_theirs, note=lambda row: row.reason),
        ),
        empty=Empty(title=lazy("There is nothing to map yet")),
    )
