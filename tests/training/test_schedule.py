"""The budget and the learning rate."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filmcolor.errors import UsageError
from filmcolor.training.config import TrainConfig

pytest.importorskip("torch", reason="training needs PyTorch")

from filmcolor.training.schedule import Budget


@given(st.integers(1, 1000), st.floats(0.01, 1), st.integers(0, 50))
def test_the_rate_rises_stays_and_falls_to_nothing(steps: int, decay: float, warm: int) -> None:
    budget = Budget(steps=steps, seconds=None, warmup_steps=warm, decay=decay)
    rates = [budget.rate(step, 0) for step in range(steps + 1)]
    assert all(0 <= rate <= 1 for rate in rates)
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    falling = [budget.rate(step, 0) for step in range(warm, steps + 1)]
    assert all(later <= earlier for earlier, later in pairwise(falling))
    stable = [step for step in range(warm, steps) if not budget.decays(step, 0)]
    assert all(budget.rate(step, 0) == pytest.approx(1) for step in stable)


def test_the_first_budget_that_is_used_up_ends_the_run() -> None:
    budget = Budget(steps=100, seconds=60, warmup_steps=0, decay=0.5)
    assert budget.done(50, 10) == 0.5
    assert budget.done(50, 45) == 0.75
    assert budget.done(100, 1) == 1


def test_epochs_count_pictures() -> None:
    assert Budget.of(TrainConfig(epochs=3, batch=50), 1000).steps == 60


def test_a_run_needs_an_end() -> None:
    with pytest.raises(UsageError, match="`minutes` or `epochs`"):
        Budget.of(TrainConfig(), 1000)
