"""The documents say what the program does: keys, settings, flags, pictures, paths; and nothing of one machine."""

from __future__ import annotations

import argparse
import dataclasses
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tui.actions import ACTIONS, EVERYWHERE, MAIN_SCREEN, Action, in_scopes
from tui.commands.arguments import CommandParser
from tui.commands.parser import build_parser
from tui.config.setting_rules import API_KEY_RULES, RULES, SettingRule
from tui.config.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")

CHARACTERS = {
    "slash": "/",
    "question_mark": "?",
    "exclamation_mark": "!",
    "at": "@",
    "colon": ":",
    "full_stop": ".",
    "comma": ",",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "apostrophe": "'",
    "asterisk": "*",
    "vertical_line": "\\|",
    "ampersand": "&",
    "less_than_sign": "<",
    "greater_than_sign": ">",
}
"""Names of keys, and the characters that are printed on them."""


def table(heading: str) -> list[str]:
    """The rows of the first table below a heading of the README."""
    _, found, rest = README.partition(f"\n{heading}\n")
    assert found, f"README.md has no heading {heading!r}"
    rows: list[str] = []
    for line in rest.splitlines():
        if line.startswith("|"):
            rows.append(line)
        elif rows or line.startswith("#"):
            break
    return rows[2:]


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def keys_of(action: Action) -> str:
    """The keys of an action as the README has them."""
    return " ".join(f"`{CHARACTERS.get(name, name)}`" for name in action.key_names)


def same(said: list[str], true: list[str], where: str) -> None:
    wanted = "\n".join(true)
    assert said == true, f"the table below {where!r} in README.md should be:\n{wanted}"


@pytest.mark.parametrize(
    ("heading", "actions"),
    [
        ("### Everywhere", in_scopes(*MAIN_SCREEN, EVERYWHERE)),
        ("### In the list and in the detail", in_scopes("view")),
        ("### In the summary editor", in_scopes("editor")),
        ("### In the filter line", in_scopes("filter")),
    ],
    ids=["everywhere", "movement", "editor", "filter"],
)
def test_the_tables_of_keys_are_the_registry(heading: str, actions: Iterable[Action]) -> None:
    same(table(heading), [row(keys_of(one), one.tooltip) for one in actions], heading)


def test_the_list_of_actions_is_what_can_be_given_other_keys() -> None:
    by_id = sorted(ACTIONS, key=lambda one: one.id)
    true = [row(f"`{one.id}`", keys_of(one), one.label) for one in by_id]
    same(table("#### Acts by id"), true, "#### Acts by id")


def commands() -> dict[str, CommandParser]:
    """The commands that need no screen, by name."""
    return build_parser().subcommands


def with_acts(command: CommandParser) -> list[CommandParser]:
    """A command, and the acts below it where it has some."""
    return [command, *command.subcommands.values()]


def default_words(value: object) -> str:
    """A default as the README says it."""
    if value is None:
        return "none"
    return {False: "off", True: "on"}[value] if isinstance(value, bool) else f"`{value}`"


def places(rule: SettingRule) -> str:
    """Where in the settings files a setting may stand, as the README says it."""
    return ", ".join(word for word, here in (("top", rule.top), ("profile", rule.profile)) if here)


def test_the_table_of_settings_is_what_the_settings_are() -> None:
    heading = "## Settings"
    flags = {
        action.dest: [flag for flag in action.option_strings if "=" not in flag][-1]
        for action in build_parser().declared
        if action.option_strings
    }
    defaults = {field.name: field.default for field in dataclasses.fields(Settings)}
    true = []
    for name, rule in (RULES | API_KEY_RULES).items():
        true.append(
            [
                f"`{name}`",
                f"`{flags[name]}`" if name in flags else "",
                f"`{rule.variable}`" if rule.variable else "",
                places(rule),
                default_words(defaults.get(name)),
            ]
        )
    said = [[cell.strip() for cell in line.strip("|").split("|")][:5] for line in table(heading)]
    same([row(*cells) for cells in said], [row(*cells) for cells in true], heading)


def test_every_command_and_flag_of_the_help_is_in_the_readme() -> None:
    for name, command in {"": build_parser(), **commands()}.items():
        assert f"letta-tui {name}" in README, name
        for action in (action for one in with_acts(command) for action in one.declared):
            if action.help is not argparse.SUPPRESS and action.dest != "help":
                for flag in action.option_strings:
                    assert not flag.startswith("--") or re.search(rf"[ `]{flag}\b", README), flag


def test_every_command_and_flag_of_the_readme_is_in_the_help() -> None:
    every = [build_parser(), *(one for command in commands().values() for one in with_acts(command))]
    known = {flag for command in every for action in command.declared for flag in action.option_strings}
    for line in re.findall(r"(?:^|[\s/`])letta-tui( [^\n`#&|]*)", README):
        for flag in re.findall(r"(?<= )--[a-z-]+", line):
            assert flag in known, line


def test_exit_codes_of_the_help_are_in_the_readme() -> None:
    said = set(re.findall(r"^\| (\d+) \|", README, re.MULTILINE))
    for command in (build_parser(), *commands().values()):
        told = re.findall(r"\b(\d+) [a-z]", (command.epilog or "").partition("Exit codes:")[2])
        assert told
        assert set(told) <= said


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_points_at_exists(name: str) -> None:
    """Pictures, other documents, and every path of tests and modules that it names."""
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = re.findall(r"!?\[[^]]*\]\(([^)#\s]+)[^)]*\)", text)
    targets += re.findall(r"`((?:tui|tests|screenshots)/[\w./]*)`", text)
    targets += [f"tests/{found}" for found in re.findall(r"`((?!tests/)\w+/test_\w+\.py)`", text)]
    here = [target for target in targets if "://" not in target]
    assert here or name == "CHANGELOG.md"
    for target in here:
        assert (ROOT / target).exists(), target


def test_links_inside_the_readme_lead_to_headings() -> None:
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


def test_every_picture_is_shown_somewhere() -> None:
    shown = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for picture in (ROOT / "screenshots").glob("*.svg"):
        assert f"screenshots/{picture.name}" in shown, picture.name


def tracked() -> list[Path]:
    """Files of the repository, or of the folder where there is no repository."""
    try:
        said = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in said.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry_or_a_folder_of_one_machine() -> None:
    """The names are put together here, so that this file passes its own test."""
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "crates" + ".io", "cdn" + "js."]
    folders = ["/" + name + "/" for name in ("wo" + "rk", "ro" + "ot")]
    words = re.compile(
        "|".join([*map(re.escape, hosts), *(rf"(?<![\w.-]){name}\w" for name in folders)]), re.I
    )
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data[:8000]:
            found = words.search(data.decode("utf-8", "replace"))
            assert found is None, f"{path.relative_to(ROOT)}: {found and found[0]}"
