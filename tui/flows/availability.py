"""Which actions of the main screen can be done now, and why the others cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tui.actions import action
from tui.model.supported import NOTHING_KNOWN, Feature, Supported
from tui.presentation.not_supported import not_supported
from tui.rules.sort_order import Sort

READ_ONLY = "Read-only: --readonly refuses all changes"
NO_AGENT = "No agent is chosen"
NO_CONVERSATION = "No conversation is selected"
NOT_OPEN = "No conversation is open"
NO_COMMANDS = "In a browser, commands can be run only if it was served with --allow-commands"
NO_TERMINAL = "Not in a browser: $EDITOR and $PAGER need a terminal"
IN_A_TERMINAL = frozenset({"item.pager", "item.view", "summary.edit-outside"})
ROWS_LOADING = "Conversations are still loading"

STEPS = frozenset(
    {
        *("move.down", "move.up", "move.page-down", "move.page-up", "move.first", "move.last"),
        *("list.mark", "list.mark-down", "list.mark-up", "list.mark-all"),
    }
)
"""Actions that move the cursor or mark: typed before the first rows are shown, they are done then."""

OPENS_FROM_ROW = frozenset(
    {
        *("list.filter", "summary.edit", "summary.edit-outside", "summary.history", "conversation.new"),
        *("conversation.open", "conversation.fork", "conversation.delete", "conversation.archive"),
        *("conversation.recompile", "pane.right", "pane.jump", "types.choose", "history.go-to"),
        *("context.check", "item.raw", "summary.title-next"),
        *("tool.context", "tool.map", "tool.payload", "tool.time"),
    }
)
"""Actions that need rows and open a field, a dialog or another pane: these wait too, and what follows is for that.

Those that write, copy or export without a question are not among them: they are refused until there are rows.
"""


@dataclass(frozen=True)
class Situation:
    """What decides about the actions of the main screen."""

    focus: Literal["list", "reader", "editor", "filter", "find", ""] = "list"
    agent: bool = False
    all_agents: bool = False
    """Whether conversations of all agents are listed."""
    loading: bool = False
    """Whether the first rows are on their way."""
    row: Literal["named", "default", ""] = ""
    """What is under the cursor of the list."""
    draft: bool = False
    """Whether there is an unsaved text for that row."""
    opened: bool = False
    """Whether the conversation under the cursor is shown as the server has it."""
    item: bool = False
    """Whether something is selected in the detail."""
    block: str = ""
    """What the selected label of Memory is: `isolated`, `shared`, or a word for one without a block."""
    editing: bool = False
    filtered: bool = False
    """Whether the list is filtered."""
    searching: bool = False
    """Whether text is searched for in the detail."""
    marks: bool = False
    pair: bool = False
    """Whether two conversations are chosen to be compared."""
    markable: bool = False
    """Whether the list shows conversations that can be marked."""
    readonly: bool = False
    narrow: bool = False
    """Whether the window shows one pane at a time."""
    failing: bool = False
    """Whether the last request got no response."""
    supported: Supported = NOTHING_KNOWN
    """What the server's responses have shown that it supports, and what it doesn't."""
    waiting: bool = False
    """Whether the server asks to wait, which can be cut short."""
    browser: str | None = None
    """What the user of a browser may do: "restricted" or "commands"; None in a terminal."""
    version: str = ""
    """Letta's version, "" where the server does not report it."""


Rule = Callable[[Situation], str]
"""A sentence that says why an action cannot be done; "" where it can."""


def why_not(action_id: str, now: Situation) -> str:
    """A sentence that says why an action of the main screen cannot be done now; "" where it can."""
    wanted = action(action_id)
    if wanted.writes and now.readonly:
        return READ_ONLY
    if now.browser and action_id in IN_A_TERMINAL:
        return NO_TERMINAL
    if now.browser == "restricted" and action_id == "item.pipe":
        return NO_COMMANDS
    if wanted.scope == "list" and now.focus != "list" and not (action_id == "list.filter" and not now.focus):
        return f"{wanted.label} works in the list of conversations"
    if wanted.scope == "reader" and now.focus != "reader":
        where = "Memory" if action_id in ON_LABELS else "Messages, Memory and Info"
        return f"{wanted.label} works in {where}"
    return next((reason for rule in RULES.get(action_id, ()) if (reason := rule(now))), "")


