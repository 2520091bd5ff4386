"""Tool calls and their returns: which messages carry them, and which return answers which call.

Parallel returns share one message, in no order, and some providers use a call id twice (measured).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.model.json_text import as_text

if TYPE_CHECKING:
    from tui.model.message import Message

CALL_TYPES = ("tool_call_message", "approval_request_message")
"""Types of messages that carry calls."""


def tool_calls(message: Message) -> tuple[Mapping[str, Any], ...]:
    """Return the calls of a message: `tool_calls`, which streams give as one object, or the older `tool_call`."""
    sent = message.raw.get("tool_calls")
    if isinstance(sent, dict):
        sent = [sent]
    if not isinstance(sent, list) or not sent:
        sent = [message.raw.get("tool_call")]
    return tuple([call for call in sent if isinstance(call, dict)])


def tool_returns(message: Message) -> tuple[Mapping[str, Any], ...]:
    """Return the results that a return message carries: `tool_returns`, or the message itself."""
    sent = message.raw.get("tool_returns")
    results = sent if isinstance(sent, list) else []
    return tuple([result for result in results if isinstance(result, dict)]) or (message.raw,)


def approval_answers(message: Message) -> tuple[Mapping[str, Any], ...]:
    """Return what an approval response answers: `approvals`, or before 0.13 the message itself, which is a verdict."""
    sent = message.raw.get("approvals")
    answers = sent if isinstance(sent, list) else []
    return tuple([answer for answer in answers if isinstance(answer, dict)]) or (message.raw,)


def is_client_result(answer: Mapping[str, Any]) -> bool:
    """Return whether a response to a call is not a verdict but the result of a tool that ran at the client."""
    return "tool_return" in answer or "func_response" in answer


def result_value(result: Mapping[str, Any]) -> Any:
    """Return the value of a result; `func_response` is its name in stored rows."""
    return result["tool_return"] if "tool_return" in result else result.get("func_response")


@dataclass(slots=True, eq=False)
class ToolReturn:
    """One return: the message that carries it, its index among the returns of that id, and its fields."""

    message: Message
    index: int
    result: Mapping[str, Any]

    @property
    def call_id(self) -> str:
        """The id of the call that it answers."""
        return as_text(self.result.get("tool_call_id"))


def return_key(answer: ToolReturn) -> str:
    """Return the key of the item of a return that is not shown with its call."""
    return f"{answer.message.id}#return{answer.index}"


class UnshownReturns:
    """The returns that are not shown yet; each is taken once, by the call that it answers or by its own message."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._by_call: dict[str, list[ToolReturn]] = {}
        self._by_message: dict[str, list[ToolReturn]] = {}
        for message in messages:
            if message.message_type == "tool_return_message":
                for result in tool_returns(message):
                    self._add(message, result)

    def _add(self, message: Message, result: Mapping[str, Any]) -> None:
        siblings = self._by_message.setdefault(message.id, [])
        answer = ToolReturn(message, len(siblings), result)
        siblings.append(answer)
        self._by_call.setdefault(answer.call_id, []).append(answer)

    def take_answer(self, call_id: str) -> ToolReturn | None:
        """Take the next return to a call."""
        unshown = self._by_call.get(call_id) if call_id else None
        return unshown.pop(0) if unshown else None

    def take_rest(self, message: Message) -> Iterator[ToolReturn]:
        """Take the returns of a message that no earlier call took."""
        for answer in self._by_message.get(message.id, ()):
            unshown = self._by_call[answer.call_id]
            if answer.message is message and answer in unshown:
                unshown.remove(answer)
                yield answer
