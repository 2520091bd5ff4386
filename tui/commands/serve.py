"""`letta-tui serve`: the app in a browser."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import find_spec

from tui.commands.exit_codes import DONE, USAGE
from tui.commands.invocation import Invocation
from tui.commands.output import print_message

OWN = frozenset({"command", "host", "port"})
MISSING = "serve needs the extra `web`: pip install 'letta-tui[web]'"


def run(invocation: Invocation) -> int:
    """Serve until interrupted; returns the exit code."""
    if find_spec("textual_serve") is None:
        print_message(f"letta-tui: {MISSING}")
        return USAGE
    from tui.web.server import WebServer

    host, port = invocation.arguments["host"], invocation.arguments["port"]
    server = WebServer(program(invocation.arguments), host, port, _tell)
    try:
        server.serve()
    except OSError as problem:
        print_message(f"letta-tui: cannot listen on {host}:{port}: {problem.strerror or problem}")
        return USAGE
    return DONE


def program(flags: Mapping[str, object]) -> list[str]:
    """The command that each visitor runs: this program with the same options, and no key among them."""
    words = [sys.executable, "-m", "tui"]
    for name, value in flags.items():
        if name in OWN or value is None or value is False:
            continue
        words.append("--" + name.replace("_", "-") + ("" if value is True else f"={value}"))
    return words


def _tell(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    print_message("Open that address in a browser. Ctrl-C ends this server and the runs that it serves.")