def in_footer(action_id: str, now: Situation) -> bool:
    """Return whether the footer names an action, if it can be done."""
    if now.focus in ("filter", "find"):
        return action_id == "app.manual"  # the field has keys of its own, and `?` is text
    if action_id in ("match.next", "match.previous"):
        return now.focus == "reader" and now.searching
    if action_id == "pane.back":
        in_list = now.focus == "list" and (now.marks or now.filtered or now.waiting)
        return now.focus == "reader" or in_list
    if action_id == "app.manual":
        return now.focus == "editor"  # where `?` is text
    if action_id in ("conversation.export", "conversation.delete"):
        return now.marks
    if action_id == "view.refresh":
        return not now.agent or now.failing or now.waiting
    if action_id == "app.connections":
        return not now.agent and now.failing  # the only way out where nothing else can be done
    if not now.agent and action_id in ("conversation.open", "memory.diff", *TABS):
        return False
    return action(action_id).show


ON_LABELS = ("memory.reset", "memory.promote")
BLOCKS = ("isolated", "shared")
TABS = ("tab.messages", "tab.memory", "tab.info")


def _agent(now: Situation) -> str:
    return "" if now.agent else ROWS_LOADING if now.loading else NO_AGENT


def _one_agent(sentence: str) -> Rule:
    """Return a rule that refuses an action with this sentence while all agents are listed."""
    return lambda now: sentence if now.all_agents else ""


def _row(now: Situation) -> str:
    return "" if now.row else ROWS_LOADING if now.loading else NO_CONVERSATION


def _row_of_all(now: Situation) -> str:
    """Require a row while all agents are listed, since the row says which agent is meant."""
    return _row(now) if now.all_agents else ""


def _row_or_marks(now: Situation) -> str:
    return "" if now.marks else _row(now)


def _opened(now: Situation) -> str:
    return "" if now.opened else NOT_OPEN


def _item(now: Situation) -> str:
    return "" if now.item else "Nothing is selected in the detail"


def _not_editing(now: Situation) -> str:
    return "Not while a summary is being edited" if now.editing else ""


def _not_typing(now: Situation) -> str:
    return "Not while the filter is being typed" if now.focus == "filter" else _not_editing(now)


def _in_a_pane(now: Situation) -> str:
    return "" if now.focus in ("list", "reader") else "Works in the list and in the detail"


def _named(sentence: str) -> Rule:
    """Return a rule that refuses an action on the default conversation with this sentence."""
    return lambda now: sentence if now.row == "default" else ""


def _supported(feature: Feature) -> Rule:
    def rule(now: Situation) -> str:
        return not_supported(feature, now.supported, now.version) if now.supported.lacks(feature) else ""

    return rule


def _block(now: Situation) -> str:
    """Require that a selected label of Memory has a block that the server can change."""
    if not now.block or now.editing:
        return ""
    if now.supported.lacks("edit-block"):
        return not_supported("edit-block", now.supported, now.version)
    return "" if now.block in BLOCKS else "There is no block with this label to change"


def _own_block(now: Situation) -> str:
    if not now.block:
        return "Select a label in Memory: b shows them"
    reason = _block(now)
    if not reason and now.block != "isolated":
        reason = "Only an isolated block can be reset or promoted: this conversation reads the shared one"
    return reason


def _of_summary(rule: Rule) -> Rule:
    """Apply a rule only while no block is selected, since the action is then about the summary."""
    return lambda now: "" if now.block and not now.editing else rule(now)


def _editable(now: Situation) -> str:
    """Require a server that changes summaries, except for stored drafts, which can always be opened."""
    return "" if now.draft or now.editing else _supported("edit")(now)


def _default_editable(now: Situation) -> str:
    """Refuse the default conversation where it is known to have no summary."""
    return _supported("default-summary")(now) if now.row == "default" and not now.editing else ""


def _sortable(now: Situation) -> str:
    if any(sort.is_offered(now.supported) for sort in Sort if sort is not Sort.CREATED):
        return ""
    return "Other sort orders aren't supported by this server"


def _match(now: Situation) -> str:
    if now.focus == "reader":
        return "" if now.searching else "Nothing is being searched for"
    if now.focus == "list":
        if not now.filtered:
            return "The list isn't filtered"
        return "" if now.row else "Nothing matches the filter"
    return "Works in the list and in the detail"


