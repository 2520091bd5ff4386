"""The right pane: title or editor, the line of facts, and the Messages, Memory and Info readers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import ContentSwitcher, Static

from tui.model.errors import LettaError
from tui.model.opened import Opened
from tui.presentation.conversation_info import facts_line, first_user_words, info_items, title
from tui.presentation.scope_line import hidden_text, scope_text
from tui.presentation.times import since
from tui.presentation.transcript_cache import TranscriptCache
from tui.rules.message_scope import MessageScope
from tui.rules.new_since import NewContent
from tui.rules.view_state import Failed, Loading, MemoryMode, SelectedStep, View
from tui.ui.bindings import bindings
from tui.ui.widgets.find_line import FindLine
from tui.ui.widgets.message_lines import FactsLine, IdLine, ScopeLine
from tui.ui.widgets.reader import Reader
from tui.ui.widgets.tab_bar import TABS, TabBar

if TYPE_CHECKING:
    from tui.model.trace import ContextSize
    from tui.presentation.find import Match, Pattern
    from tui.presentation.item import Item
    from tui.ui.widgets.summary_editor import SummaryEditor


class DetailPane(Vertical):
    """Shows a view; keeps its tab, and for the same conversation also its scroll position."""

    BINDINGS = bindings("reader")

    # The pane itself draws none of these, and repainting it would repaint everything inside.
    view: var[View] = var(None, always_update=True)
    scope: var[MessageScope] = var(MessageScope(), always_update=True)
    changed: var[NewContent] = var(NewContent())
    memory_mode = var(MemoryMode.VALUE)
    step: var[SelectedStep | None] = var(None)
    """The step that Info shows: that of the message selected when `i` was pressed."""
    now: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))

    class Filled(Message):
        """The shown reader has new items, or another reader is shown."""

    def __init__(self) -> None:
        super().__init__(id="detail")
        # Attributes rather than queries: a response may arrive while the app quits, after the widgets were removed.
        self.title_text = Static("", id="title", markup=False)
        self.facts_text = FactsLine(id="facts")
        self.tabs = TabBar()
        self.switcher = ContentSwitcher(initial="messages", id="readers")
        self.find_line = FindLine()
        self.scope_line = ScopeLine()
        self.id_line = IdLine()
        self._shown_id: str | None = None
        self._readers: dict[str, Reader] = {}
        """Readers by tab."""
        self._unfilled: dict[str, bool] = {}
        """Tabs whose readers do not show the open conversation yet, and whether it differs from the previous one."""
        self.messages: tuple[Item, ...] = ()
        self._gauge: tuple[Opened, ContextSize | None, bool, str] | None = None
        """The gauge of the context, with its inputs: ten thousand messages are not measured twice."""
        self._timelines = TranscriptCache()
        self._adding = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """Title, facts and tabs, readers."""
        with Horizontal(id="title-line"):
            yield self.title_text
            yield self.tabs
        yield self.facts_text
        yield self.scope_line
        with self.switcher:
            yield self._reader_of("messages")
        yield self.find_line
        yield self.id_line

    @property
    def editor(self) -> SummaryEditor:
        """The editor, which is mounted with the first edit."""
        from tui.ui.widgets.summary_editor import SummaryEditor

        return self.query_one(SummaryEditor)

    async def add_editor(self) -> None:
        """Load and mount the hidden editor, unless it is mounted already."""
        from tui.ui.widgets.summary_editor import SummaryEditor

        async with self._adding:
            if not self.query(SummaryEditor):
                await self.mount(SummaryEditor(id="editor"), before="#facts")

    def forget_keys(self) -> None:
        """Drop the keys that wait for the editor, since nothing is edited now."""
        if self.query("#editor"):
            self.editor.area.drop()

    @property
    def reader(self) -> Reader:
        """The reader of the shown tab."""
        return self._reader_of(self.tabs.active)

    def selected_in(self, tab: str) -> Item | None:
        """The selected item in the reader of a tab, whether shown or not."""
        return self._reader_of(tab).item

    @property
    def readers(self) -> Iterable[Reader]:
        """The readers that have been shown so far."""
        return self._readers.values()

    def _reader_of(self, tab: str) -> Reader:
        """The reader of a tab, created on first use, since the first frame shows only one of them."""
        if tab not in self._readers:
            reader = self._readers[tab] = Reader(id=tab)
            reader.changed = self.changed
            # A watcher updates the id line in the same frame; a message would need a second one.
            self.watch(reader, "selected", self._name_selected, init=False)
            if len(self._readers) > 1:
                reader.display = False
                self.switcher.mount(reader)
        return self._readers[tab]

    def mark_matches(self, pattern: Pattern | None, current: Match | None = None) -> None:
        """Highlight the matches in the shown reader, and nothing in the others."""
        for reader in self._readers.values():
            if reader is not self.reader:
                reader.mark(None)
        self.reader.mark(pattern, current)

    def show_tab(self, tab: str) -> None:
        """Show the reader of a tab."""
        had_focus = self.reader.has_focus
        self._reader_of(tab)
        self._fill(tab)
        self.tabs.active = tab
        self.switcher.current = tab
        self._show_lines()
        if had_focus:
            self.reader.focus()

    def show_diff(self) -> None:
        """Show Memory as a diff, at the first label that differs; if it is a diff already, show the next mode."""
        from tui.rules.memory.compare import first_diff
        from tui.rules.memory.isolation import memory_of

        opened = self.view.known if isinstance(self.view, Loading) else self.view
        first = MemoryMode.COMPILED
        if isinstance(opened, Opened) and not opened.blocks_pending:
            first = first_diff(memory_of(opened).labels)
        if self.tabs.active == "memory":
            self.memory_mode = self.memory_mode.next(first)
            return
        self.memory_mode = first
        self.show_tab("memory")
        items = enumerate(self.reader.items)
        index = next((at for at, item in items if item.key.startswith("label-") and not item.folded), None)
        if index is not None:
            self.call_after_refresh(self.reader.show_at_top, index)

    def select_message(self, message_id: str, words: str) -> bool:
        """Select a message, with these words of it in view; returns whether it is shown."""
        reader = self._reader_of("messages")
        indexes = indexes_of_message(reader.items, message_id)
        if not indexes or self.tabs.active != "messages":
            return False
        self.call_after_refresh(reader.show_words, indexes, words)
        return True

    def select_label(self, label: str) -> bool:
        """Select a block of Memory by its label; returns whether it is shown."""
        if self.tabs.active != "memory":
            return False
        items = enumerate(self.reader.items)
        index = next((at for at, item in items if item.key == f"label-{label}"), None)
        if index is not None:
            self.call_after_refresh(self.reader.show_at_top, index)
        return index is not None

    @on(TabBar.Pressed)
    async def _tab_pressed(self, event: TabBar.Pressed) -> None:
        """Run the action of the tab's key."""
        event.stop()
        await self.run_action(f"screen.run('tab.{event.tab}')")

    async def prepare(self, opened: Opened) -> None:
        """Build the items of the conversation that is shown next, a few at a time."""
        for _ in self._timelines.slices(self.scope, opened, self.now()):
            await asyncio.sleep(0)

    def watch_view(self, view: View) -> None:
        """Fill title, facts and readers from the view."""
        if not self.is_mounted:
            return
        self._show_heads(view)
        conversation = None if view is None else view.conversation
        is_other = conversation is None or self._shown_id != conversation.id
        if is_other:
            self.step = None
        self._shown_id = None if conversation is None else conversation.id
        self._unfilled = {tab: is_other or self._unfilled.get(tab, False) for tab, _ in TABS}
        for tab in dict.fromkeys(("messages", self.tabs.active)):
            self._fill(tab)
        if self._unfilled and not isinstance(view, Loading):
            self.call_after_refresh(self._fill_others)
        self._show_lines()

    def _fill(self, tab: str) -> None:
        """Fill the reader of a tab, unless it is up to date."""
        if tab in self._unfilled:
            is_other = self._unfilled.pop(tab)
            items = self._items(tab, self.view)
            if items or (is_other and tab in self._readers):
                self._reader_of(tab).show(items, reset=is_other)

    def _fill_others(self) -> None:
        """Fill the hidden readers, after the visible one has been painted."""
        for tab in [*self._unfilled] if self.children else ():  # none if the app has quit
            self._fill(tab)

    def watch_scope(self) -> None:
        """Show more or fewer of the same messages."""
        if isinstance(self.view, Opened):
            reader = self._reader_of("messages")
            at_start = reader.scroll_y == 0
            reader.show(self._messages(self.view))
            if at_start:
                reader.look_back()
            self._show_lines()
            self._show_heads(self.view)

    def _name_selected(self) -> None:
        self.id_line.show_item(self.reader.item)

    def _show_lines(self) -> None:
        """Show the lines above and below the messages."""
        on_messages = self.tabs.active == "messages"
        if isinstance(self.view, Opened) and on_messages:
            shown = self.scope.shown(self.messages)
            self.scope_line.show_scope(scope_text(self.scope, self.view), hidden_text(self.messages, shown))
        else:
            self.scope_line.show_scope("", "")
        self.id_line.display = on_messages
        self.id_line.show_item(self.reader.item)
        self.post_message(self.Filled())

    def watch_changed(self, changed: NewContent) -> None:
        """Mark what changed since the last visit, and count it."""
        for reader in self._readers.values():
            reader.changed = changed
            reader.repaint()
        if self.is_mounted:
            self._show_heads(self.view)

    def watch_step(self, before: SelectedStep | None, now: SelectedStep | None) -> None:
        """Show a step above the fields of the conversation; another step scrolls to the top."""
        if "info" in self._readers and "info" not in self._unfilled:
            is_other = (before and before.id) != (now and now.id)
            self._reader_of("info").show(self._items("info", self.view), reset=is_other)

    def watch_memory_mode(self) -> None:
        """Show the same memory in another mode."""
        if isinstance(self.view, Opened):
            from tui.presentation.memory_items import memory_items

            items = memory_items(self.view, self.memory_mode, self.now())
            self._reader_of("memory").show(items)

    def refresh_times(self) -> None:
        """Update relative times."""
        self._show_heads(self.view)

    def _show_heads(self, view: View) -> None:
        conversation = None if view is None else view.conversation
        self.title_text.update(Content(_title(view)), layout=False)
        match view:
            case Opened():
                facts = facts_line(view, self.now(), gauge=self._gauge_of(view))
                words = " · ".join(filter(None, (self.changed.text, facts)))
            case Loading(known=Opened() as known):
                age = f"as of {since(known.at, self.now())}" if view.earlier else "reading the rest…"
                words = f"{age} · {facts_line(known, self.now(), gauge=self._gauge_of(known))}"
            case Failed():
                words = f"{conversation.id if conversation else ''} · could not be read"
            case Loading():
                words = f"{view.conversation.id} · reading…"
            case _:
                words = ""
        self.facts_text.words = words

    def _gauge_of(self, opened: Opened) -> str:
        """How full the context is, by the server's count if that was read; no request is sent."""
        from tui.presentation.context_window import gauge_text

        counted = self.scope.tokens_of(opened)
        plain = self.app.no_color or self.app.current_theme.ansi
        known = self._gauge
        if known is None or known[0] is not opened or known[1:3] != (counted, plain):
            known = self._gauge = opened, counted, plain, gauge_text(opened, counted, plain=plain)
        return known[3]

    def _items(self, tab: str, view: View) -> tuple[Item, ...]:
        if isinstance(view, Failed):
            return (_error(view.error),)
        opened = view.known if isinstance(view, Loading) else view
        if opened is None:
            return ()
        if tab == "messages":
            return self._messages(opened)
        if tab == "info":
            return (*self._step_items(), *info_items(opened, self.now()))
        if opened.blocks_pending:
            return (_note("Reading the blocks…"),)
        from tui.presentation.memory_items import memory_items

        return memory_items(opened, self.memory_mode, self.now())

    def _step_items(self) -> tuple[Item, ...]:
        if self.step is None:
            return ()
        from tui.presentation.step_items import step_items

        return step_items(self.step)

    def _messages(self, view: Opened) -> tuple[Item, ...]:
        """The items of the messages in scope, or a note that says why there are none."""
        self.messages = self._timelines.items(self.scope, view, self.now())
        if isinstance(view.context, LettaError):
            return (_error(view.context),)
        if not self.messages:
            return (_note("Nothing is in context: no message has been sent yet."),)
        return self.scope.shown(self.messages) or (_note("All message types here are hidden: t shows them"),)


def indexes_of_message(items: Sequence[Item], message_id: str) -> list[int]:
    """Return the indexes of a message's items; for a tool's return, that of the call it is shown with."""
    starts = f"{message_id}#", f"before-{message_id}#"
    own = [index for index, item in enumerate(items) if item.key.startswith(starts)]
    return own or [at for at, item in enumerate(items) if item.kind and ("return", message_id) in item.ids]


def _title(view: View) -> str:
    """Return the title of the open conversation, the same as in its row."""
    opened = view.known if isinstance(view, Loading) else view
    words = first_user_words(opened) if isinstance(opened, Opened) else ""
    return "" if view is None else title(view.conversation, words)


def _error(error: LettaError) -> Item:
    from tui.presentation.item import Item, Text

    hint = f"\n{error.hint}" if error.hint else ""
    return Item(
        "error", "✗", "failed", "error", parts=(Text(error.what + hint, "error"),), copy_id=str(error)
    )


def _note(words: str) -> Item:
    from tui.presentation.item import NOTE, Item, Text

    return Item(NOTE, "·", "", "muted", parts=(Text(words, "muted"),))
