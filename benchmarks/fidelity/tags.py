"""Tags and languages of films, made comparable across containers."""

from __future__ import annotations

import re

MUXER_TAGS = frozenset(
    {
        *("encoder", "major_brand", "compatible_brands", "minor_version", "handler_name"),
        *("vendor_id", "software", "duration", "number_of_frames", "number_of_bytes"),
        # What FLV writers and Windows Media note about the file itself.
        *("hasvideo", "hasaudio", "hasmetadata", "haskeyframes", "hascuepoints", "canseektoend"),
        *("datasize", "videosize", "audiosize", "audiodelay", "lasttimestamp"),
        *("lastkeyframetimestamp", "metadatacreator", "metadatadate", "numberofframes"),
        *("wmfsdkneeded", "wmfsdkversion", "isvbr", "deviceconformancetemplate"),
        *("wm/wmadrcpeakreference", "wm/wmadrcaveragereference"),
    }
)
"""Tags that programs write about themselves or the file, not about the film."""

REQUIRED_TAGS = frozenset(
    {
        *("title", "artist", "album", "album_artist", "comment", "composer", "copyright"),
        *("creation_time", "date", "description", "genre", "language", "location"),
        *("synopsis", "show", "track"),
    }
)
"""Tags that every common container can hold: without them something was lost."""

_LANGUAGES = (
    "ar ara, bg bul, bn ben, ca cat, cs ces cze, da dan, de deu ger, el ell gre, en eng, "
    "es spa, et est, eu eus baq, fa fas per, fi fin, fr fra fre, he heb, hi hin, hr hrv, "
    "hu hun, hy hye arm, id ind, is isl ice, it ita, ja jpn, ka kat geo, ko kor, lt lit, "
    "lv lav, mk mkd mac, ms msa may, nl nld dut, no nor, pl pol, pt por, ro ron rum, ru rus, "
    "sk slk slo, sl slv, sq sqi alb, sr srp, sv swe, ta tam, te tel, th tha, tr tur, uk ukr, "
    "vi vie, zh zho chi"
)
_LANGUAGE_OF = {code: codes.split()[0] for codes in _LANGUAGES.split(",") for code in codes.split()}


def same_language(first: str, second: str) -> bool:
    """Whether two ISO 639 codes name the same language: "de", "deu" and "ger" do."""
    return _LANGUAGE_OF.get(first, first) == _LANGUAGE_OF.get(second, second)


def film_tags(tags: dict[str, str]) -> dict[str, str]:
    """Tags about the film: names in lower case, times and places in one notation."""
    kept = {}
    lower = {key.lower(): value for key, value in tags.items()}
    for name, value in lower.items():
        base, _, language = name.rpartition("-")
        if name in MUXER_TAGS or name.startswith("_statistics"):
            continue
        if base in lower and len(language) == 3:
            continue  # FFmpeg's second name for a QuickTime tag, with its language
        if name == "creation_time":
            value = value.replace(" ", "T").removesuffix("Z").split(".")[0]
        if name == "location":
            numbers = re.findall(r"[+-][0-9.]+", value)
            value = "".join(f"{float(number):+.4f}" for number in numbers) or value
        kept[name] = value.strip()
    return kept
