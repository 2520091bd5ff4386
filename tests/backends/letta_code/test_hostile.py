"""A store is somebody else's: nothing in it leads out of it, hangs a reader, or runs."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backends.letta_code.conftest import Asked
from tests.letta_code_store import StoreMaker, hashes, message
from tui.backends.letta_code import git, json_files, transcript
from tui.backends.letta_code.layout import encoded

SECRET = "The secret outside of the store"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the store with files that look like its own."""
    folder = tmp_path / "outside"
    (folder / "folder").mkdir(parents=True)
    (folder / "record.json").write_text(json.dumps({"id": "x", "name": SECRET, "summary": SECRET}))
    (folder / "folder" / "conversation.json").write_text(json.dumps({"id": "x", "summary": SECRET}))
    (folder / "folder" / "human.md").write_text(SECRET)
    (folder / "rows.jsonl").write_text(json.dumps(message("ui-msg-1", "user", SECRET)))
    return folder


def everything(ask: Asked, agent_id: str, conversation_id: str) -> str:
    """All that any route says, refusals included."""
    paths: tuple[tuple[str, dict[str, str]], ...] = (
        ("/v1/agents/", {"show_hidden": "true"}),
        (f"/v1/agents/{agent_id}", {}),
        (f"/v1/agents/{agent_id}/core-memory/blocks", {}),
        (f"/v1/agents/{agent_id}/messages", {}),
        ("/v1/conversations/", {"show_hidden": "true", "archive_status": "all"}),
        (f"/v1/conversations/{conversation_id}", {}),
        (f"/v1/conversations/{conversation_id}/messages", {}),
        ("/v1/messages/", {"conversation_id": conversation_id}),
        (f"/_local/conversations/{conversation_id}/prompt", {"agent_id": agent_id}),
        (f"/_local/agents/{agent_id}/memory", {}),
        (f"/_local/agents/{agent_id}/memory/commits", {}),
    )
    return "\n".join(ask.send("GET", path, **query).text for path, query in paths)


def linked(path: Path, target: Path) -> None:
    if path.is_dir():
        path.rename(path.with_name(path.name + ".was"))
    else:
        path.unlink(missing_ok=True)
    path.symlink_to(target)


@pytest.mark.parametrize(
    ("place", "target"),
    [
        ("agents/{agent}.json", "record.json"),
        ("conversations/{folder}", "folder"),
        ("conversations/{folder}/conversation.json", "record.json"),
        ("conversations/{folder}/messages.jsonl", "rows.jsonl"),
        ("conversations/{folder}/system-prompt.json", "record.json"),
        ("conversations/{folder}/manifest.json", "record.json"),
        ("memfs/{id}", "."),
        ("memfs/{id}/memory", "folder"),
        ("memfs/{id}/memory/human.md", "folder/human.md"),
        ("agents", "."),
        ("conversations", "."),
        ("memfs", "."),
    ],
)
def test_no_link_is_followed(store: StoreMaker, ask: Asked, outside: Path, place: str, target: str) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, [message("ui-msg-1", "user", "mine")], prompt={"content": "You."})
    store.commit(ada, {"human.md": "mine"})
    names = {"agent": encoded(ada), "folder": store.folder(one).name, "id": ada}
    linked(store.root / place.format(**names), outside / target)
    assert SECRET not in everything(ask, ada, one)


def test_a_link_in_place_of_the_record_is_not_written_through(
    store: StoreMaker, ask: Asked, outside: Path
) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada)
    linked(store.folder(one) / "conversation.json", outside / "record.json")
    before = (outside / "record.json").read_bytes()
    assert ask.send("PATCH", f"/v1/conversations/{one}", body={"summary": "New"}).status_code >= 400
    assert (outside / "record.json").read_bytes() == before


@pytest.mark.parametrize(
    "name", ["conversation.json", "messages.jsonl", "system-prompt.json", "manifest.json"]
)
@pytest.mark.parametrize("kind", ["fifo", "folder"])
def test_what_is_no_regular_file_is_neither_opened_nor_waited_for(
    store: StoreMaker, ask: Asked, name: str, kind: str
) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, [message("ui-msg-1", "user", "mine")])
    path = store.folder(one) / name
    path.unlink(missing_ok=True)
    os.mkfifo(path) if kind == "fifo" else path.mkdir()
    healthy = store.conversation(ada)
    assert healthy in everything(ask, ada, one)


