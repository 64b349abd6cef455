"""How an adapter asks its vendor: within its reach, at its pace, and with answers put into words.

Statuses and broken connections become the SyncProblem of the fitting kind. Its text says what to
do; it never holds a query, a header or a body, because those can hold secrets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from time import monotonic, sleep
from urllib.parse import urlencode

from django.conf import settings as program

from icb.foundation.canonical import exact_text
from icb.foundation.egress.client import Answer, Asked, Client, Question, Roads
from icb.foundation.egress.guard import Target, read_target
from icb.foundation.egress.limits import Limits
from icb.foundation.egress.problems import BadAnswer, NoAnswer, NoConnection, NotAllowed, Unsendable
from icb.foundation.egress.redaction import without_secrets
from icb.foundation.strict_json import NoJson, read_json
from icb.hub.ports import (
    Body,
    Description,
    Http,
    ReachRefused,
    Response,
    SyncProblem,
    UnexpectedAnswer,
    VendorUnavailable,
    WrongSettings,
)
from icb.operations.syncing.reach import ReachOf
from icb.operations.syncing.statuses import is_worth_retrying, problem_of

PAUSES = (1.0, 2.0, 4.0)
"""Seconds before the second, third and fourth try, where the vendor names none."""
_SAFE_TO_REPEAT = ("GET", "HEAD")


def open_http(
    description: Description,
    *,
    settings: Mapping[str, str],
    limits: Limits | None = None,
    on_request: Callable[[Asked], None] | None = None,
    reroute: Mapping[str, str] | None = None,
) -> AdapterHttp:
    """The Http for one session of an adapter with these settings. Close it after use.

    `on_request` is told of every request that leaves. `reroute` leads a declared host to a server
    on this machine ("http://127.0.0.1:port") past the guard of addresses, but not past the reach;
    it is for tests and the demo alone and comes from no setting. Raises WrongSettings where a
    setting cannot be part of an address.
    """
    chosen = limits or Limits()
    roads = Roads(private=program.ENVIRONMENT.private_targets, detours=reroute or {})
    return AdapterHttp(
        description,
        reach=ReachOf(description, settings=settings),
        client=Client(roads=roads, limits=chosen, on_request=on_request),
        limits=chosen,
    )


@contextmanager
def keeping_secrets(
    description: Description, *, settings: Mapping[str, str]
) -> Iterator[Callable[[str], str]]:
    """Take the secrets among the settings out of every problem that the block raises.

    Its words are the adapter's, and may repeat what it was given or what it was sent. The value
    does the same for any other text.
    """
    secrets = [settings.get(one.name, "") for one in description.settings if one.is_secret]
    hide = partial(without_secrets, secrets=secrets)
    try:
        yield hide
    except SyncProblem as problem:
        problem.message = hide(problem.message)
        problem.args = (problem.message,)
        raise


@dataclass(frozen=True, slots=True)
class _Failure:
    """A try that gave nothing: why, whether another may help, and the pause the vendor wants."""

    problem: SyncProblem
    is_worth_retrying: bool
    wait: int | None = None


class AdapterHttp(Http):
    """The `Http` of the port, over the guarded client."""

    def __init__(
        self, description: Description, *, reach: ReachOf, client: Client, limits: Limits
    ) -> None:
        self._name = description.name
        self._reach = reach
        self._client = client
        self._limits = limits
        self._spacing = 60 / description.per_minute if description.per_minute else 0.0
        self._ends_at = monotonic() + limits.all_seconds
        self._next_at = 0.0
        self._bytes = 0
        self.requests = 0

    def __enter__(self) -> AdapterHttp:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connections that were kept for later requests."""
        self._client.close()

    def request(
        self,
        method: str,
        *,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        allow: Sequence[int] = (),
    ) -> AdapterResponse:
        """See `icb.hub.ports.Http`."""
        question = _question(method, _with_params(url, params or {}), headers or {}, body)
        target = self._covered(question)
        pauses = iter(PAUSES)
        while True:
            outcome = self._tried(question, target=target, allow=allow)
            if isinstance(outcome, AdapterResponse):
                return outcome
            pause = next(pauses, None)
            wait = pause if outcome.wait is None else outcome.wait
            if pause is None or wait is None or not self._may_wait(outcome, wait):
                raise outcome.problem
            sleep(wait)

    def _covered(self, question: Question) -> Target:
        """The question's target; ReachRefused where the adapter did not declare it."""
        try:
            target = read_target(question.url)
        except NotAllowed as error:
            raise ReachRefused(f"{self._name}: {error.message}") from None
        if not self._reach.covers(target, method=question.method):
            raise ReachRefused(
                f"{self._name} wanted {question.method} {target.place}{target.path}, which is "
                "not among what it declares that it asks. Nothing was asked. Check the addresses "
                "in its settings; if they are right, the module needs a newer version."
            )
        return target

    def _tried(
        self, question: Question, *, target: Target, allow: Sequence[int]
    ) -> AdapterResponse | _Failure:
        seconds = self._turn()
        try:
            answer = self._client.ask(question, seconds=seconds)
        except (NoConnection, NoAnswer) as error:
            is_repeatable = question.method in _SAFE_TO_REPEAT or isinstance(error, NoConnection)
            return _Failure(self._unavailable(error.message), is_repeatable)
        except NotAllowed as error:
            raise ReachRefused(f"{self._name}: {error.message}") from None
        except Unsendable as error:
            raise WrongSettings(f"{self._name}: {error.message}") from None
        except BadAnswer as error:
            raise UnexpectedAnswer(_unusable(self._name, error.message)) from None
        self._count(answer)
        if 200 <= answer.status < 300 or answer.status in allow:
            return AdapterResponse(answer, name=self._name)
        problem = problem_of(answer.status, headers=answer.headers, name=self._name)
        return _Failure(problem, is_worth_retrying(answer.status), problem.retry_after)

    def _turn(self) -> float:
        """Wait until the vendor's pace allows a request; the seconds that the sync has left."""
        if self.requests >= self._limits.requests:
            raise UnexpectedAnswer(
                f"{self._name} was asked {self.requests:,} times in one sync, and there was still "
                "more. Nothing was stored. Check whether the vendor's pages go in a circle."
            )
        sleep(max(0.0, self._next_at - monotonic()))
        self._next_at = monotonic() + self._spacing
        self.requests += 1
        left = self._ends_at - monotonic()
        if left <= 0:
            raise VendorUnavailable(
                f"{self._name} took longer than {self._limits.all_seconds:,.0f} seconds for one "
                "sync. Nothing was stored. It is tried again by itself."
            )
        return left

    def _may_wait(self, failure: _Failure, seconds: float) -> bool:
        is_in_time = monotonic() + seconds < self._ends_at
        return failure.is_worth_retrying and seconds <= self._limits.wait_seconds and is_in_time

    def _count(self, answer: Answer) -> None:
        self._bytes += len(answer.body)
        if self._bytes > self._limits.all_bytes:
            size = f"more than {self._limits.all_bytes // 1024:,} KB in one sync"
            raise UnexpectedAnswer(_unusable(self._name, f"It sent {size}"))

    def _unavailable(self, reason: str) -> VendorUnavailable:
        return VendorUnavailable(
            f"{self._name} gave no answer. {reason} Nothing was stored. It is tried again by "
            "itself; if it stays so, see whether the vendor reports an outage."
        )


