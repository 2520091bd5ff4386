"""Findings, items and conversations as plain text, with all control characters made visible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from textwrap import wrap

from tui.model.agent import Agent
from tui.model.conversation import Conversation
from tui.model.errors import LettaError
from tui.model.opened import History, Opened
from tui.model.text import one_line, plural, printable_line, visible
from tui.presentation.conversation_info import NOT_REPORTED, facts_line, title_of
from tui.presentation.item import Item, SideBySide, Text
from tui.presentation.memory_items import MODEL_READS, memory_items
from tui.presentation.table_rows import ID_CHARS
from tui.presentation.times import absolute
from tui.presentation.transcript import message_items, transcript
from tui.presentation.ways_out import Described, Explained
from tui.rules.history import all_messages
from tui.rules.view_state import MemoryMode

WIDTH = 92
"""Columns that sentences are wrapped at; text of the server is not wrapped."""


def findings_text(conversation: Conversation, title: str, agent: Agent, findings: Sequence[Explained]) -> str:
    """Return a conversation with its findings, each with sentence, ids and ways out; "" if there are none."""
    if not findings:
        return ""
    identity = one_line(conversation.id, ID_CHARS)
    lines = [f"{identity}  {one_line(agent.title, 40)} · {one_line(title, 60)}"]
    width = max(len(one.finding.word) for one in findings)
    for one in findings:
        finding = one.finding
        severity = f"{finding.severity.glyph} {finding.severity.value}"
        lines.append(f"  {severity:<9}  {finding.word:<{width}}  {one_line(finding.label, 30)}".rstrip())
        ids = "  ".join(one_line(value, 80) for value in finding.ids.values())
        for text in (visible(finding.sentence), ids):
            lines += [f"    {line}" for line in wrap(text, WIDTH - 4, break_on_hyphens=False)]
        for way in one.ways_out:
            lines += [f"    {line}" for line in _way_out(way)]
    return visible("\n".join([*lines, "", ""]))


def _way_out(way: Described) -> Iterator[str]:
    """The lines of a way out: what it does, then its command."""
    words = f"way out: {way.sentence}" if way.is_way else way.sentence
    yield from wrap(visible(words), WIDTH - 4, break_on_hyphens=False)
    yield from (f"  {line}" for line in way.command.split("\n") if line)


def show_text(opened: Opened, history: History | LettaError, now: datetime) -> str:
    """Return a conversation to read: facts, summary, memory, the messages before the context, and those in it."""
    conversation = opened.conversation
    lines = [f"# {title_of(opened)}", "", facts_line(opened, now)]
    ids = [one_line(one, ID_CHARS) for one in (conversation.id, opened.agent.id)]
    lines += [f"{ids[0]} · {one_line(opened.agent.title, 60)} · {ids[1]}", ""]
    if conversation.summary:
        lines += ["## Summary", "", visible(conversation.summary), ""]
    lines += ["## Memory", ""]
    lines += _items(_memory(opened, now))
    lines += _before(opened, history, now)
    context = opened.context
    if isinstance(context, LettaError):
        lines += ["## In context", "", f"could not be read: {context.what}"]
    else:
        count = NOT_REPORTED if context.ids is None else plural(len(context.ids), "message")
        lines += [f"## In context: {count}", "", *_items(transcript(context, now))]
    return visible("\n".join(lines).rstrip("\n") + "\n")


def _memory(opened: Opened, now: datetime) -> Iterator[Item]:
    """Each label with its texts: the current one, the shared one, and where it differs what the model reads."""
    diffs = {item.key: item for item in memory_items(opened, MemoryMode.COMPILED, now)}
    for item in memory_items(opened, MemoryMode.VALUE, now):
        pairs = [part for part in item.parts if isinstance(part, SideBySide)]
        reads = [
            part
            for part in diffs[item.key].parts
            if isinstance(part, SideBySide) and part.captions[0] == MODEL_READS
        ]
        if reads and not pairs:
            yield diffs[item.key]
        elif reads and pairs[0].captions != reads[0].captions:
            reason, *texts = item.parts
            model = Text(f"[{MODEL_READS}]\n{reads[0].left.source}")
            yield replace(item, parts=(reason, model, *texts))
        elif item.key != "heading":
            yield item


def _before(opened: Opened, history: History | LettaError, now: datetime) -> Iterator[str]:
    messages = all_messages(opened.context, history)
    if messages is None:
        reason = history.what if isinstance(history, LettaError) else ""
        yield from ("## Before the context", "", f"could not be read: {visible(reason)}", "")
        return
    ids = set(() if isinstance(opened.context, LettaError) else opened.context.ids or ())
    evicted = [message for message in messages if message.id not in ids] if ids else []
    if evicted:
        count = plural(len({message.id for message in evicted}), "message")
        yield from (f"## Before the context: {count} that the model no longer reads", "")
        yield from _items(message_items(evicted, None, now))


def _items(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        yield from item_lines(item)


def item_lines(item: Item) -> Iterator[str]:
    """Yield the lines of an item: its head, its whole body indented, an empty line."""
    stated = any(item.copy_id in part.source for part in item.parts if isinstance(part, Text))
    id = "" if stated else item.copy_id
    head = (f"{item.glyph} {item.word}".strip(), item.title, item.head, absolute(item.date), id)
    yield "### " + "  ".join(printable_line(piece) for piece in head if piece)
    for part in item.parts:
        if isinstance(part, Text):
            yield from _indented(part.source)
        else:
            for caption, text in zip(part.captions, (part.left, part.right), strict=True):
                yield f"    [{printable_line(caption)}]"
                yield from _indented(text.source)
    yield ""


def _indented(source: str) -> Iterator[str]:
    return (f"    {line}" for line in visible(source).split("\n"))
