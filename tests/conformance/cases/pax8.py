"""Pax8: three products, a company with nothing, a deleted one, a trial, and what has ended."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.conformance.case import Case, Strange

import icb.modules.pax8
from icb.demo.vendors.pax8 import FakePax8
from icb.demo.vendors.server import Fake
from icb.modules.pax8.adapter import ADAPTER


class Pax8(Case):
    adapter = ADAPTER
    contract_file = Path(icb.modules.pax8.__file__).with_name("contract.json")
    settings = {"client_id": "pax8-client", "client_secret": "pax8-secret"}
    lists = ("companies", "subscriptions")
    tokens = ("token",)

    def fake(self) -> FakePax8:
        fake = FakePax8(["Baker & Sons", "Acme Ltd", "Quiet Place"], page_size=2)
        baker, acme, _ = fake.companies
        acme.external_id = "29683500"
        fake.add_company("Gone Away", status="Deleted")
        fake.subscribe(acme, product=1, quantity=5)
        fake.subscribe(acme, product=1, quantity=3, term="Annual")
        fake.subscribe(acme, product=2, quantity=1, status="Trial", term="Trial")
        fake.subscribe(acme, product=3, quantity=9, status="Cancelled")
        fake.subscribe(baker, product=2, quantity=12, status="PendingCancel")
        fake.subscribe(baker, product=1, quantity=7, status="PendingManual")
        fake.subscribe(baker, product=1, quantity=2, status="Activated", term="Activation")
        return fake

    def counted(self, fake: Fake) -> dict[tuple[str, str], int]:
        assert isinstance(fake, FakePax8)
        found: Counter[tuple[str, str]] = Counter()
        for one in fake.subscriptions:
            if one.status in ("Active", "Activated", "PendingCancel") and one.term != "Trial":
                assert isinstance(one.quantity, int)
                found[one.company.id, one.product_id] += one.quantity
        return dict(found)

    def excluded(self, fake: Fake) -> int:
        return 1 + 3  # the deleted company; a trial, one that has ended and one not there yet

    def add_strange(self, fake: Fake) -> Strange:
        assert isinstance(fake, FakePax8)
        fake.subscribe(fake.companies[0], product=1, quantity=4, status="OnTheMoon")
        return Strange("OnTheMoon", 1)


CASE = Pax8()
