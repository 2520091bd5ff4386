"""Titles and archived flags: changed as Letta Code would have it, and never while a turn seems to run."""

from __future__ import annotations

import json
import os
import threading
from typing import Any

import pytest

from tests.backends.letta_code.conftest import Asked
from tests.letta_code_store import QUIET, StoreMaker, call, hashes, message, result, said, text

NOW = "2026-03-14T14:53:20.000Z"
"""The time of the transport, which is `QUIET`."""


def change(ask: Asked, conversation_id: str, body: Any, **query: str) -> tuple[int, Any]:
    answer = ask.send("PATCH", f"/v1/conversations/{conversation_id}", body=body, **query)
    return answer.status_code, answer.json()


def test_a_rename_changes_the_title_and_nothing_else(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    rows = [message("ui-msg-1", "user", "hello"), said("ui-msg-2", text("hi"))]
    one = store.conversation(
        ada,
        rows,
        summary="Old",
        in_context_message_ids=["ui-msg-1", "ui-msg-2"],
        theirs={"z": [1], "a": None},
    )
    path = store.folder(one) / "conversation.json"
    path.chmod(0o640)
    before, record = hashes(store.root), store.record(one)
    status, answered = change(ask, one, {"summary": "Käse 寿司"})
    assert (status, answered["summary"], answered["updated_at"]) == (200, "Käse 寿司", NOW)
    assert list(store.record(one).items()) == list(
        (record | {"summary": "Käse 寿司", "updated_at": NOW}).items()
    )
    assert path.read_text() == json.dumps(store.record(one), indent=2, ensure_ascii=False)
    assert path.stat().st_mode & 0o777 == 0o640
    changed = {name for name, one in hashes(store.root).items() if before.get(name) != one}
    folder = path.parent.relative_to(store.root)
    assert changed == {str(folder), str(folder / "conversation.json")}


def test_archiving_and_back(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada)
    assert change(ask, one, {"archived": True})[0] == 200
    record = store.record(one)
    assert (record["archived"], record["archived_at"], record["updated_at"]) == (True, NOW, NOW)
    assert change(ask, one, {"archived": False})[0] == 200
    record = store.record(one)
    assert (record["archived"], record["archived_at"]) == (False, None)


def test_what_is_so_already_is_not_written(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, summary="Same")
    before = hashes(store.root)
    assert change(ask, one, {"summary": "Same"})[0] == 200
    assert change(ask, one, {"archived": False})[0] == 200
    assert hashes(store.root) == before


def test_a_record_on_one_line_stays_on_one_line(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada)
    path = store.folder(one) / "conversation.json"
    path.write_text(json.dumps(store.record(one), separators=(",", ":")) + "\n")
    assert change(ask, one, {"summary": "New"})[0] == 200
    assert path.read_text().count("\n") == 1
    assert path.read_text().endswith("}\n")


RUNNING = {
    "its last id is not written": (
        [message("ui-msg-1", "user", "a"), said("ui-msg-2", text("b"))],
        ["ui-msg-9"],
        600,
    ),
    "a user waits": ([said("ui-msg-1", text("b")), message("ui-msg-2", "user", "a")], [], 600),
    "a result waits": ([said("ui-msg-1", call("c")), result("ui-msg-2", "c", "x")], [], 600),
    "a tool runs": ([said("ui-msg-1", call("c"), stop_reason="toolUse")], [], 600),
    "it was just written": ([said("ui-msg-1", text("b"))], [], 1),
}


@pytest.mark.parametrize(("rows", "in_context", "age"), RUNNING.values(), ids=RUNNING)
def test_a_turn_that_seems_to_run_forbids_a_change_unless_it_is_forced(
    store: StoreMaker, ask: Asked, rows: list[dict[str, Any]], in_context: list[str], age: int
) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, rows, in_context_message_ids=in_context)
    os.utime(store.folder(one) / "messages.jsonl", (QUIET - age, QUIET - age))
    before = hashes(store.root)
    for body in ({"summary": "New"}, {"archived": True}):
        status, answered = change(ask, one, body)
        assert (status, answered["code"]) == (409, "turn-running")
        assert answered["detail"].startswith("A turn seems to be running: ")
    assert hashes(store.root) == before
    assert change(ask, one, {"summary": "New"}, force="true")[0] == 200
    assert store.record(one)["summary"] == "New"
    assert store.record(one)["in_context_message_ids"] == in_context


