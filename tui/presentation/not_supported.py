"""What a server turned out to lack, in words: its answers decide, its version only helps to explain them."""

from __future__ import annotations

import re

from tui.model.text import one_line

FIRST = {
    "edit": ("change summaries", "0.16.4"),
    "isolate": ("isolate blocks", "0.16.4"),
    "delete": ("delete conversations", "0.16.5"),
    "last_run_completion": ("sort by last run", "0.16.5"),
    "last_message_at": ("sort by last message", "0.16.7"),
    "fork": ("fork conversations", "0.16.7"),
    "recompile": ("recompile a system message", "0.16.7"),
}
"""What can be missing: how it is called, and the first Letta that has it (measured on 0.16.1 to 0.16.8)."""


def cannot(act: str, version: str = "") -> str:
    """ "This server (Letta 0.16.2) cannot change summaries: Letta 0.16.4 is the first that can"."""
    what, first = FIRST[act]
    server = named(version)
    if _number(version) >= _number(first) > ():
        return f"{server} does not {what}, though Letta can from {first} on: is there a proxy in between?"
    return f"{server} cannot {what}: Letta {first} is the first that can"


def named(version: str) -> str:
    """The server with the version that it gave, where it gave one."""
    return f"This server (Letta {one_line(version, 20)})" if version else "This server"


def _number(version: str) -> tuple[int, ...]:
    """The parts of a version that can be compared; none of one that is no version."""
    found = re.match(r"\d{1,6}(\.\d{1,6}){0,3}", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
