"""Which addresses a crawl may talk to: none that is private, loopback, link-local or a metadata service, but a seed's own. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from archiver.urls import authority_of

# Azure's wire server, the one metadata address that is globally routable by its number.
_METADATA = frozenset({"168.63.129.16"})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class PrivateAddressError(Exception):
    """A connection went to an address that this crawl may not talk to; nothing was sent."""


class AddressPolicy:
    """Says of an address whether a request for an authority (host and port) may go there."""

    def __init__(self, seeds: Iterable[str] = (), *, allow_private: bool = False) -> None:
        self._seeds = {authority_of(seed) for seed in seeds}
        self._allow_private = allow_private

    def is_exempt(self, host: str, port: int) -> bool:
        """Whether any address will do: the user named this very host and port, or allowed private ones."""
        return self._allow_private or (host.lower(), port) in self._seeds

    def allows(self, address: str, host: str, port: int) -> bool:
        """Whether a request for ``host`` and ``port`` may be sent to ``address`` (as the socket knows it)."""
        return self.is_exempt(host, port) or is_public(address)


def is_public(address: str) -> bool:
    """Whether ``address`` is a globally reachable unicast address; what is no address is not."""
    try:
        # A zone id (fe80::1%eth0) only stands at addresses that are not global.
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _embedded(ip)
    if inner is not None:
        return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and str(ip) not in _METADATA


def _embedded(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one carries (mapped, 6to4, NAT64), where a packet ends in truth."""
    if not isinstance(ip, ipaddress.IPv6Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour
