"""Every program that is started is given an environment of its own, and none is started in another way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TUI = Path(__file__).parents[1] / "tui"

STARTS = {"run", "Popen", "call", "check_call", "check_output"}
STARTS_ASYNC = {"create_subprocess_exec", "create_subprocess_shell"}
OF_OS = ("exec", "spawn", "popen", "system", "posix_spawn", "startfile", "fork")


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in the program, with where it is."""
    for path in sorted(TUI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield f"{path.relative_to(TUI)}:{node.lineno}", node


def starts(call: ast.Call) -> bool:
    """Whether a call starts a program through subprocess or asyncio."""
    module, _, name = ast.unparse(call.func).rpartition(".")
    return (module == "subprocess" and name in STARTS) or name in STARTS_ASYNC


def test_each_is_given_an_environment() -> None:
    found = {place: {one.arg for one in call.keywords} for place, call in calls() if starts(call)}
    assert len(found) >= 5
    assert [place for place, keywords in found.items() if "env" not in keywords] == []


def test_none_is_started_in_another_way() -> None:
    for place, call in calls():
        module, _, name = ast.unparse(call.func).rpartition(".")
        assert not (module == "os" and name.startswith(OF_OS)), place
        assert module not in ("pty", "webbrowser"), place