class AdapterResponse(Response):
    """The `Response` of the port."""

    def __init__(self, answer: Answer, *, name: str) -> None:
        self._answer = answer
        self._name = name

    @property
    def status(self) -> int:
        """The status, such as 200."""
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        """By lower-case name."""
        return self._answer.headers

    def json(self) -> object:
        """See `icb.hub.ports.Response`."""
        try:
            return read_json(self._answer.body)
        except NoJson as error:
            reason = f"The answer cannot be read: {error}."
            raise UnexpectedAnswer(_unusable(self._name, reason)) from None

    def text(self) -> str:
        """See `icb.hub.ports.Response`."""
        try:
            return self._answer.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            reason = "The answer holds bytes that are no text in UTF-8."
            raise UnexpectedAnswer(_unusable(self._name, reason)) from None


def _unusable(name: str, reason: str) -> str:
    return (
        f"{name} answered with something that cannot be counted on. {reason} Nothing was stored. "
        "It is tried again by itself; if it stays so, the vendor has changed its interface."
    )


def _question(method: str, url: str, headers: Mapping[str, str], body: Body | None) -> Question:
    if body is None:
        return Question(method=method, url=url, headers=headers)
    if body.form is not None:
        content, kind = urlencode(body.form), "application/x-www-form-urlencoded"
    else:
        content, kind = json.dumps(body.json, default=_number), "application/json"
    return Question(
        method=method,
        url=url,
        headers={"content-type": kind, **headers},
        content=content.encode(),
    )


def _number(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else exact_text(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _with_params(url: str, params: Mapping[str, str]) -> str:
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"
