"""Memory of a whole run, step by step: megabytes that the process and its children take of the machine.

    python -m benchmarks.memory --images FOLDER [--recipe face-identity] [--set KEY=VALUE] [--photos 20000]
    python -m benchmarks.memory --images FOLDER --limit 2500

Runs ``facefold run`` in a process of its own under a new root, looks at its memory ten times a second, and
prints of each step its seconds and the most that it took: pages that two processes share count once (what
the machine needs), and beside that once for each (what ``ps`` adds up to). ``--photos N`` first makes N
photos out of those of the folder: each as it is, then mirrored or not, turned, cropped and relit, by a seed.
``--limit MB`` tells the run that it has no more than so much, as a container's limit does; nothing is
killed that takes more, so that the table shows which step does.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PICTURES = (".jpg", ".jpeg", ".png")
EVERY = 0.1  # seconds between two looks
TURNED, CROPPED, LIT, GAMMA = 6.0, 0.04, 0.15, 0.2  # degrees, share of a side, share of the light, exponent
QUALITY = 92
# ``facefold`` in a process that is told of so many bytes in all, less what it and its children take.
LIMITED = """
import os, sys
from benchmarks.memory import taken_mb
from models.devices import memory
memory.available_bytes = lambda: max(0, {limit} - int(taken_mb(os.getpid())[0] * 2**20))
from pipeline.cli import main
sys.exit(main())
"""


def taken_mb(pid):
    """MB that a process and all its descendants take, shared pages counted once; and counted for each."""
    once, each, waiting = 0, 0, [pid]
    while waiting:
        one = Path(f"/proc/{waiting.pop()}")
        try:
            waiting += [int(child) for task in (one / "task").iterdir() for child in _children(task)]
            words = (one / "smaps_rollup").read_text().split()
        except OSError:  # it has ended meanwhile
            continue
        once += int(words[words.index("Pss:") + 1]) if "Pss:" in words else 0
        each += int(words[words.index("Rss:") + 1]) if "Rss:" in words else 0
    return once / 1024, each / 1024


def _children(task):
    return (task / "children").read_text().split()


def read_steps(stream, steps):
    """Appends (step, time of its end) of each that is done, by the lines of ``facefold run``; shows them."""
    for line in stream:
        print(f"  {line.rstrip()}", flush=True)
        name, colon, rest = line.partition(": ")
        if colon and name.isidentifier() and (rest.strip().endswith(" s") or "reused" in rest):
            steps.append((name, time.monotonic()))


def run_measured(arguments, limit=None):
    """``facefold run`` with arguments: ([(time, MB, MB for each)], [(step, time of its end)], its start).

    ``limit``: bytes that the run is told it has in all. Raises CalledProcessError where it fails.
    """
    program = ["-m", "pipeline.cli"] if limit is None else ["-c", LIMITED.format(limit=limit)]
    command = [sys.executable, *program, "run", *arguments]
    samples, steps, began = [], [], time.monotonic()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        reader = threading.Thread(target=read_steps, args=(run.stdout, steps))
        reader.start()
        while run.poll() is None:
            samples.append((time.monotonic(), *taken_mb(run.pid)))
            time.sleep(EVERY)
        reader.join()
    if run.returncode not in (0, 3):  # 3: a run whose model was refused
        raise subprocess.CalledProcessError(run.returncode, command)
    return samples, steps, began


def by_step(samples, steps, began):
    """[(step, seconds, MB at its end, most MB, most for each)]; what comes after the last is ``result``."""
    ends = [*steps, ("result", samples[-1][0])]
    rows = []
    for (name, end), start in zip(ends, [began, *(end for _, end in steps)], strict=True):
        once, each = zip(*([s[1:] for s in samples if start <= s[0] <= end] or [(0.0, 0.0)]), strict=True)
        rows.append((name, end - start, once[-1], max(once), max(each)))
    return rows


def table(rows):
    """The rows of ``by_step`` as a table in Markdown, the whole run last."""
    total = (
        "**all**",
        sum(row[1] for row in rows),
        rows[-1][2],
        *(max(row[k] for row in rows) for k in (3, 4)),
    )
    lines = ["| step | seconds | MB at its end | most MB | most, each |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    for name, *numbers in [*rows, total]:
        lines.append("| " + " | ".join([name, *(f"{number:,.0f}" for number in numbers)]) + " |")
    return "\n".join(lines)


def varied(photo, generator):
    """A photo (H, W, 3) uint8 mirrored or not, turned by up to 6 degrees, cropped, and lit otherwise."""
    height, width = photo.shape[:2]
    if generator.random() < 0.5:
        photo = photo[:, ::-1]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), generator.uniform(-TURNED, TURNED), 1.0)
    photo = cv2.warpAffine(photo, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    left, top, right, bottom = (generator.uniform(0, CROPPED, 4) * [width, height, width, height]).astype(int)
    photo = photo[top : height - bottom, left : width - right].astype(np.float32) / 255
    lit = photo ** generator.uniform(1 - GAMMA, 1 + GAMMA) * generator.uniform(1 - LIT, 1 + LIT, 3)
    return np.clip(lit * 255 + 0.5, 0, 255).astype(np.uint8)


def make_photos(source, target, count, seed=0):
    """Writes ``count`` JPEG photos made of those in ``source`` into ``target``, in the same folders.

    The first round is the photos themselves, under their own names. The same photos, count and seed give the
    same files.
    """
    from components.ingest.sources import list_folder

    photos = [one for one in list_folder(str(source)) if Path(one.path).suffix.lower() in PICTURES]

    def make(job):
        number, index = divmod(job, len(photos))
        place = target / photos[index].path
        place.parent.mkdir(parents=True, exist_ok=True)
        if number == 0:
            shutil.copyfile(photos[index].file, place)
            return
        photo = varied(cv2.imread(photos[index].file), np.random.default_rng([seed, number, index]))
        name = str(place.with_name(f"{place.stem}_{number}.jpg"))
        cv2.imwrite(name, photo, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])

    with ThreadPoolExecutor() as pool:
        list(pool.map(make, range(count)))


def main(options):
    """Makes the photos where asked, runs, and returns the table."""
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        images = Path(options.images).absolute()
        if options.photos:
            made = Path(folder) / "photos"
            make_photos(images, made, options.photos, options.seed)
            images = made
        root = options.root or str(Path(folder) / "root")
        settings = [part for one in options.set for part in ("--set", one)]
        arguments = [options.recipe, "--images", str(images), "--root", root, *settings]
        return table(by_step(*run_measured(arguments, options.limit and options.limit * 10**6)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", required=True, help="folder of photos")
    parser.add_argument("--recipe", default="face-identity")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--limit", type=int, metavar="MB", help="the run is told that it has no more")
    parser.add_argument("--photos", type=int, help="make as many photos out of those of the folder")
    parser.add_argument("--seed", type=int, default=0, help="of the photos that are made")
    parser.add_argument("--root", help="where the run writes; a new temporary folder unless given")
    parser.add_argument("--scratch", help="where temporary folders are made")
    print(main(parser.parse_args()))
