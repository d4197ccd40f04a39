"""Seconds that the worker's jobs take in a planted library of 20,000 faces of 200 people.

    python -m benchmarks.web.jobs [--database sqlite|postgresql] [--repeats 3] [--profile KIND]

Each job is taken from the queue and done in this process as the worker does it, reading and writing of the
database included; TensorFlow is not loaded, and the modules that the jobs import are, before the first is
timed. The middle one of ``--repeats``. ``--profile`` prints where one kind of job spends its time.
"""

import argparse
import cProfile
import pstats
import statistics
import time
import uuid

import numpy as np

from benchmarks.web.library import SPACE, Size, build
from benchmarks.web.served import DATABASES, planted

NEW_FACES = 200
ERASED = Size(faces=5_000, people=50)  # of the account that goes
CHANGED = 0.1  # how far a new face lies from the old one that it is like
PASSWORD = "a long password of words"


def done(account, kind, payload=None):
    """Puts a job in the queue, does it, and returns it; raises RuntimeError for one that fails."""
    from pipeline.web.jobs import queue
    from pipeline.web.jobs.worker import do
    from pipeline.web.models import Job

    made = queue.add(account, kind, payload)
    taken = queue.take((kind,))
    do(taken)
    told = Job.objects.get(pk=made.pk)
    if told.state != "done":
        raise RuntimeError(f"The job {kind} is {told.state}: {told.error}")
    Job.objects.filter(owner=account, state="waiting").delete()  # what would follow is asked for by name
    return told


def proposal(account, distance=None, clusterer="chinese_whispers"):
    """A grouping that is asked for, without its job."""
    from pipeline.web.library import groupings
    from pipeline.web.models import Grouping, Job

    made = groupings.propose(account, str(uuid.uuid4()), clusterer, distance, None)
    Job.objects.filter(uuid=made["job"]).delete()
    return Grouping.objects.get(uuid=made["grouping"])


def new_faces(account, count, seed):
    """Faces that were embedded, and not placed yet, of people who are there."""
    from pipeline.web.library.spaces import space_of
    from pipeline.web.models import Embedding, Face, Photo

    generator = np.random.default_rng(seed)
    photos = list(Photo.objects.filter(owner=account)[:count])
    rows = generator.choice(space_of(account, SPACE).rows, count)  # faces that come again, a little changed
    rows = rows + generator.normal(0, CHANGED / np.sqrt(rows.shape[1]), rows.shape)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    faces = Face.objects.bulk_create(
        Face(owner=account, photo=photos[i % len(photos)], box=[0, 0, 9, 9], quality=1) for i in range(count)
    )
    Embedding.objects.bulk_create(
        Embedding(face=face, space=SPACE, bytes=row.astype("<f4").tobytes())
        for face, row in zip(faces, rows, strict=True)
    )


