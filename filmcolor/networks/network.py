"""Loading a colour network and asking it for colours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from filmcolor.errors import NetworkError, UsageError
from filmcolor.networks.cost import cost_of_pass
from filmcolor.networks.engines import open_engine
from filmcolor.networks.engines.engine import PASSES_AT_ONCE, Engine
from filmcolor.networks.input_sizing import sizing_of
from filmcolor.networks.look import InnerNames, Look, inner_names
from filmcolor.networks.onnx.inner import inner_tensors
from filmcolor.networks.onnx.signature import Signature, read_signature
from filmcolor.networks.onnx.wire import WireError
from filmcolor.networks.weights.catalog import CATALOG, CatalogEntry
from filmcolor.networks.weights.library import WEIGHTS_SUFFIXES, find_weights, is_installed
from filmcolor.networks.weights.weights_file import refuse_wrong_file, sha256_of
from filmcolor.system.cpu import available_cores

AUTO = "auto"
_RICHEST, _ALWAYS_THERE = "zhang2016", "lite"
_LARGE_COST = 5e9
"""Multiply-adds of a pass: lite has 2.6e9, zhang2016 32e9."""
_one_at_a_time = threading.Lock()
_ROUNDING = 0.01  # of half precision, in 0..1
_L_TOLERANCE = 1.0  # what resizing and rounding may add to 0..100


class Network:
    """A loaded colour network.

    Attributes:
        name: its name in the catalog, or the stem of its file.
        engine: "onnxruntime", "openvino" or "opencv".
        precision: of the multiplications, "f32", "f16" or "bf16".
        sha256: checksum of the weights file, lower-case hex.
        path: the weights file.
        passes_at_once: how many passes of a film's frames should run side by side.
    """

    passes_at_once = PASSES_AT_ONCE

    def __init__(
        self,
        path: Path,
        weights: _Onnx,
        open_with: Callable[[Signature, tuple[str, ...]], Engine],
    ) -> None:
        """Open an engine; `load_network` does so.

        `open_with` returns one that gives the named inner tensors too.
        """
        self._signature = read_signature(weights.path)
        self._sizing = sizing_of(self._signature)
        self._inner, self._engine = _opened(weights.path, self._signature, open_with)
        self.name = weights.name
        self.path = path
        self.sha256 = weights.sha256
        self.engine = self._engine.name
        self.precision = self._engine.precision
        self._inner_names: InnerNames | None = None  # not known before the first look
        self._passing = threading.BoundedSemaphore(PASSES_AT_ONCE)

    def __repr__(self) -> str:
        """Name the network and what runs it."""
        return f"<Network {self.name} on {self.engine} ({self.precision})>"

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        """Return (height, width) at which the network sees a picture of the given size.

        Raises:
            UsageError: height or width is not positive.
        """
        if height < 1 or width < 1:
            raise UsageError(f"A picture of {height}x{width} pixels cannot be coloured.")
        return self._sizing.size_for(height, width)

    def predict(self, L: ArrayLike) -> NDArray[np.float32]:
        """Return the colours of pictures, as the network sees them, without any adjustment.

        Pictures that have not `input_size` already are resized to it. May be called from several
        threads at once.

        Args:
            L: CIE lightness of n pictures, float (n, H, W), in 0..100.

        Returns:
            CIE a and b at the network's own output size, float32 (n, h, w, 2).

        Raises:
            UsageError: L has another shape, is no number or lies outside 0..100.
            NetworkError: the engine fails, or the network gives something else than colours.
        """
        pictures = _checked_lightness(L)
        count, height, width = pictures.shape
        size = self.input_size(height, width)
        if count == 0:
            # The output's size is the network's own affair: a blank picture tells it.
            blank = np.zeros((1, *size), np.float32)
            return self._predict_one(blank[0])[None][:0]
        return np.stack([self._predict_one(_resized(picture, size)) for picture in pictures])

    def look(self, L: ArrayLike) -> Look:
        """Return the colours of one picture, how sure they are, and the network's features of it.

        May be called from several threads at once.

        Args:
            L: CIE lightness, float (H, W), in 0..100; resized as in `predict`.

        Raises:
            UsageError: as `predict`.
            NetworkError: as `predict`.

        Example:
            >>> import numpy as np
            >>> seen = load_network("lite").look(np.full((480, 640), 50.0))
            >>> seen.ab.shape, seen.confidence.shape, [grid.shape for grid in seen.features]
            ((48, 64, 2), (48, 64), [(12, 16, 120), (24, 32, 48)])
        """
        picture = _checked_lightness(L, ("height", "width"))
        size = self.input_size(*picture.shape)
        confidence = self._signature.confidence_name
        names = [self._signature.output_name, *(() if confidence is None else (confidence,))]
        known = self._inner_names
        inner = self._inner.names if known is None else (*known.features, *known.details)
        asked = [*names, *inner]
        values = dict(zip(asked, self._run(_resized(picture, size), asked), strict=True))
        if known is None:
            known = self._inner_names = self._inner.chosen(values, size[0])
        return Look(
            _as_colors(values[names[0]]),
            None if confidence is None else _as_confidence(values[confidence]),
            *(
                tuple(np.ascontiguousarray(values[name][0].transpose(1, 2, 0)) for name in chosen)
                for chosen in (known.features, known.details)
            ),
        )

    def _predict_one(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return _as_colors(self._run(picture, [self._signature.output_name])[0])

    def _run(
        self, picture: NDArray[np.float32], outputs: Sequence[str]
    ) -> tuple[NDArray[np.float32], ...]:
        """Return outputs of a picture of the network's input size; the first one is ab."""
        try:
            with self._passing:  # each one more takes memory, and the cores are busy already
                values = self._engine.run(np.ascontiguousarray(picture)[None, None], outputs)
        except Exception as error:  # each engine has error classes of its own
            raise NetworkError(
                f"The engine '{self.engine}' failed on the network '{self.name}' "
                f"({self.path}). Try another engine."
            ) from error
        ab = values[0]
        if ab.ndim != 4 or ab.shape[:2] != (1, 2):
            raise NetworkError(
                f"The network '{self.name}' ({self.path}) gave an output of shape {ab.shape}, "
                "not (1, 2, height, width): it is no colour network."
            )
        if not all(np.isfinite(value).all() for value in values):
            raise NetworkError(
                f"The network '{self.name}' ({self.path}) gave colours that are no numbers; "
                "its weights are probably damaged. Get the file again."
            )
        return values


