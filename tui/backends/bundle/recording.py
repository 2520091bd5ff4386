"""A recorded server: agents, blocks and conversations as a server sent them, and what could not be read of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tui.backends.demo.records import Json

MAX_MESSAGES = 100_000
"""Messages of one conversation: as many as are read from one response."""

MAX_IN_ALL = 250_000
"""Messages of all conversations of a file."""


class UnreadableFile(ValueError):
    """The file cannot be browsed; the text says why, without quoting the file."""


@dataclass(frozen=True)
class RecordedError:
    """A part that could not be read when the file was made: the status of the server and its reason."""

    status: int
    detail: str


@dataclass
class RecordedConversation:
    """A conversation: its record, its messages, oldest first, and the ids in context."""

    record: Json
    messages: list[Json]
    in_context: list[str] | None
    shared: frozenset[str] = frozenset()
    """Ids of messages that a fork shares with its source."""
    history_error: RecordedError | None = None
    """Why the whole history could not be read."""
    messages_error: RecordedError | None = None
    """Why the messages in context could not be listed."""
    prompt: Json | RecordedError | None = None
    """The record of its compiled prompt, where memory was in files."""


@dataclass
class Recording:
    """The contents of a file, by id; the default conversation of an agent is stored under the agent's id."""

    version: str | None = None
    """Version of the Letta server that the file was made from."""
    origin: str = ""
    """Origin of that server, such as `https://letta.example.com`."""
    agents: dict[str, Json] = field(default_factory=dict)
    shared_blocks: dict[str, list[Json] | RecordedError] = field(default_factory=dict)
    conversations: dict[str, RecordedConversation] = field(default_factory=dict)
    blocks: dict[str, Json] = field(default_factory=dict)
    messages: dict[str, list[Json]] = field(default_factory=dict)
    memory_files: dict[str, Json | RecordedError] = field(default_factory=dict)
    """Memory in files by the id of the agent, where it was in files."""
    errors: dict[str, RecordedError] = field(default_factory=dict)
    """Errors by the id of the block or message that could not be read."""
    count: int = 0
    """Messages of all conversations."""

    def add(self, conversation: RecordedConversation) -> None:
        """Add a conversation, and each of its messages under its own id; raises UnreadableFile if they are too many."""
        check_count(len(conversation.messages))
        self.count += len(conversation.messages)
        if self.count > MAX_IN_ALL:
            raise UnreadableFile(f"it has more than {MAX_IN_ALL:,} messages")
        agent_id, conversation_id = str(conversation.record.get("agent_id")), conversation.record["id"]
        self.conversations[agent_id if conversation_id == "default" else conversation_id] = conversation
        parts: dict[str, list[Json]] = {}
        for message in conversation.messages:
            if message["id"]:
                parts.setdefault(message["id"], []).append(message)
        for message_id, messages in parts.items():
            self.messages.setdefault(message_id, messages)


def check_count(messages: int) -> None:
    """Check how many messages one conversation has; raises UnreadableFile."""
    if messages > MAX_MESSAGES:
        raise UnreadableFile(f"a conversation in it has more than {MAX_MESSAGES:,} messages")


# Checked reading of fields: each raises UnreadableFile where the value has another type.


def object_field(table: Json, name: str) -> Json:
    """A field that must be an object."""
    value = table.get(name)
    if not isinstance(value, dict):
        raise UnreadableFile(f"its “{name}” is not an object")
    return value


def object_list(table: Json, name: str) -> list[Json]:
    """A field that must be a list of objects; empty where it is missing."""
    value = table.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise UnreadableFile(f"its “{name}” is not a list of objects")
    return value


def text_field(table: Json, name: str) -> str | None:
    """A text, None where there is none; never raises."""
    value = table.get(name)
    return value if isinstance(value, str) else None


def text_list(value: object, name: str) -> list[str]:
    """A list of texts; `name` is what an error calls it."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UnreadableFile(f"its “{name}” is not a list of ids")
    return value


def required_id(table: Json, noun: str) -> str:
    """The id of an agent, block, conversation or message, without which no request can name it."""
    value = text_field(table, "id")
    if not value or value in (".", ".."):
        raise UnreadableFile(f"a {noun} in it has no id")
    return value


def with_ids(messages: Iterable[Json]) -> list[Json]:
    """The messages, with an empty id where one has none."""
    return [message if isinstance(message.get("id"), str) else message | {"id": ""} for message in messages]
