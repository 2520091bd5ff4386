"""From the arguments of a command to the command that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from tui.commands.check import CheckCommand, Target
from tui.commands.session import USAGE, make_client, run, say
from tui.commands.show import ShowCommand
from tui.local.settings import Settings


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
    wanted = flags.get("wanted") or _flagged(settings, "conversation")
    act: CheckCommand | ShowCommand
    if flags["command"] == "show":
        wanted = wanted or settings.conversation
        if not wanted:
            return _unclear('show needs the id of a conversation, or "default" with --agent')
        act = ShowCommand(wanted, settings.agent, flags["json"], clock)
    else:
        target = _target(wanted, settings, every=flags["all"])
        if target is None:
            return _unclear("check needs either the id of a conversation, --agent, or --all")
        act = CheckCommand(target, as_json=flags["json"], page_size=settings.page_size, clock=clock)
    return run(make_client(settings, transport), act)


def _target(wanted: str | None, settings: Settings, *, every: bool) -> Target | None:
    """What the arguments name, and only where they name nothing what the environment names."""
    agent = _flagged(settings, "agent")
    if every:
        return None if wanted or agent else Target()
    if wanted:
        return Target(wanted, settings.agent)
    if agent:
        return Target(agent=agent)
    if settings.conversation:
        return Target(settings.conversation, settings.agent)
    return Target(agent=settings.agent) if settings.agent else None


def _flagged(settings: Settings, name: str) -> str | None:
    """A setting that was given as a flag, not by the environment."""
    value: str | None = getattr(settings, name) if settings.sources.get(name) == "flag" else None
    return value


def _unclear(words: str) -> int:
    say(f"letta-tui: {words}")
    return USAGE
