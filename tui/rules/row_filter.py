"""The filter of the list: words of summaries or ids, and filters such as `is:untitled` or `idle:>7d`.

Rows are searched step by step, so that 100,000 of them delay no key. A filter can ask for what is unknown about a row:
such a row matches neither the filter nor its negation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from tui.model.text import one_line, plural

if TYPE_CHECKING:
    from tui.model.conversation import Conversation

ID_LENGTH = 4
"""Words of at least this many letters are also searched in ids, since two or three are in many ids by chance."""

LEAST_COMPLETED = 2
"""Letters of a word from which on the name of a filter is suggested."""

TOKEN = re.compile(r'(?:[^\s"]|"[^"]*(?:"|$))+')
FILTER = re.compile(r"(-?)([A-Za-z]+):(?!//)(.*)", re.DOTALL)
IDLE = re.compile(r"(>=?|<=?)?(\d{1,5})(min|m|h|d|w|y)", re.IGNORECASE)
IDLE_BEGUN = re.compile(r"(>=?|<=?)?\d{0,5}(mi?)?", re.IGNORECASE)
UNITS = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
STATES = ("untitled", "draft", "archived", "pinned", "isolated", "findings")
"""What `is:` takes."""

NAMES = ("is", "has", "isolated", "idle", "agent")
"""The filters, in the order in which they are suggested."""

VALUES: Mapping[str, tuple[str, ...]] = {"is": STATES, "has": ("findings",)}
NEEDS = {
    "is": f"is: takes {', '.join(STATES)}",
    "has": "has: takes findings",
    "isolated": "isolated: takes the label of a block, such as isolated:human",
    "idle": "idle: takes a time in min, h, d, w or y, such as idle:>7d or idle:<1h",
    "agent": "agent: takes a part of an agent's name",
}
ONE_AGENT = "agent: works where the conversations of all agents are listed"

BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class KnownOfRows:
    """What filters ask about rows beyond their fields, as known at one time."""

    now: datetime = BEGINNING
    drafts: frozenset[str] = frozenset()
    """Keys of the conversations with an unsaved draft."""
    pinned: frozenset[str] = frozenset()
    """Keys of the pinned conversations."""
    checked: Mapping[str, bool] = field(default_factory=dict)
    """Whether the check found something, by the key of each conversation that was checked in this run."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of isolated blocks by their ids, as far as they were read."""
    agents: Mapping[str, str] | None = None
    """Names of agents by their ids; None where the list is of one agent."""


NOTHING_KNOWN = KnownOfRows()

Test = Callable[["Conversation", KnownOfRows], bool | None]
"""Whether a row fits; None if that is not known."""


@dataclass(frozen=True)
class Condition:
    """One filter: its name, its value in lower case, and whether it is negated."""

    name: str
    value: str
    negated: bool = False

    def fits(self, row: Conversation, known: KnownOfRows) -> bool:
        """Return whether a row matches; a row of which that is unknown never does, not even if negated."""
        found = TESTS[self.name](row, known, self.value)
        return found is not None and found is not self.negated


@dataclass(frozen=True)
class Problem:
    """A filter that cannot be used; `unfinished` if it may still become one while it is typed.

    One whose name is no filter is `searched` for as text; any other one is left out.
    """

    sentence: str
    unfinished: bool = False
    searched: bool = False


@dataclass(frozen=True)
class FilterQuery:
    """What was typed into the filter: plain words, which all have to occur, and filters, which all have to fit."""

    words: tuple[str, ...] = ()
    """In lower case."""
    conditions: tuple[Condition, ...] = ()
    problems: tuple[Problem, ...] = ()
    search: str = ""
    """The words as typed, for the server's own search."""

    def __bool__(self) -> bool:
        return bool(self.words or self.conditions)

    def asks(self, name: str, value: str | None = None) -> bool:
        """Return whether one of its filters has this name, and this value if one is given."""
        return any(one.name == name and value in (None, one.value) for one in self.conditions)

    @property
    def wants_archived(self) -> bool:
        """Whether only archived rows fit."""
        return Condition("is", "archived") in self.conditions

    @property
    def asks_for_findings(self) -> bool:
        """Whether it depends on what the check found."""
        return self.asks("has") or self.asks("is", "findings")

    def problem(self, *, typing: bool = False) -> str:
        """Return what is wrong with it, "" if nothing; during `typing`, unfinished filters are no problem."""
        shown = [one.sentence for one in self.problems if not (typing and one.unfinished)]
        return " · ".join(dict.fromkeys(shown))

    def notes(self, known: KnownOfRows) -> tuple[str, ...]:
        """Return remarks on the matches: how few rows were checked, and names that nothing has."""
        notes: list[str] = []
        if self.asks_for_findings:
            notes.append(f"findings known of {plural(len(known.checked), 'checked conversation')}")
        for one in self.conditions:
            if one.name == "isolated" and known.labels and not _has_label(known, one.value):
                notes.append(f"no isolated block is labelled “{one_line(one.value, 40)}”")
            if one.name == "agent" and known.agents and not _named(known.agents, one.value):
                notes.append(f"no agent is called “{one_line(one.value, 40)}”")
        return tuple(notes)

    def fits(self, row: Conversation, known: KnownOfRows) -> bool:
        """Return whether a row contains every word, and fits every filter."""
        for condition in self.conditions:
            if not condition.fits(row, known):
                return False
        if not self.words:
            return True
        text = row.summary or row.description or ""
        if row.is_default:
            text = f"default conversation {row.summary or ''}"
        text = text.casefold()
        return all(word in text or (len(word) >= ID_LENGTH and word in row.id) for word in self.words)


