"""One request to a target, and what is known when it did not succeed."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from icb.accounting.ports import TargetError, Trouble
from icb.accounting.targets.online.answers import Part, parts
from icb.accounting.targets.online.json_text import Json, json_text
from icb.accounting.targets.online.reach import Road
from icb.accounting.targets.online.ways import Ways
from icb.foundation.egress.client import Answer, Question
from icb.foundation.egress.guard import read_target
from icb.foundation.egress.problems import BadAnswer, NoAnswer, NoConnection, NotAllowed, Unsendable
from icb.foundation.egress.redaction import without_secrets
from icb.foundation.strict_json import NoJson, read_json
from icb.kernel import clock

LONGEST_WAIT = 24 * 60 * 60
"""Seconds: what is asked for beyond a day is taken as a day."""
_AGAIN = "It is tried again by itself."
_LOOKED_UP = "It may stand there all the same: it is looked up before anything is sent again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What to ask. `is_write` says that something stands there afterwards."""

    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Json = None
    form: Mapping[str, str] | None = field(default=None, repr=False)
    is_write: bool = False

    def question(self) -> Question:
        """As it is sent."""
        query = f"?{urlencode(self.params)}" if self.params else ""
        headers = {"accept": "application/json", **self.headers}
        content = b""
        if self.form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
            content = urlencode(self.form).encode()
        elif self.json is not None:
            headers["content-type"] = "application/json"
            content = json_text(self.json).encode()
        return Question(
            method=self.method, url=f"{self.url}{query}", headers=headers, content=content
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """An answer of any status with the call that it answers."""

    call: Call = field(repr=False)
    answer: Answer = field(repr=False)
    unreadable: Callable[[str], TargetError] = field(repr=False)

    @property
    def status(self) -> int:
        """The status, such as 200."""
        return self.answer.status

    @property
    def is_good(self) -> bool:
        """Whether the status says that it worked."""
        return 200 <= self.status < 300

    @property
    def wait(self) -> int | None:
        """Seconds that Retry-After asks for, as a number or a date; None where it does not."""
        text = self.answer.headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,12}", text):
            return min(int(text), LONGEST_WAIT)
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        if at.tzinfo is None:
            return None
        return min(max(int((at - clock.now()).total_seconds()), 0), LONGEST_WAIT)

    def part(self) -> Part:
        """The body as an object."""
        return Part(self._value(), at="the answer", unreadable=self.unreadable)

    def parts(self) -> list[Part]:
        """The body as a list of objects."""
        return parts(self._value(), at="the answer", unreadable=self.unreadable)

    def part_or_none(self) -> Part | None:
        """The body as an object; None where it is anything else, such as a page."""
        try:
            return self.part()
        except TargetError:
            return None

    def _value(self) -> object:
        try:
            return read_json(self.answer.body)
        except NoJson as error:
            raise self.unreadable(str(error)) from None


class TargetHttp:
    """Asks one target, within its reach. Its errors hold none of the `secrets`."""

    def __init__(
        self, name: str, *, reach: Sequence[Road], ways: Ways, secrets: Sequence[str] = ()
    ) -> None:
        self.name = name
        self._reach = reach
        self._secrets = secrets
        self._client = ways.client()
        # Sessions have no end of their own: kept connections close with the last use of this.
        weakref.finalize(self, self._client.close)

    def ask(self, call: Call) -> Got:
        """The answer, whatever its status; TargetError where there is none."""
        question = call.question()
        try:
            self._check(question)
            answer = self._client.ask(question)
        except (NotAllowed, Unsendable) as error:
            raise self.error(Trouble.REFUSED, message=error.message) from None
        except NoConnection as error:
            words = f"{self.name} was not reached. {error.message} Nothing was sent. {_AGAIN}"
            raise self.error(Trouble.LATER, message=words) from None
        except (NoAnswer, BadAnswer) as error:
            raise self.lost(call, message=f"{self.name} gave no answer. {error.message}") from None
        return Got(call=call, answer=answer, unreadable=self._unreadable(call))

    def error(
        self, trouble: Trouble, *, message: str, retry_after: int | None = None
    ) -> TargetError:
        """A TargetError without secrets."""
        words = without_secrets(message, secrets=self._secrets)
        return TargetError(trouble, words, retry_after=retry_after)

    def lost(self, call: Call, *, message: str, retry_after: int | None = None) -> TargetError:
        """The error where nobody knows what became of the call."""
        if call.is_write:
            return self.error(
                Trouble.UNKNOWN, message=f"{message} {_LOOKED_UP}", retry_after=retry_after
            )
        return self.error(Trouble.LATER, message=f"{message} {_AGAIN}", retry_after=retry_after)

    def problem(self, got: Got, *, detail: str = "") -> TargetError:
        """The error that a status other than 200 to 299 is, with what the target says of it."""
        said = f" {self.name} says: {detail}" if detail else ""
        if got.status in (401, 403):
            return self.error(
                Trouble.SIGN_IN,
                message=f"{self.name} does not accept the connection (status {got.status}).{said} "
                "Nothing was written there. Connect it again, with a user who may do this there.",
            )
        if got.status == 429:
            pause = f" in {got.wait:,} seconds" if got.wait else ""
            return self.error(
                Trouble.LATER,
                message=f"{self.name} asks to come back later{pause}: too many requests.{said} "
                f"Nothing was written there. {_AGAIN}",
                retry_after=got.wait,
            )
        if got.status >= 500 or got.status < 400 or got.status in (408, 425):
            failed = f"{self.name} failed on its own side (status {got.status}).{said}"
            return self.lost(got.call, message=failed, retry_after=got.wait)
        return self.refusal(f"status {got.status}. {detail}")

    def refusal(self, detail: str) -> TargetError:
        """The error for what a person has to change, with what the target says of it."""
        return self.error(
            Trouble.REFUSED,
            message=f"{self.name} does not take this: {detail or 'it does not say why.'} "
            "Nothing was written there. Change it, here or there, and send it again.",
        )

    def _check(self, question: Question) -> None:
        target = read_target(question.url)
        if not any(road.covers(target, method=question.method) for road in self._reach):
            raise NotAllowed(
                f"{self.name}: {question.method} {target.place}{target.path} is not among what is "
                "asked there. Nothing was sent."
            )

    def _unreadable(self, call: Call) -> Callable[[str], TargetError]:
        def error(reason: str) -> TargetError:
            return self.lost(
                call, message=f"{self.name} sent something that cannot be read: {reason}."
            )

        return error
