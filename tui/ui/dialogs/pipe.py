"""Pipe a text through a command: the prompt for the command, and the pane for its output."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Footer, Input, Static

from tui.flows.shell_command import CommandResult, pipe
from tui.model.os_errors import reason_of
from tui.model.text import one_line, plural
from tui.presentation.item import Item, Text
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.tools.tool_screen import READING, Copy, ReaderTool


class PipeAsk(Dialog[str | None]):
    """Asks for a shell command; the last one is filled in."""

    MANUAL = "reading#other-programs"
    BINDINGS = bindings("pipe", actions={"pipe.run": "submit", "pipe.close": "close"})

    def __init__(self, what: str, command: str) -> None:
        super().__init__()
        self._what, self._command = what, command

    def compose(self) -> ComposeResult:
        """The text that is piped, and the field."""
        with Vertical(classes="dialog"):
            yield Static("Pipe to a command", classes="dialog-title", markup=False)
            yield Static(f"Standard input: {self._what}, as the server sent it.", markup=False)
            yield Input(self._command, placeholder="jq .   wc -l   grep -n error", compact=True, id="command")
        yield Footer(show_command_palette=False)

    @on(Input.Submitted)
    def action_submit(self) -> None:
        """Return the command, if there is one."""
        command = self.query_one(Input).value.strip()
        if command:
            self.dismiss(command)
        else:
            self.notify("Type a command first", markup=False, timeout=4)

    def action_close(self) -> None:
        """Return no command."""
        self.dismiss(None)


class PipeScreen(ReaderTool):
    """Runs the command and shows its output; escape kills the command."""

    MANUAL = "reading#other-programs"
    BINDINGS = bindings("pipe-output", actions={"pipe.again": "again"})

    def __init__(self, command: str, text: str, copy: Copy, key: str | None) -> None:
        super().__init__(f"| {command}", copy)
        self._command, self._text, self._key = command, text, key

    def begin(self) -> None:
        """Run the command."""
        self.run_command()

    def action_again(self) -> None:
        """Run the command again."""
        self.run_command()

    @work(group=READING, exclusive=True)
    async def run_command(self) -> None:
        """Run the command on the text."""
        self.show_status("running… escape stops it")
        try:
            result = await pipe(self._command, self._text, api_key=self._key)
        except OSError as trouble:
            self.show_status(f"could not be started: {reason_of(trouble)}", trouble=True)
        else:
            self._show(result)

    def _show(self, result: CommandResult) -> None:
        output = result.output.removesuffix("\n")
        parts = (Text(output),) if output else ()
        word = "output" if output else "no output"
        self.reader.show(
            (Item("output", "│", word, "strong", parts=parts, copy_text=result.output),), reset=True
        )
        lines = plural(output.count("\n") + 1 if output else 0, "line")
        dropped = f" · {plural(result.dropped, 'more byte')} dropped" if result.dropped else ""
        self.show_status(f"exit code {result.code} · {lines}{dropped}", trouble=result.code != 0)

    def stopped(self) -> None:
        """Say how to run the command again."""
        self.show_status("stopped: r runs it again")


def described(word: str, text: str) -> str:
    """Describe the text that a command is given: its kind and size."""
    return f"{one_line(word, 30)}, {plural(len(text), 'character')}"
