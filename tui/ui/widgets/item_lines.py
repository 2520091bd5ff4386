"""Lays out a chunk of an item as lines: the gutter with glyph and word, the wrapped and highlighted text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from tui.model.text import plural, visible
from tui.presentation.find import Match, Pattern
from tui.presentation.item import Chunk, Item, SideBySide, Text, shown
from tui.presentation.markdown import Mark, code_marks, open_fence, prose_marks
from tui.presentation.times import time_of_day
from tui.ui.widgets.line_cache import Line
from tui.ui.widgets.side_by_side import beside_lines

if TYPE_CHECKING:
    from tui.ui.widgets.line_view import LineView

GUTTER = 17
READABLE = 100

LEAST_GLIMPSE = 6
"""Minimum columns, with the gap before it, for a glimpse after a head that is shown whole."""

STAMPED_FROM = 76
"""Width from which each message shows its time at the right."""


class ItemLayout:
    """Lays out chunks for one width with the styles of one view; `bare` omits heads and gutter."""

    def __init__(self, view: LineView) -> None:
        self._view = view
        self.width = 0
        self.bare = False
        self.pattern: Pattern | None = None
        self.current: tuple[str, Match] | None = None
        """The highlighted match, with the key of its item."""

    @property
    def gutter(self) -> int:
        """Columns for glyph and word; in a narrow view the text is below them, indented."""
        return 1 if self.bare else GUTTER if self.width >= 56 else 3

    @property
    def body_width(self) -> int:
        """Columns for text, limited to a readable width."""
        room = self.width - self.gutter - 1
        return max(8, room if self.bare else min(READABLE, room))

    def lines(self, item: Item, chunk: Chunk, *, folded: bool, above: str | None) -> list[Line]:
        """The lines of a chunk; `above` is the line before the item, None for no line."""
        lines = list(self._body(item, chunk))
        if item.tone == "boundary":
            lines = [self._rule(item.head)]
        elif chunk.first:
            lines = self._with_head(item, lines, folded=folded)
        else:
            lines = [self._indented(line) for line in lines]
        if item.dimmed:
            lines = [line.stylize(self._view.tint("dimmed")) for line in lines]
        lines = [self._marked(line) for line in lines]
        if chunk.first and self._stamp_width(item):
            lines[0] = self._stamped(lines[0], item)
        if above is not None and chunk.first:
            date = f"{' ' * self.gutter}── {above} ──" if above else ""
            lines.insert(0, Content.assemble((date, self._view.tint("muted"))))
        return [self._view.line_of(line, self.width) for line in lines]

    def _stamp_width(self, item: Item) -> int:
        """Columns reserved for the time of a message, if there is room."""
        if item.date is None or self.bare or self.width < STAMPED_FROM:
            return 0
        return len(time_of_day(item.date)) + 2

    def _stamped(self, line: Content, item: Item) -> Content:
        """The first line of a message with its time at the right, no further out than the text reaches."""
        assert item.date is not None
        stamp = time_of_day(item.date)
        left = min(self.width - 1, self.gutter + READABLE + len(stamp)) - len(stamp)
        if line.cell_length >= left:
            return line
        return Content.assemble(line.pad_right(left - line.cell_length), (stamp, self._view.tint("muted")))

    def _rule(self, words: str) -> Content:
        """A line across the view with words in it."""
        line = f"══ {visible(words)} "
        return Content.assemble((line.ljust(self.width, "═"), self._view.tint("boundary")))

    def _marked(self, line: Content) -> Content:
        """Highlight the matches in a line; the current match is highlighted already."""
        if self.pattern is None:
            return line
        tint = self._view.tint("match")
        for match in self.pattern.finditer(line.plain, self.gutter):
            line = line.stylize_before(tint, *match.span())
        return line

    def rows_above(self, item: Item, chunk: Chunk, match: Match, *, above: str | None) -> int:
        """The number of lines of a chunk above the one with the match."""
        part = item.parts[chunk.part]
        if isinstance(part, SideBySide):
            source = (part.left, part.right)[match.side].source
            return any(part.captions) + source.count("\n", 0, match.start)
        upto = replace(chunk, end=match.start)
        return len(self.lines(item, upto, folded=False, above=above)) - 1

    def rows_above_change(self, item: Item, chunk: Chunk, *, above: str | None) -> int:
        """The number of lines of a chunk above its first difference; 0 if it shows none."""
        marks = [self._view.tint("removed"), self._view.tint("added")]
        body = list(self._body(item, chunk))
        for row, line in enumerate(body):
            if any(span.style in marks for span in line.spans):
                return row + len(self.lines(item, chunk, folded=False, above=above)) - len(body)
        return 0

    def _indented(self, line: Content) -> Content:
        return Content(" " * self.gutter) + line

    def _with_head(self, item: Item, body: list[Content], *, folded: bool) -> list[Content]:
        """Add glyph and word to the first line, before title and head, or before the first line of the text."""
        if self.bare:
            return [self._indented(line) for line in body]
        label = f"{visible(item.glyph)} {visible(item.word)}"
        mark = Content.assemble((label, self._view.tint(item.tone)))
        narrow = self.gutter < GUTTER
        before = mark.cell_length + 2 if narrow else self.gutter + 1
        head = self._head(item, folded=folded, room=self.width - before)
        if narrow:
            first = Content.assemble(mark, "  ", head).truncate(self.width, ellipsis=True)
            return [first, *map(self._indented, body)]
        gap = " " * max(1, self.gutter - mark.cell_length)
        if not head.plain and body:
            return [Content.assemble(mark, gap, body[0]), *map(self._indented, body[1:])]
        first = Content.assemble(mark, gap, head).truncate(self.width - 1, ellipsis=True)
        return [first, *map(self._indented, body)]

    def _head(self, item: Item, *, folded: bool, room: int) -> Content:
        """Title, head and, if the item is folded, a glimpse of its text, in `room` columns."""
        tint = self._view.tint
        tail = (
            Content.assemble((f"▸ {plural(item.lines, 'line')}", tint("accent"))) if folded else Content("")
        )
        if folded:
            room -= 1 + self._stamp_width(item)
        title, head = self._fitted(item, room - (tail.cell_length + 2 if folded else 0))
        pieces = [(visible(title), tint("title")), (visible(head), tint(item.head_role))]
        used = sum(Content(text).cell_length + 2 for text, _ in pieces) + tail.cell_length
        if folded and not (item.shorter_heads and room - used < LEAST_GLIMPSE):
            pieces.append((visible(item.glimpse), tint("muted") if title or head else tint("")))
        front = Content("  ").join([Content.assemble(piece) for piece in pieces if piece[0]])
        if not folded or (item.is_glimpsed_whole and front.cell_length <= room):
            return front
        front = front.truncate(max(8, room - tail.cell_length - 2), ellipsis=True)
        return Content("  ").join([front, tail] if front.plain else [tail])

    def _fitted(self, item: Item, room: int) -> tuple[str, str]:
        """Title and head: the first of the heads that fits, and the title cut to leave room for it."""
        if not item.shorter_heads:
            return item.title, item.head
        title = Content(visible(item.title))
        left = room - title.cell_length - 2
        heads = (item.head, *item.shorter_heads)
        head = next((one for one in heads if Content(visible(one)).cell_length <= left), heads[-1])
        most = max(8, room - Content(visible(head)).cell_length - 2)
        return title.truncate(most, ellipsis=True).plain, head

    def _body(self, item: Item, chunk: Chunk) -> Iterator[Content]:
        if chunk.part < 0:
            return
        part = item.parts[chunk.part]
        if isinstance(part, SideBySide):
            room = self.width - self.gutter - 1
            yield from beside_lines(part, room, self._view.tint, partial(self._side, item, chunk, part))
        else:
            current = self._current_in(item, chunk.part, 0)
            width = max(8, self.body_width - self._stamp_width(item))
            yield from self._text(shown(part), chunk.start, chunk.end, width, current)

    def _current_in(self, item: Item, part: int, side: int) -> int:
        """The offset in a text at which the current match starts, or -1."""
        if self.current is None:
            return -1
        key, match = self.current
        return match.start if (key, match.part, match.side) == (item.key, part, side) else -1

    def _side(self, item: Item, chunk: Chunk, part: SideBySide, text: Text, width: int) -> Iterator[Content]:
        current = self._current_in(item, chunk.part, int(text is part.right))
        return self._text(text, 0, len(text.source), width, current)

    def _text(self, text: Text, start: int, end: int, width: int, current: int) -> Iterator[Content]:
        fenced = text.markdown and start > 0 and open_fence(text.source, start)
        role = self._view.tint(text.role if text.role != "code" else "")
        source = visible(text.source[start:end])
        offset = current - start if len(source) == end - start else -1
        above = text.source.count("\n", 0, start) if text.marks else 0
        for number, line in enumerate(source.split("\n"), start=above):
            marks: Sequence[Mark] = ()
            if text.marks:
                marks = text.marks[number]
            elif text.markdown:
                marks, fenced = prose_marks(line, fenced=fenced)
            elif text.role == "code":
                marks = code_marks(line)
            content = Content(line).stylize(role)
            for begin, stop, name in marks:
                content = content.stylize(self._view.tint(name), begin, stop)
            match = self.pattern.match(line, offset) if self.pattern and 0 <= offset < len(line) else None
            if match is not None:
                content = content.stylize(self._view.tint("match-current"), *match.span())
            offset -= len(line) + 1
            yield from content.wrap(width) if line else (Content(),)