@pytest.mark.parametrize("agent_id", ["../../outside/folder", "..", ".", "", "a/b", "a\0b", "x" * 5_000])
def test_an_id_that_looks_like_a_path_stays_a_name(
    store: StoreMaker, ask: Asked, outside: Path, agent_id: str
) -> None:
    path = store.root / "agents" / f"{encoded(agent_id)[:200]}.json"
    path.write_text(json.dumps({"id": agent_id, "name": "Odd"}))
    quoted = agent_id.replace("/", "%2F").replace("\0", "%00").replace(".", "%2E") or "-"
    found = everything(ask, quoted, quoted)
    assert SECRET not in found


def test_the_id_of_a_record_is_that_of_its_folder(store: StoreMaker, ask: Asked) -> None:
    """A record that names another conversation would else be renamed in its place."""
    ada = store.agent("Ada")
    one, other = store.conversation(ada), store.conversation(ada, summary="Other")
    path = store.folder(one) / "conversation.json"
    path.write_text(json.dumps(store.record(one) | {"id": other, "summary": "Mine"}))
    rows = ask.get("/v1/conversations/", agent_id=ada)
    assert {row["id"]: row["summary"] for row in rows} == {one: "Mine", other: "Other"}


def deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


BAD_RECORDS = {
    "deep": deep(100_000),
    "deeper than is shown": deep(200),
    "a list": "[]",
    "nothing": "",
    "NaN": '{"id": NaN}',
    "a huge number": '{"id": ' + "9" * 10_000 + "}",
    "no UTF-8": "\udcff",
}


@pytest.mark.parametrize("bad", BAD_RECORDS.values(), ids=BAD_RECORDS)
def test_damaged_files_are_refused_alone(store: StoreMaker, ask: Asked, bad: str) -> None:
    ada = store.agent("Ada")
    data = bad.encode("utf-8", "surrogateescape")
    for name in ("conversation.json", "manifest.json", "system-prompt.json", "messages.jsonl"):
        one = store.conversation(ada, [message("ui-msg-1", "user", "a")])
        (store.folder(one) / name).write_bytes(data)
        for path in ("/v1/conversations/", f"/v1/conversations/{one}/messages"):
            assert ask.send("GET", path).status_code in (200, 409, 500)
    (store.root / "agents" / f"{encoded('agent-local-bad')}.json").write_bytes(data)
    assert [agent["name"] for agent in ask.get("/v1/agents/")] == ["Ada"]


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [3], [{"id": 4}], {"a": {"b": 1}}])
def test_any_value_may_stand_in_any_field(store: StoreMaker, ask: Asked, value: object) -> None:
    ada = store.agent("Ada", name=value, tags=value, system=value)
    row = message("ui-msg-1", "user", "a")
    rows = [
        {**row, "message": {**row["message"], "id": f"{role}-{field}", "role": role, field: value}}
        for role in ("user", "assistant", "toolResult", "other")
        for field in ("content", "timestamp", "metadata", "usage", "stopReason", "toolCallId", "errorMessage")
    ]
    rows += [{**row, field: value} for field in row]
    rows += [
        {"type": "compaction", "id": f"c-{field}", "message": row["message"], field: value}
        for field in ("summary", "details")
    ]
    parts = [
        {"type": kind, field: value}
        for kind in ("text", "thinking", "toolCall", "image", "x")
        for field in ("text", "thinking", "id", "arguments", "data")
    ]
    rows.append(message("parts", "assistant", [value, *parts]))
    rows.append(message("more-parts", "user", [value, *parts]))
    rows.append(message("result-parts", "toolResult", [value, *parts]))
    one = store.conversation(
        ada, rows, summary=value, archived=value, hidden=value, in_context_message_ids=value, created_at=value
    )
    assert ask.get(f"/v1/conversations/{one}")["id"] == one
    messages = ask.get("/v1/messages/", conversation_id=one, limit=1000)
    assert len({entry["id"] for entry in messages}) == len(messages) > 30
    assert ask.get("/v1/agents/", show_hidden="true")
    assert ask.get("/v1/conversations/", agent_id=ada, show_hidden="true", archive_status="all")


