"""What a store holds, as Letta's endpoints answer it."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backends.letta_code.conftest import Asked
from tests.letta_code_store import BARE, StoreMaker, call, message, result, said, text
from tui.backends.letta_code import records as backend_records
from tui.backends.letta_code import transcript
from tui.backends.letta_code.api_messages import api_messages
from tui.backends.letta_code.files import Root
from tui.backends.letta_code.json_files import JsonFiles
from tui.backends.letta_code.layout import agent_file, conversation_folder
from tui.backends.letta_code.records import SOME
from tui.backends.letta_code.transcript import Lines, Transcript, Transcripts, read_lines
from tui.backends.letta_code.transport import LettaCodeTransport


def ids(rows: list[dict[str, str]]) -> list[str]:
    return [row["id"] for row in rows]


def test_agents_are_listed_by_name_without_hidden_ones(store: StoreMaker, ask: Asked) -> None:
    store.agent("Zoe")
    ada = store.agent("Ada")
    store.agent("Worker", tags=["role:subagent"])
    store.agent("Hidden", hidden=True)
    (store.root / "agents" / "._rubbish.json").write_text("not JSON")
    assert [row["name"] for row in ask.get("/v1/agents/")] == ["Ada", "Zoe"]
    assert ask.get("/v1/agents/count") == 2
    assert [row["name"] for row in ask.get("/v1/agents/", show_hidden="true")] == [
        "Ada",
        "Hidden",
        "Worker",
        "Zoe",
    ]
    assert ids(ask.get("/v1/agents/", query_text="ad")) == [ada]
    assert ids(ask.get("/v1/agents/", limit=1, after=ada)) == ["agent-local-zoe"]
    assert ask.get(f"/v1/agents/{ada}")["system"] == "You are Ada."
    assert ask.refused("/v1/agents/agent-local-nobody")[0] == 404


def test_conversations_are_filtered_as_they_are_asked_for(store: StoreMaker, ask: Asked) -> None:
    ada, ben = store.agent("Ada"), store.agent("Ben")
    plain = store.conversation(ada, summary="Holiday plans")
    archived = store.conversation(ada, summary="Put away", archived=True)
    hidden = store.conversation(ada, hidden=True)
    store.conversation(ada, id="default")
    store.conversation(ben)

    def listed(**query: str) -> list[str]:
        return sorted(ids(ask.get("/v1/conversations/", agent_id=ada, **query)))

    assert listed() == [plain]
    assert listed(archive_status="archived") == [archived]
    assert listed(archive_status="all") == [plain, archived]
    assert listed(archive_status="all", show_hidden="true") == [plain, archived, hidden]
    assert listed(summary_search="holiday") == [plain]
    assert len(ask.get("/v1/conversations/")) == 2


def test_a_list_is_sorted_and_goes_on_behind_a_cursor(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    made = [
        store.conversation(ada, last_message_at=f"2026-03-{day:02}T00:00:00.000Z" if day else None)
        for day in (3, 1, 0, 2)
    ]
    newest = ask.get("/v1/conversations/", agent_id=ada, order_by="last_message_at")
    assert ids(newest) == [made[0], made[3], made[1], made[2]]
    same_time = ask.get("/v1/conversations/", agent_id=ada, order="asc", limit=3)
    assert ids(same_time) == made[:3]
    rest = ask.get("/v1/conversations/", agent_id=ada, order="asc", limit=3, after=made[2])
    assert ids(rest) == made[3:]


def test_numbers_in_ids_are_sorted_as_numbers(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    made = [store.conversation(ada) for _ in range(12)]
    assert ids(ask.get("/v1/conversations/", agent_id=ada, order="asc")) == made


def test_workers_without_an_agent_are_listed_under_a_stand_in(store: StoreMaker, ask: Asked) -> None:
    worker = store.conversation(
        None, id="local-conv-0a", agent_free=True, system="You count.", name="Counter"
    )
    assert ask.get("/v1/agents/") == []
    assert ask.get("/v1/conversations/") == []
    [stand_in] = ask.get("/v1/agents/", show_hidden="true")
    assert ids(ask.get("/v1/conversations/", agent_id=stand_in["id"], show_hidden="true")) == [worker]
    record = ask.get(f"/v1/conversations/{worker}")
    assert (record["agent_id"], record["name"]) == (stand_in["id"], "Counter")
    assert ask.get(f"/_local/agents/{stand_in['id']}/memory")["state"] == "absent"


def test_the_default_conversation_is_found_by_its_agent(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    store.conversation(ada, [message("ui-msg-1", "user", "hello")], id="default", prompt={"content": "You."})
    assert ask.refused("/v1/conversations/default")[0] == 400
    record = ask.get("/v1/conversations/default", agent_id=ada)
    assert record["in_context_message_ids"] == ["system:default", "ui-msg-1"]
    newest_first = ask.get(f"/v1/agents/{ada}/messages", conversation_id="default")
    assert ids(newest_first) == ["ui-msg-1", "system:default"]
    assert ids(ask.get(f"/v1/agents/{ada}/messages", order="asc", limit=1)) == ["system:default"]
    assert ask.refused("/v1/agents/agent-local-nobody/messages")[0] == 404


def test_a_row_becomes_a_message_for_each_of_its_parts(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    picture = {"type": "image", "mimeType": "image/png", "data": "iVBORw=="}
    thought = {"type": "thinking", "thinking": "Let me think."}
    rows = [
        {"type": "session", "version": 3, "id": "s", "timestamp": "t", "cwd": "/"},
        message(
            "ui-msg-1", "user", [text("<system-reminder>Be brief.</system-reminder>"), text("Look"), picture]
        ),
        said(
            "ui-msg-2",
            thought,
            text("One"),
            call("c1", a=1),
            call("c1", a=2),
            text("Two"),
            stop_reason="toolUse",
        ),
        result("ui-msg-3", "c1", "fine"),
        result("ui-msg-4", "c1", "broken", failed=True),
        said("ui-msg-5", text("Done"), usage={"input": 7}, model="m", provider="p"),
        said("ui-msg-6", errorMessage="no credit", stop_reason="error"),
        message("ui-msg-7", "poet", "An unknown role"),
        {"type": "label", "id": "x"},
    ]
    one = store.conversation(ada, rows)
    messages = ask.get("/v1/messages/", conversation_id=one, limit=100)
    assert [(row["id"], row["message_type"]) for row in messages] == [
        ("ui-msg-1", "user_message"),
        ("ui-msg-2:reasoning:0", "reasoning_message"),
        ("ui-msg-2:assistant:1", "assistant_message"),
        ("ui-msg-2:tool:c1:request", "approval_request_message"),
        ("ui-msg-2:tool:c1:request:3", "approval_request_message"),
        ("ui-msg-2:assistant:4", "assistant_message"),
        ("ui-msg-3", "tool_return_message"),
        ("ui-msg-4", "tool_return_message"),
        ("ui-msg-5", "assistant_message"),
        ("ui-msg-6", "assistant_message"),
        ("ui-msg-7", "poet_message"),
    ]
    by_id = {row["id"]: row for row in messages}
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}
    assert by_id["ui-msg-1"]["content"][2] == {"type": "image", "source": source}
    assert by_id["ui-msg-2:reasoning:0"]["reasoning"] == "Let me think."
    assert json.loads(by_id["ui-msg-2:tool:c1:request"]["tool_call"]["arguments"]) == {"a": 1}
    assert [by_id[f"ui-msg-{n}"]["status"] for n in (3, 4)] == ["success", "error"]
    assert by_id["ui-msg-4"]["tool_return"] == "broken"
    assert [row["id"] for row in messages if "usage" in row] == ["ui-msg-5"]
    assert by_id["ui-msg-5"]["date"] == "2026-03-14T09:20:00.000Z"
    assert by_id["ui-msg-6"]["content"] == "no credit"


def test_after_a_compaction_those_in_context_come_first_and_none_is_missing(
    store: StoreMaker, ask: Asked
) -> None:
    ada = store.agent("Ada")
    alert = json.dumps({"type": "system_alert", "message": "Earlier: hello."})
    compaction = {
        "type": "compaction",
        "summary": "Earlier: hello.",
        "tokensBefore": 900,
        "firstKeptEntryId": "e2",
        "details": {"stats": {"messages_count_before": 3}},
        "message": {"id": "ui-msg-4", "role": "user", "content": alert},
    }
    rows = [
        message("ui-msg-1", "user", "hello"),
        said("ui-msg-2", text("hi")),
        message("ui-msg-3", "user", "more"),
        compaction,
        said("ui-msg-5", text("yes")),
    ]
    kept = ["ui-msg-4", "ui-msg-3", "ui-msg-5"]
    one = store.conversation(ada, rows, in_context_message_ids=kept)
    assert ask.get(f"/v1/conversations/{one}")["in_context_message_ids"] == kept
    assert ids(ask.get(f"/v1/conversations/{one}/messages")) == [*kept, "ui-msg-1", "ui-msg-2"]
    whole = ask.get("/v1/messages/", conversation_id=one)
    assert ids(whole) == [f"ui-msg-{n}" for n in range(1, 6)]
    assert whole[3]["message_type"] == "summary_message"
    assert whole[3]["summary"] == "Earlier: hello."
    assert whole[3]["content"] == alert
    stats = {"messages_count_before": 3, "tokens_before": 900, "first_kept_entry_id": "e2"}
    assert whole[3]["compaction_stats"] == stats


def test_a_row_that_is_written_again_stands_once_at_its_last_place(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    rows = [
        message("ui-msg-1", "user", "one"),
        said("ui-msg-2", text("begun")),
        message("ui-msg-3", "user", "two"),
        said("ui-msg-2", text("finished")),
    ]
    one = store.conversation(ada, rows)
    messages = ask.get("/v1/messages/", conversation_id=one)
    assert ids(messages) == ["ui-msg-1", "ui-msg-3", "ui-msg-2"]
    assert messages[2]["content"] == "finished"


def test_ids_of_rows_that_are_not_in_the_file_yet_stay_in_context(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    rows = [message("ui-msg-1", "user", "one")]
    one = store.conversation(ada, rows, in_context_message_ids=["ui-msg-1", "ui-msg-2"])
    assert ask.get(f"/v1/conversations/{one}")["in_context_message_ids"] == ["ui-msg-1", "ui-msg-2"]
    assert ids(ask.get(f"/v1/conversations/{one}/messages")) == ["ui-msg-1"]


def test_a_torn_last_line_is_skipped_and_damaged_ones_are_counted(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, [message("ui-msg-1", "user", "one"), message("ui-msg-3", "user", "three")])
    path = store.folder(one) / "messages.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"type":"mess' + b"\n" + lines[1] + b'{"type":"message","mess')
    assert ids(ask.get("/v1/messages/", conversation_id=one)) == ["ui-msg-1", "ui-msg-3"]
    assert ask.get(f"/v1/conversations/{one}")["unreadable_rows"] == 1
    path.write_bytes(lines[0] + lines[1])
    assert "unreadable_rows" not in ask.get(f"/v1/conversations/{one}")


def test_the_older_format_of_bare_messages_is_read(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    rows = [message("ui-msg-1", "user", "one")["message"], said("ui-msg-2", text("two"))["message"]]
    one = store.conversation(ada, rows, manifest=BARE)
    assert ids(ask.get("/v1/messages/", conversation_id=one)) == ["ui-msg-1", "ui-msg-2"]


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (
            {"schema_version": 3, "message_format": "pi-session-entry-jsonl"},
            "an unsupported format",
        ),
        (
            {"schema_version": True, "message_format": "pi-ai-message-jsonl"},
            "an unsupported format",
        ),
        (None, "no manifest"),
    ],
    ids=["newer", "odd", "none"],
)
def test_an_unknown_format_is_refused_in_words_and_the_record_is_shown(
    store: StoreMaker, ask: Asked, manifest: dict[str, object] | None, reason: str
) -> None:
    ada = store.agent("Ada")
    rows = [message("ui-msg-1", "user", "one")]
    one = store.conversation(
        ada, rows, manifest=manifest, summary="Of the future", in_context_message_ids=["ui-msg-1"]
    )
    record = ask.get(f"/v1/conversations/{one}")
    assert (record["summary"], record["in_context_message_ids"]) == ("Of the future", ["ui-msg-1"])
    assert ids(ask.get("/v1/conversations/", agent_id=ada)) == [one]
    for path, query in (
        (f"/v1/conversations/{one}/messages", {}),
        ("/v1/messages/", {"conversation_id": one}),
    ):
        status, said_why = ask.refused(path, **query)
        assert status == 409
        assert reason in said_why


def test_a_conversation_without_messages_and_prompt_is_empty(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada)
    assert ask.get(f"/v1/conversations/{one}")["in_context_message_ids"] == []
    assert ask.get("/v1/messages/", conversation_id=one) == []
    prompt = ask.get(f"/_local/conversations/{one}/prompt", agent_id=ada)
    assert (prompt["content"], prompt["problem"]) == (None, "")


def test_the_prompt_says_what_it_was_made_of(store: StoreMaker, ask: Asked) -> None:
    import hashlib

    ada = store.agent("Ada")
    stored = {
        "content": "You are Ada.\n\nmemory",
        "coreMemory": "memory",
        "compiledAt": "2026-03-14T09:00:00.000Z",
        "rawSystemHash": hashlib.sha256(b"You are Ada.").hexdigest(),
        "memfsRevision": "a" * 40,
    }
    one = store.conversation(ada, prompt=stored)
    prompt = ask.get(f"/_local/conversations/{one}/prompt", agent_id=ada)
    assert prompt == {
        "compiled_at": "2026-03-14T09:00:00.000Z",
        "content": "You are Ada.\n\nmemory",
        "memory": "memory",
        "core_memory": "memory",
        "revision": "a" * 40,
        "raw_system_current": True,
        "problem": "",
    }
    [system] = ask.get(f"/v1/conversations/{one}/messages")
    assert (system["id"], system["content"]) == (f"system:{one}", "You are Ada.\n\nmemory")
    store.agent("Ada", system="You are another.")
    changed = ask.get(f"/_local/conversations/{one}/prompt", agent_id=ada)
    assert (changed["raw_system_current"], changed["memory"]) == (False, None)


@pytest.mark.parametrize(
    ("system", "content", "memory"),
    [
        ("Be kind.\n", "Be kind.\n\n<human>", "<human>"),
        ("Be {CORE_MEMORY} kind.", "Be <human> kind.", "<human>"),
        ("Be kind.", "Be unkind.\n\n<human>", None),
        ("Be {CORE_MEMORY} kind.", "Be kind.", None),
    ],
)
def test_the_memory_in_a_prompt_is_what_stands_for_it_or_behind_the_agents_own(
    store: StoreMaker, ask: Asked, system: str, content: str, memory: str | None
) -> None:
    import hashlib

    ada = store.agent("Ada", system=system)
    stored = {"content": content, "rawSystemHash": hashlib.sha256(system.encode()).hexdigest()}
    one = store.conversation(ada, prompt=stored)
    assert ask.get(f"/_local/conversations/{one}/prompt", agent_id=ada)["memory"] == memory


def test_a_record_that_is_being_rewritten_is_read_again(store: StoreMaker, ask: Asked) -> None:
    """Letta Code writes in place: for a moment the file is empty, and a reader waits for it."""
    ada = store.agent("Ada")
    one = store.conversation(ada, summary="Whole")
    path = store.folder(one) / "conversation.json"
    whole = path.read_bytes()
    path.write_bytes(b"")
    writer = threading.Timer(0.03, path.write_bytes, [whole])
    writer.start()
    try:
        assert ask.get(f"/v1/conversations/{one}")["summary"] == "Whole"
    finally:
        writer.join()


def test_records_that_stay_torn_are_left_out_and_not_waited_for_again(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    whole = store.conversation(ada)
    torn = [store.conversation(ada) for _ in range(50)]
    for one in torn:
        (store.folder(one) / "conversation.json").write_bytes(b'{"id"')
    assert ids(ask.get("/v1/conversations/", agent_id=ada, limit=100)) == [whole]
    status, reason = ask.refused(f"/v1/conversations/{torn[0]}")
    assert status == 500
    assert "cannot be used: conversation.json is incomplete or damaged" in reason


def test_each_record_is_read_once_until_it_changes(store: StoreMaker, ask: Asked, opened: list[str]) -> None:
    ada = store.agent("Ada")
    made = [store.conversation(ada) for _ in range(30)]

    def reads() -> int:
        opened.clear()
        assert len(ask.get("/v1/conversations/", agent_id=ada, limit=100)) == 30
        return opened.count("conversation.json")

    assert reads() == 30
    assert reads() == 0
    path = store.folder(made[0]) / "conversation.json"
    path.write_text(json.dumps(store.record(made[0]) | {"summary": "New"}))
    assert reads() == 1


def test_pages_that_go_on_come_from_one_look_at_the_store(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    made = [store.conversation(ada) for _ in range(4)]
    page = ids(ask.get("/v1/conversations/", agent_id=ada, limit=2))
    newer = store.conversation(ada)
    page += ids(ask.get("/v1/conversations/", agent_id=ada, limit=2, after=page[-1]))
    assert page == made[::-1]
    assert ids(ask.get("/v1/conversations/", agent_id=ada, limit=1)) == [newer]


def test_what_a_store_cannot_answer_is_refused_with_a_reason(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada)
    for path, reason in (
        ("/v1/messages/ui-msg-1", "only with its conversation"),
        ("/v1/steps/step-1/trace", "no traces"),
        ("/v1/blocks/block-1", "no blocks"),
        (f"/v1/agents/{ada}/context", "no count of the tokens"),
    ):
        status, said_why = ask.refused(path)
        assert (status, reason in said_why) == (501, True), said_why
    for method, path in (
        ("POST", "/v1/conversations/"),
        ("POST", f"/v1/conversations/{one}/fork"),
        ("POST", f"/v1/conversations/{one}/recompile"),
        ("DELETE", f"/v1/conversations/{one}"),
        ("POST", f"/v1/agents/{ada}/messages/preview-raw-payload"),
    ):
        answer = ask.send(method, path, body={})
        assert answer.status_code == 501
        assert "Only Letta Code" in answer.json()["detail"]
    assert ask.refused("/v1/nothing") == (404, "Not Found")


def test_a_folder_without_a_store_is_no_server(tmp_path: Path, ask: Asked, store: StoreMaker) -> None:
    assert ask.get("/v1/health/")["backend"] == "letta-code"
    os.rename(store.root, tmp_path / "away")
    for path in ("/v1/health/", "/v1/agents/", "/v1/conversations/", "/v1/conversations/local-conv-1"):
        with pytest.raises(httpx.ConnectError, match="its folder cannot be opened: no such file"):
            ask.send("GET", path)


def test_only_the_first_message_of_a_row_has_the_id_of_the_row(store: StoreMaker, ask: Asked) -> None:
    """As the App Server of 0.34.12 showed the same rows (measured)."""
    ada = store.agent("Ada")

    def thinking(value: str, **fields: object) -> dict[str, object]:
        return {"type": "thinking", "thinking": value, **fields}

    rows = [
        said("a1", text("one"), text("two")),
        said("a2", thinking("k"), text("one"), text("two"), thinking("k2")),
        said("a3", call("c1"), call("c1"), text("t")),
        said("a5", text("")),
        said("a6", {"type": "new kind"}, text("z"), stop_reason="error", errorMessage="boom"),
        said("a7", thinking(""), text("z")),
        said("a8", thinking("", thinkingSignature="x"), text("z")),
        said("a9", text("one"), call("c1"), text("two")),
    ]
    one = store.conversation(ada, rows)
    messages = ask.get("/v1/messages/", conversation_id=one, limit=100)
    assert ids(messages) == [
        "a1",
        "a2:reasoning:0",
        "a2:assistant:1",
        "a2:reasoning:3",
        "a3:tool:c1:request",
        "a3:tool:c1:request:1",
        "a3:assistant:2",
        "a5",
        "a6:unknown:0",
        "a6",
        "a7",
        "a8:reasoning:0",
        "a8",
        "a9",
        "a9:tool:c1:request",
        "a9:assistant:2",
    ]
    assert messages[0]["content"] == [text("one"), text("two")]
    assert messages[9]["error_message"] == "boom"


def test_the_compaction_of_a_fork_is_a_message_with_all_that_is_known_of_it(
    store: StoreMaker, ask: Asked
) -> None:
    ada = store.agent("Ada")
    stats = {"context_tokens_before": 1501, "messages_count_before": 13}
    metadata = {"compaction": {"summary": "Earlier: hello.", "stats": stats}}
    one = store.conversation(
        ada, [message("ui-msg-1", "user", [text('{"type":"system_alert"}')], metadata=metadata)]
    )
    [shown] = ask.get("/v1/messages/", conversation_id=one)
    assert (shown["message_type"], shown["summary"]) == ("summary_message", "Earlier: hello.")
    assert (shown["content"], shown["compaction_stats"]) == ('{"type":"system_alert"}', stats)


def test_a_list_is_not_made_long_by_ids_in_context(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, in_context_message_ids=[f"ui-msg-{n}" for n in range(1000)], theirs="kept")
    [row] = ask.get("/v1/conversations/", agent_id=ada)
    assert (row["id"], row["theirs"], row["in_context_message_ids"]) == (one, "kept", [])


def test_opening_a_conversation_reads_each_of_its_files_once(
    store: StoreMaker, ask: Asked, opened: list[str]
) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, [message("ui-msg-1", "user", "one")], prompt={"content": "You are Ada."})
    opened.clear()
    for path in (
        f"/v1/conversations/{one}",
        f"/v1/conversations/{one}/messages",
        f"/_local/conversations/{one}/prompt",
    ):
        ask.get(path, agent_id=ada)
    ask.get("/v1/messages/", conversation_id=one)
    names = ("conversation.json", "messages.jsonl", "manifest.json", "system-prompt.json")
    assert [opened.count(name) for name in names] == [1, 1, 1, 1]


def test_of_an_enormous_record_only_short_values_are_listed(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, summary="Short", theirs="x" * 100_000, more={"a": 1})
    [row] = ask.get("/v1/conversations/", agent_id=ada)
    assert (row["id"], row["summary"], "theirs" in row, "more" in row) == (one, "Short", False, False)
    assert len(ask.get(f"/v1/conversations/{one}")["theirs"]) == 100_000


def test_only_lines_that_were_appended_are_read(store: StoreMaker) -> None:
    """What was read before is known, also where an older row is written again or the last line was cut."""
    ada = store.agent("Ada")
    rows = [message(f"ui-msg-{n}", "user", "a" * 1000) for n in range(100)]
    one = store.conversation(ada, rows)
    path = store.folder(one) / "messages.jsonl"
    transcripts = Transcripts(Root(store.root), JsonFiles(Root(store.root)))
    folder = conversation_folder(one)

    def grown(text: str) -> Transcript:
        with path.open("a") as file:
            file.write(text)
        found = transcripts.get(folder)
        lines, rest = read_lines(path.read_bytes(), Lines())
        whole = lines.transcript(rest, Root(store.root).signature(*folder, "messages.jsonl"))
        assert list(found.messages(found.rows)) == list(whole.messages(whole.rows))
        assert (found.unreadable, found.size, found.modified) == (
            whole.unreadable,
            whole.size,
            whole.modified,
        )
        return found

    before = grown("")
    line = json.dumps(message("ui-msg-100", "user", "new"))
    after = grown(line[:50])
    assert all(after.rows[row_id] is row for row_id, row in before.rows.items())
    after = grown(line[50:])  # whole, but not ended
    assert list(after.rows)[-1] == "ui-msg-100"
    after = grown("\n" + json.dumps(message("ui-msg-3", "user", "again")) + "\nrubbish\n")
    assert list(after.rows)[-2:] == ["ui-msg-100", "ui-msg-3"]
    assert after.unreadable == 1
    assert after.rows["ui-msg-2"] is before.rows["ui-msg-2"]


@pytest.mark.parametrize("change", ["shorter", "longer", "as long", "another file"])
def test_a_transcript_that_was_not_only_appended_to_is_read_whole(
    store: StoreMaker, ask: Asked, change: str
) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, [message(f"ui-msg-{n}", "user", "before") for n in range(3)])
    path = store.folder(one) / "messages.jsonl"

    def texts() -> list[str]:
        return [row["content"] for row in ask.get("/v1/messages/", conversation_id=one)]

    assert texts() == ["before"] * 3
    text = {"shorter": "then", "longer": "afterwards", "as long": "behind", "another file": "before"}[change]
    rows = [message(f"ui-msg-{n}", "user", text) for n in range(3)]
    written = "".join(json.dumps(row) + "\n" for row in rows)
    if change == "another file":
        new = path.with_name("new.jsonl")
        new.write_text(
            written.replace("before", "behind", 1) + json.dumps(message("x", "user", "more")) + "\n"
        )
        new.replace(path)
        assert texts() == ["behind", "before", "before", "more"]
    else:
        path.write_text(written)
        assert texts() == [text] * 3


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the rows whose messages are made during a test, in that order."""
    rows: list[str] = []

    def noted(row_id: str, entry: Any, body: Any) -> Any:
        rows.append(row_id)
        return api_messages(row_id, entry, body)

    monkeypatch.setattr(transcript, "api_messages", noted)
    return rows


