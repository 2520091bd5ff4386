"""The settings files: `config.toml`, which the user writes, and `profiles.toml`, which the program writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.config.address import SettingsError
from tui.config.problems import Mistake, Mistakes
from tui.config.setting_rules import KEY_RULES, PROFILE, RULES, TOP, nearest, profile_name
from tui.storage.paths import config_dir

if TYPE_CHECKING:
    from tui.config.toml_lines import Lines

CONFIG, PROFILES = "config.toml", "profiles.toml"
SECTIONS = ("profiles", "keys")
PLAIN_KEY = (
    "a key does not belong into this file, which gets copied and shared: name it by "
    "api_key_env, api_key_command or api_key_file"
)
TYPES = {str: "a text in quotes", bool: "true or false", int: "a whole number", float: "a number"}


class Profile(NamedTuple):
    """A named server, as a file has it; `values` are checked and keyed as in the file."""

    name: str
    values: Mapping[str, Any]
    file: Path
    ours: bool = False
    """Whether the program wrote it, and so may change and delete it."""


@dataclass(frozen=True)
class Config:
    """What both files say together; a profile of config.toml hides one of the same name in profiles.toml."""

    values: Mapping[str, Any] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    default_profile: str | None = None
    default_file: Path | None = None
    hidden: tuple[str, ...] = ()
    file: Path | None = None
    lines: Lines | None = field(default=None, compare=False, repr=False)

    def mistake(self, section: str, key: str, problem: str) -> Mistake:
        """A mistake in config.toml, for those who know more about a value than this module."""
        line = self.lines.of((section, key) if section else (key,)) if self.lines else None
        return Mistake(self.file or config_dir() / CONFIG, line, f"{section}.{key}".lstrip("."), problem)


@dataclass
class _File:
    """One file while it is read: what it held and what was wrong with it."""

    path: Path
    lines: Lines
    wrong: list[Mistake]

    def complain(self, place: tuple[str, ...], problem: str) -> None:
        """Note a mistake at a key."""
        self.wrong.append(Mistake(self.path, self.lines.of(place), ".".join(place), problem))

    def values(self, place: tuple[str, ...], table: Mapping[str, Any], known: list[str]) -> dict[str, Any]:
        """Check the settings of a table."""
        found: dict[str, Any] = {}
        for key, value in table.items():
            if key in ("api_key", "key", "password", "token"):
                self.complain((*place, key), PLAIN_KEY)
            elif key not in known:
                self.complain((*place, key), _unknown(key, known, inside=bool(place)))
            elif (parsed := self._value((*place, key), value)) is not None:
                found[key] = parsed
        return found

    def _value(self, place: tuple[str, ...], value: object) -> Any:
        rule = (RULES | KEY_RULES)[place[-1]]
        wanted = (int, float) if rule.kind is float else rule.kind
        if not isinstance(value, wanted) or (rule.kind is not bool and isinstance(value, bool)):
            self.complain(place, f"must be {TYPES[rule.kind]}, not {_shown(value)}")
            return None
        text = str(value)
        if place[-1] in ("log_file", "ca_file", "api_key_file") and text.strip() and text[0] not in "~/":
            text = str(self.path.parent / text)
        try:
            return rule.parse(text)
        except SettingsError as error:
            self.complain(place, error.problem)
        except ValueError as error:
            self.complain(place, str(error))
        return None


def read_config(folder: Path | None = None) -> Config:
    """Return what the two files say, nothing where they are missing; raises Mistakes with all that is wrong."""
    folder = folder or config_dir()
    hand, wrong = _read(folder / CONFIG)
    ours, more = _read(folder / PROFILES)
    both = {**ours.profiles, **hand.profiles}
    default = hand if hand.default_profile else ours
    config = Config(
        values=hand.values,
        profiles=MappingProxyType(both),
        keys=hand.keys,
        default_profile=default.default_profile,
        default_file=default.file,
        hidden=tuple(sorted(set(hand.profiles) & set(ours.profiles))),
        file=hand.file,
        lines=hand.lines,
    )
    wrong += more
    if default.default_profile and default.default_profile not in both and not wrong:
        hint = nearest(default.default_profile, sorted(both)) or "no profile is known"
        place = Mistake(
            default.file or folder / CONFIG,
            default.lines.of(("default_profile",)) if default.lines else None,
            "default_profile",
            f"no profile is called {default.default_profile!r}; {hint}",
        )
        wrong.append(place)
    if wrong:
        raise Mistakes(wrong, config)
    return config


def _read(path: Path) -> tuple[Config, list[Mistake]]:
    """Read one file; a missing one says nothing."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Config(file=path), []
    except OSError as error:
        return Config(file=path), [Mistake(path, None, "", f"cannot be read: {error.strerror}")]
    import tomllib

    from tui.config.toml_lines import Lines

    try:
        text = data.decode()
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Config(file=path), [Mistake(path, line, "", "is not UTF-8 text")]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return Config(file=path), [Mistake.of_syntax(path, text, str(error))]
    return _checked(_File(path, Lines(text), []), table)


