"""What has to be set in a process before TensorFlow starts in it. This module imports no TensorFlow."""

from __future__ import annotations

import os

from models.devices.memory import share_one_heap


def before_tensorflow(log_level: str = "1") -> None:
    """Sets what TensorFlow is to find in the environment; what is there already stays. Call it first.

    ``TF_CPP_MIN_LOG_LEVEL`` is ``log_level``: "1" leaves out notes, "2" warnings too, "3" also errors.
    ``TF_ONEDNN_USE_SYSTEM_ALLOCATOR``: memory comes from the C library. The pool that oneDNN's build has of
    its own keeps the most that it ever held until the process ends, 200 MB in a run with descriptors, so that
    ``models.devices.memory.give_back`` has nothing to give back. Threads share one heap, ``share_one_heap``.
    """
    share_one_heap()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", log_level)
    os.environ.setdefault("TF_ONEDNN_USE_SYSTEM_ALLOCATOR", "1")
