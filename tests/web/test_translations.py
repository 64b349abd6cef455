"""Every text that people see can be translated: no page says a word outside of a message.

All messages come out marked, and the books are in Greek, so what is left in Latin letters either
is listed here as what needs no translation, or is a text that nobody could translate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urljoin, urlsplit
from zoneinfo import available_timezones

import pytest
from django.template import engines
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils.translation import gettext, gettext_lazy, ngettext
from tests.support import story
from tests.support.pseudo_locale import Said, mark_translations, read, unmarked

from icb.accounting.chart import STANDARD
from icb.accounting.registry import targets
from icb.billing.actions import bill
from icb.billing.contract_queries import next_items
from icb.billing.explain import explain_item
from icb.billing.posting import add_manual_item, post_items
from icb.billing.queries import items
from icb.billing.sources import item_sources
from icb.contracts.actions import add_contracts, add_services
from icb.contracts.inputs import NewContract, NewContractService, NewService
from icb.contracts.queries import contract_named, contract_notes
from icb.delivery.composing import letter_of
from icb.delivery.letter_queries import example_values
from icb.delivery.settings_queries import message_templates
from icb.delivery.standard_messages import Words
from icb.foundation.actor import acting_as, acting_as_system
from icb.foundation.audit_queries import audit_page
from icb.foundation.country_names import countries_by_name
from icb.foundation.inputs import NewProvider, NewUser
from icb.foundation.listing import Wanted
from icb.foundation.models import Role, User
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.foundation.users import add_users
from icb.hub.actions import connect_modules, record_failed_sync, take_snapshot
from icb.hub.catalogue import catalogue_modules
from icb.hub.inputs import Answer, CountRow, NewBillingType, NewConnection, NewModuleOrganization
from icb.insights.actions import refresh_insights
from icb.insights.kinds import KINDS
from icb.insights.queries import insights
from icb.invoicing.actions import credit_document, issue_documents
from icb.invoicing.queries import explain_line
from icb.invoicing.system_templates import SYSTEM_TEMPLATES
from icb.kernel import clock as kernel_clock
from icb.kernel.currency import MINOR_DIGITS
from icb.kernel.days import DayRange
from icb.kernel.languages import LANGUAGES
from icb.mapping.actions import map_organization, map_service
from icb.mapping.activity_queries import activity_log
from icb.mapping.inputs import NewServiceMapping
from icb.operations.daily_chain import follow
from icb.organizations.actions import add_organizations, add_tax_rates
from icb.organizations.inputs import NewOrganization, NewTaxRate
from icb.rating.tax import CATEGORIES
from icb.web.shell.navigation import NAVIGATION
from icb.web.shell.states import STATES
from icb.web.templatetags.icb import TONES

OWNER, MODULE, TYPE, SERVICE, CLIENT = "ωλίβια", "ρμμ", "θέσεις", "θέση", "άλφα"
CODE_WORDS = (
    *("ICB", "CSV", "XLSX", "PDF", "UBL", "Factur-X", "IBAN", "BIC", "UTC", "US"),
    *MINOR_DIGITS,
    "USN",
)
DOCUMENT_NUMBER = r"(?:INV|CN)-\d{6}"
ENGLISH_PAGES = {"help"}
"""The guide is a text in one language, as is the documentation that it belongs to."""
MORE = (
    "/find?q=%CE%86%CE%BB%CF%86%CE%B1",
    f"/usage?module={MODULE}&type={TYPE}&id=7",
    "/approve-and-post?f.state=held",
    "/insights?state=snoozed",
    "/no-such-page",
)
"""Addresses that no link leads to, and such that say more with a question."""


@pytest.fixture
def beginner(db: None, clock: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The owner's browser at empty books."""
    new = NewProvider(key="1", name="Πάροχος", currency="USD", owner=OWNER)
    with acting_as_system("δοκιμή"):
        provider = create_provider(new)
    with in_provider(provider), acting_as(OWNER):
        client = Client()
        client.force_login(User.objects.get(username=OWNER))
        yield client


@pytest.fixture
def browser(beginner: Client) -> Client:
    """The owner's browser at books in Greek in which much has happened."""
    _agree()
    _play()
    return beginner


