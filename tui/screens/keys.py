"""The main screen's bindings, written once: footer, palette, help and user keymap derive from them."""

from __future__ import annotations

from textual.binding import Binding, BindingType

PANES = Binding.Group("Tabs", compact=True)


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
    key("question_mark,f1", "help", "Help", "app.help", "Keys of the focused pane"),
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
    key("ctrl+o", "connections", "Connections", "app.connections", "The named servers", show=False),
    key("m", "tab('messages')", "Messages", "tab.messages", "The messages in context", group=PANES),
    key("b", "tab('memory')", "Memory", "tab.memory", "Isolated and shared memory blocks", group=PANES),
    key("i", "tab('info')", "Info", "tab.info", "Every field, absolute times, ids", group=PANES),
    key("enter", "open", "Read", "conversation.open", "Go into the detail"),
    key("escape", "back", "Back", "pane.back", "One level back", show=False),
    key("tab", "next_pane", "Next pane", "pane.next", "To the next pane", show=False),
    key("l", "right", "Right pane", "pane.right", "To the pane on the right", show=False),
    key("shift+tab", "previous_pane", "Previous pane", "pane.previous", "To the previous pane", show=False),
    key("h", "left", "Left pane", "pane.left", "To the list", show=False),
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
    key("apostrophe", "jump", "Jump", "pane.jump", "Label all that is in view, to go there", show=False),
    key("greater_than_sign", "widen(1)", "Wider list", "list.wider", "Give the list more room", show=False),
    key(
        "less_than_sign", "widen(-1)", "Narrower list", "list.narrower", "Give the list less room", show=False
    ),
    key("slash", "find", "Find", "detail.find", "Find in all that is shown, folded or not"),
    key("n", "match(1)", "Next match", "match.next", "Next match", show=False),
    key("N", "match(-1)", "Previous match", "match.previous", "Previous match", show=False),
    key("H", "whole", "History", "history.toggle", "The whole history, or only what is in context"),
    key("c", "boundary", "Boundary", "history.boundary", "To where the context starts", show=False),
    key("ctrl+g", "go_to", "Go to time", "history.go-to", "To the first message from a time on", show=False),
    key("t", "types", "Types", "types.choose", "Choose which types of message are shown", show=False),
    key("z", "fold_all", "Fold all", "item.fold-all", "Fold everything, or unfold everything", show=False),
    key("Z", "fold_kind", "Fold type", "item.fold-type", "Fold or unfold all of this type", show=False),
    key("v", "page_outside", "Pager", "item.pager", "The selected text in $PAGER", show=False),
    key("V", "view_outside", "View in $EDITOR", "item.view", "A copy of the text in $EDITOR", show=False),
    key("vertical_line", "pipe", "Pipe", "item.pipe", "The selected text through a command", show=False),
    key("space", "mark", "Mark", "list.mark", "Mark or unmark this conversation, and go on", show=False),
    key(
        "J,shift+down", "mark_on(1)", "Mark down", "list.mark-down", "Mark this one and the next", show=False
    ),
    key(
        "K,shift+up", "mark_on(-1)", "Mark up", "list.mark-up", "Mark this one and the one above", show=False
    ),
    key("asterisk", "mark_all", "Mark all", "list.mark-all", "Mark all shown, or the others", show=False),
    key("space", "fold", "Fold", "item.fold", "Fold or unfold what is selected", show=False),
    key("d", "diff", "Diff", "memory.diff", "Memory: values, against shared, against what the model reads"),
    key("exclamation_mark", "check", "Check", "context.check", "What is broken in what the model gets"),
    key("x", "raw", "Raw JSON", "item.raw", "Raw JSON of what is selected", show=False),
    key("y", "copy_id", "Copy id", "item.copy-id", "Copy the id of what is selected", show=False),
    key("Y", "copy_text", "Copy text", "item.copy-text", "Copy the content of what is selected", show=False),
    key("s", "sort", "Sort", "list.sort", "Sort by created, last message, last run", show=False),
    key("S", "reverse", "Reverse", "list.reverse", "Reverse the order", show=False),
    key("r", "refresh", "Refresh", "view.refresh", "Read this pane anew", show=False),
    key("R", "refresh_all", "Refresh all", "view.refresh-all", "Read everything anew", show=False),
    key(
        "ctrl+t",
        "follow",
        "Follow",
        "view.follow",
        "Read anew every few seconds, and mark what changes",
        show=False,
    ),
    key("u", "undo", "Undo", "summary.undo", "Take the last saved summary back", show=False),
    key("ctrl+y", "redo", "Redo", "summary.redo", "Save again what was undone", show=False),
    key("U", "history", "Summaries", "summary.history", "Every summary seen or written here", show=False),
    key("f", "fork", "Fork", "conversation.fork", "Fork; says what is not copied", show=False),
    key(
        "D",
        "delete",
        "Delete",
        "conversation.delete",
        "Delete, after a copy to this machine; with marks, all of them",
        show=False,
    ),
    key("A", "archive", "Archive", "conversation.archive", "Archive, or take back", show=False),
    key(
        "C",
        "recompile",
        "Recompile",
        "conversation.recompile",
        "Compile the system message anew; shows first what would change",
        show=False,
    ),
    key(
        "w",
        "export",
        "Export",
        "conversation.export",
        "Write it, or all that is marked, as a bundle that opens offline",
        show=False,
    ),
    key("at", "requests", "Requests", "tool.requests", "Every call of this run, to copy as curl", show=False),
    key(
        "P", "payload", "Payload", "tool.payload", "What would be sent to the model now, in parts", show=False
    ),
    key("M", "isolation_map", "Map", "tool.map", "Isolation map: labels by conversations", show=False),
    key(
        "T",
        "time_machine",
        "Time machine",
        "tool.time",
        "What the model read of each label, step by step",
        show=False,
    ),
    key("q", "app.quit", "Quit", "app.quit", "Leave; a draft stays kept"),
]

SPARE = ("whole", "diff", "agents", "new", "check")
"""Actions that the line of keys leaves out first where it has no room for all."""

ACTS = frozenset({"undo", "redo", "history", "fork", "delete", "archive", "recompile"})
"""Actions on one conversation, offered where they make sense for it."""

TOOLS = frozenset({"export", "requests", "payload", "isolation_map", "time_machine"})
"""Actions that look beyond what is open; none of them changes anything."""

WRITES = frozenset({"edit", "edit_outside", "new"}) | ACTS - {"history"}
"""Actions that can end in a change on the server: absent with --readonly."""
