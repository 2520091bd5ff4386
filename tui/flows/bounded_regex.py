"""Match a user's regex in a process of its own, which ends itself when a pattern takes too long.

Python's matcher cannot be interrupted, and `(a+)+b` takes years for a hundred letters: in this process, it would block
every key.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from tui.config.child_environment import child_environment
from tui.model.text import one_line
from tui.rules.search import LONGEST_QUERY, Found

SECONDS = 2.0
"""Processor time for one batch of texts; a usual pattern needs a hundredth of it."""

BATCH_CHARS, BATCH_TEXTS = 200_000, 2_000
"""Size of a batch of texts that is matched at once."""

LONGEST_ANSWER = 1_000_000
MEMORY = 1_000_000_000
"""Bytes that the process may take: a pattern like `(a{9999}){9999}` would take all there are."""

CHILD = """\
import json, re, resource, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
pattern, seconds, memory = json.loads(sys.stdin.readline())
try:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
except (OSError, ValueError):
    pass
def answer(make):
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    value = make()
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(json.dumps(value), flush=True)
found = None
def compiled():
    global found
    try:
        found = re.compile(pattern, re.IGNORECASE | re.MULTILINE).finditer
    except (re.error, OverflowError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
def first(text):
    spans = [match.span() for match in found(text) if match.end() > match.start()]
    return [*spans[0], len(spans)] if spans else None
answer(compiled)
for line in sys.stdin:
    texts = json.loads(line)
    answer(lambda: [first(text) for text in texts])
"""


class BadPattern(Exception):
    """A regex that cannot be used, or that takes too long; the text says why."""


class BoundedRegex:
    """A regex that ignores case, with `^` and `$` at each line; use it as an async context manager."""

    def __init__(self, pattern: str, *, seconds: float = SECONDS) -> None:
        self._pattern = pattern
        self._seconds = seconds
        self._process: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> BoundedRegex:
        """Compile the pattern; raises BadPattern."""
        if len(self._pattern) > LONGEST_QUERY:
            raise BadPattern(f"the regex has more than {LONGEST_QUERY:,} characters")
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", "-c", CHILD),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=await asyncio.to_thread(child_environment),
                limit=LONGEST_ANSWER,
            )
            problem = await self._answer([self._pattern, self._seconds, MEMORY])
        except OSError as error:
            raise BadPattern(f"no process for the regex can be started: {error.strerror}") from None
        except BaseException:
            await self.close()
            raise
        if problem is not None:
            await self.close()
            raise BadPattern(f"the regex cannot be used: {one_line(str(problem), 200)}")
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the process."""
        await self.close()

    async def close(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def find(self, texts: Sequence[str]) -> list[Found | None]:
        """Return the first match in each text with the number of matches; raises BadPattern if that takes too long."""
        found: list[Found | None] = []
        for batch in _batches(texts):
            async with self._one_at_a_time:
                found += [None if one is None else Found(*one) for one in await self._answer(batch)]
        return found

    async def _answer(self, request: object) -> Any:
        """Send one line to the process and return its reply; raises BadPattern."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise BadPattern("the search with this regex was stopped")
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                process.stdin.write(json.dumps(request).encode() + b"\n")
                await process.stdin.drain()
            line = await process.stdout.readline()
        except asyncio.CancelledError:
            await self.close()  # or its reply would be taken for that of the next request
            raise
        if not line:
            await self.close()
            raise BadPattern(
                f"the regex takes more than {self._seconds:g} s of processor time, or too much memory, for one "
                "message: make it simpler"
            )
        return json.loads(line)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts in groups of a bounded size; one text that is larger is a group."""
    batch: list[str] = []
    chars = 0
    for text in texts:
        if batch and (chars + len(text) > BATCH_CHARS or len(batch) >= BATCH_TEXTS):
            yield batch
            batch, chars = [], 0
        batch.append(text)
        chars += len(text)
    if batch:
        yield batch