def test_a_compaction_that_stands_last_is_no_running_turn(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    compaction = {
        "type": "compaction",
        "summary": "s",
        "message": {"id": "ui-msg-2", "role": "user", "content": "s"},
    }
    one = store.conversation(
        ada, [message("ui-msg-1", "user", "a"), compaction], in_context_message_ids=["ui-msg-2"]
    )
    assert change(ask, one, {"summary": "New"})[0] == 200


def test_the_default_conversation_and_unknown_formats_are_refused_also_by_force(
    store: StoreMaker, ask: Asked
) -> None:
    ada = store.agent("Ada")
    store.conversation(ada, id="default")
    future = store.conversation(ada, [message("ui-msg-1", "user", "a")], manifest={"schema_version": 9})
    before = hashes(store.root)
    status, answered = change(ask, "default", {"summary": "New"}, agent_id=ada, force="true")
    assert status == 400
    assert "default conversation" in answered["detail"]
    status, answered = change(ask, future, {"summary": "New"}, force="true")
    assert status == 409
    assert "format" in answered["detail"]
    assert change(ask, "local-conv-77", {"summary": "New"})[0] == 404
    bodies: tuple[Any, ...] = (
        {},
        [],
        {"summary": 3},
        {"archived": "yes"},
        {"summary": "a", "archived": True},
        {"model": "x"},
    )
    for body in bodies:
        assert change(ask, future, body)[0] == 422
    assert hashes(store.root) == before


def test_a_record_that_is_being_rewritten_is_waited_for(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada)
    path = store.folder(one) / "conversation.json"
    newer = json.dumps(store.record(one) | {"in_context_message_ids": []} | {"theirs": 1})
    path.write_bytes(b"")
    writer = threading.Timer(0.03, path.write_text, [newer])
    writer.start()
    try:
        assert change(ask, one, {"summary": "New"})[0] == 200
    finally:
        writer.join()
    assert (store.record(one)["summary"], store.record(one)["theirs"]) == ("New", 1)


def test_a_record_that_stays_torn_is_left_alone(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada)
    path = store.folder(one) / "conversation.json"
    path.write_bytes(b'{"id"')
    assert change(ask, one, {"summary": "New"})[0] >= 400
    assert path.read_bytes() == b'{"id"'
    assert sorted(os.listdir(path.parent)) == ["conversation.json", "manifest.json"]


def test_two_programs_that_change_different_keys_lose_neither(store: StoreMaker, ask: Asked) -> None:
    from tui.backends.letta_code.transport import LettaCodeTransport

    ada = store.agent("Ada")
    one = store.conversation(ada)
    other = Asked(LettaCodeTransport(store.root, clock=lambda: float(QUIET)))

    def archive() -> None:
        for number in range(40):
            assert change(other, one, {"archived": number % 2 == 0})[0] == 200

    thread = threading.Thread(target=archive)
    thread.start()
    for number in range(40):
        assert change(ask, one, {"summary": f"Title {number}"})[0] == 200
        assert store.record(one)["summary"] == f"Title {number}"
    thread.join()
    assert store.record(one)["archived"] is False
    assert len(os.listdir(store.folder(one))) == 2


def test_temporary_files_of_killed_programs_are_removed(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada)
    stale, young = (store.folder(one) / f".letta-tui-{name}.tmp" for name in ("stale", "young"))
    for path in (stale, young):
        path.write_text("{}")
    os.utime(stale, (1, 1))
    assert change(ask, one, {"summary": "New"})[0] == 200
    assert (stale.exists(), young.exists()) == (False, True)
