"""PostgreSQL, the fake model server and Letta: started in this order, stopped in the reverse one."""

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.live.child import Child, tail
from tests.live.postgres import Postgres
from tests.live.rest import RestError, call
from tests.live.running import EMBEDDING, REPOSITORY, LiveError, RealServer, attach

TABLES = Path(__file__).with_name("tables.py")
DEAD_PROXY = "http://127.0.0.1:9"
LOOPBACK = "127.0.0.1,localhost,::1"
FOREIGN = ("LETTA_", "OPENAI_", "ANTHROPIC_", "GEMINI_", "GOOGLE_", "AZURE_", "AWS_", "PYTHON")


@dataclass(frozen=True)
class Options:
    """How to run the server; `key` turns on secure mode, `extra` is added to Letta's environment."""

    host: str = "127.0.0.1"
    port: int = 0
    llm_port: int = 0
    key: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    unprivileged: str = "nobody"
    seconds: float = 180


class Stack:
    """One server over one data folder, with everything that it writes below that folder."""

    def __init__(self, venv: Path, data: Path, options: Options) -> None:
        self.venv = venv
        self.data = data
        self.options = options
        self.logs = data / "logs"
        self.children: list[Child] = []
        self.lock: IO[str] | None = None

    def start(self) -> RealServer:
        """Start everything and wait until Letta answers; on failure `stop` is still to be called."""
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.lock = self._lock()
        postgres = Postgres(self.venv, self.data / "pgdata", self.logs, self.options.unprivileged)
        self.children.append(postgres.child)
        postgres.wait()
        llm_url = self._start_llm()
        environment = self._environment(postgres.uri, llm_url)
        self._create_tables(environment)
        base_url = self._start_letta(environment)
        server = attach(
            base_url,
            self.options.key,
            embedding=EMBEDDING,
            data=str(self.data),
            psql=postgres.psql(),
            llm_url=llm_url,
            pids={"server": os.getpid(), **{child.name: child.pid for child in self.children}},
        )
        self._remember(server)
        return server

    def died(self) -> str | None:
        """Which of the programs has ended by itself, and why."""
        return next((reason for child in self.children if (reason := child.died())), None)

    def stop(self) -> None:
        """Stop what was started, Letta first."""
        while self.children:
            self.children.pop().stop()
        if self.lock:
            state_file(self.data).unlink(missing_ok=True)
            self.lock.close()

    def _lock(self) -> IO[str]:
        """Two servers over one data folder would share its database and its model server's address."""
        lock = (self.data / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise LiveError(f"a server runs over {self.data} already") from None
        return lock

    def _start_llm(self) -> str:
        """Letta keeps the model server's address in every agent: one data folder, one port for ever."""
        memo = self.data / "llm-port"
        port = int(memo.read_text()) if memo.exists() else self.options.llm_port or free_port()
        command = [sys.executable, "-m", "tests.live.server", "llm", "--port", str(port)]
        child = Child("llm", command, self.logs, cwd=REPOSITORY)
        self.children.append(child)
        url = f"http://127.0.0.1:{port}/v1"
        child.wait_until(lambda: call("GET", f"{url}/models", seconds=5), 30)
        memo.write_text(str(port))
        return url

    def _environment(self, pg_uri: str, llm_url: str) -> dict[str, str]:
        """What Letta sees: nothing of the user's keys and settings, and no way out of this machine."""
        home = self.data / "home"
        home.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(FOREIGN)}
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), DEAD_PROXY)
        ours = {
            "HOME": str(home),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            "LETTA_PG_URI": pg_uri,
            "OPENAI_API_KEY": "sk-fake",
            "OPENAI_API_BASE": llm_url,
            "LETTA_DISABLE_TRACING": "true",
            "LETTA_TELEMETRY_ENABLE_DATADOG": "false",
            "NO_PROXY": LOOPBACK,
            "no_proxy": LOOPBACK,
            **proxies,
            **{name.lower(): value for name, value in proxies.items()},
        }
        if self.options.key:
            ours |= {"LETTA_SERVER_SECURE": "true", "LETTA_SERVER_PASSWORD": self.options.key}
        return {**kept, **ours, **self.options.extra}

    def _create_tables(self, environment: Mapping[str, str]) -> None:
        """From the ORM rather than by migrations, which the package does not carry."""
        log = self.logs / "tables.log"
        command = [str(self.venv / "bin/python"), "-I", str(TABLES)]
        with log.open("ab") as out:
            done = subprocess.run(
                command, env=environment, cwd=self.data, stdout=out, stderr=out, check=False, timeout=120
            )
        if done.returncode:
            raise LiveError(f"creating the tables failed:\n{tail(log)}")

    def _start_letta(self, environment: Mapping[str, str]) -> str:
        host, port = self.options.host, self.options.port or free_port()
        if _listening(host, port):
            raise LiveError(f"port {port} of {host} is in use")
        command = [str(self.venv / "bin/letta"), "server", "--host", host, "--port", str(port)]
        child = Child("letta", command, self.logs, cwd=self.data, env=environment)
        self.children.append(child)
        base_url = f"http://{host}:{port}"
        child.wait_until(lambda: _health(base_url), self.options.seconds)
        return base_url

    def _remember(self, server: RealServer) -> None:
        """For `seed --data`; only its owner may read it, as it holds the key."""
        path = state_file(self.data)
        path.touch(mode=0o600)
        path.write_text(server.to_json())


def state_file(data: Path) -> Path:
    """Where a running server over this data folder says what it is."""
    return data / "server.json"


def free_port() -> int:
    """A loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listening(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0


def _health(base_url: str) -> bool:
    try:
        return bool(call("GET", f"{base_url}/v1/health/", seconds=5))
    except RestError:
        return False
