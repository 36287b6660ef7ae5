"""Language codes of streams."""

from __future__ import annotations

_PAIRS = """
ar ara, bg bul, bn ben, ca cat, cs ces, cy cym, da dan, de deu, el ell, en eng, es spa, et est,
eu eus, fa fas, fi fin, fr fra, ga gle, gl glg, he heb, hi hin, hr hrv, hu hun, hy hye, id ind,
is isl, it ita, ja jpn, ka kat, ko kor, lt lit, lv lav, mk mkd, ms msa, nb nob, nl nld, nn nno,
no nor, pl pol, pt por, ro ron, ru rus, sk slk, sl slv, sq sqi, sr srp, sv swe, sw swa, ta tam,
te tel, th tha, tr tur, uk ukr, ur urd, vi vie, yi yid, zh zho
"""
_THREE_LETTERS = dict(pair.split() for pair in _PAIRS.replace("\n", " ").split(","))


def three_letter_code(language: str) -> str:
    """Return the ISO 639-2 code that MP4 and MPEG files store, for an ISO 639-1 code (`es`).

    Other codes come back as they are.
    """
    return _THREE_LETTERS.get(language.lower(), language)
