"""The settings of one run, from flags, environment, files and defaults, checked before the screen opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tui.config.address import check_plain_http
from tui.config.api_key_sources import ApiKeyCommand, api_key_from_file, api_key_from_variable
from tui.config.config_file import Config, Profile
from tui.config.letta_code import check_store, default_store
from tui.config.problems import SettingsError
from tui.config.setting_rules import RULES, SettingRule, suggestion
from tui.letta.api_key import Key
from tui.presentation.times import TimeFormat, set_time_format

LAST_USED = "last used"
"""Source of a server that was not named: the one of the last run."""

NO_PROFILES = "there are no profiles: letta-tui profile add creates one"
"""The hint where a profile is named and there is none."""

ENTERED = "entered here"
"""Source of a value that was typed into a dialog."""

EXPLICIT = ("flag", "environment LETTA_TUI_PROFILE")
"""Sources that name a profile for one run only."""

SORT_SOURCES = {"environment LETTA_TUI_SORT", "environment LETTA_TUI_OLDEST_FIRST", "config.toml"}
"""Sources of a sort order that applies at every start."""


@dataclass(frozen=True)
class Settings:
    """The settings of one run of the app, with the source of each value."""

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
    demo: str | None = None
    """Flavour of the embedded server that is used instead of a real one, self-hosted or cloud; flag only."""
    bundle: Path | None = None
    """File to browse instead of a server, a bundle of `export` or an agent file of Letta; flag only, `--from`."""
    letta_code: Path | None = None
    """Folder of Letta Code's local agents, browsed instead of a server; a flag or a profile names it."""
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
    """Seconds to wait for the next piece of a response, above 0 and at most 3600; LETTA_TUI_READ_TIMEOUT."""
    page_size: int = 200
    """Conversations on the first page; later pages are larger, 1 to 1000; LETTA_TUI_PAGE_SIZE."""
    theme: str | None = None
    """Theme of the screen, else the one chosen last in the palette; LETTA_TUI_THEME."""
    times: str = "relative"
    """How times are shown, relative ("3 min") or absolute; LETTA_TUI_TIMES."""
    clock: str = "24h"
    """The clock of absolute times, 24h or 12h; LETTA_TUI_CLOCK."""
    zone: str = "local"
    """The zone of absolute times, local or utc; LETTA_TUI_ZONE."""
    sort: str = "created"
    """What the list is sorted by at the start, created, last-message or last-run; LETTA_TUI_SORT."""
    last_visit: bool = True
    """Whether rows are stored here and shown at the next start until fresh ones come; LETTA_TUI_LAST_VISIT."""
    oldest_first: bool = False
    """Whether the list begins with the oldest; LETTA_TUI_OLDEST_FIRST."""
    browser: str | None = None
    """Set where `serve` shows the screen in a browser, restricted or commands; LETTA_TUI_BROWSER."""
    recorded: str | None = field(default=None, compare=False)
    """Origin of the server that a browsed file came from, if the file says so."""
    keys: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Keys by the id of what they do, the section [keys] of config.toml."""
    api_key_command: ApiKeyCommand | None = field(default=None, compare=False)
    """Prints the API key of the profile; run when the key is first needed."""
    sources: Mapping[str, str] = field(default_factory=dict, compare=False)
    """For each field above: `flag`, `environment LETTA_BASE_URL` (or another variable), file, or `default`."""

    @property
    def has_api_key(self) -> bool:
        """Whether requests have an API key, or will once its command has run."""
        return bool(self.api_key or self.api_key_command)

    @property
    def is_restricted(self) -> bool:
        """Whether the screen is in a browser whose user may not run this machine's programs or name its files."""
        return self.browser == "restricted"

    @property
    def order_is_set(self) -> bool:
        """Whether the environment or config.toml sets the order of a list, which then overrides the last one used."""
        sources = {self.sources.get("sort"), self.sources.get("oldest_first")}
        return not SORT_SOURCES.isdisjoint(sources)


def use_time_settings(settings: Settings) -> None:
    """Show all times of this run as the settings say."""
    set_time_format(TimeFormat(settings.times == "absolute", settings.clock == "12h", settings.zone == "utc"))


