"""A file that points to other files, or to the network, does not get them opened."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import onnx
import pytest
from onnx import TensorProto, helper

import filmcolor
from benchmarks.networks.tiny import write_network
from filmcolor.errors import NetworkError
from filmcolor.networks import Network, load_network
from filmcolor.networks.engines import installed_engines
from tests.clips import make_clip
from tests.networks.servers import Server

PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.48,\n{}\n#EXT-X-ENDLIST\n"
SESSION = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {} RTP/AVP 96\n"
MANIFEST = """<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"
 mediaPresentationDuration="PT0.48S"><Period><AdaptationSet mimeType="video/mp4">
<Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation></AdaptationSet>
</Period></MPD>"""


@pytest.fixture
def secret(folder: Path) -> Path:
    """A film that nobody named."""
    return make_clip(folder / "secret.ts", frames=12, codec="mpeg2video")


def pointers(target: str) -> dict[str, str]:
    return {
        "list.m3u8": PLAYLIST.format(target),
        "list.m3u": PLAYLIST.format(target),
        "list.ffconcat": f"ffconcat version 1.0\nfile '{target}'\n",
        "concat.txt": f"ffconcat version 1.0\nfile '{target}'\n",
        "session.sdp": SESSION.format(5004),
        "film.mpd": MANIFEST.format(target),
        "script.avs": f'AviSource("{target}")\n',
        "script.vpy": f"open({target!r})\n",
        "list.mp4": PLAYLIST.format(target),
        "list.ts": PLAYLIST.format(target),
        "list.idx": f"# VobSub index file, v7\nsize: 720x576\nid: en, index: 0\n{target}\n",
    }


@pytest.mark.parametrize("name", list(pointers("")))
def test_lists_do_not_open_films(folder: Path, secret: Path, tiny: Network, name: str) -> None:
    source = folder / name
    source.write_text(pointers(secret.name)[name], encoding="utf-8")
    with pytest.raises(filmcolor.InputError) as caught:
        filmcolor.colorize(source, network=tiny)
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, secret.name])


def test_lists_say_what_they_are(folder: Path, secret: Path, tiny: Network) -> None:
    source = folder / "list.m3u8"
    source.write_text(PLAYLIST.format(secret.name), encoding="utf-8")
    with av.open(str(source)) as container:  # FFmpeg by itself does open it
        assert sum(1 for _ in container.decode(video=0)) == 12
    with pytest.raises(filmcolor.InputError, match=r"is a playlist .*name the film itself"):
        filmcolor.colorize(source, network=tiny)


@pytest.mark.parametrize("name", list(pointers("")))
def test_lists_do_not_ask_the_network(
    folder: Path, tiny: Network, server: Server, name: str
) -> None:
    source = folder / name
    source.write_text(pointers(f"{server.base}/file")[name], encoding="utf-8")
    with pytest.raises(filmcolor.InputError):
        filmcolor.colorize(source, network=tiny)
    assert server.requests == []


def with_reference(film: bytes, target: Path) -> bytes:
    """A QuickTime film whose samples lie in another file: its data reference names one.

    QuickTime File Format, data reference atoms; the record is that of a Macintosh alias, of which
    FFmpeg reads the absolute path (type 2).
    """
    at = film.rindex(b"url ") - 4
    size = struct.unpack(">I", film[at : at + 4])[0]
    path = str(target).replace("/", ":").encode()
    path += b"\0" * (len(path) % 2)
    alias = bytes(150) + struct.pack(">HH", 2, len(path)) + path + b"\xff\xff\0\0"
    entry = struct.pack(">I", 12 + len(alias)) + b"alis" + bytes(4) + alias
    grown = len(entry) - size
    data = bytearray(film[:at] + entry + film[at + size :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        place = data.rindex(name, 0, at) - 4
        old = struct.unpack(">I", data[place : place + 4])[0]
        data[place : place + 4] = struct.pack(">I", old + grown)
    return bytes(data)


def decodable(path: Path, **options: str) -> int:
    """How many frames FFmpeg itself gets out of a film."""
    try:
        with av.open(str(path), options=options) as container:
            return sum(1 for _ in container.decode(video=0))
    except av.error.FFmpegError:
        return 0


def test_external_references_of_quicktime(folder: Path, tiny: Network) -> None:
    secret = make_clip(folder / "secret.mov", frames=4, codec="mjpeg", pix_fmt="yuvj420p")
    content = secret.read_bytes()
    start, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    source = folder / "film.mov"
    source.write_bytes(with_reference(content[:start] + bytes(end - start) + content[end:], secret))
    with pytest.raises(filmcolor.InputError):
        filmcolor.colorize(source, network=tiny)
    # FFmpeg follows such a reference when it is told to.
    assert decodable(source, enable_drefs="1", use_absolute_path="1") == 4


def external_model(path: Path, location: str) -> Path:
    """A colour network whose kernel lies in another file."""
    write_network(path)
    model = onnx.load(path)
    kernel = model.graph.initializer[0]
    kernel.ClearField("raw_data")
    kernel.data_location = TensorProto.EXTERNAL
    kernel.external_data.add(key="location", value=location)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("engine", installed_engines())
@pytest.mark.parametrize("location", ["../canary", "canary", "{absolute}", "file:canary"])
def test_external_data_of_onnx(folder: Path, engine: str, location: str) -> None:
    inner = folder / "inner"
    inner.mkdir()
    for place in (folder / "canary", inner / "canary"):
        place.write_bytes(struct.pack("<2f", 0.2, 0.25))
    location = location.format(absolute=folder / "canary")
    path = external_model(inner / "net.onnx", location)
    with pytest.raises(NetworkError, match="keeps weights in other files"):
        load_network(path, engine=engine)


def test_external_data_deep_inside_a_model(folder: Path) -> None:
    path = write_network(folder / "net.onnx")
    model = onnx.load(path)
    tensor = helper.make_tensor("hidden", TensorProto.FLOAT, [1], [1.0])
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../canary")
    constant = helper.make_node("Constant", [], ["hidden"], value=tensor)
    inner = helper.make_graph([constant], "inner", [], [])
    node = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    model.graph.node.append(node)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(NetworkError, match="keeps weights in other files"):
        load_network(path)
