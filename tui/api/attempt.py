"""A call whose failure is a value, so that what was read beside it stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from tui.model.errors import LettaError

T = TypeVar("T")
P = ParamSpec("P")


async def attempt(call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T | LettaError:
    """The result of a call, or its LettaError as a value; no call is made if cancelled before it begins."""
    try:
        return await call(*args, **kwargs)
    except LettaError as error:
        return error
