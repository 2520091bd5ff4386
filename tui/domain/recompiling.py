"""Recompiling a system message: what it would change, label by label, and what it would take from isolation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from tui.api.errors import LettaError, OutcomeUnknown, ServerTrouble
from tui.api.models import Block, Message
from tui.api.opening import Opened
from tui.domain.question import Question
from tui.domain.stakes import text_of
from tui.model.text import one_line, plural
from tui.presentation.item import Item, Part, SideBySide, Text, is_long
from tui.rules.memory.compiled_memory import CompiledBlock, CompiledMemory, parse_system_message
from tui.rules.message_content import message_text, system_text

CAPTIONS = ("the model reads now", "it would read")


class RecompileServer(Protocol):
    """The calls that recompiling needs."""

    async def recompiled_text(self, conversation_id: str) -> str:
        """Tell what would be written."""
        ...

    async def recompile(self, conversation_id: str) -> None:
        """Write it."""
        ...

    async def message(self, message_id: str) -> tuple[Message, ...]:
        """Read one message."""
        ...


@dataclass(frozen=True)
class Plan:
    """A recompile that was looked at: the system message's id, its text, and the text that would replace it."""

    conversation_id: str
    message_id: str
    before: str
    after: str


@dataclass(frozen=True)
class Recompiled:
    """The system message was written anew."""


@dataclass(frozen=True)
class Outdated:
    """Nothing was written, since it would no longer be what was shown."""


@dataclass(frozen=True)
class NotRecompiled:
    """Nothing was written, because of `error`."""

    error: LettaError


@dataclass(frozen=True)
class Uncertain:
    """It may or may not have been written."""

    error: LettaError


Recompiling = Recompiled | Outdated | NotRecompiled | Uncertain


async def recompile(server: RecompileServer, plan: Plan) -> Recompiling:
    """Write what was shown, if it still is what would be written; never raises LettaError.

    POST /v1/conversations/{id}/recompile, dry and then in earnest; GET of the message tells after a lost answer.
    """
    try:
        text = await server.recompiled_text(plan.conversation_id)
    except LettaError as error:
        return NotRecompiled(error)
    if memory_of(text) != memory_of(plan.after):
        return Outdated()
    try:
        await server.recompile(plan.conversation_id)
    except (OutcomeUnknown, ServerTrouble) as error:
        return await _after_trouble(server, plan, error)
    except LettaError as error:
        return NotRecompiled(error)
    return Recompiled()


async def _after_trouble(server: RecompileServer, plan: Plan, error: LettaError) -> Recompiling:
    """The answer was lost or an error: the time inside the system message tells whether it was written."""
    try:
        parts = await server.message(plan.message_id)
    except LettaError:
        return Uncertain(error)
    texts = [message_text(part) for part in parts if part.message_type == "system_message"]
    if texts and texts[0] not in (None, plan.before):
        return Recompiled()
    return Uncertain(error) if isinstance(error, OutcomeUnknown) else NotRecompiled(error)


def memory_of(text: str) -> Mapping[str, CompiledBlock] | str:
    """What a system message holds by label; where that cannot be read, all of it but the times."""
    found = parse_system_message(text)
    lines = (line for line in text.split("\n") if not line.startswith("- System prompt last recompiled:"))
    return found.blocks if found.rendering != "none" else "\n".join(lines)


def plan(opened: Opened, after: str) -> Plan | str:
    """The recompile of a conversation that was just read, or why there is nothing to recompile."""
    context = opened.context
    if isinstance(context, LettaError):
        return f"the messages in context could not be read: {context}"
    before = system_text(context)
    if before is None:
        return "no system message stands first in context, so there is none to write anew"
    return Plan(opened.conversation.id, context.messages[0].id, before, after)


