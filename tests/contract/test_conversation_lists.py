"""What `GET /v1/conversations/` says and where its paging goes wrong."""

from __future__ import annotations

import uuid

import pytest

from tests.contract.conftest import Json, Wire

pytestmark = pytest.mark.anyio
NOBODY = "conv-123e4567-e89b-42d3-8456-426614174000"


async def seeded(wire: Wire, *summaries: str | None) -> tuple[str, list[str]]:
    """An agent with one conversation per summary; answers its id and theirs, oldest first."""
    agent_id = await wire.agent_id()
    return agent_id, [(await wire.create(agent_id, summary=text))["id"] for text in summaries]


def ids(listed: list[Json]) -> list[str]:
    return [row["id"] for row in listed]


async def test_newest_first_unless_asked_otherwise(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "a", "b", "c")
    assert ids(await wire.listed(agent_id)) == made[::-1]
    assert ids(await wire.listed(agent_id, order="asc")) == made


async def test_after_goes_on_behind_the_cursor_in_both_directions(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "a", "b", "c", "d")
    assert ids(await wire.listed(agent_id, after=made[2], limit=2)) == [made[1], made[0]]
    assert ids(await wire.listed(agent_id, after=made[1], order="asc", limit=1)) == [made[2]]
    assert await wire.listed(agent_id, after=made[0]) == []


async def test_before_is_ignored(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "a", "b")
    assert ids(await wire.listed(agent_id, before=made[0])) == made[::-1]


async def test_archive_status_is_ignored(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "a", "b")
    assert ids(await wire.listed(agent_id, archive_status="archived")) == made[::-1]


