"""One command's run: the client's lifetime, exit codes, and what is told on standard error."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from tui.api.client import LettaClient
from tui.api.errors import BadAnswer, KeyRefused, LettaError, NoAnswer, NotOffered, NotThere, ServerTrouble
from tui.api.wire import Patience, Wire
from tui.config.server import api_key_hint, server_address, server_name
from tui.config.settings import Settings
from tui.domain.text import one_line, visible

DONE, FOUND, USAGE, CONNECTION, REFUSED, INTERRUPTED, PIPE = 0, 1, 2, 3, 4, 130, 141
"""Exit codes: 141 is what a shell says of a program whose reader went away."""

RETRIED = (NoAnswer, ServerTrouble, BadAnswer)
Act = Callable[[LettaClient], Awaitable[int]]


class NotChosen(Exception):
    """What was asked for names no conversation and no agent; its text says what to do."""


@dataclass(frozen=True)
class Call:
    """What one command was called with."""

    flags: Mapping[str, Any]
    settings: Settings
    transport: httpx.AsyncBaseTransport | None
    clock: Callable[[], datetime]

    @property
    def wanted(self) -> str | None:
        """The conversation that the arguments name, and only where they name none that of the environment."""
        found: str | None = self.flags.get("wanted") or self.settings.conversation
        return found

    def flagged(self, name: str) -> str | None:
        """A setting that was given as a flag, not by the environment."""
        given = self.settings.sources.get(name) == "flag"
        value: str | None = getattr(self.settings, name) if given else None
        return value

    def served(self, act: Act, *, writes: bool = False) -> int:
        """Do something on the server of the settings; returns the exit code."""
        return run(make_client(self.settings, self.transport, writes=writes), act)


def make_client(
    settings: Settings, transport: httpx.AsyncBaseTransport | None = None, *, writes: bool = False
) -> LettaClient:
    """A client for the demo or for the server of the settings; unless it `writes`, it can only read."""
    if settings.demo and transport is None:
        from tui.backends.demo.transport import DemoTransport

        transport = DemoTransport(recording=False)
    patience = Patience(connect=settings.connect_timeout, read=settings.read_timeout)
    readonly = settings.readonly or not writes
    wire = Wire(
        server_address(settings),
        settings.api_key,
        transport=transport,
        patience=patience,
        readonly=readonly,
        fetch_key=settings.api_key_command,
        ca_file=settings.ca_file,
        name=server_name(settings),
        key_hint=api_key_hint(settings),
    )
    return LettaClient(wire)


def run(client: LettaClient, act: Act) -> int:
    """Do one command and close the client; every failure becomes one line and an exit code."""

    async def acted() -> int:
        try:
            return await act(client)
        finally:
            await client.close()

    try:
        code = asyncio.run(acted())
        sys.stdout.flush()
    except LettaError as error:
        say(f"letta-tui: {explained(error)}")
        return code_of(error)
    except NotChosen as problem:
        say(f"letta-tui: {problem}")
        return USAGE
    except BrokenPipeError:
        return unheard()
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def unheard() -> int:
    """The exit code where the reader of the answer went away; what is left of it goes nowhere."""
    # What is left in the buffer would complain once more when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE


def code_of(error: LettaError) -> int:
    """The exit code that a failed request ends with."""
    if isinstance(error, KeyRefused):
        return REFUSED
    return CONNECTION if isinstance(error, RETRIED) else USAGE


def explained(error: LettaError) -> str:
    """What failed, and what may help where there are no keys to press."""
    hint = ""
    if isinstance(error, NoAnswer):
        hint = " — is it running? --base-url or LETTA_BASE_URL names another"
    elif isinstance(error, KeyRefused):
        hint = f" — {one_line(error.hint, 300)}"
    return one_line(error.what, 400) + hint


def code_for(parts: Iterable[object]) -> int:
    """0 where nothing failed that may go better next time, else the code of the first such failure; all are told."""
    failures = [part for part in parts if isinstance(part, LettaError)]
    for failure in failures:
        say(f"letta-tui: {explained(failure)}")
    passing = (code_of(failure) for failure in failures if not isinstance(failure, NotOffered | NotThere))
    return next(passing, DONE)


def say(words: str) -> None:
    """A line on standard error, where everything goes that is no answer; ids in it are the server's text."""
    sys.stderr.write(f"{visible(words)}\n")
    sys.stderr.flush()


def put_exact(text: str) -> None:
    """Text of the server: as it is for a program, made harmless for a terminal."""
    put(visible(text) if for_people() else text)


def put_json(held: object) -> None:
    """An answer for programs, pure ASCII, so that nothing in it can steer a terminal."""
    put(json.dumps(held, indent=2) + "\n")


def for_people() -> bool:
    """Whether the answer goes to a terminal, not to a program or a file."""
    return sys.stdout.isatty()


def width() -> int | None:
    """Cells of the terminal that the answer goes to; None where it goes to a program or a file."""
    return shutil.get_terminal_size().columns if for_people() else None


def put(text: str) -> None:
    """A piece of the answer, on standard output, with what its encoding lacks spelled out."""
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
