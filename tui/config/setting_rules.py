"""Every setting: its environment variable, in which sections of the settings files it may be, and its values."""

from __future__ import annotations

import math
import os
import re
import shlex
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from tui.config.address import check_api_key, check_base_url

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "grey")
"""Colours that can mark a profile's name in the top line."""

SORTS = ("created", "last-message", "last-run")
"""What the list can be sorted by at the start."""

TIMES = ("relative", "absolute")
"""How times are shown: "3 min", or the date and the time of day."""

CLOCKS, ZONES = ("24h", "12h"), ("local", "utc")
"""The clock and the time zone of absolute times."""

BROWSER = ("restricted", "commands")
"""What a visitor of `serve` may do: nothing with the host's programs, variables and files, or run commands on it."""

SELF_HOSTED, CLOUD = "self-hosted", "cloud"
DEMOS = (SELF_HOSTED, CLOUD)
"""Flavours of the embedded server: Letta 0.16.8, and Letta Cloud."""

PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class SettingRule(NamedTuple):
    """One setting: its variable, its parser, its TOML type, and in which sections of the files it may be."""

    variable: str | None
    parse: Callable[[str], Any]
    kind: type = str
    top: bool = False
    profile: bool = False


def suggestion(name: str, known: Sequence[str]) -> str:
    """A hint for a misspelt name: the closest known one, or all of them if there are few."""
    close = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]}?"
    return f"choose from {', '.join(known)}" if 0 < len(known) <= 8 else ""


def parse_bool(text: str) -> bool:
    """Read a yes or no."""
    word = text.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ValueError(f"must be 1, true, yes or on, or 0, false, no or off, not {text!r}")


def parse_seconds(text: str) -> float:
    """Read a time to wait."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number <= 3600:
        raise ValueError(f"must be a number of seconds above 0 and at most 3600, not {text!r}")
    return number


def parse_page_size(text: str) -> int:
    """Read a number of rows."""
    try:
        rows = int(text)
    except ValueError:
        rows = 0
    if not 1 <= rows <= 1000:
        raise ValueError(f"must be a whole number from 1 to 1000, not {text!r}")
    return rows


def parse_name(text: str) -> str:
    """Read an id or a name."""
    name = text.strip()
    if not name:
        raise ValueError("must not be empty")
    return name


def parse_profile_name(text: str) -> str:
    """Read the name of a profile, which is part of file names and commands."""
    if not text.strip():
        raise ValueError("needs a name: at most 40 letters, digits, dots, - and _")
    if not PROFILE_NAME.fullmatch(text.strip()):
        raise ValueError(f"must be at most 40 letters, digits, dots, - and _, not {text!r}")
    return text.strip()


def parse_writable_file(text: str) -> Path:
    """Read the path of a file that can be written, so that a wrong one is reported before the screen opens."""
    path = Path(os.path.expanduser(text))
    if not text.strip() or os.path.isdir(path) or not os.path.isdir(path.parent):
        raise ValueError(f"must be a file in an existing folder, not {text!r}")
    return path


def parse_path(text: str) -> Path:
    """Read the path of a file; whether it exists is checked when it is needed."""
    if not text.strip():
        raise ValueError("must be the path of a file")
    return Path(os.path.expanduser(text))


def parse_folder(text: str) -> Path:
    """Read the path of a folder; whether it exists is checked when it is needed."""
    if not text.strip():
        raise ValueError("must be the path of a folder")
    return Path(os.path.abspath(os.path.expanduser(text)))


def parse_certificates(text: str) -> Path:
    """Read the path of a file with certificates; a pipe would be waited for, and the screen with it."""
    path = parse_path(text)
    if path.exists() and not path.is_file():
        raise ValueError(f"must be a regular file with certificates (PEM), not {text!r}")
    return path


def parse_variable_name(text: str) -> str:
    """Read the name of an environment variable; the error doesn't repeat it, since it may be an API key."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError("must be the name of an environment variable, such as LETTA_PROD_KEY")
    return text


