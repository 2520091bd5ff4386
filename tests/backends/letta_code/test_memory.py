"""Memory in git: what is committed, what the work tree has, and what it was before."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.backends.letta_code.conftest import Asked
from tests.letta_code_store import StoreMaker, files_opened

HUMAN = "---\nname: human\ndescription: Who the user is\n---\nName: {name}\n"


def test_committed_files_are_blocks_and_the_index_is_none(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    store.commit(
        ada,
        {
            "human.md": HUMAN.format(name="Sam"),
            "MEMORY.md": "# Index\n",
            "notes.txt": "no Markdown",
            "plain.md": "Only text",
        },
    )
    store.write(ada, {"human.md": HUMAN.format(name="Kim"), "draft.md": "Not committed"})
    blocks = ask.get(f"/v1/agents/{ada}/core-memory/blocks")
    assert blocks == [
        {
            "id": f"{ada}:human",
            "label": "human",
            "value": "Name: Sam",
            "description": "Who the user is",
            "limit": None,
        },
        {"id": f"{ada}:plain", "label": "plain", "value": "Only text", "description": None, "limit": None},
    ]


def test_both_sides_of_every_file_are_shown(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    same, old, new = (HUMAN.format(name=name) for name in ("Same", "Old", "New"))
    head = store.commit(ada, {"same.md": same, "edited.md": old, "removed.md": old, "MEMORY.md": "# One\n"})
    store.write(ada, {"edited.md": new, "removed.md": None, "added.md": new, "MEMORY.md": "# Two\n"})
    memory = ask.get(f"/_local/agents/{ada}/memory")
    assert (memory["state"], memory["problem"], memory["head"]) == ("ok", "", head)
    found = [(file["label"], file["committed"], file["work_tree"]) for file in memory["files"]]
    assert found == [("added", None, new), ("edited", old, new), ("removed", old, None), ("same", same, same)]
    assert memory["index"] == {"path": "MEMORY.md", "committed": "# One\n", "work_tree": "# Two\n"}


def test_commits_are_listed_newest_first_by_file_and_page(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    made = [
        store.commit(ada, {"human.md": HUMAN.format(name=name)}, f"Call him {name}", author=author, time=when)
        for name, author, when in (
            ("Sam", "Ada", "2026-03-14T09:00:00+01:00"),
            ("Kim", "A user", "2026-03-15T09:00:00+00:00"),
            ("Lou", "Ada", "2026-03-16T09:00:00+00:00"),
        )
    ]
    other = store.commit(ada, {"plan.md": "A plan"}, "Plan", time="2026-03-17T09:00:00+00:00")
    route = f"/_local/agents/{ada}/memory/commits"
    assert [one["revision"] for one in ask.get(route)] == [other, *made[::-1]]
    of_file = ask.get(route, path="human.md")
    assert [one["subject"] for one in of_file] == ["Call him Lou", "Call him Kim", "Call him Sam"]
    assert of_file[2] == {
        "revision": made[0],
        "author": "Ada",
        "time": "2026-03-14T09:00:00+01:00",
        "subject": "Call him Sam",
    }
    page = ask.get(route, path="human.md", limit=2)
    assert [one["revision"] for one in page] == [made[2], made[1]]
    rest = ask.get(route, path="human.md", limit=2, after=made[1])
    assert [one["revision"] for one in rest] == [made[0]]
    assert ask.get(route, path=":(glob)*.md") == []
    assert ask.refused(route, after="--all")[0] == 400


def test_a_file_is_read_as_it_was(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    first = store.commit(ada, {"human.md": "one"})
    second = store.commit(ada, {"human.md": "two"})
    route = f"/_local/agents/{ada}/memory/at"
    assert ask.get(route, revision=first, path="human.md") == {"value": "one"}
    assert ask.get(route, revision=second, path="human.md") == {"value": "two"}
    assert ask.get(route, revision=second, path="nothing.md") == {"value": None}
    assert ask.refused(route, revision="HEAD", path="human.md") == (409, "That is not a revision.")
    assert ask.refused(route, revision="0" * 40, path="human.md")[0] == 409


def test_packed_objects_and_refs_are_read(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    head = store.commit(ada, {"human.md": "one"})
    for command in (["pack-refs", "--all", "--prune"], ["gc", "-q"]):
        subprocess.run(["git", *command], cwd=store.memory(ada), check=True, capture_output=True)
    assert not (store.memory(ada) / ".git" / "refs" / "heads" / "main").exists()
    memory = ask.get(f"/_local/agents/{ada}/memory")
    assert (memory["head"], memory["files"][0]["committed"]) == (head, "one")


def test_a_memory_without_a_commit_has_no_head(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    store.write(ada, {"human.md": "one"})
    subprocess.run(["git", "init", "-q"], cwd=store.memory(ada), check=True)
    memory = ask.get(f"/_local/agents/{ada}/memory")
    assert (memory["state"], memory["head"]) == ("ok", None)
    assert (memory["files"][0]["committed"], memory["files"][0]["work_tree"]) == (None, "one")
    assert ask.get(f"/_local/agents/{ada}/memory/commits") == []


def state_of(ask: Asked, agent_id: str) -> tuple[str, str]:
    """The state of a memory, and the sentence that says why; blocks are then those of the work tree."""
    memory = ask.get(f"/_local/agents/{agent_id}/memory")
    if memory["state"] != "absent":
        assert [file["work_tree"] for file in memory["files"]] == ["one"]
        assert [block["value"] for block in ask.get(f"/v1/agents/{agent_id}/core-memory/blocks")] == ["one"]
        status, reason = ask.refused(f"/_local/agents/{agent_id}/memory/commits")
        assert (status, reason) == (409, memory["problem"])
    return memory["state"], memory["problem"]


def test_no_memory_no_repository_and_no_git_are_said_in_words(
    store: StoreMaker, ask: Asked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ada, ben, cleo = (store.agent(name) for name in ("Ada", "Ben", "Cleo"))
    assert state_of(ask, ada) == ("absent", "This agent has no memory files.")
    store.write(ben, {"human.md": "one"})
    assert state_of(ask, ben) == ("no-repository", "The memory is not in git, so it has no history.")
    store.commit(cleo, {"human.md": "one"})
    monkeypatch.setenv("PATH", str(tmp_path))
    words = "git is not installed, so the memory's history cannot be read."
    assert state_of(ask, cleo) == ("no-git", words)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
@pytest.mark.parametrize("part", ["", ".git", ".git/objects"])
def test_git_is_not_run_on_a_store_of_another_user(store: StoreMaker, ask: Asked, part: str) -> None:
    ada = store.agent("Ada")
    store.commit(ada, {"human.md": "one"})
    os.chown(store.memory(ada) / part, 12345, 12345)
    words = "The memory's git repository belongs to another user, so git is not run in it."
    assert state_of(ask, ada) == ("other-owner", words)


def test_descriptions_are_read_from_the_front_matter(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    store.commit(
        ada,
        {
            "blanks.md": f"---\ndescription: a{' ' * 900_000}b \t\n---\nBody",
            "crlf.md": "---\r\ndescription: Of Windows\r\n---\r\nBody\r\n",
            "none.md": "---\nname: none\n---\nBody",
            "open.md": "---\ndescription: never ends\nBody",
            "quoted.md": '---\ndescription: "In quotes: yes"\n---\nBody',
        },
    )
    blocks = {one["label"]: one for one in ask.get(f"/v1/agents/{ada}/core-memory/blocks")}
    assert {label: one["description"] for label, one in blocks.items()} == {
        "blanks": f"a{' ' * 900_000}b",
        "crlf": "Of Windows",
        "none": None,
        "open": None,
        "quoted": "In quotes: yes",
    }
    assert blocks["open"]["value"].startswith("---\n")


def test_older_memories_have_their_files_in_a_folder(store: StoreMaker, ask: Asked) -> None:
    """Up to 0.30 the files of `system/` are rendered, and there is no index (measured)."""
    ada, ben = store.agent("Ada"), store.agent("Ben")
    for agent in (ada, ben):
        (store.memory(agent) / "system" / "project").mkdir(parents=True)
        (store.memory(agent) / "other").mkdir()
    files = {
        "system/human.md": "one",
        "system/project/plan.md": "two",
        "notes.md": "three",
        "other/x.md": "four",
    }
    revision = store.commit(ada, files)
    store.write(ada, {"system/human.md": "edited"})
    memory = ask.get(f"/_local/agents/{ada}/memory")
    found = [(file["label"], file["path"], file["committed"], file["work_tree"]) for file in memory["files"]]
    assert found == [
        ("system/human", "system/human.md", "one", "edited"),
        ("system/project/plan", "system/project/plan.md", "two", "two"),
    ]
    route = f"/_local/agents/{ada}/memory"
    assert ask.get(f"{route}/at", revision=revision, path="system/human.md") == {"value": "one"}
    assert len(ask.get(f"{route}/commits", path="system/human.md")) == 1
    store.commit(ben, {**files, "MEMORY.md": "# Index"})
    memory = ask.get(f"/_local/agents/{ben}/memory")
    assert [file["label"] for file in memory["files"]] == ["notes"]


def test_files_that_cannot_be_read_are_named(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    store.commit(ada, {"human.md": "one", "large.md": "x" * (2**20 + 1)})
    memory = ask.get(f"/_local/agents/{ada}/memory")
    assert (memory["state"], memory["problem"]) == ("ok", "These memory files cannot be read: large.md.")
    assert [file["label"] for file in memory["files"]] == ["human"]


def test_files_of_the_work_tree_are_read_once_until_they_change(store: StoreMaker, ask: Asked) -> None:
    ada = store.agent("Ada")
    store.commit(ada, {"human.md": "one", "persona.md": "two"})
    with files_opened() as opened:

        def work_tree() -> dict[str, str]:
            return {
                file["label"]: file["work_tree"] for file in ask.get(f"/_local/agents/{ada}/memory")["files"]
            }

        for _ in range(2):
            assert work_tree() == {"human": "one", "persona": "two"}
        ask.get(f"/v1/agents/{ada}/core-memory/blocks")
        assert opened()["memory", "human.md"] == 1
        store.write(ada, {"human.md": "one and more"})
        assert work_tree() == {"human": "one and more", "persona": "two"}
        store.write(ada, {"human.md": None})
        assert work_tree() == {"human": None, "persona": "two"}
        assert (opened()["memory", "human.md"], opened()["memory", "persona.md"]) == (2, 1)
