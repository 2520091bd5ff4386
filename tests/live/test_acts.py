"""Fork, delete, recompile, archive and undo on a real server, each compared with what it holds afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.app_helpers import (
    main_screen,
    make_quick,
    note_remarks,
    press,
    remarks,
    row_id,
    screen_text,
    settle,
    type_text,
)
from tests.live.rest import RestError
from tests.live.running import RealServer
from tests.live.seed import create_agent
from tui.app import LettaApp
from tui.config.settings import Settings
from tui.letta.client import LettaClient
from tui.letta.transport import Wire
from tui.rules.memory.compiled_memory import parse_system_message
from tui.storage.paths import state_dir

pytestmark = [pytest.mark.live, pytest.mark.anyio]

SIZE = (120, 40)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pauses that people need."""
    make_quick(monkeypatch)


@pytest.fixture
def agent(real_server: RealServer) -> Iterator[str]:
    """An agent of the test's own."""
    made = create_agent(real_server, "acts", "Name: Sam")
    yield made
    real_server.call("DELETE", f"/v1/agents/{made}")


def make(server: RealServer, agent: str, summary: str, *labels: str) -> str:
    """A conversation with a turn in it."""
    body = {"summary": summary, "isolated_block_labels": list(labels) or None}
    made = server.call("POST", f"/v1/conversations/?agent_id={agent}", body)["id"]
    say(server, made, "hello there")
    return str(made)


def say(server: RealServer, conversation: str, text: str) -> None:
    """One turn."""
    body = {"messages": [{"role": "user", "content": text}], "streaming": False}
    server.call("POST", f"/v1/conversations/{conversation}/messages", body)


def held(server: RealServer, conversation: str) -> dict[str, Any]:
    """The conversation as the server has it."""
    told: dict[str, Any] = server.call("GET", f"/v1/conversations/{conversation}")
    return told


def listed(server: RealServer, agent: str) -> list[str]:
    """The ids in the server's list."""
    return [row["id"] for row in server.call("GET", f"/v1/conversations/?agent_id={agent}")]


def system_text(server: RealServer, conversation: str) -> str:
    """The system message in context."""
    first = server.call("GET", f"/v1/conversations/{conversation}/messages?order=asc&limit=1")[0]
    return str(first["content"])


def backup(path: Path) -> dict[str, Any]:
    """A copy on disk."""
    told: dict[str, Any] = json.loads(path.read_text())
    return told


def app_on(server: RealServer, agent: str, conversation: str, **more: Any) -> LettaApp:
    """The app on that conversation."""
    told = {
        "base_url": server.base_url,
        "api_key": server.api_key,
        "agent": agent,
        "conversation": conversation,
    }
    return note_remarks(LettaApp(Settings(**{**told, **more})))


async def test_a_fork_is_in_the_list_with_the_same_messages_and_nothing_isolated(
    real_server: RealServer, agent: str
) -> None:
    source = make(real_server, agent, "source", "human")
    app = app_on(real_server, agent, source)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "f")
        assert "1 isolated block of this conversation stays behind: human." in screen_text(app)
        await press(pilot, "y")
        made = row_id(app)
    assert made is not None
    assert set(listed(real_server, agent)) == {source, made}
    fork, origin = held(real_server, made), held(real_server, source)
    assert (fork["summary"], fork["isolated_block_ids"]) == (None, [])
    assert fork["in_context_message_ids"][1:] == origin["in_context_message_ids"][1:]


async def test_a_deletion_leaves_a_copy_with_every_text(real_server: RealServer, agent: str) -> None:
    other = make(real_server, agent, "other")
    doomed = make(real_server, agent, "doomed 🎉", "human", "scratch")
    block_ids = held(real_server, doomed)["isolated_block_ids"]
    blocks = {one["label"]: one for one in (real_server.call("GET", f"/v1/blocks/{i}") for i in block_ids)}
    real_server.call("PATCH", f"/v1/blocks/{blocks['human']['id']}", {"value": "Name: Sam, who moved"})
    messages = real_server.call("GET", f"/v1/conversations/{doomed}/messages?order=asc&limit=1000")
    app = app_on(real_server, agent, doomed)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "D")
        assert "2 isolated blocks are deleted with it, 1 stored nowhere else: human." in screen_text(app)
        await press(pilot, "y")
        (copy,) = (state_dir() / "backups").iterdir()
        assert str(copy) in remarks(app)
        assert row_id(app) == other
    told = backup(copy)
    assert told["conversation"]["summary"] == "doomed 🎉"
    assert told["messages"] == messages
    assert {one["label"]: one["value"] for one in told["isolated_blocks"]} == {
        "human": "Name: Sam, who moved",
        "scratch": "",
    }
    assert listed(real_server, agent) == [other]
    for gone in (f"/v1/conversations/{doomed}", *(f"/v1/blocks/{block_id}" for block_id in block_ids)):
        with pytest.raises(RestError) as refused:
            real_server.call("GET", gone)
        assert refused.value.status == 404


