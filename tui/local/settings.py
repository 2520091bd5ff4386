"""The settings of one run, from flags, environment and defaults, checked before the screen opens."""

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tui.local.address import SettingsError, check_base_url, check_key, is_loopback

__all__ = ["Settings", "SettingsError", "check_base_url", "check_key", "is_loopback", "resolve"]


@dataclass(frozen=True)
class Settings:
    """What one run of the app was told, with the place that each value came from."""

    base_url: str = "http://localhost:8283"
    """Address of the Letta server, http or https, with its path prefix if it has one; LETTA_BASE_URL."""
    api_key: str | None = field(default=None, repr=False)
    """Key or password of the server, sent as a bearer token to that server only; LETTA_API_KEY."""
    demo: bool = False
    """Whether the embedded server is used instead of a real one; flag only."""
    agent: str | None = None
    """Id or name of the agent to begin with; LETTA_TUI_AGENT."""
    conversation: str | None = None
    """Id of the conversation to begin with; LETTA_TUI_CONVERSATION."""
    readonly: bool = False
    """Whether every request that would change the server is refused; LETTA_TUI_READONLY."""
    log_file: Path | None = None
    """File that the log is appended to, none if unset; LETTA_TUI_LOG_FILE."""
    connect_timeout: float = 5
    """Seconds to wait for a connection, above 0 and at most 3600; LETTA_TUI_CONNECT_TIMEOUT."""
    read_timeout: float = 30
    """Seconds to wait for the next piece of an answer, above 0 and at most 3600; LETTA_TUI_READ_TIMEOUT."""
    page_size: int = 200
    """Conversations asked for at once, 1 to 1000; LETTA_TUI_PAGE_SIZE."""
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)
    """For each field above: `flag`, `environment LETTA_BASE_URL` (or another variable) or `default`."""


def resolve(flags: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """Return the settings, each from its flag, else the environment, else the default; raises SettingsError.

    Flags are keyed by the names of the fields. A flag that is absent, None or False counts as not given, and
    so does an empty variable: a switch that was left alone must not hide LETTA_TUI_READONLY.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, (variable, parse) in _FIELDS.items():
        given, source = _given(name, variable, flags, environ)
        sources[name] = source
        if given is None:
            continue
        try:
            values[name] = parse(given)
        except SettingsError as error:
            raise SettingsError(error.setting, error.problem, _origin(name, source)) from None
        except ValueError as error:
            raise SettingsError(name.replace("_", " "), str(error), _origin(name, source)) from None
    return Settings(**values, sources=MappingProxyType(sources))


def _given(
    name: str, variable: str | None, flags: Mapping[str, object], environ: Mapping[str, str]
) -> tuple[str | None, str]:
    """Return what was said about a setting, None for nothing, and where."""
    flag = flags.get(name)
    if flag is not None and flag is not False:
        return str(flag), "flag"
    said = environ.get(variable, "").strip() if variable else ""
    return (said, f"environment {variable}") if said else (None, "default")


def _origin(name: str, source: str) -> str:
    """Return the source as the user typed it."""
    return f"flag --{name.replace('_', '-')}" if source == "flag" else source


def _switch(text: str) -> bool:
    """Read a yes or no."""
    word = text.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ValueError(f"must be 1, true, yes or on, or 0, false, no or off, not {text!r}")


def _seconds(text: str) -> float:
    """Read a time to wait."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 3600:
        raise ValueError(f"must be a number of seconds above 0 and at most 3600, not {text!r}")
    return seconds


def _page(text: str) -> int:
    """Read a number of rows."""
    try:
        rows = int(text)
    except ValueError:
        rows = 0
    if not 1 <= rows <= 1000:
        raise ValueError(f"must be a whole number from 1 to 1000, not {text!r}")
    return rows


def _name(text: str) -> str:
    """Read an id or a name."""
    name = text.strip()
    if not name:
        raise ValueError("must not be empty")
    return name


def _file(text: str) -> Path:
    """Read the path of a file that can be written, so that a wrong one is told before the screen opens."""
    path = Path(os.path.expanduser(text))
    if not text.strip() or path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"must be a file in an existing folder, not {text!r}")
    return path


_FIELDS: dict[str, tuple[str | None, Callable[[str], Any]]] = {
    "base_url": ("LETTA_BASE_URL", check_base_url),
    "api_key": ("LETTA_API_KEY", check_key),
    "demo": (None, _switch),
    "agent": ("LETTA_TUI_AGENT", _name),
    "conversation": ("LETTA_TUI_CONVERSATION", _name),
    "readonly": ("LETTA_TUI_READONLY", _switch),
    "log_file": ("LETTA_TUI_LOG_FILE", _file),
    "connect_timeout": ("LETTA_TUI_CONNECT_TIMEOUT", _seconds),
    "read_timeout": ("LETTA_TUI_READ_TIMEOUT", _seconds),
    "page_size": ("LETTA_TUI_PAGE_SIZE", _page),
}
