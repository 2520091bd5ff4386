"""Stores of Letta Code for tests: written by hand, or from the recorded one in `tests/fixtures`.

The recorded store was made by the real Letta Code 0.34.12 (`python -m tests.live.letta_code record`), which kept the
shape of every file and put text of ours in place of its prose.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
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