class _Inner:
    """The inner tensors that an engine gives, among which a network's features are."""

    def __init__(self, kinds: Sequence[Sequence[str]] = ()) -> None:
        self._kinds = kinds
        """The best kind first."""
        self.names = tuple(dict.fromkeys(name for kind in kinds for name in kind))

    def chosen(self, values: Mapping[str, NDArray[np.float32]], height: int) -> InnerNames:
        """Return which are of use; `values` as they are for an input of this height."""
        kinds = ({name: values[name].shape for name in kind} for kind in self._kinds)
        return inner_names(kinds, height)


def _opened(
    onnx_file: Path,
    signature: Signature,
    open_with: Callable[[Signature, tuple[str, ...]], Engine],
) -> tuple[_Inner, Engine]:
    """Return an engine that gives the inner tensors, too, if it can."""
    try:
        found = inner_tensors(onnx_file)
        inner = _Inner((found.skips, found.enlarged))
        if inner.names:
            return inner, open_with(signature, inner.names)
    except (OSError, WireError, NetworkError):  # the colours may still be had
        pass
    return _Inner(), open_with(signature, ())


def load_network(
    name_or_path: str | Path = AUTO, *, engine: str = AUTO, threads: int | None = None
) -> Network:
    """Load a colour network.

    Args:
        name_or_path: "auto" (zhang2016 where its weights are installed, else lite), a name in the
            catalog, the name of an imported network, or a `.caffemodel` or `.onnx` file that
            takes L and gives ab.
        engine: one of `ENGINE_NAMES`.
        threads: processor threads per pass; None takes all that this process may use.

    Raises:
        NetworkError: the weights are missing or damaged, or the engine cannot run them.
        UsageError: an unknown engine or a number of threads below 1.
    """
    if threads is not None and threads < 1:
        raise UsageError(f"A network needs at least one thread, not {threads}.")
    path, entry = _find(name_or_path)
    return open_network(path, entry=entry, engine=engine, threads=threads)


def is_large_network(name_or_path: str | Path = AUTO) -> bool:
    """Say whether one pass of a network takes as long as much else, judged by what it computes.

    `name_or_path` as for `load_network`; what cannot be read is not large.
    """
    try:
        path, entry = _find(name_or_path)
        state = path.stat()
        with _one_at_a_time:  # the second asks while the first one still converts a Caffe file
            return _cost_of(path, entry, state.st_size, state.st_mtime_ns) >= _LARGE_COST
    except (NetworkError, OSError):
        return False


@lru_cache(maxsize=16)
def _cost_of(path: Path, entry: CatalogEntry | None, size: int, modified: int) -> float:
    """Return what a pass of a file costs, which may change when it gets another size or time."""
    onnx_file = _weights_as_onnx(path, entry, None).path
    return cost_of_pass(onnx_file, read_signature(onnx_file))


def weights_file(name_or_path: str | Path = AUTO) -> Path:
    """Return the weights file that `load_network` would load; raises `NetworkError`."""
    path, _ = _find(name_or_path)
    refuse_wrong_file(path)
    return path


def _find(name_or_path: str | Path) -> tuple[Path, CatalogEntry | None]:
    if name_or_path == AUTO:
        name_or_path = _RICHEST if is_installed(CATALOG[_RICHEST]) else _ALWAYS_THERE
    if isinstance(name_or_path, Path):
        return name_or_path, None
    return find_weights(name_or_path)


