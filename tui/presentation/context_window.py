"""The context window as items and text: its gauge, a bar for each part, a plot of its size, and the waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, log1p
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.model.errors import LettaError
from tui.model.text import one_line, plural, size, visible
from tui.presentation.conversation_info import NOT_REPORTED
from tui.presentation.item import Item, Text, sources
from tui.presentation.message_types import message_style
from tui.presentation.text_table import cut
from tui.presentation.times import short
from tui.rules.context_life import LEAST_GAP, SizePoint, Wait, WaitKind
from tui.rules.context_window import (
    CountedBy,
    PartKind,
    context_limit,
    is_count_of,
    limit_counted,
    split,
    tokens_used,
)

if TYPE_CHECKING:
    from datetime import datetime

    from tui.model.opened import Opened
    from tui.model.trace import ContextSize
    from tui.rules.context_life import ContextReading
    from tui.rules.context_window import ContextWindow, Part

GAUGE = 5
"""Cells of the gauge in the facts."""

BEHIND_BAR = 40
"""Columns to the right of a bar, for numbers and a name."""

SHORTEST, LONGEST = 6, 40
PLOT_ROWS = 8
PLAIN_COLUMNS = 80
"""Width of plain text that is written to a program or a file."""

WORDS = 17
"""Columns for glyph and word in plain text."""

NOTES = ("counted", "no-life")
"""Keys of items whose body is prose, which is wrapped in plain text."""

AXIS = 9
"""Columns for the numbers beside a plot."""

WIDEST_PLOT = 90

PART_STYLES = {
    PartKind.SYSTEM: ("⚙", "system", "system"),
    PartKind.MEMORY: ("▢", "memory", "shared"),
    PartKind.METADATA: ("▤", "metadata", "muted"),
    PartKind.FILES: ("▤", "files", "muted"),
    PartKind.RULES: ("⚒", "rules", "tool"),
    PartKind.SUMMARY: ("≡", "summary", "summary"),
    PartKind.MESSAGES: ("▪", "messages", "user"),
    PartKind.TOOLS: ("⚒", "tools", "tool"),
    PartKind.REST: ("·", "rest", "muted"),
}
"""Glyph, word and tone of each kind of part."""

WAIT_STYLES = {WaitKind.GAP: ("◦", "gap", "muted"), WaitKind.TOOL: ("◂", "tool", "tool")}

COUNTED = {
    CountedBy.SERVER: "counted by the server",
    CountedBy.MODEL: "counted by the model at its last call",
    CountedBy.ESTIMATE: "estimated at 4 characters a token",
}
SPLIT = (
    "The server reports one count for all of memory and one for all messages: the shares of labels and types in these "
    "are estimated from their characters."
)
OTHER_MEMORY = (
    "It counts the agent's shared blocks as it would compile them now, which is not what this conversation's model "
    "reads: see Memory."
)
BY_MODEL = "The parts are estimated at 4 characters a token. The rest is what remains of the model's count."
ESTIMATED = (
    "This server does not count the tokens of a conversation: every number is an estimate, at 4 characters a "
    "token."
)
NO_TOOLS = "Tool definitions take tokens too; how many is not reported."
OF_USED = "The percentages of the parts are shares of what is used."
REASONING = "Reasoning is counted only where it is sent back to the model."


class Signs(NamedTuple):
    """The characters of bars and plots; `steps` are the heights of a plot's cell, lowest first."""

    filled: str
    empty: str
    steps: str
    corner: str
    line: str
    mark: str


BLOCKS = Signs("▇", "▁", "▁▂▃▄▅▆▇█", "└", "─", "▼")
ASCII = Signs("#", ".", "#", "+", "-", "v")
"""For NO_COLOR and the terminal's own colours, where the font may lack block characters."""


def signs(*, plain: bool) -> Signs:
    """Return the characters to draw with; `plain` is for terminals that may show only ASCII."""
    return ASCII if plain else BLOCKS


def bar(part: float, whole: float, width: int, drawn: Signs = BLOCKS) -> str:
    """Return a bar of `width` cells; it is empty only for nothing, and full only for everything or more."""
    cells = 0 if whole <= 0 or part <= 0 else max(1, ceil(width * (min(part, whole) / whole)))
    if cells == width and part < whole and width > 1:
        cells -= 1
    return drawn.filled * cells + drawn.empty * (width - cells)


