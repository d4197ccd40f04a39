"""Which precision and devices are chosen for what is found."""

import os
import subprocess
import sys

import pytest

from models.devices import devices


@pytest.mark.parametrize(
    ("gpus", "bfloat16", "expected"),
    [
        ([], False, "float32"),
        ([], True, "mixed_bfloat16"),
        ([(9, 0)], False, "mixed_bfloat16"),
        ([(8, 0), (7, 5)], False, "mixed_float16"),
        ([(6, 1)], True, "float32"),
    ],
)
def test_auto_dtype_follows_the_hardware(gpus, bfloat16, expected):
    assert devices.choose_dtype_policy("auto", gpus, bfloat16) == expected


def test_a_wish_is_granted_and_nonsense_is_not():
    assert devices.choose_dtype_policy("mixed_float16", [], False) == "mixed_float16"
    with pytest.raises(ValueError, match="Unknown dtype 'half'. Expected one of: auto"):
        devices.choose_dtype_policy("half")
    assert devices.choose_jit("on", has_own_layers=False)
    assert devices.choose_jit("auto", on_gpu=False, onednn=False)
    assert not devices.choose_jit("auto", on_gpu=False, onednn=True)
    # XLA on a CPU trained cifar_cae several times slower than without.
    assert not devices.choose_jit("auto", has_own_layers=False, on_gpu=False, onednn=False)
    assert devices.choose_jit("auto", has_own_layers=False, on_gpu=True)
    assert not devices.choose_jit("off", on_gpu=True)
    with pytest.raises(ValueError, match="Unknown jit 'yes'"):
        devices.choose_jit("yes")


def test_onednn_is_what_tensorflow_was_told():
    for told, expected in (("0", "False"), ("1", "True")):
        command = [sys.executable, "-c", "from models.devices.devices import has_onednn; print(has_onednn())"]
        environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": told}
        result = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        assert result.stdout.split()[-1] == expected


def test_cpu_flags_are_whole_words(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512_bf16\n")
    assert devices.cpu_has("avx512_bf16", cpuinfo)
    assert not devices.cpu_has("avx512", cpuinfo)
    assert not devices.cpu_has("avx2", tmp_path / "missing")
