"""Only `tui.textual_fixes` and its tests use or override private names of Textual."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
import textual

ROOT = Path(__file__).parent.parent
TEXTUAL = Path(textual.__file__).parent
FIXES = ("tui/textual_fixes/", "tests/textual_fixes/")

JUDGE = "tests/official/judge.py"

BY_NAME = frozenset({"getattr", "setattr", "hasattr", "delattr"})
"""Functions and methods, those of `monkeypatch` too, that are given an attribute's name as text."""


def is_private(name: str) -> bool:
    """Whether a name begins with an underscore and is none of Python's own."""
    return name.startswith("_") and not name.startswith("__") and name != "_"


def modules(folder: str) -> list[Path]:
    """Every module of a folder outside the fixes, but for the one that runs where Letta's client is installed."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    return [path for path in paths if not path.relative_to(ROOT).as_posix().startswith((*FIXES, JUDGE))]


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def no_tree_is_left() -> Iterator[None]:
    """A million nodes that stay would slow down each later test of the process."""
    yield
    tree.cache_clear()


def defined_by(node: ast.ClassDef) -> set[str]:
    """The private names that a class defines: methods, class attributes, and attributes that its methods set."""
    names: set[str] = set()
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(item.name)
        targets = item.targets if isinstance(item, ast.Assign) else [getattr(item, "target", None)]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store) and is_own(inner):
            names.add(inner.attr)
    return {name for name in names if is_private(name)}


def is_own(node: ast.Attribute) -> bool:
    """Whether an attribute is of the object, or the class, that a method belongs to."""
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(TEXTUAL.parent if path.is_relative_to(TEXTUAL) else ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def of_textual() -> dict[tuple[str, str], set[str]]:
    """The private names of each class of Textual, by its module and name."""
    return {
        (name_of(path), node.name): defined_by(node)
        for path in TEXTUAL.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }


@cache
def all_of_textual() -> frozenset[str]:
    """Every private name that a class of Textual defines."""
    return frozenset().union(*of_textual().values())


@cache
def all_of_ours() -> frozenset[str]:
    """Every private name that a class of the program defines and that is not one of its Textual bases' as well."""
    names: set[str] = set()
    for path in modules("tui"):
        for node, inherited in classes(path):
            names |= defined_by(node) - inherited
    return frozenset(names)


def classes(path: Path) -> Iterator[tuple[ast.ClassDef, frozenset[str]]]:
    """The classes of a module, with the private names that each inherits from Textual."""
    module = importlib.import_module(name_of(path))
    here: dict[str, frozenset[str]] = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            inherited = [here.get(ast.unparse(base)) or from_textual(module, base) for base in node.bases]
            here[node.name] = frozenset().union(*inherited)
            yield node, here[node.name]


def from_textual(module: ModuleType, base: ast.expr) -> frozenset[str]:
    """The private names that a class, written as it is in a module, has from Textual."""
    if isinstance(base, ast.Subscript):
        base = base.value
    found: object = module
    for part in ast.unparse(base).split("."):
        found = getattr(found, part, None)
    names = [of_textual().get((one.__module__, one.__name__), set()) for one in getattr(found, "__mro__", ())]
    return frozenset().union(*names)


def uses(path: Path) -> Iterator[str]:
    """Where a module uses or overrides a private name of Textual."""
    inside: dict[ast.AST, frozenset[str]] = {}
    for owner, inherited in classes(path):
        inside |= dict.fromkeys(ast.walk(owner), inherited)
        for name in sorted(defined_by(owner) & inherited):
            yield f"{path.relative_to(ROOT)}:{owner.lineno}: {owner.name} overrides {name}"
    foreign = all_of_textual() - all_of_ours()
    here = vars(importlib.import_module(name_of(path)))
    for node in ast.walk(tree(path)):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Attribute):
            private = node.attr in (inside.get(node, frozenset()) if is_own(node) else foreign)
            if private and not isinstance(here.get(ast.unparse(node.value)), ModuleType):
                yield f"{path.relative_to(ROOT)}:{line}: uses {node.attr}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value.startswith("textual.") and any(map(is_private, node.value.split("."))):
                yield f"{path.relative_to(ROOT)}:{line}: names {node.value}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in BY_NAME:
            for one in node.args[1:2]:
                if isinstance(one, ast.Constant) and one.value in foreign:
                    yield f"{path.relative_to(ROOT)}:{line}: names {one.value}"
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names = [one.name for one in node.names]
            wanted = (
                [f"{node.module}.{name}" for name in names] if isinstance(node, ast.ImportFrom) else names
            )
            for name in wanted:
                if name.startswith("textual.") and any(map(is_private, name.split("."))):
                    yield f"{path.relative_to(ROOT)}:{line}: imports {name}"


@pytest.mark.parametrize("folder", ["tui", "tests", "screenshots"])
def test_no_private_name_of_textual_is_used_or_overridden(folder: str) -> None:
    assert [use for path in modules(folder) for use in uses(path)] == []
