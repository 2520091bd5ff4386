"""`letta-tui info`: every path and every setting with its source; a key is named, never shown."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui import __version__
from tui.commands.arguments import Command, CommandParser, add_json
from tui.commands.exit_codes import DONE
from tui.commands.invocation import Invocation
from tui.commands.output import write, write_json
from tui.config.setting_rules import RULES
from tui.config.settings import Settings
from tui.storage.paths import all_paths


@dataclass(frozen=True)
class PathInfo:
    """A path, and what exists there."""

    path: Path | None

    @property
    def exists(self) -> bool:
        """Whether there is anything at the path."""
        return self.path is not None and os.path.exists(self.path)

    @property
    def text(self) -> str:
        """The path, and what exists there."""
        if self.path is None:
            return "none"
        try:
            os.stat(self.path)
            count = len(os.listdir(self.path)) if os.path.isdir(self.path) else None
        except (FileNotFoundError, NotADirectoryError):
            return f"{self.path}  (does not exist)"
        except OSError as error:
            return f"{self.path}  ({error.strerror})"
        return f"{self.path}" if count is None else f"{self.path}  ({count} file{'s' * (count != 1)})"


def run(invocation: Invocation) -> int:
    """Print all paths and settings; returns the exit code."""
    paths = {name: PathInfo(path) for name, path in all_paths(invocation.settings.log_file).items()}
    if invocation.arguments["json"]:
        write_json(_json(paths, invocation.settings))
    else:
        write(_text(paths, invocation.settings))
    return DONE


def public_value(settings: Settings, name: str) -> Any:
    """A setting's value; of the API key only whether it is set."""
    if name == "api_key":
        return "set" if settings.has_api_key else None
    value = getattr(settings, name)
    return str(value) if isinstance(value, Path) else value


def _json(paths: dict[str, PathInfo], settings: Settings) -> dict[str, Any]:
    return {
        "version": __version__,
        "python": platform.python_version(),
        "paths": {
            name: {"path": str(info.path) if info.path else None, "exists": info.exists}
            for name, info in paths.items()
        },
        "settings": {
            name: {"value": public_value(settings, name), "source": settings.sources[name]} for name in RULES
        },
        "keys": dict(settings.keys),
    }


def _text(paths: dict[str, PathInfo], settings: Settings) -> str:
    lines = [f"letta-tui {__version__} · Python {platform.python_version()}", "", "Paths"]
    lines += [f"  {name:<9} {info.text}" for name, info in paths.items()]
    lines += ["", "Settings"]
    width = max(len(name) for name in RULES)
    values = {name: _value_text(public_value(settings, name)) for name in RULES}
    value_width = min(40, max(map(len, values.values())))
    for name, value in values.items():
        lines.append(f"  {name:<{width}}  {value:<{value_width}}  {settings.sources[name]}")
    if settings.keys:
        lines += ["", "Keys", *(f"  {name:<{width}}  {keys}" for name, keys in settings.keys.items())]
    return "".join(f"{line}\n" for line in lines)


def _value_text(value: Any) -> str:
    if value is None:
        return "none"
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add_json(parser)


COMMAND = Command(
    name="info",
    usage="",
    summary="paths and settings",
    description="""\
Print every path, whether it is there, and every setting with its value and
where it came from. Neither an API key nor its length is shown.
""",
    exit_codes="Exit codes: 0 done, 2 settings that cannot be used, 130 interrupted.\n",
    add_arguments=add_arguments,
    run=run,
    agent_help="the agent to start on",
    needs_api_key=False,
)
