"""The git repository of an agent's memory, read with plumbing commands only.

The repository's own settings have no effect: git is given a repository of ours, with an empty configuration and
no hooks, and only the folder of objects of theirs. Its HEAD is read as a file. So no fsmonitor,
filter, pager, hook, alias, include or lazy fetch of theirs can run, and nothing is written.
"""

from __future__ import annotations

import os
import re
import selectors
import shutil
import subprocess
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tui.backends.letta_code.files import FOLDER, Root

REVISION = re.compile(r"[0-9a-f]{40}")
BRANCH = re.compile(r"refs/heads/[^\s\0]{1,200}")

PATIENCE = 10.0
"""Seconds that one call of git may take."""

MAX_OUTPUT = 32 * 2**20
"""Bytes that are read from one call."""

MAX_FILE = 2**20
"""Bytes of a memory file that are read."""

MAX_FILES = 1_000
"""Memory files of one agent."""

MAX_FOLDERS = 200
"""Folders of a commit that are looked into."""

MAX_OBJECT_FILES = 200_000
MAX_OBJECT = "64m"
"""What git may allocate at once: it loads an object into memory, and a few bytes can unpack to gigabytes."""

HASH = 20
"""Bytes of the name of an object."""

REGULAR, FOLDER_MODE = (b"100644", b"100755", b"100664"), b"40000"
SMALL = 2**20
"""Bytes of HEAD, of a ref, of packed refs."""


class GitProblem(Exception):
    """Why the history of a memory cannot be read: `state` is one word of the wire, the text a sentence."""

    def __init__(self, state: str, sentence: str) -> None:
        super().__init__(sentence)
        self.state = state


class Commit(NamedTuple):
    """One commit: its revision, its author's name, its time as ISO 8601 and its subject."""

    revision: str
    author: str
    time: str
    subject: str


