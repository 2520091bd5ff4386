"""What a command declares, and the arguments that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from tui.commands.mistakes import mistake, surplus
from tui.config.setting_rules import CLOUD, SELF_HOSTED
from tui.model.text import visible

if TYPE_CHECKING:
    from tui.commands.invocation import Invocation


class CommandParser(argparse.ArgumentParser):
    """A parser that knows its declared arguments and subcommands, and takes options between positional arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.declared: list[argparse.Action] = []
        self.subcommands: dict[str, CommandParser] = {}
        self.summaries: dict[str, str] = {}
        """One line about each subcommand."""
        self._intermixing = False
        super().__init__(*args, **kwargs)
        self.color = False  # Python 3.14 would colour help and errors, which then are not plain text

    def error(self, message: str) -> NoReturn:
        """Print the mistake in one sentence and exit with 2; arguments may be pasted, so it is made printable."""
        sentence = mistake(message, list(self.subcommands))
        help_hint = "" if sentence.endswith("?") else f"; {self.prog} --help shows what it takes"
        self.exit(2, visible(f"{self.prog}: {sentence}{help_hint}\n"))

    def refuse(self, words: Sequence[str]) -> NoReturn:
        """Print that these arguments are unknown, with the option that was likely meant, and exit with 2."""
        self.error(surplus(words, [flag for action in self.declared for flag in action.option_strings]))

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        """Declare an argument, as argparse does."""
        action = super().add_argument(*args, **kwargs)
        self.declared.append(action)
        return action

    def add_exclusive_arguments(self, *options: tuple[str, str, str]) -> None:
        """Declare options of which at most one can be given, each as flag, name of its value, help."""
        group = self.add_mutually_exclusive_group()
        for flag, metavar, help_text in options:
            self.declared.append(group.add_argument(flag, metavar=metavar, help=help_text))

    def add_subcommand(self, group: Any, name: str, summary: str, **options: Any) -> CommandParser:
        """Add a parser to what `add_subparsers` returned."""
        parser: CommandParser = group.add_parser(name, help=summary, **options)
        self.subcommands[name], self.summaries[name] = parser, summary
        return parser

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse options wherever they are: `summary get --demo ID`; a parser with subcommands leaves that to them."""
        if self._intermixing or self.subcommands:
            return super().parse_known_args(args, namespace)
        self._intermixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._intermixing = False


@dataclass(frozen=True)
class Command:
    """A command: what its help says, its arguments, and the function that runs it."""

    name: str
    usage: str
    """What follows the name in the usage line, without the options."""
    summary: str
    """One line for the list of commands."""
    description: str
    """A sentence or two above the options, wrapped to 79 columns."""
    exit_codes: str
    """Text below the options; must contain "Exit codes:"."""
    add_arguments: Callable[[CommandParser], None]
    run: Callable[[Invocation], int] | None = None
    """Runs the command, returns its exit code, raises UsageError; None for those that `tui.cli` runs."""
    agent_help: str | None = None
    """Help of --agent; None for a command that takes no options about the server."""
    writes: bool = False
    """Whether the command can change the server, so that its help lists --readonly."""
    needs_api_key: bool = True
    """Whether an API key that cannot be read stops the command; not if it is about settings only."""


class ServerOption(NamedTuple):
    """An option of the screen that commands take too, before or after their name."""

    flag: str
    metavar: str | None
    """Name of its value, in brackets where it can be left out; None for a switch."""
    help: str
    command_help: str | None
    """Help below a command; None hides it there."""
    name: str
    """Name of the parsed argument, which is that of a setting."""
    variants: Mapping[str, str] = MappingProxyType({})
    """For a switch that can also have a value, `--demo=cloud`: the value of the setting for each way to write it."""


SERVER_OPTIONS = (
    ServerOption(
        "--demo",
        None,
        "browse the embedded demo server: no network",
        "the embedded demo server: no network",
        "demo",
        {"--demo": SELF_HOSTED, f"--demo={CLOUD}": CLOUD},
    ),
    ServerOption(
        "--base-url",
        "URL",
        "the Letta server, e.g. http://localhost:8283",
        "the Letta server, e.g. http://localhost:8283",
        "base_url",
    ),
    ServerOption(
        "--profile",
        "PROFILE",
        "a profile of the settings files: letta-tui profile list",
        "a profile of the settings files",
        "profile",
    ),
    ServerOption(
        "--from",
        "FILE",
        "an exported bundle or an agent file (.af), offline",
        "an exported bundle or an agent file (.af)",
        "bundle",
    ),
    ServerOption(
        "--letta-code",
        "[DIR]",
        "Letta Code's agents on this machine, in DIR",
        None,
        "letta_code",
    ),
    ServerOption("--agent", "ID|NAME", "start on this agent", None, "agent"),
    ServerOption("--conversation", "ID", "start on this conversation", None, "conversation"),
    ServerOption(
        "--readonly",
        None,
        "refuse all changes",
        "refuse all changes",
        "readonly",
    ),
    ServerOption(
        "--allow-plain-http", None, "send the API key over http to other machines", None, "allow_plain_http"
    ),
    ServerOption("--log-file", "FILE", "append a log of requests, without the API key", None, "log_file"),
)


def add_screen_options(parser: argparse.ArgumentParser, version: str) -> None:
    """Add every option of a start of the screen."""
    for option in SERVER_OPTIONS:
        _add(parser, option, option.help)
    parser.add_argument("--version", action="version", version=f"letta-tui {version}")


def add_command_options(parser: CommandParser, command: Command) -> None:
    """Add the options about the server; one that is not given after the command must not undo one given before it."""
    if command.agent_help is None:
        return
    agent = next(option for option in SERVER_OPTIONS if option.name == "agent")
    _add(parser, agent, command.agent_help, default=argparse.SUPPRESS)
    for option in SERVER_OPTIONS:
        if option is not agent:
            other = "readonly" if not command.writes else "bundle"  # nothing in a file can be changed
            shown = option.command_help is not None and option.name != other
            help_text = option.command_help if shown else argparse.SUPPRESS
            _add(parser, option, help_text, default=argparse.SUPPRESS)


def _add(parser: argparse.ArgumentParser, option: ServerOption, help_text: str | None, **extra: Any) -> None:
    if option.variants:
        extra |= {"nargs": 0, "const": option.variants}
        parser.add_argument(*option.variants, action=_StoreVariant, dest=option.name, help=help_text, **extra)
    elif option.metavar is None:
        parser.add_argument(option.flag, action="store_true", dest=option.name, help=help_text, **extra)
    elif option.metavar.startswith("["):
        metavar = option.metavar.strip("[]")
        more = {"nargs": "?", "const": "", "metavar": metavar, **extra}
        parser.add_argument(option.flag, dest=option.name, help=help_text, **more)
    else:
        parser.add_argument(option.flag, metavar=option.metavar, dest=option.name, help=help_text, **extra)


class _StoreVariant(argparse.Action):
    """Stores the value that a variant of a switch stands for; never takes the next word as its value."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Store the value of the variant that was used."""
        setattr(namespace, self.dest, self.const[option_string])


def with_folders(words: Sequence[str]) -> list[str]:
    """Return the words of a command line, with optional folders joined to their options: `--letta-code=DIR`.

    The next word is taken as a folder only if it has a slash, or begins with a dot or tilde.
    """
    optional = {option.flag for option in SERVER_OPTIONS if (option.metavar or "").startswith("[")}
    joined: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*joined, word, *rest]
        if word in optional:
            is_folder = (
                bool(rest) and not rest[0].startswith("-") and ("/" in rest[0] or rest[0][:1] in (".", "~"))
            )
            word = f"{word}={rest.pop(0) if is_folder else ''}"
        joined.append(word)
    return joined


def add_json(parser: CommandParser) -> None:
    """Add --json, for commands that can answer programs."""
    parser.add_argument("--json", action="store_true", help="print JSON, for other programs")


def add_conversation(parser: CommandParser) -> None:
    """Add the conversation that the command is about; without it the environment may name one."""
    parser.add_argument(
        "conversation_id", nargs="?", metavar="CONVERSATION", help='its id, or "default" with --agent'
    )


def positive(text: str) -> int:
    """Parse a positive number; argparse names the option in its error."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return number
