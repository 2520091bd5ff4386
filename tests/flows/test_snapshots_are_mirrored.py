"""The screen keeps each snapshot in one reactive, set in the one method by which it fulfils the flow's protocol."""

from __future__ import annotations

import ast
from pathlib import Path

SCREENS = sorted((Path(__file__).parents[2] / "tui" / "ui").glob("*.py"))
SETTERS = {"connection": "show_connection", "conversations": "show_list", "opened": "show_opened"}


def test_a_snapshot_is_set_in_one_method() -> None:
    found = [
        (target.attr, function.name)
        for module in SCREENS
        for function in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self"
        if target.attr in SETTERS
    ]
    assert sorted(found) == sorted(SETTERS.items())
