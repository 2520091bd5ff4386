"""What all models of answers share: frozen values, read from JSON without dying of what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Self, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model

from tui.api.light_model import LARGEST_COUNT, NOTHING, LightModel, aware

When = Annotated[datetime, AfterValidator(aware)]
"""A time, in UTC where it names no zone."""

Count = Annotated[int, Field(ge=-LARGEST_COUNT, lt=LARGEST_COUNT)]
"""A number as databases keep them."""

STRICTER: dict[Any, Any] = {datetime | None: When | None, int: Count, int | None: Count | None}
"""What a field means that is said to be this."""


class WireModel(BaseModel):
    """A frozen answer that keeps unknown fields and drops, rather than dies of, unreadable ones."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    @classmethod
    def read(cls, data: object) -> Self:
        """One JSON object as this model; raises ValueError only where its identity is missing."""
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            bad = {item["loc"][0] for item in error.errors() if item["loc"]}
        needed = {name for name, field in cls.model_fields.items() if field.is_required()}
        if bad & needed:
            raise ValueError(f"no usable {', '.join(sorted(map(str, bad & needed)))}")
        return cls.model_validate({key: value for key, value in data.items() if key not in bad})

    @property
    def unknown(self) -> Mapping[str, Any]:
        """What this program knows no field for, as it came."""
        return self.model_extra or NOTHING

    @property
    def said(self) -> frozenset[str]:
        """The names of the fields that were said, be it null, and in a form that can be read."""
        return frozenset(self.model_fields_set & type(self).model_fields.keys())

    def told(self) -> dict[str, Any]:
        """Every field by its name, then what is unknown here."""
        return dict(self)

    def as_json(self, *, sent_only: bool = False) -> dict[str, Any]:
        """The same in the types of JSON; `sent_only` leaves out what the server did not say."""
        return self.model_dump(mode="json", exclude_unset=sent_only)

    def changed(self, **values: Any) -> Self:
        """The same with other values in some fields."""
        return self.model_copy(update=values)


@cache
def tolerant(light: type[LightModel]) -> type[WireModel]:
    """The model of the same fields that knows what to make of an answer which is not just what they say."""
    hints = get_type_hints(light)
    fields: dict[str, Any] = {
        name: (STRICTER.get(hints[name], hints[name]), light.defaults.get(name, ...)) for name in light.fields
    }
    return create_model(light.__name__, __base__=WireModel, **fields)
