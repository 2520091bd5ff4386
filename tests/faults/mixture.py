"""What a user does in an hour: actions that begin and end in the list, edits, and everything that can be shown."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from textual.pilot import Pilot

from tests.app_helpers import main_screen, press, resize, row_id
from tui.app import LettaApp
from tui.rules.sort_order import Order

SIZES = ((120, 36), (80, 24), (160, 50))
READING: dict[str, tuple[str, ...]] = {
    "move": ("j", "j", "j", "k", "pagedown", "pageup", "k"),
    "open": ("j", "j", "enter", "j", "pagedown", "k", "escape"),
    "open the last": ("pagedown", "pagedown", "enter", "G", "pageup", "g", "escape"),
    "scroll the detail": ("j", "ctrl+d", "ctrl+d", "ctrl+u"),
    "blocks": ("b", "ctrl+d", "m"),
    "diff": ("b", "d", "d", "d", "m"),
    "facts": ("i", "ctrl+d", "m"),
    "history": ("H", "ctrl+d", "H"),
    "fold": ("j", "z", "ctrl+d", "z"),
    "find": ("enter", "j", "space", "slash", "a", "enter", "n", "N", "escape", "escape"),
    "types": ("enter", "t", "space", "escape", "escape"),
    "go to a time": ("enter", "ctrl+g", "1", "0", "colon", "0", "0", "enter", "escape"),
    "jump": ("apostrophe", "escape"),
    "wider": ("greater_than_sign", "less_than_sign"),
    "filter": ("slash", "s", "a", "enter", "j", "j", "k", "slash", "escape"),
    "filter in vain": ("slash", "z", "q", "x", "escape"),
    "mark": ("space", "J", "J", "K", "escape"),
    "refresh": ("r",),
    "refresh all": ("R",),
    "refresh the detail": ("enter", "r", "escape"),
    "follow": ("ctrl+t", "j", "ctrl+t"),
    "raw": ("enter", "x", "pagedown", "escape", "escape"),
    "copy": ("y", "Y"),
    "check": ("exclamation_mark", "j", "j", "escape"),
    "requests": ("at", "j", "pagedown", "enter", "escape", "escape"),
    "payload": ("P", "pagedown", "pagedown", "escape"),
    "map": ("M", "j", "j", "escape"),
    "time machine": ("T", "j", "escape"),
    "summaries": ("j", "U", "j", "escape"),
    "help": ("question_mark", "pagedown", "escape"),
    "palette": ("ctrl+p", "m", "e", "m", "o", "r", "y", "enter", "m"),
    "picker": ("a", "d", "escape"),
    "new, given up": ("ctrl+n", "x", "tab", "escape"),
    "deletion, given up": ("g", "j", "D", "escape"),
    "recompiling, given up": ("j", "C", "escape"),
    "connections": ("ctrl+o", "escape"),
}
"""Keys by what they do; those that change something are methods of `Use`."""

WRITING = ("edit", "edit", "edit", "fork")
ODD = ("resize", "resize", "sort", "another agent")


@dataclass
class Use:
    """Somebody who uses the app, and what was done so far; actions come in rounds of all, each shuffled."""

    pilot: Pilot[None]
    chance: random.Random
    pages: int
    done: Counter[str] = field(default_factory=Counter)
    _ahead: list[str] = field(default_factory=list)

    @property
    def app(self) -> LettaApp:
        """The app that is used."""
        assert isinstance(self.pilot.app, LettaApp)
        return self.pilot.app

    @property
    def acts(self) -> int:
        """How many there were."""
        return self.done.total()

    @property
    def rows(self) -> int:
        """Rows that are loaded."""
        return len(main_screen(self.app).reading.conversations.feed)

    async def act(self) -> None:
        """Do the next action, and return to the list as it was."""
        if not self._ahead:
            self._ahead = [*READING, *WRITING, *ODD]
            self.chance.shuffle(self._ahead)
        name = self._ahead.pop()
        if name in READING:
            await press(self.pilot, *READING[name])
        else:
            await {
                "edit": self.edit,
                "fork": self.fork,
                "resize": self.resize,
                "sort": self.sort,
                "another agent": self.another_agent,
            }[name]()
        self.done[name] += 1
        await self.back()

    async def back(self) -> None:
        """Close what is open; now and then to the top, so that rows further down come again."""
        main = main_screen(self.app)
        while len(self.app.screen_stack) > 1 or not main.panes.list.has_focus:
            await press(self.pilot, "escape")
        if main.panes.left.filter_line.value:
            await press(self.pilot, "slash", "escape")
        if self.acts % 6 == 0:
            await press(self.pilot, "g")

    async def load(self) -> None:
        """Load the pages of the list."""
        for _ in range(self.pages):
            await press(self.pilot, "G")
        await press(self.pilot, "g")

    async def edit(self) -> None:
        """Save another summary and take it back, so that the server ends as it began."""
        await press(self.pilot, "g", "j", "e", "x", "enter")
        await press(self.pilot, "escape", "u")
        await self._answer("y")

    async def fork(self) -> None:
        """Fork a conversation, and delete the fork, which is under the cursor then."""
        await press(self.pilot, "g", "j")
        before = row_id(self.app)
        await press(self.pilot, "f")
        await self._answer("y")
        if row_id(self.app) not in (before, None, "default"):
            await press(self.pilot, "D")
            await self._answer("y")

    async def resize(self) -> None:
        """Another window."""
        await resize(self.pilot, self.chance.choice(SIZES))

    async def sort(self) -> None:
        """Through the orders and back to the newest first."""
        await press(self.pilot, "S", "s", "S")
        for _ in range(4):
            if main_screen(self.app).reading.conversations.feed.order != Order():
                await press(self.pilot, "s")

    async def another_agent(self) -> None:
        """Read another agent's conversations, come back, and load the pages again."""
        main = main_screen(self.app)
        home = main.connection.agent
        await press(self.pilot, "a", "down", "enter", "j", "enter", "escape")
        for _ in range(3):
            if home is not None and main.connection.agent is not None and main.connection.agent.id != home.id:
                await press(self.pilot, "a", "down", "enter")
        await self.load()

    async def _answer(self, key: str) -> None:
        """Answer a question, if there is one."""
        if len(self.app.screen_stack) > 1:
            await press(self.pilot, key)
