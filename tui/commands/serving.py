"""The command that puts the screen into a browser: what it is called, takes and ends with."""

from __future__ import annotations

from tui.commands.arguments import Command, Parser

SERVE = """\
Serve the app to browsers: each visitor gets a run of its own, with the options
given here. The printed address holds a token, without which nobody gets in.
It is plain http: for another host than this one, put it behind a proxy or an
ssh tunnel. Needs the extra: pip install 'letta-tui[web]'.
"""
SERVE_CODES = """\
Exit codes: 0 ended by Ctrl-C, 2 usage, the extra is missing or the port is
taken.
"""


def port(text: str) -> int:
    """Read a port; argparse turns ValueError into a line of its own."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError
    return number


def _serve(parser: Parser) -> None:
    add = parser.add_argument
    add("--host", default="localhost", help="the address to listen on, localhost if unset")
    add("--port", type=port, default=8000, help="the port to listen on, 8000 if unset")


COMMANDS = (
    Command(
        "serve",
        "",
        "the app in a browser",
        SERVE,
        SERVE_CODES,
        "serve",
        _serve,
        agent="start on this agent",
        writes=True,
    ),
)
