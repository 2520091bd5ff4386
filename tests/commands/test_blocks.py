"""`letta-tui blocks` and `diff`: memory label by label, and where its texts differ."""

from __future__ import annotations

from itertools import chain

import pytest

from tests.app_helpers import HOSTILE, NOW, ids, only_agent, small_server
from tests.commands.conftest import Run
from tui.backends.demo.transport import DemoTransport
from tui.presentation.text_table import cell_width, cut, table


def isolated_server() -> tuple[DemoTransport, str]:
    """A conversation whose isolated `project` was edited, and so was the agent's `human`."""
    server = small_server()
    agent = only_agent(server)
    made = server.store.add_conversation(agent, "Mine", ["project"])
    (block,) = server.store.conversations[made].isolated
    server.store.set_block(block, "ledger\nand more")
    (human,) = [one.id for one in server.store.blocks.values() if one.label == "human"]
    server.store.set_block(human, "Sam")
    return server, made


def test_blocks_says_of_each_label_what_the_model_reads(letta: Run) -> None:
    server, made = isolated_server()
    ended = letta("blocks", "--demo", made, server=server)
    lines = ended.out.splitlines()
    assert [line.split()[:4] for line in lines[1:]] == [
        ["▣", "project", "↺", "stale"],
        ["▢", "human", "↺", "stale"],
        ["▢", "persona", "✓", "live"],
    ]
    assert "differs from shared" in lines[1]
    assert (ended.code, ended.err) == (0, f"3 labels of {made}\n")


def test_a_label_is_printed_whole(letta: Run) -> None:
    server, made = isolated_server()
    told = letta("blocks", "--demo", made, "--label", "project", server=server).out
    assert "    and more\n" in told
    assert "persona" not in told
    wrong = letta("blocks", "--demo", made, "--label", "nix", server=server)
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err == "letta-tui: no block with the label “nix”; there are: project, human, persona\n"


def test_the_json_has_the_blocks_of_the_server(letta: Run) -> None:
    server, made = isolated_server()
    told = letta("blocks", "--demo", made, "--json", server=server).json
    project, human, _ = told["labels"]
    assert (told["conversation"], told["agent"]) == (made, only_agent(server))
    assert (project["state"], project["relation"]) == ("stale", "differs from shared")
    assert project["isolated_block"]["value"] == project["isolated"] == "ledger\nand more"
    assert project["shared_block"]["value"] == project["compiled"] == "ledger"
    assert human["isolated_block"] is None


def test_diff_is_unified_and_ends_with_1(letta: Run) -> None:
    server, made = isolated_server()
    ended = letta("diff", "--demo", made, server=server)
    heads = [line for line in ended.out.splitlines() if line.startswith(("---", "+++"))]
    assert heads == [
        "--- shared/project",
        "+++ isolated/project",
        "--- model/project",
        "+++ isolated/project",
        "--- model/human",
        "+++ shared/human",
    ]
    assert "-ledger\n\\ No newline at end of file\n+ledger\n+and more\n" in ended.out
    assert (ended.code, ended.err) == (1, "3 differences in 3 labels\n")
    one = letta("diff", "--demo", made, "--against", "shared", "--label", "project", "--json", server=server)
    (told,) = one.json
    assert (told["against"], told["left"]["text"], told["right"]["text"]) == (
        "shared",
        "ledger",
        "ledger\nand more",
    )


def test_no_difference_ends_with_0(letta: Run) -> None:
    server = small_server("Same")
    ended = letta("diff", "--demo", ids(server)[0], server=server)
    assert (ended.code, ended.out, ended.err) == (0, "", "0 differences in 3 labels\n")


def test_what_cannot_be_told_is_said_and_is_no_difference(letta: Run) -> None:
    server = small_server("One")
    server.fail(500, path="/messages")
    ended = letta("diff", "--demo", ids(server)[0], server=server)
    assert ended.code == 3
    assert ended.out == ""
    assert "what the model reads of human is unknown" in ended.err


def test_a_difference_is_exact_for_a_program_and_harmless_on_a_terminal(
    letta: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, made = isolated_server()
    server.store.set_block(server.store.conversations[made].isolated[0], HOSTILE)
    assert f"+{HOSTILE}" in letta("diff", "--demo", made, server=server).out
    monkeypatch.setattr("tui.commands.output.is_terminal", lambda: True)
    told = letta("diff", "--demo", made, server=server).out
    assert "\x1b" not in told
    assert "␛[31mred" in told


def test_the_default_conversation_of_the_demo(letta: Run) -> None:
    demo = DemoTransport(now=NOW)
    ended = letta("blocks", "--demo", "default", "--agent", "Ada", server=demo)
    assert "▣  " not in ended.out.partition("\n")[2]
    assert ended.code == 0


def test_a_table_keeps_columns_and_cuts_the_last_one_by_cells() -> None:
    lines, cuts = table([["A", "B"], ["日本", "x" * 40], ["c", "日本語" * 8]], 24)
    assert (lines[0], cuts) == ("A     B", 2)
    assert all(cell_width(line) <= 24 for line in lines)
    assert cut("日本", 3) == "日…"
    assert cut("abc", 3) == "abc"
    assert table([]) == ([], 0)
    assert list(chain(*table([["a", ""]])[0])) == ["a"]


def test_a_long_label_is_printed_too(letta: Run) -> None:
    """Its heading is cut, which is no reason not to know it."""
    label = "project_" * 10
    server = small_server("One", blocks={label: "ledger"})
    ended = letta("blocks", "--demo", ids(server)[0], "--label", label, server=server)
    assert "    ledger\n" in ended.out


def cloud_server(*tags: str) -> tuple[DemoTransport, str]:
    """A server after 0.16.8, on which the agent's `human` was edited after a conversation was made."""
    server = small_server("One", flavour="cloud")
    (made,) = ids(server)
    server.store.agents[only_agent(server)].tags.extend(tags)
    (human,) = [one.id for one in server.store.blocks.values() if one.label == "human"]
    server.store.set_block(human, "Sam")
    return server, made


def test_where_nothing_is_isolated_stale_memory_is_said_to_be_stale(letta: Run) -> None:
    server, made = cloud_server()
    ended = letta("blocks", "--demo=cloud", made, server=server)
    states = [line.split()[1:4] for line in ended.out.splitlines()[1:]]
    assert states == [["human", "↺", "stale"], ["persona", "✓", "live"], ["project", "✓", "live"]]
    assert ended.err == f"3 labels of {made}\n"
    differing = letta("diff", "--demo=cloud", made, server=server)
    assert (differing.code, differing.err) == (1, "1 difference in 3 labels\n")
    assert {"-Robin", "+Sam"} <= set(differing.out.splitlines())
    found = letta("check", "--demo=cloud", made, "--json", server=server)
    (finding,) = found.json["findings"]
    assert (found.code, finding["kind"], finding["label"]) == (1, "stale", "human")
    assert finding["sentence"].endswith("until an automatic compaction or a recompile.")
    shown = letta("show", "--demo=cloud", made, "--json", server=server).json
    assert shown["isolated_blocks"] == []
    assert shown["memory"]["human"]["state"] == "stale"


def test_memory_in_git_is_said_to_be_so(letta: Run) -> None:
    server, made = cloud_server("git-memory-enabled")
    words = "memory is stored in git (tag git-memory-enabled)"
    assert words in letta("blocks", "--demo=cloud", made, server=server).err
    assert words in letta("show", "--demo=cloud", made, server=server).out
    plain, other = cloud_server()
    assert words not in letta("blocks", "--demo=cloud", other, server=plain).err
