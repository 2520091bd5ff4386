"""The commands about this program's own settings: what each is called, takes and ends with."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from tui.commands.arguments import Command, Parser, add_json

INFO = """\
Print every path, whether it is there, and every setting with its value and
where it came from. A key is never shown, nor how long it is.
"""
PROFILE = """\
List, add, choose, test and remove named servers. What stands in config.toml is
yours and stays as it is; what is added here goes into profiles.toml beside it.
"""
CODES = "Exit codes: 0 done, 2 settings that cannot be used, 130 interrupted.\n"
TEST_CODES = """\
Exit codes: 0 done, 2 settings that cannot be used or no such profile,
3 connection, 4 key refused, 130 interrupted.
"""
SHELLS = ("bash", "zsh", "fish")
ACTS = (
    ("list", "the profiles of both files; ● marks the one in use"),
    ("add", "write a new profile"),
    ("use", "make one the profile of every start"),
    ("test", "reach a server: version, agents, time, key"),
    ("remove", "forget one that was added here"),
)
USAGE = {"list": "", "add": "NAME URL ", "use": "PROFILE ", "test": "[PROFILE] ", "remove": "PROFILE "}


def _info(parser: Parser) -> None:
    add_json(parser)


def _act(acts: Any, name: str, words: str) -> Parser:
    made: Parser = acts.add_parser(
        name,
        help=words,
        description=f"{words[:1].upper()}{words[1:]}.",
        usage=f"letta-tui profile {name} {USAGE[name]}[options]",
        formatter_class=partial(argparse.HelpFormatter, max_help_position=29),
    )
    return made


def _profile(parser: Parser) -> None:
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True, title="acts")
    made = {name: _act(acts, name, words) for name, words in ACTS}
    add_json(made["list"])
    add_json(made["test"])
    made["list"].add_argument("--names", action="store_true", help="names alone, a line each")
    made["test"].add_argument("name", nargs="?", metavar="PROFILE", help="the one in use if left out")
    for act in ("use", "remove"):
        made[act].add_argument("name", metavar="PROFILE")
    add = made["add"].add_argument
    add("name", metavar="NAME")
    add("address", metavar="URL", help="the server, e.g. https://letta.example.com")
    key = made["add"].add_mutually_exclusive_group()
    key.add_argument("--key-env", metavar="VARIABLE", help="variable that holds the key")
    key.add_argument("--key-command", metavar="COMMAND", help="command that prints the key")
    key.add_argument("--key-file", metavar="FILE", help="file that holds the key, mode 0600")
    add(
        "--ca-file",
        metavar="FILE",
        help="certificates to trust instead of the usual ones",
        dest="new_ca_file",
    )
    seconds = "seconds to wait for a connection, 5 if unset"
    add("--connect-timeout", metavar="SECONDS", help=seconds, dest="new_connect")
    seconds = "seconds for each piece of an answer, 30 if unset"
    add("--read-timeout", metavar="SECONDS", help=seconds, dest="new_read")
    add("--agent", metavar="ID|NAME", help="start on this agent", dest="new_agent")
    add("--colour", metavar="COLOUR", help="mark its name in the top line", dest="new_colour")
    add("--readonly", action="store_true", help="never change this server", dest="new_readonly")
    add("--plain-http", action="store_true", help=argparse.SUPPRESS, dest="new_plain")


COMPLETION = """\
Print a script that completes commands, options and their values. In the file
that your shell reads at its start:

  bash: eval "$(letta-tui completion bash)"
  zsh:  eval "$(letta-tui completion zsh)"
  fish: letta-tui completion fish | source
"""
COMPLETION_CODES = "Exit codes: 0 done, 2 usage.\n"


def _completion(parser: Parser) -> None:
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


COMMANDS = (
    Command(
        "info",
        "",
        "paths and settings",
        INFO,
        CODES,
        "info",
        _info,
        agent="as for the screen",
        keyless=True,
    ),
    Command(
        "profile",
        "list|add|use|test|remove",
        "named servers",
        PROFILE,
        TEST_CODES,
        "profile",
        _profile,
        keyless=True,
    ),
    Command(
        "completion",
        "bash|zsh|fish",
        "for bash, zsh or fish",
        COMPLETION,
        COMPLETION_CODES,
        "completion",
        _completion,
        keyless=True,
    ),
)
