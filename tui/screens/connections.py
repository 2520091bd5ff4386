"""Connections: the named servers of both files, to look at, test, use, add, change and forget."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.api.client import LettaClient
from tui.api.errors import KeyRefused, LettaError
from tui.api.probing import probe
from tui.api.wire import Wire
from tui.config.config_file import Config, Profile
from tui.config.problems import SettingsError
from tui.config.profiles import ProfileStore, describe_api_key
from tui.config.settings import Settings
from tui.config.switch_server import to_profile
from tui.domain.text import one_line, plural
from tui.screens.connect import Choice
from tui.screens.connection_form import ConnectionForm
from tui.screens.dialog import Dialog
from tui.widgets.header_bar import COLOURS
from tui.widgets.key_line import KeyLine


class Servers(OptionList):
    """The list; its own key is named in the line of keys, which that of an option list is not otherwise."""

    BINDINGS = [
        Binding("enter", "select", "Use", id="connections.use", tooltip="Switch to this server"),
        Binding("down,j", "cursor_down", "Down", show=False, id="connections.down", tooltip="Next server"),
        Binding("up,k", "cursor_up", "Up", show=False, id="connections.up", tooltip="Server above"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a server there is none to use."""
        return action != "select" or self.option_count > 0


class ConnectionsScreen(Dialog[Choice | None]):
    """A line a server; only what the program wrote can be changed here, `config.toml` is the user's."""

    BINDINGS = [
        Binding("n", "add", "New", id="connections.add", tooltip="Write a new profile"),
        Binding("e", "edit", "Edit", id="connections.edit", tooltip="Change a profile that was added here"),
        Binding("t", "test", "Test", id="connections.test", tooltip="Reach the server: version, agents, key"),
        Binding(
            "D", "forget", "Forget", id="connections.forget", tooltip="Forget a profile that was added here"
        ),
        Binding("f2", "demo", "Demo", id="connections.demo", tooltip="Browse the embedded server"),
        Binding("escape,q", "close", "Back", id="connections.close", tooltip="Keep the server of now"),
    ]

    def __init__(self, book: ProfileStore, settings: Settings, wire_for: Callable[[Settings], Wire]) -> None:
        super().__init__()
        self._book, self._settings, self._wire_for = book, settings, wire_for
        self._config = Config()
        self._asked = ""

    def compose(self) -> ComposeResult:
        """The list over a line that says what came of the last act."""
        with Vertical(classes="dialog wide", id="connections"):
            yield Static("Connections", classes="dialog-title", markup=False)
            yield Static(self._now(), classes="hint", markup=False)
            yield Servers(id="servers", compact=True, markup=False)
            yield Static("", id="connections-state", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the files."""
        self.query_one(OptionList).focus()
        self.read()

    def _now(self) -> str:
        settings = self._settings
        if settings.demo or settings.bundle:
            return "Now: the demo" if settings.demo else "Now: a file"
        return f"Now: {one_line(settings.base_url, 60)} ({settings.sources.get('base_url', 'default')})"

    @work(group="profiles", exclusive=True)
    async def read(self, keep: str = "") -> None:
        """Read both files and list what they have."""
        try:
            self._config = await asyncio.to_thread(self._book.read)
        except SettingsError as problem:
            self._tell(str(problem), trouble=True)
            return
        options = self.query_one(OptionList)
        names = sorted(self._config.profiles)
        options.set_options(Option(self._prompt(self._config.profiles[name]), id=name) for name in names)
        self.refresh_bindings()
        wanted = keep or self._settings.profile
        options.highlighted = names.index(wanted) if wanted in names else 0 if names else None
        if not names:
            self._tell("no profiles yet: n writes one")
        elif self._config.hidden:
            self._tell(f"in both files, so that of config.toml counts: {', '.join(self._config.hidden)}")

    def _prompt(self, profile: Profile) -> Content:
        values = profile.values
        here = profile.name == self._settings.profile
        ground = f"bold #ffffff on {COLOURS[values['colour']]}" if "colour" in values else "bold"
        more = ["read-only"] if values.get("readonly") else []
        more += [f"key: {describe_api_key(values)}", profile.file.name]
        more += ["default"] if self._config.default_profile == profile.name else []
        return Content.assemble(
            ("● " if here else "  ", "$text-accent"),
            (f" {profile.name} ", ground),
            " " * (self._widest - len(profile.name) + 1),
            f"{one_line(values['base_url'], 50)}  ",
            (one_line(" · ".join(more), 90), "$text-muted"),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is done to a server needs one."""
        return action not in ("edit", "test", "forget") or self.profile is not None

    @property
    def _widest(self) -> int:
        """Columns of the longest name."""
        return max(map(len, self._config.profiles), default=0)

    @property
    def profile(self) -> Profile | None:
        """The one under the cursor."""
        options = self.query_one(OptionList)
        if options.highlighted is None:
            return None
        return self._config.profiles.get(options.get_option_at_index(options.highlighted).id or "")

    def _tell(self, words: str, *, trouble: bool = False) -> None:
        state = self.query_one("#connections-state", Static)
        state.set_class(trouble, "problem")
        state.update(Content(one_line(f"✗ {words}" if trouble else words, 300)))

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self._asked = ""

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        if event.option.id is not None:
            self.use(event.option.id)

    @work(group="use", exclusive=True)
    async def use(self, name: str) -> None:
        """Connect to it, if its settings and its key can be used."""
        try:
            settings = await self._settings_of(name)
        except SettingsError as problem:
            self._tell(str(problem), trouble=True)
            return
        self.dismiss(Choice(settings=settings))

    async def _settings_of(self, name: str) -> Settings:
        return await asyncio.to_thread(to_profile, self._settings, name, self._config, os.environ)

    def action_test(self) -> None:
        """Reach the server under the cursor."""
        if self.profile is not None:
            self.test(self.profile.name)

    @work(group="test", exclusive=True)
    async def test(self, name: str) -> None:
        """Say version, agents, time and whether the key is taken; nothing is switched."""
        self._tell(f"{name}: asking…")
        wire: Wire | None = None
        try:
            settings = await self._settings_of(name)
            wire = self._wire_for(settings)
            found = await probe(LettaClient(wire))
        except (SettingsError, LettaError) as problem:
            words = str(problem) if isinstance(problem, SettingsError | KeyRefused) else problem.what
            self._tell(f"{name}: {words}", trouble=True)
            return
        finally:
            if wire is not None:
                await wire.close()
        agents = "agents not counted" if found.agents is None else plural(found.agents, "agent")
        key = "key taken" if settings.has_api_key else "no key wanted"
        version = one_line(found.version, 20) or "of unknown version"
        self._tell(f"✓ {name}: Letta {version}, {agents}, {found.seconds * 1000:.0f} ms, {key}")

    @work(group="form", exclusive=True)
    async def action_add(self) -> None:
        """A new profile."""
        made = await self.app.push_screen_wait(ConnectionForm(self._book))
        if made is not None:
            self._tell(f"{made} is in {self._book.folder.name}/profiles.toml: t tests it, enter uses it")
            self.read(made)

    @work(group="form", exclusive=True)
    async def action_edit(self) -> None:
        """Change one that was added here."""
        if (profile := self._own("changed")) is not None:
            made = await self.app.push_screen_wait(ConnectionForm(self._book, profile))
            if made is not None:
                self._tell(f"{made} is changed")
                self.read(made)

    @work(group="forget", exclusive=True)
    async def action_forget(self) -> None:
        """Forget one that was added here, at the second time of asking."""
        if (profile := self._own("forgotten")) is None:
            return
        if self._asked != profile.name:
            self._asked = profile.name
            self._tell(f"once more forgets {profile.name}, and the key file that was written for it")
            return
        try:
            await asyncio.to_thread(self._book.remove, profile.name)
        except (SettingsError, OSError) as problem:
            self._tell(str(problem), trouble=True)
            return
        self._tell(f"{profile.name} is forgotten")
        self.read()

    def _own(self, act: str) -> Profile | None:
        """The profile under the cursor, if the program wrote it."""
        profile = self.profile
        if profile is not None and not profile.ours:
            self._tell(
                f"{profile.name} stands in config.toml, which is yours: it is {act} there", trouble=True
            )
            return None
        return profile

    def action_demo(self) -> None:
        """The embedded server."""
        self.dismiss(Choice(demo=True))

    def action_close(self) -> None:
        """The server of now."""
        self.dismiss(None)