def open_network(
    path: Path,
    *,
    entry: CatalogEntry | None = None,
    engine: str = AUTO,
    threads: int | None = None,
    converted_folder: Path | None = None,
) -> Network:
    """Load a weights file.

    Args:
        path: a `.caffemodel` or `.onnx` file.
        entry: the catalog's entry whose weights the file must be.
        engine: one of `ENGINE_NAMES`.
        threads: processor threads per pass; None takes all that this process may use.
        converted_folder: where a converted Caffe network is kept instead of beside its weights.

    Raises:
        NetworkError: the file is no colour network, is damaged, or the engine cannot run it.
    """
    weights = _weights_as_onnx(path, entry, converted_folder)

    def open_with(signature: Signature, inner: tuple[str, ...]) -> Engine:
        return open_engine(engine, weights.path, signature, threads or available_cores(), inner)

    return Network(path, weights, open_with)


@dataclass(frozen=True)
class _Onnx:
    """A weights file as ONNX: `sha256` is that of the weights file, `path` of what engines load."""

    name: str
    sha256: str
    path: Path


def _weights_as_onnx(
    path: Path, entry: CatalogEntry | None, converted_folder: Path | None
) -> _Onnx:
    """Return what engines can load; arguments and errors as for `open_network`."""
    refuse_wrong_file(path)
    suffix = path.suffix.lower()
    if suffix not in WEIGHTS_SUFFIXES:
        kinds = " or ".join(WEIGHTS_SUFFIXES)
        raise NetworkError(f"{path} is neither a {kinds} file, so it is no network to load.")
    sha256 = sha256_of(path)
    if entry is not None and sha256 != entry.sha256:
        raise NetworkError(
            f"{path} is not the weights file of '{entry.name}': its sha256 is {sha256}, not "
            f"{entry.sha256}. {_remedy(entry)}"
        )
    if entry is None:
        entry = next((known for known in CATALOG.values() if known.sha256 == sha256), None)
    name = entry.name if entry is not None else path.stem
    onnx_file = path
    if suffix == ".caffemodel":
        from filmcolor.networks.caffe.cache import converted

        licence = entry.licence if entry is not None else "unknown"
        onnx_file = converted(path, sha256, name=name, licence=licence, folder=converted_folder)
    return _Onnx(name, sha256, onnx_file)


def richer_network_hint() -> str | None:
    """Return one line that says how to get richer colours than `auto` gives now, else None."""
    try:
        if is_installed(CATALOG[_RICHEST]):
            return None
    except NetworkError:
        return None
    megabytes = round(CATALOG[_RICHEST].bytes / 1e6)
    return (
        f"The network '{_ALWAYS_THERE}' is used; for richer colours run once: "
        f"filmcolor models fetch {_RICHEST} ({megabytes} MB)"
    )


def _remedy(entry: CatalogEntry) -> str:
    if entry.bundled:
        return "Install filmcolor again."
    return f"Get it again with `filmcolor models fetch {entry.name}`."


def _checked_lightness(
    L: ArrayLike, axes: Sequence[str] = ("n", "height", "width")
) -> NDArray[np.float32]:
    array = np.asarray(L)
    if array.dtype.kind not in "fiu":
        raise UsageError(f"L must hold numbers, not {array.dtype}.")
    if array.ndim != len(axes) or 0 in array.shape[-2:]:
        raise UsageError(f"L must have the shape ({', '.join(axes)}), not {array.shape}.")
    pictures = array.astype(np.float32, copy=False)
    if not np.isfinite(pictures).all():
        raise UsageError("L holds values that are not finite numbers.")
    if pictures.size:
        low, high = float(pictures.min()), float(pictures.max())
        if low < -_L_TOLERANCE or high > 100 + _L_TOLERANCE:
            raise UsageError(f"L must lie in 0..100, this one in {low:g}..{high:g}.")
    return pictures


def _as_colors(ab: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(ab[0].transpose(1, 2, 0))


def _as_confidence(output: NDArray[np.float32]) -> NDArray[np.float32] | None:
    if output.shape[:2] != (1, 1) or output.min() < -_ROUNDING or output.max() > 1 + _ROUNDING:
        return None
    confidence: NDArray[np.float32] = np.clip(output[0, 0], 0, 1)
    return confidence


def _resized(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resize to (height, width): first average along sides that shrink, then stretch the rest."""
    import cv2

    height, width = size
    smaller = (min(height, picture.shape[0]), min(width, picture.shape[1]))
    if picture.shape != smaller:
        shrunk = cv2.resize(picture, smaller[::-1], interpolation=cv2.INTER_AREA)
        picture = shrunk.astype(np.float32, copy=False)
    if picture.shape != size:
        grown = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
        picture = grown.astype(np.float32, copy=False)
    return picture
