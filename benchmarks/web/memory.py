"""The most memory that the web process and the worker held, over all that is dear, with the real embedder.

    python -m benchmarks.web.memory --images FOLDER [--photos 200] [--database sqlite|postgresql]

A planted library of 20,000 faces in face-people's own space. Then photos of the folder are uploaded, looked
at, embedded and assigned; all faces are grouped and the proposal looked at, applied and undone; the slider's
levels, splits, a search by a photo, and the pages that read all embeddings. After each step: what both
processes hold, and the most that each ever held (VmHWM), MB; pages that both share are counted twice.
"""

import argparse
import subprocess
import sys
import time
import uuid
from pathlib import Path

from benchmarks.web.library import Size
from benchmarks.web.served import DATABASES, planted, served

ROOT = Path(__file__).resolve().parents[2]
SPACE_OF = "from pipeline.encoder import *; print(load_embedder(encoder_of('face-people')).space)"
PROCESSES = ("web", "worker")


def real_space():
    """The name of face-people's space, from a process that ends: TensorFlow stays out of this one."""
    said = subprocess.run(
        [sys.executable, "-c", SPACE_OF], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return said.stdout.split()[-1]


def memory_mb(pid):
    """(MB that a process holds, the most it ever held)."""
    told = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
    )
    return tuple(int(told[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def quiet(account):
    """Waits until no job waits or is at work; raises RuntimeError where one failed."""
    from pipeline.web.models import Job

    jobs, calm = Job.objects.filter(owner=account), 0
    while calm < 3:  # what follows from a job is added right after it
        calm = 0 if jobs.filter(state__in=("waiting", "running")).exists() else calm + 1
        time.sleep(0.5)
    for job in jobs.filter(state="failed"):
        raise RuntimeError(f"The job {job.kind} failed: {job.error}")


class Steps:
    """What is done to a served library, step by step."""

    def __init__(self, visitor, account, photos):
        self.visitor, self.account, self.photos = visitor, account, photos

    def nothing(self):
        """started, the page of people looked at"""
        self.visitor.open("/").read()

    def upload(self):
        """photos uploaded, looked at, embedded, assigned"""
        self.visitor.upload({f"{number:04d}.jpg": file.read_bytes() for number, file in self.photos})

    def group(self):
        """all faces grouped, the proposal looked at, applied, undone"""
        made = self.visitor.ask("POST", "groupings", {"clusterer": "chinese_whispers", "distance": 0.3})
        quiet(self.account)
        path = f"groupings/{made['grouping']}"
        self.visitor.open(f"/group?grouping={made['grouping']}").read()
        self.visitor.ask("GET", path)
        edit = self.visitor.ask("POST", f"{path}/apply", {})["edit"]
        self.visitor.ask("POST", f"edits/{edit}/undo")

    def levels(self):
        """the slider's levels"""
        self.visitor.ask("GET", "levels")

    def split(self):
        """the three largest people split"""
        for person in self.visitor.ask("GET", "people?limit=3")["items"]:
            self.visitor.ask("POST", f"people/{person['id']}/split", {})

    def search(self):
        """a search by a photo"""
        data, edge = self.photos[0][1].read_bytes(), uuid.uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        self.visitor.open("/api/search", body, "POST", kind).read()

    def pages(self):
        """the pages of unknown faces, questions, photos and the largest person"""
        person = self.visitor.ask("GET", "people?limit=1")["items"][0]["id"]
        for path in ("/unknown", "/questions", "/photos", f"/people/{person}"):
            self.visitor.open(path).read()


STEPS = [name for name in vars(Steps) if not name.startswith("_")]


def measured(running, visitor, account, photos):
    """[(what, seconds, MB of web and worker now, the most of each so far)]."""
    steps, rows = Steps(visitor, account, photos), []
    for name in STEPS:
        began = time.monotonic()
        getattr(steps, name)()
        quiet(account)
        held = [memory_mb(running.children()[process]) for process in PROCESSES]
        now, most = zip(*held, strict=True)
        rows.append((getattr(steps, name).__doc__, time.monotonic() - began, *now, *most))
    return rows


def table(rows):
    """The rows in Markdown, with the most of both together."""
    lines = [
        "| after | seconds | web MB | worker MB | web, most | worker, most | both, most |",
        "| --- |" + " ---: |" * 6,
    ]
    for name, *numbers in rows:
        cells = [name, *(f"{number:,.0f}" for number in [*numbers, numbers[-2] + numbers[-1]])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(options):
    """Does all steps once, and returns the table."""
    files = sorted(Path(options.images).rglob("*.jpg"))
    photos = list(enumerate(files[:: max(1, len(files) // options.photos)][: options.photos]))
    size = Size(options.faces, options.people)
    with (
        planted(options.database, size, space=real_space()) as (data, address, account),
        served(data, address, account) as (running, visitor, _),
    ):
        return table(measured(running, visitor, account, photos))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", required=True, help="folder of photos")
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--faces", type=int, default=Size.faces)
    parser.add_argument("--people", type=int, default=Size.people)
    print(main(parser.parse_args()))
