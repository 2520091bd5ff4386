"""What the model read of each memory label, step by step, from the requests that a server recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tui.model.errors import LettaError
from tui.model.text import one_line
from tui.rules.memory.compiled_memory import CompiledMemory, parse_system_message
from tui.rules.provider_request import system_message_text

if TYPE_CHECKING:
    from tui.model.message import Message
    from tui.model.trace import Trace

NO_TRACE = "no trace"


@dataclass(frozen=True)
class Step:
    """One call of the model, as the messages of a conversation name it."""

    id: str
    at: datetime | None


@dataclass(frozen=True)
class StepMemory:
    """The memory in the request of a step; None if it is not known, with the reason in `why`."""

    at: datetime | None
    memory: CompiledMemory | None
    why: str = ""


@dataclass(frozen=True)
class Span:
    """Consecutive steps at which the model read the same value of a label; if `value` is None, `why` has the reason."""

    value: str | None
    why: str
    newest: Step
    oldest: Step
    steps: int
    since: datetime | None
    until: datetime | None


def steps_of(messages: Iterable[Message]) -> tuple[Step, ...]:
    """Return the steps that messages name, newest first; the messages come oldest first."""
    dates: dict[str, datetime | None] = {}
    for message in messages:
        if message.step_id:
            dates[message.step_id] = message.date or dates.get(message.step_id)
    return tuple(Step(step_id, at) for step_id, at in reversed(dates.items()))


def read_trace(trace: Trace | LettaError | None) -> StepMemory:
    """Return the memory in the request that a trace recorded; None is a step without a trace."""
    if trace is None:
        return StepMemory(None, None, NO_TRACE)
    if isinstance(trace, LettaError):
        return StepMemory(None, None, trace.what)
    if trace.call_type not in (None, "agent_step"):
        why = f"its trace is of another call ({one_line(trace.call_type, 40)})"
        return StepMemory(trace.created_at, None, why)
    text = system_message_text(trace.request_json)
    if text is None:
        return StepMemory(trace.created_at, None, "no system message was found in its request")
    memory = parse_system_message(text)
    if memory.rendering == "none":
        return StepMemory(trace.created_at, None, memory.why)
    return StepMemory(trace.created_at, memory)


def all_labels(current: Iterable[str], read: Iterable[StepMemory]) -> tuple[str, ...]:
    """Return the current labels in their order, then those that only traces still name."""
    names = dict.fromkeys(current)
    for one in read:
        names |= dict.fromkeys(one.memory.blocks if one.memory else ())
    return tuple(names)


def spans(label: str, steps: Iterable[Step], read: Mapping[str, StepMemory]) -> tuple[Span, ...]:
    """Return what the model read of a label, newest first; steps without a usable trace do not divide a span."""
    result: list[Span] = []
    for step in steps:
        one = read.get(step.id)
        if one is None or one.memory is None:
            continue
        block = one.memory.blocks.get(label)
        value = block.value if block is not None else None
        why = block.why if block is not None else "not in the system message"
        at = one.at or step.at
        last = result[-1] if result else None
        if last is not None and (last.value, last.why) == (value, why):
            result[-1] = Span(value, why, last.newest, step, last.steps + 1, at, last.until)
        else:
            result.append(Span(value, why, step, step, 1, at, at))
    return tuple(result)


def steps_without_memory(steps: Iterable[Step], read: Mapping[str, StepMemory]) -> dict[str, list[Step]]:
    """Return the steps that were read and whose memory is not known, by reason."""
    result: dict[str, list[Step]] = {}
    for step in steps:
        one = read.get(step.id)
        if one is not None and one.memory is None:
            result.setdefault(one.why, []).append(step)
    return result
