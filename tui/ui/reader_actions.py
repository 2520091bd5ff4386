"""The actions on what is shown and selected: fold, filter by type, copy, pipe, pager, jump, findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from textual.app import App, SuspendNotSupported

from tui.model.opened import Opened
from tui.model.os_errors import reason_of
from tui.model.text import plural, visible
from tui.rules.message_scope import count_by_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from tui.config.external_programs import ExternalProgram
    from tui.config.settings import Settings
    from tui.flows.find_in_conversation import FindInConversation
    from tui.flows.open_conversation import OpenConversation
    from tui.rules.check.finding import Finding
    from tui.ui.clipboard import Clipboard
    from tui.ui.dialogs.jump import Target
    from tui.ui.widgets.line_view import LineView
    from tui.ui.widgets.panes import Panes
    from tui.ui.widgets.reader import Reader


class ReaderActions:
    """The actions on what the panes show; they send no requests."""

    def __init__(
        self,
        app: App[None],
        panes: Panes,
        opened: OpenConversation,
        find: FindInConversation,
        clipboard: Clipboard,
        clock: Callable[[], datetime],
        settings: Settings,
        run_action: Callable[[str], object],
    ) -> None:
        """The API key of the settings is removed from the environment of a piped command."""
        self._app = app
        self._panes = panes
        self._opened = opened
        self._find = find
        self._clipboard = clipboard
        self._clock = clock
        self._settings = settings
        self._run_action = run_action
        self._last_command = ""

    @property
    def _reader(self) -> Reader:
        return self._panes.detail.reader

    def _notify(self, text: str, *, error: bool = False) -> None:
        severity, timeout = ("error", 8) if error else ("information", 4)
        self._app.notify(text, severity=severity, markup=False, timeout=timeout)  # type: ignore[arg-type]

    # what is selected

    def _selected(self) -> tuple[str, str, object]:
        """Id, text and raw JSON of the selection: an item of the reader, or the conversation under the cursor."""
        item = self._reader.item if self._reader.has_focus else None
        if item is not None:
            return item.copy_id, item.copied, item.raw
        row = self._panes.row
        if row is None:
            return "", "", None
        view = self._opened.view
        known = view.conversation if isinstance(view, Opened) and view.conversation.id == row.id else row
        return row.id, row.summary or "", known.as_json()

    def show_raw_json(self) -> None:
        """Show the raw JSON of the selection."""
        from tui.ui.dialogs.raw_json import RawScreen

        id, _, raw = self._selected()
        if raw is None:
            self._notify("Nothing to show as raw JSON here")
        else:
            self._app.push_screen(RawScreen(id, json.dumps(raw, indent=2, ensure_ascii=False, default=str)))

    def copy_id(self) -> None:
        """Copy the id of the selection."""
        id, _, _ = self._selected()
        self._clipboard.copy(id, id)

    def copy_text(self) -> None:
        """Copy the content of the selection, exactly as the server sent it."""
        _, text, _ = self._selected()
        self._clipboard.copy(text, plural(len(text), "character"))

    # folding and types

    def scroll(self, step: int) -> None:
        """Scroll the detail while the focus stays."""
        self._reader.half_page(step)

    def fold(self) -> None:
        """Fold or unfold what is selected."""
        self._reader.toggle_fold()

    def fold_all(self) -> None:
        """Fold everything, or unfold everything if all is folded."""
        self._reader.fold_all()

    def fold_type(self) -> None:
        """Fold or unfold everything of the selected type."""
        self._reader.fold_kind()

    def choose_types(self) -> None:
        """Ask which types of message to show, and show those."""
        from tui.ui.dialogs.message_types import TypesScreen

        def show(hidden: frozenset[str] | None) -> None:
            if hidden is not None:
                self._opened.hide_types(hidden)

        counts = count_by_type(self._panes.detail.messages)
        self._app.push_screen(TypesScreen(counts, self._opened.shown.scope.hidden), show)

    # moving

    def go_to_match(self, step: int) -> None:
        """Go to the next or previous match of the search; in the list, of the filter."""
        if self._panes.list.has_focus:
            self._panes.move(step)
        else:
            self._find.go(step)

    def go_to_boundary(self) -> None:
        """Go to where the context starts; if only the context is shown, to the first message."""
        from tui.presentation.history import BOUNDARY

        index = next((index for index, item in enumerate(self._reader.items) if item.key == BOUNDARY), None)
        if index is None:
            self._reader.action_first()
        else:
            self._reader.show_at_top(index)

    def go_to_time(self) -> None:
        """Ask for a time and select the first message at or after it."""
        from tui.presentation.typed_time import first_since
        from tui.ui.dialogs.go_to_time import GoToScreen

        def go(when: datetime | None) -> None:
            index = None if when is None else first_since(self._reader.items, when)
            if index is not None:
                self._reader.select(index)
            elif when is not None:
                self._notify("No visible message is that recent")

        self._app.push_screen(GoToScreen(self._clock()), go)

    def go_to_error(self, step: int) -> None:
        """Go to the next or previous error of the open conversation and unfold it; wraps around with a message."""
        from tui.presentation.errors import error_indexes, next_error, wrapped_text

        detail, view = self._panes.detail, self._opened.view
        if not isinstance(view, Opened):
            return
        items, shown = detail.messages, self._opened.shown
        detail.show_tab("messages")
        here = self._reader.item
        keys = [item.key for item in items]
        start = keys.index(here.key) if here is not None and here.key in keys else -1
        errors = error_indexes(items, shown.findings)
        error = next_error(errors, start, step)
        if error is None:
            whole = shown.scope.is_whole(view)
            self._notify(f"No errors in {'this conversation' if whole else 'context; H shows the rest'}")
            return
        if error.wrapped:
            self._notify(wrapped_text("error", len(errors), step))
        key = keys[error.at]
        if key not in [item.key for item in self._reader.items]:
            self._opened.hide_types(frozenset())
        index = next((at for at, item in enumerate(self._reader.items) if item.key == key), None)
        self._panes.open_detail()
        if index is not None:
            self._panes.call_after_refresh(self._reader.show_unfolded, index)

    def jump(self) -> None:
        """Label every row and message in view, and go to the one whose label is typed."""
        from tui.ui.dialogs.jump import JumpScreen

        targets = [target for pane in (self._panes.list, self._reader) for target in _in_view(pane)]

        def land(target: Target | None) -> None:
            if target is not None:
                target.pane.focus()
                target.pane.jump(target.index)

        if targets:
            self._app.push_screen(JumpScreen(targets), land)
        else:
            self._notify("Nothing in view to jump to")

    def show_findings(self) -> None:
        """List the findings of the context check; go to the chosen one, or run the action that repairs it."""
        from tui.config.shell_server import shell_server
        from tui.presentation.conversation_info import title_of
        from tui.presentation.ways_out import explained
        from tui.ui.dialogs.findings import FindingsScreen

        view = self._opened.view
        if not isinstance(view, Opened):
            return

        def go_on(chosen: Finding | str | None) -> None:
            if not isinstance(chosen, str):
                self._go_to_finding(chosen)
            elif self._panes.row is not None and self._panes.row.key == view.conversation.key:
                self._run_action(chosen)
            else:
                self._notify("The conversation of this finding is no longer under the cursor")

        findings = explained(view, self._opened.shown.findings, shell_server(self._settings))
        self._app.push_screen(FindingsScreen(title_of(view), findings, self._clipboard.copy), go_on)

    def _go_to_finding(self, finding: Finding | None) -> None:
        """Select the item that a finding is about, showing hidden types of messages if necessary."""
        from tui.rules.check.finding import MODEL_DIFFERS
        from tui.rules.view_state import MemoryMode

        if finding is None or not isinstance(self._opened.view, Opened):
            return
        self._panes.detail.show_tab(finding.tab)
        if finding.kind in MODEL_DIFFERS:
            self._panes.detail.memory_mode = MemoryMode.COMPILED
        index = _index_of(self._reader, finding)
        if index is None and self._opened.shown.scope.hidden:
            self._opened.hide_types(frozenset())
            index = _index_of(self._reader, finding)
        self._panes.open_detail()
        if index is not None:
            self._panes.call_after_refresh(self._reader.show_at_top, index)

    # other programs

    def open_in_pager(self) -> None:
        """Show the selected text in $PAGER, with control codes made visible."""
        from tui.config.external_programs import find_pager

        self._open_in(find_pager, ".txt")

    def open_in_editor(self) -> None:
        """Show a read-only copy of the selected text in $VISUAL or $EDITOR."""
        from tui.config.external_programs import find_editor

        self._open_in(find_editor, ".md")

    def _open_in(self, find: Callable[[], ExternalProgram], suffix: str) -> None:
        from tui.ui.external_programs import view_outside

        item = self._reader.item
        if item is None:
            return
        text = visible(item.text or item.head or item.title)
        try:
            program = find()
            code = view_outside(self._app, program, text + "\n", suffix)
        except (OSError, SuspendNotSupported) as error:
            reason = reason_of(error) if isinstance(error, OSError) else "it needs a terminal"
            self._notify(f"Not opened: {reason}", error=True)
            return
        if code != 0:
            self._notify(f"{program.name} exited with code {code}", error=True)

    def pipe(self) -> None:
        """Ask for a command, run it on the selected text, and show its output."""
        from tui.ui.dialogs.pipe import PipeAsk, PipeScreen, described

        item = self._reader.item
        if item is None or not item.copied:
            self._notify("Nothing to pipe here")
            return
        text, title = item.copied, described(item.word, item.copied)

        def run(command: str | None) -> None:
            if command is not None:
                self._last_command = command
                self._app.push_screen(PipeScreen(command, text, self._clipboard.copy, self._settings.api_key))

        self._app.push_screen(PipeAsk(title, self._last_command), run)


def _in_view(pane: LineView) -> Iterable[Target]:
    """What a pane shows now, top to bottom; empty if it is hidden."""
    from textual.geometry import Offset

    from tui.ui.dialogs.jump import Target

    region = pane.region
    for line, index in pane.in_view() if region else ():
        yield Target(region.offset + Offset(0, line), pane, index)


def _index_of(reader: Reader, finding: Finding) -> int | None:
    """The index of the item that a finding is about: by its key, else the first part of its message."""
    keys = [item.key for item in reader.items]
    if finding.key in keys:
        return keys.index(finding.key)
    message = finding.ids.get("message")
    return next((index for index, key in enumerate(keys) if message and key.startswith(f"{message}#")), None)
