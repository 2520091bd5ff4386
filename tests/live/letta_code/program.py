"""Letta Code as a program: its commands, its turns and its App Server, on one store."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.live import folders
from tests.live.fake_llm import listen
from tests.live.install import LETTA_CODE_VERSION, install_letta_code
from tests.live.letta_code import frames
from tests.live.letta_code.model import CodeModel
from tests.live.running import LiveError

Json = dict[str, Any]

PROVIDER, MODEL = "openai-compatible", "openai-compatible/gpt-4o-mini"
CALL_SECONDS = 300
STOP_SECONDS = 30


class AppServer:
    """A running App Server, which answers frames one by one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, kind: str, **fields: Any) -> Json:
        """Send one frame and return its answer; raises LiveError where it failed."""
        answer = self.send({"type": kind, **fields})
        if not answer.get("success"):
            raise LiveError(f"{kind}: {answer.get('error')}")
        return answer

    def send(self, frame: Json) -> Json:
        """Send one frame and return its answer, whatever it says."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(frame) + "\n")
        self._process.stdin.flush()
        return self.read()

    def read(self) -> Json:
        """The next line of answers."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise LiveError("the App Server gave no answer")
        answer: Json = json.loads(line)
        return answer


class LettaCode:
    """An installed Letta Code with a home, a store and a model of its own.

    `program` is its command, and `python` an interpreter that has `websockets`.
    """

    def __init__(self, program: Path, python: Path, home: Path, store: Path, model_port: int) -> None:
        self.program, self.python, self.home, self.store = program, python, home, store
        self.model_port = model_port
        self.project = home / "project"
        self.project.mkdir(parents=True, exist_ok=True)

    def environment(self) -> dict[str, str]:
        """All that its processes get."""
        who = {f"GIT_{who}_NAME": "Tester" for who in ("AUTHOR", "COMMITTER")}
        who |= {f"GIT_{who}_EMAIL": "tester@example.com" for who in ("AUTHOR", "COMMITTER")}
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "TERM": "xterm",
            "DISABLE_AUTOUPDATER": "1",
            "LETTA_CODE_TELEM": "0",
            "LETTA_LOCAL_BACKEND_DIR": str(self.store),
            **who,
        }

    def call(self, *arguments: str, check: bool = True) -> str:
        """Run one command to its end and return what it printed."""
        done = subprocess.run(
            self._command(*arguments),
            env=self.environment(),
            cwd=self.project,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=CALL_SECONDS,
        )
        if check and done.returncode:
            words = " ".join(arguments)[:120]
            raise LiveError(
                f"letta {words} ended with {done.returncode}: {(done.stderr or done.stdout)[-600:]}"
            )
        return done.stdout

    def version(self) -> tuple[int, ...]:
        """Its version, as (0, 34, 12)."""
        return tuple(map(int, self.call("--version").split()[0].split(".")))

    def connect(self) -> None:
        """Make it use agents in files and our model, whose port is another one each time."""
        self.call("backend", "local")
        url = f"http://127.0.0.1:{self.model_port}/v1"
        self.call("connect", PROVIDER, "--base-url", url, "--api-key", "sk-fake")

    def agent(self, name: str) -> str:
        """Create an agent; returns its id."""
        made = self.call("agents", "create", "--name", name, "--model", MODEL, "--personality", "blank")
        return str(json.loads(made)["id"])

    def say(self, text: str, *where: str) -> str:
        """Have one turn, `where` being `--agent ID --new` or `--conversation ID`; returns the conversation's id."""
        printed = self.call("-p", text, *where, "--output-format", "json", "--yolo")
        return str(json.loads(printed[printed.index("{") :])["conversation_id"])

    @contextmanager
    def turn(self, text: str, *where: str) -> Iterator[subprocess.Popen[bytes]]:
        """A turn that runs meanwhile; at the end it has ended."""
        with subprocess.Popen(
            self._command("-p", text, *where, "--output-format", "json", "--yolo"),
            env=self.environment(),
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                yield process
                if process.wait(CALL_SECONDS):
                    raise LiveError(f"the turn ended with {process.returncode}")
            finally:
                process.kill()

    @contextmanager
    def app_server(self) -> Iterator[AppServer]:
        """An App Server, until the block ends."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"ws://127.0.0.1:{port}"
        server = subprocess.Popen(
            self._command("server", "--listen", address),
            env=self.environment(),
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with subprocess.Popen(
                [str(self.python), frames.__file__, f"{address}/ws"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            ) as bridge:
                try:
                    connection = AppServer(bridge)
                    connection.read()
                    yield connection
                finally:
                    bridge.kill()
        finally:
            server.terminate()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()

    def commit(self, agent_id: str, message: str) -> None:
        """Commit every file of an agent's memory."""
        folder = self.memory(agent_id)
        subprocess.run(["git", "-C", str(folder), "add", "-A"], env=self.environment(), check=True)
        subprocess.run(
            ["git", "-C", str(folder), "commit", "-qm", message], env=self.environment(), check=True
        )

    def memory(self, agent_id: str) -> Path:
        """The folder of an agent's memory."""
        return self.store / "memfs" / agent_id / "memory"

    def memory_file(self, agent_id: str, label: str) -> Path:
        """A file of an agent's memory, wherever this version has it."""
        return next(self.memory(agent_id).rglob(f"{label}.md"))

    def _command(self, *arguments: str) -> list[str]:
        return [str(self.program), *arguments]


@contextmanager
def letta_code(
    environment: Mapping[str, str], home: Path, store: Path, version: str = LETTA_CODE_VERSION
) -> Iterator[LettaCode]:
    """Letta Code on a store, installed if needed, with a model that runs until the block ends.

    `LETTA_TUI_LETTA_CODE` names the program of another version, such as one that npm installed.
    """
    venv = install_letta_code(folders.installs(environment), version)
    program = Path(environment.get("LETTA_TUI_LETTA_CODE") or venv / "bin/letta").absolute()
    model = listen("127.0.0.1", 0, CodeModel)
    thread = threading.Thread(target=model.serve_forever, daemon=True)
    thread.start()
    try:
        code = LettaCode(program, venv / "bin/python", home, store, model.server_port)
        code.connect()
        yield code
    finally:
        model.shutdown()
        model.server_close()
        thread.join()
