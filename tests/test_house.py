"""The rules of the house that no linter knows: sizes, named workers, no waiting, no leftovers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "tui").rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LONGEST_MODULE, LONGEST_FUNCTION = 300, 40


def lines_of(module: Path) -> list[str]:
    return module.read_text(encoding="utf-8").splitlines()


def tree_of(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


@pytest.fixture(params=MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def module(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_no_module_is_long(module: Path) -> None:
    assert len(lines_of(module)) <= LONGEST_MODULE


def test_no_function_is_long(module: Path) -> None:
    functions = [node for node in ast.walk(tree_of(module)) if isinstance(node, FUNCTIONS)]
    assert not [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= LONGEST_FUNCTION]


def workers(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Every `@work` in a module with the name of what it decorates."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(called, ast.Name) and called.id == "work":
                    yield node.name, decorator


def test_every_worker_names_its_group(module: Path) -> None:
    nameless = [
        name
        for name, decorator in workers(tree_of(module))
        if not isinstance(decorator, ast.Call) or "group" not in {word.arg for word in decorator.keywords}
    ]
    assert not nameless


def test_a_worker_that_is_given_an_answer_describes_itself(module: Path) -> None:
    """Textual's own description is the repr of all that the worker is given: of five thousand messages, 60 ms."""
    wordy = [
        node.name
        for node in ast.walk(tree_of(module))
        if isinstance(node, FUNCTIONS)
        and re.search(r"\b(Opened|Context|Conversation|Agent|Message)\b", ast.unparse(node.args))
        for name, decorator in workers(tree_of(module))
        if name == node.name
        and isinstance(decorator, ast.Call)
        and "description" not in {word.arg for word in decorator.keywords}
    ]
    assert not wordy


def test_a_worker_is_given_what_to_call_and_no_call_that_has_begun(module: Path) -> None:
    """Cancelled before it begins, a worker would leave a call that nobody awaits."""
    begun = [
        node.lineno
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "run_worker"
        and isinstance(node.args[0], ast.Call)
        and ast.unparse(node.args[0].func) != "partial"
    ]
    assert not begun


def test_nothing_blocks_the_loop_by_sleeping(module: Path) -> None:
    sleeps = [
        node.lineno
        for node in ast.walk(tree_of(module))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) == "time.sleep")
        or (isinstance(node, ast.ImportFrom) and node.module == "time" and "sleep" in ast.unparse(node))
    ]
    assert not sleeps


def test_nothing_is_left_for_later(module: Path) -> None:
    leftovers = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\bbreakpoint\(\)")
    assert not [line for line in lines_of(module) if leftovers.search(line)]
