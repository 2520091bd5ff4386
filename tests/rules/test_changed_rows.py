"""A page that was requested before a change does not undo it; one that was requested later is believed."""

from __future__ import annotations

from datetime import UTC, datetime

from tui.model.conversation import Conversation, Page
from tui.rules.changed_rows import ChangedRows
from tui.rules.paging import ConversationPages, PageRequest

START = datetime(2026, 3, 14, tzinfo=UTC)


def row(name: str, summary: str = "before") -> Conversation:
    return Conversation(id=name, summary=summary, created_at=START)


def page_of(*rows: Conversation) -> ConversationPages:
    feed = ConversationPages()
    feed.add_page(PageRequest(None, 200), Page(rows, len(rows)))
    return feed


def titles(feed: ConversationPages) -> dict[str, str | None]:
    return {row.id: row.summary for row in feed.shown()}


def test_what_changed_since_the_request_is_changed_again() -> None:
    changes = ChangedRows()
    changes.put(row("a", "too old"))
    since = changes.count
    changes.put(row("a", "saved"))
    changes.put(row("made", "made here"), created=True)
    changes.put(row("made", "and renamed"))
    changes.remove("b")
    feed = page_of(row("a"), row("b"), row("c"))
    changes.apply(feed, since)
    assert titles(feed) == {"made": "and renamed", "a": "saved", "c": "before"}


def test_what_changed_before_the_request_is_on_the_page() -> None:
    changes = ChangedRows()
    changes.put(row("a", "saved"))
    changes.remove("b")
    feed = page_of(row("a", "saved later"), row("b"))
    changes.apply(feed, changes.count)
    assert titles(feed) == {"a": "saved later", "b": "before"}


def test_a_row_that_no_page_brought_is_not_added() -> None:
    changes = ChangedRows()
    changes.put(row("elsewhere", "read"))
    feed = page_of(row("a"))
    changes.apply(feed, 0)
    assert titles(feed) == {"a": "before"}
