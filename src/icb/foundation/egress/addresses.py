"""Which IP addresses are public, and which are never connected to.

The lists are of the special-purpose address registries. `ipaddress.is_global` is not enough: it
calls addresses global that carry a private IPv4 address inside, documentation ranges, multicast,
and a public address under which a cloud answers its own machines.
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a carrier's customers
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays into 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # measuring
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside, and retired
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)

_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "fe80::/10",
        "ff00::/8",
        # Where clouds tell a machine its own credentials, outside of the link-local ranges.
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
        "fd00:ec2::254/128",
        "fd20:ce::254/128",
    )
)


def read_address(text: str) -> Address | None:
    """The address that a resolver or a URL gives as text; None where it is none or has a zone."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return None if address.scope_id else address.ipv4_mapped or address
    return address


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, as does every address inside of it."""
    if is_never(address):
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    inner = _inside(address)
    if inner is not None:
        is_carrier = address in _NAT64 or _is_plain_public(address)
        return is_carrier and is_public(inner)
    return _is_plain_public(address)


def is_never(address: Address) -> bool:
    """Whether an address is of no vendor, whatever an installation allows."""
    inner = address if isinstance(address, IPv4Address) else _inside(address)
    return any(
        each in network
        for each in (address, inner)
        if each is not None
        for network in _NEVER
        if network.version == each.version
    )


def _is_plain_public(address: IPv6Address) -> bool:
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address carries, for each known way of carrying one."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    number = int(address)
    is_isatap = (number >> 32) & 0xFFFFFFFF in _ISATAP
    if address in _NAT64 or number >> 32 == 0 or is_isatap:
        return IPv4Address(number & 0xFFFFFFFF)
    return None