async def test_list_never_says_what_is_in_context_but_does_say_what_is_isolated(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    made = await wire.create(agent_id, isolated_block_labels=["human"])
    (row,) = await wire.listed(agent_id)
    assert row["in_context_message_ids"] == []
    assert row["isolated_block_ids"] == made["isolated_block_ids"] != []
    assert len((await wire.conversation(made["id"]))["in_context_message_ids"]) == 1


async def test_a_page_holds_fifty_unless_asked_otherwise(wire: Wire) -> None:
    agent_id, made = await seeded(wire, *["x"] * 51)
    assert ids(await wire.listed(agent_id)) == made[:0:-1]
    assert len(await wire.listed(agent_id, limit=1_000_000)) == 51


async def test_limit_zero_is_an_empty_page(wire: Wire) -> None:
    agent_id, _ = await seeded(wire, "a")
    assert await wire.listed(agent_id, limit=0) == []


@pytest.mark.parametrize("limit", [-1, 10**20])
async def test_limit_that_the_database_refuses_is_a_500(wire: Wire, limit: int) -> None:
    answer = await wire.http.get("/v1/conversations/", params={"limit": limit})
    assert (answer.status_code, answer.json()) == (500, {"detail": "A database error occurred."})


async def test_agent_without_conversations_and_unknown_agent_look_alike(wire: Wire) -> None:
    agent_id = await wire.agent_id()
    assert await wire.listed(agent_id) == []
    assert await wire.listed(f"agent-{uuid.uuid4()}") == []
    assert await wire.listed("") == []


async def test_unknown_cursor_is_a_404_that_leaks_the_actor(wire: Wire) -> None:
    agent_id, _ = await seeded(wire, "a")
    for field in ("created_at", "last_message_at"):
        told = {"agent_id": agent_id, "after": NOBODY, "order_by": field}
        answer = await wire.http.get("/v1/conversations/", params=told)
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith(
            f"Conversation not found with id='['{NOBODY}']', access level"
        )


async def test_unknown_cursor_of_last_run_completion_is_page_one_again(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "a", "b")
    again = await wire.listed(agent_id, after=NOBODY, order_by="last_run_completion")
    assert sorted(ids(again)) == sorted(made)


async def test_empty_cursor_is_no_cursor(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "a", "b")
    assert ids(await wire.listed(agent_id, after="")) == made[::-1]


async def test_cursor_of_a_deleted_conversation_still_works(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "a", "b", "c")
    assert (await wire.http.delete(f"/v1/conversations/{made[1]}")).status_code == 200
    assert ids(await wire.listed(agent_id, after=made[1])) == [made[0]]
    assert ids(await wire.listed(agent_id)) == [made[2], made[0]]


async def test_cursor_of_another_agents_conversation_still_works(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "a", "b")
    _, (other,) = await seeded(wire, "later")
    assert ids(await wire.listed(agent_id, after=other)) == made[::-1]


async def test_summary_search_is_case_sensitive_and_finds_substrings(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "Billing API", "billing tests", None, "")
    assert ids(await wire.listed(agent_id, summary_search="illing")) == [made[1], made[0]]
    assert ids(await wire.listed(agent_id, summary_search="Billing")) == [made[0]]


async def test_summary_search_does_not_escape_wildcards(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "100% done", "axb", None, "")
    assert ids(await wire.listed(agent_id, summary_search="%")) == [made[3], made[1], made[0]]
    assert ids(await wire.listed(agent_id, summary_search="a_b")) == [made[1]]
    assert ids(await wire.listed(agent_id, summary_search="1%e")) == [made[0]]


async def test_summary_search_takes_a_backslash_as_an_escape(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "100%", "1000", "a\\b", "50% off")
    assert ids(await wire.listed(agent_id, summary_search="0\\%")) == [made[3], made[0]]
    assert ids(await wire.listed(agent_id, summary_search="0\\")) == [made[0]]
    assert await wire.listed(agent_id, summary_search="a\\b") == []
    assert ids(await wire.listed(agent_id, summary_search="a\\\\b")) == [made[2]]


async def test_summary_search_for_nul_is_a_500(wire: Wire) -> None:
    answer = await wire.http.get("/v1/conversations/", params={"summary_search": "a\0"})
    assert (answer.status_code, answer.json()) == (500, {"detail": "A database error occurred."})


async def test_empty_summary_search_is_no_filter(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "a", None)
    assert ids(await wire.listed(agent_id, summary_search="")) == made[::-1]


async def mixed(wire: Wire) -> tuple[str, list[str], list[str]]:
    """Two conversations with a message and three without."""
    agent_id, made = await seeded(wire, "a", "b", "c", "d", "e")
    await wire.say(made[0], "hello")
    await wire.say(made[3], "hello")
    return agent_id, [made[0], made[3]], [made[1], made[2], made[4]]


async def walk(wire: Wire, agent_id: str, **params: str | int) -> list[str]:
    """Follow the cursor until a short page, five pages at most."""
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(5):
        page = ids(await wire.listed(agent_id, **params, **cursor))
        seen += page
        if len(page) < int(params["limit"]):
            return seen
        cursor = {"after": page[-1]}
    return seen


async def test_last_message_descending_is_complete_with_silent_ones_last(wire: Wire) -> None:
    agent_id, spoken, silent = await mixed(wire)
    seen = await walk(wire, agent_id, order_by="last_message_at", limit=2)
    assert seen == [spoken[1], spoken[0], *sorted(silent, reverse=True)]


async def test_last_message_ascending_loses_all_silent_ones_behind_a_full_page(wire: Wire) -> None:
    agent_id, spoken, _ = await mixed(wire)
    assert await walk(wire, agent_id, order_by="last_message_at", order="asc", limit=2) == spoken


async def test_last_message_ascending_repeats_the_others_behind_a_silent_cursor(wire: Wire) -> None:
    agent_id, spoken, silent = await mixed(wire)
    first = ids(await wire.listed(agent_id, order_by="last_message_at", order="asc", limit=3))
    assert first == [*spoken, min(silent)]
    second = ids(
        await wire.listed(agent_id, order_by="last_message_at", order="asc", limit=9, after=first[-1])
    )
    assert second == [*spoken, *sorted(silent)[1:]]


async def test_runs_that_were_not_streamed_leave_no_last_run(wire: Wire) -> None:
    agent_id, spoken, silent = await mixed(wire)
    listed = ids(await wire.listed(agent_id, order_by="last_run_completion"))
    assert listed == sorted(spoken + silent, reverse=True)


async def test_cursor_that_got_a_message_starts_from_the_top_again(wire: Wire) -> None:
    agent_id, made = await seeded(wire, "a", "b", "c")
    await wire.say(made[0], "one")
    await wire.say(made[1], "two")
    await wire.say(made[2], "three")
    first = ids(await wire.listed(agent_id, order_by="last_message_at", limit=2))
    await wire.say(first[-1], "four")
    second = ids(await wire.listed(agent_id, order_by="last_message_at", limit=2, after=first[-1]))
    assert second[0] == first[0]
