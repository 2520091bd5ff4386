"""The documents say what the program does: keys, settings, flags, pictures, paths; and nothing of one machine."""

from __future__ import annotations

import argparse
import dataclasses
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.manual_keys import tables, whole_page
from tui.actions import ACTIONS, actions_by_place
from tui.commands.arguments import CommandParser
from tui.commands.parser import build_parser
from tui.config.key_names import key_named
from tui.config.keymap import check_keys
from tui.config.setting_rules import API_KEY_RULES, RULES, SettingRule
from tui.config.settings import Settings
from tui.manual import FOLDER, PAGES, read_page
from tui.presentation.markdown_page import anchor_of
from tui.rules.check.finding import Kind, Severity
from tui.rules.memory.label_states import LabelState

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANUAL = {f"{name}.md": read_page(name) for name in PAGES}
DOCUMENTS = {
    **{
        name: (ROOT / name).read_text(encoding="utf-8")
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", ".github/SECURITY.md")
    },
    **{f"tui/manual/{name}": text for name, text in MANUAL.items()},
}
FOR_USERS = "\n".join([README, *MANUAL.values()])

LARGEST_README = 10_000
"""Bytes: what does not fit belongs into the manual."""


def table(page: str, heading: str) -> list[str]:
    """The rows of the first table below a heading of a page."""
    _, found, rest = f"\n{MANUAL[page]}".partition(f"\n{heading}\n")
    assert found, f"{page} has no heading {heading!r}"
    rows: list[str] = []
    for line in rest.splitlines():
        if line.startswith("|"):
            rows.append(line)
        elif rows or line.startswith("#"):
            break
    return rows[2:]


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def same(said: list[str], true: list[str], where: str) -> None:
    wanted = "\n".join(true)
    assert said == true, f"the table in {where} should be:\n{wanted}"


def test_the_readme_is_short() -> None:
    assert len(README.encode()) <= LARGEST_README


def test_every_file_of_the_manual_is_a_page_with_a_title() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(PAGES)
    for name, text in MANUAL.items():
        assert re.match(r"# \S", text), name
        assert f"tui/manual/{name}" in README, name


def test_the_tables_of_keys_are_the_registry() -> None:
    """They are the list of what can be given other keys, too."""
    assert MANUAL["keys.md"] == whole_page(), "python -m tests.manual_keys writes the tables"
    listed = [one.id for actions in tables().values() for one in actions]
    assert sorted(listed) == sorted(one.id for one in ACTIONS)


def test_every_finding_and_every_state_of_memory_is_explained() -> None:
    findings = [line.split(" | ")[:2] for line in table("tools.md", "## Context check")]
    assert sorted(kind.strip("| `") for kind, _ in findings) == sorted(Kind)
    glyphs = {f"`{one.glyph} {one.value}`" for one in Severity}
    assert {severity for _, severity in findings} <= glyphs
    states = " ".join(
        line.split(" | ")[0]
        for heading in ("## States", "## States of memory in files")
        for line in table("memory.md", heading)
    )
    assert [one.value for one in LabelState if f" {one.value}`" not in states] == []


def commands() -> dict[str, CommandParser]:
    """The commands that need no screen, by name."""
    return build_parser().subcommands


def with_subcommands(command: CommandParser) -> list[CommandParser]:
    """A command, and those below it where it has some."""
    return [command, *command.subcommands.values()]


def default_words(value: object) -> str:
    """A default as the manual says it."""
    if value is None:
        return "none"
    return {False: "off", True: "on"}[value] if isinstance(value, bool) else f"`{value}`"


def places(rule: SettingRule) -> str:
    """Where in the settings files a setting may stand, as the manual says it."""
    return ", ".join(word for word, here in (("top", rule.top), ("profile", rule.profile)) if here)


def test_the_example_of_custom_keys_is_accepted() -> None:
    """It is the first thing that somebody who wants another key copies."""
    (example,) = re.findall(r"```toml\n(\[keys\]\n.*?)```", MANUAL["settings.md"], re.DOTALL)
    keys = tomllib.loads(example)["keys"]
    assert check_keys(keys, actions_by_place(), key_named) == []


