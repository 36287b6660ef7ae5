"""Keyframes that were exported, repainted and taken back."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000

import filmcolor
from filmcolor.color.lab import lab_from_rgb
from filmcolor.color.rgb import rgb_of_planes
from filmcolor.errors import InputError, OutputError, UsageError
from filmcolor.media.decode.probe import probe
from filmcolor.media.upright import show_upright
from filmcolor.networks import Network
from tests.clips import make_clip, read_frames
from tests.coloring.films import film_of, texture

SIZE = 96, 128
PATCH = np.s_[30:60, 40:80]
RUST = (150, 80, 70)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shot in which things move, and another one."""
    moving = [np.roll(texture(SIZE, 1, 120), number // 2, 1) for number in range(30)]
    return film_of(
        tmp_path_factory.mktemp("film") / "film.mkv", moving + [texture(SIZE, 2, 150)] * 12
    )


@pytest.fixture(scope="module")
def exported(film: Path, network: Network) -> Path:
    """Its keyframes; not to be changed."""
    folder = film.parent / "keyframes"
    filmcolor.export_keyframes(film, folder, network=network)
    return folder


@pytest.fixture(scope="module")
def plain(film: Path, network: Network) -> Path:
    """The film as the network alone has it."""
    output = film.parent / "plain.mkv"
    filmcolor.colorize(film, output, network=network, codec="ffv1")
    return output


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    """A copy of the keyframes, to be painted on."""
    return Path(shutil.copytree(exported, tmp_path / "painted"))


def rgb_frame(path: Path, number: int) -> np.ndarray:
    frame = read_frames(path)[number]
    assert frame.u is not None and frame.v is not None
    return rgb_of_planes(frame.y, frame.u, frame.v, probe(path).encoding)


def first_picture(folder: Path) -> Path:
    return sorted(folder.glob("*.png"))[0]


def paint(path: Path, color: tuple[int, ...] = RUST, to: Path | None = None, **save: Any) -> None:
    pixels = np.array(Image.open(path).convert("RGB"))
    pixels[PATCH] = color
    Image.fromarray(pixels).save(to or path, **save)


def frame_number(path: Path) -> int:
    return int(path.stem.rpartition("_f")[2])


def test_a_picture_is_the_frame_as_it_is_in_the_film(exported: Path, plain: Path) -> None:
    pictures = sorted(exported.glob("*.png"))
    assert len(pictures) >= 3
    for path in pictures:
        assert not set(path.name) & set(':<>"|?*')
        np.testing.assert_array_equal(
            np.array(Image.open(path)), rgb_frame(plain, frame_number(path))
        )


def test_what_was_painted_is_in_the_film(
    film: Path, folder: Path, plain: Path, network: Network, tmp_path: Path
) -> None:
    path, output = first_picture(folder), tmp_path / "result.mkv"
    paint(path)
    filmcolor.colorize(film, output, network=network, codec="ffv1", keyframes=folder)
    number = frame_number(path)
    got = lab_from_rgb(rgb_frame(output, number))
    wanted = np.concatenate([got[..., :1], lab_from_rgb(np.array(Image.open(path)))[..., 1:]], 2)
    assert deltaE_ciede2000(got, wanted)[PATCH].mean() < 1.0

    before = lab_from_rgb(rgb_frame(plain, number))
    assert deltaE_ciede2000(before, wanted)[PATCH].mean() > 10  # the network has other colours
    np.testing.assert_array_equal(got[:24], before[:24])  # nothing else is changed

    later = lab_from_rgb(rgb_frame(output, number + 8))  # it moves with the things it lies on
    moved = np.roll(wanted, 4, 1)[36:54, 52:76, 1:]
    assert np.abs(later[36:54, 52:76, 1:] - moved).mean() < 4
    other_shot = rgb_frame(output, 36)
    np.testing.assert_array_equal(other_shot, rgb_frame(plain, 36))


def test_paint_can_go_all_over_the_film(
    film: Path, folder: Path, plain: Path, network: Network, tmp_path: Path
) -> None:
    path, output = first_picture(folder), tmp_path / "result.mkv"
    Image.fromarray(np.full((*SIZE, 3), RUST, np.uint8)).save(path)
    filmcolor.colorize(film, output, network=network, codec="ffv1", keyframes=folder, spread="film")
    wanted = lab_from_rgb(np.array([[RUST]], np.uint8))[0, 0, 1:]
    off = [
        np.linalg.norm(lab_from_rgb(rgb_frame(each, 36))[..., 1:].mean((0, 1)) - wanted)
        for each in (output, plain)
    ]
    assert off[0] < 0.7 * off[1]


def test_what_is_unchanged_gives_nothing(film: Path, folder: Path) -> None:
    pictures = sorted(folder.glob("*.png"))
    pictures[0].unlink()
    Image.open(pictures[1]).save(pictures[1], compress_level=1)  # other bytes, the same picture
    Image.open(pictures[2]).save(pictures[2].with_suffix(".jpg"), quality=80)
    pictures[2].unlink()
    (folder / "holiday.png").write_bytes(pictures[1].read_bytes())
    found = filmcolor.check_keyframes(film, folder)
    assert found.changed == ()
    assert (found.missing, found.unknown) == (1, ("holiday.png",))
    assert found.unchanged == len(pictures) - 1


def test_other_brightness_is_no_paint(film: Path, folder: Path) -> None:
    path = first_picture(folder)
    linear = (np.array(Image.open(path)) / 255) ** 2.2 * 0.6
    Image.fromarray((255 * linear ** (1 / 2.2) + 0.5).astype(np.uint8)).save(path)
    assert filmcolor.check_keyframes(film, folder).changed == ()


@pytest.mark.parametrize("kind", ["jpeg", "larger", "smaller", "palette", "profile"])
def test_other_programs_save_otherwise(film: Path, folder: Path, kind: str) -> None:
    path = first_picture(folder)
    paint(path)
    image = Image.open(path)
    image.load()
    if kind == "jpeg":
        image.save(path.with_suffix(".jpg"), quality=85)
        path.unlink()
    elif kind == "palette":
        image.quantize(256).save(path)
    elif kind == "profile":
        from PIL import ImageCms

        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        image.save(path, icc_profile=srgb)
    else:
        scale = 3 if kind == "larger" else 0.75
        image.resize(
            (round(SIZE[1] * scale), round(SIZE[0] * scale)), Image.Resampling.BICUBIC
        ).save(path)
    (changed,) = filmcolor.check_keyframes(film, folder).changed
    colors = changed.colors.load()
    assert colors.weight.shape == SIZE
    assert colors.weight[34:56, 44:76].min() > 0.9
    wanted = lab_from_rgb(np.array([[RUST]], np.uint8))[0, 0, 1:]
    assert np.linalg.norm(colors.ab[34:56, 44:76].mean((0, 1)) - wanted) < 3
    if kind != "palette":  # 256 colours are others everywhere
        outside = colors.weight.copy()
        outside[24:66, 34:86] = 0
        assert outside.mean() < 0.002


def test_what_is_transparent_is_not_given(film: Path, folder: Path) -> None:
    path = first_picture(folder)
    pixels = np.zeros((*SIZE, 4), np.uint8)
    pixels[PATCH] = (*RUST, 255)
    Image.fromarray(pixels).save(path)
    (changed,) = filmcolor.check_keyframes(film, folder).changed
    weight = changed.colors.load().weight
    assert weight[PATCH].min() == 1
    assert weight.sum() == weight[PATCH].sum()


@pytest.mark.parametrize(("rotation", "sar"), [(90, None), (0, "4/3"), (180, None)])
def test_pictures_are_upright_and_come_back_as_stored(
    tmp_path: Path, network: Network, rotation: int, sar: str | None
) -> None:
    film = make_clip(
        tmp_path / "film.mp4", rotation=rotation, sar=None if sar is None else Fraction(sar)
    )
    folder = tmp_path / "keyframes"
    filmcolor.export_keyframes(film, folder, network=network, per_shot=1)
    path = first_picture(folder)
    pixels = np.array(Image.open(path))
    assert (
        pixels.shape[:2]
        == {(90, None): (64, 48), (0, "4/3"): (48, 85), (180, None): (48, 64)}[rotation, sar]
    )
    pixels[4:24, 6:26] = RUST  # left, above
    Image.fromarray(pixels).save(path)
    output = tmp_path / "result.mp4"
    filmcolor.colorize(
        film, output, network=network, codec="x264", crf=1, pix_fmt="yuv444p", keyframes=folder
    )
    number = frame_number(path)
    result = show_upright(rgb_frame(output, number), probe(output), *pixels.shape[:2])
    got, wanted = lab_from_rgb(result), lab_from_rgb(pixels)
    off = np.hypot(*np.moveaxis(got[..., 1:] - wanted[..., 1:], 2, 0))
    assert off[8:20, 10:22].mean() < 4
    assert np.abs(wanted[8:20, 10:22, 1:]).mean() > 20
    assert off[32:].mean() < 3


def test_pictures_that_will_not_do_are_refused(film: Path, folder: Path, tmp_path: Path) -> None:
    path = first_picture(folder)
    good = path.read_bytes()
    Image.new("RGB", (96, 96)).save(path)
    with pytest.raises(InputError, match=r"has 96x96 pixels, but .* with 128x96"):
        filmcolor.check_keyframes(film, folder)
    path.write_bytes(good[:200])
    with pytest.raises(InputError, match="cannot be read"):
        filmcolor.check_keyframes(film, folder)
    path.write_bytes(good)
    paint(path)
    paint(path, (10, 90, 200), path.with_suffix(".tif"))
    with pytest.raises(InputError, match="both changed pictures of one keyframe"):
        filmcolor.check_keyframes(film, folder)
    other = film_of(tmp_path / "other.mkv", [texture(SIZE, 5)] * 12)
    with pytest.raises(InputError, match="keyframes of another film"):
        filmcolor.colorize(other, tmp_path / "r.mkv", keyframes=folder)
    assert not (tmp_path / "r.mkv").exists()
    with pytest.raises(InputError, match=r"holds no index\.json"):
        filmcolor.check_keyframes(film, tmp_path)
    with pytest.raises(UsageError, match="spread"):
        filmcolor.colorize(film, tmp_path / "r.mkv", keyframes=folder, spread="town")  # type: ignore[arg-type]
    (folder / "index.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"not an index of keyframes.*filmcolor keyframes export"):
        filmcolor.check_keyframes(film, folder)


def test_a_folder_is_not_overwritten(film: Path, folder: Path, network: Network) -> None:
    path = first_picture(folder)
    paint(path)
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    painted = path.read_bytes()
    with pytest.raises(OutputError, match="is not empty"):
        filmcolor.export_keyframes(film, folder, network=network)
    assert path.read_bytes() == painted
    filmcolor.export_keyframes(film, folder, network=network, per_shot=1, overwrite=True)
    assert len(list(folder.glob("*.png"))) == 2
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert filmcolor.check_keyframes(film, folder).changed == ()
    assert not [each for each in folder.parent.iterdir() if each.name.startswith(".")]
