"""Long lists are decoded piece by piece, and say the same as if they had been decoded at once."""

from __future__ import annotations

import json
import random
import threading
from typing import Any

import pytest

from tui.letta import decoding
from tui.letta.decoding import APART, BLOCK, LARGE, PIECE, Body, apart, decoded

pytestmark = pytest.mark.anyio

TRAPS = ['},{"', '"},{"', "}, {", "[{", "\\", '\\"', "\n", "日本", "]", "},{"]


def messages(seed: int, count: int) -> list[dict[str, Any]]:
    """Objects with lists of objects inside, and texts that look like borders."""
    dice = random.Random(seed)

    def text() -> str:
        return "".join(dice.choice([*TRAPS, "words "]) for _ in range(dice.randrange(120)))

    return [
        {"id": f"m{n}", "calls": [{"name": text()}, {"name": text()}], "content": text()}
        for n in range(count)
    ]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["dense", "airy"])
def test_a_long_list_says_the_same_in_pieces(seed: int, separators: tuple[str, str]) -> None:
    sent = messages(seed, 700)
    content = json.dumps(sent, separators=separators, ensure_ascii=bool(seed % 2)).encode()
    assert len(content) > 2 * LARGE
    assert decoded(content) == sent


@pytest.mark.parametrize("seed", range(6))
def test_a_long_list_says_the_same_in_whatever_chunks_it_comes(seed: int) -> None:
    """What was decoded is given up: nothing of it is left when the whole list is there."""
    dice = random.Random(seed)
    sent = messages(seed, 700)
    content = json.dumps(sent, separators=(",", ":"), ensure_ascii=False).encode()
    body, start = Body(), 0
    while start < len(content):
        size = dice.choice([1, 7, 65_536, 200_000])
        body.add(content[start : start + size])
        start += size
        assert len(body) == min(start, len(content))
    assert decoded(body) == sent
    assert len(body) == 0


def test_an_object_longer_than_a_block_is_put_together() -> None:
    sent = [{"id": "m0", "content": "},{" * BLOCK}, {"id": "m1"}, {"id": "m2", "content": "x" * 5 * BLOCK}]
    content = json.dumps(sent, separators=(",", ":")).encode()
    chunks = [content[start : start + 65_536] for start in range(0, len(content), 65_536)]
    assert decoded(Body(chunks)) == sent
    with pytest.raises(ValueError, match=r"."):
        decoded(Body(chunks[:-1]))


@pytest.mark.parametrize("end", [b"", b"]]", b"] x", b"},", b"},{", b'},{"'])
def test_a_long_list_that_is_cut_or_goes_on_is_none(end: bytes) -> None:
    content = json.dumps(messages(1, 700), separators=(",", ":")).encode()
    with pytest.raises(ValueError, match=r"."):
        decoded(content[:-1] + end)


def test_no_piece_is_much_larger_than_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the decoder is given at once is what nothing else can run beside."""
    sizes: list[int] = []
    whole = decoding._decoded

    def counted(content: bytes) -> Any:
        sizes.append(len(content))
        return whole(content)

    monkeypatch.setattr(decoding, "_decoded", counted)
    sent = [{"id": f"m{n}", "content": "words " * 90} for n in range(5_000)]
    assert decoded(json.dumps(sent, separators=(",", ":")).encode()) == sent
    assert len(sizes) > 20
    assert max(sizes) < 2 * PIECE


async def test_a_long_answer_is_read_in_a_thread_and_a_short_one_at_once() -> None:
    here = threading.get_ident()
    assert await apart(APART - 1, threading.get_ident) == here
    assert await apart(APART, threading.get_ident) != here
