"""`letta-tui serve`: the app in a browser."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import find_spec

from tui.commands.arguments import SERVER_OPTIONS, Command, CommandParser
from tui.commands.exit_codes import DONE, USAGE
from tui.commands.invocation import Invocation
from tui.commands.output import flush, print_message, write

MISSING = "serve needs the extra `web`: pip install 'letta-tui[web]'"


def run(invocation: Invocation) -> int:
    """Serve until interrupted; returns the exit code."""
    if find_spec("textual_serve") is None:
        print_message(f"letta-tui: {MISSING}")
        return USAGE
    from tui.web.server import WebServer

    host, port = invocation.arguments["host"], invocation.arguments["port"]
    server = WebServer(program(invocation.arguments), host, port, _print_address)
    try:
        server.serve()
    except OSError as error:
        print_message(f"letta-tui: cannot listen on {host}:{port}: {error.strerror or error}")
        return USAGE
    return DONE


def program(arguments: Mapping[str, object]) -> list[str]:
    """The command that runs for each visitor: this program with the same options, none of which is an API key."""
    command = [sys.executable, "-m", "tui"]
    for option in SERVER_OPTIONS:
        value = arguments.get(option.name)
        if value is not None and value is not False:
            command.append(option.flag if value is True else f"{option.flag}={value}")
    return command


def _print_address(address: str) -> None:
    write(f"{address}\n")
    flush()
    print_message("Open that address in a browser. Ctrl-C ends this server and the runs that it serves.")


def port(text: str) -> int:
    """Parse a port; argparse reports a ValueError."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError
    return number


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--host", default="localhost", help="the address to listen on, localhost if unset")
    add("--port", type=port, default=8000, help="the port to listen on, 8000 if unset")


COMMAND = Command(
    name="serve",
    usage="",
    summary="the app in a browser",
    description="""\
Serve the app to browsers: each visitor gets a run of its own, with the options
given here. The printed address holds a token, without which nobody gets in.
It is plain http: for another host than this one, put it behind a proxy or an
ssh tunnel. Needs the extra: pip install 'letta-tui[web]'.
""",
    exit_codes="""\
Exit codes: 0 ended by Ctrl-C, 2 usage, the extra is missing or the port is
taken.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="start on this agent",
    writes=True,
)
