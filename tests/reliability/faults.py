"""Ways in which a vendor's answer can be wrong: each spoils one page of a list.

A kind turns the request, and the answer that would be right, into what is sent instead. The lists
are those of a vendor who says with each page how many rows there are in all.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from icb.demo.vendors.server import Answer, Fault, Request, Wire

Spoil = Callable[[Request, Answer], Answer | Fault]
Page = dict[str, Any]
METADATA = "169.254.169.254"


class Bytes:
    """Sends these bytes as they are, one piece after another, and then ends or breaks off."""

    def __init__(self, *pieces: bytes, pause: float = 0.0, is_reset: bool = False) -> None:
        self.pieces, self.pause, self.is_reset = pieces, pause, is_reset

    def play(self, wire: Wire) -> None:
        for piece in self.pieces:
            wire.send(piece)
            if self.pause:
                wire.wait(self.pause)
        if self.is_reset:
            wire.reset()


class Silence:
    """Takes the question and never answers."""

    def play(self, wire: Wire) -> None:
        wire.wait(30)


def _status(status: int, **headers: str) -> Spoil:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda request, answer: Answer(
        status=status, body={"error": "made to fail", "status": status}, headers=named
    )


def _body(content: object, **headers: str) -> Spoil:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda request, answer: Answer(body=content, headers=named)


def _changed(change: Callable[[Page, str], None]) -> Spoil:
    """The right page with something changed in it; `change` gets the page and its list's name."""

    def spoil(request: Request, answer: Answer) -> Answer:
        page = deepcopy(answer.body)
        assert isinstance(page, dict)
        change(page, list_name(page))
        return Answer(status=answer.status, body=page, headers=answer.headers)

    return spoil


def list_name(page: Mapping[str, Any]) -> str:
    """What the list of a page is called."""
    return next(name for name, value in page.items() if isinstance(value, list))


def _text(change: Callable[[str], str]) -> Spoil:
    """The right page with its text changed."""
    return lambda request, answer: Answer(body=change(json.dumps(answer.body)).encode())


def _total(number: str) -> Spoil:
    """The right page with this in place of its total."""
    return _text(lambda text: text.replace('"totalCount": ', f'"totalCount": {number}, "was": '))


def _encoded(name: str) -> Spoil:
    """The right bytes, said to be packed in a way that they are not."""
    return lambda request, answer: Answer(body=answer.content(), headers={"Content-Encoding": name})


def _many_headers(request: Request, answer: Answer) -> Fault:
    return Bytes(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 100_000, b"\r\n{}")


def _broken_chunks(request: Request, answer: Answer) -> Fault:
    """One chunk is sent, and the one that ends the body is not."""
    return Bytes(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n",
        answer.content()[:64] + b"\r\n",
    )


def _no_text(request: Request, answer: Answer) -> Answer:
    return Answer(body=b'{"devices": ["\xff\xfe\xc3"]}')


def _negative_total(page: Page, name: str) -> None:
    page["pageDetails"]["totalCount"] = -1


def _wire(change: Callable[[bytes], Fault]) -> Spoil:
    """The right answer's bytes, sent otherwise."""
    return lambda request, answer: change(answer.wire())


def _redirect(to: str) -> Spoil:
    return _status(302, Location=to)


def _drop_item(page: Page, name: str) -> None:
    page[name] = page[name][1:]


def _drop_item_and_say_fewer(page: Page, name: str) -> None:
    """What a list does that moves while it is read: this page believes in one less."""
    page[name] = page[name][1:]
    page["pageDetails"]["count"] -= 1
    page["pageDetails"]["totalCount"] -= 1


def _double_item(page: Page, name: str) -> None:
    page[name] = [*page[name][1:], page[name][-1]]


def _wrong_total(page: Page, name: str) -> None:
    page["pageDetails"]["totalCount"] += 7


def _empty(page: Page, name: str) -> None:
    page[name] = []


def _empty_and_last(page: Page, name: str) -> None:
    page[name] = []
    page["pageDetails"].update(count=0, nextPageUrl=None)


def _ends_early(page: Page, name: str) -> None:
    page[name] = page[name][:1]
    page["pageDetails"].update(count=1, nextPageUrl=None)


def _next(url: str) -> Callable[[Page, str], None]:
    def change(page: Page, name: str) -> None:
        page["pageDetails"]["nextPageUrl"] = url

    return change


def _field(name_of_field: str, value: object) -> Callable[[Page, str], None]:
    def change(page: Page, name: str) -> None:
        page[name][0][name_of_field] = value

    return change


def _whole(value: object) -> Callable[[Page, str], None]:
    def change(page: Page, name: str) -> None:
        page[name] = value

    return change


def _nulls(page: Page, name: str) -> None:
    for key in page[name][0]:
        page[name][0][key] = None


