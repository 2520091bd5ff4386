"""Answers of which there are many, or that are shown first: frozen values that can be read without pydantic.

Loading pydantic takes longer than painting a list. So an object whose every field is just what its class says is
taken as it is, and any other is read by the model that `tolerant` makes of the same class: the rules for what does
not fit stand there alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any, ClassVar, NoReturn, Self, dataclass_transform

NOTHING: Mapping[str, Any] = MappingProxyType({})
PLAIN = (str, int, float, type(None))
CERTAIN_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?", re.ASCII
).fullmatch
LARGEST_COUNT = 2**63
"""Numbers are smaller, as databases keep them: one of a thousand digits is not what a server meant to say."""

DOUBT = object()
"""Instead of a value: it is not for this module to say what is meant."""


def _text(value: object) -> object:
    return value if type(value) is str else DOUBT


def _truth(value: object) -> object:
    return value if type(value) is bool else DOUBT


def _texts(value: object) -> object:
    if type(value) is not list or any(type(one) is not str for one in value):
        return DOUBT
    return tuple(value)


def _time(value: object) -> object:
    if type(value) is not str or CERTAIN_TIME(value) is None:
        return DOUBT
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return DOUBT
    return aware(time)


def _count(value: object) -> object:
    return value if type(value) is int and -LARGEST_COUNT <= value < LARGEST_COUNT else DOUBT


def _table(value: object) -> object:
    if type(value) is not dict or any(type(name) is not str or not name.isascii() for name in value):
        return DOUBT
    return value


def aware(value: datetime) -> datetime:
    """A time in UTC where it names no zone; one UTC for all, since they are compared much faster."""
    return value if value.tzinfo is UTC or value.utcoffset() else value.replace(tzinfo=UTC)


READERS: dict[str, tuple[Callable[[object], object], bool]] = {
    "str": (_text, False),
    "str | None": (_text, True),
    "bool | None": (_truth, True),
    "datetime | None": (_time, True),
    "tuple[str, ...] | None": (_texts, True),
    "int": (_count, False),
    "int | None": (_count, True),
    "Mapping[str, Any]": (_table, False),
}
"""How a field is read, and whether it may be null, by what it is said to be."""


class _Slotted(type):
    """Makes a slot of each field, which takes a third of what a dictionary would; its value there is its default."""

    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> _Slotted:
        fields = [one for one, said in space.get("__annotations__", {}).items() if "ClassVar" not in said]
        defaults = {one: space.pop(one) for one in fields if one in space}
        made = super().__new__(cls, name, bases, {**space, "__slots__": tuple(fields)})
        if bases:
            made._take(fields, defaults, space["__annotations__"])  # type: ignore[attr-defined]
        return made


@dataclass_transform(kw_only_default=True, frozen_default=True)
class LightModel(metaclass=_Slotted):
    """A frozen answer that keeps unknown fields and drops, rather than dies of, unreadable ones."""

    _said: frozenset[str]
    _extra: Mapping[str, Any]
    fields: ClassVar[tuple[str, ...]] = ()
    defaults: ClassVar[dict[str, Any]] = {}
    """What a field is where it is not said; those that stand for the identity have none."""
    _readers: ClassVar[dict[str, tuple[Callable[[object], object], bool]]] = {}
    _values: ClassVar[Callable[[object], tuple[Any, ...]]]
    _held: ClassVar[dict[frozenset[str], frozenset[str]]] = {}

    @classmethod
    def _take(cls, fields: Iterable[str], defaults: dict[str, Any], said: Mapping[str, str]) -> None:
        cls.fields, cls.defaults = tuple(fields), defaults
        cls._readers = {name: READERS[said[name]] for name in cls.fields}
        cls._values = attrgetter(*cls.fields)

    def __init__(self, **values: Any) -> None:
        """A value made here, of what is given."""
        if missing := set(self.fields) - values.keys() - self.defaults.keys():
            raise TypeError(f"{type(self).__name__} needs {', '.join(sorted(missing))}")
        extra = {name: value for name, value in values.items() if name not in self._readers}
        self._fill(self.defaults | values, frozenset(values.keys() - extra.keys()), extra)

    def _fill(self, values: Mapping[str, Any], said: frozenset[str], extra: Mapping[str, Any]) -> None:
        put = object.__setattr__
        for name in self.fields:
            put(self, name, values[name])
        put(self, "_said", self._held.setdefault(said, said))
        put(self, "_extra", extra or NOTHING)

    @classmethod
    def _made(cls, values: Mapping[str, Any], said: frozenset[str], extra: Mapping[str, Any]) -> Self:
        made = cls.__new__(cls)
        made._fill(values, said, extra)
        return made

    @classmethod
    def read(cls, data: object) -> Self:
        """One JSON object as this model; raises ValueError only where its identity is missing."""
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        return cls._read_plainly(data) or cls._read_with_tolerance(data)

    @classmethod
    def _read_plainly(cls, data: Mapping[str, Any]) -> Self | None:
        """The object if all of it is beyond doubt."""
        values, extra, said = cls.defaults.copy(), {}, []
        for name, value in data.items():
            if name in cls._readers:
                reader, nullable = cls._readers[name]
                values[name] = None if value is None and nullable else reader(value)
                if values[name] is DOUBT:
                    return None
                said.append(name)
            elif name.isascii():
                extra[name] = value
            else:
                return None
        return cls._made(values, frozenset(said), extra) if len(values) == len(cls.fields) else None

    @classmethod
    def _read_with_tolerance(cls, data: Mapping[str, Any]) -> Self:
        from tui.model.server_model import tolerant

        found = tolerant(cls).read(data)
        return cls._made({name: getattr(found, name) for name in cls.fields}, found.said, found.unknown)

    def share(self, held: dict[Hashable, Any], names: Iterable[str]) -> None:
        """Hold by the same object what other rows hold too: values of these fields, and all that is unknown."""
        put = object.__setattr__
        for name in names:
            value = getattr(self, name)
            put(self, name, held.setdefault(value, value))
        extra = self._extra
        if all(isinstance(value, PLAIN) for value in extra.values()):
            key = tuple((name, type(value), value) for name, value in extra.items())
            put(self, "_extra", held.setdefault(key, extra))

    @property
    def unknown(self) -> Mapping[str, Any]:
        """What this program knows no field for, as it came."""
        return self._extra

    @property
    def said(self) -> frozenset[str]:
        """The names of the fields that were said, be it null, and in a form that can be read."""
        return self._said

    def told(self) -> dict[str, Any]:
        """Every field by its name, then what is unknown here."""
        return {**dict(zip(self.fields, type(self)._values(self), strict=True)), **self._extra}

    def as_json(self, *, sent_only: bool = False) -> dict[str, Any]:
        """The same in the types of JSON; `sent_only` leaves out what the server did not say."""
        wanted = self._said if sent_only else self.fields
        return {
            name: _json(value)
            for name, value in self.told().items()
            if name in wanted or name not in self._readers
        }

    def changed(self, **values: Any) -> Self:
        """The same with other values in some fields."""
        told = {name: value for name, value in values.items() if name in self._readers}
        extra = {name: value for name, value in values.items() if name not in told}
        return self._made(self.told() | told, self._said.union(told), {**self._extra, **extra})

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        values = type(self)._values
        return values(self) == values(other) and self._extra == other._extra

    def __hash__(self) -> int:
        return hash(type(self)._values(self))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.told().items())})"
        )


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return list(value) if isinstance(value, tuple) else value
