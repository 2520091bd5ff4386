"""From the name of a command to its run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import httpx

from tui.commands.registry import named
from tui.commands.session import USAGE, Call, NotChosen, say, unheard
from tui.config.settings import Settings, use_time_settings


def utc_now() -> datetime:
    """The time of now."""
    return datetime.now(UTC)


def dispatch(
    flags: Mapping[str, Any],
    settings: Settings,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> int:
    """Run the command that the arguments name; returns its exit code."""
    use_time_settings(settings)
    module = import_module(f"tui.commands.{named(flags['command']).module}")
    try:
        code: int = module.run(Call(flags, settings, transport, clock))
        sys.stdout.flush()
    except NotChosen as problem:
        say(f"letta-tui: {problem}")
        return USAGE
    except BrokenPipeError:
        return unheard()
    return code
