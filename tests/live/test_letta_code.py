"""The real Letta Code and its store: read whole, changed while it runs, and the drift of its memory."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app_helpers import make_quick, press, screen_text, settle
from tests.conftest import ENVIRONMENT
from tests.letta_code_store import hashes, raw_parts, raw_rows, shown_part
from tests.live.letta_code.model import CodeModel
from tests.live.letta_code.program import LettaCode, letta_code
from tests.live.letta_code.seed import FORGOTTEN, Seeded, seed
from tui.app import LettaApp
from tui.backends.letta_code.layout import encoded
from tui.backends.letta_code.transport import LettaCodeTransport
from tui.cli import main
from tui.config.settings import Settings

pytestmark = pytest.mark.letta_code

Json = dict[str, Any]

TURN_SECONDS = 60
SIZE = (120, 36)
RENAMES = 500


@dataclass
class Store:
    """A seeded store, the Letta Code that made it, and our transport on it."""

    code: LettaCode
    seeded: Seeded

    def send(self, method: str, path: str, body: Any = None, /, **query: Any) -> httpx.Response:
        async def exchange() -> httpx.Response:
            transport = LettaCodeTransport(self.code.store)
            async with httpx.AsyncClient(transport=transport, base_url="http://store") as client:
                return await client.request(method, path, params=query, json=body)

        return asyncio.run(exchange())

    def get(self, path: str, /, **query: Any) -> Any:
        answer = self.send("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rename(self, conversation_id: str, summary: str, **query: str) -> httpx.Response:
        return self.send("PATCH", f"/v1/conversations/{conversation_id}", {"summary": summary}, **query)

    def folder(self, key: str) -> Path:
        return self.code.store / "conversations" / encoded(key)

    def record(self, conversation_id: str) -> Json:
        path = self.folder(f"conversation:{conversation_id}") / "conversation.json"
        record: Json = json.loads(path.read_text())
        return record

    def conversations(self) -> list[tuple[str, str]]:
        """Every conversation as (id, agent id), default ones too."""
        records = [
            json.loads(path.read_text()) for path in self.code.store.glob("conversations/*/conversation.json")
        ]
        return [(record["id"], record["agent_id"]) for record in records]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("letta-code")
    with letta_code(ENVIRONMENT, folder / "home", folder / "store") as code:
        yield Store(code, seed(code))


def test_every_message_is_shown_once_and_reading_changes_nothing(store: Store) -> None:
    before = hashes(store.code.store)
    conversations = store.conversations()
    assert len(conversations) >= 9
    count = 0
    for conversation_id, agent_id in conversations:
        is_default = conversation_id == "default"
        key = f"default:{agent_id}" if is_default else f"conversation:{conversation_id}"
        rows = raw_rows(store.folder(key))
        messages = store.get("/v1/messages/", conversation_id=conversation_id, agent_id=agent_id, limit=9999)
        own = [message for message in messages if message["message_type"] != "system_message"]
        assert [shown_part(message) for message in own] == [part for row in rows for part in raw_parts(row)]
        assert len({message["id"] for message in messages}) == len(messages)
        record = store.get(f"/v1/conversations/{conversation_id}", agent_id=agent_id)
        listed = store.get(f"/v1/conversations/{conversation_id}/messages", agent_id=agent_id, limit=9999)
        in_context = record["in_context_message_ids"]
        assert [message["id"] for message in listed][: len(in_context)] == in_context
        assert sorted(message["id"] for message in listed) == sorted(message["id"] for message in messages)
        store.get(f"/_local/conversations/{conversation_id}/prompt", agent_id=agent_id)
        count += len(own)
    for agent in store.get("/v1/agents/", show_hidden="true"):
        assert store.get(f"/_local/agents/{agent['id']}/memory")["state"] == "ok"
        assert store.get(f"/_local/agents/{agent['id']}/memory/commits")
    assert count > 20
    assert hashes(store.code.store) == before


def test_ids_are_those_of_letta_codes_own_view(store: Store) -> None:
    """It shows only what is in context, and of that exactly the same messages."""
    with store.code.app_server() as server:
        for conversation_id, _ in store.conversations():
            if conversation_id == "default":
                continue
            answer = server.ask(
                "conversation_messages_list",
                conversation_id=conversation_id,
                query={"order": "asc", "limit": 500},
            )
            theirs = [(one["id"], one["message_type"]) for one in answer["messages"]]
            record = store.get(f"/v1/conversations/{conversation_id}")
            listed = store.get(f"/v1/conversations/{conversation_id}/messages", limit=9999)
            by_id = {one["id"]: one["message_type"] for one in listed}
            ours = [
                (one, by_id[one]) for one in record["in_context_message_ids"] if not one.startswith("system:")
            ]
            assert sorted(theirs) == sorted(ours)


def listed_titles(store: Store, agent_id: str) -> dict[str, tuple[str | None, bool]]:
    """Title and archived flag of each conversation, as a Letta Code that starts now lists them."""
    with store.code.app_server() as server:
        answer = server.ask("conversation_list", query={"agent_id": agent_id, "limit": 100})
    return {one["id"]: (one["summary"], one["archived"]) for one in answer["conversations"]}


def test_a_title_survives_the_next_turn_with_every_message(store: Store) -> None:
    one = store.code.say("first", "--agent", store.seeded.ben, "--new")
    quiet(store, one)
    assert store.rename(one, "Renamed by hand").status_code == 200
    assert listed_titles(store, store.seeded.ben)[one] == ("Renamed by hand", False)
    store.code.say("second", "--conversation", one)
    said = [
        shown_part(message)[1]
        for message in store.get("/v1/messages/", conversation_id=one)
        if message["message_type"] == "assistant_message"
    ]
    assert [text.split(" to:")[0] for text in said] == ["Answer 1", "Answer 2"]
    assert store.record(one)["summary"] == "Renamed by hand"


def test_archiving_is_seen_by_letta_code(store: Store) -> None:
    one = store.seeded.empty
    path = f"/v1/conversations/{one}"
    with store.code.app_server() as server:
        for archived in (True, False):
            assert store.send("PATCH", path, {"archived": archived}).status_code == 200
            theirs = server.ask("conversation_retrieve", conversation_id=one)["conversation"]
            assert theirs["archived"] is archived
            assert bool(theirs["archived_at"]) is archived


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + TURN_SECONDS
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen"
        threading.Event().wait(0.05)


def quiet(store: Store, conversation_id: str) -> None:
    """Wait until no turn seems to run any more."""
    path = store.folder(f"conversation:{conversation_id}") / "messages.jsonl"
    until(lambda: time.time() - path.stat().st_mtime > 2.0, "a quiet transcript")


def test_a_turn_in_progress_is_recognised(store: Store) -> None:
    one = store.code.say("first", "--agent", store.seeded.ben, "--new")
    quiet(store, one)
    rows = len(raw_rows(store.folder(f"conversation:{one}")))
    with store.code.turn("slow:1 tell me more", "--conversation", one):
        until(lambda: len(raw_rows(store.folder(f"conversation:{one}"))) > rows, "the turn")
        for _ in range(20):
            answer = store.rename(one, "In the middle")
            assert (answer.status_code, answer.json()["code"]) == (409, "turn-running"), answer.text
    quiet(store, one)
    assert store.rename(one, "Afterwards").status_code == 200
    assert len(raw_rows(store.folder(f"conversation:{one}"))) == rows + 2


def test_forced_renames_during_a_turn_lose_nothing_on_disk(store: Store) -> None:
    one = store.code.say("first", "--agent", store.seeded.ben, "--new")
    path = store.folder(f"conversation:{one}")
    rows = len(raw_rows(path))
    done = 0
    with store.code.turn("slow:3 tool:echo hello", "--conversation", one) as process:
        until(lambda: len(raw_rows(path)) > rows, "the turn")
        for number in range(RENAMES):
            assert store.rename(one, f"Title {number}", force="true").status_code == 200
            done += process.poll() is None
    assert done > RENAMES // 2, f"only {done} renames met the turn"
    assert store.record(one)["summary"] == f"Title {RENAMES - 1}"
    after = raw_rows(path)
    assert [row["role"] for row in after[rows:]] == ["user", "assistant", "toolResult", "assistant"]
    assert store.record(one)["in_context_message_ids"] == [row["id"] for row in after]
    store.code.say("and again", "--conversation", one)
    assert store.record(one)["summary"] == f"Title {RENAMES - 1}"


def forgets(store: Store) -> None:
    """Skip a test on a version that compiles the prompt again after each commit."""
    if store.code.version() < (0, 31):
        pytest.skip("Letta Code 0.30 forgets no edit (measured on 0.30.28)")


def test_an_edit_of_the_memory_is_sent_once_then_forgotten_until_a_compaction(store: Store) -> None:
    forgets(store)
    agent = store.code.agent("Eve")
    one = store.code.say("who am I?", "--agent", agent, "--new")
    human = store.code.memory_file(agent, "human")
    fact = "The user plays the harpsichord."

    def state() -> tuple[bool, bool, bool, bool]:
        """Whether the commit has the fact, the record is of HEAD, the record has it, and the prompt has it."""
        memory = store.get(f"/_local/agents/{agent}/memory")
        prompt = store.get(f"/_local/conversations/{one}/prompt", agent_id=agent)
        committed = [file["committed"] for file in memory["files"] if file["label"].endswith("human")]
        return (
            fact in committed[0],
            prompt["revision"] == memory["head"],
            fact in prompt["core_memory"],
            fact in prompt["content"],
        )

    def sent() -> bool:
        """Whether the model got the fact in the last request."""
        return fact in json.dumps(CodeModel.requests[-1]["messages"])

    assert state() == (False, True, False, False)
    human.write_text(human.read_text() + f"\n{fact}\n")
    files = store.get(f"/_local/agents/{agent}/memory")["files"]
    edited = next(file for file in files if file["label"].endswith("human"))
    assert fact in edited["work_tree"]
    assert state() == (False, True, False, False)  # not committed: no model sees it
    store.code.commit(agent, "Plays the harpsichord")
    assert state() == (True, False, False, False)  # committed since: sent once with the next turn
    store.code.say("and now?", "--conversation", one)
    assert sent()
    assert state() == (True, True, True, False)  # the record says current; the prompt does not
    store.code.say("and after that?", "--conversation", one)
    assert not sent()  # the model has forgotten the edit
    assert state() == (True, True, True, False)
    with store.code.app_server() as server:
        server.ask("conversation_compact", conversation_id=one, body={})
    assert state() == (True, True, True, True)
    store.code.say("and at last?", "--conversation", one)
    assert sent()


# broken calls: what Letta Code makes of them


def broken(store: Store, source: str, number: int, damage: Callable[[list[Json]], list[Json]]) -> str:
    """A copy of a conversation whose rows are damaged; all that are left are in context."""
    copy = f"local-conv-{number}"
    folder = store.folder(f"conversation:{copy}")
    folder.mkdir()
    for file in store.folder(f"conversation:{source}").iterdir():
        (folder / file.name).write_text(file.read_text().replace(f'"{source}"', f'"{copy}"'))
    transcript = folder / "messages.jsonl"
    first, *lines = map(json.loads, transcript.read_text().splitlines())
    rows = damage(lines)
    transcript.write_text("".join(f"{json.dumps(row)}\n" for row in (first, *rows)))
    record = store.record(copy) | {"in_context_message_ids": [row["message"]["id"] for row in rows]}
    (folder / "conversation.json").write_text(json.dumps(record))
    return copy


def without_return(rows: list[Json]) -> list[Json]:
    return [row for row in rows if row["message"]["role"] != "toolResult"]


def without_call(rows: list[Json]) -> list[Json]:
    at = next(place for place, row in enumerate(rows) if row["message"]["role"] == "toolResult") - 1
    return [*rows[:at], *rows[at + 1 :]]


def twice(rows: list[Json]) -> list[Json]:
    at = next(place for place, row in enumerate(rows) if row["message"]["role"] == "toolResult") - 1
    again = json.loads(json.dumps(rows[at : at + 2]))
    for number, row in enumerate(again):
        row["id"] = f"beef000{number}"
        row["message"]["id"] = f"ui-msg-9000{number}"
    return [*rows, *again]


def test_broken_calls_are_healed_by_a_turn_or_a_compaction(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table in `tui/rules/check/ways_out.py`: what a turn does, and that a compaction ends each finding."""
    one = store.code.say("tool:echo one", "--agent", store.seeded.ada, "--new")
    store.code.say("and two", "--conversation", one)

    def kinds(conversation_id: str) -> list[str]:
        capsys.readouterr()
        main(["check", conversation_id, "--json", "--letta-code", str(store.code.store)])
        return [one["kind"] for one in json.loads(capsys.readouterr().out)["findings"]]

    damages = {
        "call-without-return": (without_return, []),
        "return-without-call": (without_call, ["messages-left-out"]),
        "duplicate-call-id": (twice, ["duplicate-call-id"]),
    }
    for number, (kind, (damage, after_a_turn)) in enumerate(damages.items()):
        turned, compacted = (broken(store, one, 900 + 2 * number + which, damage) for which in (0, 1))
        assert kinds(turned) == kinds(compacted) == [kind]
        store.code.say("go on", "--conversation", turned)
        assert kinds(turned) == after_a_turn
        with store.code.app_server() as server:
            server.ask("conversation_compact", conversation_id=compacted, body={})
        assert kinds(compacted) == []


