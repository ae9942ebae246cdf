"""Name the parts of an ONNX graph by their place, so that the same network is the same file."""

from __future__ import annotations

from typing import Any


def name_by_place(model: Any, outputs: tuple[str, ...] = ("probabilities",)) -> None:
    """Rename values, weights and nodes of `model` (an ``onnx.ModelProto``) in the order they are computed, in place.

    Converters number what they make by a counter that runs on through the process, so that the second export of one
    network is another file than the first. The input becomes ``crops``, the outputs get the names given, the free batch axis
    becomes ``batch``; weights are ``w0``, ``w1``, … and intermediate values ``v0``, ``v1``, ….

    Raises
    ------
    ValueError
        The graph has more than one input, not as many outputs as names, or nodes that hold graphs of their own.
    """
    graph = model.graph
    if len(graph.input) != 1 or len(graph.output) != len(outputs):
        raise ValueError(
            f"expected one input and {len(outputs)} output. Received: {len(graph.input)} and {len(graph.output)}"
        )
    if any(attribute.HasField("g") or attribute.graphs for node in graph.node for attribute in node.attribute):
        raise ValueError("expected a graph without branches and loops. Received: a node that holds a graph")
    new = _new_names(graph, outputs)
    for index, node in enumerate(graph.node):
        node.name = f"{node.op_type.lower()}{index}"
        node.input[:] = [new[name] for name in node.input]
        node.output[:] = [new[name] for name in node.output]
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = new[value.name]
    used = {name for node in graph.node for name in node.input}
    kept = sorted((w for w in graph.initializer if w.name in used), key=lambda w: int(w.name[1:]))
    del graph.initializer[:], graph.value_info[:]
    graph.initializer.extend(kept)
    graph.name, graph.doc_string, model.doc_string = "network", "", ""
    for value in (*graph.input, *graph.output):
        axes = value.type.tensor_type.shape.dim
        if axes and not axes[0].HasField("dim_value"):
            axes[0].dim_param = "batch"


def _new_names(graph: Any, outputs: tuple[str, ...]) -> dict[str, str]:
    new = {"": "", graph.input[0].name: "crops"}
    new |= {output.name: name for output, name in zip(graph.output, outputs, strict=True)}
    weights = {weight.name for weight in graph.initializer}
    counts = {"w": 0, "v": 0}
    for node in graph.node:
        for name in (*node.input, *node.output):
            if name not in new:
                kind = "w" if name in weights else "v"
                new[name] = f"{kind}{counts[kind]}"
                counts[kind] += 1
    return new | {name: f"unused {name}" for name in weights if name not in new}