def parse_command(text: str) -> str:
    """Read a command line, which is run without a shell."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"cannot be split into words: {str(error).lower()}") from None
    if not words:
        raise ValueError("must name a program")
    return text


def one_of(known: Sequence[str]) -> Callable[[str], str]:
    """Return a parser that accepts one of these words."""

    def read(text: str) -> str:
        word = text.strip().lower()
        if word in known:
            return word
        close = get_close_matches(word, known, n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ValueError(f"must be one of {', '.join(known)}, not {text!r}{hint}")

    return read


# fmt: off
THEMES = frozenset({
    "ansi-dark", "ansi-light", "atom-one-dark", "atom-one-light", "catppuccin-frappe", "catppuccin-latte",
    "catppuccin-macchiato", "catppuccin-mocha", "dracula", "flexoki", "gruvbox", "monokai", "nord",
    "rose-pine", "rose-pine-dawn", "rose-pine-moon", "solarized-dark", "solarized-light", "textual-dark",
    "textual-light", "tokyo-night",
})
# fmt: on
"""Themes of Textual; for any other name Textual must be loaded and asked."""

DEFAULT_THEME = "textual-dark"
"""The theme if none was chosen."""

RULES: dict[str, SettingRule] = {
    "profile": SettingRule("LETTA_TUI_PROFILE", parse_profile_name),
    "base_url": SettingRule("LETTA_BASE_URL", check_base_url, profile=True),
    "api_key": SettingRule("LETTA_API_KEY", check_api_key),
    "allow_plain_http": SettingRule("LETTA_TUI_ALLOW_PLAIN_HTTP", parse_bool, bool, profile=True),
    "ca_file": SettingRule("LETTA_TUI_CA_FILE", parse_certificates, profile=True),
    "demo": SettingRule(None, one_of(DEMOS)),
    "bundle": SettingRule(None, parse_path),
    "letta_code": SettingRule(None, parse_folder, profile=True),
    "agent": SettingRule("LETTA_TUI_AGENT", parse_name, profile=True),
    "conversation": SettingRule("LETTA_TUI_CONVERSATION", parse_name),
    "readonly": SettingRule("LETTA_TUI_READONLY", parse_bool, bool, top=True, profile=True),
    "colour": SettingRule(None, one_of(COLOURS), profile=True),
    "log_file": SettingRule("LETTA_TUI_LOG_FILE", parse_writable_file, top=True),
    "connect_timeout": SettingRule("LETTA_TUI_CONNECT_TIMEOUT", parse_seconds, float, top=True, profile=True),
    "read_timeout": SettingRule("LETTA_TUI_READ_TIMEOUT", parse_seconds, float, top=True, profile=True),
    "page_size": SettingRule("LETTA_TUI_PAGE_SIZE", parse_page_size, int, top=True),
    "theme": SettingRule("LETTA_TUI_THEME", parse_name, top=True),
    "times": SettingRule("LETTA_TUI_TIMES", one_of(TIMES), top=True),
    "clock": SettingRule("LETTA_TUI_CLOCK", one_of(CLOCKS), top=True),
    "zone": SettingRule("LETTA_TUI_ZONE", one_of(ZONES), top=True),
    "sort": SettingRule("LETTA_TUI_SORT", one_of(SORTS), top=True),
    "last_visit": SettingRule("LETTA_TUI_LAST_VISIT", parse_bool, bool, top=True),
    "oldest_first": SettingRule("LETTA_TUI_OLDEST_FIRST", parse_bool, bool, top=True),
    "browser": SettingRule("LETTA_TUI_BROWSER", one_of(BROWSER)),
}
"""Every setting of a run, by the name of its field in Settings."""

API_KEY_RULES: dict[str, SettingRule] = {
    "api_key_env": SettingRule(None, parse_variable_name, profile=True),
    "api_key_command": SettingRule(None, parse_command, profile=True),
    "api_key_file": SettingRule(None, parse_path, profile=True),
}
"""The three ways in which a profile names its API key; at most one of them."""

TOP_LEVEL_SETTINGS = [key for key, rule in RULES.items() if rule.top]
PROFILE_SETTINGS = [key for key, rule in (RULES | API_KEY_RULES).items() if rule.profile]
