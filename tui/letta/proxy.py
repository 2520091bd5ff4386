"""Which proxy of the environment a server is reached through, by the rules of curl."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from tui.letta.api_key import Key
from tui.letta.base_url import ip_address, is_loopback
from tui.model.errors import BadSetting

SCHEMES = ("http", "https", "socks5", "socks5h")
PORTS = {"http": 80, "https": 443}

_SEPARATORS = re.compile(r"[,\s]+")
_ENTRY = re.compile(
    r"(?:(?P<scheme>[a-z]+)://)?"
    r"(?:\[(?P<address>[^]]*)\](?P<bits>/\d+)?|(?P<host>[^:/]*))"
    r"(?::(?P<port>\d{1,5}))?/?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class Proxy:
    """A proxy as the environment names it."""

    url: str
    """Scheme, host and port, without user and password."""
    host: str
    """Host and port, as messages name them."""
    variable: str
    """The variable that names it, in the case in which it is set."""
    exceptions: str = "NO_PROXY"
    """The variable that lists the servers to reach without it."""
    login: tuple[Key, Key] | None = field(default=None, repr=False)
    """User and password."""

    def __str__(self) -> str:
        return f"proxy {self.host} ({self.variable})"


class _Target(NamedTuple):
    """What NO_PROXY is compared with."""

    scheme: str
    host: str
    port: int | None


def find_proxy(base_url: str, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy for a server, None for a direct connection; raises BadSetting.

    The lower-case name of a variable takes precedence. A proxy is never used for this machine.
    """
    if is_loopback(base_url):
        return None
    scheme = urlsplit(base_url).scheme
    for name in (f"{scheme}_proxy", "all_proxy"):
        variable, value = _variable(name, environ)
        if value:
            exceptions, servers = _variable("no_proxy", environ)
            return None if skips_proxy(base_url, servers) else _parse(variable, value, exceptions)
    return None


def skips_proxy(base_url: str, no_proxy: str) -> bool:
    """Return whether the value of NO_PROXY lists the server; entries that cannot be parsed are ignored.

    A name also matches the names below it, with or without `.` or `*.` before it. An address may be a
    network, such as `10.0.0.0/8` or `fe80::/10`. An entry with a port applies to that port only.
    """
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".").partition("%")[0]
    target = _Target(parts.scheme, host, parts.port or PORTS.get(parts.scheme))
    return any(_lists(entry, target) for entry in _SEPARATORS.split(no_proxy) if entry)


def _variable(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """The name and value of a variable in lower or upper case; an empty one counts as not set."""
    for variable in (name, name.upper()):
        if value := environ.get(variable, "").strip():
            return variable, value
    return name.upper(), ""


def _lists(entry: str, target: _Target) -> bool:
    """Return whether one entry of NO_PROXY matches the target."""
    if entry == "*":
        return True
    if (network := _network(entry)) is not None:
        return _is_in(target.host, network)
    match = _ENTRY.fullmatch(entry)
    if match is None:
        return False
    if (match["scheme"] or "all").lower() not in ("all", target.scheme):
        return False
    if match["port"] and int(match["port"]) != target.port:
        return False
    address = match["host"] if match["address"] is None else match["address"] + (match["bits"] or "")
    if (network := _network(address)) is not None:
        return _is_in(target.host, network)
    name = (match["host"] or "").removeprefix("*").strip(".").lower()
    return bool(name) and ip_address(target.host) is None and f".{target.host}".endswith(f".{name}")


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network of an address, with or without a prefix length; None for anything else."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _is_in(host: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    address = ip_address(host)
    return address is not None and address in network


def _parse(variable: str, value: str, exceptions: str) -> Proxy:
    """The proxy that a variable names, http without a scheme; no error repeats a user or a password."""
    if "://" not in value:
        value = f"http://{value}"
    parts = _split(variable, value)
    if parts.scheme not in SCHEMES:
        known = "use http, https, socks5 or socks5h"
        raise BadSetting(f"{variable} names a proxy of an unknown kind: {known}")
    host, port = parts.hostname or "", parts.port
    shown = f"[{host}]" if ":" in host else host
    shown += "" if port is None else f":{port}"
    user, password = parts.username, parts.password
    login = None
    if user or password:
        login = Key(unquote(user or "")), Key(unquote(password or ""))
    return Proxy(f"{parts.scheme}://{shown}", shown, variable, exceptions, login)


def _split(variable: str, url: str) -> SplitResult:
    """Split the address of a proxy; raises BadSetting for one that has no host, or a port that cannot be."""
    shape = "must name a host and a port, as http://proxy.example.com:3128 does"
    if any(char.isspace() or not char.isprintable() for char in url):
        raise BadSetting(f"{variable} {shape}, without spaces or control characters")
    try:
        parts = urlsplit(url)
        fits = bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if fits and "@" not in parts.path + parts.query + parts.fragment:
        return parts
    if "@" in url:
        raise BadSetting(f"{variable} {shape}; /, ? and # in a user or password are written %2F, %3F and %23")
    raise BadSetting(f"{variable} {shape}, not {url!r}")
