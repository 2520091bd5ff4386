"""Says what a server does not support; its responses decide that, its version only helps to explain it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.model.text import one_line

if TYPE_CHECKING:
    from tui.model.supported import Feature, Supported

FIRST_VERSIONS: dict[Feature, tuple[str, str]] = {
    "edit": ("change summaries", "0.16.4"),
    "isolate": ("isolate blocks", "0.16.4"),
    "delete": ("delete conversations", "0.16.5"),
    "last_run_completion": ("sort by last run", "0.16.5"),
    "model": ("give a conversation a model of its own", "0.16.5"),
    "last_message_at": ("sort by last message", "0.16.7"),
    "fork": ("fork conversations", "0.16.7"),
    "recompile": ("recompile a system message", "0.16.7"),
    "compact": ("compact a conversation", "0.16.4"),
}
"""Features that may be missing: the name, and the first version of Letta that has it (measured on 0.16.1 to 0.16.8)."""

NAMES: dict[Feature, str] = {
    "create": "Creating conversations",
    "description": "A description of a conversation",
    "hidden": "Hiding a new conversation",
    "archive": "Archiving",
    "fork-from-message": "A fork up to one message",
    "edit-block": "Changing memory blocks",
    "default-summary": "A summary of the default conversation",
    "history": "Reading the whole history",
    "search": "Searching messages",
    "traces": "A trace of what was sent to the model",
    "payload": "Showing the exact payload",
}
"""Names of features that not every Letta has, as at the start of a sentence."""


def not_supported(feature: Feature, supported: Supported, version: str = "") -> str:
    """ "This server (Letta 0.16.2) cannot change summaries: Letta 0.16.4 is the first that can", or its own reason."""
    reason = one_line(supported[feature].reason, 200)
    if feature in NAMES:
        words = f"{NAMES[feature]} isn't supported by this server"
        return f"{words}: {reason}" if reason else words
    what, first = FIRST_VERSIONS[feature]
    server = server_name(version)
    if reason:
        return f"{server} cannot {what}: {reason}"
    if feature == "isolate" and supported.has("archive"):
        return f"{server} cannot isolate blocks: no version of Letta after 0.16.8 can"
    if _number(version) >= _number(first) > ():
        return f"{server} cannot {what}, although Letta {first} and later can: is there a proxy in between?"
    return f"{server} cannot {what}: Letta {first} is the first version that can"


def not_known(feature: Feature) -> str:
    """Return why a request is not sent to a server that is not known to support it."""
    if feature in NAMES:
        words = f"{NAMES[feature]} isn't known to be supported by this server"
    else:
        words = f"This server isn't known to {FIRST_VERSIONS[feature][0]}"
    return f"{words}: no conversation read so far shows that"


def server_name(version: str) -> str:
    """Return "This server" with its version, if that is known."""
    return f"This server (Letta {one_line(version, 20)})" if version else "This server"


def _number(version: str) -> tuple[int, ...]:
    """The version as numbers to compare; empty if it is not a version."""
    match = re.match(r"\d{1,6}(\.\d{1,6}){0,3}", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
