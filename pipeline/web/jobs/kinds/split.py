"""Ways to split one person, with the evidence; nothing changes before somebody accepts one."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.web.jobs.running import Running
from pipeline.web.library.arrays import faces_of
from pipeline.web.models import Face, Job, Library, Person

MOST_FACES = 4_000  # of one person: the tree takes memory with their square
FEWEST = 3  # faces of a person that stands for how far people lie apart


def run(job: Job, running: Running) -> dict[str, Any]:
    """The ways to split the person of the payload, the best first; each face's column, by its name."""
    from models.clustering.corrections.splitting import people_apart, split

    person = Person.objects.filter(pk=job.payload["person"], owner=job.owner).first()
    if person is None:
        return {"ways": []}
    faces = faces_of(job.owner, Library.objects.get(owner=job.owner).space)
    mine = np.flatnonzero(faces.person == person.pk)[:MOST_FACES]
    named = Person.objects.filter(owner=job.owner).exclude(name="").exclude(pk=person.pk)
    others = np.isin(faces.person, list(named.filter(n_faces__gte=FEWEST).values_list("pk", flat=True)))
    reference = people_apart(faces.x[others], faces.person[others]) if others.any() else None
    parts = job.payload.get("parts")
    ways = split(np.asarray(faces.x[mine], np.float64), reference, max_parts=parts or 6)
    names = dict(Face.objects.filter(person=person, state="shown").values_list("pk", "uuid"))
    told = []
    for way in ways:
        columns: list[list[str]] = [[] for _ in range(way.parts)]
        for row, label in zip(mine, way.labels, strict=True):
            if int(faces.face[row]) in names:
                columns[int(label)].append(str(names[int(faces.face[row])]))
        evidence = {"advised": way.advised, "method": way.method, "words": way.evidence.words}
        told.append({"columns": columns, **evidence})
    return {"person": str(person.uuid), "ways": told}
