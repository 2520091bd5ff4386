"""Earlier values of a memory label, newest first, from everything that this program can read.

Servers store no history of a block. What the model reads may be older; traces have what it read at each step; the
journal has what was changed from here; memory in files has its commits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.flows.read_commits import ReadCommits
from tui.letta.history import read_history
from tui.model.errors import LettaError, attempt
from tui.model.text import plural
from tui.rules.memory.compiled_memory import body_of
from tui.rules.memory.traces import read_trace, steps_of

if TYPE_CHECKING:
    from tui.letta.client import LettaClient
    from tui.model.opened import Opened
    from tui.rules.changes.undo import Entry
    from tui.rules.memory.label_states import Label
    from tui.rules.memory.traces import Step, StepMemory
    from tui.rules.trace_cache import TraceCache

MOST_STEPS = 24
"""Most steps whose traces are read, spread over the conversation's life; a trace can be as large as the context."""

AT_ONCE = 4

Noted = Callable[[str], Awaitable[Sequence["Entry"]]]
"""Returns the journal's entries about a block, by its id, oldest first."""


@dataclass(frozen=True)
class EarlierValues:
    """Earlier values of a label, the newest first, and where they were looked for."""

    values: tuple[str, ...]
    sources: tuple[str, ...]
    problem: str = ""
    """Why there may be more values than these."""


async def earlier_values(
    client: LettaClient, opened: Opened, label: Label, cache: TraceCache, noted: Noted
) -> EarlierValues:
    """Read the earlier values of a conversation's label; `problem` says what could not be read."""
    values, sources = [label.compiled], ["what the model reads"]
    if label.file is not None:
        values.append(label.file.recorded)
        more, source, problem = await _committed(client, opened, label)
    else:
        for block in (label.isolated, label.shared):
            if block is not None:
                values += [entry.text for entry in reversed(await noted(block.id))]
        sources.append("the journal")
        more, source, problem = await _traced(client, opened, label.name, cache)
    values += more
    sources += [source] if source else []
    current = label.block.value if label.block is not None else None
    known = dict.fromkeys(value for value in values if value and value != current)
    return EarlierValues(tuple(known), tuple(sources), problem)


async def _committed(client: LettaClient, opened: Opened, label: Label) -> tuple[list[str | None], str, str]:
    """The versions of a memory file in git."""
    assert label.file is not None
    commits = ReadCommits(client, opened.agent.id)
    await commits.read(label.file.path, everything=True)
    history = commits.of(label.file.path)
    values = [None if one.value is None else body_of(one.value) for one in history.versions]
    problem = "" if history.error is None else history.error.what
    return [*values], plural(len(values), "commit"), problem


async def _traced(
    client: LettaClient, opened: Opened, name: str, cache: TraceCache
) -> tuple[list[str | None], str, str]:
    """What the model read of a label at some steps of the conversation."""
    history = await attempt(read_history, client, opened.conversation, opened.agent.id)
    if isinstance(history, LettaError):
        return [], "", history.what
    steps = steps_of(history.messages)
    wanted = spread(steps, MOST_STEPS)
    values: list[str | None] = []
    for start in range(0, len(wanted), AT_ONCE):
        read = await asyncio.gather(*(_step(client, step, cache) for step in wanted[start : start + AT_ONCE]))
        for one in read:
            if isinstance(one, LettaError):
                return values, f"{len(values)} of {plural(len(steps), 'step')}", one.what
            block = None if one.memory is None else one.memory.blocks.get(name)
            values.append(None if block is None else block.value)
    return values, f"{len(wanted)} of {plural(len(steps), 'step')}" if steps else "", ""


async def _step(client: LettaClient, step: Step, cache: TraceCache) -> StepMemory | LettaError:
    """Read the memory in the request of a step; an error if the server has no traces."""
    known = cache.get(step.id)
    if known is not None:
        return known
    trace = await attempt(client.trace, step.id)
    if isinstance(trace, LettaError):
        return trace
    memory = read_trace(trace)
    if memory.memory is not None:
        cache.put(step.id, memory)
    return memory


def spread(steps: Sequence[Step], most: int) -> Sequence[Step]:
    """Return at most this many steps: the first, the last, and others at equal distances between them."""
    if len(steps) <= most:
        return steps
    return [steps[round(number * (len(steps) - 1) / (most - 1))] for number in range(most)]
