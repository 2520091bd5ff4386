"""What a server supports: of each feature whether it has it, and what showed that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Feature = Literal[
    "edit",
    "edit-block",
    "default-summary",
    "create",
    "isolate",
    "description",
    "model",
    "hidden",
    "archive",
    "delete",
    "fork",
    "fork-from-message",
    "recompile",
    "compact",
    "history",
    "search",
    "traces",
    "payload",
    "last_run_completion",
    "last_message_at",
]
"""What servers may lack. `description`, `model` and `hidden` are fields of a new conversation, the last two orders."""


@dataclass(frozen=True, slots=True)
class Support:
    """Whether a server has one feature; `unknown` until a response shows it."""

    state: Literal["yes", "no", "unknown"] = "unknown"
    evidence: str = ""
    """What showed it: a field of rows, or how a request ended."""
    reason: str = ""
    """Why not, in the words of the server; "" where it gave none."""


NOT_KNOWN = Support()


@dataclass(frozen=True)
class Supported:
    """What is known of a server at one time.

    What is unknown is offered to the user, and never sent without being asked for.
    """

    found: Mapping[Feature, Support] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, feature: Feature) -> Support:
        return self.found.get(feature, NOT_KNOWN)

    def has(self, feature: Feature) -> bool:
        """Return whether the server is known to have it."""
        return self[feature].state == "yes"

    def lacks(self, feature: Feature) -> bool:
        """Return whether the server is known not to have it."""
        return self[feature].state == "no"


NOTHING_KNOWN = Supported()
"""What is known of a server before its first response."""