class Repository:
    """The repository below one folder of a store; every method raises GitProblem."""

    def __init__(self, root: Root, folder: tuple[str, ...], git: GitProgram) -> None:
        self._root = root
        self._folder = folder
        self._git = git
        self._check()

    def _check(self) -> None:
        """Check that the repository is a folder of its own, of this user, and all of it below the store."""
        try:
            with self._root.folder(*self._folder) as work_tree:
                owners = {os.fstat(work_tree).st_uid}
                if ".git" not in os.listdir(work_tree):
                    raise GitProblem("no-repository", "The memory is not in git, so it has no history.")
            with self._root.folder(*self._folder, ".git") as handle:
                owners.add(os.fstat(handle).st_uid)
                names = os.listdir(handle)
            with self._root.folder(*self._folder, ".git", "objects") as handle:
                owners.add(os.fstat(handle).st_uid)
                _check_objects(handle)
        except FileNotFoundError as error:
            raise GitProblem("unreadable", f"The memory's git repository lacks {error.filename}.") from None
        except OSError as error:
            raise _unreadable(error) from None
        if owners != {os.geteuid()}:
            words = "The memory's git repository belongs to another user, so git is not run in it."
            raise GitProblem("other-owner", words)
        if "commondir" in names or "reftable" in names:
            raise GitProblem("unreadable", "The memory's git repository has an unsupported format.")

    def head(self) -> str | None:
        """The revision of HEAD, None before the first commit."""
        text = self._text("HEAD").strip()
        if REVISION.fullmatch(text):
            return text
        name = text.removeprefix("ref:").strip()
        parts = name.split("/")
        if not BRANCH.fullmatch(name) or not all(parts) or {".", ".."} & set(parts):
            raise GitProblem("unreadable", "The HEAD of the memory's git repository does not name a branch.")
        try:
            revision = self._text(*parts).strip()
        except FileNotFoundError:
            revision = self._packed(name)
        if revision and not REVISION.fullmatch(revision):
            raise GitProblem(
                "unreadable", "The branch of the memory's git repository does not name a commit."
            )
        return revision or None

    def _packed(self, name: str) -> str:
        try:
            lines = self._text("packed-refs").splitlines()
        except FileNotFoundError:
            return ""
        return next((line.partition(" ")[0] for line in lines if line.partition(" ")[2] == name), "")

    def _text(self, *parts: str) -> str:
        """A small file of the repository; raises FileNotFoundError where there is none."""
        try:
            data, _ = self._root.read(*self._folder, ".git", *parts, most=SMALL)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unreadable(error) from None
        return data.decode("utf-8", "replace")

    def commits(
        self, revision: str, *, path: str | None, limit: int, after: str | None = None
    ) -> list[Commit]:
        """The commits up to a revision, the newest first: those that touch a file, or all; those older than `after`."""
        arguments = [
            "log",
            "-z",
            "--no-color",
            "--format=%H%n%aI%n%an%n%s",
            f"--max-count={limit + bool(after)}",
        ]
        arguments += ["--end-of-options", after or revision, "--", *([path] if path else [])]
        found = []
        for record in self._run(*arguments).decode("utf-8", "replace").split("\0"):
            fields = record.lstrip("\n").split("\n", 3)
            if len(fields) == 4 and fields[0] != after:
                found.append(Commit(fields[0], fields[2], fields[1], fields[3].rstrip("\n")))
        return found[:limit]

    def files(self, revision: str, below: str) -> dict[str, str]:
        """The objects of regular files in a commit by their paths: in its root folder, and anywhere in one below it."""
        found: dict[str, str] = {}
        pending = [("", f"{revision}^{{tree}}")]
        for _ in range(MAX_FOLDERS):
            if not pending:
                break
            folder, tree = pending.pop(0)
            for mode, name, object_id in _entries(self._tree(tree)):
                path = f"{folder}{name}"
                if mode in REGULAR and len(found) < MAX_FILES:
                    found[path] = object_id
                elif mode == FOLDER_MODE and (folder or name == below):
                    pending.append((f"{path}/", object_id))
        return found

    def contents(self, object_ids: Iterable[str]) -> dict[str, bytes]:
        """The contents of files by their objects, without those that are larger than is read."""
        wanted = list(dict.fromkeys(object_ids))
        sizes = {}
        for line in self._batch("--batch-check", wanted).splitlines():
            words = line.decode("ascii", "replace").split()
            if len(words) == 3 and words[1] == "blob" and int(words[2]) <= MAX_FILE:
                sizes[words[0]] = int(words[2])
        found: dict[str, bytes] = {}
        left = MAX_OUTPUT // 2
        small = [one for one in wanted if one in sizes and (left := left - sizes[one]) > 0]
        output, at = self._batch("--batch", small), 0
        for object_id in small:
            header = output.find(b"\n", at)
            end = header + 1 + sizes[object_id]
            if header < 0 or len(output) <= end:
                raise GitProblem("unreadable", "The memory's git repository lacks a file of its commit.")
            found[object_id] = output[header + 1 : end]
            at = end + 1
        return found

    def _tree(self, name: str) -> bytes:
        header, _, rest = self._batch("--batch", [name]).partition(b"\n")
        words = header.split()
        if len(words) != 3 or words[1] != b"tree" or len(rest) < int(words[2]):
            raise GitProblem("unreadable", "The memory's git repository lacks an object that it names.")
        return rest[: int(words[2])]

    def _batch(self, option: str, names: list[str]) -> bytes:
        return self._run("cat-file", option, stdin="".join(f"{name}\n" for name in names).encode())

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return self._git.run(self._root.path.joinpath(*self._folder, ".git", "objects"), arguments, stdin)


def _check_objects(folder: int) -> None:
    """Refuse a folder of objects that leads elsewhere: git would follow links and alternates."""
    files, folders = _listed(folder)
    for name in folders:
        inner = os.open(name, FOLDER, dir_fd=folder)
        try:
            inside, _ = _listed(inner)
        finally:
            os.close(inner)
        if name == "info" and {"alternates", "http-alternates"} & set(inside):
            raise GitProblem("unreadable", "The memory's git repository stores its objects elsewhere.")
        files += inside
        if len(files) > MAX_OBJECT_FILES:
            raise GitProblem(
                "unreadable", f"The memory's git repository has over {MAX_OBJECT_FILES:,} files."
            )