def percent(part: int, whole: int) -> str:
    """Return a share in whole percent; whatever the rounding, only nothing is 0 % and only everything is 100 %."""
    if part <= 0 or whole <= 0:
        return "0 %"
    if part * 100 < whole:
        return "<1 %"
    rounded = round(part * 100 / whole)
    return f"{min(rounded, 99) if part < whole else rounded} %"


def gauge(used: int, limit: int | None, counted_by: CountedBy, drawn: Signs = BLOCKS) -> str:
    """ "▇▇▇▇▁ 62 %", with "about" for an estimate; only the tokens if the limit is not reported."""
    if limit is None:
        return f"{_about(counted_by)}{size(used)} tokens, limit {NOT_REPORTED}"
    cells = bar(used, limit, GAUGE, drawn)
    cells = f"[{cells}]" if drawn is ASCII else cells
    return f"{cells} {about_percent(used, limit, counted_by)}"


def about_percent(used: int, limit: int, counted_by: CountedBy) -> str:
    """ "62 %", or "about 62 %" for an estimate; both can be "<1 %"."""
    share = percent(used, limit)
    return share if share.startswith("<") else f"{_about(counted_by)}{share}"


def _about(counted_by: CountedBy) -> str:
    return "about " if counted_by is CountedBy.ESTIMATE else ""


def gauge_text(opened: Opened, counted: ContextSize | None = None, *, plain: bool = False) -> str:
    """Return the gauge of a conversation for its facts, by the server's count if that was read; "" if unknown."""
    drawn = signs(plain=plain)
    if counted is not None and counted.context_window_size_current >= 0 and is_count_of(opened, counted):
        used, limit = counted.context_window_size_current, limit_counted(opened, counted)
        return gauge(used, limit, CountedBy.SERVER, drawn)
    known = tokens_used(opened)
    return "" if known is None else gauge(known[0], context_limit(opened), known[1], drawn)


def window_items(window: ContextWindow, columns: int, *, plain: bool = False) -> tuple[Item, ...]:
    """Return the items of a context window: used and free, each part of what is used, and how it was counted.

    Bars fit into `columns`.
    """
    drawn, width = signs(plain=plain), bar_width(columns)
    items = [*_totals(window, width, drawn)]
    for index, (part, share) in enumerate(zip(window.parts, window.shares, strict=True)):
        glyph, word, tone = _part_style(part)
        head = _line(part.tokens, window.used, share, width, drawn, _part_name(part))
        items.append(Item(f"part-{index}", glyph, word, tone, head=head, head_role="", spaced=index == 0))
    notes = "\n".join(_notes(window))
    items.append(Item("counted", "·", "counted", "muted", parts=(Text(notes, "muted"),), spaced=True))
    return tuple(items)


def reading_items(reading: ContextReading, columns: int, *, plain: bool = False) -> tuple[Item, ...]:
    """Return everything that was read about a context as items: its parts, its size over time, and the waits."""
    window = reading.window
    items = () if window is None else window_items(window, columns, plain=plain)
    if reading.life:
        items = (*items, life_item(reading.life, columns, plain=plain))
    if isinstance(reading.history, LettaError):
        words = f"Its size over time is unknown. {reading.history}"
        items = (*items, Item("no-life", "✗", "size", "error", parts=(Text(words, "error"),), spaced=True))
    elif reading.found:
        items = (*items, *wait_items(reading.found, reading.longest, columns, plain=plain))
    return items


def reading_text(reading: ContextReading, width: int | None) -> str:
    """Return everything that was read as plain text, cut at the terminal's width; None for a file or a program."""
    columns = PLAIN_COLUMNS if width is None else width
    lines: list[str] = []
    for item in reading_items(reading, columns - WORDS - 1):
        body = [line for part in item.parts for text in sources(part) for line in text.split("\n")]
        if item.key in NOTES:
            body = wrap(" ".join(body), columns - WORDS)
        lines += [""] if item.spaced and lines else []
        first = [item.head] if item.head else []
        word = f"{item.glyph} {item.word}"
        for number, line in enumerate([*first, *body]):
            lines.append(f"{'' if number else word:<{WORDS}}{line}".rstrip())
    shown = lines if width is None else [cut(line, width) for line in lines]
    return visible("".join(f"{line}\n" for line in shown))


