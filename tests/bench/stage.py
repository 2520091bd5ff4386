"""Where everything runs: a copy of the program, compiled, with an empty home, beside a server of its own."""

from __future__ import annotations

import compileall
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.bench.session import Session

ROOT = Path(__file__).parents[2]
UNWANTED = {
    "TERM_PROGRAM",
    "COLUMNS",
    "LINES",
    "TMUX",
    "NO_COLOR",
    "CI",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
}
FETCHES = 5


def environment(home: Path) -> dict[str, str]:
    """That of a person at a terminal of today with nothing configured."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in UNWANTED and not name.startswith(("LETTA_", "TEXTUAL", "XDG_"))
    }
    folders = {f"XDG_{kind.upper()}_HOME": str(home / kind) for kind in ("config", "state", "cache", "data")}
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": os.environ.get("LANG", "C.UTF-8")}
    return kept | folders | terminal | {"HOME": str(home)}


class Stage:
    """Starts programs and asks the server what it saw."""

    def __init__(
        self,
        folder: Path,
        *,
        tree: Path = ROOT,
        upstream: str = "",
        writable: bool = False,
        quick: bool = False,
    ) -> None:
        self.quick = quick
        self._folder = folder
        self._homes = itertools.count()
        self.code = folder / "code"
        for name in ("tui", "tests/bench"):
            source = tree if name == "tui" else ROOT
            shutil.copytree(source / name, self.code / name, ignore=shutil.ignore_patterns("__pycache__"))
        (self.code / "tests/__init__.py").touch()
        self.environment = environment(self._folder)
        compileall.compile_dir(self.code, quiet=2)  # no start that is measured pays for it
        behind = ["--upstream", upstream, *(["--writable"] if writable else [])] if upstream else []
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.server", *behind],
            cwd=self.code,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._server.stdout is not None
        self.url = f"http://127.0.0.1:{json.loads(self._server.stdout.readline())['port']}"
        self._http = httpx.Client(timeout=120, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._http.close()
        self._server.terminate()
        self._server.wait()

    # programs

    def app(self, world: str, *arguments: str, page: int = 0, fresh: bool = False) -> Session:
        """The program on a world of the server; `page` is a page size of any size, `fresh` an empty home."""
        return self._program("--base-url", f"{self.url}/{world}", *arguments, page=page, fresh=fresh)

    def local(self, store: Path, *, page: int = 0, fresh: bool = False) -> Session:
        """The program on a store of Letta Code."""
        return self._program(f"--letta-code={store}", page=page, fresh=fresh)

    def _program(self, *arguments: str, page: int, fresh: bool) -> Session:
        module = ["tests.bench.launch", str(page)] if page else ["tui"]
        home = self._folder / f"home-{next(self._homes)}" if fresh else self._folder
        return Session([sys.executable, "-m", *module, *arguments], environment(home), self.code)

    def floor(self, name: str, *arguments: object) -> Session:
        """One of the bare programs of tests/bench/floors."""
        return self.other([sys.executable, "-m", f"tests.bench.floors.{name}", *map(str, arguments)])

    def other(self, command: Sequence[str]) -> Session:
        """Any other program."""
        return Session(command, self.environment, self.code)

    # the server

    def _ask(self, path: str, **params: str | float) -> Any:
        return self._http.get(f"{self.url}/{path}", params=params).raise_for_status().json()

    def set(self, **values: str | float) -> None:
        """Tell the server its latency in seconds, or the mark of all titles."""
        self._ask("_set", **values)

    def forget(self) -> None:
        """Count requests from here on."""
        self._ask("_count", reset="1")

    def count(self) -> dict[str, int]:
        """Requests since, by what they were for."""
        counted: dict[str, int] = self._ask("_count")["count"]
        return counted

    def asked(self) -> dict[str, int]:
        """The same by method and path."""
        asked: dict[str, int] = self._ask("_count")["asked"]
        return asked

    def record(self, file: Path) -> None:
        """Write them one by one, a line `METHOD PATH` each, without the world, as floors/requests.py sends them."""
        targets: list[str] = self._ask("_targets")
        file.write_text("".join(f"{one}\n" for one in targets))

    def spans(self) -> list[tuple[float, float]]:
        """From when to when each request for a conversation was answered since."""
        return [(began, ended) for began, ended in self._ask("_count")["spans"]]

    def json(self, path: str) -> Any:
        """What the server answers."""
        return self._http.get(f"{self.url}/{path}").raise_for_status().json()

    def fetch(self, path: str) -> tuple[list[float], int]:
        """Milliseconds of some plain requests for the same bytes over an open connection, decoded; bytes."""
        self._http.get(f"{self.url}/{path}")
        times: list[float] = []
        size = 0
        for _ in range(FETCHES):
            began = time.perf_counter()
            content = self._http.get(f"{self.url}/{path}").content
            json.loads(content)
            size = len(content)
            times.append((time.perf_counter() - began) * 1000)
        return times, size
