"""What every test gets: a scrubbed environment, asyncio, and on request a real Letta server."""

import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.live.running import RealServer, attach, start
from tui.letta import api_key
from tui.presentation.times import TimeFormat, set_time_format
from tui.textual_fixes import STOCK, install, is_on, text_area

pytest_plugins = ["tests.faults.summary", "tests.hanging"]

# Taken before any test changes it: the server keeps its cache folder and its package settings.
ENVIRONMENT = dict(os.environ)

SCRUBBED_PREFIXES = ("LETTA_", "TEXTUAL", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLORTERM")
SCRUBBED_SUFFIXES = ("_PROXY",)
SCRUBBED_NAMES = {
    "EDITOR",
    "VISUAL",
    "PAGER",
    "BROWSER",
    "COLUMNS",
    "LINES",
    "TMUX",
    "STY",
    "TERM_PROGRAM",
} | {
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSLKEYLOGFILE",
}

os.environ["TEXTUAL_ANIMATIONS"] = "none"  # read once, when textual is imported

# A shell ignores ctrl+c for what it starts in the background, and so would every program that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# All fixes at once, so that no test depends on which ones an earlier test has switched on.
install()
text_area()

# What is imported stays, and looking through it again and again takes a fifth of a test of a screen.
gc.freeze()
gc.set_threshold(50_000, 20, 20)


# The same examples in every run, at whatever speed.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("repeatable")

INSTALLED = "live", "official", "letta_code"
"""Markers of tests that need something real, which they install by themselves."""

LIVE_TIMEOUT = 900
"""Seconds for such a test, which may install it first."""


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One process for a few files, which a second one would only delay, and for tests that share what is installed."""
    files = [argument for argument in config.args if ".py" in argument]
    return 0 if files or config.option.markexpr in INSTALLED else None


def _is_scrubbed(name: str) -> bool:
    upper = name.upper()
    return upper != STOCK and (
        upper in SCRUBBED_NAMES
        or upper.startswith(SCRUBBED_PREFIXES)
        or upper.endswith(SCRUBBED_SUFFIXES)
        or upper.startswith("SSH_")
    )


TRIED = frozenset({"8.2.8"})
"""Versions of Textual for which its fixes are tested."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give tests that install something more time, and leave the tests of fixes out where the fixes are off."""
    for item in items:
        if any(map(item.get_closest_marker, INSTALLED)):
            item.add_marker(pytest.mark.timeout(LIVE_TIMEOUT))
    if not is_on(TRIED):
        left_out = [item for item in items if item.get_closest_marker("textual_fixes")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session", autouse=True)
def utc() -> Iterator[None]:
    """Every clock that a test looks at shows UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(scope="session")
def new_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders that do not exist yet, all below one folder of this run."""
    folder = tmp_path_factory.mktemp("tests")
    return (folder / str(number) for number in count())


@pytest.fixture
def tmp_path(new_folders: Iterator[Path]) -> Path:
    """An empty folder, as pytest's own, which looks through those of all earlier tests for a free name."""
    folder = next(new_folders)
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hide the developer's environment and files from the test; returns the empty home folder."""
    for name in list(os.environ):
        if _is_scrubbed(name):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for kind in ("config", "state", "cache", "data"):
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(home / kind))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    # A pytest plugin may have imported textual before this file could set the variable.
    if constants := sys.modules.get("textual.constants"):
        monkeypatch.setattr(constants, "TEXTUAL_ANIMATIONS", "none")
    return home


@pytest.fixture(autouse=True)
def times_as_ever() -> Iterator[None]:
    """How times are shown is set for a run of the program, and must not leak from one test to the next."""
    yield
    set_time_format(TimeFormat())


@pytest.fixture(autouse=True)
def keys_of_each_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash report hides every API key of the process: a short one of another test would hide parts of words."""
    monkeypatch.setattr(api_key, "_known", set(api_key._known))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests marked `anyio` run on asyncio, as the app does."""
    return "asyncio"


@pytest.fixture(scope="session")
def real_server() -> Iterator[RealServer]:
    """A real Letta server with an empty database, shared by all tests marked `live`.

    `LETTA_TUI_TEST_URL` (and `LETTA_TUI_TEST_KEY`) name one that runs already; nothing is started then.
    """
    with ExitStack() as stack:
        url = ENVIRONMENT.get("LETTA_TUI_TEST_URL")
        if url:
            yield attach(url, ENVIRONMENT.get("LETTA_TUI_TEST_KEY"))
        else:
            yield stack.enter_context(start(ENVIRONMENT))
