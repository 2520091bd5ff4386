"""The app on whatever Letta this is: what it has works, and what it lacks is said where it is missed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from tests.app_helpers import (
    main_screen,
    make_quick,
    note_remarks,
    offered_ids,
    pane_text,
    press,
    remarks,
    row_id,
    screen_text,
    settle,
    type_text,
)
from tests.live.lacks import older
from tests.live.rest import RestError
from tests.live.running import RealServer
from tests.live.seed import create_agent
from tui.app import LettaApp
from tui.cli import main
from tui.config.settings import Settings
from tui.storage.paths import state_dir

pytestmark = [pytest.mark.live, pytest.mark.anyio]

SIZE = (120, 40)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pauses that people need, and with remarks that stay."""
    make_quick(monkeypatch)


@pytest.fixture
def agent(real_server: RealServer) -> Iterator[str]:
    """An agent with two conversations, the newest with a turn."""
    made = create_agent(real_server, "versions", "Name: Sam")
    for summary in ("first", "second"):
        one = real_server.call("POST", f"/v1/conversations/?agent_id={made}", {"summary": summary})
    say(real_server, one["id"], "hello there")
    yield made
    real_server.call("DELETE", f"/v1/agents/{made}")


def say(server: RealServer, conversation: str, text: str) -> None:
    body = {"messages": [{"role": "user", "content": text}], "streaming": False}
    server.call("POST", f"/v1/conversations/{conversation}/messages", body)


def change_human(server: RealServer, agent: str, **changes: object) -> None:
    """PATCH the agent's block of that label."""
    blocks = server.call("GET", f"/v1/agents/{agent}/core-memory/blocks")
    human = next(block["id"] for block in blocks if block["label"] == "human")
    server.call("PATCH", f"/v1/blocks/{human}", changes)


def listed(server: RealServer, agent: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.call("GET", f"/v1/conversations/?agent_id={agent}")
    return found


def app_on(server: RealServer, agent: str) -> LettaApp:
    return note_remarks(LettaApp(Settings(base_url=server.base_url, api_key=server.api_key, agent=agent)))


def cannot(server: RealServer, what: str, first: str) -> str:
    return f"This server (Letta {server.version}) cannot {what}: Letta {first} is the first version that can"


async def test_list_messages_memory_info_and_history_are_read(real_server: RealServer, agent: str) -> None:
    app = app_on(real_server, agent)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert [row.summary for row in main_screen(app).panes.list.rows[1:]] == ["second", "first"]
        assert f"Letta {real_server.version}" in pane_text(app, "#header")
        assert "hello there" in screen_text(app)
        await press(pilot, "H")
        assert "nothing before the context" in pane_text(app, "#scope")
        assert "gap" not in [item.word for item in main_screen(app).panes.detail.reader.items]
        await press(pilot, "H", "b")
        assert "Name: Sam" in screen_text(app)
        unreported = older(real_server.version, "0.16.4")
        assert ("does not report isolated blocks" in screen_text(app)) is unreported
        await press(pilot, "i")
        assert agent in screen_text(app)
        await press(pilot, "m", "g")
        row = main_screen(app).panes.list.row
        assert row is not None
        assert row.is_default
        assert "system" in pane_text(app, "DetailPane")
        assert "✗" not in screen_text(app)


async def test_a_summary_is_saved_or_kept_with_the_reason(real_server: RealServer, agent: str) -> None:
    app = app_on(real_server, agent)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "e", "ctrl+u")
        await type_text(pilot, "renamed")
        await press(pilot, "enter")
        summary = listed(real_server, agent)[0]["summary"]
        if older(real_server.version, "0.16.4"):
            words = " ".join(pane_text(app, "SummaryEditor").split())
            assert cannot(real_server, "change summaries", "0.16.4") in words
            assert summary == "second"
            main_screen(app).panes.list.focus()
            await press(pilot, "down")
            assert not {"summary.edit", "summary.undo"} & offered_ids(app)
            await press(pilot, "up", "e")
            assert main_screen(app).panes.detail.editor.text == "renamed"
        else:
            assert summary == "renamed"
            await press(pilot, "u")
            assert listed(real_server, agent)[0]["summary"] == "second"


async def test_a_creation_says_whether_its_labels_were_isolated(real_server: RealServer, agent: str) -> None:
    app = app_on(real_server, agent)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "ctrl+n")
        await type_text(pilot, "made")
        await press(pilot, "enter", "space", "enter")
        made = listed(real_server, agent)[0]
        assert (made["summary"], row_id(app)) == ("made", made["id"])
        if older(real_server.version, "0.16.4"):
            assert "does not report isolated blocks" in remarks(app)
            assert cannot(real_server, "isolate blocks", "0.16.4") in remarks(app)
        else:
            assert remarks(app) == f"Created {made['id']}"
            assert len(made["isolated_block_ids"]) == 1


