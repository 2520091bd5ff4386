"""What a list is made of: frozen dataclasses with slots, read without pydantic, which would delay the first rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, Self

NOTHING: Mapping[str, Any] = MappingProxyType({})

Reader = Callable[[object], Any]
"""Makes the value of a field from JSON; raises ValueError where the JSON is of another type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One object of a response: unknown fields are preserved, and a field that cannot be read counts as not sent."""

    readers: ClassVar[Mapping[str, Reader]] = NOTHING
    """The fields that this program knows, in order, and how each is read."""
    required: ClassVar[tuple[str, ...]] = ("id",)
    """Required fields."""

    sent: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """Names of the known fields that the server sent, null included; of an object made here, those with a value."""
    unknown: Mapping[str, Any] = field(default_factory=lambda: NOTHING, hash=False)
    """Fields that this program does not know, as they came."""

    def __post_init__(self) -> None:
        if not self.sent:
            given = tuple(name for name in self.readers if getattr(self, name) not in (None, ""))
            object.__setattr__(self, "sent", _names(given))

    @classmethod
    def read(cls, data: object) -> Self:
        """One JSON object as this record; raises ValueError only if a required field is missing or unreadable."""
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        values, unknown = dict[str, Any](), dict[str, Any]()
        for name, value in data.items():
            reader = cls.readers.get(name)
            if reader is None:
                unknown[name] = value
            elif value is None and name not in cls.required:
                values[name] = None
            else:
                try:
                    values[name] = reader(value)
                except ValueError:
                    continue
        if missing := [name for name in cls.required if name not in values]:
            raise ValueError(f"no usable {', '.join(missing)}")
        return cls(**values, sent=_names(tuple(values)), unknown=unknown or NOTHING)

    def was_sent(self, name: str) -> bool:
        """Return whether the server sent this field at all, even as null, which shows what kind of Letta it is."""
        return name in self.sent or name in self.unknown

    def values(self) -> dict[str, Any]:
        """Every known field by its name, then the unknown ones."""
        return {name: getattr(self, name) for name in self.readers} | dict(self.unknown)

    def as_json(self, *, sent_only: bool = False) -> dict[str, Any]:
        """The same in the types of JSON; `sent_only` leaves out what the server did not send."""
        names = [name for name in self.readers if name in self.sent] if sent_only else self.readers
        return {name: to_json(getattr(self, name)) for name in names} | dict(self.unknown)

    def changed(self, **values: Any) -> Self:
        """The same with other values in some fields, which count as sent."""
        known = {name: value for name, value in values.items() if name in self.readers}
        unknown = {name: value for name, value in values.items() if name not in known}
        return replace(
            self,
            **known,
            sent=_names(tuple(name for name in self.readers if name in self.sent or name in known)),
            unknown={**self.unknown, **unknown} or NOTHING,
        )


@lru_cache(512)
def _names(names: tuple[str, ...]) -> frozenset[str]:
    """A set of names that all rows of a list share: a set each would be half of a row."""
    return frozenset(names)


def text(value: object) -> str:
    """A text, half a surrogate pair included."""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("not true or false")
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of texts; unreadable as a whole if one of them is, rather than shorter."""
    if not isinstance(value, list):
        raise ValueError("no list")
    return tuple(map(text, value))


def whole_number(value: object) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("not a whole number")
    return value


def as_sent(value: object) -> object:
    """A value of any type, as it came."""
    return value


class SentTime(datetime):
    """A time whose text is not the one that this program would write, so that JSON has it as the server sent it."""

    __slots__ = ("text",)

    text: str


def _is_usual(sent: str) -> bool:
    """Return whether a time is written as Letta and this program do, which is faster than writing it to compare."""
    return (
        len(sent) == 27
        and sent[10] == "T"
        and sent[19] == "."
        and sent[26] == "Z"
        and sent[20:26] != "000000"
    )


def time(value: object) -> datetime:
    """A time in ISO 8601."""
    if not isinstance(value, str):
        raise ValueError("no time")
    found = aware(datetime.fromisoformat(value))
    if _is_usual(value) or to_json(found) == value:
        return found
    sent = aware(SentTime.fromisoformat(value))
    assert isinstance(sent, SentTime)
    sent.text = value
    return sent


def aware(value: datetime) -> datetime:
    """A time in UTC where it names no zone; one UTC for all, since they are compared much faster."""
    return value if value.tzinfo is UTC or value.utcoffset() else value.replace(tzinfo=UTC)


def to_json(value: Any) -> Any:
    """A value of a field in the types of JSON."""
    if isinstance(value, datetime):
        text = getattr(value, "text", None)  # a time that was calculated from one that was sent has none
        return text or value.isoformat().replace("+00:00", "Z")
    return list(value) if isinstance(value, tuple) else value
