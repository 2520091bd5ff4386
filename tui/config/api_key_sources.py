"""The API key of a profile, from an environment variable, a command or a file; it is never written or logged."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from time import monotonic

from tui.config.address import check_api_key
from tui.config.child_environment import LONGEST_KEY_FILE, child_environment
from tui.config.problems import SettingsError
from tui.letta.api_key import Key
from tui.model.os_errors import reason_of
from tui.storage.regular_file import open_regular_file

TIMEOUT = 30.0
"""Seconds that a command may take: a password manager may ask for a finger or a code."""


LONGEST = 64 * 1024
"""Bytes that a command may print."""


class ApiKeyCommand:
    """A command that prints the API key; it runs once, when the key is first needed, and again only after a failure."""

    def __init__(self, line: str, profile: str, timeout: float = TIMEOUT) -> None:
        self.line = line
        self._profile = profile
        self._timeout = timeout
        self._api_key: Key | None = None

    def __repr__(self) -> str:
        return f"ApiKeyCommand({self._program!r})"

    @property
    def _program(self) -> str:
        """The program's name without arguments, which may be secrets."""
        return os.path.basename(shlex.split(self.line)[0])

    def __call__(self) -> Key:
        """Return the key; blocks, so call it in a thread. Raises SettingsError with the command's stderr."""
        if self._api_key is None:
            self._api_key = self._check(self._run())
        return self._api_key

    def _run(self) -> Key:
        try:
            # A session of its own: a command that asks on the terminal would write over the screen.
            process = subprocess.Popen(  # noqa: S603
                shlex.split(self.line),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=child_environment(),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise self._error(f"cannot be run: {reason_of(error)}") from None
        try:
            output, errors = _read_output(process, self._timeout)
        except subprocess.TimeoutExpired:
            raise self._error(f"printed no key within {self._timeout:g} seconds") from None
        except ValueError:
            raise self._error("printed more than a key") from None
        finally:
            _end(process)
        if process.returncode:
            reason = " ".join(errors.decode(errors="replace").split())[:300]
            raise self._error(f"failed with code {process.returncode}: {reason or 'it printed nothing'}")
        return Key(output.decode("utf-8-sig", errors="replace"))

    def _check(self, text: Key) -> Key:
        try:
            api_key = check_api_key(text)
        except SettingsError:
            raise self._error(
                "printed something other than a key: one line of ASCII without spaces"
            ) from None
        if api_key is None:
            raise self._error("printed nothing")
        return api_key

    def _error(self, problem: str) -> SettingsError:
        return SettingsError("api_key_command", f"({self._program}) {problem}", f"profile {self._profile}")


def _read_output(process: subprocess.Popen[bytes], timeout: float) -> tuple[bytes, bytes]:
    """What a program prints until it ends; raises TimeoutExpired, and ValueError if it is more than `LONGEST`."""
    deadline = monotonic() + timeout
    printed = {process.stdout: b"", process.stderr: b""}
    with DefaultSelector() as selector:
        for stream in printed:
            assert stream is not None
            selector.register(stream, EVENT_READ, stream)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - monotonic()))
            if not ready:
                raise subprocess.TimeoutExpired(process.args, timeout)
            for key, _ in ready:
                chunk = os.read(key.fd, LONGEST)
                printed[key.data] += chunk
                if len(printed[key.data]) > LONGEST:
                    raise ValueError("too much")
                if not chunk:
                    selector.unregister(key.fileobj)
    process.wait(max(0.0, deadline - monotonic()))
    return printed[process.stdout], printed[process.stderr]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program that still runs, with all that it started."""
    with process:
        if process.poll() is None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)


def api_key_from_variable(name: str, profile: str, environ: Mapping[str, str]) -> Key:
    """The key in an environment variable; raises SettingsError if it is not set."""
    text = Key(environ.get(name, "")).strip()
    if not text:
        raise SettingsError("api_key_env", f"names {name}, which is not set", f"profile {profile}")
    return _checked(text, "api_key_env", f"names {name}, whose value", profile)


def api_key_from_file(path: Path, profile: str) -> Key:
    """The key in a regular file; raises SettingsError if others can read the file or may have planted a link to it."""
    source = f"profile {profile}"
    try:
        with open_regular_file(path) as handle:
            mode = os.fstat(handle).st_mode
            text = Key(os.read(handle, LONGEST_KEY_FILE).decode(errors="replace"))
    except OSError as error:
        raise SettingsError("api_key_file", f"({path}) cannot be read: {error.strerror}", source) from None
    if mode & 0o077:
        words = f"({path}) is accessible to others (mode {mode & 0o777:04o}): chmod 600 makes it private"
        raise SettingsError("api_key_file", words, source)
    return _checked(text, "api_key_file", f"({path})", profile)


def _checked(text: Key, setting: str, words: str, profile: str) -> Key:
    try:
        api_key = check_api_key(text)
    except SettingsError:
        problem = f"{words} must be one line of printable ASCII without spaces"
        raise SettingsError(setting, problem, f"profile {profile}") from None
    if api_key is None:
        raise SettingsError(setting, f"{words} is empty", f"profile {profile}")
    return api_key
