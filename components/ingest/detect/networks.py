"""MTCNN's three networks in OpenCV's inference engine.

The weights come from the installed package `mtcnn`. OpenCV reads Caffe's two forms, a text of layers and
a binary of weights; this module writes both from the arrays. On one AVX2 core this ran two to five times
faster than the same networks traced by TensorFlow, with outputs equal to 1e-5, and a worker needs no
TensorFlow for it.
"""

from dataclasses import dataclass

import cv2
import joblib
import numpy as np

from components.ingest.detect.tape import windows
from schemas.packaged_file import packaged_file


@dataclass(frozen=True)
class Layout:
    """One network: side of its input, convolutions (kernel, pooling after it or 0), dense or not, heads."""

    size: int
    convolutions: tuple[tuple[int, int], ...]
    dense: bool
    heads: tuple[str, ...]


LAYOUTS = {
    "pnet": Layout(12, ((3, 2), (3, 0), (3, 0)), False, ("box", "face")),
    "rnet": Layout(24, ((3, 3), (3, 3), (2, 0)), True, ("box", "face")),
    "onet": Layout(48, ((3, 3), (3, 3), (3, 2), (2, 0)), True, ("box", "points", "face")),
}


def load_weights(name: str) -> list[np.ndarray]:
    """The weights of `pnet`, `rnet` or `onet`, located without importing their package.

    Raises:
        ModuleNotFoundError, FileNotFoundError: the package `mtcnn` is not installed, or is another.
    """
    weights: list[np.ndarray] = joblib.load(packaged_file("mtcnn", f"assets/weights/{name}.lz4"))
    return weights


