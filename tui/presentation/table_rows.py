"""Conversations, agents and memory labels as rows of a plain text table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.text import one_line
from tui.presentation.conversation_info import title
from tui.presentation.memory_items import GLYPHS
from tui.presentation.times import ago
from tui.rules.memory.label_states import Label, Relation
from tui.rules.sort_order import Sort

ID_CHARS = 200
"""Characters of an id in a line; those of Letta have 41."""

NAME_CHARS = 30
"""Characters of an agent's name beside its conversation."""

TITLE_CHARS = 4_000
"""Characters of a summary that are read for its line."""

Table = list[list[str]]


def conversation_table(
    rows: Iterable[Conversation], sort: Sort, now: datetime, agents: Mapping[str, str] | None = None
) -> Table:
    """Return the rows with id, isolated blocks, the time that is sorted by, and the summary in one line.

    A column says which are archived, if any of them is, and with names of `agents` by their ids another one whose
    each is.
    """
    rows = tuple(rows)
    field = "updated_at" if sort is Sort.LAST_RUN else sort.order_by
    word = "UPDATED" if sort is Sort.LAST_RUN else sort.word.upper()
    any_archived = any(row.archived for row in rows)
    table = [["CONVERSATION", "▣", word, "ARCHIVED", "SUMMARY"]]
    for row in rows:
        archived = "archived" if row.archived else ""
        time = ago(getattr(row, field), now)
        table.append([one_line(row.id, ID_CHARS), _isolated(row), time, archived, _summary(row)])
    if not any_archived:
        table = [[*cells[:3], cells[4]] for cells in table]
    if agents is None:
        return table
    owners = ["AGENT", *(one_line(agents.get(row.agent_id) or row.agent_id, NAME_CHARS) for row in rows)]
    return [[id, owner, *cells] for (id, *cells), owner in zip(table, owners, strict=True)]


def agent_table(agents: Iterable[Agent], now: datetime) -> Table:
    """Return the rows with id, model, age and name."""
    return [
        ["AGENT", "MODEL", "CREATED", "NAME"],
        *(
            [
                one_line(agent.id, ID_CHARS),
                one_line(agent.model or "", 40),
                ago(agent.created_at, now),
                one_line(agent.title),
            ]
            for agent in agents
        ),
    ]


def label_table(labels: Iterable[Label]) -> Table:
    """Return the rows with label, isolated or shared, state, size, and the reason for the state."""
    return [
        ["", "LABEL", "STATE", "AGAINST SHARED", "CHARS", "WHY"],
        *(
            [
                "▤" if label.file else "▣" if label.isolated else "▢" if label.shared else " ",
                one_line(label.name, 40),
                f"{GLYPHS[label.state]} {label.state.value}",
                "" if label.relation in (Relation.SHARED, Relation.NONE) else label.relation.value,
                _chars(label),
                one_line(label.why),
            ]
            for label in labels
        ),
    ]


def _summary(row: Conversation) -> str:
    text = one_line((row.summary or "")[:TITLE_CHARS].replace("\ufe0f", ""))
    return text if text and not row.is_default else title(row)


def _isolated(row: Conversation) -> str:
    """The number of isolated blocks; "" if there are none or the server does not report them."""
    return f"{len(row.isolated_block_ids)}" if row.isolated_block_ids else ""


def _chars(label: Label) -> str:
    block = label.block
    if block is None or block.value is None:
        return ""
    over = " !" if label.over else ""
    limit = "" if block.limit is None else f" / {block.limit:,}"
    return f"{len(block.value):,}{limit}{over}"
