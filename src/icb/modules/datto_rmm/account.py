"""Asks one Datto RMM account: tokens, refusals and what they mean."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from icb.hub.ports import AccessRefused, Body, Response, Session, SyncProblem, Throttled
from icb.modules.bearer import Bearer, fetch_token
from icb.modules.reading import Record

TOKEN_PATH = "/auth/oauth/token"
RATE_PATH = "/api/v2/system/request_rate"
# How long an address stays refused after too many requests, as the vendor says: five minutes.
BLOCKED_SECONDS = 300
# The vendor's documented client for programs; the key and secret of the user make it one's own.
_CLIENT = base64.b64encode(b"public-client:public").decode()
_REFUSED = (
    "Datto RMM does not accept the API key and secret. Nothing was stored. Check the platform, "
    "make new API keys for the user, and enter them."
)


class Account:
    """One run's view of the account. Takes a token when it needs one, and a second one at most."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._bearer = Bearer(session.http, new_token=self._new_token, name="Datto RMM")
        self._was_answered = False

    def get(self, path: str, *, params: Mapping[str, str] | None = None) -> Record:
        """Read an address of the account by its path."""
        return self.get_url(f"{self._base}{path}", params=params)

    def get_url(self, url: str, *, params: Mapping[str, str] | None = None) -> Record:
        """Read a whole address, as the vendor names those of next pages."""
        response = self._bearer.get(url, params=params, allow=(403,))
        if response.status == 403:
            raise self._meaning_of(response)
        self._was_answered = True
        return Record(response.json(), at="the answer")

    @property
    def _base(self) -> str:
        return f"https://{self._session.settings['platform']}-api.centrastage.net"

    def _new_token(self) -> str:
        settings = self._session.settings
        form = {
            "grant_type": "password",
            "username": settings["api_key"],
            "password": settings["api_secret"],
        }
        return fetch_token(
            self._session.http,
            url=f"{self._base}{TOKEN_PATH}",
            headers={"Authorization": f"Basic {_CLIENT}"},
            body=Body(form=form),
            refused=_REFUSED,
        )

    def _meaning_of(self, refusal: Response) -> SyncProblem:
        """Too many requests, or no right to read this? The vendor says 403 to both."""
        if "retry-after" in refusal.headers:
            return _throttled(BLOCKED_SECONDS)
        response = self._bearer.get(f"{self._base}{RATE_PATH}", allow=(403,))
        if response.status == 403 and self._was_answered:
            # What was allowed a moment ago is refused, and so is everything else: a block.
            return _throttled(BLOCKED_SECONDS)
        if response.status == 403:
            return _refused_access()
        rate = Record(response.json(), at="the request rate")
        window = rate.whole_or_none("slidingTimeWindowSizeSeconds") or BLOCKED_SECONDS
        used, limit = rate.whole_or_none("accountCount"), rate.whole_or_none("accountRateLimit")
        is_used_up = used is not None and limit is not None and used >= limit
        return _throttled(window) if is_used_up else _refused_access()


def _refused_access() -> AccessRefused:
    return AccessRefused(
        "Datto RMM accepts the API key, but its user may not read this. Nothing was stored. Give "
        "the user a security level that may view all sites and devices, and saved filters. If many "
        "requests were made just before, wait five minutes and try again."
    )


def _throttled(seconds: int) -> Throttled:
    return Throttled(
        "Datto RMM refuses because the account made too many requests. Nothing was stored. It is "
        "tried again later; see which other tools use the account's API.",
        retry_after=seconds,
    )
