"""The commands, in the order of the help. A new one: a module of that name in this folder, and its name here."""

from __future__ import annotations

from importlib import import_module

from tui.commands.arguments import Command

NAMES = (
    "list",
    "check",
    "watch",
    "show",
    "blocks",
    "diff",
    "search",
    "context",
    "export",
    "summary",
    "block",
    "create",
    "archive",
    "unarchive",
    "recompile",
    "deny",
    "compact",
    "open",
    "serve",
    "info",
    "profile",
    "completion",
    "manual",
    "help",
)


def load(name: str) -> Command:
    """The command of that name; imports its module, which takes time: a start of the screen loads none."""
    command: Command = import_module(f"tui.commands.{name}").COMMAND
    return command
