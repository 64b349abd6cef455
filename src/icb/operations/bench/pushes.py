"""Measures what programs push, through a server of its own on loopback, and prints JSON.

Run as a module; `push_run.py` does, with a throw-away database in the environment.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from http.client import HTTPConnection

import django
from django.core.management import call_command

BATCH = 1_000
REQUESTS = 60
_TYPES = 10
_CHANGED = 0.02  # of the counts of a day, against those of the day before
_ADDRESS = "127.0.0.1"
_COMMAND = "from icb.cli.main import main; main()"
_START_SECONDS = 60
_EVENTS = "application/cloudevents-batch+json"


def main(requests: int = REQUESTS) -> None:
    """Measure; one line of JSON for each form of pushing on the standard output."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "icb.config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    token = _token()
    today = _today()
    with _server() as port:
        line = HTTPConnection(_ADDRESS, port, timeout=60)
        for name, form, bodies in (
            ("days", "application/json", _days(today, requests=requests)),
            ("parts of a day", "application/json", _parts(today, requests=min(requests, 50))),
            ("events", _EVENTS, _events(today, requests=requests)),
        ):
            seconds = _send(line, token=token, form=form, bodies=bodies)
            print(json.dumps([name, BATCH * len(bodies), seconds, len(bodies)]), flush=True)


def _token() -> str:
    from icb.foundation.actor import acting_as_system
    from icb.foundation.scope import in_provider
    from icb.hub.actions import NewConnected, connect_module
    from icb.hub.push_actions import create_token
    from icb.operations.bench.provider import make_provider

    with acting_as_system("bench"), in_provider(make_provider()):
        connect_module(NewConnected(key="pushed", name="Pushed", adapter="push", settings={}))
        return create_token("pushed", name="bench").token


def _today() -> date:
    from icb.kernel import clock

    return clock.now().date() - timedelta(days=1)


def _days(today: date, *, requests: int) -> list[bytes]:
    """A whole day in each request."""
    return [
        _body(
            {
                "day": day.isoformat(),
                "complete": True,
                "counts": [_row(number, count) for number, count in enumerate(counts)],
            }
        )
        for day, counts in _counts_of_days(today, days=requests)
    ]


def _counts_of_days(today: date, *, days: int) -> Iterator[tuple[date, list[int]]]:
    """The same counts in whatever form: a few of each day other than the day before."""
    chance = random.Random(1)
    counts = [20] * BATCH
    for back in range(days, 0, -1):
        for number in chance.sample(range(BATCH), k=int(BATCH * _CHANGED)):
            counts[number] = chance.randint(18, 25)
        yield today - timedelta(days=back), list(counts)


def _parts(today: date, *, requests: int) -> list[bytes]:
    """One day, as many parts as requests."""
    about = {"day": today.isoformat(), "complete": True, "snapshot": "large", "parts": requests}
    return [
        _body(
            {
                **about,
                "part": part + 1,
                "counts": [_row(number, 20) for number in range(part * BATCH, (part + 1) * BATCH)],
            }
        )
        for part in range(requests)
    ]


def _events(today: date, *, requests: int) -> list[bytes]:
    """A day in each request as events, one for each count, of other keys than whole days have."""
    return [
        _body([_event(day, number, count) for number, count in enumerate(counts)])
        for day, counts in _counts_of_days(today, days=requests)
    ]


def _event(day: date, number: int, count: int) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "type": "icb.usage.count.v1",
        "source": "/bench",
        "id": f"{day}-{number}",
        "subject": f"e{number // _TYPES}",
        "data": {"billing_type": f"type-{number % _TYPES}", "count": count, "day": str(day)},
    }


def _row(number: int, count: int) -> dict[str, object]:
    organization = {"id": str(number // _TYPES), "name": f"Client {number // _TYPES}"}
    return {
        "organization": organization,
        "billing_type": f"type-{number % _TYPES}",
        "count": str(count),
    }


def _body(said: object) -> bytes:
    return json.dumps(said).encode()


def _send(line: HTTPConnection, *, token: str, form: str, bodies: Sequence[bytes]) -> float:
    """Send all, one after the other on one line; seconds. Making the bodies is not measured."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": form}
    began = time.perf_counter()
    for body in bodies:
        line.request("POST", "/api/v1/usage", body=body, headers=headers)
        answer = line.getresponse()
        said = answer.read()
        if answer.status != 200 or json.loads(said)["status"] != "accepted":
            raise RuntimeError(f"The push was answered {answer.status}: {said.decode()}")
    return time.perf_counter() - began


@contextmanager
def _server() -> Iterator[int]:
    """A server on the configured database, as `icb serve` starts it; its port."""
    with socket.socket() as free:
        free.bind((_ADDRESS, 0))
        port = int(free.getsockname()[1])
    words = (sys.executable, "-c", _COMMAND, "serve", "--no-worker", "--port", str(port))
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT) as server:
        try:
            _wait_for(port)
            yield port
        finally:
            server.terminate()


def _wait_for(port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection((_ADDRESS, port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
