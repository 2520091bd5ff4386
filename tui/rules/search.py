"""Search all conversations: the query, the texts of a message, and the words around a match."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from tui.model.envelope import envelope_of, is_summary
from tui.model.json_text import as_text, parse_json
from tui.rules.tool_calls import approval_answers, result_value, tool_calls, tool_returns

if TYPE_CHECKING:
    from tui.model.message import Message

Place = Literal["messages", "summaries", "memory"]
"""Where to search. `summaries` are those of conversations, which are their titles, and those of compactions."""

PLACES: tuple[Place, ...] = get_args(Place)

How = Literal["", "server", "reading"]

ROLES: Mapping[str, str] = {
    "system_message": "system",
    "user_message": "user",
    "assistant_message": "assistant",
    "reasoning_message": "reasoning",
    "hidden_reasoning_message": "reasoning",
    "tool_call_message": "tool",
    "tool_return_message": "tool",
    "approval_request_message": "tool",
    "approval_response_message": "tool",
    "summary_message": "summary",
    "event_message": "event",
}
"""The role of each type of message, as it can be searched for."""

ROLE_NAMES: tuple[str, ...] = tuple(dict.fromkeys(ROLES.values()))

NOT_IN_INDEX = ("tool", "event")
"""Roles of messages that servers' searches never find: their results have no such type (by the official client)."""

AROUND = 80
"""Characters shown before and after a match, more or less: words are not cut."""

LONGEST_MATCH = 400
"""Characters shown of a match; a regex can match a megabyte."""

LONGEST_QUERY = 10_000
"""Characters of a query or a regex."""

DEEPEST = 40
"""Levels of nested values that are searched: servers can send any."""


@dataclass(frozen=True)
class Query:
    """A query: any of `phrases`, ignoring case, or a `regex`; where to search, for which role, and since when.

    Only messages have a role and a time, so nothing else is found with `role` or `since`.
    """

    phrases: tuple[str, ...] = ()
    regex: str = ""
    places: frozenset[Place] = frozenset(PLACES)
    role: str | None = None
    since: datetime | None = None
    exact: bool = False
    """Whether to read every message even if the server can search, since that finds words in any order."""

    @property
    def for_server(self) -> str:
        """The phrase to ask a server's own search for; "" if it cannot answer the query."""
        asks = not self.exact and not self.regex and len(self.phrases) == 1
        return self.phrases[0] if asks and self.role not in NOT_IN_INDEX else ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to search for."""
        return not self.regex and not any(phrase.strip() for phrase in self.phrases)

    @property
    def messages_only(self) -> bool:
        """Whether only messages can match."""
        return self.role is not None or self.since is not None

    @property
    def wants_messages(self) -> bool:
        """Whether messages have to be searched; summaries of compactions are messages."""
        return "messages" in self.places or "summaries" in self.places

    @property
    def wants_titles(self) -> bool:
        """Whether the summaries of conversations are searched."""
        return "summaries" in self.places and not self.messages_only

    @property
    def wants_memory(self) -> bool:
        """Whether blocks are searched."""
        return "memory" in self.places and not self.messages_only

    def wants(self, message: Message) -> bool:
        """Return whether a message is to be searched."""
        if place_of(message) not in self.places or (self.role is not None and role_of(message) != self.role):
            return False
        return self.since is None or (message.date is not None and _zoned(message.date) >= self.since)


class Found(NamedTuple):
    """The first match in a text, and the number of matches."""

    start: int
    end: int
    times: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A match with the words around it, as the server sent them; without `…` where the text continues."""

    before: str
    match: str
    after: str
    starts: bool = True
    """Whether the excerpt starts at the beginning of the text."""
    ends: bool = True
    """Whether the excerpt reaches the end of the text."""

    @property
    def text(self) -> str:
        """All of it, with `…` where the text goes on."""
        return f"{'' if self.starts else '…'}{self.before}{self.match}{self.after}{'' if self.ends else '…'}"


@dataclass(frozen=True, slots=True)
class Hit:
    """One message, summary or block with a match; None means unknown, or not applicable.

    `conversation` is None for a shared block, `message` for a block and for the summary of a conversation, and
    `in_context` where the server does not report it. `matches` counts those in this text, 0 where a server found it by
    other words.
    """

    place: Place
    agent: str
    agent_name: str
    conversation: str | None
    title: str
    message: str | None
    role: str | None
    time: datetime | None
    in_context: bool | None
    excerpt: Excerpt
    matches: int = 1
    label: str | None = None


@dataclass(frozen=True)
class SearchProgress:
    """The progress of a search: `how` is who searches the messages, the server or this program by reading them.

    `agents` and `conversations` count what was searched, `unread` what could not be read completely, and `requests` the
    responses since it began. `cut` means that there are more hits.
    """

    how: How = ""
    refusal: str = ""
    """Why the server's own search is not used; "" if it is, or if there was no reason to try."""
    agents: int = 0
    conversations: int = 0
    requests: int = 0
    hits: int = 0
    unread: int = 0
    gone: int = 0
    cut: bool = False
    done: bool = False