@lru_cache(64)
def parse_filter(text: str, *, all_agents: bool = False) -> FilterQuery:
    """Read what was typed into the filter; `all_agents` if the list is of more than one agent.

    A word in quotes is searched for as it is, blanks and colons included. A name that is no filter is searched for
    with its colon, and reported as a problem.
    """
    words: list[str] = []
    conditions: list[Condition] = []
    problems: list[Problem] = []
    tokens = TOKEN.findall(text)
    for token in tokens:
        unfinished = token is tokens[-1] and text.endswith(token)
        match = None if token.startswith('"') else FILTER.fullmatch(token)
        name = match[2].lower() if match else ""
        value = match[3].replace('"', "") if match else ""
        if match is None or (name not in NAMES and not value):
            words.append(token.replace('"', ""))
        elif name not in NAMES:
            shown = one_line(name, 20)
            words.append(token.replace('"', ""))
            sentence = f"{shown}: is not a filter: searching for the text “{one_line(words[-1], 40)}”"
            problems.append(Problem(sentence, searched=True))
        elif name == "agent" and not all_agents:
            problems.append(Problem(ONE_AGENT))
        elif not _is_value(name, value):
            problems.append(Problem(_needs(name, value), unfinished and _may_become_value(name, value)))
        else:
            conditions.append(Condition(name, value.casefold(), negated=bool(match[1])))
    words = [word for word in words if word]
    is_plain = not conditions and not problems and '"' not in text
    return FilterQuery(
        tuple(word.casefold() for word in words),
        tuple(dict.fromkeys(conditions)),
        tuple(problems),
        text.strip() if is_plain else " ".join(words),
    )


def _is_value(name: str, value: str) -> bool:
    """Return whether a filter of this name takes this value."""
    if name == "idle":
        return IDLE.fullmatch(value) is not None
    known = VALUES.get(name)
    return bool(value.strip()) if known is None else value.lower() in known


def _may_become_value(name: str, value: str) -> bool:
    """Return whether this may become a value when more letters are typed."""
    if name == "idle":
        return IDLE_BEGUN.fullmatch(value) is not None
    known = VALUES.get(name)
    return not value.strip() if known is None else any(one.startswith(value.lower()) for one in known)


def _needs(name: str, value: str) -> str:
    return f"“{one_line(value, 20)}”: {NEEDS[name]}" if value.strip() else NEEDS[name]


# completion


def completed_filter(text: str, known: KnownOfRows) -> str:
    """Return the text with the filter at its end completed, "" if there is nothing to complete."""
    tokens = TOKEN.findall(text)
    if not tokens or not text.endswith(tokens[-1]) or tokens[-1].startswith('"'):
        return ""
    token = tokens[-1]
    sign = "-" if token.startswith("-") else ""
    begun = token.removeprefix("-")
    name, colon, value = begun.partition(":")
    candidates = _values(name.lower(), known) if colon else _names(begun, known)
    typed = value.lower() if colon else begun.lower()
    for candidate in candidates:
        if candidate.lower().startswith(typed.strip('"')) and len(candidate) > len(typed):
            whole = f"{name}:{_quoted(candidate)}" if colon else candidate
            completed = f"{text[: len(text) - len(token)]}{sign}{whole}"
            return completed if completed != text else ""
    return ""


def _names(begun: str, known: KnownOfRows) -> list[str]:
    """Return the filters whose name may begin like this."""
    if len(begun) < LEAST_COMPLETED:
        return []
    return [f"{name}:" for name in NAMES if name != "agent" or known.agents is not None]


def _values(name: str, known: KnownOfRows) -> Iterable[str]:
    """Return the values that may follow the name of a filter, as far as they are known."""
    match name:
        case "isolated":
            return sorted({label for label in known.labels.values() if label})
        case "agent":
            return sorted(set((known.agents or {}).values()), key=str.casefold)
        case "idle":
            return (">7d", "<1h")
    return VALUES.get(name, ())


