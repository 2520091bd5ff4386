"""The preview of a fork: what it does not copy, what one up to a message shares, and when forking does harm."""

from __future__ import annotations

from tui.model.block import Block
from tui.model.errors import LettaError
from tui.model.message import Message
from tui.model.opened import Opened
from tui.model.text import one_line, plural
from tui.presentation.changes.affected_blocks import isolated_items
from tui.presentation.changes.consequences import Consequences
from tui.presentation.not_supported import NAMES
from tui.rules.changes.fork import shared_count
from tui.rules.check.finding import Kind
from tui.rules.check.tool_calls import call_findings


def consequences(opened: Opened, message_id: str | None = None) -> Consequences:
    """Return what a fork shares and what it does not copy (measured on 0.16.7 and 0.16.8).

    `message_id` is the selected message: servers that support it can fork only up to it.
    """
    if opened.conversation.is_default:
        return _harmful(opened)
    lines = [f"The fork is a new conversation that shares {_messages(opened)}."]
    if opened.supported.lacks("isolate"):
        lines.append("The summary is not copied.")
    else:
        lines.append(
            "Isolation and summary are not copied: the fork reads and writes the agent's shared blocks."
        )
    labels = [block.label or block.id for block in opened.isolated or () if isinstance(block, Block)]
    if labels:
        names, stay = one_line(", ".join(labels), 120), "stays" if len(labels) == 1 else "stay"
        lines.append(f"{plural(len(labels), 'isolated block')} of this conversation {stay} behind: {names}.")
    elif opened.isolated is None:
        lines.append("This server does not report whether anything is isolated here.")
    part = ""
    if message_id is not None:
        can, words = _up_to(opened, message_id)
        part = "Fork up to the message" if can else ""
        lines.append(words)
    return Consequences("\n".join(lines), "Fork it", isolated_items(opened, "not copied"), part=part)


def _up_to(opened: Opened, message_id: str) -> tuple[bool, str]:
    """Whether the fork can end with the selected message, and what it would then share, or why it cannot."""
    if not opened.supported.has("fork-from-message"):
        name = NAMES["fork-from-message"]
        return False, f"{name} isn't supported by this server: it forks all that is in context."
    context = opened.context
    if isinstance(context, LettaError) or context.ids is None:
        return True, "m forks only up to the selected message, if it is in context on the server."
    count = shared_count(context.ids, message_id)
    if count is None:
        return False, "The selected message is not in context, so a fork cannot end there."
    after = len(context.ids) - 1 - count
    if not after:
        return False, "The selected message is the last in context: a fork up to it shares everything."
    words = (
        f"m forks only up to the selected message: {plural(count, 'message')}, without the {after} after it."
    )
    inside = set(context.ids[: count + 1])
    cut = tuple(message for message in context.messages if message.id in inside)
    calls = _open_calls(cut) - _open_calls(context.messages)
    if calls > 0:
        words += f" {plural(calls, 'tool call')} would have no return; most model providers refuse that."
    return True, words


def _open_calls(messages: tuple[Message, ...]) -> int:
    """The number of tool calls without a return among these messages."""
    return sum(finding.kind in (Kind.CALL, Kind.APPROVAL) for finding in call_findings(messages))


def _harmful(opened: Opened) -> Consequences:
    newer = (
        " It is unknown whether this newer server does the same." if opened.supported.has("archive") else ""
    )
    text = (
        "Refused: forking the default conversation permanently empties its own message list, even after the "
        "fork is deleted. The agent keeps its context, but earlier messages can no longer be listed as its own "
        f"(measured on Letta 0.16.7 and 0.16.8).\nThe fork would share {_messages(opened)}; isolation and "
        f"summary are not copied.{newer}\n! forks it anyway; y does not."
    )
    return Consequences(text, "Fork it anyway", forced=True)


def _messages(opened: Opened) -> str:
    context = opened.context
    if isinstance(context, LettaError) or context.ids is None:
        return "the messages in context"
    if len(context.ids) < 2:
        return "no messages, because only the system message is in context"
    return f"the {plural(len(context.ids) - 1, 'message')} in context after the system message"
