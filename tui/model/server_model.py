"""What pydantic models of responses share: they preserve unknown fields, and drop unreadable ones rather than fail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from tui.model.record import NOTHING, aware, text, to_json

LARGEST_COUNT = 2**63
"""Numbers are smaller, as in databases: one of a thousand digits is not what a server meant to send."""

When = Annotated[datetime, AfterValidator(aware)]
"""A time, in UTC where it names no zone."""

Text = Annotated[str, PlainValidator(text)]
"""A text; pydantic's own string refuses half a surrogate pair, and with it all of a block."""

Count = Annotated[int, Field(ge=-LARGEST_COUNT, lt=LARGEST_COUNT)]
"""A number that a database can store."""


class ServerModel(BaseModel):
    """A frozen object of a response that preserves unknown fields; an unreadable one counts as not sent."""

    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)

    @classmethod
    def read(cls, data: object) -> Self:
        """One JSON object as this model; raises ValueError only if a required field is missing or unreadable."""
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            bad = unreadable(error)
        needed = {name for name, field in cls.model_fields.items() if field.is_required()}
        if bad & needed:
            raise ValueError(f"no usable {', '.join(sorted(bad & needed))}")
        return cls.model_validate({key: value for key, value in data.items() if key not in bad})

    @property
    def unknown(self) -> Mapping[str, Any]:
        """Fields that this program does not know, as they came."""
        return self.model_extra or NOTHING

    @property
    def sent(self) -> frozenset[str]:
        """Names of the known fields that were sent, null included, in a form that can be read."""
        return frozenset(self.model_fields_set & type(self).model_fields.keys())

    def as_json(self, *, sent_only: bool = False) -> dict[str, Any]:
        """The same in the types of JSON; `sent_only` leaves out what the server did not send."""
        sent = self.sent
        names = [name for name in type(self).model_fields if name in sent or not sent_only]
        return {name: to_json(getattr(self, name)) for name in names} | dict(self.unknown)

    def changed(self, **values: Any) -> Self:
        """The same with other values in some fields, which count as sent."""
        return self.model_copy(update=values)


def unreadable(error: ValidationError) -> set[str]:
    """Names of the fields that a failed validation is about."""
    return {str(item["loc"][0]) for item in error.errors(include_url=False) if item["loc"]}
