import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from models.devices.memory import give_back

PIECES, SIZE = 3200, 2**16  # 200 MB in pieces that the C library does not hand back one by one


def resident():
    words = Path("/proc/self/status").read_text().split()
    return int(words[words.index("VmRSS:") + 1]) * 1024


def test_freed_pieces_go_back_to_the_machine_though_the_last_one_stays():
    pieces = [b"x" * SIZE for _ in range(PIECES)]
    last, before = pieces[-1], resident()
    del pieces
    kept = resident()
    give_back()
    assert before - kept < PIECES * SIZE / 4  # or there was nothing to give back
    assert before - resident() > PIECES * SIZE * 3 / 4
    assert len(last) == SIZE


def test_what_tensorflow_freed_goes_back_to_the_machine():
    squared = tf.function(lambda x: tf.reduce_sum(tf.nn.relu(tf.matmul(x, x))))
    float(squared(tf.ones((1, 64, 64))))  # traced, and its threads started
    before, sides = resident(), (32, 1024, 1024)
    rows = tf.ones(sides)
    assert resident() - before > 3 * np.prod(sides)  # or there is nothing to give back
    float(squared(rows))
    del rows
    give_back()
    assert resident() - before < np.prod(sides)  # a quarter of the 128 MB, and of as much for the product


HEAPS = """
import ctypes, os, threading
from models.devices.memory import share_one_heap
if {shared}:
    share_one_heap()
barrier = threading.Barrier(4)
def allocate():
    barrier.wait()  # all four are alive at once
    pieces = [bytearray(2**14) for _ in range(1000)]
    barrier.wait()
threads = [threading.Thread(target=allocate) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
libc.malloc_info(0, file := ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w")))
libc.fflush(file)
"""


@pytest.mark.parametrize(("chosen", "shared", "expected"), [("", False, 5), ("", True, 1), ("3", True, 3)])
def test_threads_share_one_heap_unless_the_environment_says_otherwise(chosen, shared, expected):
    environment = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    environment |= {"MALLOC_ARENA_MAX": chosen} if chosen else {}
    told = subprocess.run(
        [sys.executable, "-c", HEAPS.format(shared=shared)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert told.returncode == 0
    assert told.stdout.count("<heap nr=") == expected
