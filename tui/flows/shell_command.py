"""A text through a shell command of the user's: what comes out, bounded, and killed if nobody waits for it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

MOST_BYTES = 4_000_000
"""What is kept of an output; the rest is counted and dropped."""

SECRETS = ("LETTA_API_KEY",)
PIECE = 65_536


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, its output with what it complained about, and how much of it was dropped."""

    code: int
    output: str
    dropped: int = 0


async def pipe(
    command: str, text: str, environ: Mapping[str, str] = os.environ, *, key: str | None = None
) -> Ran:
    """Give a text to a command of the user's shell and return what it says; raises OSError if there is no shell.

    The key of the server is not among what the command inherits, whichever variable holds it. Cancelled, it kills
    the command and its children.
    """
    held = {name: value for name, value in environ.items() if name not in SECRETS}
    process = await _start(
        command, {name: value for name, value in held.items() if not key or value.strip() != key}
    )
    try:
        _, (kept, dropped) = await asyncio.gather(_feed(process, text), _drain(process))
        code = await process.wait()
    finally:
        await _kill(process)
    return Ran(code, kept.decode("utf-8", errors="replace"), dropped)


async def _start(command: str, environ: Mapping[str, str]) -> asyncio.subprocess.Process:
    """Start it to its end: cancelled in the midst of that, asyncio would kill the shell and leave its children."""
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


async def _kill(process: asyncio.subprocess.Process) -> None:
    """End it with its children, unless it ended by itself."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _feed(process: asyncio.subprocess.Process, text: str) -> None:
    """Write all of it, unless the command wants no more."""
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(text.encode("utf-8", errors="surrogatepass"))
        await process.stdin.drain()
    process.stdin.close()


async def _drain(process: asyncio.subprocess.Process) -> tuple[bytes, int]:
    """Read to the end, so that the command is never held up by what is not kept."""
    assert process.stdout is not None
    kept, dropped = bytearray(), 0
    while piece := await process.stdout.read(PIECE):
        room = MOST_BYTES - len(kept)
        kept += piece[:room]
        dropped += max(0, len(piece) - room)
    return bytes(kept), dropped
