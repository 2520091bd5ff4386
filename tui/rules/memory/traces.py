"""What the model read of each memory label, step by step, from the requests that a server kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tui.api.errors import LettaError
from tui.api.models import Message, Trace
from tui.model.text import one_line, plural
from tui.presentation.diff import diff, summary
from tui.presentation.item import Beside, Item, Part, Text, is_long
from tui.presentation.times import absolute, since
from tui.rules.memory.compiled_memory import Compiled, compiled

NEVER = datetime.min.replace(tzinfo=UTC)
MORE = "more"
"""The key of the item that stands for the steps that were not read yet."""


@dataclass(frozen=True)
class Step:
    """One call of the model, as the messages of a conversation name it."""

    id: str
    at: datetime | None


@dataclass(frozen=True)
class Seen:
    """What a step left behind: the memory that its request held, or `why` that cannot be told."""

    at: datetime | None
    memory: Compiled | None
    why: str = ""


@dataclass(frozen=True)
class Span:
    """Steps in a row at which the model read the same of a label; `value` None says in `why` what it was instead."""

    value: str | None
    why: str
    newest: Step
    oldest: Step
    steps: int
    since: datetime | None
    until: datetime | None


def steps(messages: Iterable[Message]) -> tuple[Step, ...]:
    """The steps that messages name, the newest first; messages come in true order, oldest first."""
    found: dict[str, datetime | None] = {}
    for message in messages:
        if message.step_id:
            found[message.step_id] = message.date or found.get(message.step_id)
    return tuple(Step(step_id, at) for step_id, at in reversed(found.items()))


def seen(trace: Trace | LettaError | None) -> Seen:
    """What a trace says of memory; none and an unreadable one are told apart."""
    if trace is None:
        return Seen(None, None, "no trace")
    if isinstance(trace, LettaError):
        return Seen(None, None, trace.what)
    if trace.call_type not in (None, "agent_step"):
        return Seen(trace.created_at, None, f"its trace is of another call ({one_line(trace.call_type, 40)})")
    text = system_of(trace.request_json)
    if text is None:
        return Seen(trace.created_at, None, "its request has no system message that this program can find")
    memory = compiled(text)
    if memory.rendering == "none":
        return Seen(trace.created_at, None, memory.why)
    return Seen(trace.created_at, memory)


def system_of(request: Mapping[str, Any]) -> str | None:
    """The system message of a provider's request: OpenAI's two forms, Anthropic's or Google's."""
    for name in ("system", "instructions"):
        if (text := text_of(request.get(name))) is not None:
            return text
    for name in ("messages", "input", "contents"):
        listed = request.get(name)
        first = listed[0] if isinstance(listed, list) and listed else None
        if isinstance(first, Mapping) and (
            name == "contents" or first.get("role") in ("system", "developer")
        ):
            return text_of(first.get("content", first.get("parts")))
    return None


def text_of(content: object) -> str | None:
    """Content of a provider's message as text: a string, or the texts of its parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    texts = [part.get("text") for part in content if isinstance(part, Mapping)]
    found = [text for text in texts if isinstance(text, str)]
    return "".join(found) if found else None


def labels(now: Mapping[str, str | None], read: Iterable[Seen]) -> tuple[str, ...]:
    """Labels of now in their order, then those that only traces still name."""
    names = dict.fromkeys(now)
    for one in read:
        names |= dict.fromkeys(one.memory.blocks if one.memory else ())
    return tuple(names)


def spans(label: str, order: Iterable[Step], read: Mapping[str, Seen]) -> tuple[Span, ...]:
    """What the model read of a label, newest first; steps without a usable trace say nothing and part nothing."""
    found: list[Span] = []
    for step in order:
        one = read.get(step.id)
        if one is None or one.memory is None:
            continue
        held = one.memory.blocks.get(label)
        value = held.value if held is not None else None
        why = held.why if held is not None else "not in the system message"
        at = one.at or step.at
        last = found[-1] if found else None
        if last is not None and (last.value, last.why) == (value, why):
            found[-1] = Span(value, why, last.newest, step, last.steps + 1, at, last.until)
        else:
            found.append(Span(value, why, step, step, 1, at, at))
    return tuple(found)


