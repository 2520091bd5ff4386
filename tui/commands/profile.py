"""`letta-tui profile`: list, add, use, test and remove named servers."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

from tui.api.client import LettaClient
from tui.api.probing import Probe, probe
from tui.commands.session import DONE, USAGE, Call, make_client, put, say
from tui.commands.session import run as run_act
from tui.config.config_file import Config, Profile
from tui.config.problems import SettingsError
from tui.config.profiles import ProfileStore, describe_api_key
from tui.config.settings import resolve
from tui.domain.text import one_line, plural, visible

NEW = {
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
"""Which argument of `profile add` is which setting; they are no settings of this run."""


def run(call: Call) -> int:
    """Do what the arguments name; returns the exit code."""
    book = ProfileStore()
    try:
        return {"list": _list, "add": _add, "use": _use, "test": _test, "remove": _remove}[call.flags["act"]](
            call, book
        )
    except SettingsError as problem:
        say(f"letta-tui: {visible(str(problem))}")
        return USAGE


def _list(call: Call, book: ProfileStore) -> int:
    config, current = book.read(), call.settings.profile
    found = sorted(config.profiles.values(), key=lambda one: one.name)
    if call.flags["json"]:
        put(json.dumps([_json(one, config, current) for one in found], indent=2) + "\n")
        return DONE
    if call.flags["names"]:
        put("".join(f"{one.name}\n" for one in found))
        return DONE
    rows = [_row(one, config, current) for one in found]
    widths = [max(len(row[column]) for row in rows) for column in range(5)] if rows else []
    for row in rows:
        put("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")
    if not rows:
        say("no profiles yet: letta-tui profile add NAME URL")
    for name in config.hidden:
        say(f"{name}: the one of config.toml counts, that of profiles.toml is hidden by it")
    return DONE


def _row(one: Profile, config: Config, current: str | None) -> tuple[str, ...]:
    marks = [word for word in ("readonly",) if one.values.get(word)]
    marks += [one.values["colour"]] if "colour" in one.values else []
    marks += ["default"] if config.default_profile == one.name else []
    return (
        f"{'●' if one.name == current else ' '} {one.name}",
        visible(one.values["base_url"]),
        f"key: {visible(describe_api_key(one.values))}",
        one.file.name,
        ", ".join(marks),
    )


def _json(one: Profile, config: Config, current: str | None) -> dict[str, Any]:
    told = {key: str(value) if hasattr(value, "parts") else value for key, value in one.values.items()}
    told.pop("api_key_command", None)
    return {
        "name": one.name,
        **told,
        "key": describe_api_key(one.values),
        "file": str(one.file),
        "in_use": one.name == current,
        "default": config.default_profile == one.name,
    }


def _add(call: Call, book: ProfileStore) -> int:
    told = {setting: call.flags[argument] for argument, setting in NEW.items() if call.flags.get(argument)}
    for setting in ("api_key_file", "ca_file"):
        if setting in told:
            told[setting] = os.path.abspath(os.path.expanduser(told[setting]))
    made = book.save(call.flags["name"], told)
    say(f"{made.name} is in {made.file}: letta-tui profile test {made.name}")
    return DONE


def _use(call: Call, book: ProfileStore) -> int:
    book.set_default(call.flags["name"])
    say(f"{call.flags['name']} is the profile of every start")
    return DONE


def _remove(call: Call, book: ProfileStore) -> int:
    book.remove(call.flags["name"])
    say(f"{call.flags['name']} is forgotten")
    return DONE


def _test(call: Call, book: ProfileStore) -> int:
    name = call.flags["name"] or call.settings.profile
    chosen = {"profile": name} if name else {**call.flags, "profile": None}
    settings = resolve(chosen, os.environ, book.read())
    if call.settings.demo:
        settings = replace(settings, demo=True)
    client = make_client(settings, call.transport)

    async def act(client: LettaClient) -> int:
        found = await probe(client)
        told = _told(found, client.wire.base_url, settings.has_api_key)
        put(json.dumps(told, indent=2) + "\n" if call.flags["json"] else _sentence(found, told))
        return DONE

    return run_act(client, act)


def _told(found: Probe, base_url: str, has_key: bool) -> dict[str, Any]:
    return {
        "base_url": base_url,
        "version": found.version or None,
        "agents": found.agents,
        "milliseconds": round(found.seconds * 1000),
        "key": "accepted" if has_key else "none wanted",
    }


def _sentence(found: Probe, told: dict[str, Any]) -> str:
    version = f"Letta {one_line(found.version, 40)}" if found.version else "a Letta of unknown version"
    agents = "agents not counted" if found.agents is None else plural(found.agents, "agent")
    return f"{told['base_url']}: {version}, {agents}, {told['milliseconds']} ms, key: {told['key']}\n"
