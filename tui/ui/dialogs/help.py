"""The actions for the pane with the focus, each with its keys: a list to search, which runs the chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual import on
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.model.text import plural
from tui.ui.bindings import bindings, in_order, refusals, run_binding
from tui.ui.dialogs.modal import Modal
from tui.ui.widgets.footer import KeyLine

ROOM_FOR_WORDS = 30
"""Lines of the window from which on there is room for the purpose of the pane too."""


class HelpLine(Input):
    """The field of the help; Enter runs the action under the cursor."""

    BINDINGS = bindings("help-field", actions={"help.run": "submit"})


class HelpScreen(Modal[ActiveBinding | None]):
    """A field over one line per action of the pane that had the focus; returns the chosen one.

    Actions that cannot be done now are listed only if they are searched for, each with the reason.
    """

    BINDINGS = bindings(
        "help",
        actions={
            "help.down": "move('cursor_down')",
            "help.up": "move('cursor_up')",
            "help.page-down": "move('page_down')",
            "help.page-up": "move('page_up')",
            "help.close": "close",
        },
    )

    def __init__(self, words: str, actions: Sequence[ActiveBinding], refusals: Mapping[str, str]) -> None:
        """`refusals` says why an action cannot be done now, by the id of its binding."""
        super().__init__()
        self._words = words
        self._refusals = refusals
        self._keys: dict[str, list[ActiveBinding]] = {}
        """The bindings of each action, in the order of the registry."""
        for active in actions:
            binding = active.binding
            if binding.description and (binding.id or binding.action == "command_palette"):
                self._keys.setdefault(binding.action, []).append(active)
        self._line = HelpLine(placeholder="type a key or part of an action's name", compact=True, id="wanted")
        self._options = OptionList(id="actions", compact=True, markup=False)
        self._options.can_focus = False
        self._state = Static("", classes="hint", markup=False)

    def compose(self) -> ComposeResult:
        """The purpose of the pane, the field and the actions."""
        with Vertical(classes="dialog wide"):
            yield Static("Keys here", classes="dialog-title", markup=False)
            if self._words:
                yield Static(self._words.replace("`", ""), classes="hint", markup=False, id="pane-words")
            yield self._line
            yield self._options
            yield self._state
        yield KeyLine()

    def on_mount(self) -> None:
        """List all; the list keeps this height while words narrow it."""
        self._show("")
        self._options.styles.height = self._options.option_count

    def on_resize(self) -> None:
        """Fit the list into another window; in a low one, the actions need the lines of the pane's purpose."""
        self.query("#pane-words").set(display=self.app.size.height >= ROOM_FOR_WORDS)
        self.call_after_refresh(self.fit, self._options)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if event.value == "?":
            self.dismiss(None)  # the key that opened the help closes it
        else:
            self._show(event.value)

    def _show(self, words: str) -> None:
        actions = self._matches(words)
        self._options.set_options(Option(self._prompt(action), id=action) for action in actions)
        self._options.highlighted = 0 if actions else None
        self._state.update(plural(len(actions), "action") if actions else "no action with that name")

    def _matches(self, words: str) -> list[str]:
        """The actions with all these words in name or description: first the one whose key or name they are.

        Without words, those that a footer names are first; those that cannot be done now are last, or left out.
        """
        parts = words.casefold().split()
        hidden = {action for action in self._keys if self._refusal(action)}

        def rank(action: str) -> int:
            binding = self._keys[action][0].binding
            name = binding.description.casefold()
            if action in hidden:
                return 4
            if words.strip() in self._shown_keys(action).split() or name == " ".join(parts):
                return 0
            if parts and name.startswith(parts[0]):
                return 1
            return 2 if binding.show else 3

        listed = self._keys if parts else self._keys.keys() - hidden
        found = [a for a in self._keys if a in listed and all(part in self._text(a) for part in parts)]
        return sorted(found, key=rank)

    def _refusal(self, action: str) -> str:
        """Why an action cannot be done now; "" if it can."""
        return self._refusals.get(self._keys[action][0].binding.id or "", "")

    def _shown_keys(self, action: str) -> str:
        return " ".join(self.app.get_key_display(active.binding) for active in self._keys[action])

    def _text(self, action: str) -> str:
        binding = self._keys[action][0].binding
        words = (binding.description, binding.tooltip, binding.id or "", self._shown_keys(action))
        return " ".join(words).casefold()

    def _prompt(self, action: str) -> Content:
        binding = self._keys[action][0].binding
        keys = self._shown_keys(action).ljust(max(map(len, map(self._shown_keys, self._keys))))
        name = binding.description.ljust(max(len(one[0].binding.description) for one in self._keys.values()))
        if refusal := self._refusal(action):
            return Content.assemble((f" {keys}  {name}  {refusal}", "$text-muted"))
        words = "" if binding.tooltip == binding.description else binding.tooltip
        return Content.assemble((f" {keys}  ", "bold $text-accent"), (name, "bold"), f"  {words}")

    def action_move(self, motion: str) -> None:
        """Move the highlight while the field keeps the focus."""
        getattr(self._options, f"action_{motion}")()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        options = self._options
        if options.highlighted is not None:
            self._choose(options.get_option_at_index(options.highlighted).id)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._choose(event.option.id)

    def _choose(self, action: str | None) -> None:
        if action in self._keys:
            self.dismiss(self._keys[action][0])

    def action_close(self) -> None:
        """Close without doing anything."""
        self.dismiss(None)


def open_help(app: App[Any], screen: Screen[Any], words: str = "") -> HelpScreen:
    """Show the actions of this screen below `words` about its pane, and run the chosen one."""

    def run(chosen: ActiveBinding | None) -> None:
        if chosen is not None:
            run_binding(app, chosen, screen)

    dialog = HelpScreen(words, in_order(screen.active_bindings.values()), refusals(screen))
    app.push_screen(dialog, run)
    return dialog