def reading_json(reading: ContextReading) -> dict[str, Any]:
    """Return everything that was read as JSON; unknown values are null, and without a history `life` is []."""
    window, opened = reading.window, reading.opened
    return {
        "conversation": opened.conversation.id,
        "agent": opened.agent.id,
        "limit": None if window is None else window.limit,
        "used": None if window is None else window.used,
        "free": None if window is None else window.free,
        "counted_by": None if window is None else window.counted_by.value,
        "parts": [] if window is None else [_part_json(part) for part in window.parts],
        "life": [
            {
                "time": _iso(point.at),
                "tokens": point.tokens,
                "compaction": point.compacted,
                "counted": point.measured,
            }
            for point in reading.life
        ],
        "waits": [
            {
                "kind": wait.kind.value,
                "seconds": wait.seconds,
                "time": _iso(wait.at),
                "name": wait.name,
                "message": wait.message_id,
            }
            for wait in reading.found
        ],
    }


def _part_json(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind.value,
        "name": part.name,
        "tokens": part.tokens,
        "messages": part.messages or None,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def reading_status(reading: ContextReading) -> tuple[str, bool]:
    """Return one line about what was read, and whether any part of it failed."""
    window, context = reading.window, reading.opened.context
    if window is None:
        if isinstance(context, LettaError):
            return f"The messages in context could not be read. {context}", True
        return "The server reports neither what is in context nor its size", True
    if reading.not_counted is not None:
        return f"Estimated, since the server's count could not be read. {reading.not_counted}", True
    limit = f"of {plural_tokens(window.limit)}" if window.limit else f"tokens, context limit {NOT_REPORTED}"
    counted_by = window.counted_by
    share = f" · {about_percent(window.used, window.limit, counted_by)} full" if window.limit else ""
    return f"{_about(counted_by)}{window.used:,} {limit}{share} · {COUNTED[counted_by]}", False


def bar_width(columns: int) -> int:
    """Return the width of a bar in cells, for text of so many columns."""
    return max(SHORTEST, min(LONGEST, columns - BEHIND_BAR))


def _totals(window: ContextWindow, width: int, drawn: Signs) -> Iterator[Item]:
    """Items of the used and free parts of the limit; without a limit, only the used tokens."""
    about = _about(window.counted_by)
    used, limit, free = window.used, window.limit, window.free
    if limit is None or free is None:
        head = f"{about}{plural_tokens(used)}, context limit {NOT_REPORTED}"
        yield Item("used", "▤", "used", "strong", head=head, head_role="strong")
        return
    shares = split(1000, (used, free))
    estimated = ", estimated" if about else ""
    over = f", {used - limit:,} over it" if used > limit else ""
    head = _line(used, limit, shares[0], width, drawn, f"of {limit:,}{over}{estimated}")
    yield Item("used", "▤", "used", "strong", head=head, head_role="strong")
    head = _line(free, limit, shares[1], width, drawn, "")
    yield Item("free", "·", "free", "muted", head=head, head_role="")


def plural_tokens(count: int) -> str:
    """ "1 token", or "12,345 tokens"."""
    return f"{count:,} token" if count == 1 else f"{count:,} tokens"


def _part_style(part: Part) -> tuple[str, str, str]:
    if part.kind is PartKind.MESSAGES and part.name:
        return message_style(part.name)
    return PART_STYLES[part.kind]


def _part_name(part: Part) -> str:
    count = plural(part.messages, "message") if part.messages else ""
    return count if part.kind is PartKind.MESSAGES else one_line(part.name, 60)


def _line(tokens: int, whole: int, share: int, width: int, drawn: Signs, name: str) -> str:
    """A bar, its tokens, its share (given in thousandths of the whole), and a name."""
    return f"{bar(tokens, whole, width, drawn)} {tokens:>9,}  {share / 10:>5.1f} %  {name}".rstrip()


def _notes(window: ContextWindow) -> Iterator[str]:
    """Sentences about how the tokens were counted, and what that leaves open."""
    if window.counted_by is CountedBy.SERVER:
        yield SPLIT
        if window.differs:
            yield OTHER_MEMORY
    else:
        yield BY_MODEL if window.counted_by is CountedBy.MODEL else ESTIMATED
        if window.counted_by is CountedBy.ESTIMATE:
            yield NO_TOOLS
        yield REASONING
    yield OF_USED


def life_item(points: Sequence[SizePoint], columns: int, *, plain: bool = False) -> Item:
    """Return the plot of a context's size as an item, with its compactions in words below it."""
    compactions = [at for at, point in enumerate(points) if point.compacted]
    head = "tokens in context after each message"
    lines = [*plot(points, columns, plain=plain), ""]
    mark = signs(plain=plain).mark
    for at in compactions:
        about = "" if points[at].measured else "about "
        before = points[at - 1].tokens if at else points[at].tokens
        words = f"compaction: {before:,} → {about}{points[at].tokens:,}"
        lines.append(" ".join(filter(None, (mark, short(points[at].at), words))))
    if not compactions:
        lines.append("no compactions")
    return Item("life", "∿", "size", "accent", head=head, parts=(Text("\n".join(lines)),), spaced=True)


def plot(
    points: Sequence[SizePoint], columns: int, rows: int = PLOT_ROWS, *, plain: bool = False
) -> list[str]:
    """Return a plot of the sizes in lines of at most `columns`: bars, an axis with marks, the first and last time."""
    drawn = signs(plain=plain)
    width = max(1, min(WIDEST_PLOT, columns - AXIS - 1))
    buckets = list(_buckets(points, width))
    highest = max((point.tokens for point in points), default=0)
    heights = [_height(value, highest, rows * len(drawn.steps)) for value, _ in buckets]
    lines = []
    for row in range(rows, 0, -1):
        label = size(highest) if row == rows else ""
        cells = "".join(_cell(height - (row - 1) * len(drawn.steps), drawn) for height in heights)
        lines.append(f"{label:>{AXIS}} {cells}".rstrip())
    axis = "".join(drawn.mark if marked else drawn.line for _, marked in buckets)
    lines.append(f"{'0':>{AXIS - 1}} {drawn.corner}{axis}")
    dates = [short(point.at) for point in points if point.at is not None]
    if dates:
        gap = width - len(dates[0]) - len(dates[-1])
        ends = dates[0] + " " * gap + dates[-1] if gap > 0 else dates[-1].rjust(width)
        lines.append(f"{'':>{AXIS}} {ends}"[:columns])
    return lines


def _buckets(points: Sequence[SizePoint], width: int) -> Iterator[tuple[int, bool]]:
    """Yield the size of each column, and whether it has a compaction; with few points, each takes several columns.

    The size is the largest in the column, or the smallest after its last compaction, so that the drop is visible.
    """
    marked = -1
    for column in range(width if points else 0):
        start = column * len(points) // width
        end = max(start + 1, (column + 1) * len(points) // width)
        summaries = [at for at in range(start, end) if points[at].compacted and at > marked]
        marked = max(summaries, default=marked)
        if summaries:
            yield min(point.tokens for point in points[summaries[-1] : end]), True
        else:
            yield max(point.tokens for point in points[start:end]), False


def _height(value: int, highest: int, steps: int) -> int:
    return 0 if highest <= 0 or value <= 0 else max(1, round(steps * value / highest))


def _cell(height: int, drawn: Signs) -> str:
    return " " if height <= 0 else drawn.steps[min(height, len(drawn.steps)) - 1]


def wait_items(
    found: Sequence[Wait], shown: Sequence[Wait], columns: int, *, plain: bool = False
) -> tuple[Item, ...]:
    """Return a line that counts all waits, then the longest ones as bars, in the order of the messages."""
    tools = sum(wait.kind is WaitKind.TOOL for wait in found)
    left = len(found) - len(shown)
    head = f"{plural(len(found) - tools, 'gap')} ≥ 1 min, {plural(tools, 'tool call')} ≥ 1 s"
    head += f", longest {len(shown)}" if left else ""
    note = (Text("The bars are on a logarithmic scale.", "muted"),)
    drawn, width = signs(plain=plain), bar_width(columns)
    most = max((_log(wait.seconds) for wait in shown), default=0.0)
    items = [Item("waits", "∿", "waits", "accent", head=head, parts=note if shown else (), spaced=True)]
    for number, wait in enumerate(shown):
        glyph, word, tone = WAIT_STYLES[wait.kind]
        cells = bar(_log(wait.seconds), most, width, drawn)
        is_gap = wait.kind is WaitKind.GAP
        what = f"before {message_style(wait.name)[1]}" if is_gap else one_line(wait.name, 40) or "no name"
        items.append(
            Item(
                f"wait-{number}",
                glyph,
                word,
                tone,
                head=f"{cells} {how_long(wait.seconds):>7}  {short(wait.at)}  {what}",
                head_role="",
                copy_id=wait.message_id,
                ids=(("id", wait.message_id),),
            )
        )
    return tuple(items)


def _log(seconds: float) -> float:
    return log1p(max(0.0, seconds))


def how_long(seconds: float) -> str:
    """Return a duration in one unit: "12 s", "5 min", "3 h", "9 d"."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", LEAST_GAP)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