class Timed:
    """What is timed, by its name; each is called with its number. What comes before the clock is its own."""

    def __init__(self, account, erased):
        self.account, self.erased = account, erased

    def group_anew(self, number):
        """Grouping, neighbours found anew."""
        from pipeline.web.models import KeptNeighbours

        KeptNeighbours.objects.filter(owner=self.account).delete()
        made = proposal(self.account)
        return lambda: done(self.account, "group", {"grouping": made.pk})

    def group_again(self, number):
        """Grouping at another distance, neighbours kept."""
        made = proposal(self.account, 0.34 + 0.01 * number)
        return lambda: done(self.account, "group", {"grouping": made.pk})

    def slider(self, number):
        """The nine levels of the slider, neighbours kept."""
        return lambda: done(self.account, "levels", {"space": SPACE, "clusterer": "chinese_whispers"})

    def one_distance(self, number):
        """One distance of the slider: faces read, grouped, counted; neighbours kept."""
        from pipeline.web.jobs.kinds.levels import counted
        from pipeline.web.library.arrays import faces_of
        from pipeline.web.library.grouping import group
        from pipeline.web.library.told import told_of

        def level():
            faces = faces_of(self.account, SPACE)
            told = told_of(self.account, faces, hold_names=True)
            distance = 0.34 + 0.01 * number
            counted(faces, group(self.account, SPACE, faces, told, "chinese_whispers", distance).labels)

        return level

    def assign(self, number):
        """200 new faces assigned."""
        new_faces(self.account, NEW_FACES, number + 1)
        return lambda: done(self.account, "assign")

    def search(self, number):
        """A search by a face."""
        from pipeline.web.library.searching import search_face
        from pipeline.web.models import Face

        face = Face.objects.filter(owner=self.account, state="shown")[10 * number]
        return lambda: search_face(self.account, face)

    def split(self, number):
        """The ways to split the largest person."""
        from pipeline.web.models import Person

        person = Person.objects.filter(owner=self.account).order_by("-n_faces", "id")[number]
        return lambda: done(self.account, "split", {"person": person.pk})

    def apply(self, number):
        """A grouping applied whole, with its edit."""
        from pipeline.web.library import groupings

        made = proposal(self.account, 0.30 + 0.06 * (number % 2))
        done(self.account, "group", {"grouping": made.pk})
        return lambda: groupings.apply(self.account, str(uuid.uuid4()), made.uuid, None)

    def undo(self, number):
        """That taken back."""
        from pipeline.web.edits.undo import last_edit, undo

        return lambda: undo(self.account, last_edit(self.account), str(uuid.uuid4()))

    def people_page(self, number):
        """The page of people, in this process."""
        return self._page("/")

    def person_page(self, number):
        """The page of the largest person."""
        from pipeline.web.models import Person

        return self._page(f"/people/{Person.objects.filter(owner=self.account).order_by('-n_faces')[0].uuid}")

    def unknown_page(self, number):
        """The page of unknown faces, by likeness."""
        return self._page("/unknown")

    def erase_account(self, number):
        """An account of 5,000 faces erased, files included."""
        from pipeline.web.accounts.erasing import erase_account

        other = build(f"Gone {number}", self.erased, seed=number + 7)
        return lambda: erase_account(other, PASSWORD)

    def _page(self, path):
        from django.test import Client

        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(self.account)
        client.get(path)

        def ask():
            answer = client.get(path)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code}")

        return ask


NAMES = [name for name in vars(Timed) if not name.startswith("_")]


def timed(account, names, repeats, profile="", erased=ERASED):
    """[(what, [(seconds, of processor time)])] of the jobs of these names, in their order."""
    import pipeline.web.jobs.worker  # noqa: F401 not a part of any job's time

    told, out = Timed(account, erased), []
    for name in names:
        seconds = []
        for number in range(repeats):
            call = getattr(told, name)(number)
            profiler = cProfile.Profile()
            if name == profile:
                profiler.enable()
            began, busy = time.perf_counter(), time.process_time()
            call()
            seconds.append((time.perf_counter() - began, time.process_time() - busy))
            profiler.disable()
        out.append((getattr(told, name).__doc__.rstrip("."), seconds))
        if name == profile:
            pstats.Stats(profiler).sort_stats("cumulative").print_stats(30)
    return out


def table(found):
    """The seconds in Markdown: by the clock, each, and of processor time, all threads together."""
    lines = ["| what | seconds, middle | each | of processor time |", "| --- | ---: | ---: | ---: |"]
    for name, pairs in found:
        seconds, busy = zip(*pairs, strict=True)
        each = ", ".join(f"{one:.2f}" for one in seconds)
        lines.append(
            f"| {name} | {statistics.median(seconds):.2f} | {each} | {statistics.median(busy):.2f} |"
        )
    return "\n".join(lines)


def main(options):
    """Times all, or those that are named, and prints the table."""
    with planted(options.database, Size(options.faces, options.people)) as (_, _, account):
        return table(timed(account, options.only or NAMES, options.repeats, options.profile))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--faces", type=int, default=Size.faces)
    parser.add_argument("--people", type=int, default=Size.people)
    parser.add_argument("--only", nargs="*", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--profile", default="", choices=NAMES, metavar="NAME")
    print(main(parser.parse_args()))
