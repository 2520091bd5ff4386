"""Texts about a creation or fork that failed, and about isolation that a new conversation lacks."""

from __future__ import annotations

from tui.model.conversation import Conversation
from tui.model.errors import ServerTrouble
from tui.model.supported import NOTHING_KNOWN, Feature, Supported
from tui.model.text import plural
from tui.presentation.not_supported import not_known, not_supported
from tui.rules.changes.create import Wanted, isolated_count, not_taken, shares_all
from tui.rules.changes.outcome import Refused, Unknown

TAKEN: dict[Feature, str] = {
    "description": "its description",
    "model": "its own model",
    "hidden": "the request to hide it from lists",
}


def isolation_text(made: Conversation, wanted: int, not_supported: str) -> str:
    """Return which isolation is missing, "" if none; `not_supported` names the version of Letta that has it.

    Letta before 0.16.4 takes labels and makes no copies (measured).
    """
    count = isolated_count(made)
    if count is None and wanted:
        return f"the server does not report isolated blocks, so all its blocks may be shared. {not_supported}"
    if shares_all(made, wanted):
        return f"no blocks are isolated in it: all are shared. {not_supported}"
    if (count or 0) < wanted:
        return f"only {count} of {plural(wanted, 'block')} is isolated in it"
    return ""


def missing_text(made: Conversation, wanted: Wanted, not_isolated: str) -> str:
    """Return what the new conversation lacks of what was wanted, "" if nothing; see `isolation_text`."""
    names = [TAKEN[feature] for feature in not_taken(made, wanted)]
    fields = f"the server ignored {' and '.join(names)}" if names else ""
    isolation = isolation_text(made, len(wanted.labels), not_isolated)
    return "; ".join(filter(None, (fields, isolation)))


def failure_text(creation: Refused | Unknown, supported: Supported = NOTHING_KNOWN, version: str = "") -> str:
    """Return what to show when it is not certain that a conversation was created."""
    if isinstance(creation, Refused) and creation.missing is not None:
        feature = creation.missing
        lacks = supported.lacks(feature)
        return not_supported(feature, supported, version) if lacks else not_known(feature)
    error = creation.error
    assert error is not None
    new = ", ".join(row.id for row in creation.appeared or ())
    if isinstance(creation, Refused):
        if new and isinstance(error, ServerTrouble):
            return f"{error.what}\nIt was probably created anyway: {new} is new in the list."
        tail = f"\nThe server still left an empty conversation behind: {new}" if new else ""
        return f"{error}{tail}"
    if creation.appeared is None:
        return f"{error.what}\nIt may have been created: the list cannot be read now to check."
    if not new:
        return f"{error.what}\nThe list shows no new conversation: it was probably not created."
    return f"{error.what}\nIt was probably created anyway: {new} is new in the list."
