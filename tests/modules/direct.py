"""HTTP to a fake vendor without a connection, so that many accounts can be tried."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import urlencode, urlsplit

from icb.demo.vendors.server import Answer, Fake
from icb.foundation.egress.guard import read_target
from icb.foundation.egress.problems import NotAllowed
from icb.hub.ports import (
    Adapter,
    Body,
    DaySnapshot,
    ReachRefused,
    Response,
    Session,
    UnexpectedAnswer,
)
from icb.operations.syncing.reach import ReachOf
from icb.operations.syncing.statuses import problem_of

NOW = datetime(2026, 3, 10, 0, 20, tzinfo=UTC)
DAY = date(2026, 3, 9)


@dataclass(frozen=True)
class _Read:
    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> object:
        try:
            return json.loads(self.content, parse_float=Decimal)
        except ValueError:
            raise UnexpectedAnswer("The answer is no JSON. Nothing was stored.") from None

    def text(self) -> str:
        return self.content.decode()


class Direct:
    """The `Http` of the port: within the adapter's reach, with the sync's words for statuses."""

    def __init__(self, fake: Fake, *, adapter: Adapter, settings: Mapping[str, str]) -> None:
        self.fake = fake
        self.name = adapter.description.name
        self.reach = ReachOf(adapter.description, settings=settings)

    def request(
        self,
        method: str,
        *,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        allow: Sequence[int] = (),
    ) -> Response:
        whole = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
        if not self._may_ask(method, url=whole):
            raise ReachRefused(f"{method} {url} is not declared. Nothing was asked.")
        parts = urlsplit(whole)
        got = self.fake.respond(
            method,
            target=f"{parts.path}?{parts.query}",
            headers={name.lower(): value for name, value in (headers or {}).items()},
            body=_content(body),
        )
        assert isinstance(got, Answer)
        if 200 <= got.status < 300 or got.status in allow:
            return _Read(got.status, got.headers, got.content())
        raise problem_of(got.status, headers=got.headers, name=self.name)

    def _may_ask(self, method: str, *, url: str) -> bool:
        try:
            return self.reach.covers(read_target(url), method=method)
        except NotAllowed:
            return False


def taken(fake: Fake, *, adapter: Adapter, settings: Mapping[str, str]) -> DaySnapshot:
    """A snapshot of the fake's account."""
    return adapter.snapshot(session(fake, adapter=adapter, settings=settings), day=DAY)


def session(fake: Fake, *, adapter: Adapter, settings: Mapping[str, str]) -> Session:
    """A session with the fake; settings that are not given have their default."""
    given = {field.name: field.default for field in adapter.description.settings} | dict(settings)
    http = Direct(fake, adapter=adapter, settings=given)
    return Session(settings=given, http=http, now=NOW, today=NOW.date())


def found(snapshot: DaySnapshot) -> dict[tuple[str, str], object]:
    """The counts that are not zero."""
    return {
        (count.organization, count.billing_type): count.count
        for count in snapshot.counts
        if count.count
    }


def _content(body: Body | None) -> bytes:
    if body is None:
        return b""
    return (json.dumps(body.json) if body.form is None else urlencode(body.form)).encode()