def _listed(folder: int) -> tuple[list[str], list[str]]:
    """The files and the folders in a folder, if it contains nothing else."""
    files, folders = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif entry.is_file(follow_symlinks=False):
                files.append(entry.name)
            else:
                raise GitProblem(
                    "unreadable", "The memory's git repository contains a link or a special file."
                )
    return files, folders


def _entries(tree: bytes) -> Iterator[tuple[bytes, str, str]]:
    """Mode, name and object of each entry of a tree as git stores it."""
    at = 0
    while at < len(tree):
        blank, end = tree.find(b" ", at), tree.find(b"\0", at)
        if blank < 0 or end < blank or end + 1 + HASH > len(tree):
            return
        name = tree[blank + 1 : end].decode("utf-8", "replace")
        yield tree[at:blank], name, tree[end + 1 : end + 1 + HASH].hex()
        at = end + 1 + HASH


def _unreadable(error: OSError) -> GitProblem:
    return GitProblem("unreadable", f"The memory's git repository cannot be read: {error.strerror}.")


class GitProgram:
    """The program git with a repository of ours, in a temporary folder that is removed by `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._remove: Callable[[], object] = _nothing

    def close(self) -> None:
        """Remove the temporary folder, which otherwise is removed when the program ends."""
        with self._lock:
            self._folder = None
            self._remove()

    def run(self, objects: Path, arguments: tuple[str, ...], stdin: bytes) -> bytes:
        """What git prints about a folder of objects; raises GitProblem where it fails, takes long or prints much."""
        program = shutil.which("git")
        if program is None:
            raise GitProblem("no-git", "git is not installed, so the memory's history cannot be read.")
        ours = self._ours()
        command = [program, "--no-pager", "--literal-pathspecs", *arguments]
        environment = _environment(ours, objects)
        try:
            process = subprocess.Popen(  # noqa: S603
                command,
                cwd=ours,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise GitProblem("no-git", f"git cannot be started: {error.strerror}.") from None
        with process:
            try:
                output = _exchange(process, stdin)
                status = process.wait(PATIENCE)
            except (TimeoutError, subprocess.TimeoutExpired):
                raise GitProblem("unreadable", f"git did not answer within {PATIENCE:g} seconds.") from None
            finally:
                process.kill()
        if status:
            raise GitProblem("unreadable", "git could not read the memory's repository.")
        return output

    def _ours(self) -> Path:
        with self._lock:
            if self._folder is None:
                folder = Path(tempfile.mkdtemp(prefix="letta-tui-git-"))
                self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
                for name in ("refs", "objects"):
                    (folder / name).mkdir()
                (folder / "HEAD").write_text("ref: refs/heads/none\n")
                (folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
                self._folder = folder
            return self._folder


def _nothing() -> None:
    pass


def _environment(ours: Path, objects: Path) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(ours),
        "LC_ALL": "C",
        "GIT_DIR": str(ours),
        "GIT_OBJECT_DIRECTORY": str(objects),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOC_LIMIT": MAX_OBJECT,
    }


def _exchange(process: subprocess.Popen[bytes], stdin: bytes) -> bytes:
    """Send a short input and read all output; raises TimeoutError, and GitProblem where it is too much."""
    assert process.stdin is not None
    assert process.stdout is not None
    deadline = time.monotonic() + PATIENCE
    try:
        process.stdin.write(stdin)
        process.stdin.close()
    except BrokenPipeError:
        pass
    chunks: list[bytes] = []
    size = 0
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(process.stdout.fileno(), 2**16)
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_OUTPUT:
                raise GitProblem("unreadable", "git printed too much about the memory.")
    raise TimeoutError