def phrase_pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for any of the phrases, ignoring case; white space in them matches any white space.

    It never backtracks, so no text makes it slow.
    """
    words = (phrase.split() for phrase in phrases)
    alternatives = [r"\s+".join(map(re.escape, phrase)) for phrase in words if phrase]
    alternatives.sort(key=len, reverse=True)  # of phrases that begin alike, the longest
    return re.compile("|".join(alternatives), re.IGNORECASE)


class PhraseFinder:
    """Finds any of several phrases in texts, most of which have none.

    A pattern that ignores case reads 30 MB in a second. Looking for an ASCII word in the lower-case text is ten times
    as fast and exact; other letters have more than one lower-case form.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        words = [max(phrase.lower().split(), key=len) for phrase in phrases if phrase.strip()]
        self._words = words if all(map(str.isascii, words)) else None
        self._pattern = phrase_pattern(phrases)

    def find(self, text: str) -> Found | None:
        """Return the first match in a text, and the number of matches."""
        if self._words is not None and text.isascii():
            small = text.lower()
            if not any(word in small for word in self._words):
                return None
        return find(self._pattern, text)


def find(pattern: re.Pattern[str], text: str) -> Found | None:
    """Return the first match of a pattern in a text, and the number of matches; empty matches do not count."""
    matches = (match.span() for match in pattern.finditer(text))
    spans = [span for span in matches if span[0] < span[1]]
    return Found(*spans[0], len(spans)) if spans else None


def find_words(query: str, text: str) -> Found:
    """Return where a server's own search may have found a query: the query itself, else its first word, else 0."""
    whole = find(phrase_pattern((query,)), text)
    if whole is not None:
        return whole
    words = (find(phrase_pattern((word,)), text) for word in query.split())
    first = min((one for one in words if one is not None), default=None)
    return Found(0, 0, 0) if first is None else first._replace(times=0)


def excerpt(text: str, start: int, end: int) -> Excerpt:
    """Return a match with the words around it."""
    cut = min(end, start + LONGEST_MATCH)
    begin = max(0, start - AROUND)
    if begin > 0 and (space := text.find(" ", begin, start)) >= 0:
        begin = space + 1
    stop = min(len(text), cut + AROUND)
    if stop < len(text) and (space := text.rfind(" ", cut, stop)) > cut:
        stop = space
    return Excerpt(text[begin:start], text[start:cut], text[cut:stop], begin == 0, stop == len(text))


def role_of(message: Message) -> str:
    """Return the role of a message; `summary` for a compaction's summary, whatever its type."""
    if message.message_type == "user_message" and envelope_of(message.raw.get("content")) is not None:
        return "summary" if is_summary(message) else "event"
    return ROLES.get(message.message_type, message.message_type.removesuffix("_message"))


def place_of(message: Message) -> Place:
    """Return whether a message is a compaction's summary or any other message."""
    return "summaries" if is_summary(message) else "messages"


def texts_of(message: Message) -> Sequence[str]:
    """Return every text of a message as a reader sees it: arguments and results decoded, no images, no ids."""
    raw = message.raw
    match message.message_type:
        case "reasoning_message":
            values: Iterable[Any] = (raw.get("reasoning"),)
        case "tool_call_message" | "approval_request_message":
            values = [part for call in tool_calls(message) for part in (call.get("name"), _arguments(call))]
        case "tool_return_message":
            values = map(result_value, tool_returns(message))
        case "approval_response_message":
            answers = approval_answers(message)
            values = [value for one in answers for value in (one.get("reason"), result_value(one))]
        case "summary_message":
            values = (raw.get("summary"),)
        case "event_message":
            values = (raw.get("event_data"),)
        case _:
            content = raw.get("content")
            envelope = envelope_of(content)
            values = (content,) if envelope is None else (envelope.get("message"), envelope.get("reason"))
    return tuple(text for value in values for text in _strings(value, DEEPEST))


def _arguments(call: Mapping[str, Any]) -> Any:
    """Return the arguments of a call, which a server sends as JSON in a string."""
    arguments = call.get("arguments")
    parsed = parse_json(arguments) if isinstance(arguments, str) else None
    return parsed if isinstance(parsed, dict | list) else arguments


def _strings(value: Any, depth: int) -> Iterator[str]:
    """Yield the texts in a value of any shape; an image has none."""
    if isinstance(value, str):
        if value:
            yield value
    elif depth <= 0 or value is None or isinstance(value, bool):
        return
    elif isinstance(value, Mapping):
        if value.get("type") == "image":
            return
        if value.get("type") == "text":
            yield from _strings(value.get("text"), depth - 1)
            return
        for one in value.values():
            yield from _strings(one, depth - 1)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one, depth - 1)
    else:
        yield as_text(value)


def _zoned(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


# What earlier values of a memory said

FEWEST_LETTERS = 4
"""Fewest letters of a sentence that is searched for."""

MOST_SENTENCES = 40
"""Most sentences of earlier values that are searched for at once; the newest ones."""

LONGEST_SENTENCE = 300

_SENTENCE_END = re.compile(r"(?<=\w\w[.!?])\s+")  # not after an initial
_BULLET = re.compile(r"^(?:[-*+•]|\d{1,3}[.)]|#{1,6}|>)\s+")


def outdated_sentences(earlier: Iterable[str], now: str) -> tuple[str, ...]:
    """Return lines and sentences of earlier values that are not in the current one, in the order of the values.

    Bullets and heading marks are removed, since a summary quotes only the text after them.
    """
    current = _folded(now)
    found: dict[str, str] = {}
    for value in earlier:
        for sentence in _sentences(value):
            key = _folded(sentence)
            if sum(map(str.isalnum, key)) >= FEWEST_LETTERS and key not in current:
                found.setdefault(key, sentence)
            if len(found) >= MOST_SENTENCES:
                return tuple(found.values())
    return tuple(found.values())


def _sentences(value: str) -> Iterator[str]:
    for line in value.splitlines():
        text = _BULLET.sub("", line.strip())
        for sentence in _SENTENCE_END.split(text):
            if sentence.strip():
                yield sentence.strip()[:LONGEST_SENTENCE]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
