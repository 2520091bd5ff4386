"""Profiles in `profiles.toml`, which the program writes; those in the user's `config.toml` are only read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tui.config.address import check_plain_http
from tui.config.config_file import Config, Profile, read_config
from tui.config.problems import SettingsError
from tui.config.setting_rules import API_KEY_RULES, PROFILE_SETTINGS, RULES, parse_profile_name
from tui.letta.api_key import Key
from tui.storage.atomic_files import folder_lock, write_text
from tui.storage.paths import CONFIG_FILE, PROFILES_FILE, config_dir, make_private
from tui.storage.regular_file import read_regular_file

HEAD = "# Written by letta-tui. Write your own settings in config.toml in the same folder.\n\n"
ALL_RULES = RULES | API_KEY_RULES


class ProfileStore:
    """Reads both settings files, writes `profiles.toml`; every method touches the disk."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or config_dir()

    def read(self) -> Config:
        """Both files together; raises ConfigError."""
        return read_config(self.folder)

    def save(
        self, name: str, fields: Mapping[str, Any], *, overwrite: bool = False, api_key: str = ""
    ) -> Profile:
        """Write a profile, and an API key that was typed for it into a file of its own.

        Raises SettingsError if a value is invalid or the name is taken. What another process wrote in the
        meantime stays: the file is read and replaced under a lock.
        """
        name = _checked("profile", name, parse_profile_name)
        values = {
            name: _value(name, fields[name])
            for name in PROFILE_SETTINGS
            if fields.get(name) not in (None, "", False)
        }
        if ("base_url" in values) == ("letta_code" in values):
            raise SettingsError("base_url", _one_place(values))
        sources = [one for one in API_KEY_RULES if one in values]
        if len(sources) > 1:
            raise SettingsError("key", f"can come from one of {' and '.join(sources)} only")
        if sources and "letta_code" in values:
            raise SettingsError("key", "is only for servers: Letta Code's files need none")
        if sources:
            check_plain_http(values["base_url"], allowed=bool(values.get("allow_plain_http")))
        with self._locked():
            known = self.read().profiles.get(name)
            if known is not None and not known.ours:
                raise SettingsError("profile", f"{name!r} is in {CONFIG_FILE}, which letta-tui never changes")
            if known is not None and not overwrite:
                raise SettingsError("profile", f"{name!r} already exists")
            if api_key:
                self._write_api_key(name, api_key)
            table = self._read_own_file()
            table.setdefault("profiles", {})[name] = {one: _plain(value) for one, value in values.items()}
            self._write(table)
            if values.get("api_key_file") != self.api_key_path(name):
                self.api_key_path(name).unlink(missing_ok=True)
        return Profile(name, values, self.folder / PROFILES_FILE, ours=True)

    def remove(self, name: str) -> None:
        """Delete a profile that the program wrote, with the API key file that it wrote for it."""
        with self._locked():
            config = self.read()
            table = self._read_own_file()
            if name not in table.get("profiles", {}):
                known = name in config.profiles
                problem = (
                    f"is in {CONFIG_FILE}, which letta-tui never changes"
                    if known
                    else "is not in the settings files"
                )
                raise SettingsError("profile", f"{name!r} {problem}")
            del table["profiles"][name]
            if table.get("default_profile") == name:
                del table["default_profile"]
            self._write(table)
            self.api_key_path(name).unlink(missing_ok=True)

    def set_default(self, name: str) -> None:
        """Make a profile the default; raises SettingsError if config.toml sets another one."""
        with self._locked():
            config = self.read()
            if name not in config.profiles:
                raise SettingsError(
                    "profile", f"{name!r} is not in the settings files; letta-tui profile list shows what is"
                )
            if config.default_profile and config.default_file == self.folder / CONFIG_FILE:
                if config.default_profile != name:
                    kept = f"in {CONFIG_FILE}, which letta-tui never changes: edit it there"
                    problem = f"is {config.default_profile!r} {kept}"
                    raise SettingsError("default_profile", problem)
                return
            self._write({**self._read_own_file(), "default_profile": name})

    def api_key_path(self, name: str) -> Path:
        """The file of a profile's API key, if the program stores it."""
        return self.folder / "keys" / f"{name}.key"

    def _write_api_key(self, name: str, api_key: str) -> None:
        """Write an API key into a file of its own, mode 0600."""
        make_private(self.api_key_path(name).parent)
        write_text(self.api_key_path(name), Key(api_key) + "\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Lock the folder, so that no other process writes between a read and a write."""
        try:
            with folder_lock(self.folder):
                yield
        except OSError as error:
            raise SettingsError(PROFILES_FILE, f"cannot be written: {error.strerror}") from None

    def _read_own_file(self) -> dict[str, Any]:
        """The table of the program's file, which was read without problems before."""
        import tomllib

        try:
            return tomllib.loads(read_regular_file(self.folder / PROFILES_FILE).decode())
        except (FileNotFoundError, NotADirectoryError):
            return {}

    def _write(self, table: Mapping[str, Any]) -> None:
        import tomli_w

        write_text(self.folder / PROFILES_FILE, HEAD + tomli_w.dumps(table))


def _one_place(values: Mapping[str, Any]) -> str:
    """Return why a profile names no server and no folder, or both."""
    if "base_url" in values:
        return "and letta_code cannot be combined: choose a server or the files of Letta Code"
    return "is missing: the address of the server"


def describe_place(values: Mapping[str, Any]) -> str:
    """Return what a profile connects to: the address of a server, or the folder of Letta Code's agents."""
    if "letta_code" in values:
        return f"Letta Code · {values['letta_code']}"
    return str(values["base_url"])


def describe_api_key(values: Mapping[str, Any]) -> str:
    """Where a profile's API key comes from, briefly; without a command's arguments, which may be secret."""
    if "api_key_env" in values:
        return f"variable {values['api_key_env']}"
    if "api_key_file" in values:
        return f"file {values['api_key_file']}"
    if "api_key_command" in values:
        return f"command {os.path.basename(values['api_key_command'].split()[0])}"
    return "none"


def _value(name: str, value: str | bool) -> Any:
    return _checked(name, str(value), ALL_RULES[name].parse)


def _checked(name: str, text: str, parse: Any) -> Any:
    try:
        return parse(text)
    except SettingsError as error:
        raise SettingsError(name, error.problem) from None
    except ValueError as error:
        raise SettingsError(name, str(error)) from None


def _plain(value: Any) -> Any:
    """A value of a type that TOML has."""
    return str(value) if isinstance(value, Path) else value