@pytest.mark.parametrize(
    ("key", "action", "what", "first", "rows"),
    [
        ("f", "fork", "fork conversations", "0.16.7", 3),
        ("D", "delete", "delete conversations", "0.16.5", 1),
        ("C", "recompile", "recompile a system message", "0.16.7", 2),
    ],
)
async def test_an_act_is_done_or_said_to_be_missing(
    real_server: RealServer, agent: str, key: str, action: str, what: str, first: str, rows: int
) -> None:
    app = app_on(real_server, agent)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, key, "y")
        words = " ".join(f"{remarks(app)} {screen_text(app)}".split()).replace(" │ │ ", " ")
        await press(pilot, "escape")
        lacks = older(real_server.version, first)
        assert len(listed(real_server, agent)) == (2 if lacks else rows)
        assert (f"(Letta {real_server.version}) cannot {what.split()[0]}" in words) is lacks
        assert (f"conversation.{action}" in offered_ids(app)) is not lacks
        if action == "delete":
            assert len(list((state_dir() / "backups").iterdir())) == 1


async def test_a_sort_is_heeded_or_not_offered(real_server: RealServer, agent: str) -> None:
    sorts = (("last message", "0.16.7"), ("last run", "0.16.5"))
    known = [words for words, first in sorts if not older(real_server.version, first)]
    app = app_on(real_server, agent)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert ("list.sort" in offered_ids(app)) is bool(known)
        for words in known:
            await press(pilot, "s")
            assert f"{words} ↓" in pane_text(app, "ListHeading")
            assert len(main_screen(app).panes.list.rows) == 3
        await press(pilot, "s")
        assert ("Other sort orders aren't supported by this server" in remarks(app)) is (not known)
        assert "newest" in pane_text(app, "ListHeading")


async def test_archive_payload_map_and_check_answer(real_server: RealServer, agent: str) -> None:
    app = app_on(real_server, agent)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "A")
        assert "Archiving isn't supported by this server" in remarks(app)
        await press(pilot, "exclamation_mark")
        assert "0 findings" in screen_text(app)
        await press(pilot, "escape", "P")
        assert "characters: system" in screen_text(app)
        await press(pilot, "escape", "M", "f")
        words = " ".join(screen_text(app).split())
        unsaid = older(real_server.version, "0.16.4")
        assert ("nothing to map in 2 conversations" in words) is unsaid
        assert ("Isolated blocks in 0 of 2 conversations" in words) is not unsaid
        await press(pilot, "escape", "T")
        words = " ".join(screen_text(app).split())
        assert "1 of 1 step read" in words
        unkept = older(real_server.version, "0.16.7") and not older(real_server.version, "0.16.5")
        assert ("0 with a trace" in words) is unkept


def test_the_commands_answer(real_server: RealServer, agent: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = ["--base-url", real_server.base_url]
    assert main(["check", "--agent", agent, *url]) == 0
    assert main(["show", "default", "--agent", agent, *url]) == 0
    assert main(["show", listed(real_server, agent)[0]["id"], *url]) == 0
    assert "hello there" in capsys.readouterr().out


def test_staleness_ends_as_it_is_said_to(
    real_server: RealServer, agent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Letta 0.16.2 compiles at each turn; from 0.16.5 on a turn leaves the old text."""
    change_human(real_server, agent, value="Name: Samuel")
    one = listed(real_server, agent)[0]["id"]
    url = ["--base-url", real_server.base_url]
    assert main(["check", one, *url]) == 1
    words = " ".join(capsys.readouterr().out.split())
    turn = older(real_server.version, "0.16.5")
    assert ("will until the next turn." in words) is turn
    assert ("or a recompile" in words) is not older(real_server.version, "0.16.7")
    say(real_server, one, "hello again")
    assert main(["check", one, *url]) == (0 if turn else 1)


def test_a_default_conversation_is_stale_until_it_is_compiled_again(
    real_server: RealServer, agent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before 0.16.7 an edit of a block leaves it the old text, and one by way of the agent compiles it (measured)."""
    check = ["check", "default", "--agent", agent, "--base-url", real_server.base_url]
    lags = older(real_server.version, "0.16.7")
    change_human(real_server, agent, value="Name: Samuel")
    assert main(check) == int(lags)
    words = " ".join(capsys.readouterr().out.split())
    assert ("will until it is compiled again." in words) is lags
    through_the_agent = f"/v1/agents/{agent}/core-memory/blocks/human"
    real_server.call("PATCH", through_the_agent, {"value": "Name: Samantha"})
    assert main(check) == 0


def test_a_block_over_its_limit_is_refused_by_the_server_or_noted(
    real_server: RealServer, agent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before 0.16.7 no block can be over its limit (measured), so the check never says so there."""
    refused = older(real_server.version, "0.16.7")
    with pytest.raises(RestError) if refused else nullcontext():
        change_human(real_server, agent, limit=4)
    one = listed(real_server, agent)[0]["id"]
    assert main(["check", one, "--json", "--base-url", real_server.base_url]) == int(not refused)
    kinds = [finding["kind"] for finding in json.loads(capsys.readouterr().out)["findings"]]
    assert kinds == ([] if refused else ["over-limit"])