class Environment(Mapping[str, str]):
    """Environment variables without a repr: a crash of the app prints local variables, and one may contain a key."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def __getitem__(self, name: str) -> str:
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


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
    flag names counts as flags. `last` has the profile or base_url of the last run. A key that cannot be
    read, or a store of Letta Code that is not there, is an error only if it is needed (`with_key`).
    Raises SettingsError.
    """
    if flags.get("letta_code") == "":
        flags = {**flags, "letta_code": str(default_store(environ))}
    lookup = _Lookup(flags, environ, config, last)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, rule in RULES.items():
        value, sources[name] = lookup.value(name, rule)
        if value is not None:
            values[name] = value
    if "bundle" in values:
        _restrict_to_file(values, sources)
        return Settings(**values, keys=config.keys, sources=MappingProxyType(sources))
    if lookup.profile is not None:
        values["profile"], sources["profile"] = lookup.profile.name, lookup.profile_source
    if "letta_code" in values and sources["base_url"] == "flag" and sources["letta_code"] != "flag":
        values.pop("letta_code")  # a server that a flag names outranks the profile's store
        sources["letta_code"] = "default"
    if "letta_code" in values:
        _restrict_to_store(values, sources)
        if with_key:
            check_store(values["letta_code"])
        return Settings(**values, keys=config.keys, sources=MappingProxyType(sources))
    try:
        _add_api_key(lookup, values, sources)
    except SettingsError as error:
        if with_key:
            raise
        values["api_key"], sources["api_key"] = None, str(error)
    if values.get("api_key"):
        values["api_key"] = Key(values["api_key"])
    return Settings(**values, keys=config.keys, sources=MappingProxyType(sources))


class _Lookup:
    """Flags, environment, files and the last run, asked in the order of precedence."""

    def __init__(
        self,
        flags: Mapping[str, object],
        environ: Mapping[str, str],
        config: Config,
        last: Mapping[str, str],
    ) -> None:
        self.flags, self.environ, self.config, self.last = flags, environ, config, last
        self.profile, self.profile_source = self._profile()
        if self.profile is not None and self.profile_source not in EXPLICIT and self._server_is_named():
            self.profile = None

    def _profile(self) -> tuple[Profile | None, str]:
        """The profile to use, and who named it."""
        instead = self.flags.get("bundle") or self.flags.get("letta_code")
        if self.flags.get("demo") or (instead and not self.flags.get("profile")):
            return None, "default"
        text, source = self._flag_or_environment("profile", "LETTA_TUI_PROFILE")
        if text is None and self.config.default_profile:
            file = self.config.default_file
            text, source = self.config.default_profile, file.name if file else "config.toml"
        if text is None and self.last.get("profile") in self.config.profiles:
            text, source = self.last["profile"], LAST_USED
        if text is None:
            return None, "default"
        name = _parsed("profile", text, source)
        if name not in self.config.profiles:
            hint = suggestion(name, sorted(self.config.profiles)) or NO_PROFILES
            raise SettingsError(
                "profile", f"{name!r} is not in the settings files; {hint}", _origin("profile", source)
            )
        return self.config.profiles[name], source

    def _server_is_named(self) -> bool:
        """Return whether a flag or variable names a server, which outranks a profile not named for this run."""
        return self._flag_or_environment("base_url", RULES["base_url"].variable)[0] is not None

    def _flag_or_environment(self, name: str, variable: str | None) -> tuple[str | None, str]:
        """The text of a flag or environment variable, None if neither is given, and its source."""
        flag = self.flags.get(name)
        if flag is not None and flag is not False:
            return str(flag), "flag"
        given = self.environ.get(variable, "") if variable else ""
        text = (Key(given) if name == "api_key" else given).strip()
        return (text, f"environment {variable}") if text else (None, "default")

    def value(self, name: str, rule: SettingRule) -> tuple[Any, str]:
        """The value of a setting, None for its default, and its source."""
        text, source = self._flag_or_environment(name, rule.variable)
        if text is not None and not (source != "flag" and self._profile_outranks(name)):
            value = _parsed(name, text, source)
            if name != "readonly" or value:
                return value, source
        return next(self._in_files(name), (None, "default"))

    def _profile_outranks(self, name: str) -> bool:
        """Return whether the profile outranks the environment: a flag named it."""
        if name == "readonly" or self.profile is None:
            return False
        return self.profile_source == "flag" and name in self.profile.values

    def _in_files(self, name: str) -> Iterator[tuple[Any, str]]:
        """Values in the files, highest precedence first; read-only anywhere is read-only."""
        is_readonly = name == "readonly"
        if (
            self.profile is not None
            and (value := self.profile.values.get(name)) is not None
            and (value or not is_readonly)
        ):
            yield value, f"profile {self.profile.name}"
        if (value := self.config.values.get(name)) is not None and (value or not is_readonly):
            yield value, "config.toml"
        if name == "base_url" and self._uses_last_server():
            yield _parsed("base_url", self.last["base_url"], LAST_USED), LAST_USED

    def _uses_last_server(self) -> bool:
        """Return whether to use the last server; not with an API key in the environment, which may be for another."""
        if self.profile is not None or "base_url" not in self.last or self.flags.get("demo"):
            return False
        return self._flag_or_environment("api_key", RULES["api_key"].variable)[0] is None


