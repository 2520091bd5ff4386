"""Runs the command that the arguments name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.commands.exit_codes import BROKEN_PIPE, USAGE, UsageError
from tui.commands.invocation import Invocation
from tui.commands.output import OutputFailed, discard_output, flush, print_message
from tui.commands.registry import load
from tui.config.settings import Settings, use_time_settings
from tui.storage.log import make_errors_harmless

if TYPE_CHECKING:
    import httpx


def utc_now() -> datetime:
    """The current time."""
    return datetime.now(UTC)


def dispatch(
    arguments: Mapping[str, Any],
    settings: Settings,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> int:
    """Run the command `arguments["command"]`; returns its exit code."""
    use_time_settings(settings)
    make_errors_harmless()
    run = load(arguments["command"]).run
    assert run is not None
    return reporting(partial(run, Invocation(arguments, settings, transport, clock)))


def reporting(run: Callable[[], int]) -> int:
    """Run a command, and report unusable arguments and output that can't be written; returns the exit code."""
    try:
        code = run()
        flush()
    except UsageError as error:
        print_message(f"letta-tui: {error}")
        return USAGE
    except OutputFailed as error:
        print_message(f"letta-tui: {error}")
        discard_output()
        return USAGE
    except BrokenPipeError:
        discard_output()
        return BROKEN_PIPE
    return code
