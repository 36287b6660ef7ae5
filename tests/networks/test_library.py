from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from filmcolor.cli.models import app
from filmcolor.errors import NetworkError, UsageError
from filmcolor.networks import CATALOG, load_network
from filmcolor.networks.weights.folders import package_data, weights_folder
from filmcolor.networks.weights.importing import import_network
from filmcolor.networks.weights.library import installed_networks
from filmcolor.networks.weights.weights_file import sha256_of
from tests.networks.servers import serving
from tests.networks.test_network import foreign_model


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_catalog_agrees_with_what_ships() -> None:
    entry = CATALOG["lite"]
    path = package_data(entry.file_name)
    assert path.stat().st_size == entry.bytes
    assert sha256_of(path) == entry.sha256
    assert all(len(known.sha256) == 64 for known in CATALOG.values())
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry.name = "other"  # type: ignore[misc]


def test_where_prints_the_folder(own_folders: Path) -> None:
    assert run("where").strip() == str(own_folders)


def test_without_the_variable_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FILMCOLOR_MODELS")
    assert weights_folder().name == "models"
    assert "filmcolor" in weights_folder().parts


def test_list_shows_known_and_own_networks(tmp_path: Path) -> None:
    run("import", str(foreign_model(tmp_path / "mine.onnx")))
    rows = {row["name"]: row for row in json.loads(run("list", "--json"))}
    assert list(rows) == ["lite", "zhang2016", "zhang2016-norebal", "mine"]
    assert rows["lite"]["installed"] is True
    assert rows["lite"]["bundled"] is True
    assert rows["zhang2016"]["installed"] is False
    assert rows["zhang2016"]["licence"] == "BSD-2-Clause"
    assert rows["mine"]["installed"] is True
    table = run("list")
    assert all(name in table for name in rows)


def test_an_imported_onnx_model_is_used_by_name(tmp_path: Path) -> None:
    source = foreign_model(tmp_path / "mine.onnx")
    assert "better: " in run("import", str(source), "--name", "better")
    source.unlink()
    network = load_network("better", engine="onnxruntime")
    assert network.predict(np.full((1, 64, 64), 40.0)).shape == (1, 128, 128, 2)


def test_an_imported_caffe_network_keeps_its_description(
    small_zhang: Path, own_folders: Path
) -> None:
    expected = load_network(small_zhang, engine="onnxruntime").predict(np.full((1, 224, 224), 30.0))
    run("import", str(small_zhang))
    assert sorted(path.name for path in own_folders.iterdir()) == [
        "small.caffemodel",
        "small.caffemodel.sha256",
        "small.prototxt",
    ]
    small_zhang.unlink()
    network = load_network("small", engine="onnxruntime")
    np.testing.assert_array_equal(network.predict(np.full((1, 224, 224), 30.0)), expected)
    assert [known.name for known in installed_networks()] == ["lite", "small"]


def test_a_known_file_is_recognised_whatever_it_is_called(tmp_path: Path) -> None:
    source = tmp_path / "download (3).bin"
    source.write_bytes(b"weights that someone knows")
    entry = dataclasses.replace(
        CATALOG["zhang2016"], sha256=hashlib.sha256(source.read_bytes()).hexdigest()
    )
    network = import_network(source, catalog=[entry])
    assert network.name == "zhang2016"
    assert network.path.name == entry.file_name
    assert network.path.read_bytes() == source.read_bytes()
    with pytest.raises(UsageError, match="leave out the name"):
        import_network(source, name="mine", catalog=[entry])


def test_the_bundled_network_needs_no_import(own_folders: Path) -> None:
    assert import_network(package_data("lite.onnx")).path == package_data("lite.onnx")
    assert not own_folders.exists()


@pytest.mark.parametrize("name", ["zhang2016", "lite", "auto", "a/b", "", "../up", ".hidden"])
def test_names_that_cannot_be_given(tmp_path: Path, name: str) -> None:
    source = foreign_model(tmp_path / "mine.onnx")
    with pytest.raises(UsageError, match="`name`"):
        import_network(source, name=name)


def test_what_is_no_network_is_not_imported(tmp_path: Path, own_folders: Path) -> None:
    page = tmp_path / "page.caffemodel"
    page.write_bytes(b"<!DOCTYPE html>")
    with pytest.raises(NetworkError, match="web page"):
        import_network(page)
    useless = foreign_model(tmp_path / "useless.onnx", outputs=3)
    with pytest.raises(NetworkError, match="no colour network"):
        import_network(useless)
    assert not own_folders.exists() or not list(own_folders.iterdir())


def test_importing_again_replaces_the_network(tmp_path: Path) -> None:
    run("import", str(foreign_model(tmp_path / "mine.onnx")))
    run("import", str(foreign_model(tmp_path / "mine.onnx", scale=2)))
    network = load_network("mine", engine="onnxruntime")
    colors = network.predict(np.full((1, 256, 256), 40.0))
    assert colors[0, 3, 3, 0] == pytest.approx(40)
    assert "mine: good" in run("verify")


def test_verify_finds_damage(tmp_path: Path, own_folders: Path) -> None:
    run("import", str(foreign_model(tmp_path / "mine.onnx")))
    assert run("verify").splitlines() == ["lite: good", "mine: good"]
    weights = own_folders / "mine.onnx"
    weights.write_bytes(weights.read_bytes()[:-1])
    (own_folders / CATALOG["zhang2016"].file_name).write_bytes(b"damaged")
    result = CliRunner().invoke(app, ["verify"])
    assert result.exit_code == 1
    assert "lite: good" in result.output
    assert "mine: BAD" in result.output
    assert "zhang2016: BAD" in result.output
    assert run("verify", "lite").strip() == "lite: good"
    result = CliRunner().invoke(app, ["verify", "nonesuch"])
    assert isinstance(result.exception, NetworkError)


def test_fetch_goes_to_the_given_mirror() -> None:
    with serving(b"not the weights" * 10) as server:
        result = CliRunner().invoke(app, ["fetch", "zhang2016", "--mirror", f"{server.base}/a/"])
        assert isinstance(result.exception, NetworkError)
        assert "150 bytes, not 128,946,764" in str(result.exception)
        assert [path for path, _ in server.requests] == [f"/a/{CATALOG['zhang2016'].file_name}"]
    assert run("fetch", "lite").strip() == str(package_data("lite.onnx"))
    result = CliRunner().invoke(app, ["fetch", "nonesuch"])
    assert isinstance(result.exception, NetworkError)
    assert "zhang2016" in str(result.exception)
