"""The command line: arguments, exit codes, and the only way out of the process."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.commands.output import print_message
from tui.commands.parser import parse
from tui.model.os_errors import reason_of

if TYPE_CHECKING:
    from pathlib import Path

    from httpx import AsyncBaseTransport

    from tui.config.config_file import Config
    from tui.config.settings import Settings

USAGE, CRASHED, INTERRUPTED = 2, 70, 130

NO_SCREENS = ("dumb", "unknown")
"""Values of TERM of terminals that cannot place a cursor."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    _open_missing_streams()
    try:
        return _run(parse(arguments))
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return _report_crash(error)


def _run(flags: dict[str, Any]) -> int:
    from tui.config.problems import SettingsError
    from tui.storage.paths import NoHome, state_dir

    if flags["command"] == "help":
        from tui.commands.dispatch import reporting
        from tui.commands.help import print_help

        return reporting(partial(print_help, flags["topic"]))
    if flags["command"] == "manual":
        from tui.commands.dispatch import reporting
        from tui.commands.manual import show_page

        return reporting(partial(show_page, flags["page"]))
    if flags["command"] == "open":
        flags |= {"command": None, "bundle": flags["file"]}
    try:
        settings = _settings(flags)
        state_dir()  # now, since the first write would be too late to report that there is no home
    except (SettingsError, NoHome) as problem:
        print_message(f"letta-tui: {problem}")
        return USAGE
    if flags["command"] is None and (reason := _why_no_screen(settings)):
        print_message(f"letta-tui: {reason}; letta-tui list --agents works without one")
        return USAGE
    if settings.log_file is not None:
        return _run_logged(flags, settings, settings.log_file)
    return _open(flags, settings)


def _run_logged(flags: dict[str, Any], settings: Settings, file: Path) -> int:
    """Run with a log, and say at the end if it is not complete."""
    from tui.storage.log import start_log

    try:
        log = start_log(file)
    except OSError as problem:
        print_message(f"letta-tui: the log cannot be written: {reason_of(problem)}")
        return USAGE
    code = _open(flags, settings)
    if log.problem is not None:
        print_message(f"letta-tui: the log {str(file)!a} is incomplete: {log.problem.strerror}")
    return code


def _open(flags: dict[str, Any], settings: Settings) -> int:
    """Open a file or a server, and start."""
    if settings.bundle is not None:
        return _browse(flags, settings, settings.bundle)
    return _start(flags, settings, None)


def _browse(flags: dict[str, Any], settings: Settings, file: Path) -> int:
    """Start on a file."""
    from tui.backends.bundle.open_file import MAX_BYTES, read_recording
    from tui.backends.bundle.recording import UnreadableFile
    from tui.backends.bundle.transport import BundleTransport
    from tui.storage.regular_file import read_input

    try:
        transport = BundleTransport(read_recording(read_input(file, MAX_BYTES + 1)))
    except (UnreadableFile, OSError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        print_message(f"letta-tui: cannot browse {str(file)!a}: {reason or reason_of(problem)}")
        return USAGE
    return _start(flags, replace(settings, recorded=transport.recording.origin or None), transport)


def _start(flags: dict[str, Any], settings: Settings, transport: AsyncBaseTransport | None) -> int:
    """Run the command, or the screen."""
    if flags["command"] is not None:
        from tui.commands.dispatch import dispatch

        return dispatch(flags, settings, transport=transport)
    return _screen(settings, transport)


def _settings(flags: dict[str, Any]) -> Settings:
    """Resolve the settings from flags, environment and files; the last server counts for the screen only."""
    from tui.config.problems import SettingsError
    from tui.config.settings import resolve

    if (command := flags["command"]) is not None:
        from tui.commands.registry import load

        return resolve(flags, os.environ, _config(), with_key=load(command).needs_api_key)
    config = _config(screen=True)
    from tui.storage.state import user_state

    last = user_state().last_server()
    try:
        return resolve(flags, os.environ, config, last)
    except SettingsError:
        # Without the last server: an API key that is not set today must not prevent the start.
        return resolve(flags, os.environ, config)


def _config(*, screen: bool = False) -> Config:
    """Read the settings files; raises ConfigError with every problem; themes are checked for the screen only."""
    from tui.config.config_file import read_config
    from tui.config.problems import ConfigError
    from tui.config.setting_rules import DEFAULT_THEME, THEMES

    problems = []
    try:
        config = read_config()
    except ConfigError as error:
        config, problems = error.config, list(error.problems)
    if screen and config.values.get("theme", DEFAULT_THEME) not in THEMES:
        from tui.ui.theme_names import theme_mistakes

        problems += theme_mistakes(config)
    if config.keys:
        from tui.config.keymap import key_mistakes

        problems += key_mistakes(config)
    if problems:
        raise ConfigError(problems)
    return config


def _why_no_screen(settings: Settings) -> str:
    """Return why no screen can be shown, "" where one can: in a browser, or in a terminal that can place a cursor."""
    if settings.browser:
        return ""
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stdout.isatty():
        return "needs a terminal for its screen"
    term = os.environ.get("TERM")
    return f"needs a terminal for its screen, and TERM={term} cannot show it" if term in NO_SCREENS else ""


def _screen(settings: Settings, transport: AsyncBaseTransport | None) -> int:
    from tui.app import LettaApp

    app = LettaApp(settings, transport=transport)
    app.run()
    for draft in app.unsaved:
        print_message(
            f"not saved and not stored on disk, the summary of {draft.conversation_id}:\n{draft.text}"
        )
    if app.crash is not None:
        return _report_crash(app.crash)
    # Without the fix that notes crashes, Textual ends with 1, or without any code.
    return CRASHED if app.return_code in (None, 1) else app.return_code


def _report_crash(error: BaseException) -> int:
    """Print where the program crashed and why, without an API key; returns the exit code."""
    import traceback

    from tui.letta.api_key import without_keys

    lines = "".join(traceback.format_exception(error))
    what = traceback.format_exception_only(error)[-1].strip()
    words = f"{lines}\nletta-tui crashed ({what}). This is a bug: please report it with the lines above."
    print_message(without_keys(words, os.environ.get("LETTA_API_KEY")))
    return CRASHED


def _open_missing_streams() -> None:
    """Open output streams that the parent closed, which Python leaves None, on the null device.

    Standard input stays None, so that nothing read from it is taken for an empty text.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
