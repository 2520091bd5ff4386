"""The list as it was left, in the words of a terminal: what the next start shows until its own frame is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from rich.segment import Segment
from textual.strip import Strip

from tui.config.server import stores_last_visit
from tui.domain.times import short
from tui.local.pictures import name_of
from tui.screens.base import MainState


def picture_of(main: MainState) -> tuple[str, str | None] | None:
    """The name of a picture and the picture, None where the list is not seen; nothing where none is kept."""
    settings, agent = main.desk.settings, main.agent
    if agent is None or main.read_at is None or main.as_of is not None or not stores_last_visit(settings):
        return None
    size = main.app.size
    name = name_of(settings, agent.id, main.app.theme, (size.width, size.height), os.environ)
    if not main.list.region or main.size != size:
        return name, None
    with _as_it_begins(main):
        strips = main._compositor.render_strips()
    lines = (_without_messages(main, y, strip).render(main.app.console) for y, strip in enumerate(strips))
    return name, "".join(f"\x1b[{y};1H{line}" for y, line in enumerate(lines, 1)) + "\x1b[m"


@contextmanager
def _as_it_begins(main: MainState) -> Iterator[None]:
    """Have it say when its rows were read, and of the server no more than a start knows."""
    header, heading = main.header, main.heading
    line = header.connection, header.version, header.following, header.found
    words = heading.words, heading.problem
    header.connection, header.version, header.following, header.found = "connecting", "", False, (0, None)
    heading.words, heading.problem = f"as of {short(main.read_at)}, starting…", ""
    try:
        yield
    finally:
        header.connection, header.version, header.following, header.found = line
        heading.words, heading.problem = words


def _without_messages(main: MainState, y: int, strip: Strip) -> Strip:
    """A line without what was read of a conversation, which no disk keeps."""
    detail, tabs = main.detail.region, main.detail.tabs.region
    if not detail.y <= y < detail.bottom:
        return strip
    blank = Strip([Segment(" " * detail.width, main.detail.rich_style)], detail.width)
    inner = [blank]
    if tabs.y <= y < tabs.bottom:
        before, behind = tabs.x - detail.x, tabs.right - detail.x
        inner = [blank.crop(0, before), strip.crop(tabs.x, tabs.right), blank.crop(behind)]
    return Strip.join([strip.crop(0, detail.x), *inner, strip.crop(detail.right)])
