"""Checks of a server's address and API key, before anything is sent to it."""

import re
from urllib.parse import SplitResult, urlsplit

from tui.config.problems import SettingsError
from tui.letta.api_key import Key
from tui.letta.base_url import ip_address, is_loopback, names_this_machine

_HOST_AND_PORT = re.compile(r"([\w.-]+|\[[^]]+\])(:[0-9]*)?")
_SINGLE_SLASH_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/(?!/)")
"""A scheme with one slash: taken as a host without a port, the API key would be sent to whoever owns that name."""

_SHAPE = "must name a host, and a port if need be, as http://localhost:8283 does"


def check_base_url(text: str) -> str:
    """Return the address in its normal form, which requests and stored files use; raises SettingsError.

    `localhost:8283/v1/` becomes `http://localhost:8283`; a path prefix stays. The error doesn't repeat a
    text that may contain a password.
    """
    text = text.strip()
    if "@" not in text and _SINGLE_SLASH_SCHEME.match(text):
        raise _address_error(f"must begin with http:// or https://, not {text!r}")
    if "://" not in text:
        text = f"{_likely_scheme(text)}://{text}"
    parts = _split(text)
    path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
    return f"{parts.scheme}://{parts.netloc.lower().rstrip(':')}{path}"


def check_api_key(text: str) -> Key | None:
    """Return the API key without blanks around it, None if it is empty; raises SettingsError.

    httpx cannot send a key with a line end or an accent, and would show it in a traceback.
    """
    api_key = Key(text.strip())
    if not all("!" <= char <= "~" for char in api_key):
        raise SettingsError(
            "API key", 'must be printable ASCII without spaces, and without the word "Bearer"'
        )
    return api_key or None


def check_plain_http(base_url: str, *, allowed: bool) -> None:
    """Refuse to send an API key unencrypted to another machine; raises SettingsError."""
    if allowed or not base_url.startswith("http:") or is_loopback(base_url):
        return
    host = urlsplit(base_url).hostname
    raise SettingsError(
        "API key",
        f"would go over plain http to {host}, where others can read it: use https, "
        "or allow it with --allow-plain-http or with allow_plain_http = true in the profile",
    )


def _split(text: str) -> SplitResult:
    """Split the address, and refuse what no server's address can contain."""
    if any(char.isspace() or not char.isprintable() for char in text):
        raise _address_error("must not contain spaces or control characters")
    if "@" in text:
        raise _address_error("must not contain a user or a password: put the key in LETTA_API_KEY")
    if "?" in text or "#" in text:
        raise _address_error("must end with the host or a path, without ? or #")
    try:
        parts = urlsplit(text)
        fits = parts.port != 0 and _is_valid_host(parts)
    except ValueError:
        raise _address_error(f"{_SHAPE}, not {text!r}") from None
    if parts.scheme not in ("http", "https"):
        raise _address_error(f"must begin with http:// or https://, not {text!r}")
    if not fits:
        raise _address_error(f"{_SHAPE}, not {text!r}")
    return parts


def _is_valid_host(parts: SplitResult) -> bool:
    """Say whether the host is a name, or an IPv6 address in brackets."""
    if _HOST_AND_PORT.fullmatch(parts.netloc) is None:
        return False
    return not parts.netloc.startswith("[") or ip_address(parts.hostname or "") is not None


def _likely_scheme(text: str) -> str:
    """The scheme of an address without one: a server on this machine has no certificate."""
    try:
        local = names_this_machine(urlsplit(f"//{text}").hostname or "")
    except ValueError:
        local = False
    return "http" if local else "https"


def _address_error(problem: str) -> SettingsError:
    """The error for an address that cannot be used."""
    return SettingsError("base URL", problem)
