"""Files of networks are data: whatever bytes they hold, they are loaded or refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz import mutations
from benchmarks.networks.tiny import write_caffe, write_network
from filmcolor.errors import FilmcolorError, NetworkError
from filmcolor.networks.caffe.caffemodel import read_caffemodel
from filmcolor.networks.caffe.description import parse_network
from filmcolor.networks.network import open_network
from filmcolor.networks.onnx.signature import read_signature

few = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
many = settings(few, max_examples=200)

WORDS = st.sampled_from(
    [
        *("layer", "name", "type", "{", "}", "<", ">", ":", "[", "]", ",", '"Input"', "'x'", "#\n"),
        *("dim", "1", "-1", "0x10", "1e999", "9" * 40, "input_param", "shape", "include", "phase"),
        *("top", "bottom", '"data_l"', "TEST", "\\", '"', "\n", " ", "é", "\0", "layers", "input"),
    ]
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of whole files, by suffix."""
    folder = tmp_path_factory.mktemp("whole")
    paths = [*write_caffe(folder), write_network(folder / "tiny.onnx")]
    return {path.suffix: path.read_bytes() for path in paths}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("FILMCOLOR_MODELS", str(tmp_path / "models"))


def refused_or_done(work: Callable[[], object]) -> bool:
    """Return whether it was done; an error that is not filmcolor's own fails the test."""
    try:
        work()
    except FilmcolorError as error:
        assert str(error).strip()
        return False
    return True


@many
@given(st.lists(WORDS, max_size=60).map(" ".join))
@example("layer { " * 5000)
@example("layer: [" * 5000)
@example("layer < " * 5000 + "> " * 5000)
def test_texts_that_are_no_descriptions(text: str) -> None:
    refused_or_done(lambda: parse_network(text))


def test_deep_descriptions_are_refused_with_their_line() -> None:
    with pytest.raises(NetworkError, match=r"line 3 .* nested more than 100 deep"):
        parse_network("\n\n" + "a { " * 200 + "} " * 200)
    assert parse_network('layer { name: "x" ' + "a { " * 98 + "} " * 98 + '} input: "d" '
                         "input_shape { dim: 1 }").layers  # fmt: skip


@few
@given(st.randoms(use_true_random=False))
def test_damaged_descriptions(tmp_path: Path, whole: dict[str, bytes], rng: Random) -> None:
    weights = tmp_path / "net.caffemodel"
    weights.write_bytes(whole[".caffemodel"])
    text = mutations.mutated(whole[".prototxt"], rng, text=True)
    weights.with_suffix(".prototxt").write_bytes(text)
    refused_or_done(lambda: colors_of(weights))


@few
@given(st.randoms(use_true_random=False))
def test_damaged_caffe_weights(tmp_path: Path, whole: dict[str, bytes], rng: Random) -> None:
    weights = tmp_path / "net.caffemodel"
    weights.with_suffix(".prototxt").write_bytes(whole[".prototxt"])
    weights.write_bytes(mutations.mutated(whole[".caffemodel"], rng))
    refused_or_done(lambda: colors_of(weights))
    assert not list(tmp_path.glob(".converting*"))


@many
@given(st.binary(min_size=1, max_size=200))
def test_bytes_that_are_no_networks(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    refused_or_done(lambda: read_signature(path))
    refused_or_done(lambda: read_caffemodel(path))


@few
@given(st.randoms(use_true_random=False))
def test_damaged_onnx(tmp_path: Path, whole: dict[str, bytes], rng: Random) -> None:
    content = mutations.mutated(whole[".onnx"], rng)
    assume(content != whole[".onnx"])
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    refused_or_done(lambda: colors_of(path))


def colors_of(path: Path) -> None:
    network = open_network(path, engine="onnxruntime", threads=1)
    ab = network.predict(np.full((1, 32, 48), 50, np.float32))
    assert ab.shape[0] == 1
    assert ab.shape[3] == 2


class Trap:
    """Unpickled, it leaves a file behind."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (os.environ["TRAP"],)


def test_no_pickle_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    from filmcolor.system.array_cache import cached_array

    trap = tmp_path / "sprung"
    monkeypatch.setenv("TRAP", str(trap))
    tables = tmp_path / "cache" / "filmcolor" / "tables"
    monkeypatch.setattr("filmcolor.system.array_cache.user_cache", lambda _: tables)
    tables.mkdir(parents=True)
    objects = np.array([Trap()], dtype=object)
    with (tables / "table.npy").open("wb") as file:
        np.save(file, objects, allow_pickle=True)
    made = cached_array("table", (1,), np.float32, lambda: np.ones(1, np.float32))
    assert made[0] == 1
    assert not trap.exists()
    for name in ("net.onnx", "net.caffemodel"):
        (tmp_path / name).write_bytes(pickle.dumps(Trap()))
        with suppress(FilmcolorError):
            open_network(tmp_path / name)
    assert not trap.exists()


def test_sizes_that_fill_the_memory(tmp_path: Path) -> None:
    path = write_network(tmp_path / "net.onnx")
    import onnx

    for name, value in (("short_side", "99999999"), ("input_size", "65536x65536")):
        model = onnx.load(path)
        onnx.helper.set_model_props(model, {f"filmcolor.{name}": value})
        onnx.save(model, tmp_path / "large.onnx")
        with pytest.raises(NetworkError, match="not a side of 1 to 8192 pixels"):
            open_network(tmp_path / "large.onnx")
