"""Each room imports only what stands to its left, and starting the program loads only what it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tui"
MODULES = sorted(PACKAGE.rglob("*.py"))

RANKS = {
    name: rank
    for rank, names in enumerate(
        (
            ("api",),
            ("domain",),
            ("storage",),
            ("config",),
            ("local",),
            ("flows",),
            ("widgets",),
            ("screens", "web"),
            ("app", "commands"),
            ("cli",),
        )
    )
    for name in names
}
WITHOUT_TEXTUAL = {"api", "domain", "storage", "config", "flows", "local", "backends", "commands"}


def dotted(module: Path) -> str:
    return ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room(name: str) -> str:
    """The part of `tui` that a module belongs to; "" for the package itself."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(module: Path) -> Iterator[str]:
    """Every module that this one names in an import, wherever the statement stands."""
    inside = [*dotted(module).split("."), "x"] if module.name == "__init__.py" else dotted(module).split(".")
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = inside[: -node.level] if node.level else []
            source = ".".join([*base, *filter(None, [node.module])])
            yield source
            if source == "tui":
                yield from (f"tui.{alias.name}" for alias in node.names)


def tui_imports(module: Path) -> list[str]:
    return [name for name in imports(module) if name == "tui" or name.startswith("tui.")]


def each_module_of(rooms: Iterable[str]) -> pytest.MarkDecorator:
    chosen = [module for module in MODULES if room(dotted(module)) in set(rooms)]
    return pytest.mark.parametrize("module", chosen, ids=dotted)


def test_every_room_has_a_place_in_the_order() -> None:
    rooms = {room(dotted(module)) for module in MODULES}
    assert rooms - set(RANKS) <= {"", "__main__", "backends"}


@each_module_of(RANKS)
def test_a_room_imports_only_what_stands_to_its_left(module: Path) -> None:
    own = room(dotted(module))
    wrong = [
        name
        for name in tui_imports(module)
        if (other := room(name)) in RANKS and other != own and RANKS[other] >= RANKS[own]
    ]
    assert not wrong


@each_module_of(set(RANKS) - {"app", "commands", "cli"})
def test_only_the_embedded_server_and_its_users_know_it(module: Path) -> None:
    assert not [name for name in tui_imports(module) if room(name) == "backends"]


@each_module_of(["backends"])
def test_the_embedded_server_needs_httpx_and_the_standard_library_only(module: Path) -> None:
    strange = [
        name
        for name in imports(module)
        if name.split(".")[0] not in sys.stdlib_module_names | {"httpx"}
        and not name.startswith("tui.backends")
    ]
    assert not strange


@each_module_of(WITHOUT_TEXTUAL)
def test_rooms_without_a_screen_name_no_textual(module: Path) -> None:
    assert not [name for name in imports(module) if name.split(".")[0] in ("textual", "rich")]


@each_module_of(["widgets"])
def test_widgets_send_nothing_and_touch_no_file(module: Path) -> None:
    forbidden = ("tui.api.client", "tui.api.wire", "tui.config", "tui.storage")
    assert not [name for name in tui_imports(module) if name.startswith(forbidden)]


def loaded_after(statements: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after these statements."""
    code = f"import sys\n{statements}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("name", sorted(WITHOUT_TEXTUAL))
def test_a_room_without_a_screen_loads_no_textual(name: str) -> None:
    modules = [dotted(module) for module in MODULES if room(dotted(module)) == name]
    loaded = loaded_after("\n".join(f"import {module}" for module in modules))
    assert "tui" in loaded
    assert "textual" not in loaded


VERSION = """
import tui.cli
try:
    tui.cli.main(["--version"])
except SystemExit as end:
    assert not end.code
"""


def test_the_version_is_told_without_loading_the_app() -> None:
    assert not loaded_after(VERSION) & {"textual", "rich", "httpx", "pydantic"}


def test_the_frame_is_painted_before_what_sends_and_reads_answers_is_loaded() -> None:
    loaded = loaded_after("import tui.app")
    assert "textual" in loaded
    assert not loaded & {"httpx", "pydantic"}


ROWS = """
import asyncio
import tui.app
from tui.api.rows import Agent, Conversation
from tui.api.client import LettaClient
row = {"id": "conv-1", "summary": "One", "created_at": "2026-03-14T09:26:53.5Z", "archived_at": None}
class Wire:
    async def get(self, *args, what):
        return [row]
page = asyncio.run(LettaClient(Wire()).conversations("agent-1"))
assert page.rows[0].summary == "One"
"""


def test_rows_are_shown_before_what_sends_and_reads_other_answers_is_loaded() -> None:
    assert not loaded_after(ROWS) & {"httpx", "pydantic"}


def test_what_the_embedded_server_answers_is_read_without_pydantic() -> None:
    loaded = loaded_after('import tui.cli\ntui.cli.main(["check", "--demo", "--all"])')
    assert "httpx" in loaded
    assert "pydantic" not in loaded


def test_no_editor_is_loaded_before_something_is_edited() -> None:
    loaded_after("import tui.app\nassert 'textual.widgets._text_area' not in sys.modules")
