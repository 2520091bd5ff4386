"""What all models of answers share: frozen values, read from JSON without dying of what does not fit.

It is small on purpose: a library for this costs a start more than all else that comes before the first row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, ClassVar, Self, dataclass_transform

UNREADABLE = object()
"""Stands for a value that is not of the type of its field."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass_transform(frozen_default=True, kw_only_default=True)
class WireModel:
    """A frozen answer that keeps unknown fields and drops, rather than dies of, unreadable ones.

    An instance holds only what was said; the class holds what stands for all else.
    """

    keeps_unknown: ClassVar[bool] = True
    fields: ClassVar[Mapping[str, Callable[[Any], Any]]] = NOTHING
    """What reads each field, by its name."""

    needed: ClassVar[frozenset[str]] = frozenset()
    """Fields that no answer can do without."""

    __slots__ = ("__dict__", "unknown")
    unknown: Mapping[str, Any]
    """What this program knows no field for, as it came."""

    def __init_subclass__(cls) -> None:
        cls.fields = {
            name: READERS[kind] for name, kind in cls.__annotations__.items() if "ClassVar" not in kind
        }
        cls.needed = frozenset(name for name in cls.fields if not hasattr(cls, name))

    def __init__(self, **values: Any) -> None:
        if missing := self.needed - values.keys():
            raise TypeError(f"{type(self).__name__} needs {', '.join(sorted(missing))}")
        self.__dict__.update(values)
        object.__setattr__(self, "unknown", NOTHING)

    @classmethod
    def read(cls, data: object) -> Self:
        """One JSON object as this model; raises ValueError only where its identity is missing."""
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        made = cls.__new__(cls)
        found = made.__dict__
        for name, reader in cls.fields.items():
            if name in data and (value := reader(data[name])) is not UNREADABLE:
                found[name] = value
        if missing := cls.needed - found.keys():
            raise ValueError(f"no usable {', '.join(sorted(missing))}")
        unknown = {key: value for key, value in data.items() if key not in cls.fields}
        object.__setattr__(made, "unknown", unknown if unknown and cls.keeps_unknown else NOTHING)
        return made

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} does not change: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} does not change: {name} cannot be deleted")

    def __repr__(self) -> str:
        known = ", ".join(f"{name}={self.__dict__[name]!r}" for name in sorted(self.needed))
        return f"{type(self).__name__}({known})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WireModel) or type(other) is not type(self):
            return NotImplemented
        return self is other or (self._values() == other._values() and self.unknown == other.unknown)

    def __hash__(self) -> int:
        return hash((type(self), getattr(self, "id", "")))

    @property
    def said(self) -> frozenset[str]:
        """The names of the fields that were said, be it null, and in a form that can be read."""
        return frozenset(self.__dict__)

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.fields}

    def told(self) -> dict[str, Any]:
        """Every field by its name, then what is unknown here."""
        return {**self._values(), **self.unknown}

    def as_json(self, *, said_only: bool = False) -> dict[str, Any]:
        """The same in the types of JSON; `said_only` leaves out what the server did not say."""
        values = self.__dict__ if said_only else self._values()
        return {**{name: _plain(values[name]) for name in self.fields if name in values}, **self.unknown}

    def changed(self, **values: Any) -> Self:
        """The same with other values in some fields."""
        made = type(self).__new__(type(self))
        made.__dict__.update(self.__dict__, **values)
        object.__setattr__(made, "unknown", self.unknown)
        return made


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else UNREADABLE


def _number(value: Any) -> Any:
    """A number as databases keep them: one of a thousand digits is not what a server meant to say."""
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    fits = isinstance(whole, int) and not isinstance(whole, bool) and -(2**63) <= whole < 2**63
    return whole if fits else UNREADABLE


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else UNREADABLE


def _text_or_null(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else UNREADABLE


def _number_or_null(value: Any) -> Any:
    return None if value is None else _number(value)


def _switch_or_null(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else UNREADABLE


def _time_or_null(value: Any) -> Any:
    """An ISO 8601 time, in UTC where it names no zone."""
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return UNREADABLE
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _texts_or_null(value: Any) -> Any:
    if value is None:
        return None
    fits = isinstance(value, list) and all(isinstance(part, str) for part in value)
    return tuple(value) if fits else UNREADABLE


READERS: Mapping[str, Callable[[Any], Any]] = {
    "str": _text,
    "int": _number,
    "Mapping[str, Any]": _object,
    "str | None": _text_or_null,
    "int | None": _number_or_null,
    "bool | None": _switch_or_null,
    "datetime | None": _time_or_null,
    "tuple[str, ...] | None": _texts_or_null,
}
"""By the annotation of a field, as it is written."""
