"""One line of the list: a conversation as pieces of text, each with a role."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content
from textual.strip import Strip

from tui.presentation.conversation_info import title
from tui.presentation.times import short

if TYPE_CHECKING:
    from tui.model.conversation import Conversation

ABSOLUTE_FROM = 66
"""Width from which the absolute time is shown next to the relative one."""

AGENT = 18
"""Maximum width of an agent's name."""

LEAST = 4
"""Minimum width of a title."""

Piece = tuple[str, str]


class Look(NamedTuple):
    """Everything that the line of a row depends on, except the row itself."""

    width: int
    when: datetime | None
    ago: str
    absolute: bool
    stand_in: str
    drafted: bool
    marked: bool
    here: bool
    focused: bool
    pinned: bool = False
    agent: str = ""
    """The name of the row's agent, in the list of all agents."""
    agent_width: int = 0
    """The width of the longest agent name."""


class Drawn(NamedTuple):
    """The drawn line of a row, and the values that it was drawn from."""

    row: Conversation
    look: Look
    strip: Strip


def pieces(row: Conversation, look: Look, width: int) -> list[Piece]:
    """Return marks, title and tail of a row, in `width` cells if possible."""
    blocks, time = _tail(row, look, width)
    pin = "⚲ " if look.pinned else ""
    archived = "▽ " if row.archived else ""
    agent, agent_cells = _agent(look, width)
    tail = 1 + len(pin) + agent_cells + len(archived) + len(blocks) + len(time)
    name, cells = _cut(title(row, look.stand_in), max(LEAST, width - 3 - tail))
    untitled = not row.is_default and not (row.summary or "").strip()
    pad = " " * (width - 3 - cells - tail + 1)
    shown = [*_marks(row, look), (pin, "accent"), (name, "untitled" if untitled else ""), (pad, "")]
    end = [(archived, "muted"), (blocks, "accent"), (agent, "muted"), (time, "muted"), (" ", "")]
    return _joined([*shown, *end])


def _agent(look: Look, width: int) -> tuple[str, int]:
    """The column with the name of the row's agent and a blank, and its width; at most a quarter of the row."""
    if not look.agent:
        return "", 0
    room = max(LEAST, min(AGENT, width // 4, look.agent_width))
    name, cells = _cut(look.agent, room)
    return f"{name}{' ' * (room - cells)} ", room + 1


def _joined(parts: list[Piece]) -> list[Piece]:
    """Merge neighbours with the same role: each change of role sends bytes to the terminal."""
    joined: list[Piece] = []
    for text, role in parts:
        if joined and joined[-1][1] == role:
            joined[-1] = joined[-1][0] + text, role
        elif text:
            joined.append((text, role))
    return joined


def _marks(row: Conversation, look: Look) -> list[Piece]:
    """Two columns: the mark, and the glyph of a draft or of the default conversation, next to it or in its place."""
    mark = "◆" if row.is_default else "✎" if look.drafted else " "
    role = "accent" if row.is_default else "warning" if look.drafted else ""
    second = mark if look.marked and look.drafted else " "
    return [("●", "accent") if look.marked else (mark, role), (second, role)]


def _tail(row: Conversation, look: Look, width: int) -> Piece:
    """The number of isolated blocks, if known; whether the row is hidden; the time that the list is sorted by."""
    blocks = f"▣{len(row.isolated_block_ids)} " if row.isolated_block_ids else ""
    blocks += "hidden " if row.is_hidden else ""
    time = f"{look.ago:>7}"
    if width >= ABSOLUTE_FROM and not look.absolute and look.when is not None:
        time = f"{short(look.when)} {time}"
    return blocks, time


def _cut(text: str, room: int) -> tuple[str, int]:
    """The text cut to `room` cells, and its width; printable ASCII needs no measuring of each character."""
    if text.isascii() and text.isprintable():
        return (text, len(text)) if len(text) <= room else (f"{text[: room - 1]}…", room)
    cut = Content(text).truncate(room, ellipsis=True)
    return cut.plain, cut.cell_length
