"""The colour networks that filmcolor knows by name."""

from __future__ import annotations

from dataclasses import dataclass

from filmcolor.errors import NetworkError

_PAPER = "Zhang, Isola, Efros: Colorful Image Colorization, ECCV 2016"
_BERKELEY = "http://eecs.berkeley.edu/~rich.zhang/projects/2016_colorization/files/demo_v2/"


@dataclass(frozen=True)
class CatalogEntry:
    """One network: what it is, under which terms, and where its weights come from.

    `bytes` and `sha256` (lower-case hex) describe the weights file, `mirrors` are full addresses
    in the order in which they are tried, and `bundled` networks lie inside the package.
    """

    name: str
    title: str
    source: str
    licence: str
    year: int
    bytes: int
    sha256: str
    file_name: str
    mirrors: tuple[str, ...] = ()
    notes: str = ""
    bundled: bool = False


CATALOG: dict[str, CatalogEntry] = {
    entry.name: entry
    for entry in (
        CatalogEntry(
            name="lite",
            title="Compact network that ships with filmcolor",
            source="filmcolor; the method of " + _PAPER,
            licence="MIT",
            year=2026,
            bytes=18_690_480,
            sha256="c66c4212adedc6a6fdbacd3aea3356fbaa3c1c1bf89d6cd2f837aa8644322089",
            file_name="lite.onnx",
            notes="Fast and always there; colours are calmer and less sure than zhang2016's.",
            bundled=True,
        ),
        CatalogEntry(
            name="zhang2016",
            title="Colorful Image Colorization, release v2, class-rebalanced",
            source=_PAPER,
            licence="BSD-2-Clause",
            year=2016,
            bytes=128_946_764,
            sha256="f5af1e602646328c792e1094f9876fe9cd4c09ac46fa886e5708a1abc89137b1",
            file_name="colorization_release_v2.caffemodel",
            mirrors=(
                "https://storage.openvinotoolkit.org/repositories/datumaro/models/colorization/"
                "colorization_release_v2.caffemodel",
                "https://www.dropbox.com/scl/fi/d8zffur3wmd4wet58dp9x/"
                "colorization_release_v2.caffemodel?rlkey=iippu6vtsrox3pxkeohcuh4oy&dl=1",
                _BERKELEY + "colorization_release_v2.caffemodel",
            ),
            notes="Vivid colours; trained on ImageNet with rare colours weighted up.",
        ),
        CatalogEntry(
            name="zhang2016-norebal",
            title="Colorful Image Colorization, release v2, without rebalancing",
            source=_PAPER,
            licence="BSD-2-Clause",
            year=2016,
            bytes=128_946_454,
            sha256="6ab42a7fa853eb7ca822b9a0a2997a08a29c819c985c3e70b460c6be9c8b2159",
            file_name="colorization_release_v2_norebal.caffemodel",
            mirrors=(_BERKELEY + "colorization_release_v2_norebal.caffemodel",),
            notes="Duller and safer than zhang2016; no mirror is known to last.",
        ),
    )
}


def catalog_entry(name: str) -> CatalogEntry:
    """Return the entry called `name`.

    Raises:
        NetworkError: no network of that name is known.
    """
    try:
        return CATALOG[name]
    except KeyError:
        known = ", ".join(CATALOG)
        raise NetworkError(
            f"No network called '{name}' is known. Known networks: {known}. "
            "A file of your own is added with `filmcolor models import FILE`."
        ) from None
