"""What this machine can train with: its devices, precision and distribution strategy."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Iterator
from pathlib import Path

import keras
import tensorflow as tf

from models.devices import replicas
from models.training_settings import DTYPE_POLICIES, JIT_CHOICES

logger = logging.getLogger(__name__)


def cpu_has(flag: str, cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the CPU lists an instruction-set flag such as ``avx512_bf16``."""
    try:
        text = cpuinfo.read_text()
    except OSError:
        return False
    return any(flag in line.split() for line in text.splitlines() if line.startswith("flags"))


def has_onednn() -> bool:
    """Whether TensorFlow uses oneDNN here, as it does by default on CPUs with avx512_vnni."""
    from tensorflow.python.util import _pywrap_util_port

    return _pywrap_util_port.IsMklEnabled()


def choose_dtype_policy(
    wanted: str = "auto",
    gpu_capabilities: list[tuple[int, ...]] | None = None,
    cpu_has_bfloat16: bool | None = None,
) -> str:
    """The Keras dtype policy for ``wanted``.

    With ``auto``, GPUs get mixed_bfloat16 from compute capability 8.0, mixed_float16 from 7.0 and float32
    below. A CPU gets mixed_bfloat16 if it has avx512_bf16 and TensorFlow uses oneDNN, otherwise float32. The
    other arguments replace what would be detected on this machine. Raises ValueError for an unknown
    ``wanted``.
    """
    if wanted not in DTYPE_POLICIES:
        raise ValueError(f"Unknown dtype {wanted!r}. Expected one of: {', '.join(DTYPE_POLICIES)}.")
    if wanted != "auto":
        return wanted
    if gpu_capabilities is None:
        gpus = tf.config.list_physical_devices("GPU")
        details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
        gpu_capabilities = [tuple(d.get("compute_capability") or (0, 0)) for d in details]
    if gpu_capabilities:
        lowest = min(gpu_capabilities)
        if lowest >= (8, 0):
            return "mixed_bfloat16"
        return "mixed_float16" if lowest >= (7, 0) else "float32"
    if cpu_has_bfloat16 is None:
        cpu_has_bfloat16 = cpu_has("avx512_bf16") and has_onednn()
    return "mixed_bfloat16" if cpu_has_bfloat16 else "float32"


def choose_jit(
    wanted: str = "auto", has_own_layers: bool = True, on_gpu: bool | None = None, onednn: bool | None = None
) -> bool:
    """Whether to compile the training step with XLA.

    With ``auto`` it is compiled on GPUs. On CPUs it is compiled only without oneDNN, and only for a model
    with the 4x4 layers of ``models.autoencoders.layers``: there XLA fuses what
    ``models.autoencoders.strided_conv`` adds around its products. oneDNN is as fast as that in float32, far
    faster in bfloat16, and needs no compilation; XLA makes other convolutions slower. ``on_gpu`` and
    ``onednn`` replace what would be detected on this machine. Raises ValueError for an unknown ``wanted``.
    """
    if wanted not in JIT_CHOICES:
        raise ValueError(f"Unknown jit {wanted!r}. Expected one of: {', '.join(JIT_CHOICES)}.")
    if on_gpu is None:
        on_gpu = bool(tf.config.list_physical_devices("GPU"))
    if wanted != "auto":
        return wanted == "on"
    onednn = has_onednn() if onednn is None else onednn
    return on_gpu or (has_own_layers and not onednn)


@functools.cache
def choose_strategy() -> tf.distribute.Strategy:
    """The distribution strategy of this process, which is created once.

    It is MultiWorkerMirroredStrategy if TF_CONFIG names more than one worker, MirroredStrategy for more than
    one GPU, and otherwise the default. With several workers it must be created before TensorFlow has run
    anything.
    """
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    workers, index = replicas.this_worker()
    if workers > 1:
        logger.info("Worker %d of %d, with MultiWorkerMirroredStrategy", index, workers)
        return tf.distribute.MultiWorkerMirroredStrategy()
    if len(gpus) > 1:
        logger.info("Training on %d GPUs with MirroredStrategy", len(gpus))
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


@contextlib.contextmanager
def dtype_policy(wanted: str = "auto") -> Iterator[str]:
    """Sets Keras' global policy to what ``choose_dtype_policy`` chooses; afterwards it is what it was."""
    before = keras.config.dtype_policy()
    policy = choose_dtype_policy(wanted)
    keras.config.set_dtype_policy(policy)
    try:
        yield policy
    finally:
        keras.config.set_dtype_policy(before)
