"""The application: theme, keymap, the client's lifetime, and the filter for every painted line."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text
from textual import events, on
from textual.app import App, SystemCommand
from textual.color import Color
from textual.filter import LineFilter
from textual.screen import Screen

from tui.actions import EVERYWHERE
from tui.config.server import (
    CLOUD_DEMO_URL,
    DEMO_URL,
    OFFLINE_URL,
    api_key_hint,
    ca_source,
    server_address,
    server_name,
)
from tui.config.settings import Settings, use_time_settings
from tui.config.switch_server import to_address, to_demo, to_letta_code
from tui.flows.pending_writes import PendingWrites
from tui.letta.request_log import RequestLog
from tui.letta.retry import LONGEST_SCREEN_WAIT, Patience
from tui.letta.transport import Wire
from tui.model.os_errors import reason_of
from tui.model.text import strip_unsafe
from tui.storage.backups import Backups
from tui.storage.draft_store import Draft, DraftStore
from tui.storage.draft_writer import DraftWriter, FailedStep
from tui.storage.journal import Journal
from tui.storage.journal_writer import JournalWriter
from tui.storage.last_visit import LastVisits
from tui.storage.paths import state_dir
from tui.storage.state import user_state
from tui.textual_fixes import crashes, driver, install, watch_crashes
from tui.ui.bindings import bindings, in_order, offered, refusals, run_binding
from tui.ui.key_gate import KeyGate
from tui.ui.main_screen import MainScreen
from tui.ui.services import Services
from tui.ui.theme import Looks

if TYPE_CHECKING:
    import httpx
    from textual.driver import Driver
    from textual.worker import Worker

    from tui.flows.choose_server import ServerChoice


class HarmlessLines(LineFilter):
    """Removes from every painted line whatever could control the terminal, whoever wrote it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without control and bidi code points."""
        return [
            segment
            if segment.control or (segment.text.isascii() and segment.text.isprintable())
            else self._clean(segment)
            for segment in segments
        ]

    def _clean(self, segment: Segment) -> Segment:
        text = strip_unsafe(segment.text)
        return segment if text == segment.text else Segment(text, segment.style, segment.control)


HARMLESS = HarmlessLines()
"""A single instance, since Textual caches filtered lines by filter object."""


class HarmlessConsole(Console):
    """Prints what Textual says after the screen is gone; it may be a server's text."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments without control and bidi code points."""
        return HARMLESS.apply(list(super().render(renderable, options)), Color(0, 0, 0))


HANGUP = 129
"""Exit code when the terminal is gone."""

STILL_WRITING = (
    "letta-tui: a change was still in progress and may or may not have been made. "
    "An unconfirmed summary is stored as a draft."
)


def utc_now() -> datetime:
    """The current time."""
    return datetime.now(UTC)


def _driver(settings: Settings) -> type[Driver] | None:
    """The driver used in a browser; None for Textual's own choice."""
    if settings.browser is None:
        return None
    from tui.ui.browser_driver import BrowserDriver

    return BrowserDriver


