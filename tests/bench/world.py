"""What the synthetic server holds, written as JSON once: conversations without number, one of them long.

A world is named "ROWS-MESSAGES" or "ROWS-MESSAGES-KB": the second newest conversation has so many messages, all
others have three, and the newest has a summary of so many KB. Every title carries a mark that the server can
change, so that a reader can tell fresh rows from those that were kept since the last visit.
"""

from __future__ import annotations

import json
import random
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

MARK = b"@@@@"
AGENT = "agent-00000000-0000-4000-8000-000000000001"
LONG = 1
"""Place of the long conversation: the row below the one on which the list begins."""

FEW = 3
NEEDLE = "needle-in-the-hay"
"""Stands in the last message of a long conversation and nowhere else."""

BEGAN = datetime.now(UTC).replace(microsecond=246_810)
WORDS = re.findall(
    r"\w+",
    "agent block boundary cache call change check commit context cursor draft error fetch filter fork frame "
    "history invoice isolate label latency list memory merge message model module page parser patch prompt "
    "query read reply request return row save scroll server slice state summary table test token tool trace",
)


def conversation_id(place: int) -> str:
    """The id of the conversation at a place, the newest being 0."""
    return f"conv-00000000-0000-4000-8000-{place:012x}"


def place_of(key: str) -> int:
    """The place that an id stands for."""
    return int(key[-12:], 16)


def written(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def lines(size: int, seed: int = 0) -> str:
    """So many characters in lines of about 60."""
    luck = random.Random(seed)
    made: list[str] = []
    length = 0
    while length < size:
        line = " ".join(luck.choices(WORDS, k=9))
        made.append(line)
        length += len(line) + 1
    return "\n".join(made)[:size]


def stamp(minutes: int) -> str:
    return f"{BEGAN - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S.%fZ}"


BLOCKS: tuple[dict[str, Any], ...] = tuple(
    {
        "value": lines(800, place),
        "limit": 100_000,
        "project_id": None,
        "template_name": None,
        "is_template": False,
        "label": label,
        "read_only": False,
        "description": f"What is known of the {label}.",
        "metadata": {},
        "id": f"block-00000000-0000-4000-8000-{place:012x}",
        "tags": [],
    }
    for place, label in enumerate(("human", "persona", "scratch", "human", "persona"))
)
SHARED, ISOLATED = BLOCKS[:3], BLOCKS[3:]

ABOUT_AGENT: dict[str, Any] = {
    "id": AGENT,
    "name": "Bench",
    "model": "gpt-4o-mini",
    "description": None,
    "created_at": stamp(10_000_000),
    "updated_at": stamp(1),
    "agent_type": "letta_v1_agent",
    "message_ids": [],
    "system": lines(4_000, 5),
    "tools": [],
    "blocks": [],
    "llm_config": {"model": "gpt-4o-mini", "context_window": 128_000},
}


def summary(kilobytes: int, place: int = 0) -> str:
    """The summary of a row: one line, and so many KB more."""
    words = WORDS[place % len(WORDS)], WORDS[place // len(WORDS) % len(WORDS)]
    title = f"row {place:06} {MARK.decode()} {' '.join(words)}"
    return f"{title}\n{lines(kilobytes * 1024, 3)}" if kilobytes else title


def _row(place: int, kilobytes: int) -> bytes:
    isolated = [block["id"] for block in ISOLATED] if place % 10 == LONG else []
    row = {
        "created_by_id": None,
        "last_updated_by_id": None,
        "created_at": stamp(place + 1),
        "updated_at": stamp(place),
        "id": conversation_id(place),
        "agent_id": AGENT,
        "summary": summary(0 if place else kilobytes, place),
        "in_context_message_ids": [],
        "isolated_block_ids": isolated,
        "model": None,
        "model_settings": None,
        "last_message_at": stamp(place),
    }
    return written(row)


@lru_cache(8)
def rows(count: int, kilobytes: int) -> list[bytes]:
    """The rows of a world, newest first."""
    return [_row(place, kilobytes) for place in range(count)]


def message_id(conversation: int, place: int) -> str:
    return f"message-{conversation:08x}-0000-4000-8000-{place:012x}"


def _message(conversation: int, place: int, luck: random.Random, *, last: bool) -> bytes:
    """One message of a kind that its place decides: a question, a thought, a call and its return, an answer."""
    text = lines(int(luck.paretovariate(1.6) * 260) % 6_000 + 60, place)
    text = f"t{conversation}-{place:06} {NEEDLE + ' ' if last and conversation == LONG else ''}{text}"
    call = {"name": "archival_search", "arguments": written({"query": text[:80]}).decode()}
    call["tool_call_id"] = f"call-{conversation}-{place - place % 5}"
    found = {"tool_return": text, "status": "success", "stdout": None, "stderr": None}
    found["tool_call_id"] = call["tool_call_id"]
    kind, told = (
        ("user_message", {"content": text}),
        ("reasoning_message", {"source": "reasoner_model", "reasoning": text, "signature": None}),
        ("tool_call_message", {"tool_call": call, "tool_calls": [call]}),
        ("tool_return_message", {**found, "tool_returns": [found]}),
        ("assistant_message", {"content": text}),
    )[(place - 1) % 5]
    if place == 0:
        kind, told = "system_message", {"content": lines(6_000, 9)}
    base: dict[str, Any] = {
        "id": message_id(conversation, place),
        "date": f"{BEGAN - timedelta(days=9) + timedelta(seconds=place):%Y-%m-%dT%H:%M:%S+00:00}",
        "name": None,
        "message_type": kind,
        "otid": message_id(conversation, place).removeprefix("message-"),
        "sender_id": None,
        "step_id": f"step-{place // 5:08x}-0000-4000-8000-000000000000",
        "is_err": None,
        "seq_id": None,
        "run_id": None,
    }
    return written(base | told)


@lru_cache(64)
def messages(conversation: int, count: int) -> list[bytes]:
    """The messages of a conversation in their order, the system message first."""
    luck = random.Random(conversation)
    return [_message(conversation, place, luck, last=place == count - 1) for place in range(count)]


class World:
    """One world by its name."""

    def __init__(self, name: str) -> None:
        sizes = [int(part) for part in name.split("-")]
        count, self.long, self.kilobytes = (*sizes, 0)[:3]
        self.rows = rows(count, self.kilobytes)

    def length(self, place: int) -> int:
        """How many messages the conversation at a place has."""
        return self.long if place == LONG else FEW

    def conversation(self, place: int) -> bytes:
        """One row with what is in context."""
        ids = written([message_id(place, at) for at in range(self.length(place))])
        key = b'"in_context_message_ids":'
        return self.rows[place].replace(key + b"[]", key + ids)

    def change(self, place: int, told: dict[str, Any]) -> bytes:
        """Another summary for one row, here alone; the row as it is then."""
        row = json.loads(self.rows[place]) | {"summary": told["summary"]}
        self.rows = [*self.rows[:place], written(row), *self.rows[place + 1 :]]
        return self.conversation(place)

    def messages(self, place: int) -> list[bytes]:
        """What a conversation holds."""
        return messages(place, self.length(place))