def _quoted(value: str) -> str:
    plain = value.replace('"', "")
    return f'"{plain}"' if " " in plain else plain


# the filters


def _is_state(row: Conversation, known: KnownOfRows, state: str) -> bool | None:
    match state:
        case "untitled":
            return is_untitled(row)
        case "draft":
            return row.key in known.drafts
        case "archived":
            return row.archived if row.archived is not None else (False if row.is_default else None)
        case "pinned":
            return row.key in known.pinned
        case "isolated":
            return None if row.isolated_block_ids is None else bool(row.isolated_block_ids)
    return known.checked.get(row.key)


def is_untitled(row: Conversation) -> bool:
    """Return whether a named conversation has no summary; a default one never counts as untitled."""
    return not row.is_default and not (row.summary or "").strip()


def _has_findings(row: Conversation, known: KnownOfRows, value: str) -> bool | None:
    return known.checked.get(row.key)


def _isolates(row: Conversation, known: KnownOfRows, label: str) -> bool | None:
    """Return whether a row has an isolated block with this label, None if its labels are not all known."""
    if row.isolated_block_ids is None:
        return None
    labels = [known.labels.get(block_id) for block_id in row.isolated_block_ids]
    if any(one is not None and one.casefold() == label for one in labels):
        return True
    return None if None in labels else False


def _is_idle(row: Conversation, known: KnownOfRows, value: str) -> bool | None:
    """Return whether the last message is that long ago or, without messages, the creation.

    Servers before 0.16.7 do not report the last message; there, the last update counts.
    """
    match = IDLE.fullmatch(value)
    since = row.last_message_at
    if since is None and not row.was_sent("last_message_at"):
        since = row.updated_at
    since = since or row.created_at
    if match is None or since is None:
        return None
    idle, limit = known.now - since, int(match[2]) * UNITS[match[3].lower()]
    return idle < limit if (match[1] or ">").startswith("<") else idle >= limit


def _is_of_agent(row: Conversation, known: KnownOfRows, name: str) -> bool | None:
    if known.agents is None:
        return None
    return row.agent_id.startswith(name) or name in known.agents.get(row.agent_id, "").casefold()


def _named(agents: Mapping[str, str], name: str) -> bool:
    return any(name in title.casefold() or id.startswith(name) for id, title in agents.items())


def _has_label(known: KnownOfRows, label: str) -> bool:
    return any(one.casefold() == label for one in known.labels.values())


TESTS: Mapping[str, Callable[[Conversation, KnownOfRows, str], bool | None]] = {
    "is": _is_state,
    "has": _has_findings,
    "isolated": _isolates,
    "idle": _is_idle,
    "agent": _is_of_agent,
}


class RowFilter:
    """The rows that fit a query, in order."""

    def __init__(
        self,
        rows: Sequence[Conversation],
        query: FilterQuery,
        before: RowFilter | None = None,
        known: KnownOfRows = NOTHING_KNOWN,
    ) -> None:
        """`before` is an earlier filter of the same rows: if this query only narrows it, its matches are enough."""
        self._query, self._known = query, known
        self._rows = rows
        if before is not None and self._refines(before):
            self._rows = before.matches if before.done else before._rows
        self._next = 0
        self._matches: list[Conversation] = []

    def _refines(self, before: RowFilter) -> bool:
        """Return whether only earlier matches can match; a word that grows to four letters also finds ids."""
        old_conditions = before._query.conditions
        if old_conditions and not (
            set(old_conditions) <= set(self._query.conditions) and before._known == self._known
        ):
            return False
        return all(
            any(old in new and (len(old) >= ID_LENGTH or len(new) < ID_LENGTH) for new in self._query.words)
            for old in before._query.words
        )

    @property
    def done(self) -> bool:
        """Whether every row was searched."""
        return self._next >= len(self._rows)

    @property
    def remaining(self) -> int:
        """How many rows are still to be searched."""
        return max(0, len(self._rows) - self._next)

    @property
    def matches(self) -> tuple[Conversation, ...]:
        """The matches among the rows searched so far."""
        return tuple(self._matches)

    def is_for(self, query: FilterQuery, known: KnownOfRows = NOTHING_KNOWN) -> bool:
        """Return whether a query has the same words and filters and, where it has filters, the same knowledge."""
        same = (query.words, query.conditions) == (self._query.words, self._query.conditions)
        return same and (not query.conditions or known == self._known)

    def step(self, count: int) -> None:
        """Search the next `count` rows."""
        rows = self._rows[self._next : self._next + count]
        query, known = self._query, self._known
        self._matches += [row for row in rows if query.fits(row, known)]
        self._next += count

    def finish(self) -> tuple[Conversation, ...]:
        """Search all remaining rows and return the matches."""
        self.step(self.remaining)
        return self.matches
