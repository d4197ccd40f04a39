"""Reads a .tflite file's weights with TensorFlow's own schema of the format, without its interpreter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

OPERATORS = {code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
DTYPES = {0: np.float32, 1: np.float16}  # of TensorType
# The axes of each operator's kernel as Keras has them; its other constants stay as they are.
KERNELS = {"CONV_2D": (1, 2, 3, 0), "DEPTHWISE_CONV_2D": (1, 2, 3, 0)}
WEIGHTED = (*KERNELS, "PRELU")


def weights_on_the_way(path: str | Path, channels: int) -> list[np.ndarray]:
    """The weights of all operators that lead to one output, in the file's order, as Keras' layers hold them.

    Kernels (h, w, in, out) and (h, w, channels, 1) with their biases, and the slopes (1, 1, channels) of
    PReLUs, all float32; where the file keeps 16 bits, the same numbers.

    Args:
        path: a .tflite file with one subgraph.
        channels: how many channels the output has.

    Raises:
        ValueError: it is no .tflite file, or no output has so many channels.
    """
    content = Path(path).read_bytes()
    if not schema.Model.ModelBufferHasIdentifier(content, 0):
        raise ValueError(
            f"{path} is no .tflite file. Expected the mark TFL3 at byte 4; received {content[4:8]!r}. "
            "Fix: install the package again."
        )
    model = schema.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    outputs = {graph.Outputs(i) for i in range(graph.OutputsLength())}
    sizes = {output: int(graph.Tensors(output).ShapeAsNumpy()[-1]) for output in outputs}
    wanted = {output for output, size in sizes.items() if size == channels}
    if len(wanted) != 1:
        raise ValueError(
            f"{path} is another network. Expected one output of {channels} channels; received outputs of "
            f"{sorted(sizes.values())}. Fix: install the version that setup.py names."
        )
    constants = constants_of(model)
    found: list[list[np.ndarray]] = []
    for number in reversed(range(graph.OperatorsLength())):
        operator = graph.Operators(number)
        if operator.Outputs(0) not in wanted:
            continue
        inputs = [operator.Inputs(i) for i in range(operator.InputsLength())]
        wanted.update(inputs)
        kind = kind_of(model, operator)
        if kind in WEIGHTED:
            kernel, *others = (resolved(constants, tensor) for tensor in inputs[1:])
            axes = KERNELS.get(kind)
            found.append([kernel if axes is None else np.ascontiguousarray(kernel.transpose(axes)), *others])
    return [array for arrays in reversed(found) for array in arrays]


def kind_of(model: Any, operator: Any) -> str:
    """The name of an operator's kind, as CONV_2D."""
    code = model.OperatorCodes(operator.OpcodeIndex())
    return OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]


def constants_of(model: Any) -> dict[int, np.ndarray]:
    """The float constants of the first subgraph by their tensor's number, float32.

    A constant that the graph widens to 32 bits first is found under the number of the widened tensor too.
    """
    graph = model.Subgraphs(0)
    found = {}
    for number in range(graph.TensorsLength()):
        tensor = graph.Tensors(number)
        buffer = model.Buffers(tensor.Buffer())
        if buffer.DataLength() and tensor.Type() in DTYPES:
            values = np.frombuffer(buffer.DataAsNumpy().tobytes(), DTYPES[tensor.Type()])
            found[number] = values.astype(np.float32).reshape(tensor.ShapeAsNumpy())
    for number in range(graph.OperatorsLength()):
        operator = graph.Operators(number)
        if kind_of(model, operator) == "DEQUANTIZE" and operator.Inputs(0) in found:
            found[operator.Outputs(0)] = found[operator.Inputs(0)]
    return found


def resolved(constants: dict[int, np.ndarray], tensor: int) -> np.ndarray:
    """The constant of a tensor's number; raises ValueError where its weights are of another kind."""
    if tensor not in constants:
        raise ValueError(
            f"Tensor {tensor} has no float weights. Expected float32 or float16; received none. "
            "Fix: install the version that setup.py names."
        )
    return constants[tensor]
