"""One run of a command: its arguments and settings, and the client while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.commands.exit_codes import (
    BROKEN_PIPE,
    INTERRUPTED,
    USAGE,
    UsageError,
    describe_failure,
    exit_code_of,
)
from tui.commands.output import discard_output, flush, print_message
from tui.config.server import api_key_hint, ca_source, server_address, server_name
from tui.config.settings import Settings
from tui.letta.client import LettaClient
from tui.letta.refusals import wait_text
from tui.letta.retry import LONGEST_COMMAND_WAIT, Patience
from tui.letta.transport import Wire
from tui.model.errors import LettaError
from tui.model.text import one_line

if TYPE_CHECKING:
    import httpx

ClientAction = Callable[[LettaClient], Awaitable[int]]


@dataclass(frozen=True)
class Invocation:
    """What a command runs with: parsed arguments by name, settings, and in tests a transport and a clock."""

    arguments: Mapping[str, Any]
    settings: Settings
    transport: httpx.AsyncBaseTransport | None
    clock: Callable[[], datetime]

    @property
    def conversation_id(self) -> str | None:
        """The conversation that the arguments name, else the one of the environment."""
        conversation_id: str | None = self.arguments.get("conversation_id") or self.settings.conversation
        return conversation_id

    def flag_value(self, name: str) -> str | None:
        """The value of a setting if a flag gave it, None if it came from elsewhere."""
        is_flag = self.settings.sources.get(name) == "flag"
        value: str | None = getattr(self.settings, name) if is_flag else None
        return value

    def run_on_server(self, action: ClientAction, *, writes: bool = False) -> int:
        """Run an action with a client for the server of the settings; returns the exit code.

        Raises UsageError if the action `writes` and a file is browsed in place of a server.
        """
        if writes and self.settings.bundle is not None:
            raise UsageError(f"nothing in a file can be changed: {one_line(self.settings.bundle.name, 60)}")
        return run_with_client(make_client(self.settings, self.transport, writes=writes), action)


def make_client(
    settings: Settings, transport: httpx.AsyncBaseTransport | None = None, *, writes: bool = False
) -> LettaClient:
    """A client for the demo or the server of the settings; it refuses every write unless `writes`."""
    if settings.demo and transport is None:
        from tui.backends.demo.transport import DemoTransport

        transport = DemoTransport(flavour=settings.demo, recording=False)
    if settings.letta_code is not None and transport is None:
        from tui.backends.letta_code.transport import LettaCodeTransport

        transport = LettaCodeTransport(settings.letta_code)
    patience = Patience(
        connect=settings.connect_timeout, read=settings.read_timeout, all_waits=LONGEST_COMMAND_WAIT
    )
    readonly = settings.readonly or not writes
    wire = Wire(
        server_address(settings),
        settings.api_key,
        transport=transport,
        patience=patience,
        readonly=readonly,
        fetch_key=settings.api_key_command,
        ca_file=settings.ca_file,
        ca_source=ca_source(settings),
        name=server_name(settings),
        key_hint=api_key_hint(settings),
    )
    wire.pause.changed = partial(_say_wait, wire)
    return LettaClient(wire)


def _say_wait(wire: Wire) -> None:
    """Print how long the server asks to wait, so that nobody takes the silence for a hang."""
    if wire.pause.left:
        print_message(f"letta-tui: {wire.server} asks to wait {wait_text(wire.pause.left)}…")


def run_with_client(client: LettaClient, action: ClientAction) -> int:
    """Run an action and close the client; every failure becomes one line on standard error and an exit code."""

    async def run_and_close() -> int:
        try:
            return await action(client)
        finally:
            await client.close()

    try:
        code = asyncio.run(run_and_close())
        flush()
    except LettaError as error:
        print_message(f"letta-tui: {describe_failure(error)}")
        return exit_code_of(error)
    except UsageError as error:
        print_message(f"letta-tui: {error}")
        return USAGE
    except BrokenPipeError:
        discard_output()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    return code
