"""Each package imports only lower layers, and starting the program loads only what it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tui"
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS = (
    ("actions", "manual", "model"),
    ("letta",),
    ("rules",),
    ("presentation",),
    ("config", "storage"),
    ("flows",),
    ("textual_fixes",),
    ("ui",),
    ("app", "commands", "web"),
    ("cli",),
)
"""The packages from the lowest to the highest; `backends` stand apart."""

RANKS = {name: rank for rank, names in enumerate(LAYERS) for name in names}
KNOW_TEXTUAL = {"textual_fixes", "ui", "app"}
WITHOUT_TEXTUAL = set(RANKS) - KNOW_TEXTUAL - {"web", "cli"} | {"backends"}


def dotted(module: Path) -> str:
    return ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {dotted(module) for module in MODULES}


def package(name: str) -> str:
    """The package of `tui` that a module belongs to; "" for `tui` itself."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


@cache
def imports(module: Path) -> tuple[str, ...]:
    """Every module that this one names in an import, wherever the statement stands."""
    return tuple(names_in(module, module.read_text(encoding="utf-8")))


def names_in(module: Path, text: str) -> Iterator[str]:
    """The same for a module with this text."""
    inside = [*dotted(module).split("."), "x"] if module.name == "__init__.py" else dotted(module).split(".")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = inside[: -node.level] if node.level else []
            source = ".".join([*base, *filter(None, [node.module])])
            modules = [f"{source}.{alias.name}" for alias in node.names if f"{source}.{alias.name}" in NAMES]
            yield from modules
            if len(modules) < len(node.names):
                yield source


def offenders(packages: Iterable[str], is_wrong: Callable[[str, str], bool]) -> list[str]:
    """Each wrong import in these packages, as "module imports name"; `is_wrong` gets the package and the import."""
    return [
        f"{dotted(module)} imports {name}"
        for module in MODULES
        if package(dotted(module)) in set(packages)
        for name in imports(module)
        if is_wrong(package(dotted(module)), name)
    ]


def is_ours(name: str) -> bool:
    return name == "tui" or name.startswith("tui.")


def test_every_package_has_a_layer() -> None:
    packages = {package(dotted(module)) for module in MODULES}
    assert packages - set(RANKS) <= {"", "__main__", "backends"}


def test_a_package_imports_only_lower_layers() -> None:
    """Of two neighbours, only `config` imports `storage` and `commands` imports `web`."""

    def is_wrong(own: str, name: str) -> bool:
        other = package(name) if is_ours(name) else own
        if other == own or other not in RANKS or (own, other) in (("config", "storage"), ("commands", "web")):
            return False
        return RANKS[other] >= RANKS[own]

    assert offenders(RANKS, is_wrong) == []


def test_only_what_starts_servers_imports_backends() -> None:
    packages = set(RANKS) - {"app", "commands", "cli"}
    assert offenders(packages, lambda _own, name: is_ours(name) and package(name) == "backends") == []


def test_backends_import_httpx_and_the_standard_library_only() -> None:
    def is_wrong(_own: str, name: str) -> bool:
        known = name.split(".")[0] in sys.stdlib_module_names | {"httpx"}
        return not known and not name.startswith("tui.backends")

    assert offenders(["backends"], is_wrong) == []


def test_packages_below_the_ui_name_no_textual() -> None:
    assert offenders(WITHOUT_TEXTUAL, lambda _own, name: name.split(".")[0] in ("textual", "rich")) == []


def test_the_ui_sends_nothing_by_itself() -> None:
    assert offenders(["ui"], lambda _own, name: name.split(".")[0] == "httpx") == []


def test_no_imports_run_in_a_circle() -> None:
    """Inside a package as among them, wherever the import statement stands."""
    graph = {dotted(module): NAMES & set(imports(module)) - {dotted(module)} for module in MODULES}
    # Without what imports nothing that is left, again and again, only circles remain.
    while leaves := {name for name, wanted in graph.items() if not wanted & set(graph)}:
        for name in leaves:
            del graph[name]
    assert {name: sorted(wanted & set(graph)) for name, wanted in graph.items()} == {}


