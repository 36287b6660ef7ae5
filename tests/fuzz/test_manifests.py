"""Damaged manifests of work folders are manifests still, or they are refused."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import filmcolor
from benchmarks.fuzz import mutations
from filmcolor.errors import OutputError
from filmcolor.jobs.manifest import NAME, Manifest, read_manifest, write_manifest
from filmcolor.jobs.work import work_place
from filmcolor.networks import Network
from tests.clips import make_clip

many = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def begun(folder: Path, name: str, network: Network) -> tuple[bytes, int]:
    """A manifest in the middle of a run, and the permissions of its folder."""
    source = make_clip(folder / "plain.mkv").rename(folder / name)
    output = folder / "result.mkv"
    seen: list[tuple[bytes, int]] = []

    def look(progress: object) -> None:
        place = work_place(output)
        seen.append(((place / NAME).read_bytes(), stat.S_IMODE(place.stat().st_mode)))

    filmcolor.colorize(source, output, network=network, preset="ultrafast", progress=look)
    return seen[-1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, network: Network) -> bytes:
    return begun(tmp_path_factory.mktemp("film"), "film.mkv", network)[0]


def read(folder: Path, content: bytes) -> Manifest | None:
    """Return the manifest in these bytes, or None where it is refused, in one line."""
    (folder / NAME).write_bytes(content)
    try:
        manifest = read_manifest(folder)
    except OutputError as error:
        assert "\n" not in str(error)
        assert "`restart`" in str(error)
        return None
    assert manifest is not None
    write_manifest(manifest, folder)
    assert read_manifest(folder) == manifest
    return manifest


@many
@given(rng=st.randoms(use_true_random=False))
def test_damaged_bytes(tmp_path: Path, whole: bytes, rng: Random) -> None:
    read(tmp_path, mutations.mutated(whole, rng, text=True))


@many
@given(data=st.data())
def test_one_value_is_another(tmp_path: Path, whole: bytes, data: st.DataObject) -> None:
    tree: dict[str, Any] = json.loads(whole)
    key = data.draw(st.sampled_from(sorted(tree)))
    nasty = [None, -1, 2**70, 1e300, "", "1/0", "%", "%ZZ%E9%00", [], {}, [None], "\udc80", True]
    tree[key] = data.draw(st.sampled_from(nasty))
    read(tmp_path, json.dumps(tree).encode())


@many
@given(content=st.binary(min_size=1, max_size=80))
@example(content=b"[" * 100_000)
@example(content=b'{"settings":' * 50_000)
@example(content=b'"\\ud800"')
def test_bytes_that_are_no_manifests(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content) is None


def test_the_whole_one_is_read(tmp_path: Path, whole: bytes) -> None:
    assert read(tmp_path, whole) is not None


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="such names cannot be there")
def test_names_that_are_no_text_come_back(tmp_path: Path, network: Network) -> None:
    name = os.fsdecode(b"caf\xe9 100%41 \xc3\xa9.mkv")
    content, _ = begun(tmp_path, name, network)
    content.decode("utf-8")
    manifest = read(tmp_path, content)
    assert manifest is not None
    assert Path(manifest.input) == tmp_path / name


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_work_folders_are_private(tmp_path: Path, network: Network) -> None:
    assert begun(tmp_path, "film.mkv", network)[1] == 0o700
