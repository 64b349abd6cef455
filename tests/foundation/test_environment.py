"""Settings from the environment and a file; databases from a URL; keys made once."""

from __future__ import annotations

import stat
from pathlib import Path
from threading import Thread

import pytest

from icb.config.database import database_settings
from icb.foundation.environment import SETTINGS, read_environment
from icb.foundation.keys import kept_data_keys, make_keys, secret_key
from icb.foundation.sealing import KeyRing
from icb.kernel.errors import InvalidInput


def test_every_setting_is_described() -> None:
    names = [setting.name for setting in SETTINGS]
    assert len(set(names)) == len(names)
    for setting in SETTINGS:
        assert setting.name.startswith("ICB_")
        assert setting.meaning.endswith(".")


def test_without_settings_the_defaults_hold() -> None:
    found = read_environment({})
    assert found.data_dir == Path("data").absolute()
    assert found.hosts == ("localhost", "127.0.0.1", "[::1]")
    assert (found.database_url, found.debug, found.user) == ("", False, "")


def test_the_environment_outranks_the_file(tmp_path: Path) -> None:
    file = tmp_path / "icb.conf"
    file.write_text('# Settings\n\nICB_USER = "anna"\nICB_PROVIDER=acme\nICB_DEBUG=yes\n')
    found = read_environment({"ICB_SETTINGS_FILE": str(file), "ICB_USER": "ben"})
    assert (found.user, found.provider, found.debug) == ("ben", "acme", True)


@pytest.mark.parametrize("line", ["ICB_USR=anna", "anna", "=anna", "ICB_SETTINGS_FILE=other"])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "icb.conf"
    file.write_text(f"ICB_USER=anna\n{line}\n")
    with pytest.raises(InvalidInput, match="line 2"):
        read_environment({"ICB_SETTINGS_FILE": str(file)})


def test_a_file_that_is_not_there_and_a_bad_boolean_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_environment({"ICB_SETTINGS_FILE": str(tmp_path / "none")})
    with pytest.raises(InvalidInput, match="ICB_DEBUG"):
        read_environment({"ICB_DEBUG": "perhaps"})


def test_a_database_is_named_by_url(tmp_path: Path) -> None:
    assert database_settings("", data_dir=tmp_path)["NAME"] == str(tmp_path / "icb.sqlite3")
    assert database_settings("sqlite:////var/a%20b.db", data_dir=tmp_path)["NAME"] == "/var/a b.db"
    found = database_settings(
        "postgresql://anna:p%40ss@db.example:5433/books?sslmode=require", data_dir=tmp_path
    )
    assert (found["USER"], found["PASSWORD"], found["HOST"]) == ("anna", "p@ss", "db.example")
    assert (found["PORT"], found["NAME"]) == ("5433", "books")
    assert found["OPTIONS"]["sslmode"] == "require"
    socket = database_settings("postgresql:///books?host=/run/pg", data_dir=tmp_path)
    assert socket["HOST"] == "/run/pg"


@pytest.mark.parametrize(
    "url", ["mysql://a:hunter2@b/c", "sqlite://", "postgresql://a:hunter2@host", "hunter2.db"]
)
def test_a_url_of_another_kind_is_refused_without_being_shown(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidInput) as error:
        database_settings(url, data_dir=tmp_path)
    assert "hunter2" not in str(error.value)


def test_keys_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    environment = read_environment({"ICB_DATA_DIR": str(tmp_path / "new")})
    assert secret_key(environment) != secret_key(environment)
    threads = [Thread(target=make_keys, args=[environment]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(secret_key(environment)) >= 50
    assert secret_key(environment) == secret_key(environment)
    KeyRing.read(kept_data_keys(environment))
    files = sorted(environment.data_dir.iterdir())
    assert [file.name for file in files] == ["data-keys", "secret-key"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_given_keys_are_used_and_short_ones_refused(tmp_path: Path) -> None:
    given = {"ICB_DATA_DIR": str(tmp_path), "ICB_SECRET_KEY": "s" * 50, "ICB_DATA_KEYS": "a:b"}
    environment = read_environment(given)
    make_keys(environment)
    assert list(tmp_path.iterdir()) == []
    assert (secret_key(environment), kept_data_keys(environment)) == ("s" * 50, "a:b")
    with pytest.raises(InvalidInput, match="50"):
        secret_key(read_environment({**given, "ICB_SECRET_KEY": "s" * 49}))


def test_cookies_are_for_https_wherever_others_can_reach_the_pages() -> None:
    assert not read_environment({}).is_https
    assert not read_environment({"ICB_URL": "http://billing.lan:8000"}).is_https
    assert read_environment({"ICB_URL": "https://billing.example.org"}).is_https
    assert read_environment({"ICB_HOSTS": "localhost,billing.example.org"}).is_https
    assert read_environment({"ICB_HOSTS": "*"}).is_https


def test_the_address_of_the_pages_is_one_of_the_hosts() -> None:
    found = read_environment({"ICB_URL": "https://billing.example.org:8443/"})
    assert found.url == "https://billing.example.org:8443"
    assert found.hosts[-1] == "billing.example.org"
    assert found.origins == ("https://billing.example.org:8443",)
    assert read_environment({"ICB_URL": "http://[fd00::7]:80"}).hosts[-1] == "[fd00::7]"
    hosts = read_environment({"ICB_HOSTS": "a.example,.b.example"})
    assert hosts.origins == ("https://a.example", "https://*.b.example")
    assert read_environment({}).origins == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ICB_URL", "billing.example.org"),
        ("ICB_URL", "ftp://billing.example.org"),
        ("ICB_URL", "https://billing.example.org/icb"),
        ("ICB_URL", "https://"),
        ("ICB_PROXIES", "-1"),
        ("ICB_PROXIES", "one"),
        ("ICB_SMTP_PORT", "²"),
        ("ICB_SMTP_SECURITY", "maybe"),
    ],
)
def test_a_bad_setting_of_the_pages_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_environment({name: value})
    assert error.value.field == name


def test_a_server_for_mail_needs_a_sender_and_keeps_its_password_to_itself() -> None:
    with pytest.raises(InvalidInput, match="nobody is named who sends"):
        read_environment({"ICB_SMTP_HOST": "mail.example.org"})
    given = {"ICB_SMTP_HOST": "mail.example.org", "ICB_MAIL_FROM": "icb@example.org"}
    found = read_environment({**given, "ICB_SMTP_PASSWORD": "hunter-2"})
    assert (found.mail.host, found.mail.port, found.mail.security) == (
        "mail.example.org",
        587,
        "starttls",
    )
    assert "hunter-2" not in repr(found)
