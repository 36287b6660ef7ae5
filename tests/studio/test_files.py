"""Only files below the opened folder can be read or written, and what is sent is data."""

from __future__ import annotations

import io
import json
import struct
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests.studio.asking import Asking
from tests.studio.films import make_film

links = pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    make_film(folder / "secret.mp4", shots=1)
    return folder


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/static/../app.py",
            "/static/%2e%2e/app.py",
            "/static/..%2fapp.py",
            "/static//etc/passwd",
        ),
        *("/static/..%5capp.py", "/static/.%2e/.%2e/settings.py", "/../../etc/passwd"),
        *("/api/films/..%2f..%2fetc%2fpasswd/finished", "/api/photos/%2fetc%2fpasswd"),
    ],
)
def test_no_path_leads_out(studio: Asking, path: str) -> None:
    answer = studio.get(path)
    assert answer.status in (400, 403, 404)
    assert b"root:" not in answer.body
    assert b"import" not in answer.body


@links
def test_links_that_lead_out_are_not_listed(studio: Asking, elsewhere: Path) -> None:
    (studio.folder / "link.mp4").symlink_to(elsewhere / "secret.mp4")
    (studio.folder / "inside.mp4").symlink_to(studio.folder / "old.mp4")
    names = [film["name"] for film in studio.get("/api/folder").json["films"]]
    assert "link.mp4" not in names
    assert "inside.mp4" in names


@links
def test_a_film_that_becomes_a_link_is_closed(studio: Asking, elsewhere: Path) -> None:
    key = studio.id_of("old.mp4")
    (studio.folder / "old.mp4").unlink()
    (studio.folder / "old.mp4").symlink_to(elsewhere / "secret.mp4")
    for path in ("", "/thumbnail", "/frames/0", "/finished", "/clip"):
        assert studio.get(f"/api/films/{key}{path}").status == 400


@links
def test_a_plan_that_is_a_link_is_not_followed(studio: Asking, elsewhere: Path) -> None:
    (elsewhere / "plan.json").write_text("{}")
    (studio.folder / "old.plan.json").unlink()
    (studio.folder / "old.plan.json").symlink_to(elsewhere / "plan.json")
    answer = studio.get(f"/api/films/{studio.id_of('old.mp4')}")
    assert answer.status == 400
    assert "outside" in answer.json["error"]
    assert (elsewhere / "plan.json").read_text() == "{}"


def test_a_path_written_by_hand_opens_this_one_file(studio: Asking, elsewhere: Path) -> None:
    make_film(elsewhere / "other.mp4", shots=1)
    answer = studio.post("/api/folder/films", {"path": str(elsewhere / "secret.mp4")})
    assert answer.status == 200
    key = answer.json["id"]
    assert studio.get(f"/api/films/{key}").json["name"] == "secret.mp4"
    names = [film["name"] for film in studio.get("/api/folder").json["films"]]
    assert "secret.mp4" in names
    assert "other.mp4" not in names


def test_what_is_made_of_it_lies_in_the_opened_folder(studio: Asking, elsewhere: Path) -> None:
    studio.post("/api/folder/films", {"path": str(elsewhere / "secret.mp4")})
    before = sorted(elsewhere.iterdir())
    key = studio.planned("secret.mp4")
    assert studio.post(f"/api/films/{key}/shots/1", {"change": {"saturation": 0.5}}).status == 200
    assert sorted(elsewhere.iterdir()) == before
    assert (studio.folder / "secret.plan.json").is_file()
    assert Path(studio.get(f"/api/films/{key}").json["target"]).parent == studio.folder


@pytest.mark.parametrize(
    ("path", "says"),
    [("/etc/passwd", "no film"), ("/no/such/film.mp4", "no such file"), ("relative.mp4", "whole")],
)
def test_paths_of_no_film_are_refused(studio: Asking, path: str, says: str) -> None:
    if path.startswith("/etc") and not Path(path).exists():
        pytest.skip("there is no such file on this system")
    answer = studio.post("/api/folder/films", {"path": path})
    assert answer.status in (400, 422)
    assert says in answer.json["error"]


@pytest.mark.parametrize("output", ["/tmp/stolen.mp4", "../out.mp4", "~/out.mp4", "a/../../x.mp4"])
def test_results_go_nowhere_else(studio: Asking, output: str) -> None:
    for path in ("/api/queue", "/api/queue/command"):
        answer = studio.post(path, {"film": studio.id_of("old.mp4"), "output": output})
        assert answer.status == 400
        assert "outside" in answer.json["error"]


