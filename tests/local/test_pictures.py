"""Pictures of the last visit on disk: one for each way of looking, nothing but text and colours, and nobody else's."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tui.config.settings import Settings
from tui.local.pictures import MOST, Pictures, last_picture, name_of
from tui.storage.paths import state_dir
from tui.storage.state import State, user_state

PICTURE = "\x1b[1;1H\x1b[1;38;2;1;2;3mGrüße\x1b[0m\x1b[2;1H▌ row"
HERE = Settings(base_url="http://letta.test", api_key="key")
SIZE = 120, 40
TERMINAL = {"TERM": "xterm", "COLORTERM": "truecolor"}


def named(settings: Settings = HERE, **other: Any) -> str:
    told = {"agent_id": "agent-1", "theme": "nord", "size": SIZE, "environ": TERMINAL} | other
    return name_of(settings, **told)


def test_what_was_kept_is_found_again_and_is_private(tmp_path: Path) -> None:
    Pictures(tmp_path / "pictures").keep(named(), PICTURE)
    assert Pictures(tmp_path / "pictures").find(named()) == PICTURE
    for path in (tmp_path / "pictures", *(tmp_path / "pictures").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    "other",
    [
        {"settings": replace(HERE, base_url="http://else.test")},
        {"settings": replace(HERE, api_key="other")},
        {"settings": replace(HERE, api_key=None)},
        {"settings": replace(HERE, readonly=True)},
        {"settings": replace(HERE, profile="lab")},
        {"settings": replace(HERE, conversation="conv-1")},
        {"settings": replace(HERE, times="absolute")},
        {"settings": replace(HERE, keys={"quit": "x"})},
        {"agent_id": "agent-2"},
        {"theme": "gruvbox"},
        {"size": (80, 24)},
        {"environ": TERMINAL | {"NO_COLOR": "1"}},
        {"environ": {"TERM": "xterm"}},
    ],
)
def test_who_looks_in_another_way_sees_another_one(other: dict[str, Any]) -> None:
    assert named(**other) != named()


def test_where_a_setting_came_from_makes_no_other_picture() -> None:
    assert named(replace(HERE, sources={"base_url": "flag"}, log_file=Path("log"))) == named()


@pytest.mark.parametrize(
    "text",
    ["\x1b]0;title\x07", "\x1b[?1049l", "\x1b[6n", "\x1bc", "bell\x07", "\x9b6n", "", "x\n", "x" * 300_000],
    ids=["title", "mode", "question", "reset", "bell", "c1", "nothing", "line", "huge"],
)
def test_nothing_else_is_kept_or_shown(tmp_path: Path, text: str) -> None:
    here = Pictures(tmp_path / "p")
    here.keep("one", PICTURE)
    here.keep("one", text)
    assert list((tmp_path / "p").iterdir()) == []
    (tmp_path / "p/one.ansi").write_text(text)
    assert here.find("one") is None


def test_bytes_that_are_no_text_count_as_none(tmp_path: Path) -> None:
    (tmp_path / "one.ansi").write_bytes(b"\xff\xfe")
    assert Pictures(tmp_path).find("one") is None


def test_where_the_list_was_not_seen_the_next_start_shows_nothing(tmp_path: Path) -> None:
    here = Pictures(tmp_path)
    here.keep("never", None)
    here.keep("one", PICTURE)
    here.keep("one", None)
    assert here.find("one") is None


def test_the_ones_written_longest_ago_go(tmp_path: Path) -> None:
    here = Pictures(tmp_path / "p")
    for number in range(MOST + 3):
        here.keep(f"{number}", PICTURE)
        os.utime(tmp_path / f"p/{number}.ansi", (number, number))
    here.keep("last", PICTURE)
    assert here.find("last") is not None
    assert here.find("3") is None
    assert len(list((tmp_path / "p").iterdir())) == MOST


def last(monkeypatch: pytest.MonkeyPatch, held: State, settings: Settings) -> str | None:
    """What a start in a terminal of that size would show."""
    monkeypatch.setattr(os, "isatty", lambda _: True)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size(SIZE))
    return last_picture(settings, held)


def test_a_start_shows_the_agent_that_it_begins_with(monkeypatch: pytest.MonkeyPatch) -> None:
    held = user_state()
    held.remember_theme("nord")
    here = Pictures(state_dir() / "pictures")
    here.keep(named(environ=os.environ), PICTURE)
    assert last(monkeypatch, held, HERE) is None, "no agent was opened yet"
    held.remember_agent(HERE.base_url, "agent-1")
    assert last(monkeypatch, held, HERE) == PICTURE
    assert last(monkeypatch, held, replace(HERE, agent="agent-2")) is None
    assert last(monkeypatch, held, replace(HERE, agent="Ada")) is None, "a name has to be looked up"
    assert last(monkeypatch, held, replace(HERE, theme="gruvbox")) is None
    assert last(monkeypatch, held, replace(HERE, last_visit=False)) is None
    with monkeypatch.context() as other:
        other.setenv("TEXTUAL_DRIVER", "tests.other:Driver")
        assert last_picture(HERE, held) is None, "the screen is elsewhere"
    monkeypatch.setattr(os, "isatty", lambda _: False)
    assert last_picture(HERE, held) is None
