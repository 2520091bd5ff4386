"""Every action of the program: what it is called, the keys it has, and where they work.

Bindings, the footer, the help, the palette, the checks of a user's own keys and the tables of the manual derive from
this list. Ids are a stable contract: users give actions other keys by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a user can do.

    `keys` are separated by commas and named as Textual names them. The order of ACTIONS is that of footer and help.
    """

    id: str
    keys: str
    label: str
    tooltip: str
    scope: str
    """Where the keys work: `main` is anywhere on the main screen, `app` is everywhere, the others are in PLACES."""
    writes: bool = False
    """Whether the action can change something on the server: not available with --readonly."""
    show: bool = True
    """Whether the footer names it."""
    group: str = ""
    """Neighbours of one group share this name in the footer."""
    spare: int = 0
    """The order in which a narrow footer drops actions: 1 first, then 2; 0 is never dropped."""
    priority: bool = False
    """Whether the keys work before the widget that has the focus can take them."""

    @property
    def key_names(self) -> tuple[str, ...]:
        """The keys, one by one."""
        return tuple(self.keys.split(","))

    @property
    def while_typing(self) -> bool:
        """Whether the keys work while text is typed, so that none of them can be a plain character."""
        return self.priority or self.scope in TEXT_FIELDS


TEXT_FIELDS = frozenset(
    {"editor", "filter", "find", "help-field", "picker-field", "moment-field", "search-field"}
)
"""Scopes of fields that text is typed into."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "the list": ("list", "main", "view"),
    "the detail": ("reader", "main", "view"),
    "the summary editor": ("editor",),
    "the filter line": ("filter",),
    "the find line": ("find",),
    "the help": ("help", "help-field"),
    "the jump labels": ("jump",),
    "the question about a server": ("connect", "dialog"),
    "the connections": ("connections", "servers", "dialog"),
    "the connection form": ("form", "dialog"),
    "the agent picker": ("picker", "picker-field", "dialog"),
    "a new conversation": ("new", "checklist", "dialog"),
    "a question": ("ask", "dialog", "view"),
    "a confirmation": ("confirm", "dialog"),
    "a conflict": ("conflict", "dialog"),
    "the block editor": ("editor", "dialog"),
    "the summaries": ("summaries", "dialog", "view"),
    "the findings": ("findings", "dialog", "view"),
    "the ways out": ("ways", "dialog", "view"),
    "the types": ("types", "checklist", "dialog"),
    "go to a time": ("moment", "moment-field", "dialog"),
    "raw JSON": ("raw", "dialog", "view"),
    "a command to pipe to": ("pipe", "dialog"),
    "the output of a pipe": ("pipe-output", "reader-tool", "tool", "dialog", "view"),
    "the manual": ("manual", "tool", "dialog", "view"),
    "the payload": ("payload", "reader-tool", "tool", "dialog", "view"),
    "the requests": ("requests", "tool", "dialog", "view", "table"),
    "the comparison": ("compare", "reader-tool", "tool", "dialog", "view"),
    "the isolation map": ("map", "tool", "dialog", "view", "table"),
    "the search": ("search", "hits", "tool", "dialog", "view"),
    "the search field": ("search-field", "search", "dialog"),
    "the context window": ("window", "reader-tool", "tool", "dialog", "view"),
    "the time machine": ("time", "reader-tool", "tool", "dialog", "view"),
}
"""Scopes whose keys work at the same time, so that no two of their actions can have the same key."""

EVERYWHERE = "app"
"""The scope whose keys work in every place."""

MAIN_SCREEN = ("main", "list", "reader")
"""The scopes whose keys the main screen handles, if only to say where they work."""

ACTIONS: tuple[Action, ...] = (
    Action("move.down", "down,j", "Down", "Next row or message", "view", show=False),
    Action("move.up", "up,k", "Up", "Previous row or message", "view", show=False),
    Action("move.page-down", "pagedown", "Page down", "One page down", "view", show=False),
    Action("move.page-up", "pageup", "Page up", "One page up", "view", show=False),
    Action("move.first", "home,g", "First", "First row or message", "view", show=False),
    Action("move.last", "end,G", "Last", "Last row or message", "view", show=False),
    Action("table.right", "right,l", "Right", "Next column", "table", show=False),
    Action("table.left", "left,h", "Left", "Previous column", "table", show=False),
    Action("table.choose", "enter", "Open", "Open what is under the cursor", "table"),
    Action("check.toggle", "space", "Check", "Check or uncheck this item", "checklist"),
    Action("check.down", "j", "Down", "Next item", "checklist", show=False),
    Action("check.up", "k", "Up", "Previous item", "checklist", show=False),
    Action("edit.save", "enter,ctrl+s", "Save", "Save the summary, or the block", "editor"),
    Action("edit.newline", "ctrl+j,shift+enter", "New line", "Insert a line break", "editor"),
    Action("edit.restore", "escape", "Cancel", "Close without saving", "editor"),
    Action("edit.next", "ctrl+down", "Save, next", "Save and edit the next one", "editor"),
    Action("edit.previous", "ctrl+up", "Save, previous", "Save and edit the previous one", "editor"),
    Action("filter.accept", "enter", "First match", "Go to the first match in the list", "filter"),
    Action(
        "filter.complete",
        "tab",
        "Complete",
        "Accept the completion, or go to the next pane",
        "filter",
        show=False,
    ),
    Action("filter.down", "down", "To the list", "Go back to the list", "filter", show=False),
    Action("filter.clear", "escape", "Clear", "Clear the filter", "filter"),
    Action("find.accept", "enter", "First match", "Go to the first match from here", "find"),
    Action("find.down", "down", "To the text", "Go back to the text", "find", show=False),
    Action("find.clear", "escape", "Clear", "Clear the search and close it", "find"),
    Action("pane.next", "tab", "Next pane", "Go to the next pane", "main", show=False),
    Action("pane.previous", "shift+tab", "Previous pane", "Go to the previous pane", "main", show=False),
    Action("app.help", "question_mark", "Help", "Search the keys of this pane, or run one", "main"),
    Action("app.manual", "f1", "Manual", "Open the manual at the page for this view", "main", show=False),
    Action("app.palette", "colon", "Palette", "Find any action by name", "main", show=False),
    Action("list.filter", "slash", "Filter", "Filter the conversations as you type", "list"),
    Action("detail.find", "slash", "Find", "Find in everything shown, folded or not", "reader"),
    Action("match.next", "n", "Next match", "Next match", "main", show=False, group="Matches"),
    Action("match.previous", "N", "Previous match", "Previous match", "main", show=False, group="Matches"),
    Action(
        "summary.edit",
        "e",
        "Edit",
        "Rename: edit the summary; in Memory, the block",
        "main",
        writes=True,
    ),
    Action(
        "summary.edit-outside",
        "E",
        "Edit in $EDITOR",
        "Edit the summary, or the block, in $VISUAL or $EDITOR",
        "main",
        writes=True,
        show=False,
    ),
    Action(
        "summary.title-next",
        "o",
        "Title next",
        "Go to the next untitled conversation, and suggest a summary",
        "main",
        writes=True,
        show=False,
    ),
    Action(
        "conversation.new",
        "ctrl+n",
        "New",
        "New conversation, with blocks to isolate",
        "main",
        writes=True,
        spare=4,
    ),
    Action("agent.pick", "a", "Agents", "Choose another agent, or all of them", "main", spare=3),
    Action("app.connections", "ctrl+o", "Connections", "Saved connections", "main", show=False),
    Action("tab.messages", "m", "Messages", "The messages in context", "main", group="Tabs"),
    Action("tab.memory", "b", "Memory", "Isolated and shared memory blocks", "main", group="Tabs"),
    Action("tab.info", "i", "Info", "All fields, absolute times, ids", "main", group="Tabs"),
    Action("conversation.open", "enter", "Read", "Go to the detail", "list"),
    Action("pane.back", "escape", "Back", "Go back one level", "main", show=False),
    Action("pane.right", "l", "Right pane", "Go to the pane on the right", "main", show=False),
    Action("pane.left", "h", "Left pane", "Go to the list", "main", show=False),
    Action("detail.down", "ctrl+d", "Detail down", "Scroll the detail from the list", "main", show=False),
    Action("detail.up", "ctrl+u", "Detail up", "Scroll the detail up from the list", "main", show=False),
    Action("pane.jump", "apostrophe", "Jump", "Jump to anything in view by its label", "main", show=False),
    Action("list.wider", "greater_than_sign", "Wider list", "Give the list more room", "main", show=False),
    Action("list.narrower", "less_than_sign", "Narrower list", "Give the list less room", "main", show=False),
    Action("history.toggle", "H", "History", "Show the whole history, or only the context", "main", spare=1),
    Action("history.boundary", "c", "Boundary", "Go to where the context starts", "main", show=False),
    Action(
        "history.go-to",
        "ctrl+g",
        "Go to time",
        "Go to the first message at or after a time",
        "main",
        show=False,
    ),
    Action(
        "error.next",
        "right_square_bracket",
        "Next error",
        "Go to the next failed tool, denied call or other error",
        "main",
        show=False,
        group="Errors",
    ),
    Action(
        "error.previous",
        "left_square_bracket",
        "Previous error",
        "Go to the previous error",
        "main",
        show=False,
        group="Errors",
    ),
    Action("types.choose", "t", "Types", "Choose which types of message are shown", "main", show=False),
    Action("item.fold-all", "z", "Fold all", "Fold or unfold everything", "main", show=False),
    Action("item.fold-type", "Z", "Fold type", "Fold or unfold all of this type", "main", show=False),
    Action("item.pager", "v", "Pager", "Open the selected text in $PAGER", "reader", show=False),
    Action("item.view", "V", "View in $EDITOR", "Open a copy of the text in $EDITOR", "reader", show=False),
    Action("item.pipe", "vertical_line", "Pipe", "Pipe the selected text to a command", "reader", show=False),
    Action("list.mark", "space", "Mark", "Mark or unmark this row and move down", "list", show=False),
    Action("item.fold", "space", "Fold", "Fold or unfold what is selected", "reader", show=False),
    Action(
        "list.pin",
        "p",
        "Pin",
        "Pin this conversation to the top of the list, or unpin it",
        "list",
        show=False,
    ),
    Action("list.mark-down", "J,shift+down", "Mark down", "Mark this row and the next", "list", show=False),
    Action("list.mark-up", "K,shift+up", "Mark up", "Mark this row and the previous", "list", show=False),
    Action(
        "list.compare",
        "equals_sign",
        "Compare",
        "Compare two marked conversations, or the marked one with this one",
        "list",
        show=False,
    ),
    Action("list.mark-all", "asterisk", "Mark all", "Invert the marks of all rows shown", "list", show=False),
    Action(
        "memory.diff",
        "d",
        "Diff",
        "Diff memory with what the model reads, or with shared blocks",
        "main",
        spare=2,
    ),
    Action(
        "memory.reset",
        "X",
        "Reset",
        "Reset an isolated block to the shared value",
        "reader",
        writes=True,
        show=False,
    ),
    Action(
        "memory.promote",
        "p",
        "Promote",
        "Write an isolated value into the shared block",
        "reader",
        writes=True,
        show=False,
    ),
    Action(
        "context.check", "exclamation_mark", "Check", "Find problems in the model's context", "main", spare=5
    ),
    Action("item.raw", "x", "Raw JSON", "Raw JSON of what is selected", "main", show=False),
    Action("item.copy-id", "y", "Copy id", "Copy the id of what is selected", "main", show=False),
    Action("item.copy-text", "Y", "Copy text", "Copy the content of what is selected", "main", show=False),
    Action("list.sort", "s", "Sort", "Sort by created, last message, last run", "main", show=False),
    Action("list.reverse", "S", "Reverse", "Reverse the order", "main", show=False),
    Action(
        "list.archive-status",
        "ampersand",
        "Archived",
        "List the unarchived conversations, the archived ones, or both",
        "main",
        show=False,
    ),
    Action("view.refresh", "r", "Refresh", "Reload this pane", "main", show=False),
    Action("view.refresh-all", "R", "Refresh all", "Reload everything", "main", show=False),
    Action(
        "view.follow",
        "ctrl+t",
        "Follow",
        "Reload every few seconds and mark what changes",
        "main",
        show=False,
    ),
    Action(
        "summary.undo",
        "u",
        "Undo",
        "Undo the last change of the summary, or of the block",
        "main",
        writes=True,
        show=False,
    ),
    Action("summary.redo", "ctrl+y", "Redo", "Redo what was undone", "main", writes=True, show=False),
    Action(
        "summary.history",
        "U",
        "Summaries",
        "All summaries, or values of the block, seen or saved here",
        "main",
        show=False,
    ),
    Action(
        "conversation.fork",
        "f",
        "Fork",
        "Fork, after showing what is not copied",
        "main",
        writes=True,
        show=False,
    ),
    Action(
        "conversation.delete",
        "D",
        "Delete",
        "Delete this conversation or all marked ones, after saving a copy",
        "main",
        writes=True,
        show=False,
    ),
    Action("conversation.archive", "A", "Archive", "Archive, or unarchive", "main", writes=True, show=False),
    Action(
        "conversation.recompile",
        "C",
        "Recompile",
        "Recompile the system message, after showing what would change",
        "main",
        writes=True,
        show=False,
    ),
    Action(
        "conversation.export",
        "w",
        "Export",
        "Export this conversation or all marked ones as an offline bundle",
        "main",
        show=False,
    ),
    Action("tool.requests", "at", "Requests", "All requests so far, to copy as curl", "main", show=False),
    Action("tool.context", "percent_sign", "Context", "What fills the context window", "main", show=False),
    Action("tool.payload", "P", "Payload", "What would be sent to the model now", "main", show=False),
    Action("tool.map", "M", "Map", "Isolation map: labels by conversations", "main", show=False),
    Action(
        "tool.search",
        "ctrl+f",
        "Search everywhere",
        "Search messages, summaries and memory of all conversations",
        "main",
        show=False,
    ),
    Action(
        "memory.where-said",
        "W",
        "Old values",
        "Find earlier values of the block in messages and summaries",
        "reader",
        show=False,
    ),
    Action(
        "tool.time",
        "T",
        "Time machine",
        "What the model read of each label, step by step",
        "main",
        show=False,
    ),
    Action("app.quit", "q", "Quit", "Quit; drafts are stored", "main"),
    Action(
        "app.suspend",
        "ctrl+z",
        "Suspend",
        "Suspend to the shell; fg resumes",
        "app",
        show=False,
        priority=True,
    ),
    Action("dialog.help", "f1", "Help", "The keys that work here, and the manual", "dialog", show=False),
    Action("help.run", "enter", "Run", "Run the selected action", "help-field"),
    Action("help.down", "down", "Down", "Next action", "help", show=False),
    Action("help.up", "up", "Up", "Previous action", "help", show=False),
    Action("help.page-down", "pagedown", "Page down", "One page down", "help", show=False),
    Action("help.page-up", "pageup", "Page up", "One page up", "help", show=False),
    Action("help.close", "escape,f1", "Back", "Close the help", "help"),
    Action("jump.close", "escape", "Back", "Close without moving", "jump"),
    Action("connect.retry", "enter", "Connect", "Try this address and key", "connect", priority=True),
    Action("connect.demo", "f2", "Demo", "Browse the embedded server instead", "connect"),
    Action(
        "connect.letta-code", "f4", "Letta Code", "Letta Code's agents on this machine", "connect", show=False
    ),
    Action("connect.profiles", "f3", "Connections", "Saved connections", "connect"),
    Action("connect.close", "escape", "Close", "Close this dialog; r tries again later", "connect"),
    Action("connect.quit", "ctrl+q", "Quit", "Quit", "connect"),
    Action("connections.use", "enter", "Use", "Switch to this server", "servers"),
    Action("connections.down", "down,j", "Down", "Next server", "servers", show=False),
    Action("connections.up", "up,k", "Up", "Previous server", "servers", show=False),
    Action("connections.add", "n", "New", "Create a profile", "connections"),
    Action("connections.edit", "e", "Edit", "Edit a profile added here", "connections"),
    Action("connections.test", "t", "Test", "Test the connection: version, agents, key", "connections"),
    Action("connections.forget", "D", "Remove", "Remove a profile added here", "connections"),
    Action("connections.demo", "f2", "Demo", "Browse the embedded server", "connections"),
    Action(
        "connections.letta-code",
        "f4",
        "Letta Code",
        "Letta Code's agents on this machine",
        "connections",
        show=False,
    ),
    Action("connections.close", "escape,q", "Back", "Keep the current server", "connections"),
    Action("form.save", "enter,ctrl+s", "Save", "Save the profile", "form", priority=True),
    Action("form.next", "down", "Next", "Next field", "form", priority=True),
    Action("form.previous", "up", "Previous", "Previous field", "form", priority=True),
    Action("form.close", "escape", "Back", "Close without saving", "form"),
    Action("picker.choose", "enter", "Choose", "Open this agent", "picker-field"),
    Action("picker.down", "down", "Down", "Next agent", "picker", show=False),
    Action("picker.up", "up", "Up", "Previous agent", "picker", show=False),
    Action("picker.page-down", "pagedown", "Page down", "One page down", "picker", show=False),
    Action("picker.page-up", "pageup", "Page up", "One page up", "picker", show=False),
    Action("picker.pin", "ctrl+t", "Pin", "Pin this agent to the top, or unpin it", "picker"),
    Action("picker.close", "escape", "Back", "Keep the current agent", "picker"),
    Action("new.create", "ctrl+s", "Create", "Create the conversation", "new", priority=True),
    Action("new.onward", "enter", "Next, create", "Go to the labels, then create", "new", priority=True),
    Action("new.close", "escape", "Cancel", "Close without creating", "new"),
    Action("ask.yes", "y", "Do it", "Do it", "ask"),
    Action("ask.force", "exclamation_mark", "Anyway", "Do it anyway", "ask"),
    Action("ask.part", "m", "Up to message", "Fork up to the selected message", "ask"),
    Action("ask.again", "r", "Try again", "Reload the preview", "ask"),
    Action("ask.fold", "space", "Fold", "Fold or unfold", "ask"),
    Action("ask.no", "escape,n", "No", "Change nothing", "ask"),
    Action("ask.previous", "shift+tab", "Previous", "Left", "ask", show=False),
    Action("ask.next", "tab", "Next", "Right", "ask", show=False),
    Action("confirm.yes", "y", "Yes", "Do it", "confirm"),
    Action("confirm.no", "escape,n", "No", "Change nothing", "confirm"),
    Action("confirm.previous", "left,shift+tab", "Previous", "Left", "confirm", show=False),
    Action("confirm.next", "right,tab", "Next", "Right", "confirm", show=False),
    Action("conflict.mine", "m", "Save mine", "Overwrite theirs with mine", "conflict"),
    Action("conflict.theirs", "t", "Take theirs", "Discard my text", "conflict"),
    Action("conflict.keep", "escape,k", "Keep editing", "Back to the editor", "conflict"),
    Action("conflict.previous", "left,shift+tab", "Previous", "Left", "conflict", show=False),
    Action("conflict.next", "right,tab", "Next", "Right", "conflict", show=False),
    Action("summaries.choose", "enter", "Restore", "Save this text as the summary again", "summaries"),
    Action("summaries.fold", "space", "Fold", "Fold or unfold", "summaries"),
    Action("summaries.close", "escape,q,U", "Back", "Change nothing", "summaries"),
    Action("findings.jump", "enter", "Go to it", "Go to the affected item", "findings"),
    Action("findings.ways-out", "f", "Ways out", "Show what repairs this finding on this server", "findings"),
    Action("findings.copy-ids", "y", "Copy ids", "Copy the ids of this finding", "findings"),
    Action("findings.close", "escape,q,exclamation_mark", "Back", "Back to where you were", "findings"),
    Action("ways.do", "enter", "Do it", "Start this way out: it shows what it would do, then asks", "ways"),
    Action("ways.copy", "y", "Copy command", "Copy the command of this way out", "ways"),
    Action("ways.close", "escape,q,f", "Back", "Back to the findings", "ways"),
    Action("types.show", "enter", "Show these", "Show the checked types", "types", priority=True),
    Action("types.all", "a", "All", "Check or uncheck all", "types"),
    Action("types.close", "escape,t", "Back", "Change nothing", "types"),
    Action("moment.go", "enter", "Go", "Go to the first message at or after this time", "moment-field"),
    Action("moment.close", "escape", "Back", "Close without moving", "moment"),
    Action("raw.close", "escape,x,q", "Back", "Back to where you were", "raw"),
    Action("raw.copy", "Y,y", "Copy", "Copy the JSON", "raw"),
    Action("pipe.run", "enter", "Run", "Run this command on the text", "pipe"),
    Action("pipe.close", "escape", "Back", "Close without running", "pipe"),
    Action("tool.close", "escape,q", "Back", "Stop loading; press again to go back", "tool"),
    Action("tool.fold", "space", "Fold", "Fold or unfold what is selected", "reader-tool"),
    Action("tool.raw", "x", "Raw JSON", "Raw JSON of what is selected", "reader-tool"),
    Action("tool.copy-id", "y", "Copy id", "Copy its id", "reader-tool", show=False),
    Action("tool.copy-text", "Y", "Copy text", "Copy its text", "reader-tool"),
    Action("manual.find", "slash", "Find", "Find in the whole manual", "manual"),
    Action("manual.next", "n", "Next match", "Next match", "manual", show=False),
    Action("manual.previous", "N", "Previous match", "Previous match", "manual", show=False),
    Action("manual.next-page", "tab", "Next page", "The next page", "manual"),
    Action("manual.previous-page", "shift+tab", "Previous page", "The previous page", "manual", show=False),
    Action("pipe.again", "r", "Run again", "Run the same command again", "pipe-output"),
    Action("window.go-to", "enter", "Go to it", "Go to the message of this gap or tool call", "window"),
    Action("window.refresh", "r", "Refresh", "Count the tokens again", "window"),
    Action("payload.refresh", "r", "Refresh", "Reload the payload", "payload"),
    Action(
        "requests.copy",
        "y",
        "Copy as curl",
        "Copy this request as curl, with $LETTA_API_KEY in place of the key",
        "requests",
    ),
    Action(
        "map.mark",
        "space",
        "Mark",
        "Mark a conversation; on a second one, compare the two blocks of this label",
        "map",
    ),
    Action(
        "map.compare",
        "equals_sign",
        "Compare",
        "Compare the marked conversation with this one: messages, memory and model",
        "map",
        show=False,
    ),
    Action(
        "map.toggle",
        "f",
        "All / isolating",
        "Show every conversation, or only those with isolated blocks",
        "map",
    ),
    Action("map.go-on", "o", "Continue", "Load what has not been read yet", "map"),
    Action("map.refresh", "r", "Refresh", "Reload everything", "map"),
    Action("search.start", "enter", "Search", "Search for this text", "search-field"),
    Action("search.hits", "down", "To the hits", "Go to the hits", "search-field", show=False),
    Action("search.agents", "f2", "Agents", "Search this agent, or all agents", "search", show=False),
    Action("search.messages", "f3", "Messages", "Search messages, or leave them out", "search", show=False),
    Action(
        "search.summaries",
        "f4",
        "Summaries",
        "Search summaries, of conversations and of compactions, or leave them out",
        "search",
        show=False,
    ),
    Action("search.memory", "f5", "Memory", "Search memory, or leave it out", "search", show=False),
    Action(
        "search.regex",
        "f6",
        "Regex",
        "Search for a regular expression, or for plain text",
        "search",
        show=False,
    ),
    Action(
        "search.system",
        "f7",
        "System messages",
        "List system messages one by one, or only the memory in them",
        "search",
        show=False,
    ),
    Action("hits.open", "enter", "Go to it", "Open the conversation at this message", "hits"),
    Action("hits.type", "slash", "Search text", "Go back to the search field", "hits"),
    Action("compare.next", "n,right_square_bracket", "Next", "The next difference", "compare"),
    Action("compare.previous", "N,left_square_bracket", "Previous", "The previous difference", "compare"),
    Action("compare.refresh", "r", "Refresh", "Reload both conversations", "compare", show=False),
    Action("time.next", "right,l,tab", "Next label", "The next label", "time"),
    Action("time.previous", "left,h,shift+tab", "Previous label", "The previous label", "time", show=False),
    Action("time.all", "o", "Read all", "Read the traces of all steps", "time"),
)


_BY_ID = {one.id: one for one in ACTIONS}


def action(id: str) -> Action:
    """The action of that id; KeyError if there is none."""
    return _BY_ID[id]


def is_action(id: str) -> bool:
    """Whether there is an action of that id."""
    return id in _BY_ID


def in_scopes(*scopes: str) -> tuple[Action, ...]:
    """The actions of these scopes."""
    return tuple(one for one in ACTIONS if one.scope in scopes)


def actions_by_place() -> dict[str, tuple[Action, ...]]:
    """The actions whose keys work at the same time; the key that asked a question must not answer it."""
    places = {name: in_scopes(*scopes, EVERYWHERE) for name, scopes in PLACES.items()}
    places["a question"] += tuple(one for one in ACTIONS if one.id.startswith("conversation."))
    return places


def spare_ids() -> tuple[str, ...]:
    """The ids of actions that a narrow footer drops, in that order."""
    spare = sorted((one for one in ACTIONS if one.spare), key=lambda one: one.spare)
    return tuple(one.id for one in spare)


def position(id: str) -> int:
    """The position of an action in the order of footer and help; anything else comes last."""
    return _POSITIONS.get(id, len(ACTIONS))


_POSITIONS = {one.id: place for place, one in enumerate(ACTIONS)}
