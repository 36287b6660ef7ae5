"""Damaged plans are plans still, or they are refused."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz import mutations
from filmcolor.errors import InputError
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import plan_text, read_plan
from tests.planning.test_plan import plans

many = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

NASTY = st.one_of(
    st.sampled_from([None, True, -1, 0, 2**63, -(2**63) - 1, 10**40, 1e308, "", "0/0", "1/0"]),
    st.sampled_from(["1/25", "-1/25", "1/" + "9" * 400, "\0", "é\u202e", [], {}, [[]], {"a": {}}]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.floats(allow_nan=False, allow_infinity=False),
)


def read(path: Path, content: bytes) -> Plan | None:
    """Return the plan in these bytes, or None where it is refused, in one line."""
    path.write_bytes(content)
    try:
        plan = read_plan(path)
    except InputError as error:
        assert str(error).startswith(f"{path}: ")
        assert "\n" not in str(error)
        return None
    assert Plan.model_validate_json(plan_text(plan)) == plan
    return plan


def places(value: Any) -> list[tuple[Any, Any]]:
    """All values within a JSON value: what holds them, and under which key."""
    found: list[tuple[Any, Any]] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(pairs):
        found.append((value, key))
        if isinstance(inner, dict | list):
            found += places(inner)
    return found


@many
@given(plans(), st.data())
def test_one_value_is_another(tmp_path: Path, plan: Plan, data: st.DataObject) -> None:
    tree = json.loads(plan_text(plan))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(places(tree)))
        how = data.draw(st.sampled_from(["replace", "remove", "rename"]))
        if how == "replace":
            holder[key] = data.draw(NASTY)
        elif how == "remove" or isinstance(holder, list):
            del holder[key]
        else:
            holder[f"{key}s"] = holder.pop(key)
        if not places(tree):
            break
    read(tmp_path / "plan.json", json.dumps(tree).encode())


@many
@given(plans(), st.randoms(use_true_random=False))
def test_damaged_bytes(tmp_path: Path, plan: Plan, rng: Random) -> None:
    read(tmp_path / "plan.json", mutations.mutated(plan_text(plan).encode(), rng, text=True))


@many
@given(st.binary(max_size=100))
@example(b"[" * 100_000)
@example(b'{"shots":' * 50_000)
@example(b'{"version": ' + b"9" * 10_000 + b"}")
@example(b'{"version": 1, "version": 2}')
@example(b"\xff\xfe{\0}\0")
@example(b"NaN")
def test_bytes_that_are_no_plans(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path / "plan.json", content) is None