def test_messages_are_made_once_and_those_outside_the_context_when_they_are_wanted(
    store: StoreMaker, ask: Asked, made: list[str]
) -> None:
    ada = store.agent("Ada")
    every = [f"ui-msg-{n}" for n in range(50)]
    one = store.conversation(
        ada, [message(own, "user", "text") for own in every], in_context_message_ids=every[40:]
    )
    assert len(ask.get(f"/v1/conversations/{one}")["in_context_message_ids"]) == 10
    assert made == every[40:]
    assert ids(ask.get(f"/v1/conversations/{one}/messages", limit=12)) == [*every[40:], *every[:2]]
    assert made == [*every[40:], *every[:2]]
    for _ in range(2):
        assert ids(ask.get("/v1/messages/", conversation_id=one, limit=100)) == every
    assert sorted(made) == sorted(every)


def first(ask: Asked, conversation_id: str, limit: int = 100) -> list[str]:
    """The ids of the messages that are there at a first look."""
    return ids(ask.get(f"/_local/conversations/{conversation_id}/first-messages", limit=limit))


def test_a_first_look_makes_and_parses_only_the_rows_it_shows(
    store: StoreMaker, ask: Asked, made: list[str], opened: list[str]
) -> None:
    ada = store.agent("Ada")
    rows = [said(f"ui-msg-{n}", text("so"), call(f"call-{n}")) for n in range(50)]
    one = store.conversation(ada, rows, prompt={"content": "You are Ada."})
    opened.clear()
    shown = ["system:" + one, "ui-msg-0", "ui-msg-0:tool:call-0:request", "ui-msg-1"]
    assert first(ask, one, 4) == shown
    assert len(made) == 4  # a row gives one message at least
    assert ids(ask.get(f"/v1/conversations/{one}/messages", limit=4)) == shown
    assert first(ask, one, 4) == shown
    assert len(made) == 54
    assert opened.count("messages.jsonl") == 1


