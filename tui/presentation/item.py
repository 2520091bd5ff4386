"""What a reading pane shows: items with a head and a body, cut into chunks that are laid out only when seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, cast

from tui.model.text import one_line
from tui.rules.bounded_cache import Bounded

CHUNK = 4_000
"""Characters of source per chunk: enough for a message, little enough to wrap within a frame."""

GLIMPSE_READ = 600
"""Characters of a text that its preview is made from."""

LONG_CHARS, LONG_LINES = 3_000, 30
"""A body beyond either is folded at first."""


@dataclass(frozen=True, slots=True)
class Text:
    """A run of body text: `role` names its style, `markdown` whether its marks are highlighted."""

    source: str
    role: str = ""
    markdown: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """Two texts side by side where there is room, under each other where not; `marked` shows what differs.

    `pair` says that the two are no versions of one text: both are copied then.
    """

    left: Text
    right: Text
    captions: tuple[str, str]
    marked: bool = False
    pair: bool = False


Part = Text | Beside


class Weight(NamedTuple):
    """How large a body is before it is laid out: its characters, its lines of source, whether it starts folded."""

    chars: int
    lines: int
    folded: bool

    def rows(self, width: int) -> int:
        """Rows that it probably takes, unfolded, at a text width."""
        return max(1, self.lines + self.chars // max(1, width) - (self.lines > 1))


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in a reading pane: a message part, a block, a fact.

    `key` is stable across refreshes; `tone` names the style of glyph and word; `title` and `head` (a short
    remark) stand on its first line, `preview` for the body of a folded one; `raw` is what the server sent.
    A message also has the `kind` that it is filtered by, its `date`, its `ids` by name, and is `dimmed` where
    the model does not see it.
    """

    key: str
    glyph: str
    word: str
    tone: str = ""
    title: str = ""
    head: str = ""
    head_role: str = "muted"
    preview: str = ""
    parts: tuple[Part, ...] = ()
    folded: bool = False
    spaced: bool = False
    copy_id: str = ""
    copy_text: str | None = None
    raw: object = field(default=None, compare=False, repr=False)
    kind: str = ""
    date: datetime | None = None
    ids: tuple[tuple[str, str], ...] = ()
    dimmed: bool = False

    @property
    def weight(self) -> Weight:
        """How large the body is."""
        sizes = [(len(source), source.count("\n") + 1) for part in self.parts for source in sources(part)]
        return Weight(sum(chars for chars, _ in sizes), sum(lines for _, lines in sizes), self.folded)

    @property
    def glimpse(self) -> str:
        """What a folded one shows of its body, made when it is painted unless it was given."""
        texts = (part.source for part in self.parts if isinstance(part, Text))
        return self.preview or one_line(next(texts, "")[:GLIMPSE_READ], 200)

    @property
    def copied(self) -> str:
        """What a copy of it holds: the value alone where that is known, or else the whole body."""
        return self.text if self.copy_text is None else self.copy_text

    @property
    def text(self) -> str:
        """The whole body as plain text."""
        return "\n".join(text for part in self.parts for text in _copied(part))

    @property
    def lines(self) -> int:
        """How many lines of source the body has."""
        return sum(source.count("\n") + 1 for part in self.parts for source in sources(part))


Recipe = tuple[Any, ...]
"""A function that makes an item, and what it is given: bound together they would take a hundred bytes more."""


