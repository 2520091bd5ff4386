"""The settings of one run, from flags, environment, files and defaults, checked before the screen opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tui.config.address import SettingsError, check_base_url, check_key, check_plain
from tui.config.config_file import Config, Profile
from tui.config.credentials import KeyCommand, key_of_file, key_of_variable
from tui.config.setting_rules import RULES, Rule, nearest
from tui.domain.text import one_line

__all__ = ["Settings", "SettingsError", "check_base_url", "check_key", "resolve"]

LAST = "last used"
"""Source of a server that nobody named: the one of the last run."""

TYPED = "entered here"
"""Source of what was typed into a dialog."""

EXPLICIT = ("flag", "environment LETTA_TUI_PROFILE")
"""Who can name a profile for one run."""

DEMO_URL, OFFLINE_URL = "http://demo", "http://offline"
"""What stands for an address where nothing is sent anywhere."""


@dataclass(frozen=True)
class Settings:
    """What one run of the app was told, with the place that each value came from."""

    profile: str | None = None
    """Name of the server among the profiles of the settings files; LETTA_TUI_PROFILE."""
    base_url: str = "http://localhost:8283"
    """Address of the Letta server, http or https, with its path prefix if it has one; LETTA_BASE_URL."""
    api_key: str | None = field(default=None, repr=False)
    """Key or password of the server, sent as a bearer token to that server only; LETTA_API_KEY."""
    allow_plain_http: bool = False
    """Whether a key may go over http to another machine, where others can read it; LETTA_TUI_ALLOW_PLAIN_HTTP."""
    ca_file: Path | None = None
    """Certificates (PEM) to trust instead of the usual ones; LETTA_TUI_CA_FILE."""
    demo: bool = False
    """Whether the embedded server is used instead of a real one; flag only."""
    bundle: Path | None = None
    """File to browse instead of a server, a bundle of `export` or an agent file of Letta; flag only, `--from`."""
    agent: str | None = None
    """Id or name of the agent to begin with; LETTA_TUI_AGENT."""
    conversation: str | None = None
    """Id of the conversation to begin with; LETTA_TUI_CONVERSATION."""
    readonly: bool = False
    """Whether every request that would change the server is refused; LETTA_TUI_READONLY."""
    colour: str | None = None
    """Colour that marks the profile's name in the top line; profile only."""
    log_file: Path | None = None
    """File that the log is appended to, none if unset; LETTA_TUI_LOG_FILE."""
    connect_timeout: float = 5
    """Seconds to wait for a connection, above 0 and at most 3600; LETTA_TUI_CONNECT_TIMEOUT."""
    read_timeout: float = 30
    """Seconds to wait for the next piece of an answer, above 0 and at most 3600; LETTA_TUI_READ_TIMEOUT."""
    page_size: int = 200
    """Conversations asked for first, later ones by larger pages, 1 to 1000; LETTA_TUI_PAGE_SIZE."""
    theme: str | None = None
    """Theme of the screen, else the one chosen last in the palette; LETTA_TUI_THEME."""
    times: str = "relative"
    """How times are told, relative ("3 min") or absolute; LETTA_TUI_TIMES."""
    clock: str = "24h"
    """The clock of absolute times, 24h or 12h; LETTA_TUI_CLOCK."""
    zone: str = "local"
    """The zone of absolute times, local or utc; LETTA_TUI_ZONE."""
    sort: str = "created"
    """What the list is sorted by at the start, created, last-message or last-run; LETTA_TUI_SORT."""
    last_visit: bool = True
    """Whether rows are kept on this machine and shown at the next start until fresh ones come; LETTA_TUI_LAST_VISIT."""
    oldest_first: bool = False
    """Whether the list begins with the oldest; LETTA_TUI_OLDEST_FIRST."""
    recorded: str | None = field(default=None, compare=False)
    """Origin of the server that a browsed file is of, where the file says so."""
    keys: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Keys by the id of what they do, the section [keys] of config.toml."""
    key_command: KeyCommand | None = field(default=None, compare=False)
    """Gets the key of a profile when it is first needed."""
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)
    """For each field above: `flag`, `environment LETTA_BASE_URL` (or another variable), file, or `default`."""

    @property
    def has_key(self) -> bool:
        """Whether a key goes along, or will once its command has run."""
        return bool(self.api_key or self.key_command)


def address(settings: Settings) -> str:
    """Where requests go, and what is kept on this machine goes by."""
    if settings.bundle is not None:
        return OFFLINE_URL
    return DEMO_URL if settings.demo else settings.base_url


def origin(settings: Settings) -> str | None:
    """Where what is shown came from: of a file the server that it was exported from, None where it does not say."""
    return address(settings) if settings.bundle is None else settings.recorded


def place(settings: Settings) -> str:
    """The name of a server that is none; empty for one that its address names."""
    return "" if settings.bundle is None else f"offline · {one_line(settings.bundle.name, 60)}"


NO_CONFIG = Config()


def resolve(
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    config: Config = NO_CONFIG,
    last: Mapping[str, str] = MappingProxyType({}),
    *,
    with_key: bool = True,
) -> Settings:
    """Return the settings: flag, else environment, else profile, else config.toml, else default.

    Flags are keyed by the names of the fields. A flag that is absent, None or False counts as not given, and
    so does an empty variable: a switch that was left alone must not hide LETTA_TUI_READONLY. A profile that a
    flag names counts as flags. `last` has the profile or base_url of the last run. A key that cannot be had is
    no reason to stop unless it is asked for (`with_key`). Raises SettingsError.
    """
    told = _Told(flags, environ, config, last)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, rule in RULES.items():
        found, sources[name] = told.about(name, rule)
        if found is not None:
            values[name] = found
    if "bundle" in values:
        _keep_offline(values, sources)
        return Settings(**values, keys=config.keys, sources=MappingProxyType(sources))
    if told.profile is not None:
        values["profile"], sources["profile"] = told.profile.name, told.named_by
    try:
        _add_key(told, values, sources)
    except SettingsError as error:
        if with_key:
            raise
        values["api_key"], sources["api_key"] = None, str(error)
    return Settings(**values, keys=config.keys, sources=MappingProxyType(sources))


class _Told:
    """Everything that was said about the settings, asked in the order in which it counts."""

    def __init__(
        self,
        flags: Mapping[str, object],
        environ: Mapping[str, str],
        config: Config,
        last: Mapping[str, str],
    ) -> None:
        self.flags, self.environ, self.config, self.last = flags, environ, config, last
        self.profile, self.named_by = self._profile()
        if self.profile is not None and self.named_by not in EXPLICIT and self._elsewhere():
            self.profile = None

    def _profile(self) -> tuple[Profile | None, str]:
        """The profile that is meant, and who named it."""
        if self.flags.get("demo") or (self.flags.get("bundle") and not self.flags.get("profile")):
            return None, "default"
        said, source = self._said("profile", "LETTA_TUI_PROFILE")
        if said is None and self.config.default_profile:
            file = self.config.default_file
            said, source = self.config.default_profile, file.name if file else "config.toml"
        if said is None and self.last.get("profile") in self.config.profiles:
            said, source = self.last["profile"], LAST
        if said is None:
            return None, "default"
        name = _parsed("profile", said, source)
        if name not in self.config.profiles:
            hint = nearest(name, sorted(self.config.profiles)) or "no profile is known"
            raise SettingsError(
                "profile", f"{name!r} is in no settings file; {hint}", _origin("profile", source)
            )
        return self.config.profiles[name], source

    def _elsewhere(self) -> bool:
        """Whether flag or environment name a server, so that one that nobody named now is not meant."""
        return self._said("base_url", RULES["base_url"].variable)[0] is not None

    def _said(self, name: str, variable: str | None) -> tuple[str | None, str]:
        """What flag or environment say, None for nothing, and where."""
        flag = self.flags.get(name)
        if flag is not None and flag is not False:
            return str(flag), "flag"
        said = self.environ.get(variable, "").strip() if variable else ""
        return (said, f"environment {variable}") if said else (None, "default")

    def about(self, name: str, rule: Rule) -> tuple[Any, str]:
        """The value of a setting, None for its default, and where it came from."""
        said, source = self._said(name, rule.variable)
        if said is not None and not (source != "flag" and self._outranks(name)):
            value = _parsed(name, said, source)
            if name != "readonly" or value:
                return value, source
        return next(self._in_files(name), (None, "default"))

    def _outranks(self, name: str) -> bool:
        """Whether the profile has more to say than the environment: a flag named it."""
        if name == "readonly" or self.profile is None:
            return False
        return self.named_by == "flag" and name in self.profile.values

    def _in_files(self, name: str) -> Iterator[tuple[Any, str]]:
        """What the files say, what counts most first; read-only anywhere is read-only."""
        quiet = name == "readonly"
        if (
            self.profile is not None
            and (value := self.profile.values.get(name)) is not None
            and (value or not quiet)
        ):
            yield value, f"profile {self.profile.name}"
        if (value := self.config.values.get(name)) is not None and (value or not quiet):
            yield value, "config.toml"
        if name == "base_url" and self._goes_back():
            yield _parsed("base_url", self.last["base_url"], LAST), LAST

    def _goes_back(self) -> bool:
        """Whether the address of the last run is meant; a key of the environment was not given for it."""
        if self.profile is not None or "base_url" not in self.last or self.flags.get("demo"):
            return False
        return self._said("api_key", RULES["api_key"].variable)[0] is None


def _keep_offline(values: dict[str, Any], sources: dict[str, str]) -> None:
    """A file is no server: it has no key, and nothing in it can be changed."""
    if values.get("demo") or "flag" in (sources["base_url"], sources.get("profile")):
        raise SettingsError("bundle", "is browsed instead of a server: give either --from or a server")
    values.pop("api_key", None)
    for name in ("agent", "conversation"):
        if sources[name] != "flag":  # what is meant for a server is hardly in the file
            values.pop(name, None)
            sources[name] = "default"
    values["readonly"], sources["readonly"] = True, "a file is never changed"


def _add_key(told: _Told, values: dict[str, Any], sources: dict[str, str]) -> None:
    """Choose the key that belongs to the address, so that no key reaches a server it was not given for."""
    address, profile = sources["base_url"], told.profile
    base_url = values.get("base_url", Settings.base_url)
    if profile is not None and base_url == profile.values["base_url"] and sources["api_key"] != "flag":
        values.pop("api_key", None)
        sources["api_key"] = "default"
        key, source = _profile_key(profile, told.environ)
        if source:
            sources["api_key"] = f"profile {profile.name}, {source}"
        if isinstance(key, KeyCommand):
            values["key_command"] = key
        elif key is not None:
            values["api_key"] = key
    has_key = bool(values.get("api_key") or values.get("key_command"))
    if has_key and not values.get("demo"):
        own = sources["allow_plain_http"] == address or not sources["allow_plain_http"].startswith("profile")
        check_plain(base_url, allowed=own and bool(values.get("allow_plain_http")))


def _profile_key(profile: Profile, environ: Mapping[str, str]) -> tuple[str | KeyCommand | None, str]:
    """A profile's key, or what gets it later, and how the profile names it."""
    values = profile.values
    if "api_key_env" in values:
        name = values["api_key_env"]
        return key_of_variable(name, profile.name, environ), f"environment {name}"
    if "api_key_file" in values:
        path = values["api_key_file"]
        return key_of_file(path, profile.name), f"file {path}"
    if "api_key_command" in values:
        return KeyCommand(values["api_key_command"], profile.name), "command"
    return None, ""


def _parsed(name: str, text: str, source: str) -> Any:
    """The meaning of what a flag or a variable says."""
    try:
        return RULES[name].parse(text)
    except SettingsError as error:
        raise SettingsError(error.setting, error.problem, _origin(name, source)) from None
    except ValueError as error:
        raise SettingsError(name.replace("_", " "), str(error), _origin(name, source)) from None


def _origin(name: str, source: str) -> str:
    """Return the source as the user typed it."""
    option = {"bundle": "from"}.get(name, name.replace("_", "-"))
    return f"flag --{option}" if source == "flag" else source
