"""Whether an address is on this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(base_url: str) -> bool:
    """Say whether the address stays on this machine, where nobody else sees a key sent in the clear."""
    try:
        return names_this_machine(urlsplit(base_url).hostname or "")
    except ValueError:
        return False


def names_this_machine(host: str) -> bool:
    """Say whether the host is this machine; 127.example.com only looks like it."""
    address = ip_address(host)
    if address is None:
        return host.rstrip(".") == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the host as an address, or None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
