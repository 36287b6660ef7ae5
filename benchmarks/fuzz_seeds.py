"""Makes the small whole files from which damaged ones are made."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

import filmcolor
from filmcolor.media.encode.ffmpeg import ffmpeg_path

_PICTURE = "testsrc=s=64x48:r=25:d=0.48,format=gray,format=yuv420p"
_SOUND = "sine=f=440:d=0.48"
_FILMS = {
    "film.mp4": ("-c:v", "libx264", "-c:a", "aac"),
    "fragmented.mp4": ("-c:v", "libx264", "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"),
    "hevc.mp4": ("-c:v", "libx265", "-x265-params", "log-level=error", "-c:a", "aac"),
    "film.mov": ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le", "-c:a", "pcm_s16le"),
    "film.mkv": ("-c:v", "ffv1", "-level", "3", "-c:a", "flac"),
    "film.webm": ("-c:v", "libvpx", "-b:v", "200k", "-c:a", "libopus"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-an"),
    "film.avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-an"),
    "film.mpg": ("-c:v", "mpeg2video", "-c:a", "mp2"),
    "film.ts": ("-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-c:a", "ac3"),
    "film.flv": ("-c:v", "flv1", "-c:a", "libmp3lame", "-ar", "44100"),
    "film.wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
    "film.ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
    "film.gif": ("-an",),
}
_PICTURES = ("picture.png", "picture.jpg", "picture.tif", "picture.webp", "picture.bmp")


def _ffmpeg(*arguments: str | Path) -> bool:
    command = [ffmpeg_path(), "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def write_network(path: Path) -> Path:
    """Write a tiny colour network: ab = (L / 5, L / 4) of squares of 8x8 pixels."""
    kernel = np.array([0.2, 0.25], np.float32).reshape(2, 1, 1, 1)
    pool = helper.make_node("AveragePool", ["L"], ["s"], kernel_shape=[8, 8], strides=[8, 8])
    graph = helper.make_graph(
        [pool, helper.make_node("Conv", ["s", "kernel"], ["ab"])],
        "tiny",
        [helper.make_tensor_value_info("L", TensorProto.FLOAT, [1, 1, None, None])],
        [helper.make_tensor_value_info("ab", TensorProto.FLOAT, [1, 2, None, None])],
        [onnx.numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"filmcolor.short_side": "32", "filmcolor.multiple": "16"})
    onnx.save(model, path)
    return path


_PROTOTXT = """name: "tiny"  # a network as Caffe describes it
layer { name: "data_l" type: "Input" top: "data_l"
  input_param { shape { dim: 1 dim: 1 dim: 32 dim: 32 } } }
layer { name: "conv1" type: "Convolution" bottom: "data_l" top: "conv1"
  convolution_param { num_output: 4 kernel_size: 3 pad: 1 stride: 2 dilation: 1 } }
layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
layer { name: "norm1" type: "BatchNorm" bottom: "conv1" top: "norm1"
  batch_norm_param { eps: 1e-5 } }
layer { name: "pool1" type: "Pooling" bottom: "norm1" top: "pool1"
  pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
layer { name: "scale1" type: "Scale" bottom: "pool1" top: "scale1"
  scale_param { filler { value: 2.6 } } }
layer { name: "ab" type: "Convolution" bottom: "scale1" top: "ab"
  convolution_param { num_output: 2 kernel_size: 1 } }
"""


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _caffe_layer(name: str, *shapes: tuple[int, ...]) -> bytes:
    content = _field(1, name.encode())
    for shape in shapes:
        values = np.linspace(0.1, 0.3, int(np.prod(shape)), dtype="<f4").tobytes()
        blob = _field(7, _field(1, b"".join(map(_varint, shape)))) + _field(5, values)
        content += _field(7, blob)
    return _field(100, content)


def write_caffe(folder: Path) -> tuple[Path, Path]:
    """Write a tiny Caffe colour network: `tiny.caffemodel` and `tiny.prototxt`."""
    weights, description = folder / "tiny.caffemodel", folder / "tiny.prototxt"
    weights.write_bytes(
        _caffe_layer("conv1", (4, 1, 3, 3), (4,))
        + _caffe_layer("norm1", (4,), (4,), (1,))
        + _caffe_layer("ab", (2, 4, 1, 1), (2,))
    )
    description.write_text(_PROTOTXT, encoding="utf-8")
    return weights, description


def write_seeds(folder: Path) -> list[Path]:
    """Write a film in each container, pictures, networks and a plan; return the files.

    What this build of FFmpeg cannot write is left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    inputs = ("-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _SOUND)
    for name, options in _FILMS.items():
        sound = () if "-an" in options else ("-map", "1")
        if _ffmpeg(*inputs, "-map", "0", *sound, *options, folder / name):
            made.append(folder / name)
    made += [
        folder / name
        for name in _PICTURES
        if _ffmpeg("-f", "lavfi", "-i", _PICTURE, "-frames:v", "1", folder / name)
    ]
    plan = folder / "plan.json"
    filmcolor.find_shots(folder / "film.mp4", plan, overwrite=True)
    return [*made, *write_caffe(folder), write_network(folder / "tiny.onnx"), plan]