def test_no_page_says_a_word_that_cannot_be_translated(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {*_names(), *_sentences_below()}
    mark_translations(monkeypatch)
    opened, said = _read_all(browser, names=names)
    assert {entry.view for group in NAVIGATION for entry in group.entries} <= opened
    assert len(opened) >= 80
    assert not said, "\n".join(said)


def test_nor_does_one_on_which_nothing_is_yet(
    beginner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = set(_names())
    mark_translations(monkeypatch)
    opened, said = _read_all(beginner, names=names)
    assert len(opened) >= 50
    assert not said, "\n".join(said)


def _read_all(browser: Client, *, names: set[str]) -> tuple[set[str], list[str]]:
    """The names of all pages that were opened, and what they say outside of messages."""
    opened: set[str] = set()
    said: dict[Said, str] = {}
    for address, name, content in _pages(browser):
        opened.add(name)
        page = read(content)
        assert page.is_balanced, f"{address} shows half a message"
        if name not in ENGLISH_PAGES:
            said |= {one: address for one in page.said if not _needs_none(one.text, names=names)}
    return opened, [f"{address}: {one.where}: {one.text}" for one, address in said.items()]


def test_a_text_outside_of_messages_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    mark_translations(monkeypatch)
    template = engines["django"].from_string(
        '<p title="Bare">{% trans "Said" %} bare <b>{{ lazy }}</b></p><input value="data">'
        "{% blocktrans count n=2 %}<i>{{ n }} row</i>{% plural %}<i>{{ n }} rows</i>"
        "{% endblocktrans %}<button>Go</button><input type=submit value=Send><code>code</code>"
    )
    page = read(template.render({"lazy": gettext_lazy("Later")}).encode())
    assert page.said == [
        ("p title", "Bare"),
        ("p", "bare"),
        ("button", "Go"),
        ("input value", "Send"),
    ]
    assert gettext("a") + ngettext("one", "many", 2) == "⟦a⟧⟦many⟧"
    assert not _needs_none("Held", names={"USD"})


def test_every_state_that_has_a_colour_has_a_name() -> None:
    coloured = {word for words in TONES.values() for word in words.split()}
    assert coloured - set(STATES) == set()


def _pages(browser: Client) -> Iterator[tuple[str, str, bytes]]:
    """Every page that links lead to from the first one: one for each name of an address."""
    waiting, opened = ["/"], set()
    more = list(MORE)
    while waiting or more:
        address = waiting.pop(0) if waiting else more.pop(0)
        name = _name_of(address)
        if name in opened and address not in MORE:
            continue
        opened.add(name)
        answer = browser.get(address)
        assert answer.status_code in (200, 302) or address == "/no-such-page", address
        if answer.status_code == 302:
            waiting.append(urljoin(address, answer.headers["Location"]))
        elif answer.headers["Content-Type"].startswith("text/html"):
            yield address, name, answer.content
            links = [urljoin(address, link) for link in read(answer.content).leads_to]
            waiting += [link for link in links if _is_new(link, opened)]


def _is_new(address: str, opened: set[str]) -> bool:
    parts = urlsplit(address)
    if parts.scheme or "as=" in parts.query or parts.path.startswith("/static/"):
        return False
    return _name_of(address) not in opened


def _name_of(address: str) -> str:
    """The name of an address; for one at which nothing is, its path."""
    path = urlsplit(address).path
    try:
        return resolve(path).url_name or path
    except Resolver404:
        return path


def _needs_none(text: str, *, names: set[str]) -> bool:
    """Whether a text is a name or a sentence from below, or holds none but code words."""
    bare = re.sub(rf"\b(?:{'|'.join(CODE_WORDS)}|{DOCUMENT_NUMBER})\b", "", text)
    if not unmarked(bare):
        return True
    parts = [part.strip() for part in re.split(r" · |[:,] ", bare)]
    return text in names or all(part in names or not unmarked(part) for part in parts)


def _names() -> Iterator[str]:
    """Names from the layers below: zones, countries, the catalogue, kinds of insights, the log."""
    yield from available_timezones()
    yield from _of_catalogue()
    yield from _of_letters()
    yield from _of_documents()
    yield from (words.title for words in KINDS.values())
    yield from _of_audit()


def _sentences_below() -> Iterator[str]:
    """Sentences that come from the layers below the pages, in English to everybody."""
    yield from (row.text for row in insights())
    yield from (row.message for row in activity_log().rows)
    yield from (row.text for row in contract_notes(CLIENT))
    yield from _arithmetic()


def _of_catalogue() -> Iterator[str]:
    for module in catalogue_modules():
        yield from (module.name, module.suite, module.identity, module.notes)
        yield f"{module.identity} {module.notes}"
        for one in module.billing_types:
            yield from (one.name, one.unit, f"({one.unit})")


def _of_documents() -> Iterator[str]:
    """Templates, accounts and accounting targets bear the names that they came with."""
    yield from CATEGORIES
    for template in SYSTEM_TEMPLATES.values():
        yield from (template.name, template.about)
    for account in STANDARD:
        yield from (account.name, f"{account.code} {account.name}")
    for target in targets().values():
        name = target.description.name
        yield from (name, f"{name} · ICB", target.description.about)


def _of_letters() -> Iterator[str]:
    """What messages to clients say is written in the client's language, not the reader's."""
    yield from LANGUAGES.values()
    yield from (name for _, name in countries_by_name("en"))
    for row in message_templates():
        words = Words(row.subject, row.body)
        values = example_values(row.kind, language=row.language)
        letter = letter_of(words, values=values, language=row.language)
        yield from (row.subject, " ".join(row.body.split()), letter.subject)
        yield from letter.text.splitlines()


def _arithmetic() -> Iterator[str]:
    for row in items():
        yield from explain_item(row.working, currency="USD", reason=row.reason)
        yield from item_sources(row.id)
    for item in next_items(contract_named(CLIENT), through=story.day("08-01")):
        yield from item.working
    yield from explain_line("INV-000001", line=1)


def _of_audit() -> Iterator[str]:
    """What the log has sealed, as it was sealed: names of actions and of their facts."""
    for row in audit_page(Wanted(size=200)).rows:
        yield from (_spelt(row.action), row.subject)
        for name, value in row.data.items():
            yield from (_spelt(name), str(value))


def _spelt(word: str) -> str:
    return word.replace("_", " ").capitalize()


def _agree() -> None:
    story.at("05-01")
    seats = NewBillingType(key=TYPE, name="Θέσεις", unit="θέση")
    sites = [NewModuleOrganization(id=f"{n}", name=f"Τόπος {n}") for n in (7, 8)]
    connect_modules(
        [NewConnection(key=MODULE, name="Εποπτεία", billing_types=[seats], organizations=sites)]
    )
    add_tax_rates([NewTaxRate("φόρος", "20", "Φόρος")])
    add_services([NewService(key=SERVICE, name="Θέση εργασίας", price="2.00")])
    add_organizations([NewOrganization(key=CLIENT, name="Άλφα")])
    sold = [NewContractService(service=SERVICE)]
    add_contracts([NewContract(CLIENT, CLIENT, story.day("05-01"), services=sold)])
    map_organization(MODULE, id="7", organization=CLIENT)
    map_service(
        CLIENT, mapping=NewServiceMapping(module=MODULE, billing_type=TYPE, service=SERVICE)
    )
    add_users([NewUser("βοηθός", role=Role.BILLING)])


def _play() -> None:
    """May is billed, invoiced and credited in part; June has jumps, a failed sync and drafts."""
    _receive("05-01", "05-31", {"7": 31, "8": 3})
    story.at("06-01")
    add_manual_item(CLIENT, amount="5", reason="Χειρόγραφο", on=story.day("05-31"))
    bill()
    post_items()
    issue_documents()
    credit_document("INV-000001", lines=[1], reason="Λάθος")
    _receive("06-01", "06-20", {"7": 100, "8": 3})
    _receive("06-21", "06-25", {"7": 20, "8": 4})
    days = DayRange(story.day("06-26"), story.day("06-28"))
    record_failed_sync(MODULE, days=days, reason="Σιωπή")
    _receive("06-29", "06-30", {"7": 100, "8": 4})
    add_manual_item(CLIENT, amount="7", reason="Χειρόγραφο", on=story.day("06-30"))
    story.at("07-01")
    bill()
    follow()
    refresh_insights()


def _receive(first: str, last: str, counts: dict[str, int]) -> None:
    for day in DayRange(story.day(first), story.day(last) + timedelta(days=1)):
        night = datetime.combine(day + timedelta(days=1), time(2), UTC)
        kernel_clock.set_frozen(night)
        rows = [CountRow(id, TYPE, count) for id, count in counts.items()]
        take_snapshot(MODULE, answer=Answer(day=day, rows=rows))
