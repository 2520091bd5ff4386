"""The profiles that the program writes: `profiles.toml` beside the user's `config.toml`, replaced whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tui.config.address import SettingsError, check_plain
from tui.config.config_file import CONFIG, PROFILES, Config, Profile, read_config
from tui.config.setting_rules import KEY_RULES, PROFILE, RULES, profile_name
from tui.storage.atomic_files import locked, write_text
from tui.storage.paths import config_dir, make_private

HEAD = "# Written by letta-tui. What you write yourself belongs into config.toml beside this file.\n\n"
EVERY = RULES | KEY_RULES


class ProfileBook:
    """Reads both files, writes only the program's own; every method touches the disk."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or config_dir()

    def read(self) -> Config:
        """Both files together; raises Mistakes."""
        return read_config(self.folder)

    def put(self, name: str, told: Mapping[str, Any], *, over: bool = False, key: str = "") -> Profile:
        """Write a profile, and a key that was typed for it into a file of its own.

        Raises SettingsError where it cannot be used or the name belongs to somebody else. What another
        process wrote in the meantime stays: the file is read and replaced behind a lock.
        """
        name = _checked("profile", name, profile_name)
        values = {key: _value(key, told[key]) for key in PROFILE if told.get(key) not in (None, "", False)}
        if "base_url" not in values:
            raise SettingsError("base_url", "is missing: the address of the server")
        sources = [one for one in KEY_RULES if one in values]
        if len(sources) > 1:
            raise SettingsError("key", f"can come from one of {' and '.join(sources)} only")
        if sources:
            check_plain(values["base_url"], allowed=bool(values.get("allow_plain_http")))
        with self._alone():
            known = self.read().profiles.get(name)
            if known is not None and not known.ours:
                raise SettingsError("profile", f"{name!r} stands in {CONFIG}, which only you write")
            if known is not None and not over:
                raise SettingsError("profile", f"{name!r} is there already")
            if key:
                self._keep_key(name, key)
            held = self._held()
            held.setdefault("profiles", {})[name] = {one: _plain(value) for one, value in values.items()}
            self._write(held)
            if values.get("api_key_file") != self.key_path(name):
                self.key_path(name).unlink(missing_ok=True)
        return Profile(name, values, self.folder / PROFILES, ours=True)

    def remove(self, name: str) -> None:
        """Forget a profile that the program wrote, with the key file that it wrote for it."""
        with self._alone():
            config = self.read()
            held = self._held()
            if name not in held.get("profiles", {}):
                known = name in config.profiles
                words = f"stands in {CONFIG}, which only you write" if known else "is in no settings file"
                raise SettingsError("profile", f"{name!r} {words}")
            del held["profiles"][name]
            if held.get("default_profile") == name:
                del held["default_profile"]
            self._write(held)
            self.key_path(name).unlink(missing_ok=True)

    def use(self, name: str) -> None:
        """Make a profile the one of every start; raises SettingsError where config.toml has the say."""
        with self._alone():
            config = self.read()
            if name not in config.profiles:
                raise SettingsError("profile", f"{name!r} is in no settings file: letta-tui profile list")
            if config.default_profile and config.default_file == self.folder / CONFIG:
                if config.default_profile != name:
                    words = (
                        f"is {config.default_profile!r} in {CONFIG}, which only you write: change it there"
                    )
                    raise SettingsError("default_profile", words)
                return
            self._write({**self._held(), "default_profile": name})

    def key_path(self, name: str) -> Path:
        """Where the key of a profile is kept if the program is to keep it."""
        return self.folder / "keys" / f"{name}.key"

    def _keep_key(self, name: str, key: str) -> None:
        """Write a key into a file of its own, mode 0600."""
        make_private(self.key_path(name).parent)
        write_text(self.key_path(name), key + "\n")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from writing between the reading and the writing of this one."""
        try:
            with locked(self.folder):
                yield
        except OSError as error:
            raise SettingsError(PROFILES, f"cannot be written: {error.strerror}") from None

    def _held(self) -> dict[str, Any]:
        """What the program's file holds; it was read without mistakes before."""
        import tomllib

        try:
            return tomllib.loads((self.folder / PROFILES).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}

    def _write(self, held: Mapping[str, Any]) -> None:
        import tomli_w

        write_text(self.folder / PROFILES, HEAD + tomli_w.dumps(held))


def key_words(values: Mapping[str, Any]) -> str:
    """How a profile gets its key, in a few words; the arguments of a command may be secret, so they are left out."""
    if "api_key_env" in values:
        return f"variable {values['api_key_env']}"
    if "api_key_file" in values:
        return f"file {values['api_key_file']}"
    if "api_key_command" in values:
        return f"command {os.path.basename(values['api_key_command'].split()[0])}"
    return "none"


def _value(key: str, told: str | bool) -> Any:
    return _checked(key, str(told), EVERY[key].parse)


def _checked(key: str, text: str, parse: Any) -> Any:
    try:
        return parse(text)
    except SettingsError as error:
        raise SettingsError(key, error.problem) from None
    except ValueError as error:
        raise SettingsError(key, str(error)) from None


def _plain(value: Any) -> Any:
    """A value as TOML can hold it."""
    return str(value) if isinstance(value, Path) else value