async def test_the_copy_of_a_compacted_conversation_holds_what_went_out_of_context(
    real_server: RealServer, agent: str
) -> None:
    doomed = make(real_server, agent, "long")
    for number in range(12):
        say(real_server, doomed, f"turn number {number}")
    try:
        real_server.call("POST", f"/v1/conversations/{doomed}/compact")
    except RestError as refused:
        pytest.skip(f"not compacted: {refused}")
    app = app_on(real_server, agent, doomed)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "D", "y")
        assert "Deleted" in remarks(app)
    (copy,) = (state_dir() / "backups").iterdir()
    texts = [message.get("content") for message in backup(copy)["messages"]]
    assert [text for text in texts if isinstance(text, str) and text.startswith("turn number")] == [
        f"turn number {number}" for number in range(12)
    ]


async def test_a_dry_run_shows_what_a_recompile_then_writes(real_server: RealServer, agent: str) -> None:
    conversation = make(real_server, agent, "stale")
    shared = real_server.call("GET", f"/v1/agents/{agent}/core-memory/blocks")
    human = next(block for block in shared if block["label"] == "human")
    real_server.call("PATCH", f"/v1/blocks/{human['id']}", {"value": "Name: Samantha"})
    before = system_text(real_server, conversation)
    app = app_on(real_server, agent, conversation)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "C")
        assert "1 label would change in what the model reads." in screen_text(app)
        assert "Samantha" in screen_text(app)
        assert system_text(real_server, conversation) == before
        await press(pilot, "y")
        assert "Recompiled" in remarks(app)
    after = parse_system_message(system_text(real_server, conversation))
    assert after.blocks["human"].value == "Name: Samantha"
    assert after.conversation_id == "default"


async def test_a_forced_recompile_writes_the_shared_values_over_isolation(
    real_server: RealServer, agent: str
) -> None:
    conversation = make(real_server, agent, "isolated", "human")
    (block_id,) = held(real_server, conversation)["isolated_block_ids"]
    real_server.call("PATCH", f"/v1/blocks/{block_id}", {"value": "Name: Own"})
    app = app_on(real_server, agent, conversation)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        before = system_text(real_server, conversation)
        await press(pilot, "C", "y")
        assert "This conversation has 1 isolated block (human)" in screen_text(app)
        assert system_text(real_server, conversation) == before
        await press(pilot, "exclamation_mark")
        assert "Recompiled" in remarks(app)
    after = parse_system_message(system_text(real_server, conversation))
    assert after.blocks["human"].value == "Name: Sam"
    assert after.conversation_id == "default"
    assert real_server.call("GET", f"/v1/blocks/{block_id}")["value"] == "Name: Own"


async def test_this_server_does_not_archive(real_server: RealServer, agent: str) -> None:
    conversation = make(real_server, agent, "one")
    before = held(real_server, conversation)
    app = app_on(real_server, agent, conversation)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "A")
        assert "Archiving isn't supported by this server" in remarks(app)
    assert held(real_server, conversation) == before


async def test_a_server_that_reports_no_archive_is_sent_nothing(real_server: RealServer, agent: str) -> None:
    from tui.flows.write import archive
    from tui.rules.changes.archive import NOT_REPORTED
    from tui.rules.changes.outcome import Refused

    conversation = make(real_server, agent, "one")
    before = held(real_server, conversation)
    client = LettaClient(Wire(real_server.base_url, real_server.api_key))
    try:
        outcome = await archive(client, conversation, True)
    finally:
        await client.close()
    assert outcome == Refused(None, NOT_REPORTED)
    assert held(real_server, conversation) == before


async def test_an_undo_after_a_restart_puts_the_summary_back(real_server: RealServer, agent: str) -> None:
    conversation = make(real_server, agent, "before")
    for turn in ("edit", "undo", "theirs"):
        app = app_on(real_server, agent, conversation)
        async with app.run_test(size=SIZE) as pilot:
            await settle(pilot)
            if turn == "edit":
                await press(pilot, "e")
                await type_text(pilot, " and after")
                await press(pilot, "enter")
                assert held(real_server, conversation)["summary"] == "before and after"
            elif turn == "undo":
                await press(pilot, "u")
                assert held(real_server, conversation)["summary"] == "before"
                await press(pilot, "ctrl+y")
                assert held(real_server, conversation)["summary"] == "before and after"
            else:
                real_server.call("PATCH", f"/v1/conversations/{conversation}", {"summary": "theirs"})
                await press(pilot, "u")
                assert "changed by somebody else since" in screen_text(app)
                await press(pilot, "y")
                assert held(real_server, conversation)["summary"] == "before and after"


async def test_read_only_changes_nothing(real_server: RealServer, agent: str) -> None:
    conversation = make(real_server, agent, "safe", "human")
    before, rows = held(real_server, conversation), listed(real_server, agent)
    app = app_on(real_server, agent, conversation, readonly=True)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "f", "y", "D", "y", "C", "exclamation_mark", "A", "y", "u", "ctrl+y", "e")
        await press(pilot, "escape")
        assert len(app.screen_stack) == 1
        assert "read-only" in screen_text(app)
        screen = main_screen(app)
        assert screen.panes.list.row is not None
        assert screen.connection.agent is not None
        delete = screen.writing.change.delete
        screen.start_flow(partial(delete, screen.panes.list.row, screen.connection.agent))
        await settle(pilot)
        await press(pilot, "y")
        assert "Read-only" in remarks(app)
    assert held(real_server, conversation) == before
    assert listed(real_server, agent) == rows
