"""Makes a small store of Letta Code's local agents on disk, in the layout of 0.34.12, with texts of our own."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MADE = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
SYSTEM = "You are a helper for tests.\n<example>\n<description>quoted</description>\nno memory\n</example>"
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Sam",
    "GIT_AUTHOR_EMAIL": "sam@example.com",
    "GIT_COMMITTER_NAME": "Sam",
    "GIT_COMMITTER_EMAIL": "sam@example.com",
}
OLD = 1_700_000_000
"""When transcripts were written, so that no turn seems to run; in seconds since 1970."""


def encoded(key: str) -> str:
    """A key as the name of a folder."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def memory_file(body: str, description: str = "What it is for.", name: str = "") -> str:
    """A memory file with front matter."""
    named = f"name: {name}\n" if name else ""
    return f"---\n{named}description: {description}\n---\n{body}\n"


def rendered(files: Mapping[str, str], *, index: str = "", description: str = "What it is for.") -> str:
    """The memory as it is rendered into a prompt."""
    blocks = [
        f"<{label}>\n<description>{description}</description>\n{body}\n</{label}>"
        for label, body in files.items()
    ]
    blocks += [f"<memory>\n{index}\n</memory>"] if index else []
    return "\n\n".join(blocks)


def with_metadata(memory: str, conversation_id: str = "local-conv-1") -> str:
    """The memory with what is said of its compilation, as older prompts have it."""
    return (
        f"{memory}\n\n<memory_metadata>\n- AGENT_ID: agent-local-ada\n- CONVERSATION_ID: {conversation_id}\n"
        "- System prompt last recompiled: 2026-03-14 08:00:00 AM UTC+0000\n"
        "- 0 previous messages between you and the user are stored in recall memory\n</memory_metadata>"
    )


def user(number: int, *texts: str) -> dict[str, Any]:
    """A row that a user sent, a part for each text."""
    parts = [{"type": "text", "text": text} for text in texts]
    return {
        "id": f"ui-msg-{number}",
        "role": "user",
        "content": parts,
        "timestamp": 1_773_475_200_000 + number,
    }


def assistant(number: int, *parts: dict[str, Any], stop: str = "stop") -> dict[str, Any]:
    """A row of the model."""
    usage = {"input": 4000, "output": 12, "cacheRead": 100, "cacheWrite": 0, "cost": {"total": 0.0123}}
    return {
        "id": f"ui-msg-{number}",
        "role": "assistant",
        "content": list(parts),
        "usage": usage,
        "stopReason": stop,
        "timestamp": 1_773_475_200_000 + number,
    }


def said(text: str) -> dict[str, Any]:
    """A text of the model."""
    return {"type": "text", "text": text}


