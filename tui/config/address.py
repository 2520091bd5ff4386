"""Checks on the address and the key of a server, before anything is sent to it."""

import re
from urllib.parse import SplitResult, urlsplit

from tui.api.surroundings import ip_address, is_loopback, names_this_machine

_HOST_AND_PORT = re.compile(r"([\w.-]+|\[[^]]+\])(:[0-9]*)?")
_LIKE_A_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/(?!/)")
"""A scheme with one slash: taken for a host without a port, it would send a key to whoever has that name."""

_SHAPE = "must name a host, and a port if need be, as http://localhost:8283 does"


class SettingsError(ValueError):
    """A setting that cannot be used, said in one sentence: which one, where it came from, what is allowed.

    `problem` is the part after the name, for a caller that knows more about the source; it never holds a key.
    """

    def __init__(self, setting: str, problem: str, source: str | None = None) -> None:
        self.setting = setting
        self.problem = problem
        self.source = source
        origin = f" ({source})" if source else ""
        super().__init__(f"The {setting}{origin} {problem}{'' if problem.endswith('?') else '.'}")


def check_base_url(text: str) -> str:
    """Return the address in the one form that requests and stored files use; raises SettingsError.

    `localhost:8283/v1/` becomes `http://localhost:8283`; a path prefix stays. The error does not repeat the
    text where it may hold a password.
    """
    text = text.strip()
    if "@" not in text and _LIKE_A_SCHEME.match(text):
        raise _refused(f"must begin with http:// or https://, unlike {text!r}")
    if "://" not in text:
        text = f"{_likely_scheme(text)}://{text}"
    parts = _split(text)
    path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
    return f"{parts.scheme}://{parts.netloc.lower().rstrip(':')}{path}"


def check_key(text: str) -> str | None:
    """Return the API key without the blanks around it, None if nothing is left; raises SettingsError.

    A key with a line end or an accent never leaves the HTTP library, which would then show it in a traceback.
    """
    key = text.strip()
    if not all("!" <= char <= "~" for char in key):
        raise SettingsError(
            "API key", 'must be printable ASCII without blanks, and without the word "Bearer"'
        )
    return key or None


def check_plain(base_url: str, *, allowed: bool) -> None:
    """Refuse to send a key where everybody on the way can read it; raises SettingsError."""
    if allowed or not base_url.startswith("http:") or is_loopback(base_url):
        return
    host = urlsplit(base_url).hostname
    raise SettingsError(
        "API key",
        f"would go over plain http to {host}, where others can read it: use https, "
        "or allow it with --allow-plain-http or with allow_plain_http = true in the profile",
    )


def _split(text: str) -> SplitResult:
    """Take the address apart and refuse what no server can have."""
    if any(char.isspace() or not char.isprintable() for char in text):
        raise _refused("must not hold blanks or control characters")
    if "@" in text:
        raise _refused("must not hold a user or a password: put the key into LETTA_API_KEY")
    if "?" in text or "#" in text:
        raise _refused("must end with the host or a path, without ? or #")
    try:
        parts = urlsplit(text)
        fits = parts.port != 0 and _is_host(parts)
    except ValueError:
        raise _refused(f"{_SHAPE}, not {text!r}") from None
    if parts.scheme not in ("http", "https"):
        raise _refused(f"must begin with http:// or https://, unlike {text!r}")
    if not fits:
        raise _refused(f"{_SHAPE}, not {text!r}")
    return parts


def _is_host(parts: SplitResult) -> bool:
    """Say whether the host is a name, or an IPv6 address in brackets."""
    if _HOST_AND_PORT.fullmatch(parts.netloc) is None:
        return False
    return not parts.netloc.startswith("[") or ip_address(parts.hostname or "") is not None


def _likely_scheme(text: str) -> str:
    """Return the scheme that was left out: a server on this machine has no certificate."""
    try:
        local = names_this_machine(urlsplit(f"//{text}").hostname or "")
    except ValueError:
        local = False
    return "http" if local else "https"


def _refused(problem: str) -> SettingsError:
    """Return the error for an address."""
    return SettingsError("base URL", problem)
