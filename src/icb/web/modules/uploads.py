"""Files of counts: look at one before anything is stored, take it, undo the last."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from icb.exchange.count_files.actions import (
    FileOutcome,
    confirm_profile,
    propose_profile,
    read_header,
    take_file,
)
from icb.exchange.count_files.sheets import LARGEST_FILE
from icb.foundation.access import page
from icb.foundation.permissions import Permission
from icb.hub.actions import undo_file
from icb.hub.queries import connection_named, count_files, file_source
from icb.kernel.errors import IcbError, InvalidInput, NotFound, NotPermitted, without_commands
from icb.web.modules.connection import frame
from icb.web.modules.forms import FileForm
from icb.web.shell.navigation import Words

_SHOWN_PROBLEMS = 100
_ROLES: tuple[tuple[str, Words], ...] = (
    ("day", gettext_lazy("Day")),
    ("organization", gettext_lazy("Organization's id")),
    ("name", gettext_lazy("Organization's name")),
    ("billing_type", gettext_lazy("Billing type")),
    ("count", gettext_lazy("Count")),
)


class Choice(NamedTuple):
    """What a column, or a role, is taken for, with what it could be taken for instead."""

    name: str
    label: Words
    value: str
    options: list[str]


@page()
def files(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """The files that were brought, and a place for the next."""
    return _answer(request, connection)


@require_POST
@page(Permission.RECORD_COUNTS)
def look(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Show which column is taken for what, and what would become of each day. Nothing is stored."""
    shown = _looked(request, connection)
    if request.headers.get("HX-Request"):
        return render(request, "modules/looked.html", {**shown, "key": connection})
    return _answer(request, connection, **shown)


@require_POST
@page(Permission.RECORD_COUNTS)
def take(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Take the file as it was shown: whole, or not at all."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _answer(request, connection, status=422, form=form)
    try:
        with _kept(form.cleaned_data["file"]) as path:
            data = propose_profile(connection, path=path, said=_said(request))
            confirm_profile(connection, data=data)
            outcome = take_file(connection, path=path, day=form.cleaned_data["day"])
    except (NotFound, NotPermitted):
        raise
    except IcbError as error:
        return _answer(request, connection, status=422, form=form, **_refusal(error))
    messages.success(request, _told(outcome))
    return redirect("module-files", connection=connection)


@require_POST
@page(Permission.RECORD_COUNTS)
def undo(request: HttpRequest, *, connection: str) -> HttpResponseBase:
    """Take back the file that was taken last."""
    name = undo_file(connection, reason=request.POST.get("reason", "")[:500])
    text = _("%(name)s is undone: its days say what they said before it.")
    messages.success(request, text % {"name": name})
    return redirect("module-files", connection=connection)


def _answer(
    request: HttpRequest, connection: str, *, status: int = 200, **shown: Any
) -> HttpResponseBase:
    shown_frame = frame(connection_named(connection), here="module-files")
    rows = count_files(shown_frame["key"])
    last = next((row for row in rows if row.state == "taken"), None)
    context = {
        **shown_frame,
        "form": FileForm(),
        "files": rows,
        "last": last,
        "folder": file_source(connection).folder,
        **shown,
    }
    return render(request, "modules/files.html", context, status=status)


def _looked(request: HttpRequest, connection: str) -> dict[str, Any]:
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        problems = [str(text) for texts in form.errors.values() for text in texts]
        return {"form": form, "looked_problem": " ".join(problems)}
    shown: dict[str, Any] = {"form": form}
    try:
        with _kept(form.cleaned_data["file"]) as path:
            header = read_header(path, sheet=request.POST.get("profile_sheet", ""))
            data = propose_profile(connection, path=path, said=_said(request))
            shown |= _choices(data, header=header)
            shown["outcome"] = take_file(
                connection,
                path=path,
                day=form.cleaned_data["day"],
                is_dry_run=True,
                profile=data,
            )
    except (NotFound, NotPermitted):
        raise
    except IcbError as error:
        shown |= _refusal(error)
    return shown


def _refusal(error: IcbError) -> dict[str, Any]:
    """Why a file is not taken, with every reason that it gives."""
    found = list(getattr(error, "found", ()))[:_SHOWN_PROBLEMS]
    lines = [str(getattr(one, "message", one)) for one in found]
    return {
        "looked_problem": without_commands(error.message),
        "looked_lines": lines if len(lines) > 1 else [],
    }


def _choices(data: dict[str, Any], *, header: list[str]) -> dict[str, Any]:
    is_wide = data["layout"] == "wide"
    roles = _ROLES[:3] if is_wide else _ROLES
    return {
        "roles": [Choice(name, label, data[name], header) for name, label in roles],
        "columns": list(data["types"].items()) if is_wide else [],
        "is_wide": is_wide,
    }


def _said(request: HttpRequest) -> list[str]:
    """What the person said of the columns, as the profile takes it."""
    said = []
    for name, value in request.POST.items():
        if name.startswith("profile_"):
            said.append(f"{name.removeprefix('profile_')}={value}")
        elif name.startswith("type:"):
            said.append(f"{name}={value}")
    return said


def _told(outcome: FileOutcome) -> str:
    if outcome.state == "unchanged":
        text = _("%(name)s was taken before. Nothing was changed.")
    else:
        text = ngettext(
            "%(name)s is taken: one count.", "%(name)s is taken: %(count)s counts.", outcome.counts
        )
    return text % {"name": outcome.name, "count": outcome.counts}


@contextmanager
def _kept(upload: Any) -> Iterator[Path]:
    """The upload under its own name in a folder of its own, for as long as it is read."""
    if (upload.size or 0) > LARGEST_FILE:
        raise InvalidInput(
            field="file",
            message=_("file: it is larger than 20 MB. Nothing was stored. Bring it in parts."),
        )
    with tempfile.TemporaryDirectory(prefix="icb-counts-") as folder:
        path = Path(folder) / Path(upload.name or "file").name
        with path.open("wb") as target:
            for chunk in upload.chunks():
                target.write(chunk)
        yield path
