"""The items that panes show: a head and a body, cut into chunks that are laid out only when visible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tui.model.text import one_line
from tui.presentation.markdown import Mark
from tui.rules.bounded_cache import BoundedCache

if TYPE_CHECKING:
    from tui.presentation.markdown import Mark

CHUNK = 4_000
"""Characters per chunk: enough for most messages, and few enough to be wrapped within a frame."""

PREVIEW_CHARS = 600
"""Characters of a text that its preview is made from."""

NOTE = "note"
"""Key of an item that explains why there are no others; it is centred in its pane."""

LABEL_KEY = "label-"
"""How the key of a memory label begins; the rest is its name."""

LONG_CHARS, LONG_LINES = 3_000, 30
"""A body that exceeds either starts folded."""


@dataclass(frozen=True, slots=True)
class Text:
    """A run of body text: `role` names its style, `markdown` says whether Markdown in it is highlighted.

    `marks` has the roles of parts of each line, for text that was laid out before. With `rendered`, Markdown is shown
    without its signs; copies and exports have the source.
    """

    source: str
    role: str = ""
    markdown: bool = False
    marks: tuple[tuple[Mark, ...], ...] = ()
    rendered: bool = False


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two texts next to each other, or one below the other if there is no room.

    The right one is what is stored now, or this conversation's own; the left one what it is compared to, such as what
    the model reads. What differs is marked with - and + wherever they are next to each other, and with `marked` also
    where there is no room for that. With `context`, equal lines are left out that are further from a difference than so
    many lines. Without captions, something else names the sides. A `pair` is not two versions of one text: nothing is
    marked, and a copy has both.
    """

    left: Text
    right: Text
    captions: tuple[str, str]
    marked: bool = False
    pair: bool = False
    context: int | None = None


Part = Text | SideBySide


class Weight(NamedTuple):
    """How large a body is: its characters, its lines before wrapping, and whether it starts folded."""

    chars: int
    lines: int
    folded: bool

    def rows(self, width: int) -> int:
        """Estimate how many rows it takes, unfolded, at a text width."""
        return max(1, self.lines + self.chars // max(1, width) - (self.lines > 1))


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a pane: a message or a part of it, a block, a fact.

    `key` is stable across refreshes; `tone` names the style of glyph and word; `title` and `head` (a short note) are
    on its first line, the first of `shorter_heads` that fits where the head does not; `preview` is shown instead of the
    body while it is folded; `raw` is what the server sent.
    A message also has the `kind` that it is filtered by, its `date`, its `ids` by name, and is `dimmed` if the model
    does not see it and `failed` if it is an error.
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
    failed: bool = False
    shorter_heads: tuple[str, ...] = ()

    @property
    def weight(self) -> Weight:
        """How large the body is."""
        sizes = [(len(source), source.count("\n") + 1) for part in self.parts for source in sources(part)]
        return Weight(sum(chars for chars, _ in sizes), sum(lines for _, lines in sizes), self.folded)

    @property
    def glimpse(self) -> str:
        """What a folded item shows of its body: its preview, or the start of its text."""
        if self.preview:
            return self.preview
        text = next((part for part in self.parts if isinstance(part, Text)), Text(""))
        start = text.source[:PREVIEW_CHARS]
        if text.rendered:
            from tui.presentation.markdown import render

            start = render(start).text
        return one_line(start, 200)

    @property
    def is_glimpsed_whole(self) -> bool:
        """Whether that is all of the body, so that folding it hides nothing."""
        part = self.parts[0] if len(self.parts) == 1 else None
        return isinstance(part, Text) and not self.preview and self.glimpse == shown(part).source

    @property
    def copied(self) -> str:
        """The text that is copied: the value alone if it is known, or else the whole body."""
        return self.text if self.copy_text is None else self.copy_text

    @property
    def text(self) -> str:
        """The whole body as plain text."""
        return "\n".join(text for part in self.parts for text in _copied(part))

    @property
    def lines(self) -> int:
        """The number of lines of the body before wrapping."""
        return sum(source.count("\n") + 1 for part in self.parts for source in sources(part))


Recipe = tuple[Any, ...]
"""A function that makes an item, and its arguments: a tuple, which takes a hundred bytes less than a partial."""


class LateItem:
    """An item whose text is made on demand, since only a few of ten thousand messages are ever looked at.

    The fields that are needed to filter and to lay out items are set from the start.
    """

    __slots__ = ("_maker", "_recipe", "date", "dimmed", "failed", "key", "spaced", "weight", "word")

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
        failed: bool = False,
    ) -> None:
        self._maker = maker
        self._recipe = recipe
        self.weight = weight
        self.key = key
        self.word = word
        self.spaced = spaced
        self.date = date
        self.dimmed = dimmed
        self.failed = failed

    @property
    def kind(self) -> str:
        """What messages are filtered by."""
        return self.word

    def __getattr__(self, name: str) -> Any:
        """Any other field, from the made item."""
        return getattr(self.made, name)

    @property
    def made(self) -> Item:
        """The whole item."""
        return self._maker.made(self._recipe)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, LateItem) and self.made == other.made)

    __hash__ = None  # type: ignore[assignment]


