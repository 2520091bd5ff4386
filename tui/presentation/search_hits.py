"""The hits and the progress of a search as text: where a hit is, the words around it, how the search is done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tui.model.text import one_line, plural, visible
from tui.presentation.times import since
from tui.rules.search import Excerpt, Hit, SearchProgress

BEGINS, ENDS = "▸", "◂"
"""The marks around a match, visible without colour."""

BY_SERVER = "searched by the server: these words in any order, not in tool calls"
BY_READING = "reading every message"
ALSO_READING = "reading summaries and memory"

CONTEXT = {True: "in context", False: "before the context", None: "may be in context"}


def excerpt_parts(excerpt: Excerpt) -> tuple[str, str, str]:
    """Return the words before a match, the match and the words after it, each harmless and on one line."""
    before = _flat(excerpt.before, begins=not excerpt.starts)
    after = _flat(excerpt.after, ends=not excerpt.ends)
    return before, _flat(excerpt.match), after


def marked(excerpt: Excerpt) -> str:
    """Return the words around a match on one line, with the match between marks."""
    before, match, after = excerpt_parts(excerpt)
    return f"{before}{BEGINS}{match}{ENDS}{after}" if match else before + after


def _flat(text: str, *, begins: bool = False, ends: bool = False) -> str:
    """The text as one harmless line that keeps the spaces at its ends, with `…` where it is cut."""
    shown = one_line(text)
    if shown:
        shown = f"{' ' * text[:1].isspace()}{shown}{' ' * text[-1:].isspace()}"
    else:
        shown = " " * bool(text)
    return f"{'…' * begins}{shown}{'…' * ends}"


def where(hit: Hit) -> str:
    """Return where a hit is: "shared memory human", "isolated memory human in …", "summary of …", or a title."""
    title = one_line(hit.title, 60) or one_line(hit.conversation or "", 60) or "unknown conversation"
    if hit.place == "memory":
        label = one_line(hit.label or "", 40) or "(no label)"
        if not hit.stored:
            return f"memory {label}, not as it is stored"
        return f"shared memory {label}" if hit.conversation is None else f"isolated memory {label} in {title}"
    return f"summary of {title}" if hit.message is None else title


def facts(hit: Hit, now: datetime) -> str:
    """Return when a hit was said, by whom, and whether the model still reads it; "" for what has none of these.

    Of a memory, how many conversations read it so.
    """
    if hit.place == "memory":
        return "" if hit.readers is None else readers_text(hit.readers)
    if hit.message is None:
        return ""
    words = [since(hit.time, now), one_line(hit.role or "", 20), CONTEXT[hit.in_context]]
    if hit.matches > 1:
        words.append(f"{hit.matches} times")
    elif hit.matches == 0:
        words.append("no exact match")
    return " · ".join(filter(None, words))


def readers_text(readers: int) -> str:
    """Return "3 conversations read it", or "no conversation reads it" where an edit has reached none."""
    if readers == 0:
        return "no conversation reads it"
    return f"{plural(readers, 'conversation')} {'reads' if readers == 1 else 'read'} it"


def system_text(progress: SearchProgress) -> str:
    """Return "12 system messages contain it too", which are no hits of their own."""
    contain = "contains" if progress.system == 1 else "contain"
    return f"{plural(progress.system, 'system message')} {contain} it too"


def hit_lines(hit: Hit, now: datetime, *, with_agent: bool) -> str:
    """Return a hit as two lines of text: where it is, with its id, and the words around the match."""
    id = one_line(hit.conversation or hit.agent, 60)
    agent = one_line(hit.agent_name, 30) if with_agent else ""
    words = filter(None, (id, agent, where(hit), facts(hit, now)))
    return f"{'  '.join(words)}\n    {marked(hit.excerpt)}\n"


def hit_json(hit: Hit) -> dict[str, Any]:
    """Return a hit as JSON; `text` is exactly what the server has, with `…` where it is cut."""
    return {
        "conversation": hit.conversation,
        "agent": hit.agent,
        "message": hit.message,
        "role": hit.role,
        "time": None if hit.time is None else hit.time.isoformat(),
        "in_context": hit.in_context,
        "text": hit.excerpt.text,
        "in": hit.place,
        "label": hit.label,
        "title": hit.title,
        "matches": hit.matches,
        "stored": hit.stored if hit.place == "memory" else None,
        "readers": hit.readers,
    }


def progress_text(progress: SearchProgress) -> str:
    """Return the progress of a search: "3 hits · 120 conversations · 124 requests · reading every message"."""
    words = [plural(progress.hits, "hit") if progress.hits or progress.done else "no hits yet"]
    if progress.cut:
        words[0] = f"the first {words[0]}, there are more"
    if progress.conversations:
        words.append(plural(progress.conversations, "conversation"))
    words.append(plural(progress.requests, "request"))
    words += [how_text(progress), *trouble(progress)]
    return " · ".join(filter(None, words))


def how_text(progress: SearchProgress) -> str:
    """Return how messages are searched, and why not by the server if it was asked; "" until that is known."""
    if progress.how == "server":
        return BY_SERVER
    if progress.how == "reading":
        return f"{BY_READING}, since the server does not search" if progress.refusal else BY_READING
    return ALSO_READING if progress.conversations else ""


def trouble(progress: SearchProgress) -> list[str]:
    """Return what could not be searched."""
    words = []
    if progress.unread:
        words.append(f"{progress.unread} could not be read completely")
    if progress.gone:
        words.append(f"{plural(progress.gone, 'conversation')} deleted meanwhile")
    return words


def search_json(progress: SearchProgress, hits: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the hits and how they were searched for as JSON; `complete` says that there can be no others."""
    return {
        "searched": progress.conversations,
        "requests": progress.requests,
        "how": progress.how or None,
        "system_messages": progress.system,
        "complete": progress.done and progress.how != "server" and not progress.cut and not progress.unread,
        "hits": hits,
    }


def visible_problem(name: str, reason: str) -> str:
    """Return what could not be read and why, on one line."""
    return visible(f"{one_line(name, 60)}: {one_line(reason, 300)}")