def test_bounds_of_files_and_rows_hold(
    store: StoreMaker, ask: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = store.agent("Ada")
    one = store.conversation(ada, [message(f"ui-msg-{n}", "user", "a" * 100) for n in range(20)])
    monkeypatch.setattr(transcript, "MAX_ROWS", 10)
    status, reason = ask.refused("/v1/messages/", conversation_id=one)
    assert (status, reason) == (409, "its transcript has more than 10 rows")
    monkeypatch.setattr(transcript, "MAX_BYTES", 2**10)
    status, reason = ask.refused("/v1/messages/", conversation_id=one)
    assert status == 500
    assert "more than" in reason
    monkeypatch.setattr(json_files, "MAX_VALUES", 3)
    assert ask.refused(f"/v1/conversations/{store.conversation(ada)}")[0] == 500
    sparse = store.conversation(ada)
    os.truncate(store.folder(sparse) / "conversation.json", 2**40)
    assert ask.refused(f"/v1/conversations/{sparse}")[0] == 500


def trap(tmp_path: Path) -> tuple[Path, Path]:
    """A program that leaves a mark when it runs, and the mark."""
    mark, program = tmp_path / "mark", tmp_path / "trap.sh"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    return program, mark


def test_nothing_of_the_repository_runs(store: StoreMaker, ask: Asked, tmp_path: Path) -> None:
    """fsmonitor, hooks, pagers, filters, text conversion, aliases and lazy fetches of the store's own git."""
    ada = store.agent("Ada")
    store.commit(ada, {"human.md": "one", ".gitattributes": "*.md diff=trap filter=trap\n"})
    program, mark = trap(tmp_path)
    folder = store.memory(ada) / ".git"
    for name in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "diff.external",
        "gpg.program",
        "core.alternateRefsCommand",
    ):
        subprocess.run(["git", "config", "--file", str(folder / "config"), name, str(program)], check=True)
    more = f"""
[diff "trap"]\n\ttextconv = {program}\n\tcommand = {program}
[filter "trap"]\n\tclean = {program}\n\tsmudge = {program}\n\tprocess = {program}
[pager]\n\tlog = {program}
[alias]\n\tlog = !{program}\n\tcat-file = !{program}
[log]\n\tshowSignature = true
[extensions]\n\tpartialClone = origin
[remote "origin"]\n\tpromisor = true\n\turl = ext::{program}
[protocol]\n\tallow = always
[core]\n\thooksPath = {program.parent}
"""
    with (folder / "config").open("a") as config:
        config.write(more)
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (folder / "hooks").mkdir(exist_ok=True)
        (folder / "hooks" / hook).symlink_to(program)
    before = hashes(store.root)
    memory = ask.get(f"/_local/agents/{ada}/memory")
    assert (memory["state"], memory["files"][0]["committed"]) == ("ok", "one")
    assert len(ask.get(f"/_local/agents/{ada}/memory/commits", path="human.md")) == 1
    ask.refused(
        f"/_local/agents/{ada}/memory/at", revision="1" * 40, path="human.md"
    )  # an object to be fetched
    assert not mark.exists()
    assert hashes(store.root) == before


