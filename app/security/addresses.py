"""Which IP addresses are somebody on the internet, and why the others are not.

An own list, since what Python's `ipaddress` calls global has changed between patch releases. Sources: the IANA
special-purpose registries for IPv4 and IPv6, RFC 6890, and the addresses of the clouds' metadata services.
IPv6 forms that carry an IPv4 address (mapped, 6to4, NAT64, Teredo, compatible) are judged by that address too.
"""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address

_METADATA = frozenset(
    ipaddress.ip_address(address)
    for address in (
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
    )
)

# The first network that holds the address gives the reason, so the narrow ones come first.
_FORBIDDEN = tuple(
    (ipaddress.ip_network(network), reason)
    for reason, networks in (
        ("loopback", ("127.0.0.0/8", "::1/128")),
        ("link_local", ("169.254.0.0/16", "fe80::/10")),
        (
            "private",
            (
                "10.0.0.0/8",
                "172.16.0.0/12",
                "192.168.0.0/16",
                "100.64.0.0/10",
                "fc00::/7",
                "fec0::/10",
                "64:ff9b:1::/48",
            ),
        ),
        ("multicast", ("224.0.0.0/4", "ff00::/8")),
        (
            "reserved",
            (
                "0.0.0.0/8",
                "192.0.0.0/24",
                "192.0.2.0/24",
                "192.88.99.0/24",
                "198.18.0.0/15",
                "198.51.100.0/24",
                "203.0.113.0/24",
                "240.0.0.0/4",
                "2001:2::/48",
                "2001:10::/28",
                "2001:20::/28",
                "2001:db8::/32",
                "3fff::/20",
                "5f00::/16",
            ),
        ),
    )
    for network in networks
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


def forbidden_reason(address: str) -> str | None:
    """Why `address` must not be called: loopback, link_local, private, metadata, multicast, reserved; None: it may.

    A scope (`fe80::1%eth0`) is ignored. Raises ValueError for what is not an IP address.
    """
    return _judge(ipaddress.ip_address(address.split("%", maxsplit=1)[0]))


def _judge(address: IPv4Address | IPv6Address) -> str | None:
    if address in _METADATA:
        return "metadata"
    for network, reason in _FORBIDDEN:
        if address.version == network.version and address in network:
            return reason
    if isinstance(address, IPv4Address):
        return None
    inner = _carried(address)
    if inner:
        return next((reason for reason in map(_judge, inner) if reason), None)
    return None if address in _GLOBAL_V6 else "reserved"


def _carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """IPv4 addresses that a packet to `address` would end at or pass through."""
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if address in _NAT64 or address in _COMPATIBLE:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()
