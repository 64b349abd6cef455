"""The frame of every page: headers, refusals, theme, vendored files."""

from __future__ import annotations

import tomllib
from hashlib import sha256
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from tests.web.conftest import ClientOf, words

import icb.web
from icb.foundation.access import access_of
from icb.foundation.actor import acting_as_system
from icb.foundation.inputs import NewProvider
from icb.foundation.models import Provider, Role
from icb.foundation.providers import create_provider
from icb.foundation.scope import in_provider
from icb.organizations.actions import add_organizations
from icb.organizations.inputs import NewOrganization

_STATIC = Path(icb.web.__file__).parent / "static"
_VENDOR = _STATIC / "vendor"


def patterns(resolver: URLResolver | None = None) -> list[URLPattern]:
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        found += patterns(entry) if isinstance(entry, URLResolver) else [entry]
    return found


def test_every_address_says_who_may_open_it() -> None:
    unmarked = [str(entry.pattern) for entry in patterns() if access_of(entry.callback) is None]
    assert unmarked == []


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(owner: Client) -> None:
    response = owner.get(reverse("organizations"))
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert response["Cache-Control"] == "no-store"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("template", sorted(Path(icb.web.__file__).parent.glob("*/templates/**/*")))
def test_no_template_styles_or_runs_anything_inline(template: Path) -> None:
    if template.suffix != ".html":
        return
    text = template.read_text()
    for forbidden in (" style=", "<style", "onclick=", "onchange=", "onsubmit=", "javascript:"):
        assert forbidden not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text


def test_files_of_other_projects_are_what_the_manifest_says() -> None:
    listed = tomllib.loads((_VENDOR / "manifest.toml").read_text())["file"]
    for file in listed:
        assert sha256((_VENDOR / file["path"]).read_bytes()).hexdigest() == file["sha256"]
        assert (_VENDOR / file["licence_file"]).read_text().strip()
        assert file["name"] and file["version"] and file["licence"]
    lying = {
        str(path.relative_to(_VENDOR))
        for path in _VENDOR.rglob("*")
        if path.is_file() and path.parent.name != "licences" and path.name != "manifest.toml"
    }
    assert lying == {file["path"] for file in listed}


def test_an_unknown_address_is_told_in_words(owner: Client) -> None:
    response = owner.get("/no/such/page")
    assert response.status_code == 404
    assert "Nothing was changed" in words(response.content)


def test_a_form_without_its_mark_is_not_taken(provider: Provider) -> None:
    response = Client(enforce_csrf_checks=True).post(reverse("look"), {"theme": "dark"})
    assert response.status_code == 403
    assert "Nothing was changed" in words(response.content)


@pytest.mark.parametrize(
    "sent", [{"name": "x" * 10_000_000}, {f"row-{number}": "1" for number in range(1_500)}]
)
def test_what_is_too_much_at_once_is_told_in_words(owner: Client, sent: dict[str, str]) -> None:
    answer = owner.post(reverse("organization-new"), sent)
    assert answer.status_code == 413
    said = words(answer.content)
    assert "Too much at once" in said and "Nothing was stored" in said
    part = owner.post(reverse("organization-new"), sent, headers={"hx-request": "true"})
    assert part.status_code == 413 and "Nothing was stored" in part.headers["HX-Trigger"]


def test_an_empty_list_leads_on_only_where_the_next_page_opens(client_of: ClientOf) -> None:
    button = '<a class="button primary" href="/approve-and-post/run">'
    drafts = reverse("approve-and-post")
    assert button in client_of(Role.OWNER).get(drafts).content.decode()
    assert button not in client_of(Role.READ_ONLY).get(drafts).content.decode()


def test_the_theme_and_the_locale_are_remembered(owner: Client) -> None:
    owner.post(reverse("look"), {"theme": "dark", "locale": "de", "next": "/organizations"})
    page = owner.get(reverse("organizations")).content.decode()
    assert 'data-theme="dark"' in page


def test_an_address_of_elsewhere_is_not_gone_back_to(owner: Client) -> None:
    response = owner.post(reverse("look"), {"theme": "dark", "next": "//elsewhere.example/x"})
    assert response["Location"] == "/"


def test_another_providers_rows_are_not_seen(owner: Client) -> None:
    with acting_as_system("test"):
        other = create_provider(NewProvider(key="other", name="Other", currency="USD"))
        with in_provider(other):
            add_organizations([NewOrganization(key="theirs", name="Their Client")])
    assert "Their Client" not in words(owner.get(reverse("organizations")).content)


def test_a_role_that_only_reads_sees_no_way_to_administer(client_of: ClientOf) -> None:
    page = client_of("read_only").get(reverse("organizations"))
    assert page.status_code == 200
    assert "Users" not in words(page.content)
