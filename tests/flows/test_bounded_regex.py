"""A regex of the user: what it finds, and that a hostile one costs a bounded time and nobody else."""

from __future__ import annotations

import asyncio

import pytest

from tui.flows.bounded_regex import BadPattern, BoundedRegex

pytestmark = pytest.mark.anyio


async def test_the_first_match_of_each_text_and_how_many_there_are() -> None:
    async with BoundedRegex(r"n\d+") as regex:
        assert await regex.find(["N1 n22", "none", "", "🙂 n3\n[/foo] n4"]) == [
            (0, 2, 2),
            None,
            None,
            (2, 4, 2),
        ]
        assert await regex.find([]) == []


async def test_anchors_are_of_lines_and_an_empty_match_is_none() -> None:
    async with BoundedRegex("^b*$") as regex:
        assert await regex.find(["a\nbb\n", "\n\n"]) == [(2, 4, 1), None]


async def test_lone_surrogates_and_nulls_are_texts_too() -> None:
    async with BoundedRegex("x") as regex:
        assert await regex.find(["\ud800\0x"]) == [(2, 3, 1)]


async def test_many_texts_are_matched_in_batches() -> None:
    async with BoundedRegex("x$") as regex:
        found = await regex.find([f"{'y' * 1000}{'x' * (number % 2)}" for number in range(3_000)])
    assert [one is not None for one in found] == [bool(number % 2) for number in range(3_000)]


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "(?P<x", "[z-a]", "x" * 10_001, "(?<=a+)b"])
async def test_what_is_no_regex_is_named(pattern: str) -> None:
    with pytest.raises(BadPattern, match=r"the regex (cannot be used|has more than)"):
        async with BoundedRegex(pattern):
            raise AssertionError("it was compiled")


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)+$", "(.*)*c"])
async def test_a_pattern_that_takes_for_ever_ends_with_a_sentence(pattern: str) -> None:
    async with BoundedRegex(pattern, seconds=0.2) as regex:
        with pytest.raises(BadPattern, match=r"more than 0\.2 s"):
            await regex.find(["a" * 60 + "!"])
        with pytest.raises(BadPattern):
            await regex.find(["a"])


async def test_keys_are_handled_while_it_matches_and_a_stop_ends_the_process() -> None:
    async with BoundedRegex("(a+)+b") as regex:
        process = regex._process
        assert process is not None
        finding = asyncio.ensure_future(regex.find(["a" * 60 + "!"]))
        await asyncio.sleep(0)
        finding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await finding
        assert process.returncode is not None
