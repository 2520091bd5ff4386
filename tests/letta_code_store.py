"""Stores of Letta Code for tests: written by hand, or from the recorded one in `tests/fixtures`.

The recorded store was made by the real Letta Code 0.34.12 (`python -m tests.live.letta_code record`), which kept the
shape of every file and put text of ours in place of its prose.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tui.backends.letta_code.layout import encoded

Json = dict[str, Any]

FIXTURE = Path(__file__).parent / "fixtures" / "letta_code_store.json"

ENTRIES: Json = {"schema_version": 2, "message_format": "pi-session-entry-jsonl"}
BARE: Json = {"schema_version": 1, "message_format": "pi-ai-message-jsonl"}
CREATED = "2026-03-14T09:00:00.000Z"
QUIET = 1_773_500_000
"""A time in seconds at which no turn has run for a while."""


class StoreMaker:
    """Writes a store below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.count = 0
        for name in ("agents", "conversations", "memfs", "providers"):
            (root / name).mkdir(parents=True)
        (root / "providers" / "auth.json").write_text('{"openai": {"key": "sk-secret"}}')

    def agent(self, name: str, /, **fields: Any) -> str:
        """Add an agent; returns its id."""
        record = {"id": f"agent-local-{name.lower()}", "name": name, "system": f"You are {name}."} | fields
        (self.root / "agents" / f"{encoded(record['id'])}.json").write_text(json.dumps(record, indent=2))
        return str(record["id"])

    def conversation(
        self,
        agent_id: str | None,
        rows: Iterable[Json] = (),
        *,
        manifest: Json | None = ENTRIES,
        prompt: Json | None = None,
        **fields: Any,
    ) -> str:
        """Add a conversation with these lines in its transcript; returns its id."""
        self.count += 1
        record: Json = {
            "id": f"local-conv-{self.count}",
            "agent_id": agent_id,
            "archived": False,
            "archived_at": None,
            "created_at": CREATED,
            "updated_at": CREATED,
            "last_message_at": None,
            "summary": None,
            "in_context_message_ids": [],
        } | fields
        folder = self.folder(record["id"], agent_id)
        folder.mkdir()
        (folder / "conversation.json").write_text(json.dumps(record, indent=2))
        if manifest is not None:
            (folder / "manifest.json").write_text(json.dumps(manifest))
        if rows := list(rows):
            (folder / "messages.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
            os.utime(folder / "messages.jsonl", (QUIET - 600, QUIET - 600))
        if prompt is not None:
            (folder / "system-prompt.json").write_text(json.dumps(prompt))
        return str(record["id"])

    def folder(self, conversation_id: str, agent_id: str | None = None) -> Path:
        """The folder of a conversation."""
        is_default = conversation_id == "default"
        key = f"default:{agent_id}" if is_default else f"conversation:{conversation_id}"
        return self.root / "conversations" / encoded(key)

    def record(self, conversation_id: str, agent_id: str | None = None) -> Json:
        """The record of a conversation as it is on disk."""
        value: Json = json.loads((self.folder(conversation_id, agent_id) / "conversation.json").read_text())
        return value

    def memory(self, agent_id: str) -> Path:
        """The folder of an agent's memory."""
        return self.root / "memfs" / agent_id / "memory"

    def write(self, agent_id: str, files: Mapping[str, str | None]) -> None:
        """Write files of the memory, without a commit; None removes one."""
        folder = self.memory(agent_id)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            if text is None:
                (folder / name).unlink()
            else:
                (folder / name).write_text(text)

    def commit(
        self,
        agent_id: str,
        files: Mapping[str, str | None],
        subject: str = "A change",
        *,
        author: str = "Tester",
        time: str = CREATED,
    ) -> str:
        """Commit files of the memory; returns the revision."""
        self.write(agent_id, files)
        who = {f"GIT_{role}_NAME": author for role in ("AUTHOR", "COMMITTER")}
        who |= {f"GIT_{role}_EMAIL": "tester@example.com" for role in ("AUTHOR", "COMMITTER")}
        who |= {f"GIT_{role}_DATE": time for role in ("AUTHOR", "COMMITTER")}
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
        } | who
        folder = self.memory(agent_id)

        def git(*arguments: str) -> str:
            command = ["git", *arguments]
            return subprocess.run(
                command, cwd=folder, env=environment, check=True, capture_output=True, text=True
            ).stdout.strip()

        if not (folder / ".git").exists():
            git("init", "-q", "-b", "main")
        git("add", "-A")
        git("commit", "-q", "--allow-empty", "-m", subject)
        return git("rev-parse", "HEAD")


def message(message_id: str, role: str, content: Any, **fields: Any) -> Json:
    """A line of a transcript with a message."""
    body = {"id": message_id, "role": role, "content": content, "timestamp": 1_773_480_000_000} | fields
    return {"type": "message", "id": message_id[-8:], "parentId": None, "timestamp": CREATED, "message": body}


def said(message_id: str, *parts: Json, stop_reason: str = "stop", **fields: Any) -> Json:
    """A line with what the model said."""
    return message(message_id, "assistant", list(parts), stopReason=stop_reason, **fields)


