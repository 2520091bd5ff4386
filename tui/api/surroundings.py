"""What the environment has to say of a connection: proxies and certificates, and nothing on this machine."""

from __future__ import annotations

import os
import re
import sys
from urllib.parse import urlsplit

LOOPBACK = re.compile(r"^(localhost|127(\.\d+){3}|::1)$")
HEEDED = {"http_proxy", "https_proxy", "all_proxy", "ssl_cert_file", "ssl_cert_dir", "sslkeylogfile"}


def heeded(base_url: str) -> bool:
    """Whether the environment counts for requests to this address."""
    return not LOOPBACK.match(urlsplit(base_url).hostname or "")


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
