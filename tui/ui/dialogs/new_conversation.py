"""Create a conversation: its summary, the blocks to isolate, and other fields that the server stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from tui.flows.create_conversation import Created
from tui.model.agent import Agent
from tui.model.block import Block
from tui.model.conversation import Conversation
from tui.model.errors import LettaError
from tui.model.supported import Supported
from tui.model.text import one_line, plural, visible, why_not_saved
from tui.rules.changes.create import Wanted
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.check_list import CheckList
from tui.ui.widgets.footer import KeyLine


class NewConversationScreen(Dialog[Conversation | None]):
    """Asks for summary, labels and other fields; a refusal is shown in the dialog, and nothing typed is lost."""

    MANUAL = "changes#new"
    BINDINGS = bindings("new", actions={"new.create": "create", "new.onward": "onward", "new.close": "close"})

    def __init__(
        self,
        agent: Agent,
        blocks: Callable[[], Awaitable[tuple[Block, ...] | LettaError]],
        create: Callable[[Wanted], Awaitable[Created]],
        supported: Supported,
        no_isolation: str = "",
    ) -> None:
        super().__init__()
        self._supported, self._no_isolation = supported, no_isolation
        self._agent, self._blocks, self._create = agent, blocks, create
        self._labels, self._hidden = CheckList(id="labels"), CheckList(id="new-hidden")
        self._busy = False

    def compose(self) -> ComposeResult:
        """Summary and labels, the fields that the server is known to store, a status line, the buttons."""
        with Vertical(classes="dialog wide", id="new-conversation"):
            yield Static(
                Content(f"New conversation with {one_line(self._agent.title, 50)}"), classes="dialog-title"
            )
            yield Label("Summary (optional)", markup=False)
            yield Input(id="new-summary", compact=True)
            if not self._no_isolation:
                yield Label("Blocks to isolate (space): this conversation gets its own copy", markup=False)
            yield self._labels
            if self._supported.has("description"):
                yield Input(placeholder="Description (optional)", id="new-description", compact=True)
            if self._supported.has("model"):
                yield Input(
                    placeholder="Model, as provider/name (default: the agent's)", id="new-model", compact=True
                )
            if self._supported.has("hidden"):
                yield self._hidden
            yield Static("reading the agent's blocks…", id="new-state", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Create", id="create", compact=True, variant="primary")
                yield Button("Cancel", id="cancel", compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        """Load the labels while the summary is typed."""
        self.query_one("#new-summary").focus()
        if self._hidden.is_mounted:
            self._hidden.fill([("hidden", Content("Hide it from lists"))])
        self.load_labels()

    @work(group="labels", exclusive=True)
    async def load_labels(self) -> None:
        """Fill the checklist with the agent's labels, each once: a repeated one would be refused."""
        if self._no_isolation:
            self._labels.display = False
            self._show_state(self._no_isolation)
            return
        blocks = await self._blocks()
        if isinstance(blocks, LettaError):
            self._show_state(f"✗ {blocks}", problem=True)
            return
        first = {block.label: block for block in reversed(blocks) if block.label}
        rows = [(label, self._prompt(block)) for label, block in sorted(first.items())]
        self._labels.fill(rows)
        self._show_state("" if rows else "this agent has no blocks to isolate")

    def _prompt(self, block: Block) -> Content:
        count = "" if block.value is None else f"  {plural(len(block.value), 'character')}"
        return Content.assemble((one_line(block.label or "", 50), "bold"), (count, "$text-muted"))

    def _show_state(self, words: str, *, problem: bool = False) -> None:
        state = self.query_one("#new-state", Static)
        state.update(Content(visible(words)))
        state.set_class(problem, "problem")

    def action_onward(self) -> None:
        """Handle enter: go from the summary to the labels; anywhere else, create."""
        summary = self.query_one("#new-summary")
        if isinstance(self.focused, Button):
            self.focused.press()
        elif self.focused is summary and self._labels.option_count:
            self._labels.focus()
        else:
            self.action_create()

    def action_create(self) -> None:
        """Create the conversation, once."""
        wanted = self._wanted()
        reason = why_not_saved(wanted.summary) or why_not_saved(wanted.description)
        if reason:
            self._show_state(f"✗ {reason}", problem=True)
        elif not self._busy:
            self._busy = True
            self._show_state("creating…")
            self.send(wanted)

    def _wanted(self) -> Wanted:
        """The typed and checked values; fields that the server does not store are left out."""
        typed = {field.id: field.value for field in self.query(Input)}
        return Wanted(
            typed["new-summary"],
            self._labels.checked,
            typed.get("new-description", ""),
            typed.get("new-model", "").strip(),
            bool(self._hidden.checked),
        )

    @work(group="create")
    async def send(self, wanted: Wanted) -> None:
        """Wait for the creation, which continues if this dialog is closed."""
        result = await self._create(wanted)
        if isinstance(result, Conversation):
            self.dismiss(result)
            return
        self._busy = False
        self._show_state(f"✗ {result}", problem=True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "create":
            self.action_create()
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Close without creating; a request that was sent already continues."""
        self.dismiss(None)
