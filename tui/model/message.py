"""One message of a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pydantic import SkipValidation, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from tui.model.server_model import When, unreadable


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """One API message: a stored row may give several, so `id` alone is not unique; `raw` is the whole response.

    A dataclass with slots, since a conversation may have ten thousand: with pydantic's BaseModel each takes nine
    times as much. Every field that was sent, unknown ones too, is in `raw`.
    """

    id: str = ""
    message_type: str = "unknown"
    date: When | None = None
    step_id: str | None = None
    run_id: str | None = None
    otid: str | None = None
    raw: SkipValidation[Mapping[str, Any]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Message({self.id!r}, {self.message_type!r})"

    @classmethod
    def read(cls, data: object) -> Message:
        """One JSON object as a message; an unreadable field counts as not sent."""
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        try:
            message = _reader.validate_python(data)
        except ValidationError as error:
            bad = unreadable(error)
        else:
            object.__setattr__(message, "raw", data)  # whatever the server sent by that name
            return message
        return cls(**{name: data[name] for name in FIELDS if name in data and name not in bad}, raw=data)


FIELDS = ("id", "message_type", "date", "step_id", "run_id", "otid")
_reader = TypeAdapter(Message)
