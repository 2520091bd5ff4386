"""A disposable Letta server that needs no network once it is installed.

    python -m tests.live.server install                         once per version, about a minute
    python -m tests.live.server run --data /tmp/letta           until Ctrl-C, SIGTERM or SIGHUP
    python -m tests.live.server seed --data /tmp/letta --agents 3 --conversations 100
    python -m tests.live.server llm                             only the fake model server

`run` prints one line of JSON as soon as the server answers, and everything else on standard error. Without
--data the database lives in a temporary folder that goes away with the server. LETTA_TUI_LIVE_DIR says where
servers are installed, LETTA_TUI_LIVE_VERSION which version is meant.
"""

import argparse
import json
import os
import select
import shutil
import signal
import sys
from pathlib import Path
from typing import get_args

from tests.live import fake_llm, folders, seed
from tests.live.install import DEFAULT_VERSION, install
from tests.live.rest import RestError
from tests.live.running import LiveError, RealServer, attach
from tests.live.stack import Options, Stack, state_file

POLL_SECONDS = 0.5
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked for the end; not an Exception, so that no polling loop swallows it."""


def stop_on_signals() -> None:
    """Turn the first signal into Stopped and ignore the later ones, so that stopping runs to its end."""

    def stop(_number: int, _frame: object) -> None:
        ignore_signals()
        raise Stopped

    for number in SIGNALS:
        signal.signal(number, stop)


def ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def run(arguments: argparse.Namespace) -> int:
    venv = install(arguments.dir, arguments.version)
    data = arguments.data or folders.fresh_data()
    options = Options(
        host=arguments.host,
        port=arguments.port,
        llm_port=arguments.llm_port,
        key=arguments.key,
        extra=dict(pair.split("=", 1) for pair in arguments.env),
        unprivileged=arguments.pg_user,
        seconds=arguments.timeout,
    )
    stack = Stack(venv, data, options)
    try:
        stop_on_signals()
        print(stack.start().to_json(), flush=True)
        return watch(stack, until_eof=arguments.until_eof)
    except Stopped:
        return 0
    finally:
        ignore_signals()
        stack.stop()
        if not arguments.data:
            shutil.rmtree(data, ignore_errors=True)


def watch(stack: Stack, *, until_eof: bool) -> int:
    """Return when a program has died (1) or when standard input has closed (0)."""
    inputs = [sys.stdin] if until_eof else []
    while True:
        if reason := stack.died():
            print(reason, file=sys.stderr)
            return 1
        readable, _, _ = select.select(inputs, [], [], POLL_SECONDS)
        if readable and not os.read(sys.stdin.fileno(), 4096):
            return 0


def llm(arguments: argparse.Namespace) -> int:
    with fake_llm.listen(arguments.host, arguments.port) as server:
        url = f"http://{arguments.host}:{server.server_address[1]}/v1"
        print(json.dumps({"llm_url": url, "pid": os.getpid()}), flush=True)
        try:
            stop_on_signals()
            server.serve_forever()
        except Stopped:
            return 0
    return 0


def seed_server(arguments: argparse.Namespace) -> int:
    names = (
        "agents",
        "conversations",
        "messages",
        "isolated",
        "via",
        "same_created_at",
        "step",
        "prefix",
        "seed",
    )
    plan = seed.Plan(**{name: getattr(arguments, name) for name in names})
    print(json.dumps(seed.seed(running(arguments), plan).as_dict()), flush=True)
    return 0


def running(arguments: argparse.Namespace) -> RealServer:
    """The server that the command line names."""
    if arguments.base_url:
        return attach(arguments.base_url, arguments.key)
    if arguments.data and state_file(arguments.data).exists():
        return RealServer.from_json(state_file(arguments.data).read_text())
    raise LiveError("name a running server: its --data folder, or its --base-url")


def install_server(arguments: argparse.Namespace) -> int:
    venv = install(
        arguments.dir,
        arguments.version,
        exclude_newer=arguments.exclude_newer,
        use_uv=not arguments.no_uv,
        force=arguments.force,
    )
    print(venv)
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m tests.live.server",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(required=True)
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        "--dir", type=folder, default=folders.installs(os.environ), help="of installed servers"
    )
    version = os.environ.get("LETTA_TUI_LIVE_VERSION") or DEFAULT_VERSION
    where.add_argument("--version", default=version, help=f"of Letta (default: {version})")
    _add_install(commands.add_parser("install", parents=[where], help="install a pinned Letta"))
    _add_run(commands.add_parser("run", parents=[where], help="start it, after installing it if needed"))
    _add_seed(commands.add_parser("seed", help="fill a running server"))
    model = commands.add_parser("llm", help="only the fake model server")
    model.set_defaults(act=llm)
    model.add_argument("--host", default="127.0.0.1")
    model.add_argument("--port", type=int, default=0, help="0: a free one")
    return top


def _add_install(command: argparse.ArgumentParser) -> None:
    command.set_defaults(act=install_server)
    command.add_argument("--exclude-newer", metavar="DATE", help="resolve dependencies as of this date")
    command.add_argument("--no-uv", action="store_true", help="use python -m venv and pip")
    command.add_argument("--force", action="store_true", help="even if it is installed")


def _add_run(command: argparse.ArgumentParser) -> None:
    command.set_defaults(act=run)
    command.add_argument("--data", type=folder, help="keep the database here (default: a temporary folder)")
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=int, default=0, help="0: a free one")
    command.add_argument(
        "--llm-port", type=int, default=0, help="0: a free one, then always the same per --data"
    )
    command.add_argument("--key", help="secure mode: clients must send it as a bearer token")
    command.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="for Letta, repeatable"
    )
    command.add_argument("--pg-user", default="nobody", help="who runs PostgreSQL if you are root")
    command.add_argument("--timeout", type=float, default=180, help="seconds to wait for Letta")
    command.add_argument("--until-eof", action="store_true", help="stop when standard input closes")


def _add_seed(command: argparse.ArgumentParser) -> None:
    plan = seed.Plan()
    command.set_defaults(act=seed_server)
    command.add_argument("--data", type=folder, help="folder of a server that `run` started")
    command.add_argument("--base-url", help="any other server (REST only)")
    command.add_argument("--key", help="with --base-url")
    command.add_argument("--agents", type=int, default=plan.agents)
    command.add_argument("--conversations", type=int, default=plan.conversations, help="per agent")
    command.add_argument("--messages", type=int, default=plan.messages, help="per conversation")
    command.add_argument("--isolated", action="store_true", help="conversations with isolated blocks")
    command.add_argument("--via", choices=get_args(seed.Via), default=plan.via, help="auto: SQL for bulk")
    command.add_argument("--same-created-at", action="store_true", help="SQL: one created_at for all")
    command.add_argument("--step", type=float, default=plan.step, help="SQL: seconds between conversations")
    command.add_argument("--prefix", default=plan.prefix, help="of the agents' names")
    command.add_argument("--seed", type=int, default=plan.seed, help="of the random choices")


def folder(text: str) -> Path:
    return Path(text).expanduser().resolve()


def main() -> int:
    os.umask(0o022)  # PostgreSQL's user must be able to read what root installs
    try:
        arguments = parser().parse_args()
        result: int = arguments.act(arguments)
    except (LiveError, RestError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return result


if __name__ == "__main__":
    sys.exit(main())
