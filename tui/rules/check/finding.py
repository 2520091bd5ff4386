"""A finding of the context check: how bad it is, of which kind, what it is about and where it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum


class Severity(Enum):
    """How much a finding matters, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)

    @property
    def glyph(self) -> str:
        """The sign of the severity."""
        return {"error": "✗", "warning": "!", "note": "·"}[self.value]


class Kind(StrEnum):
    """The kind of a finding, as a stable token for scripts."""

    CALL = "call-without-return"
    RETURN = "return-without-call"
    APPROVAL = "approval-pending"
    NO_SYSTEM = "no-system-message"
    NO_MESSAGE = "id-without-message"
    DUPLICATE_ID = "duplicate-id"
    DUPLICATE_CALL = "duplicate-call-id"
    LEFT_OUT = "messages-left-out"
    EMPTY = "empty-context"
    CONTEXT_UNKNOWN = "context-unknown"
    MEMORY_UNKNOWN = "memory-unknown"
    UNREAD = "unreadable"
    STALE = "stale"
    LOST = "isolation-lost"
    LEAKED = "shared-leaked-in"
    MISSING = "missing"
    DEAD = "dead"
    REMOVED = "removed"
    FORGOTTEN = "forgotten-edit"
    COMMITTED_SINCE = "committed-since"
    NOT_COMMITTED = "not-committed"
    RECOMPILE_DUE = "recompile-due"
    OVER_LIMIT = "over-limit"
    BLOCK_GONE = "isolated-block-gone"


MODEL_DIFFERS = (Kind.STALE, Kind.LOST, Kind.LEAKED, Kind.FORGOTTEN, Kind.COMMITTED_SINCE)
"""Kinds that are best shown as a diff from what the model reads to the current block."""


@dataclass(frozen=True)
class Finding:
    """One problem of a conversation; `tab` and `key` name the pane and the item that show it.

    `label` is a memory label or the name of a tool, `state` a memory state in words, `ids` what it is about
    by name: message, call, block, run, step.
    """

    severity: Severity
    kind: Kind
    sentence: str
    tab: str = "messages"
    key: str = ""
    label: str = ""
    state: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """The memory state, or the kind in words."""
        return self.state or self.kind.replace("-", " ")


def worst(findings: tuple[Finding, ...]) -> Severity | None:
    """Return the severity of the worst finding, or None if there is none."""
    return min((finding.severity for finding in findings), key=lambda severity: severity.rank, default=None)