class LettaApp(App[None]):
    """One server, one main screen; everything else is pushed over it."""

    CSS_PATH = "ui/app.tcss"
    TITLE = "letta-tui"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS = bindings(EVERYWHERE, actions={"app.suspend": "app.suspend"})
    VERTICAL_BREAKPOINTS = [(0, "-short"), (16, "-tall")]

    last_writes = 3.0
    """Seconds that quitting, or closing a connection, waits for pending writes."""

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        install()
        super().__init__(driver_class=_driver(settings))
        self.error_console = HarmlessConsole(markup=False, highlight=False, stderr=True)
        use_time_settings(settings)
        self.settings = settings
        self._transport = transport
        self._clock = clock
        self._keys = KeyGate()
        self._requests = RequestLog(clock)
        folder = state_dir()
        self._state = user_state()
        self._drafts = DraftWriter(DraftStore(folder / "drafts"), self._draft_trouble)
        # The demo starts over each time, and so does its journal.
        temporary = frozenset({DEMO_URL, CLOUD_DEMO_URL, OFFLINE_URL})
        self._journal = JournalWriter(Journal(folder / "journal"), self._journal_trouble, temporary=temporary)
        self._backups = Backups(folder / "backups")
        self._visits = LastVisits(folder / "visits")
        self._wire = self._make_wire(settings)
        self._writes = PendingWrites(self._run_write)
        self._leaving = False
        self._looks = Looks(self, settings, self._state)

    def _make_wire(self, settings: Settings) -> Wire:
        # A file stands in for one server only: a server that is tested while the file is browsed is a real one.
        transport = self._transport if settings.bundle or not self.settings.bundle else None
        if settings.demo and transport is None:
            from tui.backends.demo.transport import DemoTransport

            transport = DemoTransport(flavour=settings.demo, recording=False)
        if settings.letta_code is not None and transport is None:
            from tui.backends.letta_code.later import LaterLettaCodeTransport

            transport = LaterLettaCodeTransport(settings.letta_code)
        patience = Patience(
            connect=settings.connect_timeout, read=settings.read_timeout, longest_wait=LONGEST_SCREEN_WAIT
        )
        return Wire(
            server_address(settings),
            settings.api_key,
            transport=transport,
            patience=patience,
            readonly=settings.readonly,
            log=self._requests,
            fetch_key=settings.api_key_command,
            ca_file=settings.ca_file,
            ca_source=ca_source(settings),
            name=server_name(settings),
            key_hint=api_key_hint(settings),
        )

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver, with fixes where it is one for terminals."""
        return driver(super().get_driver_class())

    def get_default_screen(self) -> Screen[None]:
        """The main screen, so that it is what queries and palette see."""
        return MainScreen(self._services())

    async def on_event(self, event: events.Event) -> None:
        """Pass events on, except for keys that wait for an editor."""
        if not self._keys.stores(event):
            await super().on_event(event)

    def _services(self) -> Services:
        return Services(
            wire=self._wire,
            drafts=self._drafts,
            state=self._state,
            settings=self.settings,
            clock=self._clock,
            journal=self._journal,
            backups=self._backups,
            visits=self._visits,
            wire_for=self._make_wire,
            writes=self._writes,
            keys=self._keys,
        )

    def copy_to_clipboard(self, text: str) -> None:
        """Copy a text; half a surrogate pair, which no terminal can be sent, goes as a question mark."""
        super().copy_to_clipboard(text.encode("utf-8", errors="replace").decode())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The filters of the theme, then the one that removes control characters from every line."""
        return [*super().get_line_filters(), HARMLESS]

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every action, then what Textual adds; one that cannot be done now only where it is searched."""
        reasons = refusals(screen)
        for found in in_order(screen.active_bindings.values()):
            binding = found.binding
            if found.enabled and binding.id and binding.description and not binding.id.startswith("move."):
                reason = reasons.get(binding.id)
                words = f"{reason or binding.tooltip} · {self.get_key_display(binding)}"
                run = partial(run_binding, self, found, screen)
                yield SystemCommand(binding.description, words, run, discover=reason is None)
        yield from super().get_system_commands(screen)

    def _run_write(self, write: Callable[[], Coroutine[Any, Any, None]]) -> None:
        _worker: Worker[None] = self.run_worker(write, group="writes", description="write")

    @on(MainScreen.Reconnect)
    async def reconnect(self, event: MainScreen.Reconnect) -> None:
        """Connect to what the user chose, on the same main screen, emptied."""
        old = self._wire
        self.settings = self._chosen(event.choice)
        if event.choice.demo or server_address(self.settings) != old.base_url:
            self._transport = None
        self._wire = self._make_wire(self.settings)
        main = self.screen_stack[0]
        assert isinstance(main, MainScreen)
        main.start_over(self._services())
        close = partial(self._close_after_writes, old)
        _worker: Worker[None] = self.run_worker(close, group="closing", description="close")

    async def _close_after_writes(self, wire: Wire) -> None:
        """Close the connections to a server that was left once its writes have ended, or after a while."""
        try:
            await self._writes.wait(self.last_writes)
        finally:
            await wire.close()

    def _chosen(self, choice: ServerChoice) -> Settings:
        if choice.settings is not None:
            return choice.settings
        if choice.demo:
            return to_demo(self.settings)
        if choice.letta_code is not None:
            return to_letta_code(self.settings, choice.letta_code)
        return to_address(self.settings, choice.base_url, choice.key)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Quit after pending writes have ended, or a timeout, and store the position."""
        main = self.screen_stack[0] if self.screen_stack else None
        if self._writes and not self._leaving:
            self._leaving = True
            if isinstance(main, MainScreen):
                main.stop_writes()
            self.notify("Waiting for a change to finish · quit again to leave at once", markup=False)
            leave = partial(self._exit_after_writes, return_code, message)
            _worker: Worker[None] = self.run_worker(leave, group="leaving", description="leave")
            return
        if self._writes and message is None:
            message = Text(STILL_WRITING)
        if isinstance(main, MainScreen) and main.is_mounted:
            main.remember_position()
        super().exit(result, return_code, message)

    async def _exit_after_writes(self, return_code: int, message: RenderableType | None) -> None:
        await self._writes.wait(self.last_writes)
        self.exit(return_code=return_code, message=message)

    def _journal_trouble(self, trouble: OSError) -> None:
        self.notify(
            f"Summaries cannot be stored on disk; undo works only until you quit: {reason_of(trouble)}",
            severity="warning",
            markup=False,
        )

    def _draft_trouble(self, failed: FailedStep, trouble: OSError) -> None:
        words = {
            "save": "Draft cannot be written to disk; save before you quit",
            "read": "Drafts on disk cannot be read",
            "delete": "A draft that is no longer needed cannot be removed from disk",
        }
        self.notify(f"{words[failed]}: {reason_of(trouble)}", severity="error", markup=False, timeout=30)

    @property
    def unsaved(self) -> tuple[Draft, ...]:
        """Texts that are neither on the server nor on disk."""
        return self._drafts.unsaved

    def on_mount(self) -> None:
        """Leave the terminal as it was when the system ends the program; a draft is still written."""
        self._looks.begin()
        self.app_resume_signal.subscribe(self, self._repaint)
        if not self.is_headless:
            watch_crashes(self)
            loop = asyncio.get_running_loop()
            for name, code in (("SIGTERM", 143), ("SIGHUP", HANGUP), ("SIGINT", 130)):
                with suppress(AttributeError, NotImplementedError, ValueError):
                    loop.add_signal_handler(getattr(signal, name), partial(self.exit, return_code=code))

    def on_terminal_driver_gone(self) -> None:
        """End as after a hangup: nobody can see or type anything now."""
        if not self._leaving:
            self.exit(return_code=HANGUP)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action may run; in a text field that can undo, ctrl+z is undo."""
        if action == "suspend" and hasattr(self.focused, "undo"):
            return False
        return super().check_action(action, parameters)

    def action_manual(self) -> None:
        """Open the manual at the page about the dialog or tool that is shown, below the keys that work in it."""
        from tui.ui.dialogs.dialog import Dialog
        from tui.ui.tools.manual import ManualScreen

        screen = self.screen
        if isinstance(screen, ManualScreen):
            screen.show_contents()
        elif isinstance(screen, Dialog):
            keys = [one.binding for one in in_order(offered(screen))]
            self.push_screen(ManualScreen(screen.MANUAL, keys))

    def action_help_quit(self) -> None:
        """Say how to quit: ctrl+c with nothing selected to copy."""
        ways = (one.binding for one in self.screen.active_bindings.values() if one.binding.id == "app.quit")
        key = next((self.get_key_display(one) for one in ways), "^q")
        self.notify(f"Nothing is selected to copy; {key} quits", markup=False, timeout=4)

    def on_app_blur(self, event: events.AppBlur) -> None:
        """Leave the focus where it is while another window has it.

        Textual would remove it, and the footer would then show the keys of no pane, for example while a page is opened
        in a browser.
        """
        event.prevent_default()

    def action_suspend(self) -> None:
        """Suspend the app until the shell resumes it; without a shell, say why that is not possible."""
        if self.is_headless or self.is_web:
            self.notify("Suspending works only in a terminal", markup=False, timeout=4)
        elif os.getpgrp() == os.getsid(0):
            words = "Cannot suspend: there is no shell to resume the app from"
            self.notify(words, markup=False, timeout=4)
        else:
            self.action_suspend_process()

    def _repaint(self, _: App[None]) -> None:
        """Paint everything: another program has used the terminal, which may have another size now."""
        self.refresh(layout=True)

    @property
    def crash(self) -> BaseException | None:
        """The exception that the app crashed with; None if it did not crash."""
        return crashes.crash_of(self)

    async def on_unmount(self) -> None:
        """Write the latest drafts and close the connections."""
        self._drafts.close()
        self._journal.close()
        with suppress(OSError):  # a full disk must not end the program with an error
            self._state.close()
        await self._wire.close()
