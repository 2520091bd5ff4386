"""A comparison of two conversations as items and text: model and memory, then messages; equal parts are folded.

As in every diff, `-` is the first one and `+` the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import SequenceMatcher, unified_diff
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from tui.model.errors import LettaError
from tui.model.text import one_line, plural
from tui.presentation.conversation_info import NOT_SET, title_of
from tui.presentation.item import Item, ItemMaker, Part, Recipe, SideBySide, Text, Weight, is_long
from tui.presentation.message_types import MESSAGE_STYLES
from tui.presentation.times import absolute, short
from tui.presentation.transcript import message_items

if TYPE_CHECKING:
    from tui.model.opened import Evidence
    from tui.rules.compare_conversations import ComparedConversations, FactDifference, Hunk, MemoryDifference

BESIDE = 20_000
"""Maximum number of characters of a message to compare word by word; longer texts are shown one below the other."""

PAIRED = 200
"""Maximum number of messages of a turn to pair by type; those of longer turns are paired in order."""

NONE: Sequence[Item] = ()
NO_CAPTIONS = ("", "")
USER = MESSAGE_STYLES["user_message"][1]
GLYPHS = {(True, True): "≠", (True, False): "-", (False, True): "+"}
TONES = {"≠": "warning", "-": "removed", "+": "added"}

STATED = ("tool", "approval")
"""Tones of items whose head begins with a state such as success, error, approved or denied."""

READ_BY = "what the model reads"


class Shown(NamedTuple):
    """The items of a comparison, the indexes at which a difference begins, and the index to show first."""

    items: tuple[Item, ...]
    differences: tuple[int, ...]
    first: int


def compared_items(compared: ComparedConversations, now: datetime) -> Shown:
    """Return the items of a comparison: agent, model and memory where they differ, then all messages."""
    items = [*_notices(compared), *map(_fact_item, compared.facts), *map(_memory_item, compared.memory)]
    differences = [at for at, item in enumerate(items) if item.key.startswith(("fact-", "memory-"))]
    first = differences[0] if differences else 0
    maker = ItemMaker()
    if compared.common is None and compared.hunks:
        items.append(Item("apart", "≠", "beginning", "muted", head="no messages in common at the beginning"))
    for number, hunk in enumerate(compared.hunks):
        if not hunk.same:
            if number == compared.first_difference:
                first = len(items)
            differences.append(len(items))
        items += _hunk_items(hunk, f"hunk-{number}", maker, now, folded=hunk is compared.earlier)
    if not compared.hunks:
        items.append(Item("empty", "·", "messages", "muted", head="neither conversation has any"))
    return Shown(tuple(items), tuple(differences), first)


def names_lines(compared: ComparedConversations) -> tuple[str, str]:
    """Return the two lines that name what `-` and `+` stand for."""
    return f"- {_name(compared.first)}", f"+ {_name(compared.second)}"


def _name(evidence: Evidence) -> str:
    opened = evidence.opened
    return f"{one_line(title_of(opened), 60)} · {one_line(opened.conversation.id, 60)}"


def differences_text(compared: ComparedConversations) -> str:
    """ "same: 12 messages, until 2026-03-14 09:00 · 1 difference in the model, 2 in memory, 3 in messages"."""
    counts = (
        (len(compared.facts), "in the model"),
        (len(compared.memory), "in memory"),
        (sum(not hunk.same for hunk in compared.hunks), "in messages"),
    )
    pieces = [f"{count} {where}" for count, where in counts if count]
    if pieces:
        number, _, rest = pieces[0].partition(" ")
        pieces[0] = f"{plural(int(number), 'difference')} {rest}"
    parts = [f"same: {extent_text(compared.common)}"] if compared.common is not None else []
    parts += [f"{plural(compared.shared, 'message')} shared"] if compared.shared else []
    return " · ".join([*parts, ", ".join(pieces) or "no differences"])


def extent_text(hunk: Hunk) -> str:
    """ "12 messages, until 2026-03-14 09:00"."""
    until = f", until {short(hunk.until)}" if hunk.until is not None else ""
    return f"{plural(hunk.rows, 'message')}{until}"


# model and memory


def _notices(compared: ComparedConversations) -> Iterator[Item]:
    """Items about parts that could not be read, and were therefore not compared."""
    for mark, evidence in (("-", compared.first), ("+", compared.second)):
        for part in evidence.parts:
            if isinstance(part, LettaError):
                yield _notice(f"{mark} not compared: {part.what}")
        history = evidence.history
        if not isinstance(history, LettaError):
            if history.problem is not None:
                yield _notice(
                    f"{mark} messages of the conversation it was forked from: {history.problem.what}"
                )
            if not history.whole:
                yield _notice(f"{mark} there are more messages than could be read")
    if not compared.whole:
        yield _notice(
            "Only the messages in context are compared, since a history could not be read completely"
        )


def _notice(text: str) -> Item:
    return Item(f"notice-{text}", "!", "not read", "warning", parts=(Text(text, "warning"),), copy_text=text)


def _fact_item(fact: FactDifference) -> Item:
    sides = Text(fact.first or NOT_SET), Text(fact.second or NOT_SET)
    return _differing(f"fact-{fact.name}", fact.name, "", *sides)


def _memory_item(difference: MemoryDifference) -> Item:
    """A label whose value differs; a side without the label has no text."""
    first, second = difference.first, difference.second
    of = READ_BY if difference.of == "model" else " against ".join(difference.kinds)
    only = "only in the first" if second is None else "only in the second" if first is None else ""
    head = " · ".join(filter(None, (of, only)))
    key = f"memory-{difference.of}-{difference.label}"
    item = _differing(key, "memory", head, Text(first or ""), Text(second or ""))
    return replace(item, title=one_line(difference.label, 60) or "(no label)")


def _differing(key: str, word: str, head: str, left: Text, right: Text) -> Item:
    parts = _beside(left, right)
    return Item(
        key, "≠", word, "warning", head=head, parts=parts, folded=is_long(*parts), copy_id=right.source
    )


def _beside(left: Text, right: Text) -> tuple[Part, ...]:
    """Two texts as a diff; large ones one below the other, since a diff is laid out in one go."""
    if max(len(left.source), len(right.source)) <= BESIDE:
        return (SideBySide(left, right, NO_CAPTIONS, marked=True),)
    pieces: list[Part] = []
    for mark, text in (("-", left), ("+", right)):
        pieces += [Text(f"┄ {mark}", "caption"), text] if text.source else []
    return tuple(pieces)


# messages


def _hunk_items(hunk: Hunk, key: str, maker: ItemMaker, now: datetime, *, folded: bool) -> Iterator[Item]:
    """The items of a hunk: one item if it is the same on both sides or `folded`, else one per message or pair."""
    if hunk.same or folded:
        # Its text is made when it is unfolded; until then there is only one line to lay out.
        count = len(hunk.first or hunk.second)
        weight, word = Weight(count * 80, 2 * count, folded=True), "same" if hunk.same else "earlier"
        recipe: Recipe = (_folded_item, hunk, key, word, now)
        yield maker.late(recipe, weight, key, word, False, None, False)
        return
    sides = [list(message_items(messages, None, now)) for messages in (hunk.first, hunk.second)]
    for number, (left, right) in enumerate(_pairs(*sides)):
        one = left or right
        assert one is not None
        weights = [item.weight for item in (left, right) if item is not None]
        chars, lines = sum(weight.chars for weight in weights), sum(weight.lines for weight in weights)
        weight = Weight(chars, lines, any(weight.folded for weight in weights))
        recipe = (_pair_item, left, right, f"{key}.{number}", weight.folded)
        yield maker.late(recipe, weight, f"{key}.{number}", one.word, False, one.date, False)


def _folded_item(hunk: Hunk, key: str, word: str, now: datetime) -> Item:
    """Messages that both have, or that only one has before the common beginning, folded to one line."""
    items = list(message_items(hunk.first or hunk.second, None, now))
    parts = tuple(part for item in items for part in (Text(_caption(item), "caption"), Text(_said(item))))
    glyph = "=" if hunk.same else GLYPHS[bool(hunk.first), bool(hunk.second)]
    only = "" if hunk.same else f"only in the {'first' if hunk.first else 'second'}"
    head = " · ".join(filter(None, (extent_text(hunk), only)))
    preview = one_line(items[-1].text, 100) or items[-1].word
    tone = TONES.get(glyph, "muted")
    return Item(key, glyph, word, tone, head=head, preview=preview, parts=parts, folded=True, copy_id=head)


def _caption(item: Item) -> str:
    return "  ".join(filter(None, (f"┄ {item.glyph} {item.word}", absolute(item.date))))


def _pair_item(left: Item | None, right: Item | None, key: str, folded: bool) -> Item:
    """A message that only one conversation has, or two that differ."""
    one = left or right
    assert one is not None
    glyph = GLYPHS[left is not None, right is not None]
    texts = [Text("" if item is None else _said(item)) for item in (left, right)]
    ids = [item.copy_id for item in (left, right) if item is not None]
    return Item(
        key,
        glyph,
        one.word,
        TONES[glyph],
        parts=_beside(texts[0], texts[1]),
        folded=folded,
        copy_id="\n".join(ids),
        copy_text="\n".join(text.source for text in texts if text.source),
        raw=[item.raw for item in (left, right) if item is not None],
        date=one.date,
    )


def _said(item: Item) -> str:
    """The content of a message: the name and state of a tool or approval, then the text."""
    state = item.head.partition(" · ")[0] if item.tone in STATED else ""
    lead = "  ".join(filter(None, (item.title, state)))
    return "\n".join(filter(None, (lead, item.text))) or item.head


def _pairs(first: Sequence[Item], second: Sequence[Item]) -> Iterator[tuple[Item | None, Item | None]]:
    """Pair each message with the one of the same type in the same turn; None where there is none."""
    for ours, theirs in zip_longest(_turns(first), _turns(second), fillvalue=NONE):
        if max(len(ours), len(theirs)) > PAIRED:
            yield from zip_longest(ours, theirs)
            continue
        words = [item.word for item in ours], [item.word for item in theirs]
        for operation, a, b, c, d in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
            if operation == "equal":
                yield from zip(ours[a:b], theirs[c:d], strict=True)
            else:
                yield from ((item, None) for item in ours[a:b])
                yield from ((None, item) for item in theirs[c:d])


def _turns(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    """Yield the messages before the first user message, then each user message with those that follow it."""
    turn: list[Item] = []
    for item in items:
        if item.word == USER:
            yield turn
            turn = []
        turn.append(item)
    yield turn


# without a screen


def compared_text(compared: ComparedConversations, now: datetime) -> str:
    """Return the differences as text for programs, in the form of a unified diff; "" if there are none."""
    return "".join(f"{line}\n" for line in _lines(compared, now)) if compared.differs else ""


def _lines(compared: ComparedConversations, now: datetime) -> Iterator[str]:
    for mark, evidence in (("---", compared.first), ("+++", compared.second)):
        opened = evidence.opened
        yield f"{mark} {one_line(opened.conversation.id, 60)}  {one_line(title_of(opened), 60)}"
    for fact in compared.facts:
        yield from _diff_lines(fact.name, fact.first or NOT_SET, fact.second or NOT_SET)
    for one in compared.memory:
        of = READ_BY if one.of == "model" else " against ".join(one.kinds)
        name = f"memory {one_line(one.label, 60)}: {of}"
        yield from _diff_lines(name, one.first or "", one.second or "")
    for hunk in compared.hunks:
        if hunk.same:
            yield f"@@ same: {extent_text(hunk)} @@"
        for mark, messages in (("-", hunk.first), ("+", hunk.second)):
            for item in () if hunk.same else message_items(messages, None, now):
                head = f"{item.glyph} {item.word}", absolute(item.date), one_line(item.copy_id, 80)
                yield f"{mark} {'  '.join(filter(None, head))}"
                yield from (f"{mark}{line}" for line in _said(item).split("\n"))


def _diff_lines(name: str, first: str, second: str) -> Iterator[str]:
    yield f"@@ {name} @@"
    lines = unified_diff(first.splitlines(), second.splitlines(), lineterm="")
    yield from (line for line in lines if not line.startswith(("---", "+++", "@@")))
