"""Matches in system messages, folded: what is the same memory of many conversations is one hit.

Each conversation's system message repeats the memory of its agent, so that a word of it would be found in all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.rules.search import Excerpt, Hit

if TYPE_CHECKING:
    from tui.model.agent import Agent


class InMemory(NamedTuple):
    """A match in the memory of a label: the words around the first one, and how many there are."""

    label: str
    words: Excerpt
    times: int


@dataclass(frozen=True)
class Label:
    """What was found in a label of an agent: in the shared block as it is stored, or as conversations read it."""

    found: InMemory
    stored: bool = False
    readers: int = 0
    conversation: str | None = None
    """One that reads it."""
    title: str = ""


class FoldedMemory:
    """Matches in memory by agent and label, until the hits of an agent are taken."""

    def __init__(self) -> None:
        self._agents: dict[str, dict[str, Label]] = {}

    def add_stored(self, agent_id: str, matches: Iterable[InMemory]) -> None:
        """Add matches in the shared blocks of an agent."""
        labels = self._agents.setdefault(agent_id, {})
        for match in matches:
            before = labels.get(match.label, Label(match))
            labels[match.label] = replace(before, found=match, stored=True)

    def add_read(self, agent_id: str, conversation_id: str, title: str, matches: Iterable[InMemory]) -> None:
        """Add matches in the memory that the model of a conversation reads."""
        labels = self._agents.setdefault(agent_id, {})
        for match in matches:
            before = labels.get(match.label, Label(match))
            if before.conversation is None:
                before = replace(before, conversation=conversation_id, title=title)
            labels[match.label] = replace(before, readers=before.readers + 1)

    def hits(self, agent: Agent, *, counted: bool) -> list[Hit]:
        """The hits of an agent so far, those as they are stored first; `counted` if all its conversations were read."""
        labels = sorted(self._agents.get(agent.id, {}).values(), key=lambda one: not one.stored)
        return [_hit(agent, one, one.readers if counted else None) for one in labels]

    def take(self, agent: Agent, *, counted: bool) -> list[Hit]:
        """The hits of an agent, which are forgotten."""
        hits = self.hits(agent, counted=counted)
        self._agents.pop(agent.id, None)
        return hits

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON can carry it."""
        return {
            agent_id: [
                [*_flat(one.found), one.stored, one.readers, one.conversation, one.title]
                for one in labels.values()
            ]
            for agent_id, labels in self._agents.items()
            if labels
        }

    @classmethod
    def from_json(cls, content: object) -> FoldedMemory:
        """Read what `to_json` returned; raises ValueError or TypeError for anything else."""
        folded = cls()
        if not isinstance(content, Mapping):
            raise TypeError("it is no object")
        for agent_id, labels in content.items():
            read = [_label(one) for one in labels]
            folded._agents[agent_id] = {one.found.label: one for one in read}
        return folded


def is_folded(content: object) -> bool:
    """Whether `FoldedMemory.from_json` can read this."""
    try:
        FoldedMemory.from_json(content)
    except (TypeError, ValueError):
        return False
    return True


def _hit(agent: Agent, label: Label, readers: int | None) -> Hit:
    conversation, title = (None, "") if label.stored else (label.conversation, label.title)
    found = label.found
    return Hit(
        "memory",
        agent.id,
        agent.title,
        conversation,
        title,
        None,
        None,
        None,
        None,
        found.words,
        found.times,
        found.label,
        label.stored,
        readers,
    )


def _flat(found: InMemory) -> list[Any]:
    words = found.words
    return [found.label, words.before, words.match, words.after, words.starts, words.ends, found.times]


def _label(row: Sequence[Any]) -> Label:
    label, before, match, after, starts, ends, times, stored, readers, conversation, title = row
    texts = [label, before, match, after, title, *([] if conversation is None else [conversation])]
    numbers = [times, readers]
    flags = [starts, ends, stored]
    if not (
        all(isinstance(one, str) for one in texts)
        and all(isinstance(one, int) for one in numbers)
        and all(isinstance(one, bool) for one in flags)
    ):
        raise TypeError("it is no label of a memory")
    found = InMemory(label, Excerpt(before, match, after, starts, ends), times)
    return Label(found, stored, readers, conversation, title)
