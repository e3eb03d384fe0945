"""Which addresses may be called: parsed once, public in every reading of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_MAX_URL = 2000
# Control characters and blanks would be dropped by one parser and kept by the next.
_UNFIT = re.compile(r"[\x00-\x20\x7f\\]")
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
# Public by number, but a cloud's own service, the old 6to4 relays, NAT64 of one's own network.
_NEVER = (
    IPv4Network("168.63.129.16/32"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("64:ff9b:1::/48"),
)


@dataclass(frozen=True)
class Target:
    """Where a request goes: ``host`` in ASCII, ``path`` with its query, checked addresses."""

    is_tls: bool
    host: str
    port: int
    path: str
    addresses: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Return what may be shown of the address: no path, for paths hold secrets."""
        return f"{'https' if self.is_tls else 'http'}://{self.host}:{self.port}"


def target_of(url: str, *, allow_http: bool, ports: frozenset[int]) -> Target:
    """Return the parts of an address. Raises ValueError with a sentence."""
    if len(url) > _MAX_URL or _UNFIT.search(url):
        raise ValueError("The address has blanks, control characters or more than 2,000 letters.")
    try:
        parts = parse_url(url)
        port = parts.port
    except (LocationParseError, ValueError) as error:
        raise ValueError(f"{url[:100]!r} is not an address.") from error
    schemes = ("https", "http") if allow_http else ("https",)
    if parts.scheme not in schemes:
        raise ValueError(f"The address must begin with {' or '.join(f'{s}://' for s in schemes)}.")
    if parts.auth is not None or not parts.host:
        raise ValueError("The address needs a host name, and no user name or password.")
    is_tls = parts.scheme == "https"
    if port is None:
        port = 443 if is_tls else 80
    if port not in ports:
        allowed = ", ".join(str(one) for one in sorted(ports))
        raise ValueError(f"Port {port} is not called from here; these are: {allowed}.")
    return Target(is_tls, _ascii(parts.host), port, parts.request_uri)


def check_addresses(target: Target, found: Sequence[str], allowed_hosts: Sequence[str]) -> Target:
    """Return ``target`` with its addresses, all public or excepted by the operator.

    Raises ValueError with a sentence where one is not: a name with a public and a private
    address is a trap.
    """
    names, networks = _allowed(allowed_hosts)
    if target.host not in names:
        for text in found:
            address = ip_address(text.partition("%")[0])
            if any(address in network for network in networks if "%" not in text):
                continue
            if "%" in text or not is_public(address):
                raise ValueError(
                    f"{target.host} is {text}, which is not a public address; an operator can "
                    "allow it under outgoing.allowed_hosts."
                )
    return replace(target, addresses=tuple(found))


def is_public(address: Address) -> bool:
    """Tell whether an address, and each that is embedded in it, is one of the open internet."""
    return all(
        one.is_global
        and not one.is_multicast
        and not any(one in network for network in _NEVER if network.version == one.version)
        for one in _readings(address)
    )


def _readings(address: Address) -> list[Address]:
    """Return an address with the IPv4 addresses that gateways would read out of it."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    found: list[Address] = [address]
    if address in _NAT64 or address in _COMPATIBLE:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found.extend(address.teredo)
    return found


def _ascii(host: str) -> str:
    """Return a host as it is looked up: small letters, IDNA, an IPv6 address without brackets."""
    plain = host.strip("[]").lower().rstrip(".")
    if plain.isascii():
        return plain
    try:
        return plain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError(f"{host[:100]!r} is not a host name.") from error


def _allowed(entries: Sequence[str]) -> tuple[set[str], list[Network]]:
    names: set[str] = set()
    networks: list[Network] = []
    for entry in entries:
        try:
            networks.append(ip_network(entry, strict=False))
        except ValueError:
            names.add(_ascii(entry))
    return names, networks