class ItemMaker:
    """Makes the text of late items, and caches the last ones, so that what is in view is made once.

    The cache has recipes and not the items, which refer to this object: a reference cycle would outlive its use.
    """

    def __init__(self, size: int = 500) -> None:
        self._cache: BoundedCache[int, tuple[Recipe, Item]] = BoundedCache(size)

    def made(self, recipe: Recipe) -> Item:
        """Return the item of a recipe."""
        entry = self._cache.use(id(recipe))
        if entry is None:
            make, *arguments = recipe
            entry = recipe, make(*arguments)
            self._cache.put(id(recipe), entry, 1)
        return entry[1]

    def late(self, *fields: Any) -> Item:
        """Return a late item with these fields, which are the arguments of `LateItem` from `recipe` on."""
        item: Any = LateItem(self, *fields)
        return cast("Item", item)


def _copied(part: Part) -> Iterator[str]:
    if isinstance(part, SideBySide) and not part.pair:
        yield part.right.source
    elif isinstance(part, SideBySide) or part.role != "caption":
        yield from sources(part)


def sources(part: Part) -> Iterator[str]:
    """Yield the one or two texts of a part."""
    if isinstance(part, Text):
        yield part.source
    else:
        yield part.left.source
        yield part.right.source


def shown(text: Text) -> Text:
    """The text as it is shown, to which the positions of chunks and matches refer."""
    from tui.presentation.markdown import MOST, rendered  # imported late: its patterns are compiled

    if not text.rendered or len(text.source) > MOST:
        return text
    source, marks = rendered(text.source)
    return Text(source, text.role, marks=marks)


def is_long(*parts: Part) -> bool:
    """Whether a body of these parts starts folded."""
    texts = [source for part in parts for source in sources(part)]
    return is_large(sum(map(len, texts)), sum(text.count("\n") + 1 for text in texts))


def is_large(chars: int, lines: int) -> bool:
    """Whether a body with this many characters and lines starts folded."""
    return chars > LONG_CHARS or lines > LONG_LINES


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an item that is wrapped in one go; `part` -1 is the single line of a folded item."""

    part: int
    start: int
    end: int
    newlines: int
    first: bool
    last: bool

    def estimate(self, width: int) -> int:
        """Estimate how many rows it takes at a text width; the exact number is known once it is seen."""
        return Weight(self.end - self.start, self.newlines + 1, False).rows(width)


def chunks(item: Item, *, folded: bool) -> list[Chunk]:
    """Cut an item into chunks; a folded one is a single line."""
    return [Chunk(-1, 0, 0, 0, True, True)] if folded or not item.parts else list(_cut(item))


def _cut(item: Item) -> Iterator[Chunk]:
    last_part = len(item.parts) - 1
    for number, part in enumerate(item.parts):
        first = number == 0
        if isinstance(part, SideBySide):
            lines = max(source.count("\n") for source in sources(part))
            size = max(len(source) for source in sources(part))
            yield Chunk(number, 0, size, lines + 1, first, number == last_part)
            continue
        source = shown(part).source
        spans = list(spans_of(source))
        for index, (start, end) in enumerate(spans):
            newlines = source.count("\n", start, end)
            final = number == last_part and index == len(spans) - 1
            yield Chunk(number, start, end, newlines, first and index == 0, final)


def spans_of(source: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets of pieces of at most CHUNK characters, cut at line ends if there are any."""
    start = 0
    while len(source) - start > CHUNK:
        cut = source.rfind("\n", start + 1, start + CHUNK)
        end = start + CHUNK if cut < 0 else cut
        yield start, end
        start = end + (cut >= 0)
    yield start, len(source)
