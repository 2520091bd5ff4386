"""The latest traces are cached within a budget."""

from __future__ import annotations

from tui.rules.memory.compiled_memory import CompiledBlock, CompiledMemory, OpenFile
from tui.rules.memory.traces import StepMemory
from tui.rules.trace_cache import BUDGET, OVERHEAD, TraceCache, estimate_size


def seen(*values: str | None) -> StepMemory:
    """A step that read these blocks."""
    return StepMemory(
        None,
        CompiledMemory("plain", {f"b{n}": CompiledBlock(f"b{n}", value) for n, value in enumerate(values)}),
    )


def test_the_oldest_make_room() -> None:
    kept = TraceCache(budget=3 * OVERHEAD)
    for name in "abcd":
        kept.put(name, seen("x" * 100))
    assert [kept.get(name) is not None for name in "abcd"] == [False, False, True, True]
    assert (len(kept), kept.size) == (2, 2 * (OVERHEAD + 100))


def test_the_same_again_counts_once_and_one_beyond_all_bounds_not_at_all() -> None:
    kept = TraceCache(budget=3 * OVERHEAD)
    kept.put("a", seen("x"))
    kept.put("a", seen("x" * 10))
    assert (len(kept), kept.size) == (1, OVERHEAD + 10)
    kept.put("b", seen("x" * 3 * OVERHEAD))
    assert (len(kept), kept.size) == (0, 0)


def test_what_a_thousand_steps_of_a_large_memory_leave_is_bounded() -> None:
    kept = TraceCache()
    for number in range(1_000):
        kept.put(str(number), seen(f"{number:05}" * 4_000))
    assert len(kept) == BUDGET // (OVERHEAD + 20_000)


def test_files_count_and_what_cannot_be_told_does_not() -> None:
    files = (OpenFile("f", "open", "x" * 30), OpenFile("g", "closed", None))
    assert (
        estimate_size(StepMemory(None, CompiledMemory("plain", {"a": CompiledBlock("a", None)}, files=files)))
        == OVERHEAD + 30
    )
    assert estimate_size(StepMemory(None, None, "no trace")) == OVERHEAD
