"""The manual: Markdown pages that are installed with the program.

The command `manual` and the key `f1` show them; `keys.md` is made from the registry of actions.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent

PAGES = {
    "reading": "the screen, messages, filter, find, search, history, follow",
    "memory": "what the model reads of each block, states, changing blocks",
    "editing": "summaries and memory blocks, conflicts, drafts, undo",
    "changes": "create, fork, delete, recompile, archive; several at once",
    "tools": "context check, context window, compare, requests, payload, time machine, isolation map",
    "keys": "every key and action",
    "settings": "flags, environment, config.toml, custom keys, themes",
    "profiles": "servers, Letta Cloud, API keys, proxies, certificates",
    "commands": "without a screen: output, bundles, exit codes",
    "browser": "serve, and its security",
    "files": "what is stored on this machine, and where",
    "troubleshooting": "messages and how to fix their causes",
    "versions": "what each version of Letta supports",
    "servers": "what Letta servers do, measured",
}
"""The pages in reading order, each with what it is about."""


def read_page(name: str) -> str:
    """Return the Markdown of a page; raises KeyError if there is no page with this name."""
    if name not in PAGES:
        raise KeyError(name)
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")
