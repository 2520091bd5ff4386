"""A seeded store as one JSON file for the unit tests: the shape of every file, and text of ours as its prose.

Whatever Letta Code says itself is replaced: prompts, memory files, reminders, alerts, the subject of its commits. What
the seed and its model said stays. Revisions are numbers of commits, since git makes others when a test makes them anew.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.live.running import LiveError
from tui.backends.letta_code.layout import decoded

Json = dict[str, Any]

SYSTEM = "You are an agent of a test. You keep what you learn in files.\n"
AGENT = "An agent of a test"
SUBJECT = "Start the memory"
FILES = {
    "human.md": ("Who the user is, and what they are working on.", "Nothing is known of the user yet."),
    "persona.md": ("How the agent speaks, and what it cares about.", "The agent answers in few words."),
}
"""Description and text that stand for those of Letta Code's own first files."""

REMINDER = "<system-reminder>\nThis is reminder {number}: it was added by the harness.\n</system-reminder>"
ALERT = "3 messages are hidden. What they said:\n{summary}"
FRONT = re.compile(r"\A---\nname: (\w+)\ndescription: (.*)\n---\n(.*)\Z", re.DOTALL)
LONGEST_QUOTE = 24
"""Characters of a line of Letta Code's that may stand in the recorded file by chance."""


class Recorder:
    """Reads a store, and puts text of ours in place of Letta Code's."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._replaced: dict[str, str] = {}
        self.foreign: set[str] = set()

    def read(self) -> Json:
        """The recorded store."""
        agents = [json.loads(path.read_text()) for path in sorted(self._store.glob("agents/*.json"))]
        memory: Json = {}
        revisions: dict[str, int] = {}
        for agent in agents:
            memory[agent["id"]], numbers = self._memory(agent["id"])
            revisions |= numbers
        systems = {agent["id"]: agent["system"] for agent in agents}
        for agent in agents:
            self._foreign(agent["system"], agent["description"])
            agent |= {"system": SYSTEM, "description": AGENT}
        conversations = [
            self._conversation(path.parent, systems, revisions)
            for path in sorted(self._store.glob("conversations/*/conversation.json"))
        ]
        recorded = {"agents": agents, "memory": memory, "conversations": conversations}
        self._check(json.dumps(recorded, ensure_ascii=False))
        return recorded

    def _memory(self, agent_id: str) -> tuple[list[Json], dict[str, int]]:
        """The commits of a memory, the oldest first, and their numbers by revision."""
        folder = self._store / "memfs" / agent_id / "memory"

        def git(*arguments: str) -> str:
            command = ["git", "-C", str(folder), *arguments]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout

        commits: list[Json] = []
        numbers: dict[str, int] = {}
        for line in git("log", "--reverse", "--format=%H%x09%an%x09%aI%x09%s").splitlines():
            revision, author, time, subject = line.split("\t")
            names = git("ls-tree", "--name-only", revision).split()
            texts = {name: git("cat-file", "blob", f"{revision}:{name}") for name in names}
            if not commits:
                self._foreign(subject)
                subject = SUBJECT
                for name, (description, body) in FILES.items():
                    front = FRONT.match(texts[name])
                    if front is None:
                        raise LiveError(f"{name} is not what it was: {texts[name][:200]}")
                    self._foreign(front[2], front[3])
                    self._replaced |= {front[2]: description, front[3].strip(): body}
            numbers[revision] = len(commits)
            files = {name: self._ours(text) for name, text in texts.items()}
            commits.append({"author": author, "time": time, "subject": subject, "files": files})
        return commits, numbers

    def _conversation(self, folder: Path, systems: dict[str, str], revisions: dict[str, int]) -> Json:
        record = json.loads((folder / "conversation.json").read_text())
        found: Json = {
            "key": decoded(folder.name),
            "record": record,
            "manifest": json.loads((folder / "manifest.json").read_text()),
            "prompt": None,
            "rows": [],
        }
        if (folder / "system-prompt.json").exists():
            prompt = json.loads((folder / "system-prompt.json").read_text())
            own, memory = prompt["content"].split("\n\n<human>", 1)
            if own != systems[record["agent_id"]].rstrip():
                raise LiveError("a prompt does not begin with that of its agent")
            prompt["content"] = SYSTEM.rstrip() + "\n\n<human>" + self._ours(memory)
            prompt["coreMemory"] = self._ours(prompt["coreMemory"])
            prompt["rawSystemHash"] = hashlib.sha256(SYSTEM.encode()).hexdigest()
            prompt["memfsRevision"] = revisions[prompt["memfsRevision"]]
            found["prompt"] = prompt
        if (folder / "messages.jsonl").exists():
            lines = (folder / "messages.jsonl").read_text().splitlines()
            found["rows"] = [self._row(json.loads(line)) for line in lines]
        return found

    def _row(self, entry: Json) -> Json:
        if "cwd" in entry:
            entry["cwd"] = "/home/user/project"
        message = entry.get("message", {})
        compaction = message.get("metadata", {}).get("compaction")
        for number, piece in enumerate(message.get("content", ())):
            text = piece.get("text")
            if text is None or message["role"] == "toolResult":
                continue
            if compaction:
                alert = json.loads(text)
                self._foreign(alert["message"].split(compaction["summary"])[0])
                alert["message"] = ALERT.format(summary=compaction["summary"])
                piece["text"] = json.dumps(alert)
            elif message["role"] == "user" and text.startswith("<system-reminder>"):
                self._foreign(text)
                piece["text"] = REMINDER.format(number=number + 1)
            elif message["role"] == "assistant":
                # The model quotes the end of what it got, of which a reminder may be a part.
                piece["text"] = re.sub(r"(?s)(?<= to: ).*</system-reminder>\s*", "", text)
        return entry

    def _ours(self, text: str) -> str:
        for theirs, ours in self._replaced.items():
            text = text.replace(theirs, ours)
        return text

    def _foreign(self, *texts: str) -> None:
        lines = (line.strip() for text in texts for line in text.splitlines())
        self.foreign |= {line for line in lines if len(line) > LONGEST_QUOTE}

    def _check(self, recorded: str) -> None:
        """Raise LiveError if a line of Letta Code's prose is left, or a path of this machine."""
        left = [line for line in self.foreign if line in recorded]
        if left or str(self._store) in recorded:
            raise LiveError(f"not replaced: {left}")


def record(store: Path) -> str:
    """The recorded store as JSON; raises LiveError where it has a shape that is not known."""
    return json.dumps(Recorder(store).read(), indent=1, ensure_ascii=False) + "\n"