def test_a_first_look_at_a_compacted_conversation_begins_with_its_summary(
    store: StoreMaker, ask: Asked, made: list[str]
) -> None:
    """What is in context is at the end of the file, with older forms of its rows and the summary among it."""
    ada = store.agent("Ada")
    rows = [message(f"ui-msg-{n}", "user", "text") for n in range(200)]
    rows.insert(195, message("ui-msg-194", "user", "again"))
    rows += [message("summary", "user", "Earlier: text."), message("ui-msg-200", "user", "more")]
    kept = ["summary", "ui-msg-194", "ui-msg-199", "ui-msg-200"]
    one = store.conversation(ada, rows, in_context_message_ids=kept)
    assert first(ask, one) == kept
    assert set(made) == set(kept)


def test_a_first_look_parses_all_lines_if_a_row_is_elsewhere_or_not_written_yet(
    store: StoreMaker, ask: Asked
) -> None:
    ada = store.agent("Ada")
    rows = [message(f"ui-msg-{n}", "user", "text") for n in range(100)]
    far = store.conversation(ada, rows, in_context_message_ids=["ui-msg-3", "ui-msg-99"])
    assert first(ask, far) == ["ui-msg-3", "ui-msg-99"]
    unwritten = store.conversation(ada, rows, in_context_message_ids=["ui-msg-99", "ui-msg-100"])
    assert first(ask, unwritten) == ["ui-msg-99"]


