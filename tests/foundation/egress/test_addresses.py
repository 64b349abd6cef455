"""Which addresses are public: the special-purpose ranges, and IPv4 addresses in every disguise."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icb.foundation.egress.addresses import Address, is_never, is_public, read_address

# Written down from the registries by hand, apart from the lists of the code.
NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254
169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.9 192.0.2.1 192.88.99.1
192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16 100.100.100.200 :: ::1 ::7f00:1
::808:808 ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::808:808
100::1 2001::1 2001:0:7f00:1::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::
2002:a00:1::1 2002:808:808::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254
fd20:ce::254 fe80::1 fec0::1 ff02::1 ff0e::1 2606:4700::5efe:a00:1 2606:4700::200:5efe:7f00:1
4000::1 8000::1
"""
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.1 192.167.255.255 192.169.0.0
198.17.255.255 198.20.0.0 203.0.112.255 203.0.114.0 223.255.255.255 2606:4700::1111
2001:4860:4860::8888 2a00:1450:4001:80e::200e 2003::1 64:ff9b::808:808 2606:4700::5efe:808:808
"""

v4 = st.ip_addresses(v=4)
v6 = st.ip_addresses(v=6)

DISGUISES: dict[str, Callable[[int], int]] = {
    "mapped": lambda number: 0xFFFF << 32 | number,
    "compatible": lambda number: number,
    "translated": lambda number: 0xFFFF << 48 | number,
    "NAT64": lambda number: 0x64FF9B << 96 | number,
    "6to4": lambda number: 0x2002 << 112 | number << 80 | 1,
    "Teredo client": lambda number: 0x20010000 << 96 | (number ^ 0xFFFFFFFF),
    "Teredo server": lambda number: 0x20010000 << 96 | number << 64,
    "ISATAP": lambda number: 0x26064700 << 96 | 0x5EFE << 32 | number,
}


@pytest.mark.parametrize("text", NOT_PUBLIC.split())
def test_an_address_for_special_purposes_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC.split())
def test_a_public_address_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(v4 | v6)
def test_what_is_public_is_global_and_for_one_receiver(address: Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
        assert not is_never(address)


@given(v4)
def test_nearly_all_global_addresses_are_public(address: IPv4Address) -> None:
    closed = [ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4")]
    is_closed = any(address in network for network in closed)
    if address.is_global and not is_closed and str(address) != "168.63.129.16":
        assert is_public(address)


@pytest.mark.parametrize("name", DISGUISES)
@given(number=st.integers(0, 2**32 - 1))
def test_a_disguise_never_makes_an_address_public(name: str, number: int) -> None:
    inner = IPv4Address(number)
    disguised = read_address(str(IPv6Address(DISGUISES[name](number))))
    assert disguised is not None
    if is_public(disguised):
        assert is_public(inner)
    if is_never(inner) and name != "Teredo server" and name != "translated":
        assert is_never(disguised)


@given(v4)
def test_a_mapped_address_is_read_as_what_it_is(address: IPv4Address) -> None:
    assert read_address(f"::ffff:{address}") == address


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "0177.0.0.1", "2130706433", "0x7f.0.0.1", "fe80::1%eth0"]
)
def test_what_is_no_plain_address_is_none(text: str) -> None:
    assert read_address(text) is None
