"""The main screen is composed: one class of ours, a bounded surface, and nobody but the app is given it."""

from __future__ import annotations

import ast
from pathlib import Path

from tui.ui.main_screen import MainScreen

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "tui" / "ui" / "main_screen.py"
MODULES = sorted((ROOT / "tui").rglob("*.py"))
TREE = ast.parse(MODULE.read_text(encoding="utf-8"))
(CLASS,) = [node for node in TREE.body if isinstance(node, ast.ClassDef) and node.name == "MainScreen"]
METHODS = [node for node in CLASS.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

SETTERS = {
    "connection": {"show_connection"},
    "conversations": {"show_list"},
    "opened": {"show_opened"},
    "marks": {"show_marks"},
    "edit": {"open_editor", "show_typed", "show_edit"},
}
"""Each snapshot with the methods by which the screen fulfils the protocol of the flow that keeps it."""


def assigned(node: ast.AST) -> set[str]:
    """The attributes of `self` that are assigned somewhere in this node."""
    found = set()
    for inner in ast.walk(node):
        targets = (
            inner.targets
            if isinstance(inner, ast.Assign)
            else [inner.target]
            if isinstance(inner, ast.AnnAssign | ast.AugAssign)
            else []
        )
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Attribute) and ast.unparse(part.value) == "self":
                    found.add(part.attr)
    return found


def test_it_inherits_from_no_class_of_ours() -> None:
    assert [kind for kind in MainScreen.__mro__ if kind.__module__.startswith("tui.")] == [MainScreen]


def test_its_methods_and_attributes_are_few() -> None:
    attributes = set().union(*map(assigned, METHODS)) | set(SETTERS)
    assert len(METHODS) <= 70
    assert len(attributes) <= 15, sorted(attributes)


def test_each_snapshot_is_set_only_by_the_protocol_of_its_flow() -> None:
    setters = {name: {method.name for method in METHODS if name in assigned(method)} for name in SETTERS}
    assert setters == SETTERS


def test_only_the_app_is_given_it() -> None:
    """Nobody else imports the class; `self` is handed to flows alone, which know it by their protocols."""
    importers = {
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "MainScreen" for alias in node.names)
    }
    assert importers == {"tui/app.py"}
    flows = {
        alias.name
        for node in ast.walk(TREE)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tui.flows.")
        for alias in node.names
    }
    receivers = {
        ast.unparse(call.func)
        for call in ast.walk(CLASS)
        if isinstance(call, ast.Call)
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
        if isinstance(argument, ast.Name) and argument.id == "self"
    }
    # Textual's own worker manager, and a function that keeps nothing.
    assert receivers - flows <= {"self.workers.cancel_group", "self.workers.cancel_node", "offered"}