def text(value: str) -> Json:
    return {"type": "text", "text": value}


def call(call_id: str, **arguments: Any) -> Json:
    return {"type": "toolCall", "id": call_id, "name": "Bash", "arguments": arguments}


def result(message_id: str, call_id: str, value: str, *, failed: bool = False) -> Json:
    """A line with the result of a call."""
    return message(
        message_id, "toolResult", [text(value)], toolCallId=call_id, toolName="Bash", isError=failed
    )


def hashes(root: Path) -> dict[str, str]:
    """The content, mode and time of every file and folder of a store, `.git` included."""
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(root))] = f"{status.st_mode:o} {status.st_mtime_ns} {content}"
    return found


def recorded(root: Path) -> StoreMaker:
    """The recorded store, written below a folder that is not there yet."""
    store = StoreMaker(root)
    found: Json = json.loads(FIXTURE.read_text(encoding="utf-8"))
    revisions = {}
    for agent in found["agents"]:
        (root / "agents" / f"{encoded(agent['id'])}.json").write_text(json.dumps(agent, indent=2))
        commits = found["memory"][agent["id"]]
        revisions[agent["id"]] = [
            store.commit(agent["id"], one["files"], one["subject"], author=one["author"], time=one["time"])
            for one in commits
        ]
    for one in found["conversations"]:
        folder = root / "conversations" / encoded(one["key"])
        folder.mkdir()
        (folder / "conversation.json").write_text(json.dumps(one["record"], indent=2))
        (folder / "manifest.json").write_text(json.dumps(one["manifest"], indent=2))
        if prompt := one["prompt"]:
            prompt["memfsRevision"] = revisions[one["record"]["agent_id"]][prompt["memfsRevision"]]
            (folder / "system-prompt.json").write_text(json.dumps(prompt, indent=2))
        if one["rows"]:
            rows = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in one["rows"])
            (folder / "messages.jsonl").write_text(rows)
            os.utime(folder / "messages.jsonl", (QUIET - 600, QUIET - 600))
    return store


def raw_rows(folder: Path) -> list[Json]:
    """The messages of a transcript by the tests' own reading: of each id the last one, at its last place."""
    path = folder / "messages.jsonl"
    entries = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    messages = [entry["message"] for entry in entries if entry["type"] in ("message", "compaction")]
    last = {message["id"]: index for index, message in enumerate(messages)}
    return [message for index, message in enumerate(messages) if last[message["id"]] == index]


def raw_parts(row: Json) -> list[tuple[str, str]]:
    """What a row has to show, as (type of message, text), by the tests' own reading."""
    content = row["content"]
    pieces = [text(content)] if isinstance(content, str) else content
    texts = "\n".join(piece["text"] for piece in pieces if piece["type"] == "text")
    if row.get("metadata", {}).get("compaction"):
        return [("summary_message", "")]
    if row["role"] == "user":
        return [("user_message", texts)]
    if row["role"] == "toolResult":
        return [("tool_return_message", texts)]
    kinds = {"thinking": ("reasoning_message", "thinking"), "toolCall": ("approval_request_message", "id")}
    parts: list[tuple[str, str]] = []
    before = None
    for piece in pieces:
        if piece["type"] != "text":
            kind, field = kinds[piece["type"]]
            parts.append((kind, piece[field]))
        elif before == "text":
            parts[-1] = "assistant_message", f"{parts[-1][1]}\n{piece['text']}"
        else:
            parts.append(("assistant_message", piece["text"]))
        before = piece["type"]
    return parts


def shown_part(message: Json) -> tuple[str, str]:
    """A message as `raw_parts` has it."""
    kind = message["message_type"]
    if kind == "summary_message":
        return kind, ""
    if kind == "approval_request_message":
        return kind, message["tool_call"]["tool_call_id"]
    if kind == "reasoning_message":
        return kind, message["reasoning"]
    content = message["tool_return"] if kind == "tool_return_message" else message["content"]
    if isinstance(content, list):
        content = "\n".join(piece["text"] for piece in content if piece["type"] == "text")
    return kind, content


_OPENED: list[list[tuple[int, str]]] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _OPENED:
        _OPENED[-1].append((threading.get_ident(), str(arguments[0])))


sys.addaudithook(_note)  # for good: hooks cannot be removed


@contextmanager
def files_opened() -> Iterator[Callable[[], Counter[tuple[str, str]]]]:
    """How often each file of a store was opened, by the name of its folder and its own, so far.

    Files are opened in their open folder, so a thread opens that right before the first of them.
    """
    noted: list[tuple[int, str]] = []
    _OPENED.append(noted)

    def count() -> Counter[tuple[str, str]]:
        folders: dict[int, str] = {}
        found: Counter[tuple[str, str]] = Counter()
        for thread, name in noted:
            if Path(name).suffix in (".json", ".jsonl", ".md"):
                found[folders.get(thread, ""), name] += "/" not in name
            else:
                folders[thread] = name
        return +found

    yield count
    _OPENED.remove(noted)
