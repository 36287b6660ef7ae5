"""What pictures carry besides their pixels: EXIF data, ICC profile, XMP, resolution."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from io import BytesIO
from typing import TYPE_CHECKING, Any

from filmcolor.media.decode.picture_header import picture_header

if TYPE_CHECKING:
    from PIL.Image import Exif, Image

_ORIENTATION, _EXIF, _GPS = 0x0112, 0x8769, 0x8825
_ABOUT_TIFF = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298, _EXIF, _GPS)
"""Tags of TIFF files that say something about the picture, not about how the file lies."""
_XMP_ORIENTATION = re.compile(rb'(tiff:Orientation\s*(?:=\s*["\']|>\s*))[1-8]')

NAMES = {
    "exif": "EXIF data",
    "icc_profile": "ICC profile",
    "xmp": "XMP data",
    "dpi": "resolution",
}
"""In words, what there may be; the keys are the fields of `PictureMetadata`."""


@dataclass(frozen=True)
class PictureMetadata:
    """What a picture file carries; None for what it does not."""

    exif: bytes | None = None
    """As TIFF structure; its orientation says that the picture is upright."""
    icc_profile: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    """Horizontal and vertical, in pixels an inch."""
    other_profile: bool = False
    """Whether there was an ICC profile, but not one for R, G and B."""
    damaged_exif: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """What there is, by the names under which Pillow takes it."""
        found = {f.name: getattr(self, f.name) for f in fields(self) if f.name in NAMES}
        return {name: value for name, value in found.items() if value is not None}


NO_METADATA = PictureMetadata()


def read_metadata(content: bytes, page: int = 0) -> PictureMetadata:
    """Return what a picture file carries; damaged data, and what Pillow cannot read, is left out.

    `page`: of a file with several, from 0.
    """
    try:
        with picture_header(content) as image:
            if page:
                image.seek(page)
            return metadata_of(image, _may_have_exif(image, content))
    except Exception:  # damaged files fail in many ways
        return NO_METADATA


def metadata_of(image: Image, may_have_exif: bool = True) -> PictureMetadata:
    """Return what a picture opened with Pillow carries; EXIF data are looked for if wanted."""
    profile = image.info.get("icc_profile") or None
    for_rgb = profile is not None and profile[16:20] == b"RGB "
    exif, damaged = _exif_of(image) if may_have_exif else (None, False)
    return PictureMetadata(
        exif=exif,
        icc_profile=profile if for_rgb else None,
        xmp=_xmp_of(image),
        dpi=_dpi_of(image),
        other_profile=profile is not None and not for_rgb,
        damaged_exif=damaged,
    )


def orientation_of(content: bytes) -> int:
    """Return the EXIF orientation of a picture file, 1 to 8; 1 where it has none."""
    try:
        with picture_header(content) as image:
            if not _may_have_exif(image, content):
                return 1
            return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # damaged EXIF data fail in many ways; the picture may be whole
        return 1


def _may_have_exif(image: Image, content: bytes) -> bool:
    """Return whether it is worth looking for EXIF data.

    In PNG files they may stand behind the pixels, and Pillow decodes those to look there.
    """
    known = "exif" in image.info or "Raw profile type exif" in image.info
    return image.format != "PNG" or known or b"eXIf" in content


def _exif_of(image: Image) -> tuple[bytes | None, bool]:
    """Return EXIF data for an upright picture, and whether there were some, but damaged."""
    try:
        exif = image.getexif()
        exif = _about_picture(exif) if image.format == "TIFF" else exif
        if not len(exif):
            return None, False
        if _ORIENTATION in exif:
            exif[_ORIENTATION] = 1
        return exif.tobytes(), False
    except Exception:  # Pillow raises errors of many classes
        return None, True


def _about_picture(exif: Exif) -> Exif:
    from PIL.Image import Exif as New

    kept = New()
    for tag in _ABOUT_TIFF:
        if tag in exif:
            kept[tag] = exif.get_ifd(tag) if tag in (_EXIF, _GPS) else exif[tag]
    return kept


def _xmp_of(image: Image) -> bytes | None:
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if not xmp and image.format == "TIFF":
        xmp = image.tag_v2.get(700)  # type: ignore[attr-defined]
    if not xmp or not isinstance(xmp, bytes | str):
        return None
    return _XMP_ORIENTATION.sub(rb"\g<1>1", xmp.encode() if isinstance(xmp, str) else xmp)


def _dpi_of(image: Image) -> tuple[float, float] | None:
    try:
        x, y = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if x > 0 and y > 0 else None


def keepable(metadata: PictureMetadata, format_name: str) -> tuple[dict[str, Any], list[str]]:
    """Return what files of a format can hold, as options for Pillow's `save`, and what not.

    Pillow is asked, with a tiny picture: formats have limits of many kinds, and data from damaged
    files may be beyond them. What cannot be held comes back in words.
    """
    from PIL import Image

    kept: dict[str, Any] = {}
    lost: list[str] = []
    for name, value in metadata.values.items():
        file = BytesIO()
        try:
            Image.new("RGB", (16, 16)).save(file, format_name, **_option(name, value, format_name))
            with Image.open(BytesIO(file.getvalue())) as written:
                held = getattr(metadata_of(written), name) is not None
        except Exception:  # each writer has its own errors
            held = False
        if held:
            kept |= _option(name, value, format_name)
        else:
            lost.append(NAMES[name])
    if metadata.damaged_exif:
        lost.append(NAMES["exif"])
    return kept, lost


def _option(name: str, value: Any, format_name: str) -> dict[str, Any]:
    if (name, format_name) != ("xmp", "PNG"):
        return {name: value}
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", value.decode(errors="replace"))
    return {"pnginfo": text}
