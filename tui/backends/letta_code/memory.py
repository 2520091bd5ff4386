"""The memory of an agent: Markdown files as committed, as in the work tree, and as in each commit."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Container
from typing import NamedTuple

from tui.backends.demo.records import Json
from tui.backends.letta_code.files import Root, Signature
from tui.backends.letta_code.git import (
    MAX_FILE,
    MAX_FILES,
    MAX_FOLDERS,
    REVISION,
    GitProblem,
    GitProgram,
    Repository,
)
from tui.backends.letta_code.layout import memory_folder

INDEX = "MEMORY.md"
"""The file that is rendered after all others, unchanged."""

SYSTEM = "system"
"""The folder whose files are rendered where there is no index, as up to 0.30 (measured)."""

SUFFIX = ".md"

FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
FIELD = re.compile(r"^(\w+):(.*)$", re.MULTILINE)

CACHED = 4
"""Commits, and work trees, whose files stay in memory."""

WorkTree = dict[str, tuple[Signature, str]]
"""The files of a work tree by path: the text of each, and the signature of the file that has it."""


class MemoryFile(NamedTuple):
    """A file as it is rendered into a prompt: its description, and the text behind its front matter, stripped."""

    body: str
    description: str | None


class Memories:
    """The memory of every agent of a store."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._git = GitProgram()
        self._lock = threading.Lock()
        self._commits: OrderedDict[tuple[str, str], dict[str, str]] = OrderedDict()
        self._reading = threading.Lock()
        self._work_trees: OrderedDict[str, WorkTree] = OrderedDict()

    def close(self) -> None:
        """Remove the temporary files of git."""
        self._git.close()

    def read(self, agent_id: str) -> Json:
        """The memory of an agent as it is committed and as it is in the work tree.

        `state` is ok, absent (no memory at all), no-git, no-repository, other-owner or unreadable, and `problem`
        explains it in a sentence. `files` have `label`, `path`, `description`, and as `committed` and `work_tree` the
        whole texts with front matter, None where there is no such file. `index` is the file MEMORY.md.
        """
        try:
            with self._reading:  # blocks and memory are requested at once: one reads, the other waits for it
                work_tree, left_out = self._work_tree(agent_id)
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                return _memory("absent", "This agent has no memory files.")
            return _memory("unreadable", f"The memory files cannot be read: {error.strerror}.")
        state, head, committed = "ok", None, dict[str, str]()
        problem = f"These memory files cannot be read: {', '.join(left_out)}." if left_out else ""
        try:
            repository = self._repository(agent_id)
            head = repository.head()
            if head is not None:
                committed = self._committed(agent_id, repository, head)
        except GitProblem as error:
            state, problem, head = error.state, str(error), None
        rendered = _rendered({*committed, *work_tree}, by=committed or work_tree)
        files = [_file(path, committed.get(path), work_tree.get(path)) for path in rendered]
        index = None
        if INDEX in committed or INDEX in work_tree:
            index = {"path": INDEX, "committed": committed.get(INDEX), "work_tree": work_tree.get(INDEX)}
        return {"state": state, "problem": problem, "head": head, "files": files, "index": index}

    def blocks(self, agent_id: str) -> list[Json]:
        """The committed files as blocks, as rendered; those of the work tree where git cannot be read."""
        memory = self.read(agent_id)
        source = "committed" if memory["state"] == "ok" else "work_tree"
        return [
            {
                "id": f"{agent_id}:{file['label']}",
                "label": file["label"],
                "value": parse_file(file[source]).body,
                "description": file["description"],
                "limit": None,
            }
            for file in memory["files"]
            if file[source] is not None
        ]

    def commits(self, agent_id: str, *, path: str | None, limit: int, after: str | None) -> list[Json]:
        """The commits of a file, or of all, the newest first; raises GitProblem."""
        repository = self._repository(agent_id)
        head = repository.head()
        if head is None:
            return []
        return [commit._asdict() for commit in repository.commits(head, path=path, limit=limit, after=after)]

    def at(self, agent_id: str, revision: str, path: str) -> str | None:
        """The text of a file in a commit, None where that has none; raises GitProblem."""
        return self._committed(agent_id, self._repository(agent_id), revision).get(path)

    def _repository(self, agent_id: str) -> Repository:
        return Repository(self._root, memory_folder(agent_id), self._git)

    def _work_tree(self, agent_id: str) -> tuple[dict[str, str], list[str]]:
        """The Markdown files of the work tree by path, and the paths of those that cannot be read; raises OSError."""
        folder = memory_folder(agent_id)
        with self._root.folder(*folder):  # raises what a missing one is
            pending: list[tuple[str, ...]] = [()]
        known = self._work_trees.pop(agent_id, {})
        found: WorkTree = {}
        left_out: list[str] = []
        for _ in range(MAX_FOLDERS):
            if not pending:
                break
            inner = pending.pop(0)
            for name in self._root.names(*folder, *inner):
                if len(found) >= MAX_FILES:
                    break
                path = "/".join((*inner, name))
                if not name.endswith(SUFFIX):
                    if (inner or name == SYSTEM) and self._root.is_folder(*folder, *inner, name):
                        pending.append((*inner, name))
                    continue
                try:
                    signature = self._root.signature(*folder, *inner, name)
                    if path not in known or known[path][0] != signature:
                        data, signature = self._root.read(*folder, *inner, name, most=MAX_FILE)
                        known[path] = signature, data.decode("utf-8", "replace")
                except FileNotFoundError:
                    continue  # it was removed meanwhile
                except OSError:
                    left_out.append(path)
                    continue
                found[path] = known[path]
        self._work_trees[agent_id] = found
        while len(self._work_trees) > CACHED:
            self._work_trees.popitem(last=False)
        return {path: text for path, (_, text) in found.items()}, left_out

    def _committed(self, agent_id: str, repository: Repository, revision: str) -> dict[str, str]:
        """The Markdown files of a commit by path; raises GitProblem."""
        if not REVISION.fullmatch(revision):
            raise GitProblem("unreadable", "That is not a revision.")
        with self._lock:
            if (known := self._commits.get((agent_id, revision))) is not None:
                self._commits.move_to_end((agent_id, revision))
                return known
        files = repository.files(revision, SYSTEM)
        objects = {path: object_id for path, object_id in files.items() if path.endswith(SUFFIX)}
        contents = repository.contents(objects.values())
        found = {
            path: contents[object_id].decode("utf-8", "replace")
            for path, object_id in objects.items()
            if object_id in contents
        }
        with self._lock:
            self._commits[agent_id, revision] = found
            while len(self._commits) > CACHED:
                self._commits.popitem(last=False)
        return found


def _rendered(paths: set[str], *, by: Container[str]) -> list[str]:
    """The paths of the files that a memory of these files (`by`) renders into a prompt."""
    inside = sorted(path for path in paths if path.startswith(f"{SYSTEM}/"))
    if inside and INDEX not in by:
        return inside
    return sorted(path for path in paths if "/" not in path and path != INDEX)


def parse_file(text: str) -> MemoryFile:
    """The text behind the front matter of a file, and the description in it."""
    front = FRONT.match(text)
    if front is None:
        return MemoryFile(text.strip(), None)
    fields = {name: _unquoted(value.strip()) for name, value in FIELD.findall(front[1])}
    return MemoryFile(text[front.end() :].strip(), fields.get("description"))


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def _file(path: str, committed: str | None, work_tree: str | None) -> Json:
    text = work_tree if committed is None else committed
    return {
        "label": path.removesuffix(SUFFIX),
        "path": path,
        "description": None if text is None else parse_file(text).description,
        "committed": committed,
        "work_tree": work_tree,
    }


def _memory(state: str, problem: str) -> Json:
    return {"state": state, "problem": problem, "head": None, "files": [], "index": None}
