"""PyTorch's files of weights: read without PyTorch, and without running what they ask for."""

import collections
import os
import pickle
import sys
import types

import numpy as np
import pytest

from models.pretrained.pytorch_weights import MAGIC, VERSION, read_state_dict


class Tensor:
    """What torch.save writes of a tensor: its storage, and how it lies in it."""

    def __init__(self, key, size, offset, shape, strides):
        self.parts = (key, size), offset, shape, strides

    def __reduce__(self):
        (key, size), *rest = self.parts
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (Storage(key, size), *rest, False, None)


class Storage:
    def __init__(self, key, size):
        self.id = ("storage", sys.modules["torch"].FloatStorage, key, "cpu", size, None)


class Pickler(pickle.Pickler):
    def persistent_id(self, obj):
        return obj.id if isinstance(obj, Storage) else None


@pytest.fixture
def torch(monkeypatch):
    """Modules with the names that PyTorch's pickles refer to."""

    def _rebuild_tensor_v2(*args):
        raise AssertionError("only its name is pickled")

    class FloatStorage:
        pass

    for module, thing in (("torch._utils", _rebuild_tensor_v2), ("torch", FloatStorage)):
        thing.__module__, thing.__qualname__ = module, thing.__name__
        made = types.ModuleType(module)
        setattr(made, thing.__name__, thing)
        monkeypatch.setitem(sys.modules, module, made)


def write(path, tensors, storages, magic=MAGIC):
    """A file as torch.save wrote it before 1.6; ``storages`` is a dict of key to float32 array."""
    with open(path, "wb") as file:
        for part in (magic, VERSION, {"little_endian": True}, tensors, list(storages)):
            Pickler(file, protocol=2).dump(part)
        for numbers in storages.values():
            file.write(len(numbers).to_bytes(8, "little") + numbers.tobytes())
    return path


@pytest.fixture
def two_tensors(torch, tmp_path):
    """A file of two tensors, one of which lies in its storage column by column, and their numbers."""
    numbers = np.arange(10, dtype=np.float32)
    tensors = collections.OrderedDict(
        plain=Tensor("1", 10, 4, (2, 3), (3, 1)), turned=Tensor("1", 10, 0, (2, 3), (1, 2))
    )
    return write(tmp_path / "w.pth", tensors, {"1": numbers}), numbers


def test_tensors_come_back_however_they_lie_in_their_storage(two_tensors):
    path, numbers = two_tensors
    state = read_state_dict(path)
    assert list(state) == ["plain", "turned"]
    np.testing.assert_array_equal(state["plain"], numbers[4:].reshape(2, 3))
    np.testing.assert_array_equal(state["turned"], numbers[:6].reshape(3, 2).T)
    assert state["turned"].dtype == np.float32


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("place", ["first", "inside"])
def test_a_pickle_that_asks_for_code_is_refused_and_not_run(place, torch, tmp_path):
    proof = tmp_path / "was_run"
    path = tmp_path / "evil.pth"
    if place == "first":
        path.write_bytes(pickle.dumps(Evil(proof), protocol=2))
    else:
        write(path, {"weight": Evil(proof)}, {})
    with pytest.raises(ValueError, match=r"it asks for (posix|nt)\.system, which weights do not need"):
        read_state_dict(path)
    assert not proof.exists()


@pytest.mark.parametrize("removed", [1, 39, 60, 150])
def test_a_file_that_is_cut_off_is_refused(removed, two_tensors):
    path, _ = two_tensors
    path.write_bytes(path.read_bytes()[:-removed])
    with pytest.raises(ValueError, match=r"Cannot read .*w\.pth.*Fix: ") as error:
        read_state_dict(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + bytes(200), b"<!DOCTYPE html>", bytes(range(256))])
def test_another_format_is_refused(data, tmp_path):
    path = tmp_path / "w.pth"
    path.write_bytes(data)
    with pytest.raises(
        ValueError, match="Expected a PyTorch file of weights as torch.save wrote it before 1.6"
    ):
        read_state_dict(path)


def test_no_tensor_reads_beyond_its_storage(torch, tmp_path):
    numbers = {"1": np.zeros(10, np.float32)}
    for tensor in (
        Tensor("1", 10, 5, (2, 3), (3, 1)),
        Tensor("1", 10, 0, (2,), (-1,)),
        Tensor("1", 10, -1, (2,), (1,)),
    ):
        path = write(tmp_path / "w.pth", {"weight": tensor}, numbers)
        with pytest.raises(ValueError, match="does not lie inside its storage"):
            read_state_dict(path)
    path = write(tmp_path / "w.pth", {"weight": Tensor("1", 11, 0, (2,), (1,))}, numbers)
    with pytest.raises(ValueError, match="storage 1 at byte .* is cut off or has another length"):
        read_state_dict(path)


def test_a_pickle_of_something_else_is_refused(torch, tmp_path):
    with pytest.raises(ValueError, match="holds more than tensors by name"):
        read_state_dict(write(tmp_path / "w.pth", {"epoch": 3}, {}))
    with pytest.raises(ValueError, match="its magic number and version are 7 and 1001"):
        read_state_dict(write(tmp_path / "w.pth", {}, {}, magic=7))
