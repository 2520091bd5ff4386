"""Connections: the named servers of both files, to view, test, use, add, edit and delete."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.config.config_file import Config, Profile
from tui.config.problems import SettingsError
from tui.config.profiles import ProfileStore, describe_api_key, describe_place
from tui.config.setting_rules import CLOUD
from tui.config.settings import Environment, Settings
from tui.config.switch_server import to_profile
from tui.flows.choose_server import ServerChoice
from tui.letta.client import LettaClient
from tui.letta.probe import probe
from tui.letta.transport import Wire
from tui.model.errors import KeyRefused, LettaError, NotAllowed, WebPage
from tui.model.os_errors import reason_of
from tui.model.text import one_line, plural
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.dialogs.profile_form import ConnectionForm
from tui.ui.widgets.footer import KeyLine
from tui.ui.widgets.header_bar import COLOURS

LETTA_CODE = "Letta Code on this machine"
"""The line of Letta Code's agents; no profile can have this name, since names have no spaces."""


class Servers(OptionList):
    """The list; unlike in a plain option list, its enter key is shown in the footer."""

    BINDINGS = bindings(
        "servers",
        actions={
            "connections.use": "screen.use",
            "connections.down": "cursor_down",
            "connections.up": "cursor_up",
        },
    )


class ConnectionsScreen(Dialog[ServerChoice | None]):
    """One line per server; only profiles that the program wrote can be changed, `config.toml` is the user's."""

    MANUAL = "profiles#profiles"
    BINDINGS = bindings(
        "connections",
        actions={
            "connections.add": "add",
            "connections.edit": "edit",
            "connections.test": "test",
            "connections.forget": "forget",
            "connections.demo": "demo",
            "connections.letta-code": "letta_code",
            "connections.close": "close",
        },
    )

    def __init__(
        self,
        profiles: ProfileStore,
        settings: Settings,
        wire_for: Callable[[Settings], Wire],
        *,
        store: Path | None = None,
    ) -> None:
        """`store` is where Letta Code stores its agents on this machine, which comes last in the list."""
        super().__init__()
        self._store, self._settings, self._wire_for = profiles, settings, wire_for
        self._local = store
        self._config = Config()
        self._confirming = ""
        # No queries: a test may still end while the dialog closes, when they would find nothing.
        self._servers = Servers(id="servers", compact=True, markup=False)
        self._state = Static("", id="connections-state", markup=False)

    def compose(self) -> ComposeResult:
        """The list over a status line with the result of the last action."""
        with Vertical(classes="dialog wide", id="connections"):
            yield Static("Connections", classes="dialog-title", markup=False)
            yield Static(self._current_server(), classes="hint", markup=False)
            yield self._servers
            yield self._state
        yield KeyLine()

    def on_mount(self) -> None:
        """List the profiles."""
        self._servers.focus()
        self.read()

    def _current_server(self) -> str:
        settings = self._settings
        if settings.letta_code is not None:
            return f"Now: Letta Code on this machine · {one_line(str(settings.letta_code), 60)}"
        if settings.demo or settings.bundle:
            demo = "the demo of Letta Cloud" if settings.demo == CLOUD else "the demo"
            return f"Now: {demo if settings.demo else 'a file'}"
        return f"Now: {one_line(settings.base_url, 60)} ({settings.sources.get('base_url', 'default')})"

    @work(group="profiles", exclusive=True)
    async def read(self, keep: str = "") -> None:
        """Read both settings files and list their profiles."""
        try:
            self._config = await asyncio.to_thread(self._store.read)
        except SettingsError as problem:
            self._show_state(str(problem), trouble=True)
            return
        options = self._servers
        names = sorted(self._config.profiles)
        rows = [Option(self._prompt(self._config.profiles[name]), id=name) for name in names]
        options.set_options([*rows, *self._local_option()])
        options.display = options.option_count > 0
        if options.display:
            options.focus()
        self.refresh_bindings()
        wanted = keep or self._settings.profile
        options.highlighted = names.index(wanted) if wanted in names else 0 if options.option_count else None
        if not names:
            self._show_state("no profiles yet: n creates one")
        elif self._config.hidden:
            self._show_state(
                f"in both files, so config.toml takes precedence: {', '.join(self._config.hidden)}"
            )

    def _local_option(self) -> Iterator[Option]:
        """The line of Letta Code's agents on this machine."""
        if self._local is not None:
            here = self._settings.letta_code == self._local
            prompt = Content.assemble(
                ("● " if here else "  ", "$text-accent"),
                (f" {LETTA_CODE} ", "bold"),
                (f" {one_line(str(self._local), 90)}", "$text-muted"),
            )
            yield Option(prompt, id=LETTA_CODE)

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
            f"{one_line(describe_place(values), 50)}  ",
            (one_line(" · ".join(more), 90), "$text-muted"),
        )

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done: some need a selected profile."""
        if action_id == "connections.use":
            return "" if self._servers.option_count else "There is no server to use"
        if action_id == "connections.letta-code":
            return "" if self._local is not None else "There are no Letta Code agents on this machine"
        needs_one = action_id in ("connections.edit", "connections.test", "connections.forget")
        return "No profile is selected" if needs_one and self.profile is None else ""

    def action_use(self) -> None:
        """Connect to the server under the cursor."""
        if self.can("connections.use"):
            self._servers.action_select()

    @property
    def _widest(self) -> int:
        """Width of the longest name."""
        return max(map(len, self._config.profiles), default=0)

    @property
    def profile(self) -> Profile | None:
        """The profile under the cursor."""
        options = self._servers
        if options.highlighted is None:
            return None
        return self._config.profiles.get(options.get_option_at_index(options.highlighted).id or "")

    def _show_state(self, words: str, *, trouble: bool = False) -> None:
        self._state.set_class(trouble, "problem")
        self._state.update(Content(one_line(f"✗ {words}" if trouble else words, 300)))

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self._confirming = ""

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        if event.option.id == LETTA_CODE:
            self.action_letta_code()
        elif event.option.id is not None:
            self.use(event.option.id)

    @work(group="use", exclusive=True)
    async def use(self, name: str) -> None:
        """Connect to the profile's server, if its settings and key can be used."""
        try:
            settings = await self._settings_of(name)
        except SettingsError as problem:
            self._show_state(str(problem), trouble=True)
            return
        self.dismiss(ServerChoice(settings=settings))

    async def _settings_of(self, name: str) -> Settings:
        environ = Environment(os.environ)
        return await asyncio.to_thread(to_profile, self._settings, name, self._config, environ)

    def action_test(self) -> None:
        """Test the connection under the cursor."""
        if self.can("connections.test") and self.profile is not None:
            self.test(self.profile.name)

    @work(group="test", exclusive=True)
    async def test(self, name: str) -> None:
        """Show version, agents, time and whether the key is accepted, without switching to the server."""
        self._show_state(f"{name}: connecting…")
        wire: Wire | None = None
        try:
            settings = await self._settings_of(name)
            wire = self._wire_for(settings)
            result = await probe(LettaClient(wire))
        except (SettingsError, LettaError) as problem:
            words = (
                str(problem)
                if isinstance(problem, SettingsError | KeyRefused | NotAllowed | WebPage)
                else problem.what
            )
            self._show_state(f"{name}: {words}", trouble=True)
            return
        finally:
            if wire is not None:
                await wire.close()
        agents = "agents not counted" if result.agents is None else plural(result.agents, "agent")
        key = "key accepted" if settings.has_api_key else "no key required"
        version = one_line(result.version, 20) or "of unknown version"
        self._show_state(f"✓ {name}: Letta {version}, {agents}, {result.seconds * 1000:.0f} ms, {key}")

    @work(group="form", exclusive=True)
    async def action_add(self) -> None:
        """Add a profile."""
        name = await self.app.push_screen_wait(self._form())
        if name is not None:
            self._show_state(
                f"{name} is in {self._store.folder.name}/profiles.toml: t tests it, enter uses it"
            )
            self.read(name)

    @work(group="form", exclusive=True)
    async def action_edit(self) -> None:
        """Edit a profile that was added here."""
        if self.can("connections.edit") and (profile := self._own("edit")) is not None:
            name = await self.app.push_screen_wait(self._form(profile))
            if name is not None:
                self._show_state(f"{name} is saved")
                self.read(name)

    def _form(self, profile: Profile | None = None) -> ConnectionForm:
        return ConnectionForm(self._store, profile, restricted=self._settings.is_restricted)

    @work(group="forget", exclusive=True)
    async def action_forget(self) -> None:
        """Delete a profile that was added here, if the key is pressed twice."""
        if not self.can("connections.forget") or (profile := self._own("remove")) is None:
            return
        if self._confirming != profile.name:
            self._confirming = profile.name
            self._show_state(f"press again to remove {profile.name} and the key file written for it")
            return
        try:
            await asyncio.to_thread(self._store.remove, profile.name)
        except (SettingsError, OSError) as problem:
            self._show_state(reason_of(problem), trouble=True)
            return
        self._show_state(f"{profile.name} is removed")
        self.read()

    def _own(self, verb: str) -> Profile | None:
        """The profile under the cursor, if the program wrote it."""
        profile = self.profile
        if profile is not None and not profile.ours:
            self._show_state(
                f"{profile.name} is in config.toml, which letta-tui never changes: {verb} it there",
                trouble=True,
            )
            return None
        return profile

    def action_demo(self) -> None:
        """Use the embedded server."""
        self.dismiss(ServerChoice(demo=True))

    def action_letta_code(self) -> None:
        """Show Letta Code's agents on this machine."""
        if self.can("connections.letta-code"):
            self.dismiss(ServerChoice(letta_code=self._local))

    def action_close(self) -> None:
        """Close and keep the current server."""
        self.dismiss(None)
