"""Every file that the program writes, written once more where that cannot be: `python -m tests.storage.writers`.

A process of its own, since it gives up what it may do: it runs as another user, or under a limit for the size
of files, which is a full disk to the program. It prints, as JSON, what became of each.
"""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
import pkgutil
import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import tui
from tui.cli import main
from tui.config.problems import SettingsError
from tui.config.profiles import ProfileStore
from tui.rules.changes.undo import Entry
from tui.storage.backups import Backups
from tui.storage.draft_store import Draft, DraftStore
from tui.storage.journal import Journal
from tui.storage.last_visit import LastVisit, LastVisits
from tui.storage.log import start_log
from tui.storage.paths import config_dir, state_dir
from tui.storage.state import State
from tui.ui.clipboard import copy_to_file

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
NOBODY = 65534
IMPOSSIBLE = 77
"""Exit code where root may not become another user, as in some containers."""

SERVER = "http://letta.test"


def save_draft(text: str) -> None:
    DraftStore(state_dir() / "drafts").save(Draft(SERVER, "agent-1", "conv-1", text, None, NOW))


def append_journal(text: str) -> None:
    Journal(state_dir() / "journal").append(Entry(NOW, SERVER, "conv-1", "seen", text, "edit"))


def compact_journal(text: str) -> None:
    journal = Journal(state_dir() / "journal")
    journal.compact(SERVER)
    if text == OLD:  # so that there is something to compact the next time
        path = journal.path(SERVER)
        path.write_bytes(path.read_bytes() + b"damaged\n")


def save_state(text: str) -> None:
    State(state_dir() / "state.json").remember_agent(SERVER, text)


def save_visit(text: str) -> None:
    LastVisits(state_dir() / "visits").save(SERVER, None, LastVisit(NOW, {"id": "agent-1", "name": text}, ()))


def save_backup(text: str) -> None:
    Backups(state_dir() / "backups").save("conv-1", NOW, {"text": text})


def copy(text: str) -> None:
    copy_to_file(text, state_dir())


def save_profile(text: str) -> None:
    ProfileStore().save("lab", {"base_url": SERVER, "agent": text}, overwrite=True)


def save_api_key(text: str) -> None:
    store = ProfileStore()
    fields = {"base_url": SERVER, "api_key_file": str(store.api_key_path("lab"))}
    store.save("lab", fields | {"allow_plain_http": True}, overwrite=True, api_key=text)


def write_log(text: str) -> None:
    log = start_log(state_dir() / "log")
    try:
        logging.getLogger("tests").info(text)
    finally:
        logging.getLogger().removeHandler(log)
    if log.problem is not None:
        raise log.problem


def export(text: str) -> None:
    path = str(state_dir() / "export.json")
    command(
        "export", "default", "--agent", "Ada", "--demo", "-o", path, *([] if text == OLD else ["--force"])
    )


def add_profile(text: str) -> None:
    if text != OLD:
        command("profile", "add", "other", SERVER)


def command(*arguments: str) -> None:
    """Run a command; raises OSError with its one line if it refuses."""
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = main(arguments)
    said = errors.getvalue().strip()
    if code == 2 and "\n" not in said and out.getvalue() == "":
        raise OSError(said)
    if code:
        raise AssertionError(f"{code}: {said}")


WRITERS: Mapping[str, Callable[[str], None]] = {
    write.__name__: write
    for write in (
        save_draft,
        append_journal,
        compact_journal,
        save_state,
        save_visit,
        save_backup,
        copy,
        save_profile,
        save_api_key,
        write_log,
        export,
        add_profile,
    )
}
OLD, NEW = "old-" * 10, "new-" * 2_000


def files() -> dict[str, str]:
    """What is in the folders of the program."""
    found = (path for folder in (config_dir(), state_dir()) for path in sorted(folder.rglob("*")))
    return {str(path): path.read_bytes().hex() for path in found if path.is_file()}


def outcome(write: Callable[[str], None], text: str) -> str:
    """What became of a write: "written", or the error that the program's own code expects."""
    try:
        write(text)
    except (OSError, SettingsError) as error:
        return str(error)
    return "written"


def restrict(how: str) -> None:
    """Give up writing: to another user's folder, or more than nothing."""
    if how == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        return
    home = Path.home()
    for path in (home, *home.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.geteuid() == 0:
        try:
            os.setgroups([])
            os.setegid(NOBODY)
            os.seteuid(NOBODY)
        except PermissionError:
            sys.exit(IMPOSSIBLE)


def run(how: str) -> dict[str, object]:
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        # Whoever is another user may not read them later.
        if not module.name.startswith(("tui.web", "tui.__main__")):
            importlib.import_module(module.name)
    first = {name: outcome(write, OLD) for name, write in WRITERS.items()}
    before = files()
    restrict(how)
    second = {name: outcome(write, NEW) for name, write in WRITERS.items()}
    if os.getuid() == 0:
        os.seteuid(0)
    return {"first": first, "second": second, "same": files() == before, "files": sorted(before)}


if __name__ == "__main__":
    answer = run(sys.argv[1])
    print(json.dumps(answer))