@dataclass
class LocalStore:
    """A store in a folder; each method adds to it as Letta Code would."""

    path: Path
    agents: dict[str, str] = field(default_factory=dict)
    """Ids by name."""

    def add_agent(self, name: str, files: Mapping[str, str], *, index: str = "") -> str:
        """An agent with memory files, which are committed; returns its id."""
        agent_id = self.agents[name] = f"agent-local-{name.lower()}"
        record = {
            "id": agent_id,
            "name": name,
            "description": None,
            "system": SYSTEM,
            "tags": ["origin:letta-code", "git-memory-enabled"],
            "model": "openai-compatible/fake-1",
        }
        self._write(self.path / "agents" / f"{encoded(agent_id)}.json", record)
        memory = self.memory(agent_id)
        memory.mkdir(parents=True)
        self.git(agent_id, "init", "-q", "-b", "main")
        for label, body in files.items():
            (memory / f"{label}.md").write_text(memory_file(body), encoding="utf-8")
        if index:
            (memory / "MEMORY.md").write_text(index + "\n", encoding="utf-8")
        self.commit(agent_id, "The first memory")
        self.add_conversation("default", agent_id)
        return agent_id

    def memory(self, agent_id: str) -> Path:
        """The folder of an agent's memory."""
        return self.path / "memfs" / agent_id / "memory"

    def git(self, agent_id: str, *arguments: str) -> str:
        """Run git in it."""
        done = subprocess.run(
            ["git", "-C", str(self.memory(agent_id)), *arguments],
            env={"PATH": os.environ.get("PATH", ""), **GIT, "HOME": str(self.path)},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def edit(self, agent_id: str, label: str, body: str, *, commit: str = "") -> None:
        """Change a memory file, and commit it under this subject."""
        (self.memory(agent_id) / f"{label}.md").write_text(memory_file(body), encoding="utf-8")
        if commit:
            self.commit(agent_id, commit)

    def commit(self, agent_id: str, subject: str) -> None:
        """Commit everything."""
        self.git(agent_id, "add", "-A")
        self.git(agent_id, "commit", "-q", "-m", subject)

    def head(self, agent_id: str) -> str:
        """The newest commit."""
        return self.git(agent_id, "rev-parse", "HEAD")

    def folder(self, conversation_id: str, agent_id: str) -> Path:
        """The folder of a conversation."""
        key = f"default:{agent_id}" if conversation_id == "default" else f"conversation:{conversation_id}"
        return self.path / "conversations" / encoded(key)

    def add_conversation(
        self,
        conversation_id: str,
        agent_id: str,
        *rows: dict[str, Any],
        summary: str | None = None,
        in_context: list[str] | None = None,
        **fields: Any,
    ) -> None:
        """A conversation with its transcript; by default all of it is in context."""
        folder = self.folder(conversation_id, agent_id)
        folder.mkdir(parents=True, exist_ok=True)
        ids = [row["id"] for row in rows] if in_context is None else in_context
        at = MADE.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = {
            "id": conversation_id,
            "agent_id": agent_id,
            "archived": False,
            "archived_at": None,
            "created_at": at,
            "updated_at": at,
            "last_message_at": at if rows else None,
            "summary": summary,
            "in_context_message_ids": ids,
            **fields,
        }
        self._write(folder / "conversation.json", record)
        manifest = {"schema_version": 2, "message_format": "pi-session-entry-jsonl"}
        self._write(folder / "manifest.json", manifest)
        if rows:
            self.write_rows(conversation_id, agent_id, *rows)

    def write_rows(self, conversation_id: str, agent_id: str, *rows: dict[str, Any]) -> None:
        """Write the transcript, as of long ago."""
        entries: list[dict[str, Any]] = [{"type": "session", "version": 3, "id": "s", "cwd": "/"}]
        for number, row in enumerate(rows):
            entry: dict[str, Any] = {"type": "message", "id": f"{number:08x}", "message": row}
            if "compaction" in row.get("metadata", {}):
                entry |= {"type": "compaction", "summary": "They said hello.", "tokensBefore": 1234}
            entries.append(entry)
        file = self.folder(conversation_id, agent_id) / "messages.jsonl"
        file.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries), encoding="utf-8")
        os.utime(file, (OLD, OLD))

    def compile(
        self,
        conversation_id: str,
        agent_id: str,
        memory: str,
        *,
        recorded: str | None = None,
        revision: str | None = None,
        system: str = SYSTEM,
    ) -> None:
        """Write the compiled prompt with this memory; `recorded` is what its record says instead."""
        prompt = {
            "content": f"{SYSTEM}\n\n{memory}",
            "coreMemory": memory if recorded is None else recorded,
            "compiledAt": "2026-03-14T08:00:00.000Z",
            "rawSystemHash": hashlib.sha256(system.encode()).hexdigest(),
            "memfsRevision": revision or self.head(agent_id),
        }
        self._write(self.folder(conversation_id, agent_id) / "system-prompt.json", prompt)

    def _write(self, path: Path, value: object) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, indent=2), encoding="utf-8")

    def add_workers(self, text: str) -> list[str]:
        """A subagent with a conversation and a worker without an agent, each told this; returns the ids of these."""
        scout = self.add_agent("Scout", {"human": "Name: unknown"})
        file = self.path / "agents" / f"{encoded(scout)}.json"
        self._write(file, json.loads(file.read_text()) | {"tags": ["role:subagent"]})
        self.add_conversation("local-conv-21", scout, user(1, text), summary="Of a subagent")
        self.add_conversation("local-conv-22", "", user(1, text), summary="Of nobody", agent_free=True)
        return ["local-conv-21", "local-conv-22"]


def forgetful_store(path: Path) -> LocalStore:
    """One agent, Ada, with a conversation in each state, and Ben, whose only one is healthy."""
    store = LocalStore(path)
    ada = store.add_agent(
        "Ada", {"human": "Name: unknown", "persona": "I am Ada."}, index="- human: who it is"
    )
    first = rendered({"human": "Name: unknown", "persona": "I am Ada."}, index="- human: who it is")
    revision = store.head(ada)
    store.compile("default", ada, first)
    store.edit(ada, "human", "Name: Sam", commit="The user is called Sam")
    now = rendered({"human": "Name: Sam", "persona": "I am Ada."}, index="- human: who it is")
    call = {"type": "toolCall", "id": "call-1", "name": "Bash", "arguments": {"command": "ls"}}
    answer = {
        "id": "ui-msg-3",
        "role": "toolResult",
        "toolCallId": "call-1",
        "toolName": "Bash",
        "content": [said("no such file")],
        "isError": True,
    }
    reminder = "<system-reminder>\nToday is Saturday.\n</system-reminder>"
    rows = (
        user(1, reminder, "who am I?"),
        assistant(
            2, {"type": "thinking", "thinking": "I weigh it."}, said("Let me look."), call, stop="toolUse"
        ),
        answer,
        assistant(4, said("You are unknown.")),
    )
    store.add_conversation("local-conv-1", ada, *rows, summary="The model forgot an edit")
    store.compile("local-conv-1", ada, first, recorded=now)
    store.add_conversation(
        "local-conv-2", ada, user(1, "hello"), assistant(2, said("Hi.")), summary="Healthy"
    )
    store.compile("local-conv-2", ada, now)
    store.add_conversation(
        "local-conv-3", ada, user(1, "hey"), assistant(2, said("Yes?")), summary="Since then"
    )
    store.compile("local-conv-3", ada, first, revision=revision)
    store.add_conversation("local-conv-4", ada, summary="Put away", archived=True)
    store.add_conversation("local-conv-5", ada, summary="Kept out of sight", hidden=True)
    store.add_conversation("local-conv-6", ada, *rows, summary="A fork that was never asked anything")
    ben = store.add_agent("Ben", {"human": "Name: Kim"})
    store.add_conversation("local-conv-7", ben, user(1, "hi"), assistant(2, said("Hi.")), summary="Of Ben")
    store.compile("local-conv-7", ben, rendered({"human": "Name: Kim"}))
    return store
