"""The rules of the house that no linter knows: named workers, no waiting, no leftovers."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "tui").rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def tree_of(module: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(module.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def no_tree_is_left() -> Iterator[None]:
    """A million nodes that stay would slow down each later test of the process."""
    yield
    tree_of.cache_clear()


def offenders(lines_of: Callable[[ast.Module], Iterable[int]]) -> list[str]:
    """Every place that a rule rejects, in all modules, as "file:line"."""
    return [f"{module.relative_to(ROOT)}:{line}" for module in MODULES for line in lines_of(tree_of(module))]


def workers(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, set[str | None]]]:
    """Every function that `@work` decorates, with the names of the arguments of the decorator."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(called, ast.Name) and called.id == "work":
                    words = decorator.keywords if isinstance(decorator, ast.Call) else []
                    yield node, {word.arg for word in words}


def workers_without_a_group(tree: ast.Module) -> Iterator[int]:
    return (function.lineno for function, words in workers(tree) if "group" not in words)


def wordy_workers(tree: ast.Module) -> Iterator[int]:
    large = re.compile(r"\b(Opened|Context|Conversation|Agent|Message)\b")
    for function, words in workers(tree):
        if large.search(ast.unparse(function.args)) and "description" not in words:
            yield function.lineno


def workers_that_have_begun(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "run_worker"
            and isinstance(node.args[0], ast.Call)
            and ast.unparse(node.args[0].func) != "partial"
        ):
            yield node.lineno


def sleeps(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute) and node.attr == "sleep" and ast.unparse(node) == "time.sleep"
        ) or (isinstance(node, ast.ImportFrom) and node.module == "time" and "sleep" in ast.unparse(node)):
            yield node.lineno


OUTPUT = "tui/commands/output.py"
"""The only module that writes to standard output or error: what it writes controls no terminal."""


def writes_to_the_terminal(tree: ast.Module) -> Iterator[int]:
    streams = {
        f"sys.{start}{name}{end}" for name in ("stdout", "stderr") for start, end in (("", ""), ("__", "__"))
    }
    for node in ast.walk(tree):
        is_print = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        is_write = (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and ast.unparse(node.value) in streams
            and node.attr not in ("isatty", "fileno")
        )
        if isinstance(node, ast.expr) and (is_print or is_write):
            yield node.lineno


def test_one_module_alone_writes_to_the_terminal() -> None:
    assert [one for one in offenders(writes_to_the_terminal) if not one.startswith(OUTPUT)] == []


OF_THE_SYSTEM = re.compile(r"\b(OSError|FileNotFoundError|FileExistsError|PermissionError|ConnectionError)\b")


def words_of_python(tree: ast.Module) -> Iterator[int]:
    """Errors of the system that are put into a text as they are: Python adds a number and quotes."""
    for node in ast.walk(tree):
        names: set[str | None] = set()
        if isinstance(node, ast.ExceptHandler) and node.type and OF_THE_SYSTEM.search(ast.unparse(node.type)):
            names = {node.name}
        elif isinstance(node, FUNCTIONS):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            names = {
                one.arg
                for one in arguments
                if one.annotation and OF_THE_SYSTEM.search(ast.unparse(one.annotation))
            }
        for inner in ast.walk(node) if names - {None} else ():
            shown = inner.value if isinstance(inner, ast.FormattedValue) else None
            if isinstance(inner, ast.Call) and ast.unparse(inner.func) == "str":
                shown = inner.args[0]
            parts = shown.values if isinstance(shown, ast.BoolOp) else [shown]
            if any(isinstance(part, ast.Name) and part.id in names for part in parts):
                assert isinstance(inner, ast.expr)
                yield inner.lineno


def test_no_message_has_the_words_of_python() -> None:
    """`reason_of` has those of the system."""
    assert [one for one in offenders(words_of_python) if not one.startswith("tui/model/os_errors.py")] == []


def test_every_worker_names_its_group() -> None:
    assert offenders(workers_without_a_group) == []


def test_a_worker_that_is_given_an_answer_describes_itself() -> None:
    """Textual's own description is the repr of all that the worker is given: of five thousand messages, 60 ms."""
    assert offenders(wordy_workers) == []


def test_a_worker_is_given_what_to_call_and_no_call_that_has_begun() -> None:
    """Cancelled before it begins, a worker would leave a call that nobody awaits."""
    assert offenders(workers_that_have_begun) == []


def test_nothing_blocks_the_loop_by_sleeping() -> None:
    """The backend for files of Letta Code does all its work in threads, where it waits for files being rewritten."""
    assert [one for one in offenders(sleeps) if not one.startswith("tui/backends/letta_code/")] == []


def test_nothing_is_left_for_later() -> None:
    leftovers = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\bbreakpoint\(\)")
    assert [
        f"{module.relative_to(ROOT)}: {line.strip()}"
        for module in MODULES
        for line in module.read_text(encoding="utf-8").splitlines()
        if leftovers.search(line)
    ] == []


def test_the_rules_reject_what_they_are_for() -> None:
    """A rule that finds nothing anywhere would look the same as a house in order."""
    wrong = """
import time
from time import sleep

class A:
    @work
    async def one(self): ...

    @work(exclusive=True)
    async def two(self, opened: Opened): ...

    @work(group="reads")
    async def three(self):
        self.run_worker(self.two(None), group="reads")
        time.sleep(1)
        print("x")
        sys.stderr.write("x")
        sys.stdout.isatty()

def four(error: OSError):
    try:
        return error.strerror, f"{error}"
    except (ValueError, OSError) as problem:
        return f"{problem.strerror or problem}", str(problem)
"""
    tree = ast.parse(wrong)
    assert list(workers_without_a_group(tree)) == [7, 10]
    assert list(wordy_workers(tree)) == [10]
    assert list(workers_that_have_begun(tree)) == [14]
    assert sorted(sleeps(tree)) == [3, 15]
    assert sorted(writes_to_the_terminal(tree)) == [16, 17]
    assert sorted(words_of_python(tree)) == [22, 24, 24]
