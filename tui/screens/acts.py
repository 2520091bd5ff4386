"""What the keys do with what is selected: show, fold, copy, look at the raw answer, move between panes."""

from __future__ import annotations

import json

from textual.widget import Widget

from tui.api.opening import Opened
from tui.model.text import plural
from tui.screens.copying import Copying
from tui.screens.finding import Finding


class Acts(Copying, Finding):
    """The reading actions of the main screen; none of them asks the server anything."""

    @property
    def reading(self) -> bool:
        """Whether the keys go to a reader rather than to the list."""
        return self.detail.reader.has_focus

    def hinted(self, action: str) -> bool | None:
        """Whether the line of keys names an action now; None where its binding says so."""
        if action == "back":
            return self.reading or bool(self.list.has_focus and (self.marks or self.filter_words))
        if action in ("export", "delete"):
            return bool(self.marks)
        if action == "refresh":
            return self.agent is None or self.header.connection == "failing"
        if self.agent is None and (action in ("open", "diff") or action.startswith("tab(")):
            return False
        return None

    def action_tab(self, tab: str) -> None:
        """Show Messages, Memory or Info."""
        self.detail.show_tab(tab)
        if self.has_class("-narrow"):
            self.action_open()

    def action_open(self) -> None:
        """Into the detail."""
        if self.list.row is not None:
            self._go_to(self.detail.reader)

    def action_back(self) -> None:
        """One level back: out of what was found, from the detail to the list, out of its filter; then remarks go."""
        if self.reading and self.finding:
            self.stop_finding()
        elif self.has_class("-editing"):
            self._go_to(self.detail.editor.area)
        elif not self.list.has_focus:
            self._go_to(self.list)
        elif self.filter_words:
            self.filter_line.action_cancel()
        else:
            self.app.clear_notifications()

    def action_left(self) -> None:
        """To the list."""
        if not (self.has_class("-editing") and self.has_class("-narrow")):
            self._go_to(self.list)

    def action_right(self) -> None:
        """To what is on the right: the editor while there is one, else the detail."""
        if self.has_class("-editing"):
            self._go_to(self.detail.editor.area)
        else:
            self.action_open()

    def action_next_pane(self, step: int = 1) -> None:
        """To the next pane: list, editor while there is one, reader; in a narrow window, only what is shown."""
        panes: list[Widget] = [self.list, self.detail.reader]
        if self.has_class("-editing"):
            panes.insert(1, self.detail.editor.area)
            panes = panes[1:] if self.has_class("-narrow") else panes
        here = panes.index(self.focused) if self.focused in panes else -1
        self._go_to(panes[(here + step) % len(panes)])

    def action_previous_pane(self) -> None:
        """To the previous pane."""
        self.action_next_pane(-1)

    def _go_to(self, pane: Widget) -> None:
        self.set_class(pane is not self.list, "-reading")
        pane.focus()

    def action_scroll_detail(self, step: int) -> None:
        """Scroll the detail while the focus stays."""
        self.detail.reader.half_page(step)

    def action_fold(self) -> None:
        """Fold or unfold."""
        self.detail.reader.toggle_fold()

    def action_filter(self) -> None:
        """Filter the list; keys typed before the line has the focus are typed into it."""
        self.desk.keys.shut()
        self.remove_class("-reading")
        self.filter_line.display = True
        self.filter_line.focus()
        self.desk.keys.open_to(self)

    def _selected(self) -> tuple[str, str, object]:
        """Id, text and raw answer of what the keys mean: an item of the reader, or the conversation."""
        item = self.detail.reader.item if self.reading else None
        if item is not None:
            return item.copy_id, item.copied, item.raw
        row = self.list.row
        if row is None:
            return "", "", None
        view = self.view
        known = view.conversation if isinstance(view, Opened) and view.conversation.id == row.id else row
        return row.id, row.summary or "", known.as_json()

    def action_diff(self) -> None:
        """Memory: values, isolated against shared, now against what the model reads."""
        if self.detail.tabs.active == "memory":
            self.detail.memory_mode = self.detail.memory_mode.next
        else:
            self.action_tab("memory")

    def action_raw(self) -> None:
        """The answer of the server, as it came."""
        from tui.screens.raw import RawScreen

        key, _, raw = self._selected()
        if raw is not None:
            self.app.push_screen(RawScreen(key, json.dumps(raw, indent=2, ensure_ascii=False, default=str)))

    def action_copy_id(self) -> None:
        """The id, to every clipboard that there is."""
        key, _, _ = self._selected()
        self.copy(key, key)

    def action_copy_text(self) -> None:
        """The content, byte for byte as the server sent it."""
        _, text, _ = self._selected()
        self.copy(text, plural(len(text), "character"))

    def action_help(self) -> None:
        """The keys that work now."""
        from tui.screens.help import HelpScreen

        focused = self.focused
        words = focused.HELP if focused is not None else None
        active = [found.binding for found in self.active_bindings.values() if found.enabled]
        self.app.push_screen(HelpScreen(words or "", active))
