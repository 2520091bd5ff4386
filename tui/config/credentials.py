"""Where a profile's key comes from: a variable, a command or a file; it is never written or logged here."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tui.config.address import SettingsError, check_key

PATIENCE = 30.0
"""Seconds that a command may take: a password manager may ask for a finger or a code."""


class KeyCommand:
    """A command that prints the key; it is run at the first need, once, and again only after a failure."""

    def __init__(self, line: str, profile: str, patience: float = PATIENCE) -> None:
        self.line = line
        self._profile = profile
        self._patience = patience
        self._key: str | None = None

    def __repr__(self) -> str:
        return f"KeyCommand({self._program!r})"

    @property
    def _program(self) -> str:
        """The program's name alone: its arguments may be secrets too."""
        return os.path.basename(shlex.split(self.line)[0])

    def __call__(self) -> str:
        """Return the key; it blocks, so call it in a thread. Raises SettingsError with the command's own words."""
        if self._key is None:
            self._key = self._checked(self._run())
        return self._key

    def _run(self) -> str:
        try:
            # A session of its own: a command that asks on the terminal would write over the screen.
            process = subprocess.Popen(  # noqa: S603
                shlex.split(self.line),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise self._refused(f"cannot be run: {reason}") from None
        try:
            out, complaint = process.communicate(timeout=self._patience)
        except subprocess.TimeoutExpired:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise self._refused(f"gave no key within {self._patience:g} seconds") from None
        if process.returncode:
            said = " ".join(complaint.decode(errors="replace").split())[:300]
            raise self._refused(f"failed with code {process.returncode}: {said or 'it said nothing'}")
        return out.decode(errors="replace")

    def _checked(self, text: str) -> str:
        try:
            key = check_key(text)
        except SettingsError:
            raise self._refused(
                "printed something else than a key: one line of ASCII without blanks"
            ) from None
        if key is None:
            raise self._refused("printed nothing")
        return key

    def _refused(self, problem: str) -> SettingsError:
        return SettingsError("api_key_command", f"({self._program}) {problem}", f"profile {self._profile}")


def key_of_variable(name: str, profile: str, environ: Mapping[str, str]) -> str:
    """Return the key that a variable holds; raises SettingsError where it holds none."""
    text = environ.get(name, "").strip()
    if not text:
        raise SettingsError("api_key_env", f"names {name}, which is not set", f"profile {profile}")
    return _key(text, "api_key_env", f"names {name}, whose value", profile)


def key_of_file(path: Path, profile: str) -> str:
    """Return the key that a file holds; raises SettingsError where others could read it too."""
    source = f"profile {profile}"
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(4096)
    except OSError as error:
        raise SettingsError("api_key_file", f"({path}) cannot be read: {error.strerror}", source) from None
    if mode & 0o077:
        words = f"({path}) can be used by others (mode {mode & 0o777:04o}): chmod 600 makes it yours alone"
        raise SettingsError("api_key_file", words, source)
    return _key(data.decode(errors="replace"), "api_key_file", f"({path})", profile)


def _key(text: str, setting: str, words: str, profile: str) -> str:
    try:
        key = check_key(text)
    except SettingsError:
        problem = f"{words} must be one line of printable ASCII without blanks"
        raise SettingsError(setting, problem, f"profile {profile}") from None
    if key is None:
        raise SettingsError(setting, f"{words} is empty", f"profile {profile}")
    return key
