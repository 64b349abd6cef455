"""Enable by Module: a tile for each module of the catalogue, and what the connected ones do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.jobs import cancel_job
from icb.foundation.permissions import Permission
from icb.hub.actions import set_enabled
from icb.hub.catalogue import CatalogueModule
from icb.hub.queries import catalogue, connection_named
from icb.hub.registry import adapters
from icb.hub.sync_queries import SyncRow, SyncTarget, sync_target, target_of
from icb.kernel import clock
from icb.kernel.errors import Refused
from icb.operations.syncing.advice import advice
from icb.operations.syncing.requests import request_syncs
from icb.operations.syncing.standing import Standing, standings
from icb.web.modules.advice import Advice, advice_on
from icb.web.shell.going_back import back_address

WAITS_LONG_SECONDS = 30


class Tile(NamedTuple):
    """A connection as its tile shows it. `waits_long`: nobody takes up its job."""

    standing: Standing
    module: str  # the module's name, where the connection has another
    why: str
    advice: Advice
    is_proven: bool
    words: str
    waits_long: bool


class Known(NamedTuple):
    """A module of the catalogue that could be connected. `by_itself`: an adapter asks for it."""

    key: str
    name: str
    types: int
    connections: int
    by_itself: bool


class Suite(NamedTuple):
    """The modules of one suite."""

    name: str
    modules: list[Known]


@page()
def modules(request: HttpRequest) -> HttpResponseBase:
    """All modules: the connected ones first, then the catalogue by suite."""
    words = request.GET.get("q", "").strip()[:200]
    entries = catalogue()
    names = {entry.key: entry for entry in entries}
    standing = standings()
    tiles = [_tile(one, names) for one in standing if _fits(words, _words_of(one, names))]
    context = {
        "words": words,
        "tiles": sorted(tiles, key=lambda tile: not tile.standing.is_enabled),
        "connected": len(standing),
        "failed": sum(one.has_failed and one.is_enabled for one in standing),
        "suites": _suites(entries, standing, words=words),
        "can_sync_all": any(one.is_asked and one.is_enabled for one in standing),
    }
    is_part = request.headers.get("HX-Target") == "modules-found"
    response = render(request, "modules/found.html" if is_part else "modules/modules.html", context)
    response["Vary"] = "HX-Request"
    return response


@page()
def tile(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """One connected tile: what a page asks for again while something runs."""
    return _answer_tile(request, connection)


@require_POST
@page(Permission.MANAGE_MODULES)
def switch(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Enable or disable a connection."""
    is_enabled = request.POST.get("is_enabled") == "yes"
    set_enabled(connection, is_enabled=is_enabled)
    name = connection_named(connection).name
    if is_enabled:
        text = _("%(name)s is enabled: it is synced each night, and now when you say so.")
    else:
        text = _(
            "%(name)s is disabled: it is not synced any more. Its mappings, units and history stay."
        )
    messages.success(request, text % {"name": name})
    return redirect(back_address(request, usual="/modules"))


@require_POST
@page(Permission.RECORD_COUNTS)
def sync(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Ask for the counts of a connection now."""
    request_syncs([connection_named(connection).key])
    return _after(request, connection)


@require_POST
@page(Permission.RECORD_COUNTS)
def sync_all(request: HttpRequest) -> HttpResponseBase:
    """Ask for the counts of every enabled connection now."""
    begun = {job.payload["connection"] for job in request_syncs()}
    many = len(begun)
    text = ngettext("%(count)s module is synced now.", "%(count)s modules are synced now.", many)
    messages.success(request, text % {"count": many})
    return redirect("modules")


@require_POST
@page(Permission.RECORD_COUNTS)
def cancel(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Cancel what runs for a connection, or waits for its turn."""
    row = connection_named(connection)
    key, found = row.key, standings([target_of(row)])[0].job
    if found is None:
        raise Refused(
            "nothing_runs",
            _("%(key)s: nothing runs for it any more. Nothing was changed.") % {"key": key},
        )
    cancel_job(found.id)
    return _after(request, connection)


def tile_of(target: SyncTarget, *, entries: Iterable[CatalogueModule]) -> Tile:
    """A connection as its tile shows it, with the names of the catalogue."""
    return _tile(standings([target])[0], {entry.key: entry for entry in entries})


def _after(request: HttpRequest, connection: str) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return _answer_tile(request, connection)
    return redirect(back_address(request, usual="/modules"))


def _answer_tile(request: HttpRequest, connection: str) -> HttpResponseBase:
    shown = tile_of(sync_target(connection), entries=catalogue())
    context = {"tile": shown, "bare": "bare" in request.GET}
    return render(request, "modules/tile.html", context)


def _tile(one: Standing, names: dict[str, CatalogueModule]) -> Tile:
    entry = names.get(one.module)
    adapter = adapters().get(one.adapter)
    name = entry.name if entry else ""
    job = one.job
    waited = (clock.now() - job.created_at).total_seconds() if job else 0
    return Tile(
        standing=one,
        module=name if name.casefold() != one.name.casefold() else "",
        why=_why(one.sync),
        advice=advice_on(one.sync.code if one.sync else "", connection=one.key),
        is_proven=adapter is None or adapter.description.is_proven,
        words=str(job.progress.get("words", "")) if job else "",
        waits_long=job is not None and job.state == "waiting" and waited > WAITS_LONG_SECONDS,
    )


def _why(sync: SyncRow | None) -> str:
    """Why it brought nothing, without what to do about it in words of the command line."""
    return sync.message.removesuffix(advice(sync.code)).strip() if sync else ""


def _suites(
    entries: Iterable[CatalogueModule], standing: Iterable[Standing], *, words: str
) -> list[Suite]:
    of_adapters = {one.description.module for one in adapters().values()}
    connected: defaultdict[str, int] = defaultdict(int)
    for one in standing:
        connected[one.module] += 1
    found: dict[str, list[Known]] = {}
    for entry in entries:
        if _fits(words, (entry.key, entry.name, entry.suite, *entry.aliases)):
            found.setdefault(entry.suite or _("Other"), []).append(
                Known(
                    key=entry.key,
                    name=entry.name,
                    types=len(entry.billing_types),
                    connections=connected[entry.key],
                    by_itself=entry.key in of_adapters,
                )
            )
    return [Suite(name, modules) for name, modules in found.items()]


def _words_of(one: Standing, names: dict[str, CatalogueModule]) -> tuple[str, ...]:
    entry = names.get(one.module)
    more: tuple[Any, ...] = (entry.name, entry.suite, *entry.aliases) if entry else ()
    return (one.key, one.name, one.module, *more)


def _fits(words: str, texts: Iterable[str]) -> bool:
    """Whether every word stands somewhere in the texts."""
    said = " ".join(texts).casefold()
    return all(word in said for word in words.casefold().split())
