"""The isolation map: which conversations of an agent hold copies of which labels, and how these stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from tui.api.errors import LettaError
from tui.api.models import Block
from tui.api.rows import Conversation
from tui.model.text import plural
from tui.presentation.item import Beside, Item, Part, Text


class Standing(Enum):
    """How a label stands in a conversation: a glyph, a word, the style, and what it means."""

    SHARED = ("·", "shared", "muted", "reads the agent's shared block")
    SAME = ("=", "same", "shared", "a copy of its own, equal to the shared block")
    DIVERGED = ("≠", "diverged", "isolated", "a copy of its own that differs from the shared block")
    DEAD = ("∅", "dead", "warning", "a copy of its own, of a label that the agent no longer has")
    NONE = (" ", "-", "muted", "no block of this label")
    UNREAD = ("…", "not read", "muted", "an isolated block of this conversation was not read yet")
    UNTOLD = ("?", "untold", "warning", "an isolated block or the shared one could not be read")

    def __init__(self, glyph: str, word: str, tone: str, meaning: str) -> None:
        self.glyph = glyph
        self.word = word
        self.tone = tone
        self.meaning = meaning


@dataclass(frozen=True)
class Place:
    """One cell: a label in a conversation, with the two blocks that it is about."""

    standing: Standing
    isolated: Block | None = None
    shared: Block | None = None

    @property
    def block(self) -> Block | None:
        """The block that the conversation works on."""
        return self.isolated or self.shared


@dataclass(frozen=True)
class Line:
    """One conversation of the map, with a cell per label."""

    conversation: Conversation
    places: Mapping[str, Place]

    @property
    def isolates(self) -> bool:
        """Whether it has isolated blocks, read or not."""
        return bool(self.conversation.isolated_block_ids)


@dataclass(frozen=True)
class Map:
    """Labels by conversations; `unsaid` counts conversations whose isolated blocks the server did not report."""

    labels: tuple[str, ...]
    lines: tuple[Line, ...]
    unsaid: int

    def counts(self) -> dict[Standing, int]:
        """How many cells there are of each standing."""
        found = dict.fromkeys(Standing, 0)
        for line in self.lines:
            for place in line.places.values():
                found[place.standing] += 1
        return found


def wanted(conversations: Iterable[Conversation]) -> tuple[str, ...]:
    """Ids of every isolated block that a map of these conversations needs, each once."""
    return tuple(dict.fromkeys(key for row in conversations for key in row.isolated_block_ids or ()))


def isolation_map(
    conversations: Iterable[Conversation],
    shared: Iterable[Block] | LettaError,
    blocks: Mapping[str, Block | LettaError],
) -> Map:
    """The map of what was read so far: labels of the agent first, dead ones after them."""
    known = None if isinstance(shared, LettaError) else {block.label or "": block for block in shared}
    rows = tuple(conversations)
    alive = sorted(known or {})
    held = {
        block.label or ""
        for row in rows
        for key in row.isolated_block_ids or ()
        if isinstance(block := blocks.get(key), Block)
    }
    names = (*alive, *sorted(held - set(alive)))
    lines = tuple(Line(row, _places(row, names, known, blocks)) for row in rows)
    return Map(names, lines, sum(row.isolated_block_ids is None for row in rows))


def _places(
    row: Conversation,
    names: tuple[str, ...],
    shared: Mapping[str, Block] | None,
    blocks: Mapping[str, Block | LettaError],
) -> dict[str, Place]:
    own: dict[str, Block] = {}
    rest = Standing.SHARED
    for key in row.isolated_block_ids or ():
        block = blocks.get(key)
        if isinstance(block, Block):
            own[block.label or ""] = block
        elif block is None and rest is not Standing.UNTOLD:
            rest = Standing.UNREAD
        else:
            rest = Standing.UNTOLD
    if row.isolated_block_ids is None or shared is None:
        rest = Standing.UNTOLD
    return {
        name: _place(own.get(name), (shared or {}).get(name), rest, known=shared is not None)
        for name in names
    }


def _place(own: Block | None, twin: Block | None, rest: Standing, *, known: bool) -> Place:
    if own is None:
        # A label that the agent lacks can only be a copy: where none is missing, there is none.
        return Place(Standing.NONE if twin is None and rest is Standing.SHARED else rest, None, twin)
    if not known:
        return Place(Standing.UNTOLD, own, None)
    if twin is None:
        return Place(Standing.DEAD, own, None)
    if own.value is None or twin.value is None:
        return Place(Standing.UNTOLD, own, twin)
    return Place(Standing.SAME if own.value == twin.value else Standing.DIVERGED, own, twin)


def place_items(place: Place) -> tuple[Item, ...]:
    """A cell looked into: its isolated block against the shared one, or the only block there is."""
    standing = place.standing
    parts: tuple[Part, ...]
    if place.isolated is not None and place.shared is not None:
        pair = Text(place.shared.value or ""), Text(place.isolated.value or "")
        parts = (Beside(*pair, ("the agent's shared block", "this conversation's copy"), marked=True),)
    else:
        parts = (_value(place.block),)
    note = Text("\n".join(f"┄ {line}" for line in _ids(place)), "muted")
    return (
        Item("cell", standing.glyph, standing.word, standing.tone, "", standing.meaning,
             parts=(*parts, note), copy_id=place.block.id if place.block else ""),
    )  # fmt: skip


def pair_items(label: str, titles: tuple[str, str], pair: tuple[Place, Place]) -> tuple[Item, ...]:
    """The blocks of one label of two conversations, against each other."""
    captions = (f"in {titles[0]}", f"in {titles[1]}")
    texts = [Text((place.block.value if place.block else None) or "") for place in pair]
    equal = all(place.block for place in pair) and texts[0] == texts[1]
    glyph, word, tone = ("=", "same", "shared") if equal else ("≠", "differs", "isolated")
    head = " against ".join(_kind(place) for place in pair)
    ids = "\n".join(f"┄ {place.block.id} ({_kind(place)})" for place in pair if place.block)
    parts = (Beside(texts[0], texts[1], captions, marked=True), Text(ids, "muted"))
    return (Item("pair", glyph, word, tone, label, head, parts=parts),)


def _kind(place: Place) -> str:
    return "isolated" if place.isolated else "shared" if place.shared else "no block"


def _ids(place: Place) -> list[str]:
    kinds = (("isolated", place.isolated), ("shared", place.shared))
    return [f"{block.id} ({kind})" for kind, block in kinds if block is not None]


def _value(block: Block | None) -> Text:
    if block is None:
        return Text("nothing was read here", "muted")
    if block.value is None:
        return Text("the server did not say what it holds", "warning")
    return Text(block.value) if block.value else Text("(empty)", "muted")


def words(map: Map) -> str:
    """ "41 of 300 conversations have isolated blocks · 12 diverged, 2 dead"."""
    if map.lines and map.unsaid == len(map.lines):
        return (
            f"This server does not report isolated blocks, so there is no map of {plural(map.unsaid, 'conversation')}: "
            "Letta before 0.16.4 has none"
        )
    isolating = sum(line.isolates for line in map.lines)
    said = [f"{isolating} of {plural(len(map.lines), 'conversation')} isolate"]
    counts = map.counts()
    told = (Standing.DIVERGED, Standing.SAME, Standing.DEAD, Standing.UNREAD, Standing.UNTOLD)
    said += [f"{counts[standing]} {standing.word}" for standing in told if counts[standing]]
    if map.unsaid:
        said.append(f"{map.unsaid} of which the server does not report isolated blocks")
    return " · ".join(said)
