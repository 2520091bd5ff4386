"""What the environment has to say of a connection: proxies and certificates, and nothing on this machine."""

from __future__ import annotations

import ipaddress
import os
import sys
from urllib.parse import urlsplit

HEEDED = {"http_proxy", "https_proxy", "all_proxy", "ssl_cert_file", "ssl_cert_dir", "sslkeylogfile"}


def heeded(base_url: str) -> bool:
    """Whether the environment counts for requests to this address."""
    return not is_loopback(base_url)


def is_loopback(base_url: str) -> bool:
    """Say whether the address stays on this machine, where nobody else sees a key sent in the clear."""
    try:
        return names_this_machine(urlsplit(base_url).hostname or "")
    except ValueError:
        return False


def names_this_machine(host: str) -> bool:
    """Say whether the host is this machine; 127.example.com only looks like it."""
    found = ip_address(host)
    if found is None:
        return host.rstrip(".") == "localhost" or host.endswith(".localhost")
    return found.is_loopback or found.is_unspecified


def ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the host as an address, or None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def has_a_say(base_url: str) -> bool:
    """Whether it asks for anything but a straight connection, proved by the usual certificates."""
    if not heeded(base_url):
        return False
    if any(value and name.lower() in HEEDED for name, value in os.environ.items()):
        return True
    if sys.platform in ("darwin", "win32"):
        from urllib.request import getproxies

        return bool(getproxies())
    return False
