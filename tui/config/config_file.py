"""The settings files: `config.toml`, which the user writes, and `profiles.toml`, which the program writes."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.config.problems import ConfigError, ConfigProblem, SettingsError
from tui.config.setting_rules import (
    API_KEY_RULES,
    PROFILE_SETTINGS,
    RULES,
    TOP_LEVEL_SETTINGS,
    parse_profile_name,
    suggestion,
)
from tui.storage.paths import CONFIG_FILE, PROFILES_FILE, config_dir
from tui.storage.regular_file import open_regular_file, read_whole

if TYPE_CHECKING:
    from tui.config.toml_lines import LineNumbers

ROOT = 0
LARGEST = 2**20
"""Bytes of a settings file."""

SECTIONS = ("profiles", "keys")
PLAIN_TEXT_KEY = (
    "a key does not belong in this file, which gets copied and shared: use api_key_env, "
    "api_key_command or api_key_file instead"
)
TYPE_NAMES = {str: "a text in quotes", bool: "true or false", int: "a whole number", float: "a number"}


class Profile(NamedTuple):
    """A named server; `values` are checked, and keyed by the names in the file."""

    name: str
    values: Mapping[str, Any]
    file: Path
    ours: bool = False
    """Whether the program wrote it, and so may change and delete it."""


@dataclass(frozen=True)
class Config:
    """Both files together; a profile of config.toml hides one of the same name in profiles.toml."""

    values: Mapping[str, Any] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    default_profile: str | None = None
    default_file: Path | None = None
    hidden: tuple[str, ...] = ()
    file: Path | None = None
    lines: LineNumbers | None = field(default=None, compare=False, repr=False)

    def problem(self, section: str, name: str, problem: str) -> ConfigProblem:
        """A problem in config.toml that another module found."""
        line = self.lines.of((section, name) if section else (name,)) if self.lines else None
        return ConfigProblem(
            self.file or config_dir() / CONFIG_FILE, line, f"{section}.{name}".lstrip("."), problem
        )


@dataclass
class _File:
    """One file while it is read, with the problems found so far."""

    path: Path
    lines: LineNumbers
    problems: list[ConfigProblem]
    writers: str
    """Who but the user can write it, "" for nobody."""

    def add_problem(self, path: tuple[str, ...], problem: str) -> None:
        """Add a problem of the setting at this path."""
        self.problems.append(ConfigProblem(self.path, self.lines.of(path), ".".join(path), problem))

    def values(self, path: tuple[str, ...], table: Mapping[str, Any], known: list[str]) -> dict[str, Any]:
        """Check the settings of a table."""
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key in ("api_key", "key", "password", "token"):
                self.add_problem((*path, key), PLAIN_TEXT_KEY)
            elif key not in known:
                self.add_problem((*path, key), _unknown(key, known, inside=bool(path)))
            elif (parsed := self._value((*path, key), value)) is not None:
                values[key] = parsed
        return values

    def _value(self, path: tuple[str, ...], value: object) -> Any:
        rule = (RULES | API_KEY_RULES)[path[-1]]
        wanted = (int, float) if rule.kind is float else rule.kind
        if not isinstance(value, wanted) or (rule.kind is not bool and isinstance(value, bool)):
            self.add_problem(path, f"must be {TYPE_NAMES[rule.kind]}, not {_shown(value)}")
            return None
        text = str(value)
        if (
            path[-1] in ("log_file", "ca_file", "api_key_file", "letta_code")
            and text.strip()
            and text[0] not in "~/"
        ):
            text = str(self.path.parent / text)
        try:
            return rule.parse(text)
        except SettingsError as error:
            self.add_problem(path, error.problem)
        except ValueError as error:
            self.add_problem(path, str(error))
        return None


def read_config(folder: Path | None = None) -> Config:
    """Read both files, which may be missing; raises ConfigError with every problem."""
    folder = folder or config_dir()
    by_hand, problems = _read(folder / CONFIG_FILE)
    ours, more_problems = _read(folder / PROFILES_FILE)
    both = {**ours.profiles, **by_hand.profiles}
    default = by_hand if by_hand.default_profile else ours
    config = Config(
        values=by_hand.values,
        profiles=MappingProxyType(both),
        keys=by_hand.keys,
        default_profile=default.default_profile,
        default_file=default.file,
        hidden=tuple(sorted(set(by_hand.profiles) & set(ours.profiles))),
        file=by_hand.file,
        lines=by_hand.lines,
    )
    problems += more_problems
    if default.default_profile and default.default_profile not in both and not problems:
        hint = suggestion(default.default_profile, sorted(both)) or "there are no profiles"
        missing = ConfigProblem(
            default.file or folder / CONFIG_FILE,
            default.lines.of(("default_profile",)) if default.lines else None,
            "default_profile",
            f"no profile is called {default.default_profile!r}; {hint}",
        )
        problems.append(missing)
    if problems:
        raise ConfigError(problems, config)
    return config


def all_profiles(folder: Path | None = None) -> list[Profile]:
    """The profiles of both files, hidden ones too, as far as the files can be read."""
    folder = folder or config_dir()
    configs = [_read(folder / name)[0] for name in (CONFIG_FILE, PROFILES_FILE)]
    return [profile for config in configs for profile in config.profiles.values()]


def _read(path: Path) -> tuple[Config, list[ConfigProblem]]:
    """Read one file; a missing one is an empty one."""
    try:
        with open_regular_file(path) as handle:
            data, writers = read_whole(handle, path, LARGEST), _other_writers(path, os.fstat(handle))
    except (FileNotFoundError, NotADirectoryError):
        return Config(file=path), []
    except OSError as error:
        return Config(file=path), [ConfigProblem(path, None, "", f"cannot be read: {error.strerror}")]
    import tomllib

    from tui.config.toml_lines import LineNumbers

    try:
        text = data.decode()
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Config(file=path), [ConfigProblem(path, line, "", "is not UTF-8 text")]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return Config(file=path), [ConfigProblem.of_syntax(path, text, str(error))]
    return _check(_File(path, LineNumbers(text), [], writers), table)


def _other_writers(path: Path, status: os.stat_result) -> str:
    """Who but the user can write a settings file, or replace it; "" for nobody."""
    if status.st_uid not in (ROOT, os.geteuid()):
        return "this file belongs to another user"
    if status.st_mode & 0o022:
        return f"this file can be written by others (mode {status.st_mode & 0o777:04o}): run chmod go-w"
    for folder in {path.parent, path.resolve().parent}:
        mode = folder.stat().st_mode
        if mode & 0o022 and not mode & stat.S_ISVTX:
            return f"others can write to its folder {folder} (mode {mode & 0o777:04o}): run chmod go-w"
    return ""


def _check(file: _File, table: Mapping[str, Any]) -> tuple[Config, list[ConfigProblem]]:
    """Check everything in a file."""
    sections = {name: table[name] for name in SECTIONS if name in table}
    for name, section in list(sections.items()):
        if not isinstance(section, dict):
            file.add_problem((name,), f"must be a section: [{name}{'.NAME' if name == 'profiles' else ''}]")
            del sections[name]
    rest = {key: value for key, value in table.items() if key not in (*SECTIONS, "default_profile")}
    values = file.values((), rest, TOP_LEVEL_SETTINGS)
    ours = file.path.name == PROFILES_FILE
    profiles = {
        name: _profile(file, name, value, ours=ours) for name, value in sections.get("profiles", {}).items()
    }
    default = table.get("default_profile")
    if default is not None and not isinstance(default, str):
        file.add_problem(("default_profile",), f"must be {TYPE_NAMES[str]}, not {_shown(default)}")
        default = None
    return Config(
        values=MappingProxyType(values),
        profiles=MappingProxyType(
            {name: profile for name, profile in profiles.items() if profile is not None}
        ),
        keys=MappingProxyType(_keys(file, sections.get("keys", {}))),
        default_profile=default or None,
        default_file=file.path,
        file=file.path,
        lines=file.lines,
    ), file.problems


def _profile(file: _File, name: str, table: object, *, ours: bool) -> Profile | None:
    path = ("profiles", name)
    if not isinstance(table, dict):
        hint = suggestion(name, PROFILE_SETTINGS)
        file.add_problem(
            path, f"must be a section [profiles.{name}] with base_url" + (f"; {hint}" * bool(hint))
        )
        return None
    try:
        parse_profile_name(name)
    except ValueError as error:
        file.add_problem(path, f"the name {error}")
    values = file.values(path, table, PROFILE_SETTINGS)
    if "api_key_command" in values and file.writers:
        file.add_problem((*path, "api_key_command"), f"is run as a program, and {file.writers}")
    if "base_url" not in table and "letta_code" not in table:
        file.add_problem(path, "has no base_url: the address of its server")
    if "base_url" in table and "letta_code" in table:
        file.add_problem(
            path, "base_url and letta_code cannot be combined: choose a server or the files of Letta Code"
        )
    sources = [key for key in API_KEY_RULES if key in table]
    if len(sources) > 1:
        file.add_problem(path, f"{' and '.join(sources)}: the key can come from only one of them")
    return Profile(name, MappingProxyType(values), file.path, ours)


def _keys(file: _File, table: Mapping[str, Any], before: tuple[str, ...] = ()) -> dict[str, str]:
    """Flatten [keys]: `list.sort = "o"` without quotes around the name is a table in TOML."""
    keys: dict[str, str] = {}
    for key, value in table.items():
        path = (*before, key)
        if isinstance(value, dict):
            keys |= _keys(file, value, path)
        elif not isinstance(value, str) or not value.strip():
            file.add_problem(
                ("keys", ".".join(path)),
                f'must be keys in quotes, such as "o" or "f4,ctrl+o", not {_shown(value)}',
            )
        else:
            keys[".".join(path)] = value
    return keys


def _unknown(key: str, known: list[str], *, inside: bool) -> str:
    """The problem of an unknown setting, with what may have been meant."""
    if not inside and key in PROFILE_SETTINGS:
        return "belongs to a server: move it below [profiles.NAME]"
    if inside and key in TOP_LEVEL_SETTINGS:
        return "belongs at the top of the file, above every [section]"
    names = known if inside else [*known, *SECTIONS, "default_profile"]
    return f"is not a setting; {suggestion(key, names)}".rstrip("; ")


def _shown(value: object) -> str:
    """Return a value as the user wrote it; one that may be long or a secret is named by its type."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    kinds = {str: "a text", list: "a list", dict: "a section"}
    return next((words for kind, words in kinds.items() if isinstance(value, kind)), "a date")
