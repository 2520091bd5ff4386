"""Finds the errors among items, and the next one from a position; that also serves the differences of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tui.rules.check.finding import Severity

if TYPE_CHECKING:
    from tui.presentation.item import Item
    from tui.rules.check.finding import Finding


class Stop(NamedTuple):
    """The item to go to: its index, its number counted from 1, and whether the search wrapped around."""

    at: int
    number: int
    wrapped: bool


def error_indexes(items: Sequence[Item], findings: Iterable[Finding]) -> tuple[int, ...]:
    """Return the indexes of the errors: items that failed, and messages that the context check reports as an error."""
    faulty = {
        finding.key
        for finding in findings
        if finding.severity is Severity.ERROR and finding.tab == "messages"
    }
    return tuple(index for index, item in enumerate(items) if item.failed or item.key in faulty)


def next_error(errors: Sequence[int], here: int, step: int) -> Stop | None:
    """Return the next (`step` 1) or previous (-1) error from `here`, wrapping around; None if there are no errors."""
    if not errors:
        return None
    beyond = [at for at, index in enumerate(errors) if (index > here if step > 0 else index < here)]
    if not beyond:
        at = 0 if step > 0 else len(errors) - 1
        return Stop(errors[at], at + 1, wrapped=True)
    at = beyond[0] if step > 0 else beyond[-1]
    return Stop(errors[at], at + 1, wrapped=False)


def wrapped_text(noun: str, count: int, step: int) -> str:
    """ "Wrapped around to the first of 3 errors", or "This is the only error"."""
    where = "first" if step > 0 else "last"
    return f"This is the only {noun}" if count == 1 else f"Wrapped around to the {where} of {count} {noun}s"
