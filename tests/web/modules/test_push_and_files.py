"""Tokens that are shown once, and files that are shown before they are taken."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.web.conftest import ClientOf, words

from icb.foundation.models import Provider
from icb.hub.actions import NewConnected, connect_module
from icb.hub.models import ConnectionToken, Count, CountFile, FileSource, Snapshot
from icb.hub.push_queries import sender_of_token, signing_secret

REPORT = b"day,client_id,client,type,count\n2025-12-30,7,Acme,seats,12\n2025-12-31,8,Beta,seats,4\n"


def of(view: str, connection: str, **more: object) -> str:
    return reverse(view, kwargs={"connection": connection, **more})


@pytest.fixture
def pushed(provider: Provider, clock: object) -> str:
    connect_module(NewConnected(key="my-rmm", adapter="push", name="My RMM"))
    return "my-rmm"


@pytest.fixture
def brought(provider: Provider, clock: object) -> str:
    connect_module(NewConnected(key="reports", adapter="files", name="Reports"))
    return "reports"


def upload(client: Client, view: str, content: bytes = REPORT, **fields: Any) -> Any:
    file = SimpleUploadedFile("report.csv", content)
    headers = {"HX-Request": "true"} if view == "module-file-look" else {}
    return client.post(of(view, "reports"), {"file": file, **fields}, headers=headers)


def test_a_token_is_shown_once_and_works(owner: Client, pushed: str) -> None:
    assert "No token yet" in words(owner.get(of("module-push", pushed)).content)
    made = owner.post(of("module-token-new", pushed), {"name": "nightly script"})
    token = made.context["token"]
    assert token in made.content.decode()
    sender = sender_of_token(token)
    assert sender is not None
    assert sender.connection == pushed
    again = owner.get(of("module-push", pushed)).content.decode()
    assert token not in again
    assert "nightly script" in again
    assert made["Cache-Control"] == "no-store"


def test_a_token_without_a_name_is_refused_at_its_field(owner: Client, pushed: str) -> None:
    response = owner.post(of("module-token-new", pushed), {"name": " "})
    assert response.status_code == 422
    assert "who uses the token" in words(response.content)
    assert not ConnectionToken.objects.exists()


def test_a_revoked_token_is_refused(owner: Client, pushed: str) -> None:
    token = owner.post(of("module-token-new", pushed), {"name": "x"}).context["token"]
    id = ConnectionToken.objects.get().pk
    owner.post(of("module-token-revoke", pushed, id=id))
    assert sender_of_token(token) is None
    assert "Revoked" in words(owner.get(of("module-push", pushed)).content)
    assert owner.post(of("module-token-revoke", pushed, id=id + 1)).status_code == 404


def test_a_token_is_revoked_at_its_own_connection_only(owner: Client, pushed: str) -> None:
    connect_module(NewConnected(key="other", adapter="push"))
    token = owner.post(of("module-token-new", pushed), {"name": "x"}).context["token"]
    id = ConnectionToken.objects.get().pk
    assert owner.post(of("module-token-revoke", "other", id=id)).status_code == 404
    assert sender_of_token(token) is not None


def test_a_signing_secret_is_shown_once(owner: Client, pushed: str) -> None:
    made = owner.post(of("module-signing", pushed))
    assert signing_secret(pushed) in made.content.decode()
    page = owner.get(of("module-push", pushed)).content.decode()
    assert signing_secret(pushed) not in page
    assert "A signing secret was stored on 2026-01-01" in words(page.encode())


def test_only_an_owner_makes_tokens(client_of: ClientOf, pushed: str) -> None:
    billing = client_of("billing_administrator")
    assert "Make a token" not in words(billing.get(of("module-push", pushed)).content)
    assert billing.post(of("module-token-new", pushed), {"name": "x"}).status_code == 403
    assert billing.post(of("module-signing", pushed)).status_code == 403
    assert not ConnectionToken.objects.exists()


def test_a_file_is_shown_before_anything_is_stored(owner: Client, brought: str) -> None:
    looked = upload(owner, "module-file-look")
    said = words(looked.content)
    assert "2025-12-30 1 Accepted" in said
    assert "2 new module organizations: 7, 8" in said
    assert "Take it: 2 counts" in said
    assert not Snapshot.objects.exists()
    assert not CountFile.objects.exists()
    assert FileSource.objects.get().profile == {}


def test_a_file_is_taken_and_its_columns_are_remembered(owner: Client, brought: str) -> None:
    response = upload(owner, "module-file-take")
    assert response["Location"] == of("module-files", brought)
    assert CountFile.objects.get().counts == 2
    assert FileSource.objects.get().profile["organization"] == "client_id"
    page = words(owner.get(of("module-files", brought)).content)
    assert "report.csv Taken 2025-12-30 – 2025-12-31 2" in page
    assert "This file was taken before" in words(upload(owner, "module-file-look").content)


def test_what_a_person_says_of_the_columns_counts(owner: Client, brought: str) -> None:
    content = b"day,client_id,client,type,count,extra\n2025-12-31,7,Acme,seats,12,99\n"
    upload(owner, "module-file-take", content, profile_count="extra")
    assert FileSource.objects.get().profile["count"] == "extra"
    assert [int(row.value) for row in Count.objects.all()] == [99]


def test_the_day_is_said_where_no_column_holds_it(owner: Client, brought: str) -> None:
    content = b"client_id,type,count\n7,seats,12\n"
    assert "Take it" not in words(upload(owner, "module-file-look", content).content)
    assert "Take it" in words(upload(owner, "module-file-look", content, day="2025-12-31").content)
    upload(owner, "module-file-take", content, day="2025-12-31")
    assert Snapshot.objects.get().day == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"day,client_id,client,type,count\n2025-12-31,7,Acme,seats,minus\n", "problem"),
        (b"\x00\x01\x02", "problem"),
        (b"", "empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    content: bytes, why: str, owner: Client, brought: str
) -> None:
    assert why in words(upload(owner, "module-file-look", content).content)
    taken = upload(owner, "module-file-take", content)
    assert taken.status_code == 422
    assert not Snapshot.objects.exists()


def test_the_last_file_is_undone(owner: Client, brought: str) -> None:
    upload(owner, "module-file-take")
    page = owner.get(of("module-files", brought)).content.decode()
    assert of("module-file-undo", brought) in page
    response = owner.post(of("module-file-undo", brought), follow=True)
    assert "report.csv is undone" in words(response.content)
    assert CountFile.objects.get().state == "undone"
    assert owner.post(of("module-file-undo", brought)).status_code in (404, 409)


def test_who_only_reads_brings_nothing(client_of: ClientOf, brought: str) -> None:
    reader = client_of("read_only")
    assert "Bring a file" not in words(reader.get(of("module-files", brought)).content)
    assert upload(reader, "module-file-take").status_code == 403
    assert upload(reader, "module-file-look").status_code == 403
    assert reader.post(of("module-file-undo", brought)).status_code == 403
    assert not CountFile.objects.exists()


def test_a_connection_that_takes_no_files_has_no_page_of_them(owner: Client, pushed: str) -> None:
    assert owner.get(of("module-files", pushed)).status_code == 409
