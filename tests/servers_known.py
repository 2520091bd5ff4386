"""What is known of servers, for tests that need no server."""

from __future__ import annotations

from collections.abc import Iterable

from tui.letta.supported import SupportLearner
from tui.model.conversation import Conversation
from tui.model.supported import Feature, Support, Supported


def known(*, has: Iterable[Feature] = (), lacks: Iterable[Feature] = ()) -> Supported:
    """A server that is known to have some features and to lack others."""
    found = {feature: Support("yes", "it was seen") for feature in has}
    return Supported(found | {feature: Support("no", "it was refused") for feature in lacks})


def learned_from(*rows: Conversation) -> Supported:
    """What these conversations show of their server."""
    learner = SupportLearner()
    learner.saw_rows(rows)
    return learner.current
