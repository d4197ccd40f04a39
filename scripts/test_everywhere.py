"""Runs the tests as other machines would, one after the other, and prints what became of them as a table.

    .venv/bin/python scripts/test_everywhere.py [--quick] [--only TITLE ...] [--list] [arguments of pytest]

A machine here is what decides the order in which numbers are added up: OpenBLAS' kernels (as on processors of
the kinds Haswell, SkylakeX and Zen), TensorFlow with oneDNN and without, one thread and one a core. These are
twelve; ``--quick`` takes six of them, in which every two values meet. Then, without ``--quick``, the
instructions that oneDNN, XLA and NumPy may use: none beyond AVX2, none beyond AVX-512, and sixteen threads on
however many cores there are. What this processor can't stand for is named and left out. ``--only``, once or
more often, runs the machines of these titles, as ``--list`` prints them.

Without arguments pytest runs tests/models, tests/components and tests/schemas in one process. Ends with 1
where a test failed anywhere.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
NUMERIC = ["tests/models", "tests/components", "tests/schemas"]
KERNELS = {"Haswell": "avx2", "SkylakeX": "avx512f", "Zen": "avx2"}  # OpenBLAS' name: what it needs
TWELVE = list(itertools.product(KERNELS, ("0", "1"), ("", "1")))
# Kernels with oneDNN, kernels with threads, oneDNN with threads: every two values meet in one of these.
SIX = [(kernel, onednn, "1" if (place + int(onednn)) % 2 else "") for place, kernel in enumerate(KERNELS)
       for onednn in ("0", "1")]  # fmt: skip
# All that another machine may have set; nothing of it reaches the tests but what a row says.
SETTINGS = """OPENBLAS_CORETYPE OPENBLAS_NUM_THREADS TF_ENABLE_ONEDNN_OPTS OMP_NUM_THREADS ONEDNN_MAX_CPU_ISA
XLA_FLAGS NPY_DISABLE_CPU_FEATURES TF_NUM_INTRAOP_THREADS""".split()


def processor_has(flag):
    """Whether this processor has the instructions of that name in /proc/cpuinfo; yes without such a file."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return True
    return any(flag in line.split() for line in lines if line.startswith("flags"))


def beyond_avx2():
    """NumPy's names of the instructions beyond AVX2 that it would use here."""
    from numpy._core import _multiarray_umath as built

    return " ".join(name for name in built.__cpu_dispatch__ if "512" in name or name == "X86_V4")


def rows(quick):
    """[(title, what it needs, {variable: value})] of the machines to stand for."""
    listed = [
        (
            f"{kernel}, oneDNN {'on' if onednn == '1' else 'off'}, {threads or 'all'} threads",
            KERNELS[kernel],
            {"OPENBLAS_CORETYPE": kernel, "TF_ENABLE_ONEDNN_OPTS": onednn, "OMP_NUM_THREADS": threads},
        )
        for kernel, onednn, threads in (SIX if quick else TWELVE)
    ]
    if quick:
        return listed
    avx2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "XLA_FLAGS": "--xla_cpu_max_isa=AVX2"}
    avx2 |= {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": beyond_avx2()}
    avx512 = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE", "XLA_FLAGS": "--xla_cpu_max_isa=AVX512"}
    many = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), "16")
    return [
        *listed,
        ("nothing beyond AVX2", "avx2", avx2),
        ("nothing beyond AVX-512", "avx512f", avx512),
        ("sixteen threads", "avx2", many),
    ]


def run(settings, arguments):
    """{passed, failed, skipped, seconds, names} of one run of pytest under ``settings``."""
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    environment |= {name: value for name, value in settings.items() if value}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        began = time.monotonic()
        pytest = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}"]
        status = subprocess.run([*pytest, *arguments], cwd=ROOT, env=environment).returncode
        seconds = time.monotonic() - began
        cases = list(ElementTree.parse(report).getroot().iter("testcase")) if report.exists() else []
    wrong = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    names = [f"{case.get('classname')}::{case.get('name')}" for case in wrong]
    if status and not names:
        names = [f"pytest ended with {status}"]
    skipped = sum(case.find("skipped") is not None for case in cases)
    passed = len(cases) - len(wrong) - skipped
    return {"passed": passed, "failed": len(names), "skipped": skipped, "seconds": seconds, "names": names}


def main():
    """Runs every row, prints the table after each; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="six machines in which every two values meet")
    parser.add_argument("--only", action="append", metavar="TITLE", help="this machine, by its title")
    parser.add_argument("--list", action="store_true", help="print the machines and their settings, and end")
    options, arguments = parser.parse_known_args()
    machines = rows(options.quick)
    unknown = sorted(set(options.only or []) - {title for title, _, _ in machines})
    if unknown:
        titles = "; ".join(title for title, _, _ in machines)
        parser.error(f"no machine {unknown[0]!r}; expected one of: {titles}")
    lines, failed = [], {}
    for title, needed, settings in machines:
        if options.only and title not in options.only:
            continue
        if options.list:
            print(f"{title}: {' '.join(f'{name}={value!r}' for name, value in settings.items() if value)}")
        elif not processor_has(needed):
            lines.append(f"{title:<36} left out: this processor has no {needed}")
        else:
            print(f"\n== {title}", flush=True)
            told = run(settings, arguments or NUMERIC)
            counts = "".join(f"{told[name]:>9}" for name in ("passed", "failed", "skipped"))
            lines.append(f"{title:<36}{counts}{told['seconds']:>9.0f}")
            failed |= {name: [*failed.get(name, []), title] for name in told["names"]}
            heads = "".join(f"{name:>9}" for name in ("passed", "failed", "skipped", "seconds"))
            print("\n".join([f"\n{'machine':<36}{heads}", *lines]), flush=True)
    for name, titles in failed.items():
        print(f"FAILED {name}: {'; '.join(titles)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
