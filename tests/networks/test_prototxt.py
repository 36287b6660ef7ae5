from __future__ import annotations

import pytest

from filmcolor.errors import NetworkError
from filmcolor.networks.caffe.description import parse_network
from filmcolor.networks.caffe.prototxt import parse_prototxt
from filmcolor.networks.weights.folders import package_data

MANNERS = """
# a comment { that: does not matter
name: 'it\\'s "one"' ' name'   # neighbours are joined
empty{ }
nested: { value: -2.5e-1f, flag: True; other: false }
angled < kind: MAX pool: 3 >
dim: 1 dim: 2
dims: [3, 0x10, -4]
filler {      type: 'constant'      value: 2.606    }
"""


def test_all_manners_of_writing_are_understood() -> None:
    root = parse_prototxt(MANNERS)
    assert root.text("name") == 'it\'s "one" name'
    assert root.message("empty").fields == {}
    nested = root.message("nested")
    assert nested.number("value", 0) == -0.25
    assert nested.flag("flag", False) is True
    assert nested.flag("other", True) is False
    assert root.message("angled").text("kind") == "MAX"
    assert root.message("angled").integer("pool", 0) == 3
    assert root.integers("dim") == [1, 2]
    assert root.integers("dims") == [3, 16, -4]
    assert root.message("filler").number("value", 0) == 2.606
    assert root.integer("absent", 7) == 7


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: 1\nlayer {\n  name: 'x'\n", r"line 2 .*never closed"),
        ("layer { name: }", r"line 1 .*expected"),
        ("a: 1\nb 2", r"line 2 .*expected ':'"),
        ("a: 1\n}", r"line 2 .*field's name"),
        ("a: 'open\nb: 2", r"line 1 .*unexpected character"),
        ("a:", r"'a' has no value"),
        ("a: [1, 2", r"'a' has no value"),
    ],
)
def test_broken_text_names_its_line(text: str, complaint: str) -> None:
    with pytest.raises(NetworkError, match=complaint):
        parse_prototxt(text)


def test_a_value_of_the_wrong_kind_is_refused() -> None:
    root = parse_prototxt("a: yes\nb { c: 1 }")
    for ask in (
        lambda: root.integer("a", 0),
        lambda: root.number("a", 0),
        lambda: root.flag("a", False),
        lambda: root.message("a"),
        lambda: root.text("b"),
    ):
        with pytest.raises(NetworkError, match="network description"):
            ask()


def test_inputs_in_all_three_forms() -> None:
    relu = ' layer { name: "r" type: "ReLU" bottom: "x" top: "y" }'
    for start in (
        'input: "x" input_dim: 1 input_dim: 2 input_dim: 8 input_dim: 9',
        'input: "x" input_shape { dim: 1 dim: 2 dim: 8 dim: 9 }',
        'layer { name: "x" type: "Input" top: "x" '
        "input_param { shape { dim: 1 dim: 2 dim: 8 dim: 9 } } }",
    ):
        assert parse_network(start + relu).inputs == (("x", (1, 2, 8, 9)),)


def test_layers_of_training_are_left_out() -> None:
    network = parse_network(
        'input: "x" input_shape { dim: 1 dim: 1 dim: 4 dim: 4 }'
        'layer { name: "t" type: "Data" top: "x" include { phase: TRAIN } }'
        'layer { name: "u" type: "Data" top: "x" exclude { phase: TEST } }'
        'layers { name: "r" type: RELU bottom: "x" top: "x" include { phase: TEST } }'
    )
    assert [(layer.name, layer.type) for layer in network.layers] == [("r", "ReLU")]


def test_the_package_describes_release_v2() -> None:
    network = parse_network(package_data("zhang2016.prototxt").read_text(encoding="utf-8"))
    assert network.inputs == (("data_l", (1, 1, 224, 224)),)
    kinds = [layer.type for layer in network.layers]
    assert kinds.count("Convolution") == 23
    assert kinds.count("BatchNorm") == 7
    assert kinds.count("ReLU") == 22
    dilated = {
        layer.name
        for layer in network.layers
        if layer.parameters.message("convolution_param").integer("dilation", 1) == 2
    }
    assert dilated == {f"conv{block}_{i}" for block in (5, 6) for i in (1, 2, 3)}


def test_a_text_without_layers_or_inputs_is_no_network() -> None:
    with pytest.raises(NetworkError, match="no layers"):
        parse_network('name: "nothing"')
    with pytest.raises(NetworkError, match="no Input"):
        parse_network('layer { name: "r" type: "ReLU" bottom: "x" top: "y" }')
