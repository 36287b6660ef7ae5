"""Pictures from folders, shards and films."""

from __future__ import annotations

import io
import pickle
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from filmcolor.errors import InputError
from filmcolor.training.photo_sources import read_pictures
from filmcolor.training.photo_store import SHORT_SIDE, build_store, open_store
from tests.clips import make_clip
from tests.training.conftest import painted, write_png


def test_a_folder_and_archives_of_it_give_the_same_pictures(
    photos: Path, make_shard: Callable[[Path], Path], tmp_path: Path
) -> None:
    from_folder = [picture for _, picture in read_pictures([photos])]
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("photos/notes.txt", "no picture")
        for path in sorted(photos.iterdir()):
            packed.write(path, f"photos/{path.name}")
    from_zip = [picture for _, picture in read_pictures([archive])]
    from_shard = {name[-6:]: picture for name, picture in read_pictures([make_shard(photos)])}
    assert len(from_folder) == len(from_shard) == len(from_zip) == 24
    for number, picture in enumerate(from_folder):
        assert np.array_equal(picture, painted(number))
        assert np.array_equal(picture, from_zip[number])
        assert np.array_equal(picture, from_shard[f"{number:02d}.png"])


@pytest.mark.parametrize("kind", ["zip", "bzip2 zip", "tar.gz"])
def test_only_photos_are_unpacked(
    kind: str, tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members of 128 MiB that packed are small: one is no photo, one too large to be one."""
    monkeypatch.setattr("filmcolor.media.pictures.photos._MOST_BYTES", 100 << 20)
    large = bytes(128 << 20)
    archive = tmp_path / f"a.{kind.split()[-1]}"
    if kind == "tar.gz":
        with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
            for name in ("disk.img", "huge.png"):
                member = tarfile.TarInfo(name)
                member.size = len(large)
                tar.addfile(member, io.BytesIO(large))
            tar.add(photos / "00.png", "00.png")
    else:
        packing = zipfile.ZIP_BZIP2 if "bzip2" in kind else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(archive, "w", packing, compresslevel=1) as packed:
            packed.writestr("disk.img", large)
            packed.writestr("huge.png", large)
            packed.write(photos / "00.png", "00.png")
    del large
    tracemalloc.start()
    try:
        names = [name for name, _ in read_pictures([archive])]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert names == [f"{archive}:00.png"]
    assert peak < 16 << 20


def test_encrypted_photos_are_named(tmp_path: Path, photos: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(photos / "00.png", "00.png")
    data = bytearray(archive.read_bytes())
    data[6] |= 1  # in the header of the file
    data[data.index(b"PK\1\2") + 8] |= 1  # and in the directory
    archive.write_bytes(data)
    with pytest.raises(InputError, match="encrypted"):
        list(read_pictures([archive]))


def test_colour_films_give_frames(tmp_path: Path) -> None:
    make_clip(tmp_path / "film.flv", frames=130, rate=25, grey=False)
    names = [name for name, _ in read_pictures([tmp_path])]
    assert [name.rsplit(":", 1)[1] for name in names] == ["0.00", "2.00", "4.00"]


def test_grey_pictures_and_other_files_are_passed_over(tmp_path: Path) -> None:
    write_png(tmp_path / "sub" / "color.png", painted(0))
    write_png(tmp_path / "grey.png", np.full((40, 40, 3), 90, np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff but no picture")
    assert [Path(name).name for name, _ in read_pictures([tmp_path])] == ["color.png"]


@pytest.mark.parametrize("kind", ["missing", "cut off", "cut zip", "unknown", "empty folder"])
def test_sources_that_are_none_are_named(
    kind: str, tmp_path: Path, photos: Path, make_shard: Callable[[Path], Path]
) -> None:
    names = {"unknown": "data.xyz", "cut off": "cut.tar.gz", "cut zip": "cut.zip"}
    source = tmp_path / names.get(kind, "nothing")
    if kind == "cut off":
        whole = make_shard(photos).read_bytes()
        source.write_bytes(whole[: len(whole) // 2])
    elif kind == "cut zip":
        with zipfile.ZipFile(source, "w") as packed:
            packed.write(photos / "00.png", "00.png")
        source.write_bytes(source.read_bytes()[:-30])
    elif kind == "unknown":
        source.write_bytes(b"something")
    elif kind == "empty folder":
        source.mkdir()
    with pytest.raises(InputError, match=source.name):
        list(read_pictures([source]))


def test_the_store_gives_back_what_was_read(photos: Path, tmp_path: Path) -> None:
    built = build_store(tmp_path / "store", [photos])
    opened = open_store(tmp_path / "store")
    assert len(built) == len(opened) == 24
    assert built.digest == opened.digest
    assert all(np.array_equal(opened[number], painted(number)) for number in range(24))


def test_a_store_travels_to_other_processes_by_name(photos: Path, tmp_path: Path) -> None:
    store = build_store(tmp_path / "store", [photos])
    sent = pickle.dumps(store)
    assert len(sent) < 1000
    assert np.array_equal(pickle.loads(sent)[5], store[5])


def test_large_pictures_are_reduced(tmp_path: Path) -> None:
    large = write_png(tmp_path / "large.png", painted(1, (600, 400)))
    stored = build_store(tmp_path / "store", [large])[0]
    assert stored.shape == (SHORT_SIDE, SHORT_SIDE * 3 // 2, 3)
    expected = cv2.resize(painted(1, (600, 400)), (288, 192), interpolation=cv2.INTER_AREA)
    assert np.array_equal(stored, expected)


def test_a_store_that_was_not_finished_is_begun_anew(photos: Path, tmp_path: Path) -> None:
    whole = build_store(tmp_path / "whole", [photos])
    cut = tmp_path / "cut"
    cut.mkdir()
    (cut / "pictures.u8").write_bytes(b"the beginning")
    assert build_store(cut, [photos]).digest == whole.digest


def test_a_store_of_other_pictures_is_refused(photos: Path, tmp_path: Path) -> None:
    build_store(tmp_path / "store", [photos])
    with pytest.raises(InputError, match="other sources"):
        build_store(tmp_path / "store", [photos / "00.png"])


def test_a_store_that_lost_its_end_is_refused(photos: Path, tmp_path: Path) -> None:
    build_store(tmp_path / "store", [photos])
    pixels = tmp_path / "store" / "pictures.u8"
    pixels.write_bytes(pixels.read_bytes()[:-100])
    with pytest.raises(InputError, match="cut off"):
        open_store(tmp_path / "store")


def test_nothing_colourful_is_an_error(tmp_path: Path) -> None:
    grey = write_png(tmp_path / "grey.png", np.full((40, 40, 3), 90, np.uint8))
    with pytest.raises(InputError, match="no colour pictures"):
        build_store(tmp_path / "store", [grey])
