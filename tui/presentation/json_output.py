"""The JSON of commands and exports: its shapes are stable, and the server's own objects are unchanged in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import LettaError
from tui.model.message import Message
from tui.model.opened import Context, History, Opened
from tui.model.record import to_json
from tui.presentation.conversation_info import CONTEXT_NOT_REPORTED
from tui.presentation.ways_out import Explained
from tui.rules.compare_conversations import ComparedConversations, Hunk
from tui.rules.history import all_messages
from tui.rules.memory.compare import Comparison
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import Label
from tui.rules.watched_rows import Event

Json = dict[str, Any]

SECRET_FIELDS = ("secrets", "tool_exec_environment_variables")
"""Fields of an agent that may contain passwords, which must not be shown or exported."""


def agent_json(agent: Agent) -> Json:
    """Return an agent as the server sent it, without its secrets."""
    fields = agent.as_json(sent_only=True)
    return fields | {name: None for name in SECRET_FIELDS if fields.get(name)}


def listed_json(row: Conversation | Agent) -> Json:
    """Return a row of a list as the server sent it, without the ids of its context."""
    fields = agent_json(row) if isinstance(row, Agent) else row.as_json(sent_only=True)
    fields.pop("in_context_message_ids", None)
    return fields


def finding_json(conversation: Conversation, agent: Agent, explained: Explained) -> Json:
    """Return a finding with its conversation, agent and ways out; one of kind `none` says why there is no way out."""
    finding = explained.finding
    return {
        "conversation": conversation.id,
        "agent": agent.id,
        "severity": finding.severity.value,
        "kind": finding.kind.value,
        "state": finding.state or None,
        "label": finding.label or None,
        "sentence": finding.sentence,
        "ids": dict(finding.ids),
        "ways_out": [
            {"kind": way.kind, "sentence": way.sentence, "command": way.command or None}
            for way in explained.ways_out
        ],
    }


def check_json(checked: int, findings: Iterable[Json]) -> Json:
    """Return how many conversations were checked, and their findings."""
    return {"checked": checked, "findings": list(findings)}


def event_json(event: Event, at: datetime) -> Json:
    """Return an event, the time it was seen, and the fields of its kind."""
    return {
        "event": event.kind,
        "at": at.isoformat(),
        "agent": event.agent,
        "conversation": event.conversation,
        **event.details,
    }


def show_json(opened: Opened, history: History | LettaError) -> Json:
    """Return a conversation with its context, history and memory.

    A part that could not be read is null, with the reason in `unreadable`.
    """
    context, shared, isolated = opened.context, opened.shared, opened.isolated
    return {
        "conversation": opened.conversation.as_json(sent_only=True),
        "agent": agent_json(opened.agent),
        "in_context": _messages(context),
        "history": _raw(all_messages(context, history)),
        "memory": {label.name: label_json(label) for label in memory_of(opened).labels},
        "isolated_blocks": None if isolated is None else _blocks(isolated),
        "shared_blocks": None if isinstance(shared, LettaError) else _blocks(shared),
        "unreadable": unreadable(opened, history),
    }


def label_json(label: Label) -> Json:
    """Return the shared, isolated and compiled value of a label, with its state and the reason for it.

    Of memory in files also what is committed, what the record of the prompt has, and what is in the work tree.
    """
    values = {
        "shared": label.shared.value if label.shared else None,
        "isolated": label.isolated.value if label.isolated else None,
        "compiled": label.compiled,
        "state": label.state.value,
        "why": label.why,
    }
    file = label.file
    if file is not None:
        values |= {"committed": file.committed, "recorded": file.recorded, "work_tree": file.work_tree}
    return values


def blocks_json(opened: Opened, labels: Iterable[Label]) -> Json:
    """Return each label with its state, its values, and its blocks as the server sent them."""
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
    """Return two values of a label that differ, each with its name."""
    names = one.names
    return {
        "label": one.label.name,
        "against": one.against,
        "state": one.label.state.value,
        "left": {"name": names[0], "text": one.left},
        "right": {"name": names[1], "text": one.right},
    }


def compared_json(compared: ComparedConversations) -> Json:
    """Return a comparison of two conversations: what they have in common, where they differ, what could not be read.

    Equal messages are given by their ids, others as the server sent them.
    """
    common, at = compared.common, compared.first_difference
    sides = {"first": compared.first, "second": compared.second}
    return {
        **{name: _side(evidence.opened) for name, evidence in sides.items()},
        "whole": compared.whole,
        "shared_messages": compared.shared,
        "common": None if common is None else {"messages": common.rows, "until": to_json(common.until)},
        "first_difference": None if at is None else _first_ids(compared.hunks[at]),
        "facts": [{"name": one.name, "first": one.first, "second": one.second} for one in compared.facts],
        "memory": [
            {"label": one.label, "of": one.of, "first": one.first, "second": one.second}
            for one in compared.memory
        ],
        "messages": [_hunk(hunk) for hunk in compared.hunks],
        "unreadable": {name: unreadable(one.opened, one.history) for name, one in sides.items()},
    }


def _side(opened: Opened) -> Json:
    conversation = opened.conversation
    return {
        "conversation": conversation.id,
        "agent": opened.agent.id,
        "summary": conversation.summary,
        "model": conversation.model or opened.agent.model,
    }


def _first_ids(hunk: Hunk) -> Json:
    sides = {"first": hunk.first, "second": hunk.second}
    return {name: messages[0].id if messages else None for name, messages in sides.items()}


def _hunk(hunk: Hunk) -> Json:
    sides = {"first": hunk.first, "second": hunk.second}
    if hunk.same:
        ids = {name: list(dict.fromkeys(one.id for one in messages)) for name, messages in sides.items()}
        return {"same": True, **ids}
    return {"same": False, **{name: _raw(messages) for name, messages in sides.items()}}


def unreadable(opened: Opened, history: History | LettaError) -> Json:
    """Return the parts that could not be read completely, each with the reasons."""
    parts: dict[str, list[str]] = {}
    for part, reason in _unreadable(opened, history):
        parts.setdefault(part, []).append(reason)
    return {part: "; ".join(reasons) for part, reasons in parts.items()}


def _unreadable(opened: Opened, history: History | LettaError) -> Iterator[tuple[str, str]]:
    context = opened.context
    if isinstance(context, LettaError):
        yield "in_context", context.what
    elif context.ids is None:
        yield "in_context", CONTEXT_NOT_REPORTED
    else:
        yield from (("in_context", f"{one}: {error.what}") for one, error in context.failed.items())
    if isinstance(history, LettaError):
        yield "history", history.what
    else:
        if history.problem is not None:
            yield "history", history.problem.what
        if not history.whole:
            yield "history", "there are more messages than could be read"
    if isinstance(opened.shared, LettaError):
        yield "shared_blocks", opened.shared.what
    if opened.local is not None:
        parts = (opened.local.prompt, opened.local.files)
        yield from (("memory", part.what) for part in parts if isinstance(part, LettaError))
    for block in opened.isolated or ():
        if isinstance(block, LettaError):
            yield "isolated_blocks", block.what


def _messages(context: Context | LettaError) -> list[Any] | None:
    """Raw messages in context order; null if the server does not report which are in context."""
    if isinstance(context, LettaError) or context.ids is None:
        return None
    return _raw(context.messages)


def _raw(messages: tuple[Message, ...] | None) -> list[Any] | None:
    return None if messages is None else [dict(message.raw) for message in messages]


def _block(block: Block | None) -> Json | None:
    return None if block is None else block.as_json(sent_only=True)


def _blocks(blocks: Iterable[Block | LettaError]) -> list[Json]:
    return [block.as_json(sent_only=True) for block in blocks if isinstance(block, Block)]
