"""The main screen's bindings, written once: footer, palette, help and user keymap derive from them."""

from __future__ import annotations

from textual.binding import Binding, BindingType

PANES = Binding.Group("Panes", compact=True)


def key(
    keys: str,
    action: str,
    label: str,
    id: str,
    tooltip: str,
    *,
    show: bool = True,
    group: Binding.Group | None = None,
) -> Binding:
    """A binding with everything that is derived from it."""
    return Binding(keys, action, label, show=show, id=id, tooltip=tooltip, group=group)


BROWSING: list[BindingType] = [
    key("slash", "filter", "Filter", "list.filter", "Filter the conversations as you type"),
    key("e", "edit", "Edit", "summary.edit", "Edit the summary in place"),
    key(
        "E",
        "edit_outside",
        "Edit in $EDITOR",
        "summary.edit-outside",
        "Edit the summary in $VISUAL or $EDITOR",
        show=False,
    ),
    key("ctrl+n", "new", "New", "conversation.new", "New conversation, with blocks to isolate"),
    key("a", "agents", "Agents", "agent.pick", "Choose another agent"),
    key("m", "tab('messages')", "Messages", "tab.messages", "The messages in context", group=PANES),
    key("b", "tab('memory')", "Memory", "tab.memory", "Isolated and shared memory blocks", group=PANES),
    key("i", "tab('info')", "Info", "tab.info", "Every field, absolute times, ids", group=PANES),
    key("enter", "open", "Read", "conversation.open", "Go into the detail"),
    key("escape", "back", "Back", "pane.back", "One level back", show=False),
    key("tab,l", "next_pane", "Next pane", "pane.next", "To the next pane", show=False),
    key("shift+tab,h", "previous_pane", "Previous pane", "pane.previous", "To the previous pane", show=False),
    key(
        "ctrl+d",
        "scroll_detail(1)",
        "Detail down",
        "detail.down",
        "Scroll the detail, the focus stays",
        show=False,
    ),
    key(
        "ctrl+u",
        "scroll_detail(-1)",
        "Detail up",
        "detail.up",
        "Scroll the detail up, the focus stays",
        show=False,
    ),
    key("space", "fold", "Fold", "item.fold", "Fold or unfold what is selected", show=False),
    key("d", "diff", "Diff", "memory.diff", "Memory: values, against shared, against what the model reads"),
    key("x", "raw", "Raw JSON", "item.raw", "Raw JSON of what is selected", show=False),
    key("y", "copy_id", "Copy id", "item.copy-id", "Copy the id of what is selected", show=False),
    key("Y", "copy_text", "Copy text", "item.copy-text", "Copy the content of what is selected", show=False),
    key("s", "sort", "Sort", "list.sort", "Sort by created, last message, last run", show=False),
    key("S", "reverse", "Reverse", "list.reverse", "Reverse the order", show=False),
    key("r", "refresh", "Refresh", "view.refresh", "Read this pane anew", show=False),
    key("R", "refresh_all", "Refresh all", "view.refresh-all", "Read everything anew", show=False),
    key("question_mark,f1", "help", "Help", "app.help", "Keys of the focused pane"),
    key("q", "app.quit", "Quit", "app.quit", "Leave; a draft stays kept"),
]

WRITES = frozenset({"edit", "edit_outside", "new"})
"""Actions that can end in a change on the server: absent with --readonly."""