def untold(order: Iterable[Step], read: Mapping[str, Seen]) -> dict[str, list[Step]]:
    """Steps that were read and say nothing, by why."""
    found: dict[str, list[Step]] = {}
    for step in order:
        one = read.get(step.id)
        if one is not None and one.memory is None:
            found.setdefault(one.why, []).append(step)
    return found


def trace_items(
    label: str,
    current: str | None,
    order: tuple[Step, ...],
    read: Mapping[str, Seen],
    now: datetime,
) -> tuple[Item, ...]:
    """The story of one label: what the block holds now, each value that the model read, and what is not known."""
    found = spans(label, order, read)
    items = [*_present(current, found)]
    for place, span in enumerate(found):
        items.append(_span(span, found[place + 1] if place + 1 < len(found) else None, now, newest=not place))
    items += [_untold(why, at, now) for why, at in untold(order, read).items()]
    unread = [step for step in order if step.id not in read]
    if unread:
        words = f"{plural(len(unread), 'older step')} not read yet: moving here reads on, o reads all of them"
        items.append(Item(MORE, "…", "not read", "muted", parts=(Text(words, "muted"),), spaced=True))
    return tuple(items)


def _present(current: str | None, found: tuple[Span, ...]) -> Iterator[Item]:
    if current is None:
        words = "the agent and this conversation have no block of this label now"
        yield Item("now", "∅", "no block", "warning", parts=(Text(words, "warning"),))
        return
    last = found[0].value if found else None
    parts: tuple[Part, ...] = (_value(current),)
    head = "the block of now"
    if last is not None and last != current:
        head += ", which no step that was read has seen"
        parts = (
            Beside(Text(last), Text(current), ("read last by the model", "the block of now"), marked=True),
        )
    elif last is not None:
        head += ", as the model read it last"
    yield Item("now", "▣", "now", "isolated", "", head, parts=parts, folded=is_long(*parts))


def _span(span: Span, older: Span | None, now: datetime, *, newest: bool) -> Item:
    head = plural(span.steps, "step")
    parts: tuple[Part, ...]
    if span.value is None:
        parts = (Text(span.why, "warning"),)
    elif older is not None and older.value is not None:
        before, after = Text(older.value), Text(span.value)
        parts = (Beside(before, after, ("before", "from here on"), marked=True),)
        head += f" · {summary(diff(older.value, span.value))} from before"
    else:
        parts = (_value(span.value),)
        head += "" if older is not None else " · the oldest that was read"
    return Item(
        key=f"span-{span.newest.id}",
        glyph="●" if newest else "○",
        word=since(span.until, now) or "at some time",
        tone="accent" if newest else "muted",
        title=_period(span),
        head=head,
        preview=one_line(span.value or span.why, 200),
        parts=parts,
        folded=is_long(*parts),
        spaced=True,
        copy_id=span.oldest.id,
        raw={"value": span.value, "first_step": span.oldest.id, "last_step": span.newest.id},
    )


def _period(span: Span) -> str:
    """From when to when, the date said once where it is the same."""
    first, last = absolute(span.since), absolute(span.until)
    if first == last or not first:
        return last
    same = first[:10] == last[:10] and first[19:] == last[19:]
    return f"{first[:19]} to {last[11:]}" if same else f"{first} to {last}"


def _untold(why: str, missing: list[Step], now: datetime) -> Item:
    word = "no trace" if why == "no trace" else "untold"
    head = plural(len(missing), "step")
    if why == "no trace":
        head += " of which the server kept no trace: what the model read then is not known"
    else:
        head += f": {one_line(why, 200)}"
    lines = "\n".join(f"{step.id}  {since(step.at, now)}" for step in missing)
    key = f"untold-{why}"
    preview = f"from {absolute(missing[-1].at)} to {absolute(missing[0].at)}"
    return Item(
        key,
        "∅",
        word,
        "muted",
        "",
        head,
        preview=preview,
        parts=(Text(lines, "muted"),),
        folded=True,
        spaced=True,
    )


def _value(value: str) -> Text:
    return Text(value) if value else Text("(empty)", "muted")
