"""Evaluating films and photos."""

from __future__ import annotations

import io
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from skimage.color import lab2xyz, rgb2lab

import filmcolor
from filmcolor.errors import InputError, UsageError
from filmcolor.evaluation.evaluate import evaluate, evaluate_input, make_part
from filmcolor.evaluation.inputs import Film, find_inputs
from filmcolor.evaluation.pictures import colorfulness
from filmcolor.evaluation.report import FilmEvaluation
from filmcolor.networks import Network
from filmcolor.settings import make_settings
from filmcolor.summary import Progress
from tests.clips import PatternFunction, Tags, make_clip, make_frame, moving_pattern

CB, CR = -0.06, 0.09


class KnowingNetwork:
    """Knows the colours of a film whose U and V are the same everywhere."""

    passes_at_once = 2

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        return 24, 32

    def predict(self, L: np.ndarray) -> np.ndarray:
        """a and b of the colour with Cb = CB and Cr = CR (BT.601) and the luma of a grey of L."""
        lab = np.stack([L, 0 * L, 0 * L], axis=-1).astype(np.float64)
        linear = lab2xyz(lab)[..., 1]
        y = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
        red, blue = y + 1.402 * CR, y + 1.772 * CB
        green = (y - 0.299 * red - 0.114 * blue) / 0.587
        rgb = np.clip(np.stack([red, green, blue], axis=-1), 0, 1)
        return np.asarray(rgb2lab(rgb)[..., 1:], dtype=np.float32)


