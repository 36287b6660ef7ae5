"""Networks that could keep an engine busy for ever are refused; all others are loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from filmcolor.errors import NetworkError
from filmcolor.networks import load_network
from filmcolor.networks.weights.importing import import_network

FLOAT = TensorProto.FLOAT
DIMS = [1, 2, 16, 24]


def model_of(nodes: list[NodeProto], domains: tuple[str, ...] = ("",)) -> ModelProto:
    """A network that doubles L into the two channels `twice`, and `nodes` that make `ab` of it."""
    graph = helper.make_graph(
        [helper.make_node("Concat", ["L", "L"], ["twice"], axis=1), *nodes],
        "colours",
        [helper.make_tensor_value_info("L", FLOAT, [1, 1, 16, 24])],
        [helper.make_tensor_value_info("ab", FLOAT, DIMS)],
        [
            numpy_helper.from_array(np.array(2**62, np.int64), "for_ever"),
            numpy_helper.from_array(np.array(True), "true"),
        ],
    )
    opsets = [helper.make_opsetid(domain, 17 if not domain else 1) for domain in domains]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def branch(name: str) -> GraphProto:
    return helper.make_graph(
        [helper.make_node("Neg", ["twice"], [name])],
        name,
        [],
        [helper.make_tensor_value_info(name, FLOAT, DIMS)],
    )


def loop() -> ModelProto:
    """One that would go on for ever."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go_on"], ["goes_on"]),
            helper.make_node("Neg", ["before"], ["after"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", FLOAT, DIMS),
        ],
        [
            helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", FLOAT, DIMS),
        ],
    )
    return model_of([helper.make_node("Loop", ["for_ever", "true", "twice"], ["ab"], body=body)])


def scan() -> ModelProto:
    body = helper.make_graph(
        [helper.make_node("Neg", ["row"], ["negative"])],
        "body",
        [helper.make_tensor_value_info("row", FLOAT, [2, 16, 24])],
        [helper.make_tensor_value_info("negative", FLOAT, [2, 16, 24])],
    )
    return model_of([helper.make_node("Scan", ["twice"], ["ab"], body=body, num_scan_inputs=1)])


def condition() -> ModelProto:
    branches = {"then_branch": branch("yes"), "else_branch": branch("no")}
    return model_of([helper.make_node("If", ["true"], ["ab"], **branches)])


def function() -> ModelProto:
    model = model_of([helper.make_node("Own", ["twice"], ["ab"], domain="own")], ("", "own"))
    model.functions.append(
        helper.make_function(
            "own",
            "Own",
            ["x"],
            ["y"],
            [helper.make_node("Neg", ["x"], ["y"])],
            [helper.make_opsetid("", 17)],
        )
    )
    return model


def foreign() -> ModelProto:
    node = helper.make_node("Paint", ["twice"], ["ab"], domain="com.example\n")
    return model_of([node], ("", "com.example\n"))


def hidden() -> ModelProto:
    """A graph inside an operator that is not known to have one."""
    node = helper.make_node("Neg", ["twice"], ["ab"])
    node.attribute.append(helper.make_attribute("then", branch("yes")))
    return model_of([node])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (loop, "control flow operator 'Loop', which no colour network needs"),
        (scan, "control flow operator 'Scan'"),
        (condition, "control flow operator 'If'"),
        (hidden, "control flow operator 'Neg'"),
        (function, r"functions of its own \(`onnx\.inliner`"),
        (foreign, "operator 'Paint' of 'com.example', which is not part of ONNX"),
    ],
)
def test_what_could_go_on_for_ever_is_refused(
    tmp_path: Path, make: Callable[[], ModelProto], words: str
) -> None:
    path = tmp_path / "net.onnx"
    onnx.save(make(), path)
    for load in (load_network, partial(import_network, folder=tmp_path / "models")):
        with pytest.raises(NetworkError, match=rf"net\.onnx is not run: it .*{words}") as failure:
            load(path)
        assert "\n" not in str(failure.value)


def test_what_has_an_end_is_run(tmp_path: Path) -> None:
    """ONNX's own operators, also those that ONNX Runtime's optimiser writes."""
    nodes = [
        helper.make_node("Gelu", ["twice"], ["soft"], domain="com.microsoft"),
        helper.make_node("Neg", ["soft"], ["ab"]),
    ]
    onnx.save(model_of(nodes, ("", "com.microsoft")), tmp_path / "net.onnx")
    ab = load_network(tmp_path / "net.onnx", engine="onnxruntime").predict(
        np.full((1, 16, 24), 9.0)
    )
    np.testing.assert_allclose(ab, -9, atol=1e-3)


def test_functions_in_their_places_are_run(tmp_path: Path) -> None:
    """The advice that the refusal gives is good."""
    import onnx.inliner

    onnx.save(onnx.inliner.inline_local_functions(function()), tmp_path / "net.onnx")
    ab = load_network(tmp_path / "net.onnx", engine="onnxruntime").predict(
        np.full((1, 16, 24), 9.0)
    )
    np.testing.assert_allclose(ab, -9)
