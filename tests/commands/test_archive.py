"""`letta-tui archive` and `unarchive`: what is said of each conversation was read back, and the worst exit code."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.app_helpers import HOSTILE, NOW, bodies, ids, small_server, writes
from tests.commands.conftest import Run
from tui.backends.demo.transport import DemoTransport
from tui.rules.changes.archive import NOT_REPORTED, NOTHING_DONE

GONE = "conv-3f2a5c1e-0b1d-4b1e-9d3c-5a6b7c8d9e0f"


def cloud(*summaries: str) -> DemoTransport:
    return small_server(*summaries, flavour="cloud")


def archived(server: DemoTransport) -> list[str]:
    return [row.id for row in server.store.conversations.values() if row.archived_at is not None]


def test_several_are_archived_and_taken_back(letta: Run) -> None:
    server = cloud("One", "Two", "Three")
    one, two, three = ids(server)
    ended = letta("archive", one, two, one, "--demo", server=server)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == f"{one}: archived\n{two}: archived\n"
    assert archived(server) == [one, two]
    assert bodies(server, "PATCH") == [{"archived": True}, {"archived": True}]
    ended = letta("unarchive", two, three, "--demo", server=server)
    assert (ended.code, ended.err) == (0, f"{two}: unarchived\n{three}: it isn't archived\n")
    assert archived(server) == [one]


def test_each_is_read_before_and_after(letta: Run) -> None:
    server = cloud("One")
    letta("archive", ids(server)[0], "--demo", server=server)
    assert [request.method for request in server.requests] == ["GET", "PATCH", "GET"]
    before = len(server.requests)
    ended = letta("archive", ids(server)[0], "--demo", server=server)
    assert (ended.code, ended.err) == (0, f"{ids(server)[0]}: it is archived already\n")
    assert [request.method for request in server.requests[before:]] == ["GET"]


def test_the_worst_outcome_is_the_exit_code_and_the_others_are_done(letta: Run) -> None:
    server = cloud("One", "Two")
    one, two = ids(server)
    ended = letta("archive", one, GONE, two, "--demo", "--json", server=server)
    assert ended.code == 2
    assert archived(server) == [one, two]
    assert [(row["conversation"], row["outcome"]) for row in ended.json] == [
        (one, "done"),
        (GONE, "refused"),
        (two, "done"),
    ]
    assert "not found (404)" in ended.json[1]["sentence"]


@pytest.mark.parametrize("command", ["archive", "unarchive"])
def test_a_server_without_an_archive_is_not_asked(letta: Run, command: str) -> None:
    """Letta 0.16.8 answers 200 and changes nothing (measured)."""
    server = small_server("One", "Two")
    one, two = ids(server)
    ended = letta(command, one, two, "--demo", server=server)
    assert ended.code == 2
    assert ended.err == f"{one}: {NOT_REPORTED}\n{two}: not tried, since it would fail in the same way\n"
    assert not writes(server)


def test_a_server_that_accepts_and_does_nothing_is_found_out(letta: Run) -> None:
    server = cloud("One")
    server.fail(httpx.Response(200, json={"id": ids(server)[0], "archived": True}), method="PATCH")
    ended = letta("archive", ids(server)[0], "--demo", server=server)
    assert (ended.code, ended.err) == (2, f"{ids(server)[0]}: {NOTHING_DONE}\n")


@pytest.mark.parametrize(
    ("fault", "after_commit", "code", "words"),
    [
        (httpx.ReadError, True, 0, "archived"),
        (httpx.ReadError, False, 3, "may or may not be archived"),
        (httpx.ConnectError, False, 3, "not archived"),
        (401, False, 4, "not archived"),
        (httpx.Response(409, json={"detail": "locked"}), False, 2, "refused (409: locked)"),
    ],
)
def test_what_is_not_known_is_not_claimed(
    letta: Run, fault: Any, after_commit: bool, code: int, words: str
) -> None:
    server = cloud("One")
    server.fail(fault, method="PATCH", after_commit=after_commit)
    ended = letta("archive", ids(server)[0], "--demo", server=server)
    assert ended.code == code
    assert f"{ids(server)[0]}: " in ended.err
    assert words in ended.err


def test_after_an_outcome_that_nobody_knows_nothing_more_is_tried(letta: Run) -> None:
    server = cloud("One", "Two")
    one, two = ids(server)
    server.fail(httpx.ReadError, method="PATCH")
    ended = letta("archive", one, two, "--demo", server=server)
    assert ended.code == 3
    assert f"{two}: not tried" in ended.err
    assert len(bodies(server, "PATCH")) == 1


def test_read_only_changes_nothing(letta: Run) -> None:
    server = cloud("One")
    ended = letta("archive", ids(server)[0], "--demo", "--readonly", server=server)
    assert ended.code == 2
    assert "--readonly" in ended.err
    assert not writes(server)


def test_the_default_conversation_is_refused_before_anything_is_sent(letta: Run) -> None:
    server = cloud("One")
    ended = letta("archive", ids(server)[0], "default", "--demo", server=server)
    assert (ended.code, ended.err) == (2, "letta-tui: the default conversation can't be archived\n")
    assert not server.requests


def test_without_an_id_the_usage_is_said(letta: Run) -> None:
    assert letta("archive", "--demo").code == 2
    assert letta("unarchive", "--demo").code == 2


def test_hostile_ids_are_text(letta: Run) -> None:
    ended = letta("archive", HOSTILE, "--demo", server=cloud("One"))
    assert ended.code == 2
    assert "\x1b" not in ended.err


# list


def with_archived() -> DemoTransport:
    server = cloud("One", "Old", "Two")
    server.store.conversations[ids(server)[1]].archived_at = NOW
    return server


def listed_as(letta: Run, server: DemoTransport, *flags: str) -> list[str]:
    return [
        row["id"] for row in letta("list", "--demo", "--agent", "Ada", "--json", *flags, server=server).json
    ]


@pytest.mark.parametrize("lists", ["unarchived", "all"])
def test_the_list_has_what_it_is_asked_for_whatever_the_server_lists_unasked(letta: Run, lists: str) -> None:
    server = with_archived()
    assert server.cloud is not None
    server.cloud.lists = lists
    one, old, two = ids(server)
    assert listed_as(letta, server) == ["default", one, two]
    assert listed_as(letta, server, "--archived") == [old]
    assert listed_as(letta, server, "--with-archived") == ["default", one, old, two]
    told = {request.url.params.get("archive_status") for request in server.requests}
    assert told == {None, "archived", "all"}


def test_a_table_says_which_are_archived_if_any_is(letta: Run) -> None:
    server = with_archived()
    lines = letta("list", "--demo", "--agent", "Ada", "--with-archived", server=server).out.splitlines()
    assert lines[0].split() == ["CONVERSATION", "▣", "CREATED", "ARCHIVED", "SUMMARY"]
    assert [line.split()[0] for line in lines if " archived " in line] == [ids(server)[1]]
    assert "ARCHIVED" not in letta("list", "--demo", "--agent", "Ada", server=server).out


def test_a_server_that_does_not_archive_never_gets_the_parameter(letta: Run) -> None:
    server = small_server("One")
    ended = letta("list", "--demo", "--agent", "Ada", "--archived", server=server)
    assert (ended.code, ended.out, ended.err) == (2, "", f"letta-tui: {NOT_REPORTED}\n")
    assert listed_as(letta, server, "--with-archived") == ["default", *ids(server)]
    assert not [request for request in server.requests if "archive_status" in request.url.params]


def test_a_server_without_a_conversation_shows_nothing_of_its_archive(letta: Run) -> None:
    for server in (small_server(), cloud()):
        ended = letta("list", "--demo", "--agent", "Ada", "--archived", server=server)
        assert (ended.code, ended.out) == (0, "")
        assert "archiving may not be supported" in ended.err
        assert not [request for request in server.requests if "archive_status" in request.url.params]


@pytest.mark.parametrize("flags", [("--archived", "--with-archived"), ("--agents", "--archived")])
def test_what_cannot_be_listed_together(letta: Run, flags: tuple[str, ...]) -> None:
    agent = () if "--agents" in flags else ("--agent", "Ada")
    ended = letta("list", "--demo", *agent, *flags, server=cloud("One"))
    assert (ended.code, ended.out) == (2, "")
    assert "archived" in ended.err


@pytest.mark.parametrize("lists", ["unarchived", "all"])
def test_a_check_of_everything_leaves_archived_ones_out_unless_they_are_named(letta: Run, lists: str) -> None:
    server = with_archived()
    assert server.cloud is not None
    server.cloud.lists = lists
    assert letta("check", "--all", "--demo", "--json", server=server).json["checked"] == 3
    assert letta("check", ids(server)[1], "--demo", "--json", server=server).json["checked"] == 1


def test_a_file_shows_all_that_it_has(letta: Run, tmp_path: Any) -> None:
    server = with_archived()
    old = ids(server)[1]
    file = tmp_path / "old.json"
    assert letta("export", old, "--demo", "--output", str(file), server=server).code == 0
    assert letta("list", "--from", str(file), "--json").json[0]["id"] == old
    assert letta("show", "--from", str(file), "--json").json["conversation"]["archived"] is True
