from pathlib import Path

import numpy as np
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
    before, sides = resident(), (64, 1024, 1024)
    rows = tf.ones(sides)
    assert resident() - before > 3 * np.prod(sides)  # or there is nothing to give back
    float(squared(rows))
    del rows
    give_back()
    assert resident() - before < np.prod(sides)  # a quarter of the 256 MB, and of as much for the product
