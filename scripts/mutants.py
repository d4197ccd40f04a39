"""Changes the files that decide, one place at a time, and counts the changes that the tests notice.

    .venv/bin/python scripts/mutants.py                 # all files: hours on two cores
    .venv/bin/python scripts/mutants.py choice vae      # those whose path holds one of these words

cosmic-ray makes the mutants, in a clone of the last commit and an environment of its own, both below
.mutants/; the tests run in forks of one process (scripts/test_server.py). What survives is printed with its
file, line and change; docs/results/mutants.md has the scores, and the reason of each survivor.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".mutants"
COSMIC_RAY = "cosmic-ray==8.7.0"
HEAVY = ("sklearn.mixture", "scipy.stats", "cv2", "keras", "tensorflow_probability", "hypothesis.extra.numpy")
SEARCH, FIGURES = "tests/components/evaluate/search", "tests/components/evaluate/figures"
# A file, and the tests that look at it: the quickest first.
SUBJECTS = {
    "components/evaluate/search/criteria.py": [f"{SEARCH}/test_criteria.py", f"{SEARCH}/test_choice.py"],
    "components/evaluate/search/choice.py": [f"{SEARCH}/test_choice.py"],
    "components/evaluate/search/candidates.py": [f"{SEARCH}/test_candidates.py"],
    "components/evaluate/search/folds.py": [f"{SEARCH}/test_candidates.py", f"{SEARCH}/test_folds.py"],
    "components/evaluate/search/stability.py": [f"{SEARCH}/test_stability.py"],
    "components/evaluate/figures/verification.py": [f"{FIGURES}/test_verification.py"],
    "components/bless/blessing.py": ["tests/components/bless/test_blessing.py"],
    "components/bless/verdict.py": [
        "tests/components/bless/test_bless_verdict.py",
        "tests/components/bless/test_drift.py",
    ],
    "components/bless/baseline.py": ["tests/components/bless/test_baseline.py"],
    "components/bless/drift.py": ["tests/components/bless/test_drift.py"],
    "components/ingest/listing.py": [
        "tests/components/ingest/test_ingest_listing.py",
        "tests/pipeline/runners/test_unchanged.py",
    ],
    "components/ingest/content.py": ["tests/components/ingest/test_ingest_content.py"],
    "components/record_order.py": ["tests/components/ingest/test_record_order.py"],
    "models/clustering/linkage/identity_threshold.py": [
        "tests/models/clustering/linkage/test_identity_cut.py"  # the others' planted sets take minutes
    ],
    "models/identity/pseudo_identity.py": [
        "tests/models/identity/test_sure_groups.py",
        "tests/models/identity/test_pseudo_identity.py",
    ],
    "models/identity/sure_groups.py": [
        "tests/models/identity/test_sure_groups.py",
        "tests/models/identity/test_within_class.py",
    ],
    "models/identity/within_class.py": [
        "tests/models/identity/test_sure_groups.py",
        "tests/models/identity/test_within_class.py",
    ],
    "models/autoencoders/vae.py": ["tests/models/autoencoders/test_vae.py"],
    "models/autoencoders/aae.py": [
        "tests/models/autoencoders/test_aae.py",
        "tests/models/autoencoders/test_aae_training.py",
    ],
    "models/autoencoders/simclr_face.py": ["tests/models/autoencoders/test_contrast.py"],
    "models/drawings/stroke_outputs.py": ["tests/models/drawings/test_stroke_outputs.py"],
    "pipeline/runners/unchanged.py": ["tests/pipeline/runners/test_unchanged.py"],
}
# One change of each kind: the others of cosmic-ray are noticed by the same tests, and an annotation's `|` is
# no sum.
OPERATORS = (
    *(f"ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Pow_Mul")),
    *("ReplaceBinaryOperator_FloorDiv_Div", "ReplaceBinaryOperator_Mod_Mul"),
    *("ReplaceBinaryOperator_BitAnd_BitOr", "ReplaceUnaryOperator_Delete_Invert"),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Lt_GtE", "Gt_LtE", "Eq_NotEq", "NotEq_Eq")),
    *(f"ReplaceComparisonOperator_{pair}" for pair in ("Is_IsNot", "IsNot_Is", "In_NotIn", "NotIn_In")),
    *("ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
    *("ReplaceUnaryOperator_Delete_USub", "ReplaceUnaryOperator_Delete_Not", "AddNot"),
    *("NumberReplacer", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ZeroIterationForLoop"),
)
CONFIG = """
[cosmic-ray]
module-path = "{subject}"
timeout = {timeout}
excluded-modules = []
test-command = "{command}"

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = ['^(?!core/({operators})$).*']
"""
CHANGED = re.compile(r"[+-](?![+-]{2} )")  # a line of a diff, and not its head
ENDLESS = 5  # times what the tests take unchanged, and a minute: a change may make a loop endless


def tool(name: str) -> str:
    """A command of cosmic-ray, which is installed first if it is not."""
    folder = PLACE / "venv"
    if not (folder / "bin" / "cosmic-ray").exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", COSMIC_RAY], check=True)
    return str(folder / "bin" / name)


def clone(number: int) -> Path:
    """A fresh clone of the last commit for one worker, for the mutants are written into the files."""
    folder = PLACE / f"tree{number}"
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


@contextlib.contextmanager
def server(tree: Path) -> Iterator[str]:
    """The command that runs tests in the tree, while a server for them is up."""
    address, script, python = tree.with_suffix(".socket"), ROOT / "scripts/test_server.py", sys.executable
    address.unlink(missing_ok=True)
    with subprocess.Popen([python, "-P", str(script), str(address), *HEAVY], cwd=tree) as running:
        while not address.exists():
            if running.poll() is not None:
                raise RuntimeError(f"The server of tests ended with {running.returncode} as it started.")
            time.sleep(0.1)
        try:
            yield f"{python} -S -P {script} {address} --ask {tree}"
        finally:
            running.kill()


def tried(subject: str, tree: Path, run_tests: str) -> list[dict[str, str]]:
    """Every mutant of a file: what it is, where, and whether the tests noticed."""
    session = PLACE / f"{subject.replace('/', '.')}.sqlite"
    config = session.with_suffix(".toml")
    session.unlink(missing_ok=True)
    tests = " ".join(SUBJECTS[subject])
    command = f"{run_tests} {tests}"
    pattern = "|".join(OPERATORS)
    variables = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    begin = time.monotonic()
    subprocess.run(command.split(), cwd=tree, env=variables, check=True, stdout=subprocess.DEVNULL)
    timeout = 60.0 + ENDLESS * (time.monotonic() - begin)
    config.write_text(
        CONFIG.format(subject=subject, timeout=timeout, command=command, operators=pattern), encoding="utf-8"
    )
    for words in (["cosmic-ray", "init"], ["cr-filter-operators"], ["cosmic-ray", "exec"]):
        given = [str(session), str(config)] if words[0].startswith("cr-") else [str(config), str(session)]
        subprocess.run([tool(words[0]), *words[1:], *given], cwd=tree, env=variables, check=True)
    lines = subprocess.run(
        [tool("cosmic-ray"), "dump", str(session)], cwd=tree, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    return [found for line in lines if (found := outcome(*json.loads(line))) is not None]


def outcome(item: dict, result: dict | None) -> dict[str, str] | None:
    """One mutant in plain words; None for one that was left out."""
    if result is None or result["worker_outcome"] == "skipped":
        return None
    (mutation,) = item["mutations"]
    changed = [line[1:].strip() for line in (result["diff"] or "").splitlines() if CHANGED.match(line)]
    if all(line.startswith("@dataclass") for line in changed):
        return None  # whether its objects can be changed decides nothing
    return {
        "line": str(mutation["start_pos"][0]),
        "operator": mutation["operator_name"].removeprefix("core/"),
        "change": " => ".join(changed),
        "noticed": result["test_outcome"] != "survived",
    }


def main(words: list[str], workers: int) -> int:
    """Prints the score of each file and its survivors; 1 if the score of all is below 90%."""
    PLACE.mkdir(exist_ok=True)
    tool("cosmic-ray")
    named = dict.fromkeys(one for word in words for one in SUBJECTS if word in one)
    subjects = list(named if words else SUBJECTS)
    free = [clone(number) for number in range(workers)]

    def one(subject: str) -> tuple[str, list[dict[str, str]]]:
        tree = free.pop()
        try:
            with server(tree) as run_tests:
                return subject, tried(subject, tree, run_tests)
        finally:
            free.append(tree)

    total = noticed = 0
    with ThreadPoolExecutor(workers) as pool:
        for subject, mutants in pool.map(one, subjects):
            good = sum(mutant["noticed"] for mutant in mutants)
            total, noticed = total + len(mutants), noticed + good
            print(f"{subject}: {good} of {len(mutants)} noticed", flush=True)
            for mutant in mutants:
                if not mutant["noticed"]:
                    print(f"    line {mutant['line']}, {mutant['operator']}: {mutant['change']}", flush=True)
    print(f"all: {noticed} of {total} noticed, {100 * noticed / max(total, 1):.1f}%")
    return 0 if noticed >= 0.9 * total else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "words", metavar="WORD", nargs="*", help="part of a file's path; all files unless given"
    )
    parser.add_argument("--workers", type=int, default=2, help="files at once (default 2)")
    options = parser.parse_args()
    sys.exit(main(options.words, options.workers))
