"""How each setting is named outside, where it may stand, and what it may hold."""

from __future__ import annotations

import math
import os
import re
import shlex
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from tui.config.address import check_base_url, check_key

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "grey")
"""What a profile's name may be marked with in the top line."""

SORTS = ("created", "last-message", "last-run")
"""What the list can be sorted by at the start."""

TIMES = ("relative", "absolute")
"""How times are told: "3 min", or the date and the time of day."""

CLOCKS, ZONES = ("24h", "12h"), ("local", "utc")
"""On which clock a time of day is told, and whether in the zone of this machine."""

PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class Rule(NamedTuple):
    """One setting: its variable, what its text means, its TOML type, and where in the files it may stand."""

    variable: str | None
    parse: Callable[[str], Any]
    kind: type = str
    top: bool = False
    profile: bool = False


def nearest(name: str, known: Sequence[str]) -> str:
    """Words that name the likeliest meant one, or all of them where they are few."""
    close = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]}?"
    return f"known are {', '.join(known)}" if 0 < len(known) <= 8 else ""


def switch(text: str) -> bool:
    """Read a yes or no."""
    word = text.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ValueError(f"must be 1, true, yes or on, or 0, false, no or off, not {text!r}")


def seconds(text: str) -> float:
    """Read a time to wait."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found <= 3600:
        raise ValueError(f"must be a number of seconds above 0 and at most 3600, not {text!r}")
    return found


def page(text: str) -> int:
    """Read a number of rows."""
    try:
        rows = int(text)
    except ValueError:
        rows = 0
    if not 1 <= rows <= 1000:
        raise ValueError(f"must be a whole number from 1 to 1000, not {text!r}")
    return rows


def name(text: str) -> str:
    """Read an id or a name."""
    found = text.strip()
    if not found:
        raise ValueError("must not be empty")
    return found


def profile_name(text: str) -> str:
    """Read the name of a profile, which is part of file names and commands."""
    if not text.strip():
        raise ValueError("needs a name: at most 40 letters, digits, dots, - and _")
    if not PROFILE_NAME.fullmatch(text.strip()):
        raise ValueError(f"must be at most 40 letters, digits, dots, - and _, not {text!r}")
    return text.strip()


def writable_file(text: str) -> Path:
    """Read the path of a file that can be written, so that a wrong one is told before the screen opens."""
    path = Path(os.path.expanduser(text))
    if not text.strip() or path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"must be a file in an existing folder, not {text!r}")
    return path


def any_file(text: str) -> Path:
    """Read the path of a file that is looked at when it is needed."""
    if not text.strip():
        raise ValueError("must be the path of a file")
    return Path(os.path.expanduser(text))


def variable(text: str) -> str:
    """Read the name of an environment variable; a key put there by mistake is not repeated."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError("must be the name of an environment variable, such as LETTA_PROD_KEY")
    return text


def command(text: str) -> str:
    """Read a command line, which is run without a shell."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"cannot be taken apart into words: {str(error).lower()}") from None
    if not words:
        raise ValueError("must name a program")
    return text


def choice(known: Sequence[str]) -> Callable[[str], str]:
    """Return what reads one of these words."""

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
"""Themes that Textual is known to have: of others it is asked, which takes as long as loading it."""

FIRST_THEME = "textual-dark"
"""What it begins with where none was chosen."""

RULES: dict[str, Rule] = {
    "profile": Rule("LETTA_TUI_PROFILE", profile_name),
    "base_url": Rule("LETTA_BASE_URL", check_base_url, profile=True),
    "api_key": Rule("LETTA_API_KEY", check_key),
    "allow_plain_http": Rule("LETTA_TUI_ALLOW_PLAIN_HTTP", switch, bool, profile=True),
    "ca_file": Rule("LETTA_TUI_CA_FILE", any_file, profile=True),
    "demo": Rule(None, switch),
    "bundle": Rule(None, any_file),
    "agent": Rule("LETTA_TUI_AGENT", name, profile=True),
    "conversation": Rule("LETTA_TUI_CONVERSATION", name),
    "readonly": Rule("LETTA_TUI_READONLY", switch, bool, top=True, profile=True),
    "colour": Rule(None, choice(COLOURS), profile=True),
    "log_file": Rule("LETTA_TUI_LOG_FILE", writable_file, top=True),
    "connect_timeout": Rule("LETTA_TUI_CONNECT_TIMEOUT", seconds, float, top=True, profile=True),
    "read_timeout": Rule("LETTA_TUI_READ_TIMEOUT", seconds, float, top=True, profile=True),
    "page_size": Rule("LETTA_TUI_PAGE_SIZE", page, int, top=True),
    "theme": Rule("LETTA_TUI_THEME", name, top=True),
    "times": Rule("LETTA_TUI_TIMES", choice(TIMES), top=True),
    "clock": Rule("LETTA_TUI_CLOCK", choice(CLOCKS), top=True),
    "zone": Rule("LETTA_TUI_ZONE", choice(ZONES), top=True),
    "sort": Rule("LETTA_TUI_SORT", choice(SORTS), top=True),
    "last_visit": Rule("LETTA_TUI_LAST_VISIT", switch, bool, top=True),
    "oldest_first": Rule("LETTA_TUI_OLDEST_FIRST", switch, bool, top=True),
}
"""Every setting of a run, by the name of its field."""

KEY_RULES: dict[str, Rule] = {
    "api_key_env": Rule(None, variable, profile=True),
    "api_key_command": Rule(None, command, profile=True),
    "api_key_file": Rule(None, any_file, profile=True),
}
"""The three ways in which a profile names its key; at most one of them."""

TOP = [key for key, rule in RULES.items() if rule.top]
PROFILE = [key for key, rule in (RULES | KEY_RULES).items() if rule.profile]
