"""Connecting modules from the command line: secrets are never typed there and never shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Icb
from tests.hub.counter_adapter import CounterAdapter

from icb.hub.registry import registered

PASSWORD = "s3cret-canary-2"
NAMED = ("--setting", "account=12")


@pytest.fixture(autouse=True)
def _adapter() -> Iterator[None]:
    with registered(CounterAdapter()):
        yield


@pytest.fixture
def modules(icb: Icb) -> Icb:
    icb("init", "own", "--name", "Own", "--currency", "USD")
    return icb


@pytest.fixture
def password(tmp_path: Path) -> str:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return f"password=@{path}"


def test_a_module_is_connected_tried_out_and_listed(modules: Icb, password: str) -> None:
    said = modules("modules", "connect", "counter", *NAMED, "--secret", password, "--name", "My C!")
    assert "Connected my-c." in said
    assert "account 12 Next: `icb sync my-c`" in said
    (row,) = modules.data("modules", "list")
    assert (row["key"], row["name"], row["adapter"]) == ("my-c", "My C!", "counter")
    assert row["secrets"] == ["password"]
    assert row["expected_from"] == "2026-02-01"
    assert "my-c" in modules("modules", "list")


def test_a_secret_comes_from_a_file_the_environment_or_standard_input(
    modules: Icb, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_PASSWORD", PASSWORD)
    by_variable = ("--secret", "password=env:THE_PASSWORD")
    modules("modules", "connect", "counter", "--key", "one", *NAMED, *by_variable)
    modules("modules", "change", "one", "--secret", password)
    from icb.foundation.providers import provider_named
    from icb.foundation.scope import in_provider
    from icb.hub.connecting_queries import connection_settings

    with in_provider(provider_named("")):
        assert connection_settings("one")["password"] == PASSWORD


@pytest.mark.parametrize(
    "words",
    [
        ("--setting", f"password={PASSWORD}"),
        ("--secret", f"password={PASSWORD}"),
        ("--secret", f"pass word={PASSWORD}"),
        ("--secret", f"{PASSWORD}=x"),
        ("--secret", "password=env:NOT_SET_ANYWHERE"),
        ("--secret", f"password=@/{PASSWORD}"),
    ],
)
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(
    modules: Icb, words: tuple[str, str]
) -> None:
    result = modules.call("modules", "connect", "counter", *NAMED, *words)
    assert result.exit_code == 2
    assert PASSWORD not in result.output + result.stderr
    assert "Nothing was stored" in result.stderr
    assert modules.data("modules", "list") == []


def test_a_wrong_setting_is_named(modules: Icb, password: str) -> None:
    wrong = ("--setting", "account=twelve", "--secret", password)
    said = modules.refused(2, "modules", "connect", "counter", *wrong)
    assert "account has not the form" in said


def test_what_would_be_stored_is_shown_and_nothing_is(modules: Icb, password: str) -> None:
    modules("modules", "connect", "counter", *NAMED, "--secret", password, "--no-test")
    shown = modules.data("modules", "test", "counter", "--counts")
    assert shown["counts"] == [{"organization": "acme", "billing_type": "things", "count": 1}]
    assert "nothing was stored" in modules("modules", "test", "counter", "--counts")
    assert modules.data("modules", "list")[0]["last_counts_at"] is None


def test_after_a_bundle_the_way_in_is_to_be_entered_again(modules: Icb, password: str) -> None:
    from icb.foundation.actor import acting_as
    from icb.foundation.providers import provider_named
    from icb.foundation.scope import in_provider
    from icb.hub.actions import connect_modules
    from icb.hub.inputs import NewConnection

    with in_provider(provider_named("")), acting_as("olivia"):
        connect_modules([NewConnection(key="counter", module="counter")])
    assert modules.data("modules", "list")[0]["way"] == "not connected"
    advice = "icb modules connect counter --key counter"
    assert advice in " ".join(modules.call("modules", "list").stderr.split())
    assert advice in " ".join(modules.call("coverage", "--module", "counter").stderr.split())
    modules("modules", "connect", "counter", "--key", "counter", *NAMED, "--secret", password)
    assert modules.data("modules", "list")[0]["way"] == "connected"
    assert "not connected" not in modules.call("modules", "list").stderr


def test_evidence_is_only_asked_of_those_who_have_it(modules: Icb, password: str) -> None:
    modules("modules", "connect", "counter", *NAMED, "--secret", password)
    assert "does not list" in modules.refused(3, "modules", "items", "counter", "acme", "things")


def test_a_module_is_disabled_enabled_and_no_longer_expected(modules: Icb, password: str) -> None:
    modules("modules", "connect", "counter", *NAMED, "--secret", password)
    modules("modules", "disable", "counter")
    assert not modules.data("modules", "list")[0]["is_enabled"]
    modules("modules", "enable", "counter")
    modules("modules", "change", "counter", "--expected-from", "never")
    (row,) = modules.data("modules", "list")
    assert (row["is_enabled"], row["expected_from"]) == (True, None)


def test_the_catalogue_and_the_adapters_are_listed(modules: Icb) -> None:
    known = modules.data("modules", "catalogue")
    assert "datto_rmm" in [entry["key"] for entry in known]
    shown = modules("modules", "catalogue", "datto_rmm")
    assert "AllDevicesMetric" in shown and "_NotBillable_" in shown
    assert "Datto RMM" in modules("modules", "adapters")
    fields = modules.data("modules", "adapters", "counter")
    assert [field["setting"] for field in fields] == ["region", "account", "password", "pin"]
    assert "no 'nothing'" in modules.refused(4, "modules", "catalogue", "nothing")
    assert "none for 'nothing'" in modules.refused(4, "modules", "connect", "nothing")


def test_an_unknown_type_is_described(modules: Icb, password: str) -> None:
    modules("modules", "connect", "counter", *NAMED, "--secret", password)
    modules("modules", "describe", "counter", "things", "--unit", "thing", "--rule", "All of them.")
    entry = modules.data("modules", "catalogue", "counter")
    assert entry["billing_types"][0]["counting_rule"] == "All of them."


def test_files_are_connected_without_settings(modules: Icb) -> None:
    said = modules("modules", "connect", "files", "--name", "Backup", "--module", "datto_bcdr")
    assert "icb files take backup" in said
    assert modules.refused(3, "modules", "change", "backup", "--setting", "a=b")
    assert "nobody to ask" in modules.refused(3, "modules", "test", "backup")


def test_push_prints_its_token_once(modules: Icb) -> None:
    said = modules("modules", "connect", "push", "--name", "My RMM")
    token = said.split("shown this once: ")[1].split()[0]
    listed = modules("modules", "token", "list")
    assert token not in listed
    assert token[-4:] in listed
    (row,) = modules.data("modules", "token", "list")
    assert (row["connection"], row["revoked_at"]) == ("my-rmm", None)
    modules("modules", "token", "revoke", str(row["id"]))
    assert modules.data("modules", "token", "list")[0]["revoked_at"]
    assert "Token" in modules("modules", "token", "new", "my-rmm", "--name", "script")
    assert "whsec_" in modules("modules", "token", "signing", "my-rmm")


def test_a_file_is_shown_taken_and_undone(modules: Icb, tmp_path: Path) -> None:
    modules("modules", "connect", "files", "--name", "Backup")
    path = tmp_path / "report.csv"
    path.write_text("Day,Client ID,Type,Count\n2026-01-31,7,seats,12\n")
    missing = str(tmp_path / "missing.csv")
    assert "there is no such file" in modules.refused(2, "files", "profile", "backup", missing)
    assert "not known yet" in modules.refused(3, "files", "take", "backup", str(path))
    assert "Add --confirm" in modules("files", "profile", "backup", str(path))
    modules("files", "profile", "backup", str(path), "--confirm")
    assert "nothing was" in modules("files", "take", "backup", str(path), "--dry-run")
    assert "1 count stored" in modules("files", "take", "backup", str(path))
    assert modules.data("files", "take", "backup", str(path))["state"] == "unchanged"
    assert "report.csv is undone" in modules("files", "undo", "backup", "--reason", "wrong")
    assert [row["state"] for row in modules.data("files", "list")] == ["undone"]
    path.write_text("Day,Client ID,Type,Count\n2026-01-31,7,seats,many\n")
    said = modules.refused(2, "files", "take", "backup", str(path))
    assert "line 2, column Count: 'many': is not a number" in said


def test_a_folder_is_watched(modules: Icb, tmp_path: Path) -> None:
    modules("modules", "connect", "files", "--name", "Backup")
    modules("files", "watch", "backup", str(tmp_path))
    assert "no file to take" in modules("files", "watch-once")
    assert "is no folder" in modules.refused(2, "files", "watch", "backup", str(tmp_path / "x"))
    modules("files", "watch", "backup", "none")
