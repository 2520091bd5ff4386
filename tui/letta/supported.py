"""Learn what a server supports from the responses to other requests; its version decides nothing.

A field of a conversation shows it, or how a request ended. Nothing is requested or created to find out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

from tui.model.supported import NOTHING_KNOWN, Feature, Support, Supported

if TYPE_CHECKING:
    from tui.model.agent import Health
    from tui.model.conversation import Conversation
    from tui.model.errors import NotOffered

NEWER = ("archived", "archived_at", "description", "context_window_limit")
"""Fields of conversations on servers after 0.16.8, which support most features, and isolate nothing."""

SHOWN_BY: Mapping[Feature, tuple[str, ...]] = {
    "archive": NEWER,
    "description": ("description",),
    "hidden": ("description", "context_window_limit"),
    "fork-from-message": ("description", "context_window_limit"),
    "model": ("model",),
    "last_run_completion": ("model",),
    "last_message_at": ("last_message_at",),
}
"""Fields that came with a feature: the orders with 0.16.5 and 0.16.7 (measured), the others by the official client."""

ISOLATED = "isolated_block_ids"

ABSENT, SEEN, ANSWERED = 1, 2, 3
"""How strong evidence is: a field that no row has, one that some row has, how a request of the feature ended."""

FEATURES: frozenset[str] = frozenset(get_args(Feature))


class SupportLearner:
    """What is known of one server; the client adds to it with each response."""

    def __init__(self) -> None:
        self.current = NOTHING_KNOWN
        self._strength: dict[Feature, int] = {}
        self._when_changed: list[Callable[[Supported], None]] = []

    def when_changed(self, call: Callable[[Supported], None]) -> None:
        """Have this called with each new snapshot from now on."""
        self._when_changed.append(call)

    def saw_rows(self, rows: Iterable[Conversation]) -> None:
        """Learn from the fields of conversations, of a list or of one; a field that is null was sent too."""
        rows = tuple(rows)
        if not rows:
            return
        names = frozenset[str]().union(
            *{row.sent for row in rows}, *(row.unknown for row in rows if row.unknown)
        )
        lists_isolated = any(row.isolated_block_ids is not None for row in rows)
        self._add(_shown_by_fields(names, lists_isolated=lists_isolated))

    def saw_health(self, health: Health) -> None:
        """Learn what the server itself says it lacks: `unsupported` maps features to reasons.

        Letta sends no such field; the servers inside this program do.
        """
        unsupported = health.unknown.get("unsupported")
        reasons = unsupported.items() if isinstance(unsupported, dict) else ()
        self._add(
            {
                feature: (Support("no", "the server says so", reason), ANSWERED)
                for feature, reason in reasons
                if feature in FEATURES and isinstance(reason, str)
            }
        )

    def worked(self, feature: Feature, evidence: str = "the request succeeded") -> None:
        """Note that a request of this feature succeeded."""
        self._add({feature: (Support("yes", evidence), ANSWERED)})

    def refused(self, feature: Feature, error: NotOffered) -> None:
        """Note that the server has no such endpoint."""
        self._add({feature: (Support("no", error.what, error.reason), ANSWERED)})

    def failed(self, feature: Feature, evidence: str) -> None:
        """Note that the server took the request and did not do it, or refused this part of it."""
        self._add({feature: (Support("no", evidence), ANSWERED)})

    def _add(self, findings: Mapping[Feature, tuple[Support, int]]) -> None:
        """Take over what is at least as strong as what was known; a changed state is news, and a first reason."""
        news = {}
        for feature, (support, strength) in findings.items():
            if strength < self._strength.get(feature, 0):
                continue
            self._strength[feature] = strength
            known = self.current[feature]
            if support.state != known.state or (support.reason and not known.reason):
                news[feature] = support
        if news:
            self.current = Supported(MappingProxyType({**self.current.found, **news}))
            for call in self._when_changed:
                call(self.current)


def _shown_by_fields(names: frozenset[str], *, lists_isolated: bool) -> dict[Feature, tuple[Support, int]]:
    """What the fields of rows show; a server with newer fields may leave out others that are not set."""
    newer = next((name for name in NEWER if name in names), "")
    findings: dict[Feature, tuple[Support, int]] = {}
    for feature, fields in SHOWN_BY.items():
        seen = next((name for name in fields if name in names), "")
        if seen:
            findings[feature] = Support("yes", f"conversations report `{seen}`"), SEEN
        elif not newer:
            findings[feature] = Support("no", f"no conversation reports `{fields[0]}`"), ABSENT
    if lists_isolated:
        findings["isolate"] = Support("yes", f"conversations report `{ISOLATED}`"), SEEN
    elif newer and ISOLATED not in names:
        findings["isolate"] = Support("no", f"conversations report `{newer}` and never `{ISOLATED}`"), ABSENT
    return findings