def gitfile(folder: Path, outside: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text(f"gitdir: {outside}\n")


def linked_folder(folder: Path, outside: Path) -> None:
    linked(folder, outside)


def linked_objects(folder: Path, outside: Path) -> None:
    linked(folder / "objects", outside)


def linked_object(folder: Path, outside: Path) -> None:
    linked(next((folder / "objects").glob("??/*")), outside / "record.json")


def pipe_object(folder: Path, outside: Path) -> None:
    path = next((folder / "objects").glob("??/*"))
    path.unlink()
    os.mkfifo(path)


def alternates(folder: Path, outside: Path) -> None:
    (folder / "objects" / "info").mkdir(exist_ok=True)
    (folder / "objects" / "info" / "alternates").write_text(f"{outside}\n")


def common_folder(folder: Path, outside: Path) -> None:
    (folder / "commondir").write_text(f"{outside}\n")


def escaping_head(folder: Path, outside: Path) -> None:
    (folder / "HEAD").write_text("ref: refs/heads/../../../../outside/record.json\n")


def head_pipe(folder: Path, outside: Path) -> None:
    (folder / "HEAD").unlink()
    os.mkfifo(folder / "HEAD")


def option_head(folder: Path, outside: Path) -> None:
    (folder / "refs" / "heads" / "main").write_text("--output=/tmp/never\n")


def damaged_object(folder: Path, outside: Path) -> None:
    for path in (folder / "objects").glob("??/*"):
        path.chmod(0o644)
        path.write_bytes(b"\0" * 50)


@pytest.mark.parametrize(
    "bend",
    [
        gitfile,
        linked_folder,
        linked_objects,
        linked_object,
        pipe_object,
        alternates,
        common_folder,
        escaping_head,
        head_pipe,
        option_head,
        damaged_object,
    ],
)
def test_a_repository_that_leads_elsewhere_is_refused_and_its_files_are_shown(
    store: StoreMaker, ask: Asked, outside: Path, bend: Callable[[Path, Path], None]
) -> None:
    ada = store.agent("Ada")
    store.commit(ada, {"human.md": "one"})
    bend(store.memory(ada) / ".git", outside)
    memory = ask.get(f"/_local/agents/{ada}/memory")
    assert memory["state"] == "unreadable"
    assert memory["problem"].startswith(
        ("The memory's git repository", "The HEAD", "The branch", "git could")
    )
    assert [file["work_tree"] for file in memory["files"]] == ["one"]
    assert ask.refused(f"/_local/agents/{ada}/memory/commits")[0] == 409


def test_git_that_never_ends_is_stopped(
    store: StoreMaker, ask: Asked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ada = store.agent("Ada")
    store.commit(ada, {"human.md": "one"})
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(git, "PATIENCE", 0.1)
    memory = ask.get(f"/_local/agents/{ada}/memory")
    assert (memory["state"], memory["problem"]) == ("unreadable", "git did not answer within 0.1 seconds.")


def test_an_object_that_unpacks_to_more_than_is_read_takes_no_memory(store: StoreMaker, ask: Asked) -> None:
    """git holds a commit in memory as a whole, and one of 300 kB can unpack to 70 MB."""
    ada = store.agent("Ada")
    store.commit(ada, {"human.md": "one"})
    folder = store.memory(ada) / ".git"
    head = subprocess.check_output(["git", "rev-parse", "HEAD^{tree}"], cwd=folder, text=True).strip()
    body = f"tree {head}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\n".encode() + b"x" * 70 * 2**20
    stored = b"commit %d\0" % len(body) + body
    revision = hashlib.sha1(stored, usedforsecurity=False).hexdigest()
    path = folder / "objects" / revision[:2] / revision[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(stored, 1))
    (folder / "HEAD").write_text(revision)
    memory = ask.get(f"/_local/agents/{ada}/memory")
    assert (memory["state"], memory["problem"]) == (
        "unreadable",
        "git could not read the memory's repository.",
    )


def test_git_gets_nothing_of_our_environment(
    store: StoreMaker, ask: Asked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ada = store.agent("Ada")
    store.commit(ada, {"human.md": "one"})
    program, mark = trap(tmp_path)
    for name, value in (
        ("GIT_EXTERNAL_DIFF", str(program)),
        ("GIT_PAGER", str(program)),
        ("GIT_DIR", str(tmp_path)),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "core.fsmonitor"),
        ("GIT_CONFIG_VALUE_0", str(program)),
        ("GIT_TRACE", str(mark)),
    ):
        monkeypatch.setenv(name, value)
    assert ask.get(f"/_local/agents/{ada}/memory")["state"] == "ok"
    assert not mark.exists()