def test_the_seeded_store_has_a_forgotten_edit(store: Store) -> None:
    forgets(store)
    path = store.code.memory_file(store.seeded.ada, "human").relative_to(store.code.memory(store.seeded.ada))
    commits = store.get(f"/_local/agents/{store.seeded.ada}/memory/commits", path=str(path))
    assert commits[0]["subject"] == FORGOTTEN
    prompt = store.get(f"/_local/conversations/{store.seeded.forgot}/prompt", agent_id=store.seeded.ada)
    assert prompt["revision"] == commits[0]["revision"]
    assert "Name: Sam" in prompt["core_memory"]
    assert "Name: Sam" not in prompt["content"]


@dataclass
class Named:
    """One label of a conversation by the three ways in which the program names its state."""

    store: Store
    agent: str
    conversation: str
    capsys: pytest.CaptureFixture[str]

    def command(self, name: str) -> Json:
        self.capsys.readouterr()
        where = ("--agent", self.agent, "--letta-code", str(self.store.code.store))
        code = main([name, self.conversation, "--json", *where])
        printed: Json = json.loads(self.capsys.readouterr().out)
        assert code == bool(printed.get("findings"))
        return printed

    def check(self) -> set[str]:
        """What `check` finds, by kind."""
        return {one["kind"] for one in self.command("check")["findings"]}

    def blocks(self) -> str:
        """The state of the label in `blocks`."""
        (state,) = {one["state"] for one in self.command("blocks")["labels"] if one["label"] == "human"}
        return str(state)

    def app(self) -> tuple[str, str]:
        """The memory pane of the app, and the findings behind `!`."""

        async def look() -> tuple[str, str]:
            settings = Settings(
                letta_code=self.store.code.store, agent=self.agent, conversation=self.conversation
            )
            app = LettaApp(settings)
            async with app.run_test(size=SIZE) as pilot:
                await settle(pilot)
                await press(pilot, "b")
                memory = screen_text(app)
                await press(pilot, "exclamation_mark")
                return memory, screen_text(app)

        return asyncio.run(look())


