"""Checks tool calls: each needs one return after it, and an approval request needs an answer.

Measured: parallel returns share one message in no order; denied calls get a return too; results that a client
computed are in the approval response and again in a return.

Lists show a call of `send_message` as assistant text and leave its return out, which then comes by its id alone
(measured): calls and returns are paired by id first, and what is left of `send_message` is no fault. Its return bears
that name, but in rows of 0.6 the agent's name or none (read in 0.6.47); then it is known by its position and by the
null that it returns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui.model.json_text import as_text
from tui.model.text import one_line
from tui.rules.check.finding import Finding, Kind, Severity
from tui.rules.tool_calls import (
    CALL_TYPES,
    approval_answers,
    is_client_result,
    result_value,
    tool_calls,
    tool_returns,
)

if TYPE_CHECKING:
    from tui.model.message import Message

WAITING_TYPES = (*CALL_TYPES, "approval_response_message")
UNPAIRED = "send_message"
REFUSED = "most model providers refuse such a context, so the next turn may fail"


@dataclass(slots=True, eq=False)
class Half:
    """A call or a return; `position` is that of its message in context, `key` that of its item."""

    message: Message
    position: int
    key: str
    call_id: str
    name: str
    result: Mapping[str, Any] = field(default_factory=dict)

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
    def tool(self) -> str:
        """The tool's name as it is shown in a sentence."""
        return one_line(self.name, 60) or "a tool"


def call_findings(messages: Sequence[Message], *, may_wait: bool = True) -> Iterator[Finding]:
    """Report calls without return, returns without call, pending approvals, and call ids used twice.

    `may_wait` is False where an approval request is any call, as in the view of Letta Code: none waits there.
    """
    calls, returns = list(_calls(messages)), list(_returns(messages))
    yield from _duplicates([call for call in calls if call.name != UNPAIRED])
    open_calls, stray_returns = _unmatched(calls, returns)
    call_ids = {call.call_id for call in calls}
    for answer in stray_returns:
        if not _answers_hidden_call(answer, messages, call_ids):
            yield _stray_return(answer, call_ids)
    verdicts = _Verdicts(messages, call_ids)
    open_calls = [
        call for call in open_calls if call.call_id not in verdicts.supplied and call.name != UNPAIRED
    ]
    yield from _unanswered(open_calls, messages, verdicts, may_wait=may_wait)


def _calls(messages: Sequence[Message]) -> Iterator[Half]:
    parts: dict[str, int] = {}
    for position, message in enumerate(messages):
        part = parts.get(message.id, 0)
        parts[message.id] = part + 1
        if message.message_type not in CALL_TYPES:
            continue
        for number, call in enumerate(tool_calls(message)):
            call_id, name = as_text(call.get("tool_call_id")), as_text(call.get("name"))
            if call_id:
                yield Half(message, position, f"{message.id}#{part}.{number}", call_id, name)


def _returns(messages: Sequence[Message]) -> Iterator[Half]:
    counts: Counter[str] = Counter()
    for position, message in enumerate(messages):
        for result in tool_returns(message) if message.message_type == "tool_return_message" else ():
            key = f"{message.id}#return{counts[message.id]}"
            counts[message.id] += 1
            call_id, name = as_text(result.get("tool_call_id")), as_text(message.raw.get("name"))
            if call_id:
                yield Half(message, position, key, call_id, name, result)


def _unmatched(calls: list[Half], returns: list[Half]) -> tuple[list[Half], list[Half]]:
    """The calls that no later return answers, and the returns that answer no earlier call."""
    open_calls: dict[str, list[Half]] = {}
    for call in calls:
        open_calls.setdefault(call.call_id, []).append(call)
    stray_returns = []
    for answer in returns:
        candidates = open_calls.get(answer.call_id, [])
        if candidates and candidates[0].position < answer.position:
            candidates.pop(0)
        else:
            stray_returns.append(answer)
    unanswered = {call for candidates in open_calls.values() for call in candidates}
    return [call for call in calls if call in unanswered], stray_returns


def _answers_hidden_call(answer: Half, messages: Sequence[Message], call_ids: set[str]) -> bool:
    """Return whether a return belongs to a call of `send_message` that was listed as assistant text."""
    if answer.name == UNPAIRED:
        return True
    if answer.call_id in call_ids or result_value(answer.result) not in (None, "None"):
        return False
    types = _types_before(answer, messages)
    return "assistant_message" in types and not types.intersection(CALL_TYPES)


def _types_before(answer: Half, messages: Sequence[Message]) -> set[str]:
    """The types of message of the row before that of a return."""
    end = answer.position
    while end and messages[end - 1].id == answer.message.id:
        end -= 1
    start = end
    while start and messages[start - 1].id == messages[end - 1].id:
        start -= 1
    return {message.message_type for message in messages[start:end]}


