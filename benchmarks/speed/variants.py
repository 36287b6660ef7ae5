"""The ways to make a film that `comparison.py` compares, as commands, and the files they need."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.networks.caffe_files import write_caffemodel, zhang_blobs
from benchmarks.speed import classic_script
from filmcolor.media.encode.encoders import ENCODERS
from filmcolor.media.encode.ffmpeg import ffmpeg_path
from filmcolor.networks import installed_engines, load_network

PLAIN = "plain"
PLAIN_STOCK = "plain-stock"
METHODS = ("propagate", "smooth", "frame")
_X264 = ENCODERS["x264"]
_PIXEL_FORMAT = "yuv420p"
_ZHANG_INPUT = (1, 1, 224, 224)


@dataclass(frozen=True)
class Files:
    """What all variants work on."""

    clip: Path
    output: Path
    """Written anew by each run."""
    zhang: Path
    """A `.caffemodel` in the layout of Zhang's release, for filmcolor."""
    classic: Path
    """The same network as ONNX with a fixed input size, for the classic script."""


@dataclass(frozen=True)
class Variant:
    """One way to make a film."""

    name: str
    arguments: tuple[str, ...]
    """The command without the option that says how many frames."""
    needs_zhang: bool = False
    slow: bool = False
    """Whether the network sees every frame, and is a large one."""

    @property
    def is_plain(self) -> bool:
        """Whether nothing is coloured."""
        return self.name in (PLAIN, PLAIN_STOCK)

    def command(self, frames: int | None) -> list[str]:
        """Return the command for the first `frames` frames, or for the whole film."""
        if frames is None:
            return list(self.arguments)
        if self.is_plain:  # ffmpeg's output comes last
            return [*self.arguments[:-1], "-frames:v", str(frames), self.arguments[-1]]
        if "colorize" in self.arguments:
            return [*self.arguments, "--end", f"{frames}f"]
        return [*self.arguments, "--frames", str(frames)]


def all_variants(files: Files) -> list[Variant]:
    """Return the variants that can run here, the plain transcode first."""
    clip, output = str(files.clip), str(files.output)
    encoding = ["-c:v", _X264.library, "-preset", str(_X264.preset), "-crf", f"{_X264.crf:g}"]
    encoding += ["-pix_fmt", _PIXEL_FORMAT, "-fps_mode", "passthrough"]
    own = [part for key, value in _X264.options.items() for part in (f"-{key}", value)]
    reading = [ffmpeg_path(), "-nostdin", "-v", "error", "-y", "-noautorotate", "-i", clip]
    progress = ["-progress", "pipe:1"]  # tells how many frames there were
    reading += ["-map", "0:v:0", "-an"]
    variants = [
        Variant(PLAIN, (*reading, *encoding, *own, *progress, output)),
        Variant(PLAIN_STOCK, (*reading, *encoding, *progress, output)),
    ]
    coloring = [sys.executable, "-m", "filmcolor", "colorize", clip, "--output", output]
    coloring += ["--json", "--quiet", "--overwrite", "--codec", "x264", "--pix-fmt", _PIXEL_FORMAT]
    engines = [name for name in ("openvino", "onnxruntime") if name in installed_engines()]
    for network, model in (("lite", "lite"), ("zhang", str(files.zhang))):
        is_zhang = network == "zhang"
        for method in METHODS:
            for engine in engines:
                chosen = ["--model", model, "--method", method, "--engine", engine]
                variants.append(
                    Variant(
                        f"{network}-{method}-{engine}",
                        (*coloring, *chosen),
                        needs_zhang=is_zhang,
                        slow=is_zhang and method != "propagate",
                    )
                )
    script = [sys.executable, classic_script.__file__, clip, output]
    for runner in ("onnxruntime", "opencv"):
        chosen = ["--model", str(files.classic), "--engine", runner]
        arguments = (*script, *chosen)
        variants.append(Variant(f"classic-{runner}", arguments, needs_zhang=True, slow=True))
    return variants


def prepare_zhang(files: Files) -> None:
    """Make what is missing of the weights, and convert them for filmcolor and the classic script.

    Weights that are made are random, in the exact layout of Zhang's release v2: time is the same.
    """
    import onnx

    from filmcolor.networks.caffe.cache import description_of
    from filmcolor.networks.caffe.convert import convert_color_network
    from filmcolor.networks.caffe.description import read_network
    from filmcolor.networks.engines.opencv import with_fixed_input

    if not files.zhang.exists():
        files.zhang.parent.mkdir(parents=True, exist_ok=True)
        partial = files.zhang.with_name(f".{files.zhang.name}.part")
        write_caffemodel(partial, zhang_blobs())
        partial.replace(files.zhang)
    load_network(files.zhang, engine="onnxruntime")  # keeps the converted network for later runs
    description = read_network(description_of(files.zhang))
    convert_color_network(description, files.zhang, files.classic, metadata={})
    model = onnx.load(files.classic)
    with_fixed_input(model, "L", _ZHANG_INPUT)
    onnx.save(model, files.classic)
