"""Conversations, agents and blocks as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tui.api.rows import Agent, Conversation
from tui.model.text import one_line, size
from tui.presentation.conversation_info import title
from tui.presentation.json_output import agent_json
from tui.presentation.memory_items import GLYPHS
from tui.presentation.times import ago
from tui.rules.memory.isolation import Label, Relation
from tui.rules.paging import Sort

TITLE = 4_000
"""Characters of a summary that one line can hold: more is no title."""

Table = list[list[str]]
Json = dict[str, Any]


def conversation_table(rows: Iterable[Conversation], sort: Sort, now: datetime) -> Table:
    """Id, isolated blocks, the time of the sort, and the whole summary in one line."""
    field = "updated_at" if sort is Sort.LAST_RUN else sort.order_by
    word = "UPDATED" if sort is Sort.LAST_RUN else sort.word.upper()
    return [
        ["CONVERSATION", "▣", word, "SUMMARY"],
        *([row.id, _isolated(row), ago(getattr(row, field), now), _summary(row)] for row in rows),
    ]


def agent_table(agents: Iterable[Agent], now: datetime) -> Table:
    """Id, model, age and name."""
    return [
        ["AGENT", "MODEL", "CREATED", "NAME"],
        *(
            [agent.id, one_line(agent.model or "", 40), ago(agent.created_at, now), one_line(agent.title)]
            for agent in agents
        ),
    ]


def label_table(labels: Iterable[Label]) -> Table:
    """Label, whose block, what the model reads of it, how large it is, and why."""
    return [
        ["", "LABEL", "STATE", "AGAINST SHARED", "CHARS", "WHY"],
        *(
            [
                "▣" if label.isolated else "▢" if label.shared else " ",
                one_line(label.name, 40),
                f"{GLYPHS[label.state]} {label.state.value}",
                "" if label.relation in (Relation.SHARED, Relation.NONE) else label.relation.value,
                _chars(label),
                one_line(label.why),
            ]
            for label in labels
        ),
    ]


def listed_json(row: Conversation | Agent) -> Json:
    """One row as the server sent it; what it did not say is not there, and lists say nothing of the context."""
    held = agent_json(row) if isinstance(row, Agent) else row.as_json(said_only=True)
    held.pop("in_context_message_ids", None)
    return held


def _summary(row: Conversation) -> str:
    text = one_line((row.summary or "")[:TITLE].replace("\ufe0f", ""))
    return text if text and not row.is_default else title(row)


def _isolated(row: Conversation) -> str:
    """How many isolated blocks; nothing where the server does not say, or there are none."""
    return f"{len(row.isolated_block_ids)}" if row.isolated_block_ids else ""


def _chars(label: Label) -> str:
    block = label.block
    if block is None or block.value is None:
        return ""
    over = " !" if label.over else ""
    limit = "" if block.limit is None else f" of {size(block.limit)}"
    return f"{size(len(block.value))}{limit}{over}"
