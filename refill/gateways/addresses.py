"""Where webhooks may go: public addresses alone, looked up once and held to (the SSRF guard)."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings

from refill.domain.errors import Invalid

Address = IPv4Address | IPv6Address
MOST_CHARACTERS = 2_000
# Addresses that carry an IPv4 address inside: what counts is where they lead.
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")


class AddressRefused(OSError):
    """The host has no address, or one that nothing outside is at."""


class NoAddress(AddressRefused):
    """The host has no address, or no name server says which."""


def is_public(address: Address) -> bool:
    """Whether the address is somewhere on the internet: not this machine, its network, or a reserved range."""
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
        if address in _COMPATIBLE or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def may_reach(address: Address) -> bool:
    """Public, or loopback where the operator allows it for development."""
    return is_public(address) or (settings.WEBHOOKS_TO_LOOPBACK and address.is_loopback)


def look_up(host: str, port: int) -> str:
    """One address of the host, to connect to and no other. Raises AddressRefused unless all of them are reachable.

    All, since a name with one public and one private address is how the check would be got round.
    """
    try:
        found = {ip_address(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        raise NoAddress(f"{host} has no address.") from None
    except (UnicodeError, ValueError):
        raise AddressRefused(f"{host} is no name of a host.") from None
    if not found or not all(may_reach(address) for address in found):
        raise AddressRefused(f"{host} is not on the public internet.")
    # IPv4 first: not every network has a way out by IPv6.
    return str(min(found, key=lambda address: (address.version, int(address))))


def demand_reachable(url: str, *, livemode: bool) -> None:
    """Raises Invalid for an address that webhooks are not sent to, saying why. In test mode the host need not have an
    address yet: it is looked up again for each delivery."""
    if len(url) > MOST_CHARACTERS or any(ord(character) <= 32 or ord(character) == 127 for character in url):
        raise Invalid(f"An address has at most {MOST_CHARACTERS} characters and no blanks.", param="url")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid("This is not an address as in https://example.com/hook.", param="url") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise Invalid("This is not an address as in https://example.com/hook.", param="url")
    if livemode and parts.scheme != "https":
        raise Invalid("In live mode webhooks go to https addresses.", param="url")
    if parts.username is not None or parts.password is not None:
        raise Invalid("Leave name and password out of the address: each delivery is signed.", param="url")
    if parts.fragment:
        raise Invalid("Leave out what stands behind #: it is never sent.", param="url")
    try:
        look_up(parts.hostname, port or (443 if parts.scheme == "https" else 80))
    except AddressRefused as refused:
        if isinstance(refused, NoAddress) and not livemode:
            return
        raise Invalid(str(refused), param="url") from None
