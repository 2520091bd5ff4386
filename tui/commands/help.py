"""`letta-tui help`: every option, or one command; it needs no settings, so that wrong ones do not hide it."""

from __future__ import annotations

from tui.commands.exit_codes import DONE
from tui.commands.helping import OPTIONS
from tui.commands.output import write
from tui.commands.parser import build_parser, options_help


def run(topic: str | None) -> int:
    """Print what there is to know of a topic; returns the exit code."""
    if topic == OPTIONS:
        write(options_help())
        return DONE
    found = build_parser()
    write(found.format_help() if topic is None else found.commands[topic].format_help())
    return DONE
