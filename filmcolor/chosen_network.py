"""The network that a run's settings name, on the engine that suits the run."""

from __future__ import annotations

from filmcolor.networks import Network, is_large_network, load_network
from filmcolor.settings import Settings


def load_chosen_network(settings: Settings, *, threads: int | None = None) -> Network:
    """Load the network of `settings`; `threads` and errors as for `load_network`.

    Where no engine is named, a small network that sees nothing but keyframes runs on ONNX Runtime
    even if OpenVINO is there: its start is quicker, which short films feel, and in long ones
    passes are too few for OpenVINO's speed to show.
    """
    engine = settings.engine
    few_passes = settings.method == "propagate" and not is_large_network(settings.model)
    if engine == "auto" and few_passes:
        engine = "onnxruntime"
    return load_network(settings.model, engine=engine, threads=threads)
