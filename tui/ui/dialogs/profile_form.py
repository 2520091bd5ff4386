"""One profile as a form: address, where the key comes from, and the settings for its server."""

from __future__ import annotations

import asyncio

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, Static

from tui.config.address import check_api_key, check_base_url
from tui.config.config_file import Profile
from tui.config.problems import SettingsError
from tui.config.profiles import ProfileStore
from tui.config.setting_rules import API_KEY_RULES, COLOURS
from tui.config.settings import Settings
from tui.letta.api_key import Key
from tui.model.os_errors import reason_of
from tui.model.text import visible
from tui.ui.bindings import bindings
from tui.ui.dialogs.dialog import Dialog
from tui.ui.widgets.footer import KeyLine

FIELDS = (
    ("base_url", "Server", "https://letta.example.com"),
    ("api_key_env", "Key: variable", "name of the environment variable"),
    ("api_key_command", "Key: command", "a command that prints it, such as pass show letta"),
    ("api_key_file", "Key: file", "path of a file with mode 0600"),
    ("typed", "Key: typed", "stored in a file with mode 0600, never shown"),
    ("ca_file", "Certificates", "path of a PEM file; empty for the system's"),
    ("connect_timeout", "Connect timeout", f"seconds; empty for {Settings.connect_timeout:g}"),
    ("read_timeout", "Read timeout", f"seconds for each part; empty for {Settings.read_timeout:g}"),
    ("agent", "Agent", "name or id to start with"),
    ("readonly", "Read-only", "yes: refuse all changes to this server"),
    ("allow_plain_http", "Plain http", "yes: allow sending the key unencrypted"),
    ("colour", "Colour", ", ".join(COLOURS)),
)


OF_THIS_MACHINE = frozenset({"letta_code", "api_key_env", "api_key_command", "api_key_file", "ca_file"})
"""Fields that name a variable, a program or a file of this machine: left out of a restricted form."""

FOLDER_STARTS = ("/", ".", "~")
"""A value that begins like this is not an address but a folder of Letta Code's agents."""

RESTRICTED = "In a browser, a profile cannot use variables, programs or files of the serving machine."


class ConnectionForm(Dialog[str | None]):
    """Returns the name of the saved profile; problems are shown in the form."""

    MANUAL = "profiles#profiles"
    BINDINGS = bindings(
        "form",
        actions={
            "form.save": "save",
            "form.next": "app.focus_next",
            "form.previous": "app.focus_previous",
            "form.close": "close",
        },
    )

    def __init__(
        self, store: ProfileStore, profile: Profile | None = None, *, restricted: bool = False
    ) -> None:
        """A `restricted` form leaves out the fields of OF_THIS_MACHINE."""
        super().__init__()
        self._store, self._profile, self._restricted = store, profile, restricted
        self._fields = [one for one in FIELDS if not (restricted and one[0] in OF_THIS_MACHINE)]

    def compose(self) -> ComposeResult:
        """One line per field; at most one of the four about the key may be filled in."""
        old = self._profile
        values = old.values if old else {}
        with Vertical(classes="dialog wide form"):
            yield Static(
                f"Edit {old.name}" if old else "New connection", classes="dialog-title", markup=False
            )
            yield from self._field("name", "Name", "short, such as lab", old.name if old else "")
            place = {"base_url": values.get("base_url") or values.get("letta_code")}
            for key, label, hint in self._fields:
                yield from self._field(key, label, hint, _typed({**values, **place}.get(key)))
            if self._restricted:
                yield Static(RESTRICTED, classes="hint", markup=False)
            yield Static("", id="complaint", classes="problem", markup=False)
        yield KeyLine()

    def _field(self, key: str, label: str, hint: str, value: str) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label(label, markup=False)
            field = Input(value, placeholder=hint, id=key, compact=True, password=key == "typed")
            field.disabled = key == "name" and self._profile is not None
            yield field

    def on_mount(self) -> None:
        """Focus the first field that can be changed."""
        self.query_one("#base_url" if self._profile else "#name").focus()

    @work(group="save", exclusive=False)
    async def action_save(self) -> None:
        """Write the profile, and a typed key into a file of its own."""
        names = [field for field, _, _ in self._fields if field != "typed"]
        values = {field: self.query_one(f"#{field}", Input).value.strip() for field in names}
        name = self.query_one("#name", Input).value.strip()
        key = Key(self.query_one("#typed", Input).value)
        try:
            await asyncio.to_thread(self._write, name, values, key)
        except (SettingsError, OSError) as problem:
            self.query_one("#complaint", Static).update(visible(reason_of(problem)))
            return
        self.dismiss(name)

    def _write(self, name: str, values: dict[str, str], key: Key) -> None:
        exists = self._profile is not None
        checked = check_api_key(key)
        if values["base_url"].startswith(FOLDER_STARTS):
            values = {**values, "base_url": "", "letta_code": self._folder(values["base_url"])}
            self._store.save(name, values, overwrite=exists)
            return
        values = {**self._left_out(values["base_url"], typed=checked is not None), **values}
        if checked is None:
            self._store.save(name, values, overwrite=exists)
            return
        named = [one for one in ("api_key_env", "api_key_command") if values.get(one)]
        if named or values.get("api_key_file", "") not in ("", str(self._store.api_key_path(name))):
            raise SettingsError("key", "is set more than once: leave all but one of the four empty")
        values["api_key_file"] = str(self._store.api_key_path(name))
        self._store.save(name, values, overwrite=exists, api_key=checked)

    def _folder(self, folder: str) -> str:
        """The folder of Letta Code's agents given instead of an address; a restricted form refuses a new one."""
        old = self._profile.values.get("letta_code") if self._profile is not None else None
        if self._restricted and folder != str(old):
            raise SettingsError("base_url", "cannot be a folder of the serving machine")
        return folder

    def _left_out(self, base_url: str, *, typed: bool) -> dict[str, str]:
        """The profile's values of the fields that are left out; its API key is never sent to another address."""
        old = self._profile.values if self._profile is not None else {}
        keep = OF_THIS_MACHINE - {"letta_code"}  # which an address replaces
        values = {key: str(old[key]) for key in keep & old.keys() if self._restricted}
        named = API_KEY_RULES.keys() & values.keys()
        if typed:
            return {key: value for key, value in values.items() if key not in named}
        if named and check_base_url(base_url) != old.get("base_url"):
            raise SettingsError(
                "base_url", "cannot be changed in a browser without typing the key of the new server"
            )
        return values

    def action_close(self) -> None:
        """Close without saving."""
        self.dismiss(None)


def _typed(value: object) -> str:
    """A value from the settings file, as a user would type it."""
    if isinstance(value, float):
        return f"{value:g}"
    return "yes" if value is True else str(value or "")
