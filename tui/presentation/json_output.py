"""What the commands answer to other programs: JSON shapes, with the server's own objects unchanged in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tui.api.errors import LettaError
from tui.api.history import History
from tui.api.models import Block, Message
from tui.api.opening import Context, Opened
from tui.api.rows import Agent, Conversation
from tui.rules.check.finding import Finding
from tui.rules.memory.compare import Comparison
from tui.rules.memory.isolation import Label, memory

Json = dict[str, Any]

SECRET = ("secrets", "tool_exec_environment_variables")
"""Fields of an agent that hold passwords: what gets shown and sent around must not carry them."""


def agent_json(agent: Agent) -> Json:
    """An agent as the server sent it, without its secrets."""
    held = agent.as_json(said_only=True)
    return held | {name: None for name in SECRET if held.get(name)}


def finding_json(conversation: Conversation, agent: Agent, finding: Finding) -> Json:
    """One finding with the conversation and the agent that it is about."""
    return {
        "conversation": conversation.id,
        "agent": agent.id,
        "severity": finding.severity.value,
        "kind": finding.kind.value,
        "state": finding.state or None,
        "label": finding.label or None,
        "sentence": finding.sentence,
        "ids": dict(finding.ids),
    }


def check_json(checked: int, findings: Iterable[Json]) -> Json:
    """How many conversations were checked, and what was found in them."""
    return {"checked": checked, "findings": list(findings)}


def show_json(opened: Opened, history: History | LettaError) -> Json:
    """A conversation with its context, history and memory; a part that could not be read is null, and said."""
    context, shared, isolated = opened.context, opened.shared, opened.isolated
    return {
        "conversation": opened.conversation.as_json(said_only=True),
        "agent": agent_json(opened.agent),
        "in_context": _messages(context),
        "history": _raw(whole_history(context, history)),
        "memory": {label.name: label_json(label) for label in memory(opened).labels},
        "isolated_blocks": None if isolated is None else _blocks(isolated),
        "shared_blocks": None if isinstance(shared, LettaError) else _blocks(shared),
        "unreadable": unreadable(opened, history),
    }


def label_json(label: Label) -> Json:
    """One label three ways: its shared text, its isolated one, and what the model reads, with the state in words."""
    return {
        "shared": label.shared.value if label.shared else None,
        "isolated": label.isolated.value if label.isolated else None,
        "compiled": label.compiled,
        "state": label.state.value,
        "why": label.why,
    }


def blocks_json(opened: Opened, labels: Iterable[Label]) -> Json:
    """The memory of a conversation, each label with its state, its texts, and the blocks as the server sent them."""
    return {
        "conversation": opened.conversation.id,
        "agent": opened.agent.id,
        "labels": [
            {
                "label": label.name,
                **label_json(label),
                "relation": label.relation.value,
                "isolated_block": _block(label.isolated),
                "shared_block": _block(label.shared),
            }
            for label in labels
        ],
    }


def comparison_json(one: Comparison) -> Json:
    """Two texts of a label that differ, each with its name."""
    names = one.names
    return {
        "label": one.label.name,
        "against": one.against,
        "state": one.label.state.value,
        "left": {"name": names[0], "text": one.left},
        "right": {"name": names[1], "text": one.right},
    }


def whole_history(context: Context | LettaError, history: History | LettaError) -> tuple[Message, ...] | None:
    """All messages in the order in which they were said; those that only the context has come in by their date."""
    if isinstance(history, LettaError):
        return None
    told = list(history.messages)
    known = {message.id for message in told}
    for message in () if isinstance(context, LettaError) else context.messages:
        if message.id not in known:
            told.insert(_place(message, told), message)
    return tuple(told)


def _place(message: Message, told: list[Message]) -> int:
    """In front of everything that is later; without a date, at the end."""
    date = message.date
    if date is None:
        return len(told)
    later = (at for at, other in enumerate(told) if other.date is not None and other.date > date)
    return next(later, len(told))


def unreadable(opened: Opened, history: History | LettaError) -> Json:
    """The parts that could not be read, or not whole, each with the reasons."""
    found: dict[str, list[str]] = {}
    for part, reason in _unreadable(opened, history):
        found.setdefault(part, []).append(reason)
    return {part: "; ".join(reasons) for part, reasons in found.items()}


def _unreadable(opened: Opened, history: History | LettaError) -> Iterator[tuple[str, str]]:
    context = opened.context
    if isinstance(context, LettaError):
        yield "in_context", context.what
    elif context.ids is None:
        yield "in_context", "the server does not say which messages are in context"
    else:
        yield from (("in_context", f"{one}: {error.what}") for one, error in context.failed.items())
    if isinstance(history, LettaError):
        yield "history", history.what
    else:
        if history.problem is not None:
            yield "history", history.problem.what
        if not history.whole:
            yield "history", "there is more than could be read at once"
    if isinstance(opened.shared, LettaError):
        yield "shared_blocks", opened.shared.what
    for block in opened.isolated or ():
        if isinstance(block, LettaError):
            yield "isolated_blocks", block.what


def _messages(context: Context | LettaError) -> list[Any] | None:
    """Raw messages in context order; null where the server does not say which they are."""
    if isinstance(context, LettaError) or context.ids is None:
        return None
    return _raw(context.messages)


def _raw(messages: tuple[Message, ...] | None) -> list[Any] | None:
    return None if messages is None else [dict(message.raw) for message in messages]


def _block(block: Block | None) -> Json | None:
    return None if block is None else block.as_json(said_only=True)


def _blocks(blocks: Iterable[Block | LettaError]) -> list[Json]:
    return [block.as_json(said_only=True) for block in blocks if isinstance(block, Block)]