@pytest.mark.parametrize(
    "change",
    [
        {"references": ["/etc/passwd"]},
        {"network": "/tmp/any.onnx"},
        {"network": "../any.onnx"},
        {"saturation": 1e9},
        {"saturation": float("nan")},
        {"kind": "anything"},
        {"hints": []},
        {"room": "x"},
    ],
)
def test_a_page_cannot_have_other_files_read(studio: Asking, change: object) -> None:
    key = studio.planned()
    before = (studio.folder / "old.plan.json").read_text()
    assert studio.post(f"/api/films/{key}/shots/1", {"change": change}).status in (400, 422)
    trial = json.dumps({"shot": 1, "change": change})
    assert studio.get(f"/api/films/{key}/frames/0", trial=trial).status in (400, 422)
    assert (studio.folder / "old.plan.json").read_text() == before


@pytest.mark.parametrize(
    "options",
    [
        {"encoder_options": {"x264-params": "stats=/tmp/x"}},
        {"preset": "../x"},
        {"codec": "/bin/sh"},
    ],
)
def test_an_encoder_gets_no_names_of_files(studio: Asking, options: object) -> None:
    answer = studio.post("/api/queue", {"film": studio.id_of("old.mp4"), "options": options})
    assert answer.status in (400, 422)
    assert studio.get("/api/queue").json["films"] == []


def _bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
        (b"%PDF-1.7", 415),
        (b"<?php", 415),
        (_bomb(), 413),
    ],
    ids=["nothing", "svg", "pdf", "php", "bomb"],
)
def test_only_pictures_are_taken_for_pictures(studio: Asking, data: bytes, status: int) -> None:
    key = studio.planned()
    base = f"/api/films/{key}"
    for path in (f"{base}/frames/3/picture", f"{base}/shots/1/references", "/api/camera"):
        assert studio.post(path, data).status == status
    assert not (studio.folder / "old.keyframes").exists()


def test_bodies_have_a_size(studio: Asking) -> None:
    headers = {"Cookie": studio.key(), "Content-Length": str(1 << 40)}
    assert studio.raw("POST", "/api/camera", headers).status == 413
    headers["Content-Type"] = "application/json"
    assert studio.raw("POST", "/api/queue", headers).status == 413
    chunked = {"Cookie": studio.key(), "Transfer-Encoding": "chunked"}
    body = b"".join(b"100000\r\n" + bytes(1 << 20) + b"\r\n" for _ in range(5)) + b"0\r\n\r\n"
    assert studio.raw("POST", "/api/camera", chunked | {"Content-Length": "0"}, body).status in (
        400,
        413,
        415,
    )


def test_photos_stay_as_they_are(studio: Asking) -> None:
    photo = studio.folder / "aunt.png"
    before = photo.read_bytes()
    key = studio.id_of("aunt.png")
    saved = {"name": "aunt.color.png", "made": True}
    assert studio.post(f"/api/photos/{key}/save").json == saved
    first = (studio.folder / "aunt.color.png").read_bytes()
    assert studio.post(f"/api/photos/{key}/save").json == saved | {"made": False}
    assert (studio.folder / "aunt.color.png").read_bytes() == first
    assert photo.read_bytes() == before


def test_dropped_names_lead_to_files_of_the_folder_alone(studio: Asking, elsewhere: Path) -> None:
    film = studio.folder / "old.mp4"
    found = studio.post("/api/folder/find", {"name": "old.mp4", "size": film.stat().st_size})
    assert found.json["id"] == studio.id_of("old.mp4")
    size = (elsewhere / "secret.mp4").stat().st_size
    for name in ("secret.mp4", "../elsewhere/secret.mp4", str(elsewhere / "secret.mp4")):
        assert studio.post("/api/folder/find", {"name": name, "size": size}).json["id"] is None


def test_a_camera_picture_comes_back_in_colour_and_is_saved(studio: Asking) -> None:
    data = io.BytesIO()
    Image.new("L", (320, 240), 120).save(data, "JPEG")
    answer = studio.post("/api/camera?save=1", data.getvalue())
    assert answer.status == 200
    with Image.open(io.BytesIO(answer.body)) as picture:
        assert picture.size == (320, 240)
    saved = studio.folder / answer.headers["x-saved"]
    with Image.open(saved) as picture:
        assert picture.size == (320, 240)
