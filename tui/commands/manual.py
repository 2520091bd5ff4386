"""`letta-tui manual`: a page of the manual; it needs no settings, so that wrong ones do not hide it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable

from tui.commands.arguments import Command, CommandParser
from tui.commands.exit_codes import DONE
from tui.commands.output import is_terminal, print_message, terminal_width, write
from tui.config.child_environment import child_environment
from tui.config.external_programs import find_pager
from tui.manual import PAGES, read_page
from tui.presentation.markdown_page import Line, Section, sections
from tui.presentation.text_table import table

WIDEST = 100
"""Columns beyond which lines are hard to read."""

INDENT = "  "
BOLD, DIM, UNDERLINED, CODE = "1", "2", "4", "36"
STYLES = {"strong": BOLD, "code": CODE, "link": UNDERLINED, "muted": DIM, "accent": BOLD}
"""How a terminal shows each role, as a parameter of SGR."""


def show_page(name: str | None) -> int:
    """Show a page in $PAGER, or print it as Markdown if the output is not a terminal; None lists the pages."""
    if name is None:
        lines, _ = table(list(PAGES.items()), terminal_width())
        write("".join(f"{line}\n" for line in lines))
        print_message(
            "\nletta-tui manual PAGE shows one; in the app, f1 opens the page for the current view."
        )
        return DONE
    source = read_page(name)
    if is_terminal():
        _show_in_pager(sections(source, min(WIDEST, terminal_width() or WIDEST) - len(INDENT)))
    else:
        write(source)
    return DONE


def _show_in_pager(page: Iterable[Section]) -> None:
    """Give the page to the pager; if there is none, print it without styles."""
    lines = list(_lines(page))
    colour = not os.environ.get("NO_COLOR")
    text = "".join(f"{_styled(line, colour=colour)}\n" for line in lines)
    environment = child_environment()
    environment.setdefault("LESS", "FRX")  # as git does: a page that fits stays on the screen
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the pager
    try:
        subprocess.run(find_pager().command, input=text.encode(), env=environment, check=False)  # noqa: S603
    except OSError:
        write("".join(f"{line.text}\n" for line in lines))
    finally:
        signal.signal(signal.SIGINT, interrupt)


def _lines(page: Iterable[Section]) -> Iterable[Line]:
    """Yield the lines of a page as a terminal shows them: headings bold, the text indented."""
    for number, section in enumerate(page):
        if number:
            yield Line("")
        if section.title:
            title = section.title.upper() if section.level == 1 else section.title
            yield Line(title, ((0, len(title), "strong"),))
            yield Line("")
        for line in section.lines:
            yield line.after(INDENT) if line.text else line


def _styled(line: Line, *, colour: bool) -> str:
    """A line with the codes of its styles."""
    pieces, position = [], 0
    for start, end, role in sorted(line.marks):
        style = STYLES.get(role, "")
        if start < position or not style or (style == CODE and not colour):
            continue
        pieces += [line.text[position:start], f"\x1b[{style}m", line.text[start:end], "\x1b[m"]
        position = end
    return "".join([*pieces, line.text[position:]])


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "page",
        nargs="?",
        metavar="PAGE",
        type=str.lower,
        choices=tuple(PAGES),
        help="without it, a list of the pages",
    )


COMMAND = Command(
    name="manual",
    usage="[PAGE]",
    summary="read the manual",
    description="""\
Show a page of the manual in $PAGER, or print it as Markdown if standard output
is not a terminal. Without PAGE, list the pages.
""",
    exit_codes="""\
Exit codes: 0 done, 2 no such page.
""",
    add_arguments=add_arguments,
)
