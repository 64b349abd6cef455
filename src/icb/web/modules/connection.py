"""The page of a connection: how it stands, what came, what it counts, and trying it out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from icb.foundation.access import page
from icb.foundation.permissions import Permission
from icb.foundation.providers import local_today
from icb.hub.connecting_queries import GUARDS, secrets_stored_at
from icb.hub.module_queries import counted_types
from icb.hub.queries import catalogue, connection_named
from icb.hub.registry import FILES, MANUAL, PUSH, adapters
from icb.hub.sync_queries import target_of
from icb.kernel import clock
from icb.kernel.errors import Refused, without_commands
from icb.mapping.standing_queries import mapping_counts
from icb.operations.coverage import CoverageRow, coverage
from icb.operations.syncing.testing import start_test, tested
from icb.web.modules.advice import advice_on
from icb.web.modules.links import link
from icb.web.modules.overview import WAITS_LONG_SECONDS, tile_of
from icb.web.shell.formats import day as shown_day
from icb.web.shell.formats import moment
from icb.web.shell.navigation import Words

DAYS = 31
_DAY_WORDS: dict[str, Words] = {
    "received": gettext_lazy("counts came"),
    "quarantined": gettext_lazy("waits for a decision"),
    "refused": gettext_lazy("refused"),
    "failed": gettext_lazy("failed"),
    "missing": gettext_lazy("missing"),
    "waiting": gettext_lazy("not due yet"),
}


_SHAPES: dict[str, Words] = {
    "gauge": gettext_lazy("how many on the day"),
    "gauge_lookback": gettext_lazy("how many in the days before"),
    "gauge_storage": gettext_lazy("how much is stored on the day"),
    "boolean": gettext_lazy("yes or no on the day"),
    "one_time": gettext_lazy("a single charge"),
    "cumulative_in_period": gettext_lazy("sum since the period began"),
    "unique_in_period": gettext_lazy("different ones in the period"),
    "high_water": gettext_lazy("the most so far in the period"),
    "unit_days": gettext_lazy("sum of the days"),
    "tier": gettext_lazy("how many in this band"),
    "max_of": gettext_lazy("the larger of two"),
}


class ShownType(NamedTuple):
    """A billing type in words."""

    key: str
    name: str
    unit: str
    meaning: Words
    is_known: bool
    retired_on: date | None
    organizations: int


class Setting(NamedTuple):
    """A setting as it may be shown: a secret only by when it was stored."""

    label: str
    text: str


class DayMark(NamedTuple):
    """One day of the strip, in words."""

    row: CoverageRow
    text: str


@page()
def module(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """How a connection stands, what it counts, and how it is set up."""
    row = connection_named(connection)
    entries = catalogue()
    counts = mapping_counts(row.key)
    types = [
        ShownType(*one[:3], _SHAPES.get(one.shape, one.shape), *one[4:])
        for one in counted_types(row.key)
    ]
    context = {
        **frame(row, here="module"),
        "tile": tile_of(target_of(row), entries=entries),
        "settings": _settings(row),
        "guards": {name: getattr(row, name) for name in GUARDS},
        "entry": next((entry for entry in entries if entry.key == row.module), None),
        "mapping": counts,
        "seen": sum(counts.values()),
        "unmapped": counts["unmapped"] + counts["new"],
        "mapping_address": link("organization-mapping"),
        "types": types,
        "counted": sum(one.organizations > 0 for one in types),
        "tests_at_once": request.GET.get("test") == "yes",
    }
    return render(request, "modules/connection.html", context)


@page()
def days(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """The last 31 days of a connection: what was expected of each, and what came."""
    row = connection_named(connection)
    today = local_today()
    found = coverage(today - timedelta(days=DAYS - 1), last=today, module=row.key)
    context = {
        **frame(row, here="module"),
        "days": [_mark(one) for one in found],
        "good_days": sum(one.state == "received" for one in found),
        "awaited_days": sum(one.state != "waiting" for one in found),
        "first_day": found[0].day if found else None,
        "last_day": found[-1].day if found else None,
    }
    is_part = request.headers.get("HX-Request")
    return render(request, "modules/days.html" if is_part else "modules/days_page.html", context)


@require_POST
@page(Permission.MANAGE_MODULES)
def test(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Ask that a connection be tried out; with `counts`, that what a sync would store be shown."""
    row = connection_named(connection)
    try:
        job = start_test(row.key, with_counts=request.POST.get("counts") == "yes")
    except Refused as refused:
        context = {
            "problem": without_commands(refused.message),
            "advice": advice_on(refused.code, connection=row.key),
        }
        return _answer_test(request, row, context)
    if request.headers.get("HX-Request"):
        return test_answer(request, connection=row.key, job=job.id)
    return redirect("module-test-answer", connection=row.key, job=job.id)


@page(Permission.MANAGE_MODULES)
def test_answer(request: HttpRequest, *, connection: str, job: int) -> HttpResponseBase:
    """What a test found: asked for again and again until it is there."""
    row = connection_named(connection)
    found = tested(row.key, job=job)
    waited = (clock.now() - found.job.created_at).total_seconds()
    context = {
        "test": found,
        "problem": found.problem,
        "advice": advice_on(found.code, connection=row.key),
        "waits_long": found.job.state == "waiting" and waited > WAITS_LONG_SECONDS,
    }
    return _answer_test(request, row, context)


def _answer_test(request: HttpRequest, row: Any, context: dict[str, Any]) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return render(request, "modules/tested.html", {"key": row.key, **context})
    return render(request, "modules/test.html", {**frame(row, here="module"), **context})


def frame(row: Any, *, here: str) -> dict[str, Any]:
    """What every page of a connection shows: its names and tabs."""
    names = [("module", _("Overview"))]
    if row.adapter not in (MANUAL, PUSH, FILES):
        names.append(("module-syncs", _("Syncs")))
    names.append(("module-snapshots", _("Snapshots")))
    if row.adapter == PUSH:
        names.append(("module-push", _("Push")))
    if row.adapter == FILES:
        names.append(("module-files", _("Files")))
    tabs = [
        (label, reverse(view, kwargs={"connection": row.key}), view == here)
        for view, label in names
    ]
    return {"tabs": tabs, "name": row.name, "key": row.key, "row": row}


def _settings(row: Any) -> list[Setting]:
    adapter = adapters().get(row.adapter)
    stored = secrets_stored_at(row.key)
    found = []
    for one in adapter.description.settings if adapter else ():
        if not one.is_secret:
            text = str(row.settings.get(one.name, ""))
        elif one.name in stored:
            text = _("stored on %(day)s") % {"day": moment(stored[one.name])}
        else:
            text = _("not stored")
        if text or one.is_required:
            found.append(Setting(one.label, text or "–"))
    return found


def _mark(row: CoverageRow) -> DayMark:
    words = str(_DAY_WORDS.get(row.state, row.state))
    if row.state == "received":
        words = _("%(words)s: %(number)s") % {"words": words, "number": row.received}
    return DayMark(row, f"{shown_day(row.day)}: {words}")