def tinted_clip(path: Path, frames: int, size: tuple[int, int] = (64, 48)) -> Path:
    """A lossless film of limited range (BT.601) whose U and V are the same everywhere."""
    pattern: PatternFunction = moving_pattern(size)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for index in range(frames):
            frame = make_frame((pattern(index) // 2 + 60).astype(np.uint8), "yuv420p")
            for plane, value in zip(frame.planes[1:], (CB, CR), strict=True):
                samples = np.frombuffer(memoryview(plane), np.uint8)
                samples[:] = round(128 + 224 * value)
            frame.pts = index
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def film_figures(path: Path, network: object, **options: object) -> FilmEvaluation:
    found = evaluate_input(
        Film(path),
        make_settings(**options),
        network,  # type: ignore[arg-type]
        make_part(None, None, None),
    )
    assert isinstance(found, FilmEvaluation)
    return found


@pytest.mark.parametrize("method", ["propagate", "smooth", "frame"])
def test_who_knows_the_colors_gets_them(tmp_path: Path, method: str) -> None:
    film = tinted_clip(tmp_path / "film.mkv", 8)
    found = film_figures(film, KnowingNetwork(), method=method)
    pictures, temporal = found.pictures, found.temporal
    assert pictures.psnr > 45
    assert pictures.psnr_grey < 32
    assert pictures.ssim > 0.99
    assert pictures.ciede2000 < 0.7 < 5 < pictures.ciede2000_grey
    assert pictures.chroma == pytest.approx(pictures.chroma_truth, rel=0.03)
    with av.open(str(film)) as container:
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    ab = rgb2lab(np.stack(shown))[..., 1:]
    assert pictures.chroma_truth == pytest.approx(np.hypot(ab[..., 0], ab[..., 1]).mean(), rel=0.03)
    assert temporal.warp_distance_ab is not None
    assert temporal.warp_distance_ab < 0.6
    assert found.notes == []


def test_no_color_scores_what_grey_scores(color_clip: Path, network: Network) -> None:
    found = evaluate(color_clip, network=network, strength=0)
    (film,) = found.films
    assert film.frames == 8
    assert film.pictures.psnr == film.pictures.psnr_grey < 40
    assert film.pictures.ciede2000 == pytest.approx(film.pictures.ciede2000_grey, abs=0.01)
    assert film.pictures.colorfulness == 0 < film.pictures.colorfulness_truth
    assert film.pictures.chroma < 0.05 < 5 < film.pictures.chroma_truth
    assert film.temporal.warp_distance_ab == pytest.approx(0, abs=0.05)
    assert found.films_mean == film.figures
    assert (found.photos, found.photos_mean) == ([], {})


def test_passes_are_counted(color_clip: Path, network: Network) -> None:
    each = evaluate(color_clip, network=network, method="frame").films[0]
    few = evaluate(color_clip, network=network, method="propagate").films[0]
    assert each.network_passes == each.frames == few.frames == 8
    assert 1 <= few.network_passes < 8
    assert each.figures["coloring_fps"] == pytest.approx(8 / each.coloring_seconds)


def test_part_of_a_film(color_clip: Path, network: Network) -> None:
    seen: list[Progress] = []
    (film,) = evaluate(
        color_clip, start="2f", frames=3, network=network, progress=seen.append
    ).films
    assert film.frames == 3
    assert [progress.done for progress in seen] == [1, 2, 3]
    assert {progress.total for progress in seen} == {3}
    (same,) = evaluate(color_clip, start="2f", end="5f", network=network).films
    assert same.pictures == film.pictures
    (whole,) = evaluate(color_clip, network=network).films
    assert whole.pictures != film.pictures


def test_a_large_film_is_compared_smaller(tmp_path: Path, network: Network) -> None:
    film = make_clip(tmp_path / "film.mp4", frames=2, size=(960, 540), grey=False)
    (found,) = evaluate(film, network=network, method="frame").films
    assert (found.width, found.height) == (640, 360)


def test_deep_film_of_odd_size(tmp_path: Path, network: Network) -> None:
    film = make_clip(
        tmp_path / "film.mkv",
        frames=3,
        size=(63, 45),
        pix_fmt="yuv422p10le",
        codec="ffv1",
        grey=False,
        tags=Tags(matrix=1, full_range=True),
    )
    (found,) = evaluate(film, network=network).films
    assert (found.frames, found.width, found.height) == (3, 63, 45)
    assert found.pictures.chroma_truth > 5


def test_memory_does_not_grow_with_the_film(tmp_path: Path) -> None:
    def peak(frames: int) -> int:
        film = tinted_clip(tmp_path / f"{frames}.mkv", frames, (64, 48))
        tracemalloc.start()
        film_figures(film, KnowingNetwork(), method="frame")
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(6)  # tables that are made once
    one_frame = 64 * 48 * 3 * 4
    assert peak(170) < peak(120) + 8 * one_frame  # more frames than wait on their way


def test_photos_of_a_folder(photo_folder: Path, network: Network) -> None:
    found = evaluate(photo_folder, network=network)
    (photos,) = found.photos
    assert photos.photos == photos.network_passes == 3
    singles = evaluate(sorted(photo_folder.rglob("*.png")), network=network)
    assert [one.photos for one in singles.photos] == [1, 1, 1]
    for name in ("psnr", "ssim", "ciede2000", "colorfulness_truth"):
        assert singles.photos_mean[name] == pytest.approx(photos.figures[name])
    assert (found.films, found.films_mean) == ([], {})


def test_photos_are_colored_as_images_are(
    photo_folder: Path, photo: Callable[[int], np.ndarray], network: Network
) -> None:
    from skimage.metrics import peak_signal_noise_ratio

    (found,) = evaluate(photo_folder / "a.png", network=network, saturation=1.3).photos
    image = filmcolor.colorize_image(photo(0), network=network, saturation=1.3)
    assert found.pictures.psnr == pytest.approx(peak_signal_noise_ratio(photo(0), image))
    assert found.pictures.colorfulness == colorfulness(image)[0]
    assert found.pictures.colorfulness_truth == colorfulness(photo(0))[0]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tgz", ".zip"])
def test_photos_of_an_archive(
    tmp_path: Path, photo_folder: Path, network: Network, suffix: str
) -> None:
    archive = tmp_path / f"photos{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as packed:
            for path in sorted(photo_folder.rglob("*.png")):
                packed.write(path, path.relative_to(tmp_path))
            packed.writestr("photos/../../README.txt", b"hello")
    else:
        with tarfile.open(archive, "w:gz" if "gz" in suffix else "w") as tar:
            for path in sorted(photo_folder.rglob("*.png")):
                tar.add(path, path.relative_to(tmp_path))
            note = tarfile.TarInfo("photos/../../README.txt")
            note.size = 5
            tar.addfile(note, io.BytesIO(b"hello"))
    before = sorted(tmp_path.rglob("*"))
    (packed,) = evaluate(archive, network=network).photos
    (loose,) = evaluate(photo_folder, network=network).photos
    assert packed.pictures == loose.pictures
    assert packed.photos == 3
    assert sorted(tmp_path.rglob("*")) == before


def test_photos_that_cannot_be_compared(
    photo_folder: Path, network: Network, photo: Callable[[int], np.ndarray]
) -> None:
    import cv2

    (alone,) = evaluate(photo_folder, network=network).photos
    (photo_folder / "broken.jpg").write_bytes(b"no picture")
    (photo_folder / "empty.jpg").touch()
    grey = np.dstack([photo(8)[..., 0]] * 3)
    for name, pixels in (("grey.png", grey), ("tiny.png", photo(8)[:9])):
        (photo_folder / name).write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    (found,) = evaluate(photo_folder, network=network).photos
    assert found.pictures == alone.pictures
    assert len(found.notes) == 3
    for name in ("broken.jpg and 1 more", "grey.png", "tiny.png"):
        assert any(name in note for note in found.notes)


def test_a_folder_of_both(tmp_path: Path, photo_folder: Path, color_clip: Path) -> None:
    (photo_folder / "film.mkv").write_bytes(color_clip.read_bytes())
    (photo_folder / "film.color.mkv").write_bytes(b"a result")
    (photo_folder / "a.color.png").write_bytes(b"a result")
    (photo_folder / ".hidden.png").write_bytes(b"")
    (photo_folder / "notes.txt").write_text("no picture")
    film, photos = find_inputs([photo_folder])
    assert film == Film(photo_folder / "film.mkv")
    assert photos.path == photo_folder
    assert not isinstance(photos, Film)
    assert photos.files is not None
    assert sorted(path.name for path in photos.files) == ["a.png", "b.png", "c.png"]


def test_mean_leaves_out_what_is_missing(color_clip: Path, network: Network) -> None:
    long = evaluate(color_clip, network=network)
    both = evaluate([color_clip, color_clip], network=network, frames=4)
    assert both.films_mean["cdc"] is None  # four frames are too few
    assert both.films_mean["psnr"] == pytest.approx(both.films[0].pictures.psnr)
    assert long.films_mean["cdc"] is not None


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.mp4", None, "no such file"),
        ("broken.mp4", b"no film", "not a film"),
        ("broken.jpg", b"no picture", "cannot be read"),
        ("broken.zip", b"no archive", "cannot be read as a zip archive"),
        ("broken.tar.gz", b"no archive", "cannot be read as a tar archive"),
        ("empty", "folder", "no films or photos"),
    ],
)
def test_what_cannot_be_evaluated(
    tmp_path: Path, network: Network, name: str, content: bytes | str | None, words: str
) -> None:
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(InputError, match=words) as error:
        evaluate(path, network=network)
    assert name in str(error.value)


def test_film_without_color(tmp_path: Path, network: Network) -> None:
    stored_grey = make_clip(tmp_path / "grey.mkv", frames=3, pix_fmt="gray", codec="ffv1")
    with pytest.raises(InputError, match="without colour"):
        evaluate(stored_grey, network=network)
    (neutral,) = evaluate(make_clip(tmp_path / "neutral.mp4", frames=3), network=network).films
    assert any("next to no colour" in note for note in neutral.notes)


def test_tiny_film(tmp_path: Path, network: Network) -> None:
    film = make_clip(tmp_path / "tiny.mp4", frames=3, size=(16, 12), grey=False)
    with pytest.raises(InputError, match=r"tiny\.mp4: 16x12 is too small"):
        evaluate(film, network=network)


@pytest.mark.parametrize("wrong", [{"frames": 0}, {"frames": 3, "end": 1}, {"method": "magic"}])
def test_wrong_options(color_clip: Path, network: Network, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        evaluate(color_clip, network=network, **wrong)  # type: ignore[arg-type]