def _checked(file: _File, table: Mapping[str, Any]) -> tuple[Config, list[Mistake]]:
    """Check everything that a file holds."""
    sections = {name: table[name] for name in SECTIONS if name in table}
    for name, section in list(sections.items()):
        if not isinstance(section, dict):
            file.complain((name,), f"must be a section: [{name}{'.NAME' if name == 'profiles' else ''}]")
            del sections[name]
    rest = {key: value for key, value in table.items() if key not in (*SECTIONS, "default_profile")}
    values = file.values((), rest, TOP)
    ours = file.path.name == PROFILES
    profiles = {
        name: _profile(file, name, value, ours=ours) for name, value in sections.get("profiles", {}).items()
    }
    default = table.get("default_profile")
    if default is not None and not isinstance(default, str):
        file.complain(("default_profile",), f"must be {TYPES[str]}, not {_shown(default)}")
        default = None
    return Config(
        values=MappingProxyType(values),
        profiles=MappingProxyType({name: found for name, found in profiles.items() if found is not None}),
        keys=MappingProxyType(_keys(file, sections.get("keys", {}))),
        default_profile=default or None,
        default_file=file.path,
        file=file.path,
        lines=file.lines,
    ), file.wrong


def _profile(file: _File, name: str, table: object, *, ours: bool) -> Profile | None:
    place = ("profiles", name)
    if not isinstance(table, dict):
        hint = nearest(name, PROFILE)
        file.complain(
            place, f"must be a section [profiles.{name}] with base_url" + (f"; {hint}" * bool(hint))
        )
        return None
    try:
        profile_name(name)
    except ValueError as error:
        file.complain(place, f"the name {error}")
    values = file.values(place, table, PROFILE)
    if "base_url" not in table:
        file.complain(place, "has no base_url: the address of its server")
    sources = [key for key in KEY_RULES if key in table]
    if len(sources) > 1:
        file.complain(place, f"{' and '.join(sources)}: the key can come from one of them only")
    return Profile(name, MappingProxyType(values), file.path, ours)


def _keys(file: _File, table: Mapping[str, Any], before: tuple[str, ...] = ()) -> dict[str, str]:
    """Flatten [keys]: `list.sort = "o"` without quotes around the name is a table in TOML."""
    found: dict[str, str] = {}
    for key, value in table.items():
        path = (*before, key)
        if isinstance(value, dict):
            found |= _keys(file, value, path)
        elif not isinstance(value, str) or not value.strip():
            file.complain(
                ("keys", ".".join(path)),
                f'must be keys in quotes, such as "o" or "f4,ctrl+o", not {_shown(value)}',
            )
        else:
            found[".".join(path)] = value
    return found


def _unknown(key: str, known: list[str], *, inside: bool) -> str:
    """Words for a name that means nothing here, with what may have been meant."""
    if not inside and key in PROFILE:
        return "belongs to a server: write it below [profiles.NAME]"
    if inside and key in TOP:
        return "belongs to the top of the file, above every [section]"
    names = known if inside else [*known, *SECTIONS, "default_profile"]
    return f"is no setting; {nearest(key, names)}".rstrip("; ")


def _shown(value: object) -> str:
    """A wrong value as a reader knows it; what may be long or a secret is named by its kind."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    kinds = {str: "a text", list: "a list", dict: "a section"}
    return next((words for kind, words in kinds.items() if isinstance(value, kind)), "a date")