def _deletable(now: Situation) -> str:
    """Require marked rows or a named conversation; marked rows can be deleted wherever the cursor is."""
    reason = _row_or_marks(now) or _not_typing(now)
    if not reason and not now.marks and now.row == "default":
        reason = "The default conversation can't be deleted"
    return reason


def _wide(now: Situation) -> str:
    return "The window is too narrow for two panes" if now.narrow else ""


def _list_shown(now: Situation) -> str:
    return _not_editing(now) if now.narrow else ""


def _markable(now: Situation) -> str:
    return "" if now.markable else "There are no conversations to mark"


def _pair(now: Situation) -> str:
    return (
        "" if now.pair else "To compare two conversations, mark two, or mark one with space and go to another"
    )


def _rows_or_editor(now: Situation) -> str:
    return "" if now.editing else _row(now)


RULES: dict[str, tuple[Rule, ...]] = {
    "list.filter": (_agent, _not_typing),
    "list.sort": (_agent, _sortable, _not_typing),
    "list.reverse": (_agent, _not_typing),
    "list.archive-status": (_agent, _not_typing, _supported("archive")),
    "list.pin": (_agent, _not_editing, _row),
    "list.mark": (_agent, _not_editing, _row),
    "list.mark-down": (_agent, _not_editing, _row),
    "list.mark-up": (_agent, _not_editing, _row),
    "list.mark-all": (_agent, _not_editing, _markable),
    "list.compare": (_agent, _not_editing, _row_or_marks, _pair),
    "list.wider": (_wide,),
    "list.narrower": (_wide,),
    "pane.left": (_list_shown,),
    "pane.right": (_rows_or_editor,),
    "match.next": (_match,),
    "match.previous": (_match,),
    "item.fold": (_item,),
    "item.pager": (_item,),
    "item.view": (_item,),
    "item.fold-all": (_opened, _in_a_pane),
    "item.fold-type": (_opened, _in_a_pane),
    "types.choose": (_opened, _in_a_pane),
    "error.next": (_opened, _in_a_pane),
    "error.previous": (_opened, _in_a_pane),
    "history.toggle": (_opened, _in_a_pane, _supported("history")),
    "history.boundary": (_opened, _in_a_pane),
    "history.go-to": (_opened, _in_a_pane),
    "context.check": (_opened,),
    "memory.where-said": (_opened,),
    "tool.context": (_opened,),
    "tool.time": (_opened, _supported("traces")),
    "tool.payload": (_agent, _row_of_all, _supported("payload")),
    "tool.map": (_agent, _row_of_all, _supported("isolate")),
    "summary.edit": (
        _agent,
        _block,
        _of_summary(_editable),
        _rows_or_editor,
        _of_summary(_default_editable),
    ),
    "summary.edit-outside": (
        _agent,
        _block,
        _of_summary(_editable),
        _not_typing,
        _row,
        _of_summary(_named("The default conversation's summary can't be edited in $EDITOR")),
    ),
    "summary.title-next": (_agent, _row, _not_typing, _supported("edit")),
    "summary.undo": (
        _agent,
        _row,
        _not_typing,
        _block,
        _of_summary(_supported("edit")),
        _of_summary(_named("The default conversation's summary can't be undone")),
    ),
    "summary.redo": (
        _agent,
        _row,
        _not_typing,
        _block,
        _of_summary(_supported("edit")),
        _of_summary(_named("The default conversation's summary can't be redone")),
    ),
    "summary.history": (
        _agent,
        _row,
        _not_typing,
        _block,
        _of_summary(_named("The default conversation has no history of summaries")),
    ),
    "memory.reset": (_agent, _row, _not_typing, _own_block),
    "memory.promote": (_agent, _row, _not_typing, _own_block),
    "conversation.new": (
        _agent,
        _not_typing,
        _supported("create"),
        _one_agent("A new conversation belongs to one agent: a chooses it first"),
    ),
    "conversation.open": (_row,),
    "conversation.fork": (_agent, _row, _not_typing, _supported("fork")),
    "conversation.delete": (_agent, _deletable, _supported("delete")),
    "conversation.archive": (
        _agent,
        _row,
        _not_typing,
        _supported("archive"),
        _named("The default conversation can't be archived"),
    ),
    "conversation.recompile": (
        _agent,
        _row,
        _not_typing,
        _supported("recompile"),
        _named("The default conversation can't be recompiled"),
    ),
    "conversation.export": (_agent, _row_or_marks),
}
"""What each action needs; the first that is missing is the reason shown. An action not listed can always be done."""
