"""Turned films and films with oblong pixels stay so, and the network sees them upright."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import filmcolor
from filmcolor.media.decode.probe import probe
from filmcolor.networks import Network
from tests.clips import ffmpeg, make_clip, read_frames


def rotation_of(path: Path) -> int:
    """Degrees by which players turn the film counter-clockwise, 0 to 359."""
    with av.open(str(path)) as container:
        return int(next(container.decode(video=0)).rotation) % 360


def chroma_of(path: Path) -> np.ndarray:
    """U and V of the first frame; shape (height, width, 2)."""
    frame = read_frames(path)[0]
    assert frame.u is not None
    assert frame.v is not None
    return np.stack([frame.u, frame.v], axis=-1).astype(float)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_is_kept(tmp_path: Path, network: Network, degrees: int, suffix: str) -> None:
    source = make_clip(tmp_path / "film.mp4", frames=2, rotation=degrees)
    assert rotation_of(source) == degrees
    filmcolor.colorize(source, tmp_path / f"r{suffix}", network=network, preset="ultrafast")
    assert rotation_of(tmp_path / f"r{suffix}") == degrees
    assert read_frames(tmp_path / f"r{suffix}")[0].y.shape == (48, 64)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_the_network_sees_a_turned_film_upright(
    tmp_path: Path, network: Network, astronaut: np.ndarray, degrees: int
) -> None:
    upright = astronaut[:, 8:88]
    turns = degrees // 90
    stored = np.ascontiguousarray(np.rot90(upright, -turns))

    def colored(name: str, picture: np.ndarray, rotation: int) -> np.ndarray:
        source = make_clip(
            tmp_path / f"{name}.mp4",
            frames=1,
            size=picture.shape[::-1],
            options={"crf": "0"},
            rotation=rotation,
            picture=lambda _: picture,
        )
        filmcolor.colorize(source, tmp_path / f"{name}.mkv", model="lite", codec="ffv1")
        return chroma_of(tmp_path / f"{name}.mkv")

    wanted = colored("upright", upright, 0)
    turned_back = np.rot90(colored("turned", stored, degrees), turns)
    lying = np.rot90(colored("lying", stored, 0), turns)
    assert turned_back.shape == wanted.shape
    assert np.abs(turned_back - wanted).mean() < 0.5
    assert np.abs(lying - wanted).mean() > 4 * np.abs(turned_back - wanted).mean()
    assert np.abs(lying - wanted).mean() > 1


def test_a_mirrored_film_stays_mirrored(
    tmp_path: Path, network: Network, astronaut: np.ndarray
) -> None:
    flipped = np.ascontiguousarray(astronaut[:, ::-1])
    plain = make_clip(
        tmp_path / "plain.mp4",
        frames=1,
        size=(96, 96),
        options={"crf": "0"},
        picture=lambda _: flipped,
    )
    source = tmp_path / "film.mp4"
    ffmpeg("-display_hflip", "-i", plain, "-c", "copy", source)
    before = probe(source).orientation
    assert before.mirrored
    filmcolor.colorize(source, tmp_path / "r.mp4", network=network)
    assert probe(tmp_path / "r.mp4").orientation == before


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("shape", [Fraction(16, 15), Fraction(8, 9)])
def test_pixel_shape_is_kept(
    tmp_path: Path, network: Network, shape: Fraction, suffix: str
) -> None:
    source = make_clip(tmp_path / f"film{suffix}", frames=1, sar=shape)
    filmcolor.colorize(source, tmp_path / f"r{suffix}", network=network)
    with av.open(str(tmp_path / f"r{suffix}")) as container:
        assert container.streams.video[0].sample_aspect_ratio == shape


def test_the_network_sees_oblong_pixels_in_their_shape(
    tmp_path: Path, astronaut: np.ndarray
) -> None:
    """The same picture, stored at half its width: much the same colours."""
    squeezed = (astronaut[:, ::2].astype(int) + astronaut[:, 1::2] + 1) // 2

    def colored(name: str, picture: np.ndarray, shape: Fraction) -> np.ndarray:
        source = make_clip(
            tmp_path / f"{name}.mp4",
            frames=1,
            size=picture.shape[::-1],
            sar=shape,
            options={"crf": "0"},
            picture=lambda _: picture.astype(np.uint8),
        )
        filmcolor.colorize(source, tmp_path / f"{name}.mkv", model="lite", codec="ffv1")
        return chroma_of(tmp_path / f"{name}.mkv")

    wide = colored("square", astronaut, Fraction(1)).reshape(48, 24, 2, 2).mean(axis=2)
    right = np.abs(colored("oblong", squeezed, Fraction(2)) - wide).mean()
    wrong = np.abs(colored("narrow", squeezed, Fraction(1)) - wide).mean()
    # Beside the error of a wrong shape, so that it does not depend on how lively a network is.
    assert right < 0.7 * wrong
