"""The words and times of text subtitles, whatever format stores them."""

from __future__ import annotations

import re
from dataclasses import dataclass

TEXT_CODECS = frozenset({"mov_text", "subrip", "srt", "text", "webvtt", "ass", "ssa"})

_MARKUP = re.compile(r"<[^<>]{1,200}>|\{\\[^{}]*\}")


@dataclass(frozen=True)
class Cue:
    """One subtitle: start and end in milliseconds, and its text without markup."""

    start: int
    end: int
    text: str


def split_payload(codec: str, payload: bytes) -> bytes:
    """Take MP4's length field and style boxes off a subtitle; others come back whole."""
    if codec != "mov_text":
        return payload
    return payload[2 : 2 + int.from_bytes(payload[:2], "big")]


def plain_text(codec: str, payload: bytes) -> str:
    """The words of a text subtitle; an empty string for bitmap subtitles."""
    if codec not in TEXT_CODECS:
        return ""
    text = payload.decode("utf-8", errors="replace").strip("\0")
    if codec in ("ass", "ssa"):
        fields = text.split(",", 8)
        text = fields[8] if len(fields) == 9 else text
        text = text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
    lines = _MARKUP.sub("", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.strip() for line in lines).strip()
