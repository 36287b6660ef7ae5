"""The values of which a plan is made, and how they stand in its file."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

Ticks = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""A timestamp in units of the film's time base."""

Count = Annotated[int, Field(ge=0, lt=2**63)]


def _read_fraction(value: object) -> object:
    if isinstance(value, Fraction):
        return value
    parts = value.split("/") if isinstance(value, str) else []
    digits = [part for part in parts if part.isascii() and part.isdigit() and len(part) <= 10]
    if len(digits) != 2 or len(parts) != 2 or not all(map(int, digits)):
        raise ValueError('should be a fraction of a second such as "1/25"')
    return Fraction(int(digits[0]), int(digits[1]))


TimeBase = Annotated[
    Fraction,
    BeforeValidator(_read_fraction),
    PlainSerializer(lambda value: f"{value.numerator}/{value.denominator}"),
]


class PlanObject(BaseModel):
    """A part of a plan: it does not change, and knows no other fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, arbitrary_types_allowed=True
    )
