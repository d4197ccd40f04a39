"""Reads a PyTorch file of weights without PyTorch, and without running anything in it.

The format is that of ``torch.save`` before version 1.6: five pickles (a magic number, a version, sizes of
types, the tensors' names and shapes, the keys of their storages), and then each storage as its length (int64)
and its raw numbers.
"""

from __future__ import annotations

import collections
import io
import pickle
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "LongStorage": "<i8"}


class Storage(NamedTuple):
    """Where a tensor's numbers are in the file."""

    key: str
    dtype: str
    size: int


class Slice(NamedTuple):
    """A tensor, as a part of a storage."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _tensor(
    storage: Storage,
    offset: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    requires_grad: bool = False,
    hooks: Any = None,
) -> Slice:
    """Replaces ``torch._utils._rebuild_tensor_v2``: only keeps its arguments."""
    return Slice(storage, offset, shape, strides)


ALLOWED = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    **{("torch", name): dtype for name, dtype in STORAGES.items()},
}


class RestrictedUnpickler(pickle.Unpickler):
    """Unpickles what a file of weights needs. Any other name is an error and is never looked up."""

    def find_class(self, module: str, name: str) -> Any:
        """What replaces ``module.name``; raises ValueError if weights do not need it."""
        if (module, name) not in ALLOWED:
            raise ValueError(f"it asks for {module}.{name}, which weights do not need")
        return ALLOWED[module, name]

    def persistent_load(self, pid: Any) -> Storage:
        """The storage of ('storage', its type, key, device, length, what it is a view of)."""
        kind, dtype, key, _, size, view = pid
        if kind != "storage" or dtype not in STORAGES.values() or view is not None:
            raise ValueError(f"it holds {pid!r}, expected a storage")
        return Storage(key, dtype, size)


def read_state_dict(path: str | Path) -> dict[str, np.ndarray]:
    """The tensors in a file as NumPy arrays, by name.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file has another format, is cut off, or asks for code that tensors do not need.
    """
    data = Path(path).read_bytes()
    try:
        return _read(io.BytesIO(data), data)
    except Exception as error:  # bytes that are no pickle can raise nearly anything
        raise ValueError(
            f"Cannot read {path}. Expected a PyTorch file of weights as torch.save wrote it before 1.6; "
            f"received one of which: {error}. Fix: install it anew, or set weights_path to the right file."
        ) from None


def _read(stream: io.BytesIO, data: bytes) -> dict[str, np.ndarray]:
    magic, version, _, tensors, keys = (RestrictedUnpickler(stream).load() for _ in range(5))
    if (magic, version) != (MAGIC, VERSION):
        raise ValueError(f"its magic number and version are {magic!r} and {version!r}")
    if not isinstance(tensors, dict) or not all(isinstance(value, Slice) for value in tensors.values()):
        raise ValueError("it holds more than tensors by name")
    storages = {value.storage.key: value.storage for value in tensors.values()}
    numbers, at = {}, stream.tell()
    for key in keys:
        numbers[key] = _numbers(data, at, storages[key])
        at += 8 + numbers[key].nbytes
    return {name: _array(value, numbers[value.storage.key]) for name, value in tensors.items()}


def _numbers(data: bytes, at: int, storage: Storage) -> np.ndarray:
    """The numbers of ``storage``, which begins with its length at byte ``at``."""
    size = int.from_bytes(data[at : at + 8], "little")
    if size != storage.size or at + 8 + size * np.dtype(storage.dtype).itemsize > len(data):
        raise ValueError(f"storage {storage.key} at byte {at:,} is cut off or has another length")
    return np.frombuffer(data, storage.dtype, size, at + 8)


def _array(tensor: Slice, numbers: np.ndarray) -> np.ndarray:
    """The array that ``tensor`` describes; raises ValueError if it is not inside its storage."""
    ends = [(size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides, strict=True)]
    if min(ends, default=0) < 0 or not 0 <= tensor.offset < len(numbers) - sum(ends):
        raise ValueError(f"{tensor} does not lie inside its storage")
    itemsize = numbers.itemsize
    return np.ascontiguousarray(
        np.lib.stride_tricks.as_strided(
            numbers[tensor.offset :], tensor.shape, [stride * itemsize for stride in tensor.strides]
        )
    )
