"""A byte-order mark, which some editors put before a text, changes nothing in any file that the program reads."""

from __future__ import annotations

import codecs
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.app_helpers import ids, only_agent, small_server
from tests.commands.conftest import Run, letta
from tui.backends.bundle.open_file import read_recording
from tui.config.config_file import read_config
from tui.config.problems import ConfigError
from tui.config.profiles import ProfileStore
from tui.config.settings import resolve
from tui.rules.changes.undo import Entry
from tui.storage.draft_store import Draft, DraftStore
from tui.storage.journal import Journal
from tui.storage.last_visit import LastVisit, LastVisits
from tui.storage.paths import config_dir
from tui.storage.state import State

__all__ = ["letta"]

MARK = codecs.BOM_UTF8
NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
SERVER = "https://letta.example.com"
AGENT_FILE = Path(__file__).parents[1] / "fixtures" / "agent_file.json"


def put_mark(path: Path) -> Path:
    """Put a mark before what is in the file."""
    path.write_bytes(MARK + path.read_bytes())
    return path


def write_config(name: str, text: str) -> Path:
    config_dir().mkdir(parents=True, exist_ok=True)
    path = config_dir() / name
    path.write_bytes(MARK + text.encode())
    return path


def test_in_the_settings() -> None:
    write_config(
        "config.toml", 'page_size = 7\r\n\r\n[profiles.lab]\r\nbase_url = "https://lab.example.com"\r\n'
    )
    config = read_config()
    assert config.values == {"page_size": 7}
    assert set(config.profiles) == {"lab"}


def test_a_mistake_behind_a_mark_has_its_line() -> None:
    path = write_config("config.toml", "pagesize = 7\ntheme = 3\n")
    with pytest.raises(ConfigError) as caught:
        read_config()
    assert [problem.line for problem in caught.value.problems] == [1, 2]
    path.write_bytes(MARK + b"\n\npage_size = '\xff'\n")
    with pytest.raises(ConfigError, match=r"config\.toml:3: is not UTF-8 text"):
        read_config()


def test_in_the_profiles_that_the_program_writes() -> None:
    write_config("profiles.toml", f'[profiles.lab]\nbase_url = "{SERVER}"\n')
    store = ProfileStore()
    store.save("other", {"base_url": SERVER})
    assert set(store.read().profiles) == {"lab", "other"}
    store.set_default("lab")
    store.remove("other")
    assert set(store.read().profiles) == {"lab"}


@pytest.mark.parametrize("kind", ["file", "command"])
def test_before_an_api_key(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(MARK + b"sk-let-1\n")
    path.chmod(0o600)
    source = f'api_key_file = "{path}"' if kind == "file" else f'api_key_command = "cat {path}"'
    write_config("config.toml", f'[profiles.lab]\nbase_url = "{SERVER}"\n{source}\n')
    settings = resolve({"profile": "lab"}, {}, read_config())
    assert "sk-let-1" in (settings.api_key, settings.api_key_command and settings.api_key_command())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_in_an_agent_file(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "agent.af"
    path.write_text(AGENT_FILE.read_text(encoding="utf-8"), encoding=encoding)
    assert read_recording(path.read_bytes()).agents == read_recording(AGENT_FILE.read_bytes()).agents


def test_in_an_exported_file(letta: Run, tmp_path: Path) -> None:
    server = small_server("One")
    path = tmp_path / "one.json"
    assert letta("export", ids(server)[0], "--demo", "-o", str(path), server=server).code == 0
    assert read_recording(put_mark(path).read_bytes()).conversations


def test_in_what_the_program_has_stored(tmp_path: Path) -> None:
    draft = Draft(SERVER, "agent-1", "conv-1", "text", None, NOW)
    drafts = DraftStore(tmp_path / "drafts")
    drafts.save(draft)
    put_mark(next((tmp_path / "drafts").glob("*.json")))
    assert drafts.all(SERVER) == [draft]

    entry = Entry(NOW, SERVER, "conv-1", "seen", "text", "edit")
    journal = Journal(tmp_path / "journal")
    journal.append(entry)
    put_mark(journal.path(SERVER))
    assert journal.all(SERVER) == (entry,)

    state = State(tmp_path / "state.json")
    state.remember_agent(SERVER, "agent-1")
    put_mark(tmp_path / "state.json")
    assert state.last_agent(SERVER) == "agent-1"

    visit = LastVisit(NOW, {"id": "agent-1"}, ({"id": "conv-1"},))
    LastVisits(tmp_path / "visits").save(SERVER, None, visit)
    put_mark(next((tmp_path / "visits").iterdir()))
    assert LastVisits(tmp_path / "visits").find(SERVER, None, "agent-1") == visit
    assert not list(tmp_path.rglob("*.damaged*"))


def test_before_a_summary(letta: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = small_server("Old")
    (wanted,) = ids(server)
    file = tmp_path / "text"
    file.write_bytes(MARK + "Grüße\n".encode())
    assert letta("summary", "set", wanted, "--file", str(file), "--demo", server=server).code == 0
    assert server.store.conversations[wanted].summary == "Grüße"

    def pipe(data: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))

    pipe(MARK + b"piped\n")
    assert letta("summary", "set", wanted, "-", "--demo", server=server).code == 0
    assert server.store.conversations[wanted].summary == "piped"
    pipe(MARK + b"created\n")
    new = ("create", "--agent", only_agent(server), "--summary", "-", "--demo", "--json")
    assert json.loads(letta(*new, server=server).out)["summary"] == "created"
    pipe(b"\xff\xfe")
    ended = letta(*new, server=server)
    assert (ended.code, ended.err) == (2, "letta-tui: the text is not UTF-8\n")
