"""The first screen without a server: what was tried, why it failed, and what can be done."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from tui.config.address import check_api_key, check_base_url, check_plain_http
from tui.config.problems import SettingsError
from tui.flows.choose_server import ServerChoice
from tui.letta.api_key import Key
from tui.model.errors import (
    BadResponse,
    BadSetting,
    KeyRefused,
    LettaError,
    NoResponse,
    NotAllowed,
    NotOffered,
    NotThere,
    ProxyFailed,
    RateLimited,
    ServerTrouble,
    WebPage,
)
from tui.model.text import one_line, visible
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.footer import KeyLine

TITLES: tuple[tuple[type[LettaError], str], ...] = (
    (BadSetting, "A setting cannot be used"),
    (KeyRefused, "The server refused the API key"),
    (NotAllowed, "The server does not allow this"),
    (RateLimited, "The server asks to wait"),
    (ProxyFailed, "The proxy cannot connect"),
    (NoResponse, "The server does not respond"),
    (BadResponse, "This is not a Letta server"),
    (NotThere, "No Letta server at this address"),
    (NotOffered, "No Letta server at this address"),
    (ServerTrouble, "The server failed"),
)
"""The dialog's title for each kind of error."""


class ConnectScreen(Dialog[ServerChoice | None]):
    """Offers a retry, another URL, a key and the demo; returns None to stay without a server."""

    MANUAL = "troubleshooting#connecting"
    BINDINGS = bindings(
        "connect",
        actions={
            "connect.retry": "retry",
            "connect.demo": "demo",
            "connect.letta-code": "letta_code",
            "connect.profiles": "profiles",
            "connect.close": "close",
            "connect.quit": "app.quit",
        },
    )

    def __init__(
        self,
        base_url: str,
        source: str,
        key: Key | None,
        error: LettaError,
        *,
        plain: bool = False,
        store: Path | None = None,
    ) -> None:
        """`store` is where Letta Code stores its agents on this machine, which is offered too."""
        super().__init__()
        self._plain = plain
        self._store = store
        self._base_url, self._source, self._key, self._error = base_url, source, key, error

    def compose(self) -> ComposeResult:
        """What was tried and why it failed, above the two fields."""
        with Vertical(classes="dialog wide"):
            yield Static(f"✗ {self._happened()}", classes="dialog-title", markup=False)
            yield Static(visible(f"Tried {self._base_url} ({self._source})."), markup=False)
            yield Static(visible(self._error.what), classes="problem", markup=False, id="reason")
            yield Static(self._advice(), classes="hint", markup=False)
            yield Label("Server", markup=False)
            yield Input(self._base_url, placeholder="http://localhost:8283", id="url", compact=True)
            yield Label("API key or password, if the server requires one (kept in memory only)", markup=False)
            yield Input(
                password=True, placeholder="unchanged" if self._key else "none", id="key", compact=True
            )
            yield Static("", id="complaint", classes="problem", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Connect", id="retry", compact=True, variant="primary")
                yield Button("Connections", id="profiles", compact=True)
                if self._store is not None:
                    yield Button("Letta Code on this machine", id="letta-code", compact=True)
                yield Button("Demo", id="demo", compact=True)
                yield Button("Quit", id="quit", compact=True)
        yield KeyLine()

    def _happened(self) -> str:
        if isinstance(self._error, KeyRefused) and not self._key:
            return "The server requires an API key"
        titles = (title for kind, title in TITLES if isinstance(self._error, kind))
        return next(titles, "The server refused the request")

    def _advice(self) -> str:
        if isinstance(self._error, BadSetting) and not self._error.hint:
            return "Nothing was sent."
        if isinstance(self._error, RateLimited) or self._error.retry_after is not None:
            return "Enter retries; the server may ask to wait again."
        if isinstance(self._error, NotOffered):
            return "Is this the address of a Letta server? If it does not list agents, use --agent ID."
        if isinstance(self._error, BadSetting | KeyRefused | NotAllowed | ProxyFailed | WebPage):
            hint = one_line(self._error.hint, 200)
            enter = " Enter one below for this run." if isinstance(self._error, KeyRefused) else ""
            return f"{hint[:1].upper()}{hint[1:]}.{enter}"
        if isinstance(self._error, NoResponse):
            return "Is the server running there? LETTA_BASE_URL or --base-url sets the address for the next start."
        return "Check that this is the address of a Letta server, without the path of a page."

    def on_mount(self) -> None:
        """Focus the field that is most likely wrong."""
        self.query_one("#key" if isinstance(self._error, KeyRefused) else "#url").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "demo":
            self.action_demo()
        elif event.button.id == "letta-code":
            self.action_letta_code()
        elif event.button.id == "profiles":
            self.action_profiles()
        elif event.button.id == "quit":
            self.app.exit()
        else:
            self._connect()

    def action_retry(self) -> None:
        """Press the focused button; anywhere else, connect."""
        if isinstance(self.focused, Button):
            self.focused.press()
        else:
            self._connect()

    def _connect(self) -> None:
        complaint = self.query_one("#complaint", Static)
        try:
            base_url = check_base_url(self.query_one("#url", Input).value)
            typed = check_api_key(Key(self.query_one("#key", Input).value))
            if typed:
                check_plain_http(base_url, allowed=self._plain)
        except SettingsError as problem:
            complaint.update(visible(problem.problem))
            return
        # A key goes only to the origin it was given for: another address starts without one.
        current = self._key if base_url == self._base_url else None
        self.dismiss(ServerChoice(base_url, typed or current))

    def action_demo(self) -> None:
        """Use the embedded server instead."""
        self.dismiss(ServerChoice(demo=True))

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done: Letta Code's agents need a folder of them on this machine."""
        missing = action_id == "connect.letta-code" and self._store is None
        return "There are no Letta Code agents on this machine" if missing else ""

    def action_letta_code(self) -> None:
        """Show Letta Code's agents on this machine instead."""
        if self.can("connect.letta-code"):
            self.dismiss(ServerChoice(letta_code=self._store))

    def action_profiles(self) -> None:
        """Show the list of named servers."""
        self.dismiss(ServerChoice(profiles=True))

    def action_close(self) -> None:
        """Close the dialog without connecting."""
        self.dismiss(None)