def _restrict_to_file(values: dict[str, Any], sources: dict[str, str]) -> None:
    """A file has no API key, and nothing in it can be changed."""
    if values.get("demo") or values.get("letta_code") or _names_server(sources):
        raise SettingsError("bundle", "replaces the server: use either --from or a server")
    values.pop("api_key", None)
    for name in ("agent", "conversation"):
        if sources[name] != "flag":  # a name meant for a server is unlikely to be in the file
            values.pop(name, None)
            sources[name] = "default"
    values["readonly"], sources["readonly"] = True, "a file is read-only"


def _restrict_to_store(values: dict[str, Any], sources: dict[str, str]) -> None:
    """Files of this machine have no address and no API key."""
    if values.get("demo") or (sources["letta_code"] == "flag" and _names_server(sources)):
        problem = "replaces the server: use either --letta-code or a server"
        raise SettingsError("store of Letta Code", problem)
    for name in ("api_key", "base_url"):
        values.pop(name, None)
        sources[name] = "default"


def _names_server(sources: Mapping[str, str]) -> bool:
    """Return whether a flag names a server or a profile."""
    return "flag" in (sources["base_url"], sources.get("profile"))


def _add_api_key(lookup: _Lookup, values: dict[str, Any], sources: dict[str, str]) -> None:
    """Choose the API key that belongs to the address, so that none is sent to another server."""
    address, profile = sources["base_url"], lookup.profile
    base_url = values.get("base_url", Settings.base_url)
    if profile is not None and base_url == profile.values.get("base_url") and sources["api_key"] != "flag":
        values.pop("api_key", None)
        sources["api_key"] = "default"
        api_key, source = _profile_api_key(profile, lookup.environ)
        if source:
            sources["api_key"] = f"profile {profile.name}, {source}"
        if isinstance(api_key, ApiKeyCommand):
            values["api_key_command"] = api_key
        elif api_key is not None:
            values["api_key"] = api_key
    has_api_key = bool(values.get("api_key") or values.get("api_key_command"))
    if has_api_key and not values.get("demo"):
        own = sources["allow_plain_http"] == address or not sources["allow_plain_http"].startswith("profile")
        check_plain_http(base_url, allowed=own and bool(values.get("allow_plain_http")))


def _profile_api_key(profile: Profile, environ: Mapping[str, str]) -> tuple[Key | ApiKeyCommand | None, str]:
    """A profile's API key, or the command that prints it, and how the profile names it."""
    values = profile.values
    if "api_key_env" in values:
        name = values["api_key_env"]
        return api_key_from_variable(name, profile.name, environ), f"environment {name}"
    if "api_key_file" in values:
        path = values["api_key_file"]
        return api_key_from_file(path, profile.name), f"file {path}"
    if "api_key_command" in values:
        return ApiKeyCommand(values["api_key_command"], profile.name), "command"
    return None, ""


def _parsed(name: str, text: str, source: str) -> Any:
    """Parse the text of a flag or variable."""
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