def test_the_rules_about_imports_see_every_kind_of_import() -> None:
    module = PACKAGE / "letta" / "a.py"
    text = "import tui.storage.paths\nfrom ..model import text\nfrom tui import app\ndef f():\n    import rich.text\n"
    assert list(names_in(module, text)) == ["tui.storage.paths", "tui.model.text", "tui.app", "rich.text"]


def loaded_after(statements: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after these statements."""
    code = f"import sys\n{statements}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_packages_below_the_ui_load_no_textual() -> None:
    modules = [dotted(module) for module in MODULES if package(dotted(module)) in WITHOUT_TEXTUAL]
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


FIRST_FRAME = """
import asyncio
from datetime import UTC, datetime

import tui.app
from tui.storage.paths import state_dir
from tui.config.settings import Settings
from tui.storage.state import user_state
from tui.storage.last_visit import LastVisit, LastVisits

NOBODY = "http://127.0.0.1:1"
at = datetime(2026, 3, 14, tzinfo=UTC)
row = {"id": "conv-1", "agent_id": "agent-1", "summary": "Of the last visit", "created_at": at.isoformat()}
user_state().remember_agent(NOBODY, "agent-1")
LastVisits(state_dir() / "visits").save(NOBODY, None, LastVisit(at, {"id": "agent-1"}, (row,)))
happened = []


class Loads:
    def find_spec(self, name, path=None, target=None):
        if name in ("httpx", "pydantic", "http.client"):
            happened.append(name)


class Lines(tui.app.HarmlessLines):
    def apply(self, segments, background):
        if "Of the last visit" in "".join(segment.text for segment in segments):
            happened.append("frame")
        return super().apply(segments, background)


async def main():
    async with app.run_test(size=(120, 30)) as pilot:
        await app.workers.wait_for_complete()


sys.meta_path.insert(0, Loads())
tui.app.HARMLESS = Lines()
app = tui.app.LettaApp(Settings(base_url=NOBODY))
asyncio.run(main())
assert happened[0] == "frame", happened
assert "httpx" in happened, happened
"""


def test_the_first_frame_has_rows_before_anything_is_requested() -> None:
    """What sends and what reads answers are loaded after it."""
    loaded = loaded_after("import tui.app")
    assert "textual" in loaded
    assert not loaded & {"httpx", "pydantic"}
    loaded_after(FIRST_FRAME)


def test_models_that_the_first_frame_needs_load_no_pydantic() -> None:
    names = ("agent", "conversation", "opened", "errors")
    assert not loaded_after("\n".join(f"import tui.model.{name}" for name in names)) & {"httpx", "pydantic"}


def test_models_know_nothing_of_httpx() -> None:
    assert not [m for m in MODULES if package(dotted(m)) == "model" and "httpx" in imports(m)]


def test_only_httpx_opens_connections() -> None:
    other = ("http.client", "urllib.request", "urllib3", "requests", "aiohttp")
    allowed = {"tui.web.server"}
    wrong = [(dotted(m), name) for m in MODULES for name in imports(m) if name.startswith(other)]
    assert not [one for one in wrong if one[0] not in allowed]


ROWS = """
import asyncio
import tui.app
from tui.letta.client import LettaClient
row = {"id": "conv-1", "summary": "One", "created_at": "2026-03-14T09:26:53.5Z", "archived_at": None}
class Wire:
    has_local_memory = False

    async def get(self, *args, what):
        return [row]
page = asyncio.run(LettaClient(Wire()).conversations("agent-1"))
assert page.rows[0].summary == "One"
"""


def test_rows_are_shown_before_what_sends_and_reads_other_answers_is_loaded() -> None:
    assert not loaded_after(ROWS) & {"httpx", "pydantic"}


def test_a_store_is_connected_to_before_what_reads_it_is_loaded() -> None:
    made = "from tui.backends.letta_code.later import LaterLettaCodeTransport as Later\nLater('.')"
    assert "httpx" not in loaded_after(made)


def test_no_editor_is_loaded_before_something_is_edited() -> None:
    loaded_after("import tui.app\nassert 'textual.widgets._text_area' not in sys.modules")
