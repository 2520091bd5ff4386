"""`letta-tui profile`: list, add, use, test and remove named servers."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from functools import partial
from typing import Any

from tui.commands.arguments import Command, CommandParser, add_json
from tui.commands.exit_codes import DONE, USAGE
from tui.commands.invocation import Invocation, make_client, run_with_client
from tui.commands.output import print_message, write, write_json
from tui.config.config_file import Config, Profile
from tui.config.problems import SettingsError
from tui.config.profiles import ProfileStore, describe_api_key, describe_place
from tui.config.settings import resolve
from tui.letta.client import LettaClient
from tui.letta.probe import Probe, probe
from tui.model.text import one_line, plural
from tui.presentation.text_table import table

NEW_PROFILE_SETTINGS = {
    "address": "base_url",
    "key_env": "api_key_env",
    "key_command": "api_key_command",
    "key_file": "api_key_file",
    "new_ca_file": "ca_file",
    "new_connect": "connect_timeout",
    "new_read": "read_timeout",
    "new_agent": "agent",
    "new_colour": "colour",
    "new_readonly": "readonly",
    "new_plain": "allow_plain_http",
}
"""Settings of a new profile by the arguments of `profile add`; they are not settings of this run."""


def run(invocation: Invocation) -> int:
    """Run the subcommand; returns the exit code."""
    store = ProfileStore()
    run_subcommand = {"list": _list, "add": _add, "use": _use, "test": _test, "remove": _remove}
    try:
        return run_subcommand[invocation.arguments["act"]](invocation, store)
    except SettingsError as error:
        print_message(f"letta-tui: {error}")
        return USAGE


def _list(invocation: Invocation, store: ProfileStore) -> int:
    config, current = store.read(), invocation.settings.profile
    profiles = sorted(config.profiles.values(), key=lambda one: one.name)
    if invocation.arguments["json"]:
        write_json([_json(one, config, current) for one in profiles])
        return DONE
    if invocation.arguments["names"]:
        write("".join(f"{one.name}\n" for one in profiles))
        return DONE
    lines, _ = table([_row(one, config, current) for one in profiles])
    write("".join(f"{line}\n" for line in lines))
    if not lines:
        print_message("no profiles yet: letta-tui profile add NAME URL")
    for name in config.hidden:
        print_message(f"{name}: the one in config.toml is used; the one in profiles.toml is hidden by it")
    return DONE


def _row(one: Profile, config: Config, current: str | None) -> tuple[str, ...]:
    marks = [word for word in ("readonly",) if one.values.get(word)]
    marks += [one.values["colour"]] if "colour" in one.values else []
    marks += ["default"] if config.default_profile == one.name else []
    return (
        f"{'●' if one.name == current else ' '} {one.name}",
        describe_place(one.values),
        f"key: {describe_api_key(one.values)}",
        one.file.name,
        ", ".join(marks),
    )


def _json(one: Profile, config: Config, current: str | None) -> dict[str, Any]:
    values = {name: str(value) if hasattr(value, "parts") else value for name, value in one.values.items()}
    values.pop("api_key_command", None)
    return {
        "name": one.name,
        **values,
        "key": describe_api_key(one.values),
        "file": str(one.file),
        "in_use": one.name == current,
        "default": config.default_profile == one.name,
    }


def _add(invocation: Invocation, store: ProfileStore) -> int:
    fields = {
        setting: invocation.arguments[argument]
        for argument, setting in NEW_PROFILE_SETTINGS.items()
        if invocation.arguments.get(argument)
    }
    if fields["base_url"].startswith(("/", ".", "~")):
        fields["letta_code"] = fields.pop("base_url")
    for setting in ("api_key_file", "ca_file", "letta_code"):
        if setting in fields:
            fields[setting] = os.path.abspath(os.path.expanduser(fields[setting]))
    profile = store.save(invocation.arguments["name"], fields)
    print_message(f"{profile.name} is in {profile.file}: letta-tui profile test {profile.name}")
    return DONE


def _use(invocation: Invocation, store: ProfileStore) -> int:
    store.set_default(invocation.arguments["name"])
    print_message(f"{invocation.arguments['name']} is now the default profile")
    return DONE


def _remove(invocation: Invocation, store: ProfileStore) -> int:
    store.remove(invocation.arguments["name"])
    print_message(f"{invocation.arguments['name']} is removed")
    return DONE


def _test(invocation: Invocation, store: ProfileStore) -> int:
    name = invocation.arguments["name"] or invocation.settings.profile
    flags = {"profile": name} if name else {**invocation.arguments, "profile": None}
    settings = resolve(flags, os.environ, store.read())
    if invocation.settings.demo:
        settings = replace(settings, demo=invocation.settings.demo)
    client = make_client(settings, invocation.transport)

    async def test(client: LettaClient) -> int:
        result = await probe(client)
        place = client.wire.base_url if settings.letta_code is None else client.server
        report = _report(result, place, settings.has_api_key)
        if invocation.arguments["json"]:
            write_json(report)
        else:
            write(_sentence(result, report))
        return DONE

    return run_with_client(client, test)


def _report(result: Probe, base_url: str, has_api_key: bool) -> dict[str, Any]:
    return {
        "base_url": base_url,
        "version": result.version or None,
        "agents": result.agents,
        "milliseconds": round(result.seconds * 1000),
        "key": "accepted" if has_api_key else "not required",
    }


def _sentence(result: Probe, report: dict[str, Any]) -> str:
    version = f"Letta {one_line(result.version, 40)}" if result.version else "Letta, unknown version"
    agents = "agents not counted" if result.agents is None else plural(result.agents, "agent")
    return f"{report['base_url']}: {version}, {agents}, {report['milliseconds']} ms, key: {report['key']}\n"


SUBCOMMANDS = (
    ("list", "the profiles of both files; ● marks the one in use", ""),
    ("add", "create a profile", "NAME URL "),
    ("use", "make one the default", "PROFILE "),
    ("test", "test a connection: version, agents, time, key", "[PROFILE] "),
    ("remove", "remove a profile that was added here", "PROFILE "),
)
"""Name, help and usage of each subcommand."""


def add_arguments(parser: CommandParser) -> None:
    """Declare the subcommands and their arguments."""
    group = parser.add_subparsers(
        dest="act", metavar="COMMAND", required=True, title="commands", prog=parser.prog
    )
    subcommands = {}
    for name, summary, usage in SUBCOMMANDS:
        subcommands[name] = parser.add_subcommand(
            group,
            name,
            summary,
            description=f"{summary[:1].upper()}{summary[1:]}.",
            usage=f"letta-tui profile {name} {usage}[options]",
            formatter_class=partial(argparse.HelpFormatter, max_help_position=29),
        )
    add_json(subcommands["list"])
    add_json(subcommands["test"])
    subcommands["list"].add_argument("--names", action="store_true", help="only the names, one per line")
    subcommands["test"].add_argument("name", nargs="?", metavar="PROFILE", help="by default the one in use")
    for name in ("use", "remove"):
        subcommands[name].add_argument("name", metavar="PROFILE")
    _add_arguments_of_add(subcommands["add"])


def _add_arguments_of_add(parser: CommandParser) -> None:
    """Declare the settings of a new profile; their names differ, since they are not settings of this run."""
    add = parser.add_argument
    add("name", metavar="NAME")
    add("address", metavar="URL", help="the server, or a folder of Letta Code's agents")
    parser.add_exclusive_arguments(
        ("--key-env", "VARIABLE", "variable that holds the key"),
        ("--key-command", "COMMAND", "command that prints the key"),
        ("--key-file", "FILE", "file that holds the key, mode 0600"),
    )
    certificates = "certificates to trust instead of the usual ones"
    add("--ca-file", metavar="FILE", help=certificates, dest="new_ca_file")
    seconds = "seconds to wait for a connection (5)"
    add("--connect-timeout", metavar="SECONDS", help=seconds, dest="new_connect")
    seconds = "seconds to wait for each part of a response (30)"
    add("--read-timeout", metavar="SECONDS", help=seconds, dest="new_read")
    add("--agent", metavar="ID|NAME", help="start on this agent", dest="new_agent")
    add("--colour", metavar="COLOUR", help="colour of its name in the header", dest="new_colour")
    add("--readonly", action="store_true", help="refuse all changes to this server", dest="new_readonly")
    add("--plain-http", action="store_true", help=argparse.SUPPRESS, dest="new_plain")


COMMAND = Command(
    name="profile",
    usage="list|add|use|test|remove",
    summary="saved connections",
    description="""\
List, add, choose, test and remove saved connections. config.toml is
yours and is never changed; what is added here goes into profiles.toml.
""",
    exit_codes="""\
Exit codes: 0 done, 2 settings that cannot be used or no such profile,
3 connection, 4 key refused, 130 interrupted.
""",
    add_arguments=add_arguments,
    run=run,
    needs_api_key=False,
)
