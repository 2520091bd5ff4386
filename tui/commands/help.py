"""`letta-tui help`: every option, or one command; it needs no settings, so that wrong ones do not hide it."""

from __future__ import annotations

from tui.commands.helping import OPTIONS
from tui.commands.parser import options_help, parser
from tui.commands.session import DONE, put


def run(topic: str | None) -> int:
    """Print what there is to know of a topic; returns the exit code."""
    if topic == OPTIONS:
        put(options_help())
        return DONE
    found = parser()
    put(found.format_help() if topic is None else found.commands[topic].format_help())
    return DONE
