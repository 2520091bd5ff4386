"""Says what a server does not support; its responses decide that, its version only helps to explain it."""

from __future__ import annotations

import re

from tui.model.text import one_line

FIRST_VERSIONS = {
    "edit": ("change summaries", "0.16.4"),
    "isolate": ("isolate blocks", "0.16.4"),
    "delete": ("delete conversations", "0.16.5"),
    "last_run_completion": ("sort by last run", "0.16.5"),
    "last_message_at": ("sort by last message", "0.16.7"),
    "fork": ("fork conversations", "0.16.7"),
    "recompile": ("recompile a system message", "0.16.7"),
}
"""What may be missing: its name, and the first version of Letta that has it (measured on 0.16.1 to 0.16.8)."""


def not_supported(feature: str, version: str = "") -> str:
    """ "This server (Letta 0.16.2) cannot change summaries: Letta 0.16.4 is the first that can"."""
    if feature not in FIRST_VERSIONS:
        return ""
    what, first = FIRST_VERSIONS[feature]
    server = server_name(version)
    if _number(version) >= _number(first) > ():
        return f"{server} does not {what}, though Letta can from {first} on: is there a proxy in between?"
    return f"{server} cannot {what}: Letta {first} is the first that can"


def server_name(version: str) -> str:
    """Return "This server" with its version, if that is known."""
    return f"This server (Letta {one_line(version, 20)})" if version else "This server"


def _number(version: str) -> tuple[int, ...]:
    """The version as numbers to compare; empty if it is no version."""
    match = re.match(r"\d{1,6}(\.\d{1,6}){0,3}", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
