"""Every command, in the order of the help."""

from __future__ import annotations

from tui.commands import helping, reading, serving, settling, writing
from tui.commands.arguments import Command

COMMANDS: tuple[Command, ...] = (
    *reading.COMMANDS,
    *writing.COMMANDS,
    *serving.COMMANDS,
    *settling.COMMANDS,
    *helping.COMMANDS,
)


def named(name: str) -> Command:
    """The command of that name; the parser lets no other name through."""
    return next(command for command in COMMANDS if command.name == name)
