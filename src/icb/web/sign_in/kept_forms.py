"""Forms that were sent when the session had run out: kept, and sent again after signing in.

Also those that a page of an earlier session sends after signing in anew, in another tab.

Kept in the new session, which nobody can read from outside, for whoever was signed in before in
this browser, and only for that person. Secrets and files are left out, and it is said which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from icb.kernel import clock

LARGEST_BYTES = 500_000
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_MOST_FIELDS = 5_000
_SESSION_NAME = "kept_form"
_COOKIE, _SALT = "icb_who", "icb.web.sign_in.who"
_COOKIE_SECONDS = 30 * 24 * 3600
_KEPT_SECONDS = 3600
_SECRET = re.compile(
    "passw|passphrase|secret|token|credential|api.?key|private.?key|^code$", re.IGNORECASE
)


class Shown(NamedTuple):
    """A field: the name in its form, and words for it until the page gives its label."""

    name: str
    label: str
    value: str = ""


@dataclass(frozen=True)
class KeptForm:
    """What was sent: where to, by which page, each field as often as it was sent.

    `left_out` names secrets and files. `is_part`: a part of a page sent it, which takes the answer.
    """

    address: str
    page: str
    is_part: bool
    fields: list[list[str]]
    left_out: list[str]
    is_too_large: bool
    who: str
    at: int

    @property
    def filled(self) -> list[Shown]:
        """The fields that say something, for people to look at; those left empty are sent too."""
        return [Shown(name, _in_words(name), value) for name, value in self.fields if value.strip()]

    @property
    def missing(self) -> list[Shown]:
        """What was left out, for people to look at."""
        return [Shown(name, _in_words(name)) for name in self.left_out]


def keep_form(request: HttpRequest) -> bool:
    """Keep what was posted for whoever is or was signed in here; whether anything was kept."""
    who = str(request.user.pk or "") or _who(request)
    if request.method != "POST" or request.content_type not in _FORMS or not who:
        return False
    fields = [[name, value] for name, value in _sent(request) if not _SECRET.search(name)]
    secrets = {name for name in request.POST if _SECRET.search(name) and name != _MARK}
    size = sum(len(name) + len(value) for name, value in fields)
    is_too_large = size > LARGEST_BYTES or len(fields) > _MOST_FIELDS
    form = KeptForm(
        address=request.get_full_path(),
        page=page_of(request),
        is_part=bool(request.headers.get("HX-Request")),
        fields=[] if is_too_large else fields,
        left_out=sorted(secrets | set(request.FILES)),
        is_too_large=is_too_large,
        who=who,
        at=int(clock.now().timestamp()),
    )
    request.session[_SESSION_NAME] = asdict(form)
    return True


def kept_form(request: HttpRequest) -> KeptForm | None:
    """What was kept for the person who is signed in; None where there is nothing, or no more."""
    kept = request.session.get(_SESSION_NAME)
    form = KeptForm(**kept) if kept else None
    is_over = form and clock.now().timestamp() - form.at > _KEPT_SECONDS
    if form is None or is_over or form.who != str(request.user.pk):
        forget_form(request)
        return None
    return form


def forget_form(request: HttpRequest) -> None:
    """Keep nothing any more."""
    request.session.pop(_SESSION_NAME, None)


def remember_who(request: HttpRequest, *, response: HttpResponseBase) -> None:
    """Let this browser know, signed, who signed in: so that a kept form finds its person again."""
    response.set_cookie(
        _COOKIE,
        signing.dumps(str(request.user.pk), salt=_SALT),
        max_age=_COOKIE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def page_of(request: HttpRequest) -> str:
    """The page of this site that a form or a part of it stands on, else the address asked for."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return request.get_full_path()
    named = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    parts = urlsplit(named)
    if parts.netloc != request.get_host() or not parts.path.startswith("/"):
        return request.get_full_path() if request.method == "GET" else "/"
    path = "/" + parts.path.lstrip("/")
    return f"{path}?{parts.query}" if parts.query else path


_MARK = "csrfmiddlewaretoken"


def _in_words(name: str) -> str:
    words = re.sub(r"[^\w]+|_", " ", name).strip()
    return words[:1].upper() + words[1:] or name


def _sent(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for name, values in request.POST.lists():
        if name != _MARK:
            yield from ((name, str(value)) for value in values)


def _who(request: HttpRequest) -> str:
    """The id of the user who signed in here last; empty where the browser cannot tell."""
    try:
        said = signing.loads(request.COOKIES.get(_COOKIE, ""), salt=_SALT, max_age=_COOKIE_SECONDS)
    except signing.BadSignature:
        return ""
    return str(said)
