"""`letta-tui serve`: the app in a browser."""

from __future__ import annotations

import ipaddress
import os
import site
import socket
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import tui
from tui.commands.arguments import SERVER_OPTIONS, Command, CommandParser
from tui.commands.exit_codes import DONE, USAGE
from tui.commands.invocation import Invocation
from tui.commands.output import flush, print_message, write
from tui.config.setting_rules import RULES
from tui.model.os_errors import reason_of

MISSING = "serve needs the extra `web`: pip install 'letta-tui[web]'"
OTHER_MACHINES = (
    "lets other machines connect over plain http, where others can read the token and everything shown"
)
COMMANDS = "anyone with the address can run commands on this machine as you (--allow-commands)"


def run(invocation: Invocation) -> int:
    """Serve until interrupted; returns the exit code."""
    if find_spec("textual_serve") is None:
        print_message(f"letta-tui: {MISSING}")
        return USAGE
    from tui.web.server import WebServer

    arguments = invocation.arguments
    host, port = arguments["host"], arguments["port"]
    try:
        local = is_local(host)
        if not local and not arguments["allow_other_machines"]:
            print_message(f"letta-tui: --host {host} {OTHER_MACHINES}.")
            print_message("Add --allow-other-machines to allow that, or use an ssh tunnel.")
            return USAGE
        if not local:
            print_message(f"letta-tui: warning: --host {host} {OTHER_MACHINES}")
        if arguments["allow_commands"]:
            print_message(f"letta-tui: warning: {COMMANDS}")
        WebServer(
            program(arguments),
            host,
            port,
            _print_address,
            environment=environment(os.environ, commands=arguments["allow_commands"]),
            report=print_message,
        ).serve()
    except OSError as error:
        # asyncio adds the address as Python writes it to what the system says
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else reason_of(error)
        print_message(f"letta-tui: cannot listen on {host}:{port}: {reason.lower()}")
        return USAGE
    return DONE


def is_local(host: str) -> bool:
    """Return whether only this machine can connect to every address of the host; raises OSError for an unknown name."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM) if host else []
    addresses = [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found]
    return bool(addresses) and all(address.is_loopback for address in addresses)


def program(arguments: Mapping[str, object]) -> list[str]:
    """Return the command that runs for each visitor: this program with the same options, without any API key.

    It is started by its own path and isolated, so that nothing in the current folder takes its place.
    """
    command = [sys.executable, _isolation(), str(Path(tui.__file__).with_name("__main__.py"))]
    for option in SERVER_OPTIONS:
        value = arguments.get(option.name)
        written = {stored: flag for flag, stored in option.variants.items()}
        if value in written:
            command.append(written[value])
        elif value is not None and value is not False:
            command.append(option.flag if value is True else f"{option.flag}={value}")
    return command


def _isolation() -> str:
    """Return Python's -I, which ignores PYTHONPATH and user packages, or -P if the libraries are among those."""
    installed = tuple(os.path.join(folder, "") for folder in site.getsitepackages())
    found = [find_spec(name) for name in ("textual", "httpx", "pydantic", "tomli_w")]
    return "-I" if all(one and (one.origin or "").startswith(installed) for one in found) else "-P"


def environment(environ: Mapping[str, str], *, commands: bool) -> dict[str, str]:
    """Return the environment of each run: that of this program, and that it is for a browser."""
    folders = [one for one in environ.get("PYTHONPATH", "").split(os.pathsep) if os.path.isabs(one)]
    return {
        **{name: value for name, value in environ.items() if name != "PYTHONPATH"},
        **({"PYTHONPATH": os.pathsep.join(folders)} if folders else {}),
        str(RULES["browser"].variable): "commands" if commands else "restricted",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
    }


def _print_address(address: str) -> None:
    write(f"{address}\n")
    flush()
    print_message("Open that address in a browser. Ctrl-C stops this server and its sessions.")


def port(text: str) -> int:
    """Parse a port; argparse reports a ValueError."""
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError
    return number


def add_arguments(parser: CommandParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--host", default="localhost", help="the address to listen on (localhost)")
    add("--port", type=port, default=8000, help="the port to listen on (8000)")
    add("--allow-other-machines", action="store_true", help="accept a --host that others can reach")
    add("--allow-commands", action="store_true", help="let visitors run commands on this machine")


COMMAND = Command(
    name="serve",
    usage="",
    summary="the app in a browser",
    description="""\
Serve the app to browsers: each visitor gets a session with the options given
here. The printed address contains a token, which is required to connect.
It is plain http: from another machine, use an ssh tunnel.
Needs the extra: pip install 'letta-tui[web]'.
""",
    exit_codes="""\
Exit codes: 0 ended by Ctrl-C or SIGTERM, 2 usage, the extra is missing, the
port is in use, or --host can be reached by other machines.
""",
    add_arguments=add_arguments,
    run=run,
    agent_help="start on this agent",
    writes=True,
)
