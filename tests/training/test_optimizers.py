"""What moves the weights."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs filmcolor[train]")

from filmcolor.training.architectures import build_network  # noqa: E402
from filmcolor.training.config import TrainConfig  # noqa: E402
from filmcolor.training.optimizers import Muon, Optimizers, orthogonal  # noqa: E402


@given(
    rows=st.integers(1, 24),
    columns=st.integers(1, 24),
    scale=st.floats(1e-4, 1e4),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=60, deadline=None)
def test_all_directions_become_equally_long(
    rows: int, columns: int, scale: float, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    least = min(rows, columns)
    u, _, v = torch.linalg.svd(torch.randn(rows, columns, generator=generator), full_matrices=False)
    lengths = 10 ** (-1.5 * torch.rand(least, generator=generator))
    found = orthogonal(scale * (u * lengths) @ v)
    assert found.shape == (rows, columns)
    in_its_axes = u.T @ found @ v.T
    torch.testing.assert_close(in_its_axes, torch.eye(least), atol=0.25, rtol=0)


def test_nothing_to_learn_moves_nothing() -> None:
    assert torch.equal(orthogonal(torch.zeros(4, 6)), torch.zeros(4, 6))


def test_neglected_directions_are_learnt_as_fast() -> None:
    """Of two errors, of which one has a gradient 1,000 times as large, both are gone at once."""
    weights = torch.nn.Parameter(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    optimizer = Muon([weights], 0.1, 0.0)
    for _ in range(60):
        optimizer.zero_grad()
        loss = 500 * weights[0, 0] ** 2 + 0.5 * weights[1, 1] ** 2
        loss.backward()
        if weights.detach().abs().max() < 0.05:
            break
        optimizer.step()
    assert weights.detach().abs().max() < 0.1


@pytest.mark.usefixtures("small_efficientnet")
@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_an_encoder_moves_at_a_rate_of_its_own(optimizer: str) -> None:
    moved = []
    for encoder_rate in (1.0, 0.25):
        torch.manual_seed(0)
        network = build_network("efficientnet-lite2")
        config = TrainConfig(
            arch="efficientnet-lite2", optimizer=optimizer, encoder_rate=encoder_rate,
            weight_decay=0, minutes=1,
        )  # fmt: skip
        before = {name: weights.detach().clone() for name, weights in network.named_parameters()}
        generator = torch.Generator().manual_seed(1)
        for weights in network.parameters():
            weights.grad = torch.randn(weights.shape, generator=generator)
        Optimizers(network, config).step(1e-3)
        after = dict(network.named_parameters())
        moved.append({name: (after[name] - before[name]).norm().item() for name in before})
    for name, length in moved[0].items():
        share = 0.25 if name.startswith("encoder.") else 1.0
        assert moved[1][name] == pytest.approx(share * length, rel=0.02), name


@pytest.mark.usefixtures("narrow_lite")
@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_a_step_moves_all_weights_and_can_be_repeated(optimizer: str) -> None:
    config = TrainConfig(optimizer=optimizer, minutes=1)
    torch.manual_seed(0)
    network = build_network("lite")
    optimizers = Optimizers(network, config)
    generator = torch.Generator().manual_seed(1)

    def step(rate: float) -> None:
        for weights in network.parameters():
            weights.grad = torch.randn(weights.shape, generator=generator)
        optimizers.step(rate)

    before = [weights.detach().clone() for weights in network.parameters()]
    step(1e-3)
    after = [weights.detach().clone() for weights in network.parameters()]
    assert not any(torch.equal(*pair) for pair in zip(before, after, strict=True))

    state, kept = copy.deepcopy((optimizers.state(), network.state_dict()))
    place = generator.get_state()
    step(1e-3)
    wanted = [weights.detach().clone() for weights in network.parameters()]

    network.load_state_dict(kept)
    optimizers = Optimizers(network, config)
    optimizers.restore(state)
    generator.set_state(place)
    step(1e-3)
    assert all(map(torch.equal, wanted, network.parameters()))
