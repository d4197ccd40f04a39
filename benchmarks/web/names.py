"""What is left of names and verdicts when all faces are grouped otherwise, by the application's own jobs.

    python -m benchmarks.web.names [--database sqlite|postgresql]

Libraries of ``benchmarks.web.library``: 30 people named, 200 faces confirmed, and 100 of which it was said
that they are not that person, though by their embeddings they are. Each is grouped by a clusterer at several
distances, one after the other; each proposal is applied whole, on what the last one left. Counted after each:
names that no person with faces has any more, confirmed faces that are with another, rejected ones that are
back. ``would return``: of the rejected faces, those that the same grouping puts with most of that person's
faces when it is told nothing, so that the last column can fail.
"""

import argparse
import time
import uuid

import numpy as np

from benchmarks.web.jobs import done, proposal
from benchmarks.web.library import SPACE, Size, build
from benchmarks.web.served import DATABASES, planted

# (faces, people, clusterer, distances): the clusterers that take memory with their square have fewer faces.
RUNS = (
    (20_000, 200, "chinese_whispers", (0.30, 0.45, 0.25, 0.52, 0.36)),
    (4_000, 100, "people", (None, 0.30, 0.40)),
    (4_000, 100, "average_linkage", (None, 0.50)),
    (4_000, 100, "hdbscan", (None,)),
    (2_000, 60, "affinity_propagation", (None,)),
)


def left(account):
    """(names lost, confirmed faces that moved, rejected ones that are back) of an account as it is now."""
    from pipeline.web.models import Face, Person, Verdict

    named = Person.objects.filter(owner=account).exclude(name="")
    lost = sum(not Face.objects.filter(person=person, state="shown").exists() for person in named)
    said = Verdict.objects.filter(face__owner=account)
    of_faces = said.values_list("face__person_id", "person_id", "is_person")
    moved = sum(is_person and now != told for now, told, is_person in of_faces)
    back = sum(not is_person and now == told for now, told, is_person in of_faces)
    return lost, moved, back


def would_return(account, clusterer, distance):
    """How many rejected faces the grouping puts with most of that person's faces if it is told nothing."""
    from pipeline.web.library.arrays import faces_of, rejections
    from pipeline.web.library.grouping import group
    from pipeline.web.library.told import Told

    faces = faces_of(account, SPACE)
    pairs = np.zeros((0, 2), np.int64)
    nothing = Told(np.full(len(faces), -1), pairs, pairs, pairs)
    labels = group(account, SPACE, faces, nothing, clusterer, distance).labels
    count = 0
    for row, person in rejections(account, faces):
        own = labels[(faces.person == person) & (labels >= 0)]
        count += len(own) > 0 and labels[row] == np.bincount(own).argmax()
    return count


def grouped_otherwise(account, clusterer, distances):
    """[(distance, people, faces moved, would return, names lost, confirmed moved, rejected back)]."""
    from pipeline.web.library import groupings
    from pipeline.web.models import Person

    named = Person.objects.filter(owner=account).exclude(name="").count()
    rows = []
    for distance in distances:
        untold = would_return(account, clusterer, distance)
        made = proposal(account, distance, clusterer)
        people = done(account, "group", {"grouping": made.pk}).result["people"]
        moved = groupings.apply(account, str(uuid.uuid4()), made.uuid, None)["moved"]
        lost, *others = left(account)
        lost += named - Person.objects.filter(owner=account).exclude(name="").count()
        rows.append((distance, people, moved, untold, lost, *others))
    return rows


def main(options):
    """All libraries and clusterers, as a table in Markdown."""
    print(
        "| faces of people | clusterer | distance | people | moved | would return | names lost "
        "| confirmed moved | rejected returned |\n|" + " --- |" * 9
    )
    runs = [run for run in RUNS if options.only in ("", run[2])]
    with planted(options.database, Size(*runs[0][:2])) as (_, _, account):
        for number, (faces, people, clusterer, distances) in enumerate(runs):
            size, began = Size(faces, people), time.monotonic()
            whose = build(f"Account {number}", size, seed=number) if number else account
            for distance, *rest in grouped_otherwise(whose, clusterer, distances):
                cells = (f"{faces:,} of {people}", clusterer, distance or "its own", *rest)
                print("|", " | ".join(str(cell) for cell in cells), "|", flush=True)
            print(f"  {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--only", default="", metavar="CLUSTERER")
    main(parser.parse_args())