def test_a_first_look_at_a_torn_damaged_unknown_or_missing_transcript(
    store: StoreMaker, ask: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, [message(f"ui-msg-{n}", "user", "text") for n in range(3)])
    path = store.folder(one) / "messages.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"type":"mess\n[]\n\n' + lines[1] + b"\xff\n" + lines[2][:-20])
    assert first(ask, one) == ["ui-msg-0", "ui-msg-1"]
    with path.open("ab") as file:
        file.write(lines[2][-20:])
    assert first(ask, one) == ["ui-msg-0", "ui-msg-1", "ui-msg-2"]
    assert first(ask, store.conversation(ada)) == []
    newer = {"schema_version": 3, "message_format": "pi-session-entry-jsonl"}
    unknown = store.conversation(ada, [message("ui-msg-1", "user", "one")], manifest=newer)
    assert ask.refused(f"/_local/conversations/{unknown}/first-messages")[0] == 409
    monkeypatch.setattr(transcript, "MAX_ROWS", 2)
    long = store.conversation(ada, [message(f"ui-msg-{n}", "user", "text") for n in range(3)])
    assert ask.refused(f"/_local/conversations/{long}/first-messages")[0] == 409


def written(store: StoreMaker, conversation_id: str, moment: datetime) -> None:
    """Have the record's file written at a time."""
    os.utime(store.folder(conversation_id) / "conversation.json", (moment.timestamp(),) * 2)


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_the_first_page_reads_no_more_records_than_it_takes(
    store: StoreMaker, ask: Asked, opened: list[str]
) -> None:
    ada = store.agent("Ada")
    days = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(300)]
    made = [store.conversation(ada, created_at=iso(day)) for day in days]
    for one, day in zip(made, days, strict=True):
        written(store, one, day)
    written(store, made[5], days[-1])  # an old one, which was renamed today
    opened.clear()
    page = ids(ask.get("/v1/conversations/", agent_id=ada, limit=10))
    assert page == made[:-11:-1]
    assert opened.count("conversation.json") == SOME
    for _ in range(29):
        page += ids(ask.get("/v1/conversations/", agent_id=ada, limit=10, after=page[-1]))
    assert page == made[::-1]
    assert ids(ask.get("/v1/conversations/", agent_id=ada, limit=10, order="asc")) == made[:10]
    assert opened.count("conversation.json") == 300


