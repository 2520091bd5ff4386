"""The picture of the last visit: the list as it was left, shown by a start before anything that paints is loaded."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from tui import __version__
from tui.config.server import first_agent, stores_last_visit
from tui.config.setting_rules import DEFAULT_THEME
from tui.config.settings import Settings
from tui.storage.atomic_files import write_text
from tui.storage.paths import make_private, state_dir
from tui.storage.state import State

MOST = 10
"""Files that are kept; those written longest ago go first."""

LARGEST = 256 * 1024
"""Characters of a picture; a terminal of 400 columns and 100 lines has a fifth of it."""

HARMLESS = re.compile(r"(?:\x1b\[[0-9;]*[mH]|[^\x00-\x1f\x7f-\x9f])+")
"""Text, colours and places: nothing else of a file reaches the terminal."""

ELSEWHERE = frozenset({"log_file", "sources", "keys", "recorded", "api_key_command"})
"""Fields of the settings that a picture does not go by, or not as they are."""

TERMINAL = "TERM", "COLORTERM", "NO_COLOR", "TERM_PROGRAM"


def name_of(
    settings: Settings, agent_id: str, theme: str, size: tuple[int, int], environ: Mapping[str, str]
) -> str:
    """The name of a picture, by all that makes it true of a run: who looks at whose rows, how, on which terminal.

    A digest, so that who comes with another key finds nothing.
    """
    told = {
        one.name: str(getattr(settings, one.name)) for one in fields(Settings) if one.name not in ELSEWHERE
    }
    keys = sorted(settings.keys.items())
    terminal = [environ.get(name) for name in TERMINAL]
    parts = json.dumps([__version__, told, settings.api_key, keys, agent_id, theme, size, terminal])
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def last_picture(settings: Settings, held: State) -> str | None:
    """What to show until the screen is there; None where nothing was kept of such a run."""
    agent_id = first_agent(settings, held)
    if (
        agent_id is None
        or not stores_last_visit(settings)
        or not os.isatty(2)
        or "TEXTUAL_DRIVER" in os.environ
    ):
        return None
    theme = settings.theme or held.theme() or DEFAULT_THEME
    name = name_of(settings, agent_id, theme, shutil.get_terminal_size(), os.environ)
    return Pictures(state_dir() / "pictures").find(name)


class Pictures:
    """A folder with a file for each screen that was left; every method touches the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, name: str) -> str | None:
        """What a terminal is told to show it; a damaged file counts as none."""
        try:
            text = self._path(name).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
        return text if _harmless(text) else None

    def keep(self, name: str, text: str | None) -> None:
        """Keep it for the next start; raises OSError.

        None, or what no terminal should be told, leaves nothing to be shown before that start's own frame.
        """
        if text is None or not _harmless(text):
            self._path(name).unlink(missing_ok=True)
            return
        make_private(self._folder)
        write_text(self._path(name), text)
        files = sorted(self._folder.glob("*.ansi"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[MOST:]:
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.ansi"


def _harmless(text: str) -> bool:
    return len(text) <= LARGEST and HARMLESS.fullmatch(text) is not None
