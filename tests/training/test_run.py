"""Whole runs, through the command line."""

# ruff: noqa: E402 - what follows cannot be imported without PyTorch

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch")
pytest.importorskip("matplotlib", reason="training draws curves with Matplotlib")

from skimage.color import gray2rgb, rgb2lab
from typer.testing import CliRunner

from filmcolor.cli.app import app
from filmcolor.errors import CancelledError
from filmcolor.events import CancelToken, Event, Note, StepsDone, Validated
from filmcolor.networks import load_network
from filmcolor.networks.bins import ab_bins
from filmcolor.networks.onnx.signature import read_signature
from filmcolor.training.architectures import build_network
from filmcolor.training.checkpoint import load_checkpoint
from filmcolor.training.config import Computing, FilmLook
from filmcolor.training.encoding import limit_chroma
from filmcolor.training.initial import load_weights
from filmcolor.training.lite import LiteNet
from filmcolor.training.run import train
from tests.training.conftest import NARROW

pytestmark = pytest.mark.usefixtures("narrow_lite", "no_curves")

# Helpers that cut pictures take seconds to start; `test_crops.py` is about them.
ALONE = ["--threads", "1", "--workers", "0", "--precision", "f32"]
SMALL = ["--size", "32", "--batch", "4", *ALONE]


