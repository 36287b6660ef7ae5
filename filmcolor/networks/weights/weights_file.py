"""Looking at a weights file before it is parsed: its checksum, and what it should not be."""

from __future__ import annotations

from pathlib import Path

from filmcolor.errors import NetworkError
from filmcolor.system.checksum import file_sha256
from filmcolor.system.special_files import refuse_special
from filmcolor.wording.reasons import reason_of

GET_AGAIN = "Get the file again (`filmcolor models fetch NAME`, or copy it from where it is whole)."


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as lower-case hex.

    Raises:
        NetworkError: the file cannot be read.
    """
    try:
        return file_sha256(path)
    except OSError as error:
        raise NetworkError(f"Cannot read {path}: {reason_of(error)}.") from error


def disguise_of(head: bytes) -> str | None:
    """Say what a file really is whose first bytes show that it holds no weights, else None."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:256].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<!--", b"<?xml")):
        return "a web page (HTML or XML) saved as weights"
    if start.startswith(b"version https://git-lfs.github.com/spec/"):
        return "a Git LFS pointer, not the file that it stands for"
    if start.startswith((b'{"', b"{\n", b"{ ")):
        return "a JSON text, probably a server's error message"
    if start.startswith(b"pk\x03\x04"):
        return "a ZIP archive; unpack it first"
    return None


def refuse_wrong_file(path: Path) -> None:
    """Check that `path` is a readable file that may hold weights.

    Raises:
        NetworkError: it is missing, a folder, empty, a web page, a Git LFS pointer or the like.
    """
    if not path.exists():
        raise NetworkError(f"There is no weights file {path}.")
    if path.is_dir():
        raise NetworkError(f"{path} is a folder; give the weights file inside it.")
    refuse_special(path, NetworkError)
    try:
        if not path.exists():
            raise NetworkError(f"There is no weights file {path}.")
        if path.is_dir():
            raise NetworkError(f"{path} is a folder; give the weights file inside it.")
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise NetworkError(f"Cannot read {path}: {reason_of(error)}.") from error
    if not head:
        raise NetworkError(f"{path} is empty. {GET_AGAIN}")
    disguise = disguise_of(head)
    if disguise is not None:
        raise NetworkError(f"{path} is {disguise}. {GET_AGAIN}")