class _Verdicts:
    """What approval responses say: which calls were approved or denied, and which results a client supplied.

    `decided` has ids of calls, and of requests where a verdict names those, as before 0.13; agent files leave such an
    id as it was and give the request another one, so a verdict that names nothing known is on the request before it.
    """

    def __init__(self, messages: Sequence[Message], call_ids: set[str]) -> None:
        self.decided: set[str] = set()
        self.supplied: set[str] = set()
        known, request = set(call_ids), ""
        for message in messages:
            if message.message_type == "approval_request_message":
                request = message.id
                known.add(request)
            elif message.message_type == "approval_response_message":
                decided = self._read(message)
                self.decided |= {request} if decided and not decided & known else decided

    def _read(self, message: Message) -> set[str]:
        """Note the results of a response; returns the ids that its verdicts name, "" for none."""
        decided: set[str] = set()
        for answer in approval_answers(message):
            if is_client_result(answer):
                self.supplied.add(as_text(answer.get("tool_call_id")))
            else:
                named = (answer.get("tool_call_id"), message.raw.get("approval_request_id"))
                decided |= set(map(as_text, named))
        return decided

    def has(self, call: Half) -> bool:
        """Return whether a call was approved or denied; older servers name the request instead of the call."""
        return call.call_id in self.decided or call.message.id in self.decided


def _unanswered(
    calls: list[Half], messages: Sequence[Message], verdicts: _Verdicts, *, may_wait: bool
) -> Iterator[Finding]:
    """Calls without a return: waiting for approval, perhaps still running, or broken."""
    end = _last_step(messages) if may_wait else _last_calls(messages)
    last = messages[-1] if messages else None
    is_request = may_wait and last is not None and last.message_type == "approval_request_message"
    for call in calls:
        wants_approval = (
            may_wait and call.message.message_type == "approval_request_message" and not verdicts.has(call)
        )
        if call.position >= end and is_request:
            if last is not None and call.message.id == last.id:
                yield _pending(call)
            # Otherwise these are the server's own tools, called in the same step: they wait with it.
        elif call.position >= end:
            yield _running(call)
        else:
            yield _broken(call, wants_approval=wants_approval)


def _last_step(messages: Sequence[Message]) -> int:
    """The position where the last step begins if nothing follows its calls, or else the end."""
    start, ids = len(messages), set[str]()
    while start and (messages[start - 1].message_type in WAITING_TYPES or messages[start - 1].id in ids):
        start -= 1
        ids.add(messages[start].id)
    return start


def _last_calls(messages: Sequence[Message]) -> int:
    """The position from which on there are only calls and returns: of these some may still be on their way."""
    start = len(messages)
    while start and messages[start - 1].message_type in (*CALL_TYPES, "tool_return_message"):
        start -= 1
    return start


def _pending(call: Half) -> Finding:
    sentence = (
        f"{call.tool} waits for approval: until it is approved or denied, the conversation refuses "
        "all user messages (409)."
    )
    return Finding(Severity.WARNING, Kind.APPROVAL, sentence, key=call.key, label=call.name, ids=call.ids)


def _running(call: Half) -> Finding:
    sentence = (
        f"{call.tool} was called last and has not returned. It may still be running; if not, {REFUSED}."
    )
    return Finding(Severity.WARNING, Kind.CALL, sentence, key=call.key, label=call.name, ids=call.ids)


def _broken(call: Half, *, wants_approval: bool) -> Finding:
    what = "asked for approval and got no answer, and the conversation continued" if wants_approval else ""
    sentence = f"{call.tool} {what or 'was called and never returned'}: {REFUSED}."
    return Finding(Severity.ERROR, Kind.CALL, sentence, key=call.key, label=call.name, ids=call.ids)


def _stray_return(answer: Half, call_ids: set[str]) -> Finding:
    what = "answers a call twice, or before it was made" if answer.call_id in call_ids else ""
    sentence = f"A return {what or 'is in context without its call'}: {REFUSED}."
    return Finding(Severity.ERROR, Kind.RETURN, sentence, key=answer.key, label=answer.name, ids=answer.ids)


def _duplicates(calls: list[Half]) -> Iterator[Finding]:
    """Report call ids that are used twice, as by some providers, once per id and at its last use."""
    counts = Counter(call.call_id for call in calls)
    for call in {call.call_id: call for call in calls}.values():
        if counts[call.call_id] > 1:
            sentence = f"{counts[call.call_id]} calls have the same id: which return belongs to which call is a guess."
            yield Finding(
                Severity.WARNING, Kind.DUPLICATE_CALL, sentence, key=call.key, label=call.name, ids=call.ids
            )
