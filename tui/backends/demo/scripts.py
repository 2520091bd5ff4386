"""Scripts of demo conversations: what is said and done, with pauses, stretched over the time the conversation took."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tui.backends.demo.message_rendering import flat
from tui.backends.demo.records import Agent, Conversation, Json, text_part
from tui.backends.demo.store import Store
from tui.backends.demo.system_message import format_time, summary_alert

Content = str | list[Json]


def tool_result(
    text: Any, status: str = "success", stdout: str | None = None, stderr: str | None = None
) -> Json:
    """The result of one tool call, for `Script.returns`."""
    return {
        "tool_return": text,
        "status": status,
        "stdout": None if stdout is None else [stdout],
        "stderr": None if stderr is None else [stderr],
    }


class Script:
    """Collects the events of one conversation and writes them all at once, each at its time."""

    def __init__(
        self, store: Store, agent: Agent, conversation: Conversation | None, seen: Mapping[str, str]
    ) -> None:
        self.store, self.agent, self.conversation, self.seen = store, agent, conversation, seen
        self.home = conversation.id if conversation else None
        self.dice = random.Random(self.home or agent.id)  # noqa: S311
        self.events: list[tuple[float, Callable[[datetime], object]]] = []
        self.calls: list[Json] = []
        self.step = self.run = ""
        self._turn()

    def _turn(self) -> None:
        self.run, self.step = self.store.new_id("run", self.dice), self.store.new_id("step", self.dice)

    def _row(self, pause: float, role: str, parts: list[Json], **fields: Any) -> None:
        def write_event(at: datetime) -> None:
            self.store.write(self.agent.id, self.home, role, parts, at=at, dice=self.dice, **fields)

        self.events.append((pause, write_event))

    def system(self, *, lost: bool = False) -> None:
        """The first message, with the block values of that time; `lost` as a recompile leaves it: shared values."""
        blocks = list(self.conversation.snapshot if self.conversation else self.store.shared(self.agent))
        blocks = [replace(b, value=self.seen.get(b.label, b.value)) for b in blocks]
        name = "default" if lost else self.home or "default"

        def write_event(at: datetime) -> None:
            text = self.store.compile(self.agent, blocks, name, at=at, earlier=self.dice.randrange(2, 900))
            parts = [text_part(text)]
            self.store.write(self.agent.id, self.home, "system", parts, at=at, dice=self.dice, position=0)

        self.events.append((0, write_event))

    def recompiled(self, **values: str) -> None:
        """The system message is recompiled, as a compaction does, with other values of some blocks."""
        blocks = list(self.conversation.snapshot if self.conversation else self.store.shared(self.agent))
        seen = {**self.seen, **values}
        blocks = [replace(b, value=seen.get(b.label, b.value)) for b in blocks]

        def write_event(at: datetime) -> None:
            assert self.home is not None
            first = self.store.rows[self.store.in_context(self.home)[0]]
            text = self.store.compile(self.agent, blocks, self.home, at=at, earlier=131)
            first.parts = [text_part(text)]

        self.events.append((0, write_event))

    def tracing(self, on: bool) -> None:
        """Turn the recording of provider traces on or off."""
        self.events.append((0, lambda _: setattr(self.store, "tracing", on)))

    def second_system_message(self, text: str) -> None:
        """A system message in the middle of the conversation."""
        self._row(1, "system", [text_part(text)], otid=self.store.new_uuid(self.dice))

    def user(self, content: Content, pause: float = 60, name: str | None = None) -> None:
        """The user says something and a new run begins."""
        self._turn()
        parts = [text_part(content)] if isinstance(content, str) else content
        otid = self.store.new_uuid(self.dice)
        self._row(pause, "user", parts, otid=otid, step_id=self.step, run_id=self.run, name=name)

    def says(
        self,
        text: str | None = None,
        *calls: tuple[str, Any],
        thinks: str | None = None,
        hidden: Json | None = None,
        approval: bool = False,
        pause: float = 5,
        is_err: bool | None = None,
    ) -> None:
        """One step of the model: reasoning, text and tool calls under one id."""
        parts: list[Json] = []
        if hidden is not None:
            parts.append({"type": "hidden"} | hidden)
        if thinks is not None:
            parts.append({"type": "reasoning", "text": thinks})
        if text is not None:
            parts.append(text_part(text))
        if calls:
            self.calls = [self._call(name, arguments) for name, arguments in calls]
            parts.append({"type": "calls", "calls": self.calls, "approval": approval})
        role = "approval" if approval else "assistant"
        self._row(pause, role, parts, step_id=self.step, run_id=self.run, is_err=is_err)

    def _call(self, name: str, arguments: Any) -> Json:
        text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        return {"name": name, "arguments": text, "tool_call_id": f"call_{self.dice.getrandbits(48):012x}"}

    def returns(self, *results: Json, pause: float = 2) -> None:
        """Results of the tools of the last step, in the order of their calls."""
        pairs = zip(self.calls, results, strict=True)
        returned = [{"type": "tool", "tool_call_id": call["tool_call_id"]} | answer for call, answer in pairs]
        name = self.calls[0]["name"]
        parts: list[Json] = [{"type": "returns", "returns": returned}]
        self._row(pause, "tool", parts, name=name, step_id=self.step, run_id=self.run)
        self.step = self.store.new_id("step", self.dice)

    def answered(self, approve: bool, reason: str | None = None, pause: float = 30) -> None:
        """The user approves or denies the pending calls."""
        approvals = [
            {"type": "approval", "tool_call_id": call["tool_call_id"], "approve": approve, "reason": reason}
            for call in self.calls
        ]
        self._row(pause, "approval", [{"type": "approvals", "approvals": approvals}], run_id=self.run)

    def supplied(self, answer: Json, pause: float = 4) -> None:
        """The client ran the pending call itself and sends its result instead of an approval."""
        supplied = {"type": "tool", "tool_call_id": self.calls[0]["tool_call_id"]} | answer
        supplied["tool_return"] = flat(supplied["tool_return"])
        self._row(pause, "approval", [{"type": "approvals", "approvals": [supplied]}], run_id=self.run)

    def foreign(self, message_type: str, pause: float = 1, **fields: Any) -> None:
        """A message of a type that this version never lists, as a newer server would."""
        self._row(
            pause, "assistant", [{"type": message_type, "fields": fields}], step_id=self.step, run_id=self.run
        )

    def compacted(self, keep: int, summary: str, pause: float = 3) -> None:
        """A compaction: only the system message, a summary and the last `keep` rows stay in context."""
        assert self.home is not None
        home = self.home

        def write_event(at: datetime) -> None:
            ids = self.store.in_context(home)
            parts = [text_part(summary_alert(summary, format_time(at)))]
            row = self.store.write(self.agent.id, home, "user", parts, at=at, dice=self.dice)
            self.store.set_in_context(home, [ids[0], row.id, *ids[-keep:]])

        self.events.append((pause, write_event))

    def finish(self, start: datetime, end: datetime) -> None:
        """Write everything between two moments."""
        total = sum(pause for pause, _ in self.events) or 1.0
        scale, passed = (end - start).total_seconds() / total, 0.0
        for pause, write_event in self.events:
            passed += pause
            write_event(start + timedelta(seconds=passed * scale))


ScriptWriter = Callable[[Script], None]


@dataclass(frozen=True)
class Story:
    """A conversation to write: ages in minutes, `isolated` values by label (None: as shared), `seen` stale values.

    The fields after `ran`, except `model`, are reported only by servers after 0.16.8; `archived` is an age.
    """

    summary: str | None
    write: ScriptWriter
    age: float
    spoke: float | None = None
    isolated: Mapping[str, str | None] = field(default_factory=dict)
    seen: Mapping[str, str] = field(default_factory=dict)
    ran: bool = False
    model: str | None = None
    description: str | None = None
    archived: float | None = None
    reports_context: bool = True


def add_story(store: Store, agent: Agent, story: Story, now: datetime) -> Conversation:
    """Store the record and the isolated blocks of a story now; its messages are written when they are first read."""
    born = now - timedelta(minutes=story.age)
    conversation = store.open_conversation(agent.id, story.summary, born)
    for label, value in story.isolated.items():
        copy = store.isolate(conversation, label)
        if copy is not None and value is not None:
            store.blocks[copy.id] = replace(copy, value=value)
    conversation.snapshot = tuple(store.effective(conversation))
    if story.spoke is not None:
        conversation.last_message_at = conversation.updated_at = now - timedelta(minutes=story.spoke)
    if story.ran:
        conversation.last_run_completion = conversation.last_message_at
    conversation.model, conversation.description = story.model, story.description
    conversation.reports_context = story.reports_context
    if story.archived is not None:
        conversation.archived_at = now - timedelta(minutes=story.archived)

    def write() -> None:
        script = Script(store, agent, conversation, story.seen)
        story.write(script)
        script.finish(born, now - timedelta(minutes=story.age if story.spoke is None else story.spoke))

    conversation.story = write
    return conversation
