"""When garbage is looked for: it is found all the same, but not in the middle of something."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from tui.letta.garbage import SELDOM, begin, set_aside, settle, unsought


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    threshold, enabled = gc.get_threshold(), gc.isenabled()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    if enabled:
        gc.enable()


def test_nothing_is_looked_for_meanwhile_and_again_afterwards() -> None:
    gc.enable()
    with unsought():
        assert not gc.isenabled()
        with unsought():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="broken"), unsought():
        raise ValueError("broken")
    assert gc.isenabled()


def test_what_is_begun_later_and_ends_later_leaves_it_on() -> None:
    """A reading that is given up ends when another has begun."""
    gc.enable()
    first, second = unsought(), unsought()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_before_the_first_paint_it_stays_off() -> None:
    gc.disable()
    with unsought():
        pass
    assert not gc.isenabled()


def test_from_then_on_it_is_looked_for_seldom_and_in_nothing_that_was_there() -> None:
    gc.disable()
    begin()
    assert gc.isenabled()
    assert gc.get_threshold()[0] == SELDOM
    assert gc.get_freeze_count() > 0


class Circle:
    """Holds itself."""

    def __init__(self) -> None:
        self.own = self


def test_what_goes_in_a_circle_is_found_before_the_rest_is_set_aside() -> None:
    seen = weakref.ref(Circle())
    settle()
    assert seen() is None
    assert gc.get_freeze_count() > 0


def test_to_set_aside_looks_at_nothing_and_loses_nothing() -> None:
    gc.disable()
    seen = weakref.ref(Circle())
    set_aside()
    gc.collect()
    assert seen() is not None
    settle()
    assert seen() is None


def test_a_circle_that_was_set_aside_and_ended_since_is_found_the_next_time() -> None:
    gc.disable()
    circle = Circle()
    seen = weakref.ref(circle)
    settle()
    del circle
    gc.collect()
    assert seen() is not None, "it is set aside"
    settle()
    assert seen() is None
