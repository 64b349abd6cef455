"""URLs with one meaning, and what ICB_PRIVATE_TARGETS opens and does not open."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icb.foundation.egress.guard import (
    check_addresses,
    check_target,
    read_private_targets,
    read_target,
)
from icb.foundation.egress.problems import NotAllowed
from icb.foundation.environment import read_environment
from icb.kernel.errors import InvalidInput

PUBLIC = "8.8.8.8"


def may(url: str, *addresses: str, private: str = "") -> bool:
    """Whether a request to the URL, whose host has these addresses, is let through."""
    entries = read_private_targets(private.split(","))
    try:
        target = read_target(url)
        check_target(target, private=entries)
        resolved = [ip_address(text) for text in addresses] or [ip_address(target.host)]
        check_addresses(target, addresses=resolved, private=entries)
    except NotAllowed:
        return False
    return True


def test_a_plain_address_is_taken_apart() -> None:
    target = read_target("https://API.Example.com/v1/sites?page=2#end")
    assert (target.host, target.port, target.path, target.query) == (
        "api.example.com",
        443,
        "/v1/sites",
        "page=2",
    )
    assert target.place == "api.example.com"
    assert read_target("https://h:8443").place == "h:8443"
    assert read_target("https://[2606:4700::1111]/").place == "[2606:4700::1111]"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///etc/passwd",
        "https:example.com",
        "//example.com/",
        "example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com:443/_x",
        "javascript:alert(1)",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://example.com@127.0.0.1/",
        "https://127.0.0.1\\@example.com/",
        "https://example.com\t/",
        "https://example.com\r\nHost: x/",
        " https://example.com/",
        "https://exa mple.com/",
        "https://example.com:99999/",
        "https://example.com:x/",
        "https://exämple.com/",
        "https://example。com/",
        "https://①②⑦.0.0.1/",
        "https://example..com/",
        "https://example.com./",
        "https://localhost./",
        "https://.example.com/",
        "https://-example.com/",
        "https://%6cocalhost/",
        "https://[::1%25eth0]/",
        "https://[v1.x]/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://017700000001/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://0x7f.0.0.1/",
        "https://127.0.0.1.1/",
        "https://1.1.1.08/",
        "https://example.0x1/",
    ],
)
def test_an_address_of_two_meanings_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed, match="Nothing was asked"):
        read_target(url)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_no_text_breaks_the_reading(text: str) -> None:
    try:
        target = read_target("https://" + text)
    except NotAllowed:
        return
    assert urlsplit("https://" + text).hostname == target.host


@pytest.mark.parametrize(
    ("url", "addresses", "is_allowed"),
    [
        ("https://api.example.com/", [PUBLIC], True),
        ("https://api.example.com/", [PUBLIC, "2606:4700::1111"], True),
        ("https://api.example.com/", ["10.0.0.1"], False),
        ("https://api.example.com/", [PUBLIC, "10.0.0.1"], False),
        ("https://api.example.com/", ["::ffff:127.0.0.1"], False),
        ("https://api.example.com:8443/", [PUBLIC], False),
        ("http://api.example.com/", [PUBLIC], False),
        ("http://api.example.com:443/", [PUBLIC], False),
        (f"https://{PUBLIC}/", [], True),
        ("https://10.0.0.1/", [], False),
        ("https://[::1]/", [], False),
    ],
)
def test_only_https_to_public_addresses_is_open(
    url: str, addresses: list[str], is_allowed: bool
) -> None:
    assert may(url, *addresses) is is_allowed


@pytest.mark.parametrize(
    ("private", "url", "addresses", "is_allowed"),
    [
        ("rmm.local:8443", "https://rmm.local:8443/", ["10.0.0.1"], True),
        ("RMM.local:8443", "http://rmm.local:8443/", ["10.0.0.1"], True),
        ("rmm.local:8443", "https://rmm.local/", ["10.0.0.1"], False),
        ("rmm.local:8443", "https://other.local:8443/", ["10.0.0.1"], False),
        ("rmm.local:8443", "https://10.0.0.1:8443/", [], False),
        ("rmm.local:8443", "https://rmm.local:8443/", ["169.254.169.254"], False),
        ("rmm.local:8443", "https://rmm.local:8443/", ["fd00:ec2::254"], False),
        ("10.1.0.0/16", "https://rmm.local/", ["10.1.2.3"], True),
        ("10.1.0.0/16", "http://rmm.local/", ["10.1.2.3"], True),
        ("10.1.0.0/16", "http://rmm.local:8080/", ["10.1.2.3"], False),
        ("10.1.0.0/16", "https://rmm.local/", ["10.2.2.3"], False),
        ("10.1.0.0/16", "https://rmm.local/", ["10.1.2.3", "10.2.2.3"], False),
        ("10.1.0.0/16", "https://rmm.local/", ["64:ff9b::a01:203"], False),
        ("10.1.0.0/16:8080", "http://10.1.2.3:8080/", [], True),
        ("10.1.2.3:8080", "http://10.1.2.3:8080/", [], True),
        ("10.1.2.3:8080", "http://10.1.2.4:8080/", [], False),
        ("[fd00::/8]:8443", "https://[fd00::5]:8443/", [], True),
        ("[fd00::/8]:8443", "https://[fd00:ec2::254]:8443/", [], False),
        ("fd00::/8", "https://[fd00::5]/", [], True),
        ("127.0.0.1:9000", "http://127.0.0.1:9000/", [], True),
        ("169.254.0.0/16", "http://169.254.169.254/", [], False),
        ("0.0.0.0/0", "http://169.254.169.254/", [], False),
        ("0.0.0.0/0", "http://0.0.0.0/", [], False),
        ("::/0", "http://[ff02::1]/", [], False),
        ("::/0", "http://[::ffff:169.254.169.254]/", [], False),
        ("::/0", "http://[64:ff9b::a9fe:a9fe]/", [], False),
    ],
)
def test_private_targets_open_what_they_name_and_no_more(
    private: str, url: str, addresses: list[str], is_allowed: bool
) -> None:
    assert may(url, *addresses, private=private) is is_allowed


@pytest.mark.parametrize(
    "entry",
    ["rmm.local", "10.1.2.3/16", "[fd00::/8]8443", "a:b", "1.2:80", ":80", "*:443", "h:443/x"],
)
def test_an_entry_that_is_no_target_stops_the_start(entry: str) -> None:
    with pytest.raises(InvalidInput, match="ICB_PRIVATE_TARGETS"):
        read_environment({"ICB_PRIVATE_TARGETS": f"10.0.0.0/8,{entry}"})


def test_the_setting_is_empty_unless_it_is_set() -> None:
    assert read_environment({}).private_targets == ()
    (first, second) = read_environment({"ICB_PRIVATE_TARGETS": "a:1, 10.0.0.0/8 "}).private_targets
    assert (first.host, first.port, second.port) == ("a", 1, None)


def test_an_entry_is_shown_as_it_was_written() -> None:
    written = ["rmm.local:8443", "10.0.0.0/8", "10.0.0.0/8:80", "fd00::/8", "[fd00::/8]:8443"]
    assert [str(entry) for entry in read_private_targets(written)] == written