def filmcolor_train(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["train", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.output


def weights(run: Path, name: str = "checkpoint.pt") -> dict[str, Any]:
    return load_checkpoint(run / name, torch.device("cpu")).average


def equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def lite_run(narrow_lite: None, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the compact network."""
    folder = tmp_path_factory.mktemp("runs")
    config, run = folder / "quick.json", folder / "lite"
    quick = {"size": 64, "batch": 7, "warmup_steps": 5, "average": 0.8, "validation_size": 64}
    config.write_text(json.dumps(quick))
    filmcolor_train(photos, "-o", run, "--epochs", "8", "--config", config, *ALONE)
    return run


def test_a_run_leaves_everything_about_it(lite_run: Path) -> None:
    config = json.loads((lite_run / "config.json").read_text())
    assert (config["arch"], config["size"], config["epochs"]) == ("lite", [64], 8)
    records = [json.loads(line) for line in (lite_run / "history.jsonl").read_text().splitlines()]
    assert records[-1]["step"] == 24  # 24 pictures, 3 of them held out
    assert {"psnr", "ciede2000", "grey_psnr", "share"} <= set(records[-1])
    for name in ("curves.png", "validation.png"):
        assert min(cv2.imread(str(lite_run / name)).shape[:2]) > 100


def test_it_learns_to_colour(photos: Path, lite_run: Path) -> None:
    last = json.loads((lite_run / "history.jsonl").read_text().splitlines()[-1])
    assert last["ciede2000"] < 0.8 * last["grey_ciede2000"]
    assert last["psnr"] > last["grey_psnr"] + 1


def test_the_exported_network_is_the_trained_one(lite_run: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    filmcolor_train("export", lite_run, "-o", file, "--name", "mine", "--short-side", "64")
    metadata = read_signature(file).metadata
    assert metadata["filmcolor.name"] == "mine"
    assert metadata["filmcolor.bins"] == "zhang2016-313"
    assert metadata["filmcolor.training_data"].startswith("sha256:")
    assert json.loads(metadata["filmcolor.validation"])["pictures"] == 3

    network = load_network(file, engine="onnxruntime")
    assert network.input_size(400, 500) == (64, 96)
    L = np.random.default_rng(0).uniform(0, 100, (1, 64, 96)).astype(np.float32)
    trained = build_network("lite").eval()
    trained.load_state_dict(weights(lite_run))
    with torch.inference_mode():
        shares = torch.softmax(trained(torch.from_numpy(L)[None]) / 0.38, dim=1)[0]
    expected = torch.einsum("qhw,qc->hwc", shares, torch.from_numpy(ab_bins().copy()))
    expected = limit_chroma(expected, 45)
    assert np.abs(network.predict(L)[0] - expected.numpy()).max() < 0.5

    assert "exists already" in filmcolor_train("export", lite_run, "-o", file, code=1)
    unlimited = ["--overwrite", "--chroma-limit", "100000"]
    filmcolor_train("export", lite_run, "-o", file, *unlimited)
    once = load_network(file, engine="onnxruntime").predict(L)
    filmcolor_train("export", lite_run, "-o", file, *unlimited, "--saturation", "0.5")
    half = load_network(file, engine="onnxruntime").predict(L)
    assert np.abs(once).max() > 5 and np.allclose(half, once / 2, atol=0.5)

    filmcolor_train("export", lite_run, "-o", file, "--overwrite", "--chroma-limit", "3")
    calm = load_network(file, engine="onnxruntime").predict(L)
    chroma, calmed = (np.hypot(*np.moveaxis(ab, -1, 0)) for ab in (network.predict(L), calm))
    assert chroma.max() > 3 > calmed.max()
    assert np.allclose(calmed, chroma / (1 + (chroma / 3) ** 4) ** 0.25, atol=0.2)

    filmcolor_train("export", lite_run, "-o", file, "--overwrite", "--cast-limit", "1")
    level = load_network(file, engine="onnxruntime").predict(L)
    means = [float(np.hypot(*ab[0].mean(axis=(0, 1)))) for ab in (network.predict(L), level)]
    assert means[0] > 1.01 > means[1]  # of which float32 may add a little to the limit
    assert read_signature(file).metadata["filmcolor.cast_limit"] == "1.0"


def test_the_source_cnn_is_trained_and_exported(photos: Path, tmp_path: Path) -> None:
    run, file = tmp_path / "run", tmp_path / "cnn.onnx"
    filmcolor_train(photos, "-o", run, "--arch", "source-cnn", "--epochs", "1", *SMALL)
    filmcolor_train("export", run, "-o", file)
    network = load_network(file, engine="onnxruntime")
    assert network.input_size(100, 300) == (256, 256)
    assert network.predict(np.full((1, 256, 256), 50, np.float32)).shape == (1, 256, 256, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_run_that_was_killed_or_stopped_ends_as_if_it_had_not(
    photos: Path, tmp_path: Path
) -> None:
    how = ["--arch", "source-cnn", "--epochs", "12", *SMALL]
    filmcolor_train(photos, "-o", tmp_path / "whole", *how)
    run = tmp_path / "parts"
    for number in (signal.SIGTERM, signal.SIGKILL):
        arguments = [photos, "-o", run, *how, "--checkpoint-minutes", "0.001"]
        process = subprocess.Popen(
            [sys.executable, "-m", "filmcolor", "train", *map(str, arguments)],
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 60
            first = (run / "checkpoint.pt").stat().st_mtime_ns if number == signal.SIGKILL else 0
            while time.monotonic() < deadline:
                saved = run / "checkpoint.pt"
                if saved.exists() and saved.stat().st_mtime_ns > first:
                    break
                time.sleep(0.02)
            os.killpg(process.pid, number)  # as Ctrl-C and service managers do it
        finally:
            _, stderr = process.communicate(timeout=60)
        assert process.returncode == (143 if number == signal.SIGTERM else -number), stderr
        state = load_checkpoint(run / "checkpoint.pt", torch.device("cpu"))
        assert 0 < state.step < 63
    assert "going on from step" in filmcolor_train("-o", run, *how)
    assert equal(weights(run), weights(tmp_path / "whole"))
    steps = [json.loads(line)["step"] for line in (run / "history.jsonl").read_text().splitlines()]
    assert steps == sorted(steps)


def test_listeners_are_told_and_a_token_stops_it(photos: Path, tmp_path: Path) -> None:
    """After the step that is being done, with the state kept, as a signal does."""
    choices = {"arch": "source-cnn", "epochs": 2, "size": 32, "batch": 4, "validation_size": 32}
    computing = Computing(threads=1, workers=0, precision="f32", validation_minutes=1e-6)
    seen: list[Event] = []
    token = CancelToken()

    def listen(event: Event) -> None:
        seen.append(event)
        if isinstance(event, Validated):
            token.cancel()

    run = tmp_path / "run"
    stopped = train(run, [photos], choices, computing=computing, listeners=[listen], cancel=token)
    assert (stopped.finished, stopped.scores) == (False, None)
    assert [type(event) for event in seen] == [Note, Validated, StepsDone]
    assert isinstance(seen[1], Validated)
    assert {"psnr", "ciede2000", "share"} <= seen[1].scores.keys()
    assert isinstance(seen[2], StepsDone)
    assert (seen[2].step, seen[2].pictures_a_second > 0) == (stopped.step, True)
    assert 0 < seen[2].share < 1
    assert all(np.isfinite(value) for value in seen[2].means.values())
    finished = train(run, [], {}, computing=Computing(threads=1, workers=0, precision="f32"))
    assert finished.finished
    assert finished.step > stopped.step
    with pytest.raises(CancelledError):
        train(tmp_path / "other", [photos], choices, cancel=token)


def test_a_longer_budget_goes_on_from_where_the_rate_began_to_fall(
    photos: Path, tmp_path: Path
) -> None:
    how = ["--arch", "source-cnn", "--decay", "0.5", *SMALL]
    run, long = tmp_path / "run", tmp_path / "long"
    filmcolor_train(photos, "-o", run, *how, "--epochs", "4")
    first = weights(run)
    filmcolor_train("-o", run, "--epochs", "12", *ALONE)
    filmcolor_train(photos, "-o", long, *how, "--epochs", "12")
    assert equal(weights(run), weights(long))
    assert equal(weights(run, "checkpoint-21.pt"), first)
    finished = (run / "checkpoint.pt").stat().st_mtime_ns
    assert "finished" in filmcolor_train("-o", run)
    assert (run / "checkpoint.pt").stat().st_mtime_ns == finished


def test_a_run_begins_with_the_price_of_the_one_it_starts_from(
    photos: Path, lite_run: Path, tmp_path: Path
) -> None:
    first = load_checkpoint(lite_run / "checkpoint.pt", torch.device("cpu")).price
    how = ["--epochs", "0.2", "--init", lite_run, *SMALL]
    filmcolor_train(photos, "-o", tmp_path / "next", *how)
    state = load_checkpoint(tmp_path / "next" / "checkpoint.pt", torch.device("cpu"))
    assert state.step == 1
    assert first[0] > 0.02  # further than a step moves it
    assert state.price[0] == pytest.approx(first[0], abs=0.01)


def test_dropout_is_drawn_by_the_step_and_absent_from_the_result(
    photos: Path, tmp_path: Path
) -> None:
    how = ["--decay", "0", "--dropout", "0.5", *SMALL]
    filmcolor_train(photos, "-o", tmp_path / "whole", "--epochs", "0.5", *how)
    filmcolor_train(photos, "-o", tmp_path / "parts", "--epochs", "0.2", *how)
    filmcolor_train("-o", tmp_path / "parts", "--epochs", "0.5", *how)
    assert equal(weights(tmp_path / "parts"), weights(tmp_path / "whole"))
    how[how.index("0.5")] = "0"
    filmcolor_train(photos, "-o", tmp_path / "without", "--epochs", "0.5", *how)
    assert not equal(weights(tmp_path / "without"), weights(tmp_path / "whole"))

    L = 100 * torch.rand(2, 1, 32, 64)
    network = build_network("lite", dropout=0.5)
    network.load_state_dict(weights(tmp_path / "whole"))
    plain = build_network("lite").eval()
    plain.load_state_dict(weights(tmp_path / "whole"))
    with torch.inference_mode():
        assert torch.equal(network.eval()(L), plain(L))
        network.apply(lambda layer: layer.train(not isinstance(layer, torch.nn.BatchNorm2d)))
        assert not torch.allclose(network(L), plain(L), atol=0.1)


def test_the_statistics_of_the_result_are_those_of_its_own_weights(
    photos: Path, tmp_path: Path
) -> None:
    run, config = tmp_path / "run", tmp_path / "as-it-is.json"
    config.write_text(json.dumps({"film_look": dict.fromkeys(FilmLook.model_fields, 0)}))
    how = ["--epochs", "2", "--learning-rate", "0.003", "--config", config, *SMALL]
    filmcolor_train(photos, "-o", run, *how)
    network = build_network("lite").eval()
    network.load_state_dict(weights(run))
    luma = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in sorted(photos.iterdir())]
    L = np.stack([rgb2lab(gray2rgb(picture))[..., 0] for picture in luma])[:, None]
    convolution, norm, _ = network.stage1
    with torch.inference_mode():
        found = convolution(torch.from_numpy(L.astype(np.float32)) / 50 - 1)
    # Crops differ from the pictures, but not by much.
    off = (found.mean((0, 2, 3)) - norm.running_mean).abs() / found.std((0, 2, 3))
    assert off.mean() < 0.1
    assert torch.allclose(norm.running_var, found.var((0, 2, 3)), rtol=0.5)


def test_the_best_state_is_kept_and_can_be_exported(photos: Path, tmp_path: Path) -> None:
    run, file = tmp_path / "run", tmp_path / "best.onnx"
    how = ["--arch", "source-cnn", "--epochs", "3", "--validation-minutes", "0.001", *SMALL]
    filmcolor_train(photos, "-o", run, *how)
    records = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    scores = [record for record in records if "share" in record]
    best = min(scores, key=lambda record: record["ciede2000"])
    assert len(scores) > 2
    assert load_checkpoint(run / "best.pt", torch.device("cpu")).step == best["step"]
    filmcolor_train("export", run, "-o", file, "--checkpoint", "best.pt")
    assert json.loads(read_signature(file).metadata["filmcolor.validation"]) == best


def test_a_rate_that_is_too_high_is_named(photos: Path, tmp_path: Path) -> None:
    how = ["--epochs", "9", "--learning-rate", "1e30", *SMALL]
    assert "learning rate" in filmcolor_train(photos, "-o", tmp_path / "run", *how, code=1)


def test_a_network_can_be_grown_from_a_smaller_one(photos: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    small = LiteNet(NARROW, inverted_blocks=0).eval()
    torch.save(small.state_dict(), tmp_path / "small.pt")
    grown = build_network("lite").eval()
    assert "new" in load_weights(grown, tmp_path / "small.pt").sentence
    L = 100 * torch.rand(1, 1, 64, 96)
    with torch.inference_mode():
        assert torch.allclose(grown(L), small(L), atol=1e-4)


def test_weights_of_another_architecture_are_named(lite_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(lite_run, tmp_path / "run")
    config = (run / "config.json").read_text()
    (run / "config.json").write_text(config.replace('"lite"', '"source-cnn"'))
    says = filmcolor_train("export", run, "-o", tmp_path / "x.onnx", code=1)
    assert "checkpoint.pt: " in says and "source-cnn" in says


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["{missing}", "-o", "{run}", "--epochs", "1"], 1, "missing"),
        (["{photos}", "-o", "{run}"], 2, "--minutes or --epochs"),
        (["{photos}", "--epochs", "1"], 2, "-o RUN"),
        (["-o", "{run}", "--epochs", "1"], 2, "no pictures yet"),
        (["{photos}", "-o", "{run}", "--epochs", "-1"], 2, "--epochs"),
        (["{photos}", "-o", "{run}", "--epochs", "1", "--arch", "vgg"], 2, "--arch"),
        (["{photos}", "-o", "{run}", "--epochs", "1", "--device", "tpu"], 2, "--device"),
        (["{photos}", "-o", "{run}", "--epochs", "1", "--init", "{photos}"], 1, "no weights"),
        (["{lite}", "-o", "{lite}", "--seed", "3"], 2, "another folder"),
        (["export", "{photos}", "-o", "{x}.onnx"], 1, "config.json"),
    ],
)
def test_mistakes_are_named(
    arguments: list[str], code: int, says: str, photos: Path, lite_run: Path, tmp_path: Path
) -> None:
    places = {"photos": photos, "lite": lite_run}
    places |= {name: tmp_path / name for name in ("run", "missing", "x")}
    filled = [argument.format(**places) for argument in arguments]
    filled = [
        str(tmp_path / word) if word in ("run", "x.onnx", "missing") else word for word in filled
    ]
    assert says in filmcolor_train(*filled, code=code)
    assert not (tmp_path / "run" / "config.json").exists()
