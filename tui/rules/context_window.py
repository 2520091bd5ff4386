"""What fills a context window, in tokens: the server's counts where it has them, the model's, else an estimate.

The server counts all of memory in one number and all messages in another (measured, 0.16.8): each is split among its
labels or types by characters. The parts always add up to what is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from tui.model.envelope import is_summary
from tui.model.errors import LettaError
from tui.model.json_text import as_text
from tui.rules.memory.isolation import memory_of
from tui.rules.memory.label_states import LabelState
from tui.rules.message_content import system_text
from tui.rules.tool_calls import CALL_TYPES, approval_answers, result_value, tool_calls, tool_returns
from tui.rules.usage import tokens_after

if TYPE_CHECKING:
    from tui.model.message import Message
    from tui.model.opened import Context, Opened
    from tui.model.trace import ContextSize

CHARS_PER_TOKEN = 4
"""Characters per token of an estimate."""

IMAGE_CHARS = 4_000
"""Characters that an image counts as, since its base64 is not what a model reads."""

LARGEST = 10**12
"""Upper bound of a count of tokens; anything above is ignored."""

SECTION, SECTION_END = "<memory_blocks>", "</memory_blocks>"
METADATA, METADATA_END = "<memory_metadata>", "</memory_metadata>"


class CountedBy(Enum):
    """Who counted the tokens of a context."""

    SERVER = "server"
    MODEL = "model"
    ESTIMATE = "estimate"


class PartKind(Enum):
    """What a part of a context is; MESSAGES are those of one type, or of all if the types are unknown."""

    SYSTEM = "system"
    MEMORY = "memory"
    METADATA = "metadata"
    FILES = "files"
    RULES = "rules"
    SUMMARY = "summary"
    MESSAGES = "messages"
    TOOLS = "tools"
    REST = "rest"


@dataclass(frozen=True)
class Part:
    """One part of a context: `name` is a memory label or a type of message, `messages` how many there are of it."""

    kind: PartKind
    name: str
    tokens: int
    messages: int = 0


@dataclass(frozen=True)
class ContextWindow:
    """The parts of a context, and how many tokens the model can hold; None if that is not reported.

    `differs` says that the server counted other values of memory than the model of this conversation reads.
    """

    parts: tuple[Part, ...]
    limit: int | None
    counted_by: CountedBy
    differs: bool = False

    @property
    def used(self) -> int:
        """How many tokens the parts take."""
        return sum(part.tokens for part in self.parts)

    @property
    def free(self) -> int | None:
        """How many tokens are left; None if the limit is unknown."""
        return None if self.limit is None else max(0, self.limit - self.used)

    @property
    def shares(self) -> tuple[int, ...]:
        """The share of each part in what is used, in thousandths, which add up to a thousand unless all are 0."""
        return split(1000 if self.used else 0, [part.tokens for part in self.parts])


def split(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split a total in proportion to weights, into whole numbers that add up to it; zeros if all weights are 0."""
    whole = sum(weights)
    if whole <= 0:
        return tuple(0 for _ in weights)
    parts = [total * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in by_rest[: total - sum(parts)]:
        parts[at] += 1
    return tuple(parts)


def tokens_of(chars: int) -> int:
    """Estimate the tokens of so many characters."""
    return -(-chars // CHARS_PER_TOKEN)


def context_limit(opened: Opened) -> int | None:
    """Return how many tokens the model of a conversation can hold, as its records report; None if they do not.

    The limit of the agent's model is not that of a conversation with a model of its own.
    """
    conversation, agent = opened.conversation, opened.agent
    own = [conversation.context_window_limit, _field(conversation.model_settings, "context_window_limit")]
    if conversation.model is None or conversation.model == agent.model:
        known = agent.unknown
        own += [_field(known.get("llm_config"), "context_window"), known.get("context_window_limit")]
        own.append(_field(known.get("model_settings"), "context_window_limit"))
    return next((one for one in own if isinstance(one, int) and 0 < one < LARGEST), None)


def is_count_of(opened: Opened, size: ContextSize) -> bool:
    """Return whether a count is of this conversation, as the messages that it lists show.

    Letta 0.16.2 takes no conversation and always counts the agent's default one; 0.16.5 takes it.
    """
    listed, context = size.unknown.get("messages"), opened.context
    if not isinstance(listed, list) or not listed or isinstance(context, LettaError) or context.ids is None:
        return True
    ids = {
        _field(message, "id") for message in listed[1:]
    }  # the first one is the system message, compiled again
    return ids <= set(context.ids) and bool(ids) == (len(context.ids) > 1)


def limit_counted(opened: Opened, size: ContextSize) -> int | None:
    """Return the server's limit, or that of the conversation if it has a model or a limit of its own.

    The server reports the limit of the agent's model (measured, 0.16.8).
    """
    conversation, agent = opened.conversation, opened.agent
    has_own = conversation.context_window_limit is not None or conversation.model not in (None, agent.model)
    counted = None if has_own else _count(size.context_window_size_max)
    return counted or context_limit(opened)


def _field(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def tokens_used(opened: Opened) -> tuple[int, CountedBy] | None:
    """Return how many tokens are in context without asking the server; None if what is in context is unknown.

    Counted by the model at its last call where the messages report that, and estimated otherwise.
    """
    context = opened.context
    if isinstance(context, LettaError) or context.ids is None or context.partial:
        return None
    return counted_by_model(context) or (
        tokens_of(sum(map(message_chars, context.messages))),
        CountedBy.ESTIMATE,
    )


def counted_by_model(context: Context) -> tuple[int, CountedBy] | None:
    """Return the tokens after the last call of the model, with an estimate of what came later; None without a count.

    Messages that a compaction kept report what the context was before it, so they do not count.
    """
    messages = context.messages
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        counted = tokens_after(message)
        if counted is not None:
            summaries = [one.date for one in messages if is_summary(one)]
            dates = (message.date, *summaries)
            known = [date for date in dates if date is not None]
            if summaries and (len(known) < len(dates) or message.date != max(known)):
                return None
            return counted + tokens_of(sum(map(message_chars, messages[index + 1 :]))), CountedBy.MODEL
    return None


def context_window(opened: Opened, size: ContextSize | None) -> ContextWindow | None:
    """Return what fills the context of a conversation, by the server's `size` of it if there is one.

    None if neither the server counts it nor its messages are known.
    """
    context = opened.context
    if size is not None and not is_count_of(opened, size):
        size = None
    if isinstance(context, LettaError) or context.ids is None:
        return None if size is None else _by_server(opened, size, ())
    parts = _estimated(opened, context)
    if size is not None:
        return _by_server(opened, size, parts)
    limit, counted = context_limit(opened), counted_by_model(context)
    if counted is None:
        return ContextWindow(parts, limit, CountedBy.ESTIMATE)
    return ContextWindow(_fitted(parts, counted[0], CountedBy.MODEL), limit, CountedBy.MODEL)


def _fitted(parts: tuple[Part, ...], used: int, counted_by: CountedBy) -> tuple[Part, ...]:
    """Make the parts add up to what is used, by adding a part for the rest or by making parts smaller."""
    rest = used - sum(part.tokens for part in parts)
    if rest > 0:
        name = "tools and all else" if counted_by is CountedBy.MODEL else "all else"
        return (*parts, Part(PartKind.REST, name, rest))
    tokens = split(used, [part.tokens for part in parts])
    return tuple(replace(part, tokens=number) for part, number in zip(parts, tokens, strict=True))


def _by_server(opened: Opened, size: ContextSize, estimated: tuple[Part, ...]) -> ContextWindow:
    """Return the server's counts; one number for several parts is split by their estimated sizes."""
    summary = _count(size.num_tokens_summary_memory)
    summaries = [part for part in estimated if part.kind is PartKind.SUMMARY]
    messages = [part for part in estimated if part.kind is PartKind.MESSAGES]
    if not summary:
        messages = [*summaries, *messages]  # the server does not recognize every summary
    memory = [part for part in estimated if part.kind is PartKind.MEMORY]
    parts = (
        *_shared_out(PartKind.SYSTEM, "system prompt", size.num_tokens_system, ()),
        *_shared_out(PartKind.MEMORY, "memory blocks", size.num_tokens_core_memory, memory),
        *_shared_out(PartKind.FILES, "memory filesystem", size.num_tokens_memory_filesystem, ()),
        *_shared_out(PartKind.RULES, "tool rules", size.num_tokens_tool_usage_rules, ()),
        *_shared_out(PartKind.FILES, "attached folders", size.num_tokens_directories, ()),
        *_shared_out(PartKind.METADATA, "memory metadata", size.num_tokens_external_memory_summary, ()),
        *_shared_out(PartKind.SUMMARY, "of earlier messages", summary, ()),
        *_shared_out(PartKind.MESSAGES, "", size.num_tokens_messages, messages),
        *_shared_out(PartKind.TOOLS, "definitions", size.num_tokens_functions_definitions, ()),
    )
    used = max(_count(size.context_window_size_current), sum(part.tokens for part in parts))
    return ContextWindow(
        _fitted(parts, used, CountedBy.SERVER),
        limit_counted(opened, size),
        CountedBy.SERVER,
        differs=_reads_other_memory(opened),
    )


def _shared_out(kind: PartKind, name: str, count: int | None, estimated: Sequence[Part]) -> tuple[Part, ...]:
    """Split a count of the server among the parts it was estimated to consist of; () if it counted nothing."""
    tokens = _count(count)
    if not tokens:
        return ()
    if not any(part.tokens for part in estimated):
        return (Part(kind, name, tokens),)
    numbers = split(tokens, [part.tokens for part in estimated])
    return tuple(replace(part, tokens=number) for part, number in zip(estimated, numbers, strict=True))


def _count(number: int | None) -> int:
    """Return the server's count if it is plausible, else 0."""
    return number if number is not None and 0 <= number < LARGEST else 0


def _reads_other_memory(opened: Opened) -> bool:
    """Return whether the model reads other values than the agent's current shared blocks, which the server counts."""
    labels = memory_of(opened).labels
    return any(label.isolated is not None or label.state is not LabelState.LIVE for label in labels)


def _estimated(opened: Opened, context: Context) -> tuple[Part, ...]:
    """Return the parts of a context, estimated: those of the system message, summaries, then messages by type."""
    text, rest = system_text(context), context.messages
    parts: list[Part] = []
    if text is not None:
        parts += _system_parts(opened, text)
        rest = rest[1:]
    summaries = [message for message in rest if is_summary(message)]
    if summaries:
        tokens = tokens_of(sum(map(message_chars, summaries)))
        parts.append(Part(PartKind.SUMMARY, "of earlier messages", tokens, len(summaries)))
    chars: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for message in rest:
        if not is_summary(message):
            chars[message.message_type] += message_chars(message)
            counts[message.message_type] += 1
    parts += [
        Part(PartKind.MESSAGES, name, tokens_of(number), counts[name]) for name, number in chars.items()
    ]
    return tuple(parts)


def _system_parts(opened: Opened, text: str) -> Iterable[Part]:
    """Yield the parts of a system message: the prompt, each label as the model reads it, and what is around them."""
    compiled = memory_of(opened).compiled
    values = {} if compiled is None else {one.label: len(one.value or "") for one in compiled.blocks.values()}
    start, end = text.find(SECTION), text.rfind(SECTION_END)
    section = end + len(SECTION_END) - start if 0 <= start < end else 0
    around = max(0, section - sum(values.values())) if values else 0
    start, end = text.rfind(METADATA), text.rfind(METADATA_END)
    metadata = end + len(METADATA_END) - start if 0 <= start < end else 0
    prompt = max(0, len(text) - sum(values.values()) - around - metadata)
    yield Part(PartKind.SYSTEM, "system prompt", tokens_of(prompt))
    for label, number in values.items():
        yield Part(PartKind.MEMORY, label, tokens_of(number))
    if around:
        yield Part(PartKind.MEMORY, "descriptions, tags", tokens_of(around))
    if metadata:
        yield Part(PartKind.METADATA, "memory metadata", tokens_of(metadata))


def message_chars(message: Message) -> int:
    """Return how many characters of a message a model reads; of reasoning, only what is signed is sent back."""
    raw, kind = message.raw, message.message_type
    if kind in CALL_TYPES:
        return sum(_length(call.get("name")) + _length(call.get("arguments")) for call in tool_calls(message))
    if kind == "tool_return_message":
        return sum(_length(result_value(result)) for result in tool_returns(message))
    if kind == "approval_response_message":
        answers = approval_answers(message)
        return sum(_length(result_value(answer)) + _length(answer.get("reason")) for answer in answers)
    if kind == "reasoning_message":
        return _length(raw.get("reasoning")) if raw.get("signature") else 0
    if kind == "summary_message":
        return _length(raw.get("content")) or _length(raw.get("summary"))
    return _length(raw.get("content"))


def _length(value: object) -> int:
    """The characters of a text, or of the texts in a list of parts."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(map(_part_length, value))
    return len(as_text(value))


def _part_length(part: object) -> int:
    if not isinstance(part, dict):
        return len(as_text(part))
    if part.get("type") == "image":
        return IMAGE_CHARS
    return _length(part.get("text")) if "text" in part else len(as_text(part))
