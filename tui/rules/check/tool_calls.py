"""The context check of tool calls: each needs one return after it, and an approval request needs an answer.

Measured: parallel returns share one message in no order; denied calls get a return too; results that a client
computed stand in the approval response and again in a return; `send_message` is listed as assistant text and its
result as nothing, so neither half can be held against the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tui.api.models import Message
from tui.model.text import one_line
from tui.presentation.content_parts import string
from tui.presentation.tool_calls import calls, results
from tui.rules.check.finding import Finding, Kind, Severity

CALLS = ("tool_call_message", "approval_request_message")
WAITING = (*CALLS, "approval_response_message")
UNPAIRED = "send_message"
REFUSED = "most model providers refuse such a context, so the next turn may fail"


@dataclass(slots=True, eq=False)
class Asked:
    """One call, or one return to it, in its place among the messages in context."""

    message: Message
    place: int
    key: str
    call_id: str
    name: str

    @property
    def ids(self) -> dict[str, str]:
        """What a finding about it names."""
        message = self.message
        named = {
            "message": message.id,
            "call": self.call_id,
            "run": message.run_id or "",
            "step": message.step_id or "",
        }
        return {name: value for name, value in named.items() if value}

    @property
    def words(self) -> str:
        """The tool's name, fit for a sentence."""
        return one_line(self.name, 60) or "a tool"


def call_findings(messages: Sequence[Message]) -> Iterator[Finding]:
    """Calls without return, returns without call, approvals that wait, call ids used twice."""
    asked, answers = list(_calls(messages)), list(_returns(messages))
    yield from _twice(asked)
    left, unasked = _matched(asked, answers)
    known = {call.call_id for call in asked}
    for answer in unasked:
        yield _unasked(answer, known)
    told = _Verdicts(messages)
    yield from _unanswered([call for call in left if call.call_id not in told.supplied], messages, told)


def _calls(messages: Sequence[Message]) -> Iterator[Asked]:
    seen: dict[str, int] = {}
    for place, message in enumerate(messages):
        part = seen.get(message.id, 0)
        seen[message.id] = part + 1
        if message.message_type not in CALLS:
            continue
        for number, call in enumerate(calls(message)):
            call_id, name = string(call.get("tool_call_id")), string(call.get("name"))
            if call_id and name != UNPAIRED:
                yield Asked(message, place, f"{message.id}#{part}.{number}", call_id, name)


def _returns(messages: Sequence[Message]) -> Iterator[Asked]:
    seen: Counter[str] = Counter()
    for place, message in enumerate(messages):
        for result in results(message) if message.message_type == "tool_return_message" else ():
            key = f"{message.id}#return{seen[message.id]}"
            seen[message.id] += 1
            call_id, name = string(result.get("tool_call_id")), string(message.raw.get("name"))
            if call_id and name != UNPAIRED:
                yield Asked(message, place, key, call_id, name)


def _matched(asked: list[Asked], answers: list[Asked]) -> tuple[list[Asked], list[Asked]]:
    """The calls that no later return answers, and the returns that answer no earlier call."""
    waiting: dict[str, list[Asked]] = {}
    for call in asked:
        waiting.setdefault(call.call_id, []).append(call)
    unasked = []
    for answer in answers:
        mates = waiting.get(answer.call_id, [])
        if mates and mates[0].place < answer.place:
            mates.pop(0)
        else:
            unasked.append(answer)
    left = {call for mates in waiting.values() for call in mates}
    return [call for call in asked if call in left], unasked


class _Verdicts:
    """What approval responses say: which calls were judged, and which results a client supplied itself."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.judged: set[str] = set()
        self.supplied: set[str] = set()
        for message in messages:
            if message.message_type == "approval_response_message":
                self._read(message.raw)

    def _read(self, raw: Mapping[str, object]) -> None:
        self.judged.add(string(raw.get("approval_request_id")))
        answers = raw.get("approvals")
        for answer in answers if isinstance(answers, list) else ():
            if isinstance(answer, Mapping):
                supplied = "tool_return" in answer
                (self.supplied if supplied else self.judged).add(string(answer.get("tool_call_id")))

    def on(self, call: Asked) -> bool:
        """Whether somebody approved or denied a call; older servers name the request instead."""
        return call.call_id in self.judged or call.message.id in self.judged


def _unanswered(left: list[Asked], messages: Sequence[Message], told: _Verdicts) -> Iterator[Finding]:
    """Calls without a return: waiting for approval, perhaps still running, or broken."""
    end = _tail(messages)
    last = messages[-1] if messages else None
    asks = last is not None and last.message_type == "approval_request_message"
    for call in left:
        wants_approval = call.message.message_type == "approval_request_message" and not told.on(call)
        if call.place >= end and asks:
            if last is not None and call.message.id == last.id:
                yield _pending(call)
            # else the server's own tools, called in the same step: they wait with it
        elif call.place >= end:
            yield _running(call)
        else:
            yield _broken(call, wants_approval=wants_approval)


def _tail(messages: Sequence[Message]) -> int:
    """Where the last step begins, if nothing follows its calls; else behind the end."""
    start, ids = len(messages), set[str]()
    while start and (messages[start - 1].message_type in WAITING or messages[start - 1].id in ids):
        start -= 1
        ids.add(messages[start].id)
    return start


def _pending(call: Asked) -> Finding:
    words = (
        f"{call.words} waits for approval: until it is approved or denied, the conversation refuses every "
        "message of a user (409)."
    )
    return Finding(Severity.WARNING, Kind.APPROVAL, words, key=call.key, label=call.name, ids=call.ids)


def _running(call: Asked) -> Finding:
    words = f"{call.words} was called last and has not returned: it may still be running; if it is not, {REFUSED}."
    return Finding(Severity.WARNING, Kind.CALL, words, key=call.key, label=call.name, ids=call.ids)


def _broken(call: Asked, *, wants_approval: bool) -> Finding:
    what = "asked for approval, nobody answered, and the conversation went on" if wants_approval else ""
    words = f"{call.words} {what or 'was called and never returned'}: {REFUSED}."
    return Finding(Severity.ERROR, Kind.CALL, words, key=call.key, label=call.name, ids=call.ids)


def _unasked(answer: Asked, known: set[str]) -> Finding:
    what = "answers a call a second time, or before it was made" if answer.call_id in known else ""
    words = f"A return {what or 'stands in context without its call'}: {REFUSED}."
    return Finding(Severity.ERROR, Kind.RETURN, words, key=answer.key, label=answer.name, ids=answer.ids)


def _twice(asked: list[Asked]) -> Iterator[Finding]:
    """Some providers use a call id again: said once per id, at its last use."""
    counts = Counter(call.call_id for call in asked)
    for call in {call.call_id: call for call in asked}.values():
        if counts[call.call_id] > 1:
            words = (
                f"{counts[call.call_id]} calls bear the same id: which return belongs to which is a guess."
            )
            yield Finding(
                Severity.WARNING, Kind.DUPLICATE_CALL, words, key=call.key, label=call.name, ids=call.ids
            )