def question(opened: Opened, wanted: Plan) -> Question:
    """What the recompile would write; refused where something is isolated, since isolation would be lost."""
    now, then = parse_system_message(wanted.before), parse_system_message(wanted.after)
    items = tuple(_items(opened, now, then, wanted))
    lines = list(_losses(opened, then))
    forced = bool(lines)
    changed = sum(item.word in ("changes", "is lost", "comes", "goes") for item in items)
    if "none" in (now.rendering, then.rendering):
        lines.append("The memory cannot be told apart by label here; below are the two texts.")
    elif not changed:
        lines.append("No label would change: the model already reads these values.")
    else:
        lines.append(f"{plural(changed, 'label')} would change in what the model reads.")
    if then.conversation_id is not None and then.conversation_id != opened.conversation.id:
        lines.append(f"The line CONVERSATION_ID would say {one_line(then.conversation_id, 50)}.")
    if forced:
        lines.append("! recompiles it all the same; y does not.")
    return Question("\n".join(lines), "Recompile all the same" if forced else "Recompile it", items, forced)


def _losses(opened: Opened, then: CompiledMemory) -> Iterator[str]:
    if opened.isolated is None:
        yield (
            "Refused: this server does not say whether anything is isolated here, and a recompile writes the "
            "shared values over what is."
        )
    elif opened.isolated:
        names = [
            block.label or block.id if isinstance(block, Block) else "one unread" for block in opened.isolated
        ]
        yield (
            f"Refused: {plural(len(names), 'isolated block')} ({one_line(', '.join(names), 80)}). A recompile "
            "writes the agent's shared values instead, so the model would no longer read this conversation's "
            "own ones; the blocks themselves stay (measured on Letta 0.16.7 and 0.16.8)."
        )


def _items(opened: Opened, now: CompiledMemory, then: CompiledMemory, wanted: Plan) -> Iterator[Item]:
    own = {block.label or "": block for block in opened.isolated or () if isinstance(block, Block)}
    names = list(dict.fromkeys([*own, *now.blocks, *then.blocks]))
    names.sort(key=lambda name: (name not in own, now.blocks.get(name) == then.blocks.get(name), name))
    for name in names:
        yield _item(name, now.blocks.get(name), then.blocks.get(name), own.get(name))
    texts = SideBySide(Text(wanted.before), Text(wanted.after), CAPTIONS, marked=True)
    whole = not names
    head = "all of it, before and after"
    yield Item("system", "⚙", "system", "system", head=head, parts=(texts,), folded=not whole, spaced=True)


def _item(name: str, now: CompiledBlock | None, then: CompiledBlock | None, own: Block | None) -> Item:
    word, parts = _change(now, then)
    head = ""
    if own is not None and (then is None or then.value != own.value):
        word = "is lost" if now != then else "not read"
        head = "the model would not read the isolated value"
        head = head if now != then else "the model does not read the isolated value now either"
        parts = (SideBySide(text_of(own), _held(then), ("isolated", "it would read"), marked=True),)
    elif own is not None:
        head = "isolated, and the same as the shared value for now"
    shown = then or now
    return Item(
        key=f"label-{name}",
        glyph="▣" if own else "▢",
        word=word,
        tone="isolated" if own else "shared",
        title=one_line(name, 60) or "(no label)",
        head=head,
        head_role="warning",
        preview=one_line((shown.value if shown else None) or "", 200),
        parts=parts,
        folded=word == "stays" or is_long(*parts),
        spaced=True,
    )


def _change(now: CompiledBlock | None, then: CompiledBlock | None) -> tuple[str, tuple[Part, ...]]:
    if now is None:
        return "comes", (_held(then),)
    if then is None:
        return "goes", (_held(now),)
    if now == then:
        return "stays", (_held(now),)
    return "changes", (SideBySide(_held(now), _held(then), CAPTIONS, marked=True),)


def _held(held: CompiledBlock | None) -> Text:
    if held is None:
        return Text("nothing of this label", "muted")
    if held.value is None:
        return Text(f"cannot be told: {held.why}", "warning")
    return Text(held.value) if held.value else Text("(empty)", "muted")
