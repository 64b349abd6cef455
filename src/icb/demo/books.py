"""The demo's accounting applications: they stand in for the real ones in every process of a demo.

They listen beside the worker, and say where in a file of the demo's folder. Whoever wants to send
something reads it there. Where none listens, nothing is sent: never to anybody real.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from icb.accounting.ports import SettingField
from icb.accounting.targets.online.ways import Ways
from icb.accounting.targets.quickbooks_online.target import QuickBooksOnline
from icb.accounting.targets.xero.target import Xero
from icb.demo.cast import CLIENTS, OFFERS, TAXES
from icb.demo.vendors.authority import Authority
from icb.demo.vendors.plain_numbers import exact, plain
from icb.demo.vendors.quickbooks_online import FakeQuickBooks
from icb.demo.vendors.server import Answer, Request
from icb.demo.vendors.xero import FakeXero
from icb.foundation.egress.client import Roads

PLACE = "accounting-beside.json"
_CLIENT = "demo"
_NOWHERE = "http://127.0.0.1:1"
_PER_MINUTE = 100_000


class _Detours(Mapping[str, str]):
    """The hosts of both, each led to where the demo's own listens now; else to nobody."""

    hosts = (*FakeQuickBooks.hosts, *FakeXero.hosts)

    def __getitem__(self, host: str) -> str:
        if host not in self.hosts:
            raise KeyError(host)
        return _places().get(host, _NOWHERE)

    def __iter__(self) -> Iterator[str]:
        return iter(self.hosts)

    def __len__(self) -> int:
        return len(self.hosts)


def _told(fields: tuple[SettingField, ...]) -> tuple[SettingField, ...]:
    """The same settings, filled in for the demo, which knows no secret."""
    return tuple(
        replace(one, default=_CLIENT, help="Filled in for the demo.")
        if one.name == "client_id"
        else replace(one, is_required=False)
        for one in fields
    )


class DemoQuickBooks(QuickBooksOnline):
    """QuickBooks Online in a demo."""

    description = replace(
        QuickBooksOnline.description, settings=_told(QuickBooksOnline.description.settings)
    )


class DemoXero(Xero):
    """Xero in a demo."""

    description = replace(Xero.description, settings=_told(Xero.description.settings))


_WAYS = Ways(roads=Roads(detours=_Detours()))
QUICKBOOKS_ONLINE = DemoQuickBooks(ways=_WAYS)
XERO = DemoXero(ways=_WAYS)


class BesideQuickBooks(FakeQuickBooks):
    """A company with the demo's clients and services, kept in a file."""

    def __init__(self, path: Path) -> None:
        super().__init__(country="US")
        self.path, self.per_minute = path, _PER_MINUTE
        self.authority = Authority(client=_CLIENT, secret="", seconds=3600)
        self.currencies = ["USD", "EUR", "JPY"]
        if _take(self.path, records=self.records, authority=self.authority):
            return
        for client in CLIENTS:
            self.add_customer(client.name, currency=client.currency)
        for offer in OFFERS:
            self.add_item(offer.name)
        for _key, name, percent, *_ in TAXES:
            self.add_tax(name, percent)

    def answer(self, request: Request) -> Answer:
        """What Intuit says; what changed by it is kept."""
        answer = super().answer(request)
        if request.method != "GET":
            _keep(self.path, records=self.records, authority=self.authority)
        return answer


class BesideXero(FakeXero):
    """An organisation with the demo's clients and an account of revenue, kept in a file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.per_minute = path, _PER_MINUTE
        self.authority = Authority(client=_CLIENT, secret="", seconds=1800)
        self.currencies = ["USD", "EUR", "JPY"]
        if _take(self.path, records=self.records, authority=self.authority):
            return
        for client in CLIENTS:
            self.add_contact(client.name, number=client.key)
        self.add_account("4000", "Services")
        for number, (_key, name, percent, *_) in enumerate(TAXES, start=1):
            self.add_tax(f"TAX{number:03}", name, percent=percent)

    def answer(self, request: Request) -> Answer:
        """What Xero says; what changed by it is kept."""
        answer = super().answer(request)
        if request.method != "GET":
            _keep(self.path, records=self.records, authority=self.authority)
        return answer


@contextmanager
def accounting_beside(folder: Path) -> Iterator[None]:
    """Both listen for the block, with what they held before; the folder says where."""
    both = (
        BesideQuickBooks(folder / "quickbooks-beside.json"),
        BesideXero(folder / "xero-beside.json"),
    )
    with ExitStack() as open_ones:
        places: dict[str, str] = {}
        for fake in both:
            open_ones.enter_context(fake)
            places |= fake.reroute
        _write(folder / PLACE, places)
        try:
            yield
        finally:
            (folder / PLACE).unlink(missing_ok=True)


def _places() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((settings.DATA_DIR / PLACE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return found


def _keep(path: Path, *, records: Mapping[str, Any], authority: Authority) -> None:
    _write(path, {"records": plain(dict(records)), "authority": authority.kept()})


def _take(path: Path, *, records: dict[str, Any], authority: Authority) -> bool:
    """Fill in what was kept; False where nothing was."""
    if not path.exists():
        return False
    kept = exact(path.read_bytes())
    records.update(kept["records"])
    authority.take(kept["authority"])
    return True


def _write(path: Path, value: object) -> None:
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(value), encoding="utf-8")
    draft.replace(path)
