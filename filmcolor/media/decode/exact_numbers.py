"""Rational numbers as PyAV gives them, as `Fraction`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any


def exact(value: Any) -> Fraction | None:
    """Return a rate, a time base or the like of PyAV as a `Fraction`; None where it is not set.

    PyAV 18 gives a `Fraction` or None, its next version a type of its own that knows numbers
    without a value, such as 0/1 and 1/0.
    """
    if value is None or not value.numerator or not value.denominator:
        return None
    return Fraction(value.numerator, value.denominator)
