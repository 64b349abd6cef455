"""The demo's accounting applications: one signs in, sends, and finds it all after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from tests.accounting.targets.examples import NOW, entry, line
from tests.accounting.targets.test_sign_in import opened

from icb.accounting.ports import Listing, OnlineTarget, TargetError, Tokens, Trouble
from icb.demo import books
from icb.demo.cast import CLIENTS
from icb.demo.folder import is_marked
from icb.demo.vendors.authority import proof_of
from icb.kernel import clock

TARGETS = (books.QUICKBOOKS_ONLINE, books.XERO)
BACK = "https://billing.example/back"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    with clock.frozen(NOW):
        yield tmp_path


def given(target: OnlineTarget) -> dict[str, str]:
    """What the page fills in by itself."""
    return {one.name: one.default for one in target.description.settings}


def signed_in(target: OnlineTarget) -> tuple[dict[str, str], Tokens]:
    """Sign in as a person at the browser does."""
    filled, sign_in = given(target), target.sign_in
    address = sign_in.address(filled, redirect=BACK, state="s", proof=proof_of("v"))
    answer = opened(address)
    tokens = sign_in.exchange(filled, redirect=BACK, code=answer["code"], verifier="v")
    (company,) = sign_in.companies(filled, tokens, answer=answer)
    return {**filled, target.description.company_setting: company.id}, tokens


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.description.key)
def test_what_was_sent_is_still_there_after_a_restart(target: OnlineTarget, folder: Path) -> None:
    with books.accounting_beside(folder):
        filled, tokens = signed_in(target)
        session = target.open(filled, tokens)
        names = [each.name for each in session.listing(Listing.CUSTOMERS)]
        assert names == [client.name for client in CLIENTS]
        code = session.listing(Listing.TAX_CODES)[0]
        assert code.percent is not None
        customer = session.listing(Listing.CUSTOMERS)[0].id
        items = session.listing(Listing.ITEMS)
        one = line(
            1,
            "100.00",
            "8.25",
            tax_code=code.id,
            account="4000",
            item=items[0].id if items else "",
        )
        whole = entry(one, percent="8.25", currency="USD")
        taxes = (replace(whole.taxes[0], tax_code=code.id),)
        client = replace(whole.customer, id=customer)
        whole = replace(whole, taxes=taxes, customer=client)
        sent = session.send(whole)
        assert sent.total == whole.total
    with books.accounting_beside(folder):
        again = target.sign_in.refresh(filled, tokens)
        assert target.open(filled, again).find(whole) == sent


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.description.key)
def test_nobody_real_is_asked_where_none_listens(target: OnlineTarget, folder: Path) -> None:
    filled = given(target)
    company = {target.description.company_setting: "1"}
    session = target.open({**filled, **company}, Tokens("a", "r", NOW))
    for call in (session.test, lambda: target.sign_in.refresh(filled, Tokens("a", "r", NOW))):
        with pytest.raises(TargetError) as caught:
            call()
        assert caught.value.trouble is Trouble.LATER
    address = target.sign_in.address(filled, redirect=BACK, state="s", proof="p")
    assert address.startswith("http://127.0.0.1:")


def test_the_place_is_told_only_while_they_listen(folder: Path) -> None:
    with books.accounting_beside(folder):
        assert (folder / books.PLACE).is_file()
    assert not (folder / books.PLACE).exists()


def test_only_a_demos_folder_has_its_mark(tmp_path: Path) -> None:
    assert not is_marked(tmp_path)
    (tmp_path / "icb-demo.json").write_text("{}")
    assert is_marked(tmp_path)