def _itself(request: Request, answer: Answer) -> Answer:
    """The next page is this page, for ever."""
    page = deepcopy(answer.body)
    assert isinstance(page, dict)
    query = "&".join(f"{name}={text}" for name, text in request.query.items())
    page["pageDetails"]["nextPageUrl"] = f"https://{request.host}{request.path}?{query}"
    return Answer(body=page)


def _bomb(request: Request, answer: Answer) -> Answer:
    """Half a million to one: a hundred megabytes in a hundred kilobytes."""
    packed = gzip.compress(b'{"devices": [' + b" " * 100_000_000, 9)
    return Answer(body=packed, headers={"Content-Encoding": "gzip"})


class Kind(NamedTuple):
    """One kind of fault. `is_slow`: it costs seconds, and is played at fewer places."""

    name: str
    spoil: Spoil
    is_slow: bool = False


_LOG_IN = b"<!doctype html><html><title>Sign in</title><form>Your session has ended</form></html>"
KINDS = (
    Kind("reset before the answer", lambda request, answer: Bytes(is_reset=True)),
    Kind("closed without a byte", lambda request, answer: Bytes()),
    Kind("body cut in the middle", _wire(lambda data: Bytes(data[: len(data) * 2 // 3]))),
    Kind("reset in the middle", _wire(lambda data: Bytes(data[: len(data) // 2], is_reset=True))),
    Kind("chunks that end early", _broken_chunks),
    Kind("no answer at all", lambda request, answer: Silence(), is_slow=True),
    Kind(
        "a byte now and then",
        _wire(lambda data: Bytes(*(data[at : at + 1] for at in range(60)), pause=0.1)),
        is_slow=True,
    ),
    Kind("no web server", lambda request, answer: Bytes(b"220 mail.example ESMTP ready\r\n")),
    Kind("a hundred thousand headers", _many_headers),
    Kind("400", _status(400)),
    Kind("401", _status(401)),
    Kind("403", _status(403)),
    Kind("404", _status(404)),
    Kind("429 with a far Retry-After", _status(429, Retry_After="86400")),
    Kind("429 without Retry-After", _status(429)),
    Kind("500", _status(500)),
    Kind("502", _status(502)),
    Kind("503 until a date", _status(503, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT")),
    Kind("504", _status(504)),
    Kind("204 and nothing", _status(204)),
    Kind("200 with an empty list", _body([])),
    Kind("200 with an empty object", _body({})),
    Kind("200 with null", _body(None)),
    Kind("200 with nothing", _body(b"")),
    Kind("200 with a log-in page", _body(_LOG_IN)),
    Kind("200 with an error object", _body({"error": "invalid_session", "message": "log in"})),
    Kind("redirect to the metadata address", _redirect(f"http://{METADATA}/latest/meta-data/")),
    Kind("redirect to another host", _redirect("https://other.example/api/v2/account/devices")),
    Kind("next page at the metadata address", _changed(_next(f"http://{METADATA}/latest/"))),
    Kind(
        "next page at another host", _changed(_next("https://other.example/api/v2/account/devices"))
    ),
    Kind("next page is no address", _changed(_next("page two, please"))),
    Kind("next page is this page", _itself),
    Kind("wrong total", _changed(_wrong_total)),
    Kind("empty page", _changed(_empty)),
    Kind("empty page as the last", _changed(_empty_and_last)),
    Kind("ends in the middle", _changed(_ends_early)),
    Kind("an item is missing", _changed(_drop_item)),
    Kind("an item is missing and one fewer announced", _changed(_drop_item_and_say_fewer)),
    Kind("an item twice, another missing", _changed(_double_item)),
    Kind("the list is null", _changed(_whole(None))),
    Kind("the list is an object", _changed(_whole({"0": {}}))),
    Kind("the list is of numbers", _changed(_whole([1, 2, 3]))),
    Kind("an item of nulls", _changed(_nulls)),
    Kind("an id that is a list", _changed(_field("id", ["7"]))),
    Kind("a negative total", _changed(_negative_total)),
    Kind("a total that is no number", _total("NaN")),
    Kind("a total without end", _total("1e999")),
    Kind("a number of ten thousand digits", _total("9" * 10_000)),
    Kind(
        "a name that stands twice",
        _text(lambda text: text.replace('{"pageDetails"', '{"pageDetails": {}, "pageDetails"')),
    ),
    Kind("half of the JSON", _text(lambda text: text[: len(text) // 2])),
    Kind("two answers in one", _text(lambda text: text + text)),
    Kind("JSON of great depth", _body(b"[" * 100_000 + b"]" * 100_000)),
    Kind("bytes that are no text", _no_text),
    Kind("a gzip bomb", _bomb, is_slow=True),
    Kind("gzip that is none", _encoded("gzip")),
    Kind("an encoding that nobody knows", _encoded("rot13")),
)
