"""Colours a film the way the usual short scripts around Zhang's network do, for comparison.

    python -m benchmarks.speed.classic_script CLIP OUTPUT.mp4 --model NETWORK.onnx [--engine opencv]

One frame after the other: BGR from OpenCV, all of it to Lab in floating point, L at 224x224 through
the network, ab stretched to the frame, back to BGR, out as MPEG-4 without sound. The network is one
that filmcolor converted: it takes L in 0..100 and subtracts the 50 itself. Prints the number of
frames and of network passes as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

NETWORK_SIZE = (224, 224)

Predictor = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From L (224, 224) to ab (2, h, w)."""


def load_predictor(model: Path, engine: str) -> Predictor:
    """Load the network into ONNX Runtime or OpenCV's DNN module, with their default settings."""
    if engine == "opencv":
        net = cv2.dnn.readNetFromONNX(str(model))

        def through_opencv(L: NDArray[np.float32]) -> NDArray[np.float32]:
            net.setInput(L[None, None])
            return np.asarray(net.forward()[0], np.float32)

        return through_opencv
    import onnxruntime

    session: Any = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])

    def through_onnxruntime(L: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(session.run(None, {"L": L[None, None]})[0][0], np.float32)

    return through_onnxruntime


def colored(frame: NDArray[np.uint8], predict: Predictor) -> NDArray[np.uint8]:
    """Return a BGR frame (height, width, 3) in the network's colours."""
    lab = cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    L = lab[:, :, 0]
    ab = predict(cv2.resize(L, NETWORK_SIZE).astype(np.float32)).transpose(1, 2, 0)
    ab = cv2.resize(ab, (frame.shape[1], frame.shape[0]))
    bgr = cv2.cvtColor(np.concatenate((L[:, :, None], ab), axis=2), cv2.COLOR_LAB2BGR)
    return (255 * np.clip(bgr, 0, 1)).astype(np.uint8)


def colorize(clip: Path, output: Path, predict: Predictor, most: int | None) -> int:
    """Colour a film, or its first `most` frames; return how many there were."""
    source = cv2.VideoCapture(str(clip))
    size = (
        int(source.get(cv2.CAP_PROP_FRAME_WIDTH)),
        int(source.get(cv2.CAP_PROP_FRAME_HEIGHT)),
    )
    code = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(output), code, source.get(cv2.CAP_PROP_FPS), size)
    done = 0
    while most is None or done < most:
        found, frame = source.read()
        if not found:
            break
        writer.write(colored(np.asarray(frame, np.uint8), predict))
        done += 1
    writer.release()
    source.release()
    return done


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.classic_script",
        description=__doc__.splitlines()[0] if __doc__ else "",
    )
    parser.add_argument("clip", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--engine", choices=["onnxruntime", "opencv"], default="onnxruntime")
    parser.add_argument("--frames", type=int, help="only the first so many")
    options = parser.parse_args(arguments)
    predict = load_predictor(options.model, options.engine)
    done = colorize(options.clip, options.output, predict, options.frames)
    if done == 0:
        raise SystemExit(f"{options.clip}: OpenCV reads no frames.")
    print(json.dumps({"frames": done, "network_passes": done, "engine": f"{options.engine} f32"}))


if __name__ == "__main__":
    main()