def test_the_table_of_settings_is_what_the_settings_are() -> None:
    page, heading = "settings.md", "# Settings"
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
    said = [[cell.strip() for cell in line.strip("|").split("|")][:5] for line in table(page, heading)]
    same([row(*cells) for cells in said], [row(*cells) for cells in true], page)


def test_every_command_and_flag_of_the_help_is_in_the_manual() -> None:
    for name, command in {"": build_parser(), **commands()}.items():
        assert f"letta-tui {name}" in FOR_USERS, name
        for action in (action for one in with_subcommands(command) for action in one.declared):
            if action.help is not argparse.SUPPRESS and action.dest != "help":
                for flag in action.option_strings:
                    assert not flag.startswith("--") or re.search(rf"[ `]{flag}\b", FOR_USERS), flag


def test_every_command_is_explained() -> None:
    """In the list of commands, by its name."""
    explained = MANUAL["commands.md"].partition("\n## The commands\n")[2].partition("\n## ")[0]
    for name in commands():
        assert f"**`{name}`**" in explained, name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_and_flag_of_a_document_is_in_the_help(name: str) -> None:
    every = [build_parser(), *(one for command in commands().values() for one in with_subcommands(command))]
    known = {flag for command in every for action in command.declared for flag in action.option_strings}
    for line in re.findall(r"(?:^|[\s/`])letta-tui( [^\n`#&|]*)", DOCUMENTS[name]):
        for flag in re.findall(r"(?<= )--[a-z-]+", line):
            assert flag in known, line


def test_exit_codes_of_the_help_are_in_the_manual() -> None:
    codes = "\n".join(table("commands.md", "## Exit codes"))
    said = set(re.findall(r"^\| (\d+) \|", codes, re.MULTILINE))
    for command in (build_parser(), *commands().values()):
        told = re.findall(r"\b(\d+) [a-z]", (command.epilog or "").partition("Exit codes:")[2])
        assert told
        assert set(told) <= said


def links(text: str) -> Iterator[tuple[str, str]]:
    """Every link to this repository in a document: the path, "" for the document itself, and the anchor."""
    for target in re.findall(r"!?\[[^]]*\]\(([^)\s]+)\)", text):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield path, anchor


def anchors(text: str) -> set[str]:
    return {anchor_of(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_points_at_exists(name: str) -> None:
    """Pictures, other documents and their sections, and every path of tests and modules that it names."""
    text = DOCUMENTS[name]
    for path, anchor in links(text):
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), path
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), f"{path}#{anchor}"
    named = re.findall(r"`((?:tui|tests|screenshots)/[\w./]*)`", text)
    named += [f"tests/{found}" for found in re.findall(r"`((?!tests/)\w+/test_\w+\.py)`", text)]
    for path in named:
        assert (ROOT / path).exists(), path


def test_the_readme_and_the_manual_point_at_something() -> None:
    """So that a mistake in the patterns above does not look like order."""
    assert sum(1 for _ in links(README)) > 10
    assert sum(1 for text in MANUAL.values() for _ in links(text)) > 20


def test_code_in_the_manual_fits_a_terminal() -> None:
    """80 columns, less the indents of the page and of code."""
    for name, text in MANUAL.items():
        for fence in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL):
            assert [line for line in fence.splitlines() if len(line) > 74] == [], name


def test_every_picture_is_shown_somewhere() -> None:
    shown = "\n".join(DOCUMENTS.values())
    for picture in (ROOT / "screenshots").glob("*.svg"):
        assert f"screenshots/{picture.name}" in shown, picture.name


def test_the_workflow_tests_every_python_that_the_package_names() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    named = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    (matrix,) = re.findall(r"python: \[(.*)\]", workflow)
    assert named == re.findall(r"3\.\d+", matrix)


def test_workflows_run_actions_of_a_known_commit_and_trust_none_with_more_than_it_needs() -> None:
    """A tag can be moved to other code. Who may sign for the package may not also write to the repository."""
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        for used in re.findall(r"uses: (.+)", text):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v[\d.]+", used), used
        assert text.count("actions/checkout@") == text.count("persist-credentials: false")
        assert "pull_request_target" not in text
        jobs = re.split(r"\n  (?=[\w-]+:\n)", text.partition("\njobs:")[2])
        assert all(job.count(": write") <= 1 for job in jobs)
        assert ": write" not in text.partition("\njobs:")[0]


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
