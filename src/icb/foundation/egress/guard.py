"""What may be asked: which URLs are plain, and which addresses may be connected to.

Pure. The client asks twice: about the URL before anything is resolved, and about every address
that a name resolved to before one of them is connected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from urllib.parse import urlsplit

from icb.foundation.egress.addresses import Address, Network, is_never, is_public, read_address
from icb.foundation.egress.problems import NotAllowed
from icb.kernel.errors import InvalidInput

PUBLIC_PORT = 443
_PORTS = {"https": 443, "http": 80}
_PLAIN_URL = re.compile(r"[!-~]+")
_ODD_IN_URL = re.compile(r'[\\<>"^`{}|]')
_PLACE = re.compile(
    r"(?:\[(?P<address>[0-9a-f:.]*:[0-9a-f:.]*)\]|(?P<name>[^\[\]:]+))(?::(?P<port>[0-9]{1,5}))?"
)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SAFE = "Nothing was asked."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a request goes: the host as a plain name or address, and the rest of its URL."""

    scheme: str
    host: str
    port: int
    path: str
    query: str = field(repr=False)

    @property
    def address(self) -> Address | None:
        """The address that the host is, where it is no name."""
        return read_address(self.host)

    @property
    def place(self) -> str:
        """Host, and port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateTarget:
    """An entry of ICB_PRIVATE_TARGETS: a host or a network, and the port; None is 443 and 80."""

    host: str = ""
    network: Network | None = None
    port: int | None = None

    def __str__(self) -> str:
        place = self.host or str(self.network)
        if self.port is None:
            return place
        return f"[{place}]:{self.port}" if ":" in place else f"{place}:{self.port}"

    def allows(self, host: str, *, address: Address, port: int) -> bool:
        """Whether it speaks of this host at this address and port."""
        if not self.has_port(port):
            return False
        if self.network is None:
            return host == self.host
        return address.version == self.network.version and address in self.network

    def has_port(self, port: int) -> bool:
        """Whether it speaks of this port."""
        return port in _PORTS.values() if self.port is None else port == self.port


def read_target(url: str) -> Target:
    """A URL taken apart; NotAllowed where two programs might read it in two ways."""
    if not _PLAIN_URL.fullmatch(url) or _ODD_IN_URL.search(url):
        raise NotAllowed(f"The address holds characters that no URL has. {_SAFE} Write it plainly.")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise NotAllowed(f"The address is no URL. {_SAFE} Correct it.") from None
    if parts.scheme not in _PORTS:
        raise NotAllowed(f"The address does not begin with https://. {_SAFE} Correct it.")
    if "@" in parts.netloc:
        raise NotAllowed(
            f"The address holds a user name before its host. {_SAFE} Leave it out; credentials "
            "have settings of their own."
        )
    place = _PLACE.fullmatch(parts.netloc.lower())
    port = int(place["port"] or _PORTS[parts.scheme]) if place else 0
    if place is None or not 0 < port < 65536:
        raise NotAllowed(f"The address has no host, or no port that exists. {_SAFE} Correct it.")
    host = _plain_host(place["address"] or place["name"])
    return Target(
        scheme=parts.scheme,
        host=host,
        port=port,
        path=parts.path or "/",
        query=parts.query,
    )


def _plain_host(host: str) -> str:
    """A host as one name or one address; NotAllowed for numbers that are read as an address."""
    if ":" in host:
        if read_address(host) is None:
            raise NotAllowed(f"{host} is no address to ask. {_SAFE} Name a host.")
        return host
    if not _NAME.fullmatch(host):
        raise NotAllowed(
            f"{host} is no name of a host. {_SAFE} Write it as in the vendor's own "
            "address, names of other alphabets in their xn-- form, without a dot at its end."
        )
    if _NUMBER.fullmatch(host.rsplit(".", 1)[-1]) and read_address(host) is None:
        raise NotAllowed(f"{host} is a number that stands for an address. {_SAFE} Name a host.")
    return host


def check_target(target: Target, *, private: Sequence[PrivateTarget]) -> None:
    """NotAllowed where no address of the host could make the request one that is allowed."""
    address = target.address
    if address is not None:
        check_addresses(target, addresses=[address], private=private)
    elif not _is_public_road(target) and not any(
        _could_allow(entry, target=target) for entry in private
    ):
        raise _refusal(target)


def check_addresses(
    target: Target, *, addresses: Iterable[Address], private: Sequence[PrivateTarget]
) -> list[Address]:
    """The addresses themselves, in order; NotAllowed where there is none or one is not allowed.

    One bad address among good ones refuses them all: an honest name has none.
    """
    checked = list(addresses)
    allowed = [address for address in checked if _may_connect(target, address, private)]
    if not checked or len(allowed) < len(checked):
        raise _refusal(target)
    return checked


def _may_connect(target: Target, address: Address, private: Sequence[PrivateTarget]) -> bool:
    if is_never(address):
        return False
    if is_public(address) and _is_public_road(target):
        return True
    return any(entry.allows(target.host, address=address, port=target.port) for entry in private)


def _is_public_road(target: Target) -> bool:
    return target.scheme == "https" and target.port == PUBLIC_PORT


def _could_allow(entry: PrivateTarget, *, target: Target) -> bool:
    return entry.has_port(target.port) and (entry.network is not None or entry.host == target.host)


def _refusal(target: Target) -> NotAllowed:
    return NotAllowed(
        f"{target.scheme}://{target.place} may not be asked: only https on port 443 of public "
        f"addresses is open. {_SAFE} Check the address; if it is a machine of your own, list "
        f"{target.host}:{target.port} in ICB_PRIVATE_TARGETS."
    )


def read_private_targets(entries: Iterable[str]) -> tuple[PrivateTarget, ...]:
    """The entries of ICB_PRIVATE_TARGETS: host:port, or a network with or without a port.

    An IPv6 network or address with a port stands in brackets: [fd00::/8]:8443.
    """
    return tuple(_private_target(entry.strip().lower()) for entry in entries if entry.strip())


def _private_target(entry: str) -> PrivateTarget:
    place, port = _place_and_port(entry)
    try:
        network = ip_network(place)
    except ValueError:
        network = None
    if network is not None:
        return PrivateTarget(network=network, port=port)
    if port is None or not _NAME.fullmatch(place) or _NUMBER.fullmatch(place.rsplit(".", 1)[-1]):
        raise InvalidInput(
            field="ICB_PRIVATE_TARGETS",
            value=entry,
            message=f"ICB_PRIVATE_TARGETS: {entry} is no target. Nothing was started. Write "
            "host:port, or a network such as 10.1.0.0/16 or 10.1.0.0/16:8443 or [fd00::/8]:8443, "
            "whose address is its first one.",
        )
    return PrivateTarget(host=place, port=port)


def _place_and_port(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        place, _, rest = entry[1:].partition("]:")
        return (place, int(rest)) if re.fullmatch(r"[0-9]{1,5}", rest) else (entry, None)
    place, separator, port = entry.rpartition(":")
    if separator and ":" not in place and re.fullmatch(r"[0-9]{1,5}", port):
        return place, int(port)
    return entry, None
