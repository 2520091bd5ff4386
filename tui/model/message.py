"""One message of a conversation: ten thousand of them are read at once, so it is no model but a tuple with names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Self

from tui.api.light_model import CERTAIN_TIME, NOTHING, aware


class Message(NamedTuple):
    """One API message: a stored row may give several, so `id` alone is no key; `raw` is the whole answer."""

    id: str = ""
    message_type: str = "unknown"
    date: datetime | None = None
    step_id: str | None = None
    run_id: str | None = None
    otid: str | None = None
    raw: Mapping[str, Any] = NOTHING

    def __repr__(self) -> str:
        return f"Message({self.id!r}, {self.message_type!r})"

    @classmethod
    def read(cls, data: object) -> Self:
        """One JSON object as a message that keeps every byte of it in `raw`; what is unreadable counts as unsaid."""
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        get = data.get
        return cls(
            _text(get("id")) or "",
            "unknown" if (kind := _text(get("message_type"))) is None else kind,
            _date(get("date")),
            _text(get("step_id")),
            _text(get("run_id")),
            _text(get("otid")),
            data,
        )


def _text(value: object) -> str | None:
    if value is None or not isinstance(value, str):
        return None
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:  # half a surrogate pair is no text
            return None
    return value


def _date(value: object) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, str) and CERTAIN_TIME(value):
        try:
            return aware(datetime.fromisoformat(value))
        except ValueError:
            return None
    return _odd_date(value)


def _odd_date(value: object) -> datetime | None:
    try:
        found: datetime | None = _dates().validate_python(value)
    except ValueError:
        return None
    return found


@lru_cache(1)
def _dates() -> Any:
    from pydantic import TypeAdapter

    from tui.model.server_model import When

    return TypeAdapter(When)
