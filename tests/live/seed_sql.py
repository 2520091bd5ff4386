"""Conversations and messages written into Letta's tables, shaped as the server writes them itself."""

import hashlib
import json
import random
import subprocess
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.live.running import MODEL, LiveError, RealServer
from tests.live.texts import LINES, numbered, summary_of

CONVERSATION = (
    "id",
    "agent_id",
    "summary",
    "last_message_at",
    "created_at",
    "updated_at",
    "organization_id",
)
MESSAGE = (
    "id",
    "role",
    "content",
    "model",
    "conversation_id",
    "organization_id",
    "agent_id",
    "created_at",
    "updated_at",
    "otid",
    "tool_calls",
)
LINK = (
    "id",
    "conversation_id",
    "agent_id",
    "message_id",
    "position",
    "in_context",
    "organization_id",
    "created_at",
    "updated_at",
)

# What the rows need to know of the agent: its organization, its system message and its conversations so far.
AGENT = """
SELECT json_build_object(
    'organization', a.organization_id,
    'system', (SELECT m.content FROM messages m WHERE m.id = a.message_ids ->> 0),
    'has_last_message_at', EXISTS (SELECT FROM information_schema.columns
        WHERE table_name = 'conversations' AND column_name = 'last_message_at'),
    'conversations', (SELECT COALESCE(json_agg(json_build_object(
            'id', c.id, 'created_at', c.created_at,
            'next', (SELECT COALESCE(max(l.position) + 1, 1) FROM conversation_messages l
                     WHERE l.conversation_id = c.id))), '[]')
        FROM conversations c WHERE c.agent_id = a.id))
FROM agents a WHERE a.id = :'agent';
"""

Row = Sequence[Any]


@dataclass(frozen=True)
class Bulk:
    """`create` conversations, `step` seconds apart, and `messages` in each and in those there already."""

    create: int
    messages: int
    seed: int
    step: float


@dataclass
class Rows:
    """The rows of one agent, by table, and how many messages they are."""

    agent: str
    organization: str
    chance: random.Random
    conversations: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)
    touched: list[tuple[str, datetime]] = field(default_factory=list)

    def identity(self, prefix: str) -> str:
        """A reproducible id of the server's own kind."""
        return f"{prefix}-{self.unique()}"

    def unique(self) -> uuid.UUID:
        """A reproducible UUID."""
        return uuid.UUID(bytes=self.chance.randbytes(16), version=4)

    def add_message(self, conversation: str, position: int, role: str, content: str, when: datetime) -> None:
        """One stored message and its place in the conversation, in context."""
        message = self.identity("message")
        otid = None if role == "system" else str(self.unique())
        self.messages.append(
            (
                message,
                role,
                content,
                MODEL,
                conversation,
                self.organization,
                self.agent,
                when,
                when,
                otid,
                "[]",
            )
        )
        link = self.identity("conv_msg")
        self.links.append(
            (link, conversation, self.agent, message, position, True, self.organization, when, when)
        )

    def add_talk(self, conversation: str, first: int, count: int, begin: datetime) -> datetime | None:
        """User and assistant in turn from this position on; returns the time of the last message."""
        last = None
        for index in range(count):
            last = begin + timedelta(milliseconds=10 * (index + 1))
            text = numbered(self.chance.choice(LINES), index)
            content = json.dumps([{"type": "text", "text": text, "signature": None}])
            self.add_message(conversation, first + index, "assistant" if index % 2 else "user", content, last)
        return last


def fill(server: RealServer, agent: str, bulk: Bulk) -> int:
    """Write the rows in one transaction; returns the number of messages, system messages included."""
    known = json.loads(_psql(server, AGENT, agent=agent))
    mixed = hashlib.sha256(f"{bulk.seed} {agent}".encode()).hexdigest()
    rows = Rows(agent, known["organization"], random.Random(mixed))
    for row in known["conversations"]:
        begin = datetime.fromisoformat(row["created_at"])
        last = rows.add_talk(row["id"], row["next"], bulk.messages, begin)
        if last:
            rows.touched.append((row["id"], last))
    system = json.dumps(known["system"] or [{"type": "text", "text": "system"}])
    now = datetime.now(UTC)
    for index in range(bulk.create):
        begin = now - timedelta(seconds=bulk.step * (bulk.create - index))
        conversation = rows.identity("conv")
        rows.add_message(conversation, 0, "system", system, begin)
        last = rows.add_talk(conversation, 1, bulk.messages, begin)
        summary = summary_of(index, index)
        rows.conversations.append(
            (conversation, agent, summary, last, begin, last or begin, rows.organization)
        )
    _psql(server, _script(rows, known["has_last_message_at"]))
    return len(rows.messages)


def _script(rows: Rows, has_last_message_at: bool) -> str:
    """One transaction for psql; `last_message_at` came with Letta 0.16.7."""
    columns: Row = CONVERSATION
    conversations: Sequence[Row] = rows.conversations
    if not has_last_message_at:
        place = columns.index("last_message_at")
        columns, *conversations = [(*row[:place], *row[place + 1 :]) for row in (columns, *conversations)]
    parts = ["BEGIN;\n", _copy("conversations", columns, conversations)]
    if has_last_message_at:
        parts += [
            f"UPDATE conversations SET last_message_at = '{when.isoformat()}' WHERE id = '{conversation}';\n"
            for conversation, when in rows.touched
        ]
    parts += [_copy("messages", MESSAGE, rows.messages), _copy("conversation_messages", LINK, rows.links)]
    return "".join([*parts, "COMMIT;\nANALYZE;\n"])


def _copy(table: str, columns: Sequence[str], rows: Iterable[Row]) -> str:
    """A COPY statement with its rows in PostgreSQL's text format."""
    lines = ["\t".join(_field(value) for value in row) + "\n" for row in rows]
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN;\n{''.join(lines)}\\.\n"


def _field(value: Any) -> str:
    if value is None:
        return r"\N"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text.replace("\\", r"\\").replace("\n", r"\n").replace("\r", r"\r").replace("\t", r"\t")


def _psql(server: RealServer, script: str, **variables: str) -> str:
    """What psql prints for this script; a value is available as `:'name'`."""
    command = [*server.psql, *(f"--set={name}={value}" for name, value in variables.items())]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LiveError(f"writing to the database failed:\n{done.stderr}")
    return done.stdout