class Networks:
    """The three networks. Two threads must not use them at the same time."""

    def __init__(self) -> None:
        self._forms = {name: _caffe_forms(name) for name in LAYOUTS}
        self._rnet = self._load("rnet")
        self._onet = self._load("onet")
        self._pnet = self._load("pnet")

    def _load(self, name: str) -> cv2.dnn.Net:
        return cv2.dnn.readNetFromCaffe(*(np.frombuffer(form, np.uint8) for form in self._forms[name]))

    def propose(self, canvas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Face probability [h, w] and box regression [h, w, 4] of every 12x12 cell of a tape, stride 2."""
        parts = []
        for columns in windows(canvas.shape[1]):
            box, face = _forward(self._pnet, canvas[:, columns], ("box", "face"))
            parts.append((_probability(face[0]), box[0].transpose(1, 2, 0).copy()))
        faces, boxes = zip(*parts, strict=True)
        return np.concatenate(faces, axis=1), np.concatenate(boxes, axis=1)

    def refine(self, patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Face probability [n] and box regression [n, 4] of patches [n, 24, 24, 3]."""
        box, face = _one_by_one(self._rnet, patches, ("box", "face"))
        return _probability(face.T), box

    def output(self, patches: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Face probability [n], box regression [n, 4], landmarks [n, 5, 2] of [n, 48, 48, 3].

        The landmarks are in shares of the patch's side.
        """
        box, points, face = _one_by_one(self._onet, patches, ("box", "points", "face"))
        return _probability(face.T), box, points.reshape(-1, 2, 5).transpose(0, 2, 1)


def _forward(net: cv2.dnn.Net, patch: np.ndarray, heads: tuple[str, ...]) -> list[np.ndarray]:
    net.setInput(cv2.dnn.blobFromImage(patch, scalefactor=1 / 128, mean=(127.5, 127.5, 127.5)))
    return [np.asarray(out) for out in net.forward(list(heads))]


def _one_by_one(net: cv2.dnn.Net, patches: np.ndarray, heads: tuple[str, ...]) -> list[np.ndarray]:
    """Runs patches one by one: time is linear in the batch, and a fixed shape saves setting up again."""
    rows = [[out.copy() for out in _forward(net, patch, heads)] for patch in patches]
    return [np.concatenate(column) for column in zip(*rows, strict=True)]


def _probability(logits: np.ndarray) -> np.ndarray:
    probability: np.ndarray = 1.0 / (1.0 + np.exp(logits[0] - logits[1]))
    return probability


class _CaffeWriter:
    """Writes one network layer by layer. `bottom` and `side` are those of the data after the last layer."""

    def __init__(self, name: str) -> None:
        self.layout = LAYOUTS[name]
        self.weights = list(load_weights(name))
        self.bottom, self.side, self.channels = "data", self.layout.size, 3
        dims = "".join(f" input_dim: {d}" for d in (1, 3, self.side, self.side))
        self.text = [f'name: "{name}" input: "data"{dims}']
        self.binary: list[bytes] = []

    def add(self, kind: str, top: str, parameters: str = "", blobs: tuple[np.ndarray, ...] = ()) -> None:
        """Writes one layer from the current bottom; a PReLU works in place on `top`."""
        in_place = kind == "PReLU"
        layer, source = (f"{top}_slope", top) if in_place else (top, self.bottom)
        self.text.append(
            f'layer {{ name: "{layer}" type: "{kind}" bottom: "{source}" top: "{top}" {parameters} }}'
        )
        if blobs:
            self.binary.append(_layer_weights(layer, blobs))

    def convolution(self, top: str, kernel: int) -> None:
        """Writes a convolution without padding; its weights turn from [h, w, in, out] to [out, in, h, w]."""
        array, bias = self.weights.pop(0), self.weights.pop(0)
        size = f"convolution_param {{ num_output: {len(bias)} kernel_size: {kernel} }}"
        self.add("Convolution", top, size, (array.transpose(3, 2, 0, 1), bias))

    def blocks(self) -> None:
        """Writes convolution, PReLU and pooling as often as the layout says."""
        for index, (kernel, pool) in enumerate(self.layout.convolutions):
            top = f"conv{index}"
            self.convolution(top, kernel)
            slope = self.weights.pop(0).ravel()
            self.add("PReLU", top, "", (slope,))
            self.bottom, self.side, self.channels = top, self.side - kernel + 1, len(slope)
            if pool:
                size = f"pooling_param {{ pool: MAX kernel_size: {pool} stride: 2 }}"
                self.add("Pooling", f"pool{index}", size)
                self.bottom, self.side = f"pool{index}", -(-(self.side - pool) // 2) + 1

    def dense(self) -> None:
        """Writes the dense layer; the package flattens column, row, channel, Caffe channel, row, column."""
        array, bias, slope = (self.weights.pop(0) for _ in range(3))
        array = array.reshape(self.side, self.side, self.channels, -1).transpose(3, 2, 1, 0)
        size = f"inner_product_param {{ num_output: {len(bias)} }}"
        self.add("InnerProduct", "dense", size, (array.reshape(len(bias), -1), bias))
        self.add("PReLU", "dense", "", (slope.ravel(),))
        self.bottom = "dense"

    def outputs(self) -> None:
        """Writes the heads, all from the same bottom."""
        for head in self.layout.heads:
            if not self.layout.dense:
                self.convolution(head, 1)
                continue
            array, bias = self.weights.pop(0), self.weights.pop(0)
            size = f"inner_product_param {{ num_output: {len(bias)} }}"
            self.add("InnerProduct", head, size, (array.T, bias))


def _caffe_forms(name: str) -> tuple[bytes, bytes]:
    """The network's layers as text, and its weights as binary."""
    writer = _CaffeWriter(name)
    writer.blocks()
    if writer.layout.dense:
        writer.dense()
    writer.outputs()
    return "\n".join(writer.text).encode(), b"".join(writer.binary)


def _layer_weights(name: str, blobs: tuple[np.ndarray, ...]) -> bytes:
    """One LayerParameter (field 100 of NetParameter) with its blobs (field 7)."""
    payload = _field(1, name.encode())
    for blob in blobs:
        shape = _field(1, b"".join(_varint(side) for side in blob.shape))
        values = np.ascontiguousarray(blob, "<f4").tobytes()
        payload += _field(7, _field(5, values) + _field(7, shape))
    return _field(100, payload)


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
