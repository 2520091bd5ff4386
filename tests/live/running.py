"""A server that runs: what a test needs to know of it, and how to get one."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.live.rest import call

REPOSITORY = Path(__file__).resolve().parents[2]
MODEL = "gpt-4o-mini"
EMBEDDING = "openai/text-embedding-3-small"
STOP_SECONDS = 60


class LiveError(Exception):
    """The server could not be installed, started or used; the text says why."""


@dataclass(frozen=True)
class RealServer:
    """Where a running server is and how to use it.

    `model` and `embedding` are handles fit for creating an agent. What only the harness knows of the servers
    that it started (`data`, `psql`, `llm_url`, `pids`) is empty for any other server.
    """

    base_url: str
    version: str
    model: str
    embedding: str
    api_key: str | None = None
    data: str | None = None
    psql: tuple[str, ...] = ()
    llm_url: str | None = None
    pids: Mapping[str, int] | None = None

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Send one request, as `call("GET", "/v1/agents/")`, and return the decoded answer."""
        return call(method, self.base_url + path, body, key=self.api_key)

    def to_json(self) -> str:
        """One line, for `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "RealServer":
        """The server that `to_json` described."""
        fields = json.loads(text)
        return cls(**{**fields, "psql": tuple(fields["psql"])})


def attach(base_url: str, api_key: str | None = None, **known: Any) -> RealServer:
    """Describe a server that runs already (GET /v1/health/, /v1/models/ and /v1/models/embedding)."""
    base_url = base_url.rstrip("/")
    health = call("GET", f"{base_url}/v1/health/")
    models = _handles(call("GET", f"{base_url}/v1/models/", key=api_key))
    model = next((handle for handle in models if handle.endswith("/" + MODEL)), models[0] if models else None)
    if model is None:
        raise LiveError(f"{base_url} offers no model, so no agent can be created on it")
    if "embedding" not in known:
        embeddings = _handles(call("GET", f"{base_url}/v1/models/embedding", key=api_key))
        known["embedding"] = embeddings[0] if embeddings else EMBEDDING
    return RealServer(base_url=base_url, version=health["version"], model=model, api_key=api_key, **known)


def _handles(rows: Any) -> list[str]:
    return [str(row["handle"]) for row in rows if row.get("handle")]


@contextmanager
def start(environment: Mapping[str, str], *options: str) -> Iterator[RealServer]:
    """Run `python -m tests.live.server run` with these options until the block ends.

    The server lives in a process of its own and stops when its standard input closes, so that it goes away
    even if this process is killed.
    """
    command = [sys.executable, "-m", "tests.live.server", "run", "--until-eof", *options]
    with (
        tempfile.TemporaryFile("w+") as narration,
        subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=narration,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                code = process.wait(STOP_SECONDS)
                narration.seek(0)
                raise LiveError(f"the server did not start (exit code {code}):\n{narration.read()[-4000:]}")
            yield RealServer.from_json(line)
        finally:
            process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
