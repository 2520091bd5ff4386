"""Reading on: find, folds, types, calls beside returns, ids, the pager, and what copying says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app_helpers import (
    HOSTILE,
    NARROW,
    NOW,
    assert_harmless,
    focused_id,
    ids,
    main_screen,
    offered_ids,
    pane_lines,
    pane_text,
    press,
    remarks,
    screen_text,
    settle,
    small_server,
    started,
    strips,
    type_text,
)
from tui.app import LettaApp
from tui.backends.demo.transport import DemoTransport
from tui.ui import clipboard
from tui.ui.widgets.reader import Reader

pytestmark = pytest.mark.anyio


def reader(app: LettaApp) -> Reader:
    return main_screen(app).panes.detail.reader


def talk(*texts: str) -> DemoTransport:
    """A server with one conversation in which the user says these texts."""
    transport = small_server("One")
    (wanted,) = ids(transport)
    for text in texts:
        transport.store.add_message(wanted, "user", text)
    return transport


def demo_of(summary: str) -> tuple[DemoTransport, str]:
    """The demo and the id of one of its conversations."""
    transport = DemoTransport(now=NOW)
    rows = transport.store.conversations.values()
    return transport, next(row.id for row in rows if row.summary == summary)


def still_there(path: Path) -> bool:
    """Whether a file is still there."""
    return path.exists()


def highlighted(app: LettaApp) -> list[str]:
    """What stands underlined or reversed in the reader."""
    region = reader(app).region
    lines = strips(app)[region.y : region.bottom]
    styled = [segment for line in lines for segment in line if segment.style and segment.text.strip()]
    return [one.text for one in styled if one.style and (one.style.underline or one.style.reverse)]


async def test_slash_finds_in_folded_text_and_n_goes_on_and_round() -> None:
    """Case counts once an upper-case letter is typed; the match comes into view unfolded."""
    long = "\n".join(f"line {number}" for number in range(60)) + "\nthe Needle at last"
    async with started(talk("a needle", long, "no match here", "needle and needle")) as (app, pilot):
        await press(pilot, "enter", "slash")
        await type_text(pilot, "needle")
        assert "4 found" in pane_text(app, "#find")
        await press(pilot, "enter")
        assert "1 of 4" in pane_text(app, "#find")
        assert focused_id(app) == "messages"
        assert "needle" in highlighted(app)
        await press(pilot, "n")
        item = reader(app).item
        assert item is not None
        assert "2 of 4" in pane_text(app, "#find")
        assert not reader(app).is_folded(item)
        assert "the Needle at last" in pane_text(app, "#messages")
        await press(pilot, "n", "n", "n")
        assert "1 of 4" in pane_text(app, "#find")
        await press(pilot, "N")
        assert "4 of 4" in pane_text(app, "#find")
        await press(pilot, "escape")
        assert focused_id(app) == "messages"
        assert not main_screen(app).query_one("#find").display
        assert not highlighted(app)
        await press(pilot, "slash")
        await type_text(pilot, "Needle")
        assert "1 found" in pane_text(app, "#find")
        await press(pilot, "escape", "escape")
        assert focused_id(app) == "list"


async def test_find_says_where_there_is_no_match_and_takes_markup_for_text() -> None:
    async with started(talk(HOSTILE), size=NARROW) as (app, pilot):
        await press(pilot, "enter", "slash")
        await type_text(pilot, "[/foo]")
        assert "1 found" in pane_text(app, "#find")
        await press(pilot, "enter")
        assert_harmless(app)
        await press(pilot, "slash")
        await type_text(pilot, "[/bar]")  # over the old words, which are selected
        assert "no match" in pane_text(app, "#find")
        await press(pilot, "enter", "n", "N")
        assert app.is_running


async def test_what_is_looked_for_is_looked_for_in_the_other_panes_and_in_what_comes() -> None:
    transport = talk("robin was here")
    async with started(transport) as (app, pilot):
        await press(pilot, "enter", "slash")
        await type_text(pilot, "was here")
        await press(pilot, "enter")
        assert "1 of 1" in pane_text(app, "#find")
        transport.store.add_message(ids(transport)[0], "user", "and he was here too")
        await press(pilot, "r")
        assert "2 found" in pane_text(app, "#find")
        await press(pilot, "b")
        assert "no match" in pane_text(app, "#find")


async def test_n_in_the_list_moves_through_what_the_filter_left() -> None:
    async with started(small_server("tea one", "coffee", "tea two")) as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "tea")
        await press(pilot, "enter", "n")
        row = main_screen(app).panes.list.row
        assert row is not None
        assert row.summary == "tea two"
        await press(pilot, "N")
        assert (main_screen(app).panes.list.row or row).summary == "tea one"


async def test_z_folds_all_and_unfolds_all_and_shift_z_one_type() -> None:
    async with started(talk("one\ntwo", "three\nfour")) as (app, pilot):
        await press(pilot, "enter", "z")
        assert all(reader(app).is_folded(item) for item in reader(app).items)
        await press(pilot, "z")
        assert not any(reader(app).is_folded(item) for item in reader(app).items)
        await press(pilot, "G", "Z")
        folded = {item.word for item in reader(app).items if reader(app).is_folded(item)}
        assert folded == {"user"}
        await press(pilot, "Z")
        assert not any(reader(app).is_folded(item) for item in reader(app).items)


async def test_t_hides_types_and_says_how_many_messages_are_hidden() -> None:
    transport = talk("one", "two")
    async with started(transport) as (app, pilot):
        await press(pilot, "enter", "t")
        assert "2 user" in screen_text(app)
        await press(pilot, "j", "space", "enter")
        assert [item.word for item in reader(app).items] == ["system"]
        assert "2 hidden · t" in pane_text(app, "#scope")
        transport.store.add_message(ids(transport)[0], "assistant", "three")
        await press(pilot, "r")
        assert [item.word for item in reader(app).items] == ["system", "assistant"]
        await press(pilot, "t", "a", "a", "enter")
        assert "All message types here are hidden" in pane_text(app, "#messages")
        await press(pilot, "t", "a", "escape")
        assert "All message types" in pane_text(app, "#messages")
        await press(pilot, "t", "a", "enter")
        assert len(reader(app).items) == 4
        assert not main_screen(app).query_one("#scope").display


async def test_a_call_stands_beside_its_return_where_there_is_room_and_above_it_where_not() -> None:
    """Parallel returns come in another order than their calls; status, stdout and stderr stand with each."""
    transport, wanted = demo_of("One of every message type")
    async with started(transport, conversation=wanted, size=(200, 50)) as (app, pilot):
        at = next(n for n, item in enumerate(reader(app).items) if "negative sides" in item.text)
        item = reader(app).items[at]
        assert (item.title, item.head.split(" · ")[0]) == ("roll", "✗ error")
        assert '"sides": -1' in item.text
        assert "stdout:\nrolling -1" in item.text
        assert "stderr:\nTraceback" in item.text
        reader(app).select(at)
        await settle(pilot)
        assert any("┄ arguments" in line and "│ ┄ return" in line for line in pane_lines(app, "#messages"))
    async with started(transport, conversation=wanted, size=NARROW) as (app, pilot):
        await press(pilot, "enter")
        reader(app).select(at)
        await settle(pilot)
        assert any(line.strip("▌ ").startswith("┄ return") for line in pane_lines(app, "#messages"))


async def test_the_line_below_names_date_and_ids_of_the_selected_message() -> None:
    transport = talk("one")
    async with started(transport, size=(200, 40)) as (app, pilot):
        await press(pilot, "enter", "G")
        words = pane_text(app, "#ids")
        item = reader(app).item
        assert item is not None
        assert item.copy_id in words
        assert "otid " in words
        assert "2026-03-14 09:26:5" in words
        await press(pilot, "b")
        assert not main_screen(app).query_one("#ids").display


async def test_v_opens_the_text_in_the_pager_with_control_codes_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is private, and gone afterwards."""
    seen = tmp_path / "seen"
    program = tmp_path / "pager"
    program.write_text(
        f'#!/bin/sh\ncat "$1" > {seen}\nstat -c %a "$1" >> {seen}\n'
        f'echo "$1" >> {seen}\nstat -c %a "${{1%/*}}" >> {seen}\n'
    )
    program.chmod(0o700)
    monkeypatch.setenv("PAGER", str(program))
    monkeypatch.setenv("VISUAL", str(program))

    @contextmanager
    def suspended(self: LettaApp) -> Iterator[None]:
        yield

    monkeypatch.setattr(LettaApp, "suspend", suspended)
    async with started(talk("\x1b[31mred\nsecond")) as (app, pilot):
        await press(pilot, "enter", "G")
        left: list[Path] = []
        for key in ("v", "V"):
            await press(pilot, key)
            first, second, mode, name, folder_mode = seen.read_text().splitlines()
            assert (first, second, mode) == ("␛[31mred", "second", "400")
            assert folder_mode == "700", "nobody can put a link in its place"
            left += [Path(name), Path(name).parent]
        monkeypatch.setenv("PAGER", str(tmp_path / "none"))
        await press(pilot, "v")
        assert "could not be started" in remarks(app)
    assert len(left) == 4
    assert not any(map(still_there, left))


async def test_copying_says_which_clipboards_took_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.ui.clipboard.copy_locally", lambda text: "wl-copy")
    async with started(talk("hello")) as (app, pilot):
        await press(pilot, "enter", "G", "Y")
        assert app.clipboard == "hello"
        assert "Copied 5 characters to the terminal's clipboard and wl-copy" in remarks(app)


async def test_copying_without_a_clipboard_leaves_a_private_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "PROGRAMS", ())
    async with started(talk("hello")) as (app, pilot):
        await press(pilot, "enter", "G", "Y")
        path = Path(os.environ["XDG_STATE_HOME"]) / "letta-tui" / "copied.txt"
        assert str(path) in remarks(app)
        assert path.read_text() == "hello"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_the_reading_keys_are_offered_only_where_they_do_something() -> None:
    async with started(talk("hello")) as (app, pilot):
        assert "list.filter" in offered_ids(app)
        assert not offered_ids(app) & {"detail.find", "match.next", "item.pager"}
        await press(pilot, "enter")
        assert {"detail.find", "item.pager", "history.toggle"} <= offered_ids(app)
        assert not offered_ids(app) & {"list.filter", "match.next"}
