"""The environment of the programs that are started from here: this program's own, without any API key."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tui.config.config_file import Profile, all_profiles
from tui.config.setting_rules import RULES
from tui.letta.api_key import USED, Key
from tui.storage.regular_file import open_regular_file

SHORTEST_PART = 8
"""Characters from which on an API key is looked for inside of a value: a shorter one may be there by chance."""

LONGEST_KEY_FILE = 4096
"""Bytes of a key file that are read."""


def child_environment(environ: Mapping[str, str] = os.environ, api_key: str | None = None) -> dict[str, str]:
    """Return the environment for an editor, a pager, a clipboard program or a command, whoever named it.

    Left out are LETTA_API_KEY, the variables that profiles of either settings file name, and every variable with
    an API key in it: that of a profile, one that this run has used, or `api_key`. Reads both files each time, so
    that new profiles count.
    """
    profiles = all_profiles()
    secret = {str(RULES["api_key"].variable), *_variables(profiles)}
    keys = {*(environ.get(name, "") for name in secret), *_keys_in_files(profiles), *USED, api_key or ""}
    stripped = {Key(key.strip()) for key in keys} - {""}
    return {
        name: value
        for name, value in environ.items()
        if name not in secret and not any(_has_key(value, key) for key in stripped)
    }


def _variables(profiles: Iterable[Profile]) -> Iterator[str]:
    """The variables that the profiles name."""
    return (profile.values["api_key_env"] for profile in profiles if "api_key_env" in profile.values)


def _keys_in_files(profiles: Iterable[Profile]) -> Iterator[str]:
    """The API keys in the files that the profiles name, as far as they can be read."""
    for profile in profiles:
        path: Path | None = profile.values.get("api_key_file")
        with suppress(OSError):
            if path is not None:
                with open_regular_file(path) as handle:
                    yield os.read(handle, LONGEST_KEY_FILE).decode(errors="replace")


def _has_key(value: str, key: str) -> bool:
    return value.strip() == key or (len(key) >= SHORTEST_PART and key in value)