MOMENTS = st.integers(0, 40).map(lambda day: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day))


@given(
    records=st.lists(st.tuples(MOMENTS, MOMENTS, st.booleans(), st.integers(-20, 40)), max_size=30),
    limit=st.integers(1, 8),
    field=st.sampled_from(["created_at", "updated_at", "last_message_at"]),
)
@settings(max_examples=40, deadline=None)
def test_a_page_of_few_records_is_that_of_all(
    records: list[tuple[datetime, datetime, bool, int]], limit: int, field: str
) -> None:
    """Also where the clock of the files is hours behind that of the records."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend_records, "SOME", 1)
        store = StoreMaker(Path(folder) / "store")
        ada, ben = store.agent("Ada"), store.agent("Ben")
        for created, updated, own, hours in records:
            last = None if hours == 0 else iso(max(created, updated))
            times: dict[str, Any] = {
                "created_at": iso(created),
                "updated_at": iso(max(created, updated)),
                "last_message_at": last,
            }
            one = store.conversation(ada if own else ben, **times)
            written(store, one, max(created, updated) + timedelta(hours=hours))
        asked = Asked(LettaCodeTransport(store.root))
        query = {"agent_id": ada, "order_by": field}
        page = ids(asked.get("/v1/conversations/", limit=limit, **query))
        every = ids(asked.get("/v1/conversations/", limit=1000, **query))
        assert page == every[:limit]
        assert len(every) == sum(own for _, _, own, _ in records)
        assert every == ids(asked.get("/v1/conversations/", limit=1000, order="asc", **query))[::-1]


def test_what_a_list_has_read_is_not_read_again_to_open_it(
    store: StoreMaker, ask: Asked, opened: list[str]
) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, in_context_message_ids=[f"ui-msg-{n}" for n in range(200)])
    opened.clear()
    ask.get("/v1/agents/")
    ask.get("/v1/conversations/", agent_id=ada)
    assert len(ask.get(f"/v1/conversations/{one}")["in_context_message_ids"]) == 200
    ask.get(f"/v1/agents/{ada}")
    files = [name for name in opened if name.endswith(".json")]
    assert sorted(files) == sorted({"conversation.json", "manifest.json", agent_file(ada)[-1]})
