"""A store of Letta Code with thousands of conversations, made by copying one; one of them is long."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.letta_code_store import Json, StoreMaker, call, message, result, said, text

AGENT = "Ada"
NEWEST = datetime(2026, 3, 1, tzinfo=UTC)
BETWEEN = timedelta(hours=1)
"""Time between two conversations; each record was written when its conversation was made."""

LONG = 1
"""The index of the long conversation in the list."""


def conversation_id(place: int) -> str:
    """The id of a conversation; the newest one has the largest number."""
    return f"local-conv-{1_000_000 - place}"


def title(place: int, mark: str = "") -> str:
    """The title of a conversation: its index in the list, and a mark that the first screen has to show."""
    return f"row {place:06} {mark}".rstrip()


class CopiedStore:
    """A store of so many conversations, of which one has so many rows."""

    def __init__(self, root: Path, conversations: int, rows: int) -> None:
        self.root = root
        self._store = StoreMaker(root)
        agent = self._store.agent(AGENT)
        self._store.commit(agent, {"human.md": "Name: unknown", "MEMORY.md": "- human.md"})
        prompt = {"content": "You are Ada. " * 2_000}
        few = self._store.conversation(agent, _transcript(0, 4), id="local-conv-copied", prompt=prompt)
        model = self._store.folder(few)
        files = {path.name: path.read_bytes() for path in model.iterdir()}
        record = self._store.record(few)
        for path in model.iterdir():
            path.unlink()
        model.rmdir()
        for place in range(conversations):
            folder = self._folder(place)
            folder.mkdir()
            for name, content in files.items():
                (folder / name).write_bytes(content)
            self._write(place, record | {"id": conversation_id(place)})
        self.long = self._folder(LONG) / "messages.jsonl"
        self.long.write_text("".join(json.dumps(row) + "\n" for row in _transcript(LONG, rows)))

    def mark(self, place: int, mark: str) -> None:
        """Rename a conversation, as Letta Code would."""
        self._write(place, self._store.record(conversation_id(place)), mark)

    def raw(self) -> None:
        """Read the long conversation in the simplest way."""
        for line in self.long.read_bytes().splitlines():
            json.loads(line)

    def _folder(self, place: int) -> Path:
        return self._store.folder(conversation_id(place))

    def _write(self, place: int, record: Json, mark: str = "") -> None:
        made = NEWEST - place * BETWEEN
        moment = made.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        path = self._folder(place) / "conversation.json"
        times = {"created_at": moment, "updated_at": moment, "last_message_at": moment}
        path.write_text(json.dumps(record | times | {"summary": title(place, mark)}, indent=2))
        os.utime(path, (made.timestamp(),) * 2)


def _transcript(place: int, count: int) -> list[Json]:
    """Rows of turns: a question, a call with an answer, and what was said in the end."""
    return [_row(place, number) for number in range(count)]


def _row(place: int, number: int) -> Json:
    own, words = f"ui-msg-{number}", f"t{place}-{number:06} " + "word " * 40
    match number % 4:
        case 0:
            return message(own, "user", [text("<system-reminder>now</system-reminder>"), text(words)])
        case 1:
            return said(own, text(words), call(f"call-{number}", command="ls"), stop_reason="toolUse")
        case 2:
            return result(own, f"call-{number - 1}", words)
        case _:
            return said(own, text(words))
