import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from models.devices import memory
from models.devices.memory import Room, available_bytes, give_back

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


MACHINE = "MemTotal: 9 kB\nMemAvailable:    2048 kB\n"
STAT = "anon 1\ninactive_file 100\ntotal_inactive_file 100\n"


def system(folder, cgroup="", **files):
    """A system's files below ``folder``: what it says of a process, and of its control groups."""
    told = {"proc/meminfo": MACHINE, "proc/self/cgroup": cgroup} | files
    for name, text in told.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder / "proc", folder / "groups"


def group(place, limit, used, names=("memory.max", "memory.current")):
    """The files of one control group."""
    values = zip((*names, "memory.stat"), (limit, used, STAT), strict=True)
    return {f"groups/{place}{name}": str(value) for name, value in values}


def test_without_a_container_it_is_what_the_machine_has(tmp_path):
    assert available_bytes(*system(tmp_path, "0::/\n")) == 2048 * 1024


def test_a_container_with_its_own_view_has_its_limit_at_the_top(tmp_path):
    assert available_bytes(*system(tmp_path, "0::/\n", **group("", 5000, 3000))) == 5000 - 3000 + 100


@pytest.mark.parametrize("limits", [(5000, "max"), ("max", 5000), (5000, 900_000)])
def test_the_least_room_of_all_groups_around_a_process_counts(tmp_path, limits):
    inner, outer = limits
    files = group("pods/one/", inner, 3000) | group("pods/", outer, 3000)
    assert available_bytes(*system(tmp_path, "0::/pods/one\n", **files)) == 2100


def test_a_container_of_version_1_is_named_by_its_place_outside(tmp_path):
    lines = "5:cpu,cpuacct:/docker/12ab\n4:memory:/docker/12ab\n0::/docker/12ab\n"
    files = group("memory/", 5000, 3000, ("memory.limit_in_bytes", "memory.usage_in_bytes"))
    assert available_bytes(*system(tmp_path, lines, **files)) == 2100


def test_a_full_container_has_no_room_and_an_endless_one_that_of_the_machine(tmp_path):
    assert available_bytes(*system(tmp_path, "0::/\n", **group("", 5000, 6000))) == 0
    assert available_bytes(*system(tmp_path, "0::/\n", **group("", 2**63 - 4096, 6000))) == 2048 * 1024


def test_a_system_that_says_nothing_has_no_room(tmp_path):
    assert available_bytes(tmp_path, tmp_path) == 0


def test_a_room_is_never_overfull_and_who_needs_more_is_alone():
    room, lock, inside, seen = Room(10), threading.Lock(), [], []

    def work(needed):
        with room.taken(needed):
            with lock:
                inside.append(needed)
                seen.append(list(inside))
            with lock:
                inside.remove(needed)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [3, 6, 25, 1, 10, 4] * 50))
    assert all(sum(needed) <= 10 for needed in seen if len(needed) > 1)
    assert all(len(needed) == 1 for needed in seen if max(needed) >= 10)
    with room.taken(4), room.taken(6):  # all is free again, and two that fit do not wait for each other
        pass


def test_an_error_gives_its_room_back():
    room = Room(0)  # a system that says nothing: one at a time
    for _ in range(2):
        with pytest.raises(KeyError), room.taken(5):
            raise KeyError


def test_what_is_imported_is_passed_over_once_a_process(monkeypatch):
    """A second time would keep what an earlier run in this process has left."""
    done = []
    monkeypatch.setattr(memory.gc, "collect", lambda: done.append("collected"))
    monkeypatch.setattr(memory.gc, "freeze", lambda: done.append("frozen"))
    memory.keep_what_is_imported.cache_clear()
    for _ in range(2):
        memory.keep_what_is_imported()
    assert done == ["collected", "frozen"]
