"""The flows on the screen with a fault at each step: what is reported is true, and nothing is done twice."""

from __future__ import annotations

import pytest

from tests.app_helpers import (
    NOW,
    WIDE,
    draft_on_disk,
    ids,
    main_screen,
    note_remarks,
    press,
    remarks,
    row_id,
    screen_text,
    settle,
    small_server,
)
from tests.faults.striking import (
    DONE_AND_FAILED,
    DONE_AND_LOST,
    FAILED,
    LOST,
    REFUSED,
    UNSENT,
    Fault,
    Striking,
)
from tests.faults.tally import TALLY
from tui.app import LettaApp
from tui.config.settings import Settings
from tui.storage.paths import state_dir

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]

URL = "http://letta.test"
TEXT = "OldX"
BLIND = UNSENT[0]
NO, MAYBE, FOUND = "no", "maybe", "found"
"""What the words have to say: that it was not done, that nobody knows, or that it was probably done."""

WORDS = {
    NO: ("not saved", "not deleted", "refused", "failed", "cannot connect", "not offered"),
    MAYBE: ("may or may not", "may have been", "probably not created", "not sure", "r reads it back"),
    FOUND: ("probably created anyway",),
}
SAYS_DONE = {
    "edit": "Saved:", "undo": "Undone", "create": "Created conv-", "fork": "Forked as", "delete": "Deleted “",
    "recompile": "Recompiled “",
}  # fmt: skip


def world() -> Striking:
    """One conversation, whose shared block changed since it was compiled."""
    inner = small_server("Old")
    store = inner.store
    human = next(block for block in store.blocks.values() if block.label == "human")
    store.set_block(human.id, "Robin\nmoved")
    return Striking(inner)


KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "edit": (("e", "X"), ("enter",)),
    "undo": (("e", "X", "enter"), ("u",)),
    "create": (("ctrl+n",), ("ctrl+s",)),
    "fork": (("f",), ("y",)),
    "delete": (("D",), ("y",)),
    "recompile": (("C",), ("y",)),
}
"""For each flow the keys before the fault strikes, and the key that does it."""


def state(server: Striking) -> tuple[list[str], list[str | None], str]:
    """What the server has: conversations, summaries, and the system message of the first one."""
    store = server.inner.store
    alive = [row for row in store.conversations.values() if not row.deleted]
    first = next(iter(store.conversations))
    texts = [repr(vars(store.rows[one])) for one in store.in_context(first)[:1]]
    return [row.id for row in alive], [row.summary for row in alive], "".join(texts)


Row = tuple[str, Fault, bool, str]
"""Flow, what strikes the write, whether the server can be read afterwards, and what has to be said."""


def rows() -> list[Row]:
    """A write of each flow, unsent, refused, failed, lost and done, with and without a read afterwards."""
    found: list[Row] = []
    for flow in KEYS:
        done = FOUND if flow in ("create", "fork") else "done"
        found += [
            (flow, UNSENT[0], True, NO),
            (flow, REFUSED[8 - 1], True, NO),
            (flow, FAILED[0], True, NO),
            (flow, FAILED[0], False, MAYBE),
            (flow, LOST[1], True, MAYBE),
            (flow, DONE_AND_LOST[0], True, done),
            (flow, DONE_AND_LOST[1], False, MAYBE),
            (flow, DONE_AND_FAILED[0], True, done),
        ]
    return found


def _name(row: Row) -> str:
    return f"{row[0]}-{row[1]}-{'read back' if row[2] else 'blind'}".replace(": ", " ")


@pytest.mark.parametrize("row", rows(), ids=_name)
async def test_what_is_said_is_true(row: Row) -> None:
    flow, fault, seeing, wanted = row
    server = world()
    app = LettaApp(Settings(base_url=URL), transport=server, clock=lambda: NOW)
    note_remarks(app)
    first, act = KEYS[flow]
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        await press(pilot, *first)
        before = state(server)
        app.clear_notifications()
        with TALLY.trying():
            server.strike(write=fault) if seeing else server.strike(write=fault, read_back=BLIND)
            await press(pilot, *act)
        said = f"{remarks(app)} {screen_text(app)}"
        after = state(server)
        assert_said(flow, wanted, said)
        assert (before != after) is (fault.done and len(server.done) == 1)
        if wanted in (NO, "done", FOUND):
            assert (before != after) is (wanted != NO), said
        assert len(server.sent) == 1
        if flow == "edit":
            held = draft_on_disk(URL, before[0][0])
            confirmed = wanted == "done"
            TALLY.edit(kept=TEXT in after[1] if confirmed else held is not None and held["text"] == TEXT)
            assert (held is None) is confirmed


def assert_said(flow: str, wanted: str, said: str) -> None:
    """The words tell what is known, and "done" of nothing else."""
    assert (SAYS_DONE[flow] in said) is (wanted == "done"), said
    if wanted != "done":
        assert any(words in said.casefold() for words in WORDS[wanted]), said
    if wanted == NO:
        assert not any(words in said.casefold() for words in WORDS[MAYBE][:4]), said


async def test_a_home_that_cannot_be_written_is_said_and_everything_else_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Drafts, journal, recent agents and copies: each is said, and only the deletion is not done without its copy."""
    blocked = state_dir().parent / "blocked"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where a folder has to be")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    transport = small_server("Old", "Two")
    app = LettaApp(Settings(base_url=URL), transport=transport, clock=lambda: NOW)
    note_remarks(app)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "recent agents and positions cannot be stored" in remarks(app).casefold()
        await press(pilot, "e", "X")
        assert "Draft cannot be written to disk" in remarks(app)
        await press(pilot, "enter")
        assert "Saved: OldX" in remarks(app)
        assert "Summaries cannot be stored on disk" in remarks(app)
        await press(pilot, "u")
        assert "Undone" in remarks(app)
        key = row_id(app)
        await press(pilot, "D", "y")
        assert "nothing was deleted, because the copy cannot be written" in remarks(app).casefold()
        assert row_id(app) == key
        assert app.is_running
        assert main_screen(app).panes.list.has_focus
    assert len(ids(transport)) == 2
