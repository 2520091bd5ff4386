"""Pipes a text through a shell command of the user, with bounded output, and kills it when cancelled."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from tui.config.child_environment import child_environment

MAX_OUTPUT_BYTES = 4_000_000
"""Longest output; the rest is counted and dropped."""

CHUNK_SIZE = 65_536


@dataclass(frozen=True)
class CommandResult:
    """How a command ended: its exit code, its output (stderr included), and how many bytes were dropped."""

    code: int
    output: str
    dropped: int = 0


async def pipe(
    command: str, text: str, environ: Mapping[str, str] = os.environ, *, api_key: str | None = None
) -> CommandResult:
    """Run a command in a shell with a text as its input; raises OSError if that cannot be started.

    The command doesn't inherit an API key, whichever variable holds it; `api_key` is the one in use.
    Cancelling kills the command and its children, also those that outlive the shell.
    """
    process = await _start(command, child_environment(environ, api_key))
    try:
        _, (output, dropped) = await asyncio.gather(_feed(process, text), _drain(process))
        code = await process.wait()
    except BaseException:
        await _kill(process)
        raise
    return CommandResult(code, output.decode("utf-8", errors="replace"), dropped)


async def _start(command: str, environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    """Start the process even when cancelled meanwhile: asyncio would kill the shell and leave its children.

    Raises OSError, also for a command with half a surrogate pair or a null in it, which no program can be given.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_shell(
            command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environ,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _kill(await starting)
        raise
    except ValueError as error:
        raise OSError(str(error)) from None


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill the process and its children, one that went on in the background after the shell too."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:
        return  # it runs as another user, as under sudo, and ends when it notices that nobody reads
    await process.wait()


async def _feed(process: asyncio.subprocess.Process, text: str) -> None:
    """Write the text, unless the command stops reading."""
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(text.encode("utf-8", errors="surrogatepass"))
        await process.stdin.drain()
    process.stdin.close()


async def _drain(process: asyncio.subprocess.Process) -> tuple[bytes, int]:
    """Read to the end, so that dropped output never blocks the command."""
    assert process.stdout is not None
    output, dropped = bytearray(), 0
    while chunk := await process.stdout.read(CHUNK_SIZE):
        room = MAX_OUTPUT_BYTES - len(output)
        output += chunk[:room]
        dropped += max(0, len(chunk) - room)
    return bytes(output), dropped