class LateItem:
    """An item whose text is made when it is asked for: of ten thousand messages, few are ever looked at.

    What filters, orders and weighs items is there from the start; it has no room of its own for the rest.
    """

    __slots__ = ("_maker", "_recipe", "date", "dimmed", "key", "spaced", "weight", "word")

    def __init__(
        self,
        maker: ItemMaker,
        recipe: Recipe,
        weight: Weight,
        key: str,
        word: str,
        spaced: bool,
        date: datetime | None,
        dimmed: bool,
    ) -> None:
        self._maker = maker
        self._recipe = recipe
        self.weight = weight
        self.key = key
        self.word = word
        self.spaced = spaced
        self.date = date
        self.dimmed = dimmed

    @property
    def kind(self) -> str:
        """What messages are filtered by."""
        return self.word

    def __getattr__(self, name: str) -> Any:
        """A field that is not there yet."""
        return getattr(self.made, name)

    @property
    def made(self) -> Item:
        """The whole item."""
        return self._maker.made(self._recipe)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, LateItem) and self.made == other.made)

    __hash__ = None  # type: ignore[assignment]


class ItemMaker:
    """Makes late items; the last ones that were made are kept, so that what is in view is made once.

    It holds their recipes and not the items, which hold it: a circle would stay until all garbage is looked for.
    """

    def __init__(self, kept: int = 500) -> None:
        self._kept: Bounded[int, tuple[Recipe, Item]] = Bounded(kept)

    def made(self, recipe: Recipe) -> Item:
        """The item of which the text is asked for."""
        kept = self._kept.use(id(recipe))
        if kept is None:
            make, *given = recipe
            kept = recipe, make(*given)
            self._kept.keep(id(recipe), kept, 1)
        return kept[1]

    def late(self, *known: Any) -> Item:
        """An item of which these fields are known, as `LateItem` takes them, and the rest follows from a recipe."""
        found: Any = LateItem(self, *known)
        return cast("Item", found)


def _copied(part: Part) -> Iterator[str]:
    if isinstance(part, Beside) and not part.pair:
        yield part.left.source
    elif isinstance(part, Beside) or part.role != "caption":
        yield from sources(part)


def sources(part: Part) -> Iterator[str]:
    """The one or two texts of a part."""
    if isinstance(part, Text):
        yield part.source
    else:
        yield part.left.source
        yield part.right.source


def is_long(*parts: Part) -> bool:
    """Whether a body of these parts is folded at first."""
    texts = [source for part in parts for source in sources(part)]
    return is_large(sum(map(len, texts)), sum(text.count("\n") + 1 for text in texts))


def is_large(chars: int, lines: int) -> bool:
    """Whether a body of so many characters and lines is folded at first."""
    return chars > LONG_CHARS or lines > LONG_LINES


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one item, small enough to wrap in one go; `part` -1 is a folded item's single line."""

    part: int
    start: int
    end: int
    newlines: int
    first: bool
    last: bool

    def estimate(self, width: int) -> int:
        """Rows that this chunk probably takes at a text width; exact rows come when it is seen."""
        return Weight(self.end - self.start, self.newlines + 1, False).rows(width)


def chunks(item: Item, *, folded: bool) -> list[Chunk]:
    """An item cut into chunks, a folded one into one line."""
    return [Chunk(-1, 0, 0, 0, True, True)] if folded or not item.parts else list(_cut(item))


def _cut(item: Item) -> Iterator[Chunk]:
    last_part = len(item.parts) - 1
    for number, part in enumerate(item.parts):
        first = number == 0
        if isinstance(part, Beside):
            lines = max(source.count("\n") for source in sources(part))
            size = max(len(source) for source in sources(part))
            yield Chunk(number, 0, size, lines + 1, first, number == last_part)
            continue
        spans = list(spans_of(part.source))
        for place, (start, end) in enumerate(spans):
            newlines = part.source.count("\n", start, end)
            final = number == last_part and place == len(spans) - 1
            yield Chunk(number, start, end, newlines, first and place == 0, final)


def spans_of(source: str) -> Iterator[tuple[int, int]]:
    """Offsets of pieces of at most about CHUNK characters, cut after line ends where there are any."""
    start = 0
    while len(source) - start > CHUNK:
        cut = source.rfind("\n", start + 1, start + CHUNK)
        end = start + CHUNK if cut < 0 else cut
        yield start, end
        start = end + (cut >= 0)
    yield start, len(source)