def test_each_state_of_a_memory_has_one_name_in_check_blocks_and_app(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit: not committed, committed, sent once, forgotten; then read again after a recompile."""
    forgets(store)
    make_quick(monkeypatch)
    code, agent = store.code, store.code.agent("Fay")
    one = code.say("who am I?", "--agent", agent, "--new")
    human = code.memory_file(agent, "human")
    named = Named(store, agent, one, capsys)
    states = {
        "not committed": ("not-committed", "was edited but not committed"),
        "sent once, next turn": ("committed-since", "was committed after the last turn"),
        "forgotten edit": ("forgotten-edit", "The model has forgotten an edit"),
        "prompt recompiled at the next turn": ("recompile-due", "own prompt was changed"),
    }

    def assert_named(state: str) -> None:
        assert named.blocks() == state
        kind, sentence = states.get(state, ("", ""))
        assert named.check() == ({kind} if kind else set())
        memory, findings = named.app()
        assert [other for other in states if other in memory] == ([state] if kind else []), memory
        assert sentence in findings

    def edit(fact: str) -> None:
        human.write_text(human.read_text() + f"\n{fact}\n")

    assert_named("live")
    edit("The user plays the harpsichord.")
    assert_named("not committed")
    code.commit(agent, "Plays the harpsichord")
    assert_named("sent once, next turn")
    code.say("and now?", "--conversation", one)  # gets the new memory, once
    assert_named("forgotten edit")
    code.say("and after that?", "--conversation", one)  # gets the old one
    assert_named("forgotten edit")
    with code.app_server() as server:
        server.ask("conversation_compact", conversation_id=one, body={})
    assert_named("live")

    edit("And the lute.")
    code.commit(agent, "Plays the lute")
    record = store.code.store / "agents" / f"{encoded(agent)}.json"
    changed: Json = json.loads(record.read_text())
    record.write_text(json.dumps(changed | {"system": changed["system"] + "\nBe brief."}))
    assert_named("prompt recompiled at the next turn")
    code.say("and at last?", "--conversation", one)
    assert_named("live")
